"""The frozen suites `pocket-dev` and `pocket-test`: `python -m atlas_pocket.suite build | contamination`.

Each has 200 functions in three tiers, half of them without any example. All are held out by composition
(`problem.held_out`), no function is in both, and none is asked for in words that training uses: a candidate whose
docstring says the same as one of `_COMPARED` training problems, whatever the names and numbers in it, is not taken. What the
model may see and the hidden tests are separate files; the tests' answers come from the references.

Every held-out classic of its tier has a seat, up to the share in `SEATS`; seats that stay free go to chains, then to
v0's functions.

The files that are in the repository were built from the world of commit f1d5470, where `build --check` rebuilds them byte
for byte. Wherever the world has changed since, by as little as a phrasing, a build draws another suite: the frozen files
stay, and `contamination` says whether the world's words have come near them.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atlas_pipeline.sandbox import canonical
from atlas_pocket.corpus import Drawer, Part, samples, world
from atlas_pocket.problem import Problem, Tier, held_out
from atlas_pocket.rendering import Case, Task, cases, render_task

SCHEMA = 1
NAMES = ("pocket-dev", "pocket-test")
FOLDER = Path(__file__).parents[2] / "benchmarks" / "atlas_bench" / "suites"
SUMS = "SHA256SUMS"

SEATS: dict[Tier, dict[str, int]] = {
    1: {"classic": 15, "select": 10, "chain": 11},
    2: {"classic": 20, "if": 26, "walk": 14, "select": 10, "chain": 24},
    3: {"classic": 15, "walk": 15, "chain": 40},
}
"""Functions of each part of the world in each tier of a suite."""
HIDDEN_TESTS = 16
_FEWEST_TESTS = 5
_MOST_SHOWN = 3
_TRIES = 20
_COMPARED = 10_000
"""Training problems whose words and functions no suite may use."""
_COMPARED_INPUTS = 30
_HEADER = "from typing import *\n\n\n"
_DOCSTRING = re.compile(r'"""(.*?)(?:\n\s*\n|>>>|""")', re.DOTALL)
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|-?\d+(?:\.\d+)?")


def sentence_of(text: str) -> str:
    """Return what the first docstring in a text says, without its examples, in lower case and with single spaces."""
    found = _DOCSTRING.search(text)
    return " ".join((found[1] if found else "").replace("`", "").lower().split()).rstrip(".")


def masked(sentence: str, problem: Problem) -> str:
    """Return a sentence with every name, string and number hidden: equal ones ask for the same in the same words."""
    for parameter in problem.parameters:
        sentence = re.sub(rf"`?\b{re.escape(parameter.name)}\b`?", "0", sentence)
    return " ".join(_TOKEN.sub("0", sentence).lower().split()).rstrip(".")


def build(parts: Sequence[Part]) -> dict[str, str]:
    """Return the texts of the files of both suites, by file name."""
    trained = _trained(parts)
    files = {}
    for name in NAMES:
        tasks = list(_tasks(name, parts, trained))
        seen = [{key: value for key, value in task.items() if key not in _HIDDEN} for task in tasks]
        hidden = {task["id"]: {key: task[key] for key in _HIDDEN} for task in tasks}
        files[f"{name}.json"] = _dump({"schema": SCHEMA, "suite": name, "tasks": seen})
        files[f"{name}.hidden.json"] = _dump({"schema": SCHEMA, "suite": name, "tasks": hidden})
    return files


_HIDDEN = ("key", "solution", "tests")


def checksums(files: dict[str, str]) -> str:
    """Return the text of `SHA256SUMS`, as `sha256sum` writes it."""
    lines = (f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items()))
    return "".join(lines)


def contaminated(suite_sentences: set[str], seed: str, count: int) -> list[str]:
    """Return the sentences of a suite that occur among the docstrings of `count` training samples."""
    prompts = itertools.islice((sample.prompt for sample in samples(seed)), count)
    return sorted(suite_sentences & {sentence_of(prompt) for prompt in prompts})


def frozen_sentences(folder: Path = FOLDER) -> set[str]:
    """Return what the docstrings of the frozen suites say."""
    documents = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES]
    return {sentence_of(task["source"]) for document in documents for task in document["tasks"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trained:
    """What training draws: a suite may repeat neither its words nor, under another key, its functions."""

    words: set[str]
    problems: dict[tuple[str, ...], Problem]

    def has(self, problem: Problem) -> bool:
        """Tell whether training knows a problem's words, or its function from the other side of the world.

        Compositions differ from each other anyway (`compositions.chains`), and so do classics.
        """
        if masked(problem.sentence, problem) in self.words:
            return True
        is_classic = problem.key[0] == "classic"
        others = (other for key, other in self.problems.items() if (key[0] == "classic") != is_classic)
        pairs = ((problem, other) if is_classic else (other, problem) for other in others)
        return any(_same(classic, composition) for classic, composition in pairs)


def _same(classic: Problem, composition: Problem) -> bool:
    """Tell whether two problems have the same answers to what the classic draws: outside of that, it may not even end."""
    if [p.annotation for p in classic.parameters] != [p.annotation for p in composition.parameters]:
        return False
    rng = random.Random("same")
    for _ in range(_COMPARED_INPUTS):
        arguments = classic.draw(rng)
        try:
            if composition.reference(*arguments) != classic.reference(*arguments):
                return False
        except ValueError:
            return False
    return True


def _trained(parts: Sequence[Part]) -> _Trained:
    rng = random.Random("words of training")
    drawer = Drawer(parts, held=False)
    problems = [drawer.draw(rng) for _ in range(_COMPARED)]
    return _Trained(
        words={masked(problem.sentence, problem) for problem in problems},
        problems={problem.key: problem for problem in problems},
    )


def _tasks(name: str, parts: Sequence[Part], trained: _Trained) -> Iterator[dict[str, Any]]:
    """Yield the tasks of a suite, tier by tier."""
    rng = random.Random(name)
    number = 0
    for tier in SEATS:
        chosen = _seated(name, tier, parts, trained, rng)
        rng.shuffle(chosen)
        for position, (part_name, problem) in enumerate(chosen):
            number += 1
            task = _rendered(problem, rng, examples=bool(position % 2))
            yield _record(f"{name}/{number:03}", part_name, task)


def _seated(
    name: str, tier: Tier, parts: Sequence[Part], trained: _Trained, rng: random.Random
) -> list[tuple[str, Problem]]:
    """Return the problems of a tier, each with the name of its part; free seats go to chains, then to v0's functions."""
    seats, by_name = SEATS[tier], {part.name: part for part in parts}
    room = sum(seats.values())
    chosen: list[tuple[str, Problem]] = []
    used: set[tuple[str, ...]] = set()
    for part_name in (*sorted(seats, key=lambda part_name: part_name == "chain"), "select"):
        rest = part_name == "chain" or any(seated == part_name for seated, _ in chosen)
        wanted = room - len(chosen) if rest else seats.get(part_name, 0)
        part = by_name[part_name]
        chosen += [(part_name, problem) for problem in _problems(part, name, tier, wanted, trained, rng, used)]
        used |= {problem.key for _, problem in chosen}
    return chosen


def _problems(
    part: Part, name: str, tier: Tier, wanted: int, trained: _Trained, rng: random.Random, used: set[tuple[str, ...]]
) -> Iterator[Problem]:
    """Yield up to `wanted` problems of different held-out compositions that only this suite uses."""
    own = NAMES.index(name)
    keys = [key for key in part.source.keys() if held_out(key) and _half(key) == own and key not in used]  # noqa: SIM118 - no mapping
    rng.shuffle(keys)
    found = 0
    for key in keys:
        if found == wanted:
            return
        for _ in range(_TRIES):
            problem = part.source.problem(key, rng)
            if problem.tier != tier:
                break
            if not trained.has(problem) and _has_tests(problem, rng):
                found += 1
                yield problem
                break


def _half(key: tuple[str, ...]) -> int:
    return hashlib.sha256("/".join(("suite", *key)).encode()).digest()[0] % 2


def _has_tests(problem: Problem, rng: random.Random) -> bool:
    answers = Counter(canonical(answer) for _, answer in cases(problem, rng, HIDDEN_TESTS + _MOST_SHOWN))
    return answers.total() >= _FEWEST_TESTS + _MOST_SHOWN and answers.most_common(1)[0][1] <= answers.total() - 4


def _rendered(problem: Problem, rng: random.Random, *, examples: bool) -> Task:
    while True:
        task = render_task(problem, rng, examples=examples)
        if "(self" not in task.header and bool(task.shown) == examples:
            return task


def _record(number: str, part: str, task: Task) -> dict[str, Any]:
    """Return everything about a task; the caller takes apart what is hidden."""
    problem = task.problem
    return {
        "id": number,
        "tier": problem.tier,
        "part": part,
        "examples": bool(task.shown),
        "name": problem.name,
        "source": f"{_HEADER}{task.header}\n",
        "key": list(problem.key),
        "solution": problem.bodies[0],
        "tests": [[task.call(arguments), canonical(answer)] for arguments, answer in _tests(number, task)],
    }


def _tests(number: str, task: Task) -> list[Case]:
    """Return the hidden tests: none is shown as an example, and no answer is that of all but one."""
    rng = random.Random(f"tests {number}")
    shown = {repr(arguments) for arguments, _ in task.shown}
    for _ in range(_TRIES):
        drawn = cases(task.problem, rng, HIDDEN_TESTS + len(shown))
        tests = [case for case in drawn if repr(case[0]) not in shown][:HIDDEN_TESTS]
        commonest = Counter(canonical(answer) for _, answer in tests).most_common(1)[0][1]
        if len(tests) - commonest >= 2:
            return tests
    raise RuntimeError(f"{number}: no tests with different answers for {task.problem.key}")


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _build_command(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    files = build(world())
    files[SUMS] = checksums(files)
    if options.check:
        differ = [name for name, text in files.items() if (folder / name).read_text(encoding="utf-8") != text]
        print(f"not as built now: {', '.join(differ)}" if differ else f"{len(files)} files are as built now")
        return 1 if differ else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        print(f"{folder / name}: {len(text)} bytes")
    return 0


def _contamination_command(options: argparse.Namespace) -> int:
    found = contaminated(frozen_sentences(), options.seed, options.samples)
    for sentence in found:
        print(sentence)
    print(f"{len(found)} sentences of the suites occur in {options.samples} training samples", file=sys.stderr)
    return 1 if found else 0


def main() -> int:
    """Parse the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.suite", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="write both suites and their checksums")
    command.add_argument("--folder", default=str(FOLDER))
    command.add_argument("--check", action="store_true", help="compare with the files that are there; write nothing")
    command.set_defaults(run=_build_command)
    command = commands.add_parser("contamination", help="look for the suites' sentences in training samples")
    command.add_argument("--samples", type=int, default=50_000)
    command.add_argument("--seed", default="0")
    command.set_defaults(run=_contamination_command)
    options = parser.parse_args()
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
