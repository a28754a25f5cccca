"""How much must a judge know for S* to help? Recorded model outputs, the product's own races, a judge of given accuracy.

    python -m atlas_bench.simulated_judge --data DIR [--k 5,10] [--draws 20] [--no-examples]

One process draws the pools, ranks them and writes down every race, blind; another, with the labels, works out what a
judge would make of them. The judge is simulated, so this says what accuracy is needed, not what a model has. Asked about
a right and a wrong candidate it names the right one's output with the given probability, each time anew; about two wrong
or two right ones it guesses. It is asked in both orders, like the product's, so a guess changes the choice half the time.
The expectation is exact: all courses of a tournament are enumerated, with the product's own rules.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.replay.data import read_lines, read_recorded
from atlas_bench.replay.pools import draw_pool
from atlas_bench.replay.recorded_sandbox import Opened, RecordedSandbox, sandbox_version
from atlas_bench.replay.selecting import TaskReplay
from atlas_pipeline import selection
from atlas_pipeline.records import Level
from atlas_pipeline.s_star import Pair, Side, contenders, distinguishing_calls, needless, pairs, winner
from atlas_pipeline.selection import Evidence

ACCURACIES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
GAPS = (0.05, 0.15, 0.3, 0.6, 1.0, 4.0)
_WIDEST = 100.0
_RESAMPLES = 2000


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """One pool: who came close to the first, by how much, and which pairs an observed call tells apart."""

    task_id: str
    k: int
    candidates: list[int]
    """The leaders of the closest clusters, as ranked; empty where there was no usable candidate."""
    behind: list[float]
    """How far each is behind the first in score."""
    levels: list[str]
    """The level each would have in front, before a confirming run."""
    pairs: list[Pair]


def main() -> int:
    """Run the measurement, or with `--score` its second half; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench.simulated_judge")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/humaneval_codegen"))
    parser.add_argument("--k", default="5,10")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--no-examples", action="store_true")
    parser.add_argument("--cache", type=Path, default=Path(".cache/replay"))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--score", action="store_true", help="read races from standard input; the only part with labels"
    )
    options = parser.parse_args()
    if options.score:
        races = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Race])
        rows = read_lines(options.data / "hidden_tests.jsonl")
        labels = {row["task_id"]: row["completion_passes"] for row in rows}
        print(json.dumps(report(races, labels, rounds=options.rounds), indent=1))
        return 0
    races = asyncio.run(run_races(options))
    command = [sys.executable, "-m", "atlas_bench.simulated_judge", "--score"]
    command += ["--data", str(options.data), "--rounds", str(options.rounds)]
    return subprocess.run(command, input=msgspec.json.encode(races), check=False).returncode


async def run_races(options: argparse.Namespace) -> list[Race]:
    """Draw the pools and rank them; knows no label."""
    opened, races = Opened(), []
    try:
        for entry in read_recorded(options.data, examples=not options.no_examples):
            sandbox = RecordedSandbox(
                options.cache / f"{entry.task_id.replace('/', '-')}.msgpack", opened, version=sandbox_version()
            )
            replay = TaskReplay(entry, sandbox)
            recorded = {"completions": len(entry.completions), "tests": len(entry.test_completions)}
            pools = [
                draw_pool(entry.position, draw, k=int(k), **recorded)
                for draw in range(options.draws)
                for k in options.k.split(",")
            ]
            try:
                await replay.run(pools)
                races += [race(entry.task_id, pool.k, replay.evidence(pool)) for pool in pools]
            finally:
                await sandbox.aclose()
            print(f"{entry.task_id}: {opened.programs_run} programs run", file=sys.stderr, flush=True)
    finally:
        await opened.aclose()
    return races


def race(task_id: str, k: int, evidence: Evidence) -> Race:
    """Return the race in one pool, whatever the distance between first and next."""
    ranked = selection.rank(evidence)
    group = contenders(ranked, evidence, gap=_WIDEST) if ranked else ()
    return Race(
        task_id=task_id,
        k=k,
        candidates=[entry.candidate.index for entry in group],
        behind=[group[0].score - entry.score for entry in group],
        levels=[selection.level_of(entry)[0].value for entry in group],
        pairs=[
            (a, b)
            for a, b in pairs(len(group))
            if distinguishing_calls(evidence, [group[a].candidate, group[b].candidate])
        ],
    )


def report(races: Sequence[Race], labels: Mapping[str, Sequence[bool]], *, rounds: int) -> dict[str, Any]:
    """Return the figures as fractions: for each k, gap and rule whether VERIFIED results are put to the judge too."""
    found: dict[str, Any] = {"schema": 1, "rounds": rounds}
    for k in sorted({race.k for race in races}):
        of_k = [race for race in races if race.k == k]
        before = [_is_right(race, 0, labels) for race in of_k]
        rows = []
        for gap, verified_too in itertools.product(GAPS, (False, True)):
            groups = [_group(race, gap, verified_too=verified_too) for race in of_k]
            row: dict[str, Any] = {"gap": gap, "verified_too": verified_too}
            row["asked"] = sum(bool(count > 1 and race.pairs) for race, count in zip(of_k, groups, strict=True)) / len(
                of_k
            )
            row["one_right"] = _share_decidable(of_k, groups, labels)
            for accuracy in ACCURACIES:
                after = [
                    _expected(race, count, labels, accuracy, rounds) for race, count in zip(of_k, groups, strict=True)
                ]
                gains: dict[str, list[float]] = defaultdict(list)
                for one, old, new in zip(of_k, before, after, strict=True):
                    gains[one.task_id].append(new - old)
                row[str(accuracy)] = {"gain": sum(map(sum, gains.values())) / len(of_k), "ci": _interval(gains)}
            rows.append(row)
        found[str(k)] = {"selected": sum(before) / len(before), "pools": len(of_k), "rows": rows}
    return found


def _group(race: Race, gap: float, *, verified_too: bool) -> int:
    """Return how many contenders there are under a rule."""
    if not race.candidates or (race.levels[0] == Level.VERIFIED.value and not verified_too):
        return min(1, len(race.candidates))
    return sum(behind < gap for behind in race.behind)


def _is_right(race: Race, number: int, labels: Mapping[str, Sequence[bool]]) -> float:
    return float(bool(race.candidates) and labels[race.task_id][race.candidates[number]])


def _share_decidable(
    races: Sequence[Race], groups: Sequence[int], labels: Mapping[str, Sequence[bool]]
) -> float | None:
    """Return the share of races in which some contender is right and some is wrong: only these can be won or lost."""
    run = [(race, count) for race, count in zip(races, groups, strict=True) if count > 1 and race.pairs]
    mixed = [len({_is_right(race, number, labels) for number in range(count)}) == 2 for race, count in run]
    return sum(mixed) / len(mixed) if mixed else None


def _expected(race: Race, count: int, labels: Mapping[str, Sequence[bool]], accuracy: float, rounds: int) -> float:
    """Return the probability that the choice is right after the tournament."""
    if count < 2:
        return _is_right(race, 0, labels)
    return sum(
        chance * _is_right(race, winner(count, results), labels)
        for results, chance in _courses(race, count, labels, accuracy, rounds)
    )


def _courses(
    race: Race, count: int, labels: Mapping[str, Sequence[bool]], accuracy: float, rounds: int
) -> Iterator[tuple[dict[Pair, Side | None], float]]:
    """Yield every course a tournament can take, with its probability."""
    courses: list[tuple[dict[Pair, Side | None], float]] = [({}, 1.0)]
    for pair in pairs(count):
        after: list[tuple[dict[Pair, Side | None], float]] = []
        for results, chance in courses:
            if pair not in race.pairs or needless(pair, results):
                after.append((results, chance))
                continue
            for result, share in _outcomes(race, pair, labels, accuracy, rounds):
                after.append(({**results, pair: result}, chance * share))
        courses = after
    yield from courses


def _outcomes(
    race: Race, pair: Pair, labels: Mapping[str, Sequence[bool]], accuracy: float, rounds: int
) -> list[tuple[Side | None, float]]:
    """Return the probabilities that a comparison names the first, names the second, stays open."""
    first, second = (_is_right(race, number, labels) for number in pair)
    for_first = 0.5 if first == second else accuracy if first else 1 - accuracy
    open_once = 2 * for_first * (1 - for_first)
    tries = sum(open_once**n for n in range(rounds))
    return [(0, for_first**2 * tries), (1, (1 - for_first) ** 2 * tries), (None, open_once**rounds)]


def _interval(gains: Mapping[str, Sequence[float]]) -> list[float]:
    """Return the 95 % bootstrap interval over tasks of the mean gain."""
    rng, means = random.Random(0), [sum(values) / len(values) for values in gains.values()]
    found = sorted(sum(rng.choices(means, k=len(means))) / len(means) for _ in range(_RESAMPLES))
    return [found[int(_RESAMPLES * 0.025)], found[int(_RESAMPLES * 0.975)]]


if __name__ == "__main__":
    sys.exit(main())
