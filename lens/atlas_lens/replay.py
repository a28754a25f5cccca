"""Learning from outcomes as they come: a challenger is trained near the champion and replaces it where it is surely better.

`recalibrate` is one such step on a buffer of the newest outcomes. `python -m atlas_lens.replay OUTCOMES --weights FILE
--shifted DOMAIN` measures what the steps gain while the mix of tasks drifts from what the Lens was trained on to DOMAIN.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from atlas_lens import metrics, outcomes, views, weights
from atlas_lens.calibration import Calibration, Doubles, Isotonic, Platt, newton, sigmoid
from atlas_lens.errors import LensError
from atlas_lens.evaluation import calibrated
from atlas_lens.outcomes import STANDS_FOR, Outcomes, split
from atlas_lens.scorers import Batch, Logistic
from atlas_lens.weights import Weights

BUFFER = 500
"""Newest outcomes that are learned from."""
EVERY = 50
"""New outcomes between two steps."""
LEAST_HELD_OUT = 20
"""Outcomes of the buffer's held-out side without which nothing is swapped."""
FIRMNESS = 20.0
"""How firmly calibration and weights are held at the champion's, in outcomes' worth of evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of one challenge."""

    swapped: bool
    reason: str
    held_out: int
    """Outcomes that both were compared on; the challenger never learned from them."""
    champion: float | None = None
    """Mean squared error of its probabilities there."""
    challenger: float | None = None


def newest(buffer: Outcomes) -> Outcomes:
    """Return the newest `BUFFER` outcomes, of oldest first."""
    return buffer.where(np.arange(max(0, len(buffer) - BUFFER), len(buffer)))


def recalibrate(champion: Weights, buffer: Outcomes) -> tuple[Weights, Step]:
    """Train a challenger on the newest outcomes; return it where it is surely better, else the champion.

    Surely: on the held-out ones, by a paired bootstrap at 95 %. Only outcomes that are representative count.
    Calibration is fitted anew near the champion's, and so are the weights of a logistic scorer; C(x) and single features
    keep theirs. The buffer is split by group, so what is asked again and again is not on both sides.

    Raises:
        LensError: the outcomes are of another model.
    """
    if buffer.source.model_hash != champion.source.model_hash:
        raise LensError(
            f"The Lens is for the model {champion.source.model_hash}, the outcomes are of {buffer.source.model_hash}."
        )
    latest = newest(buffer.representative())
    sides = split(latest, validation=0.0, test=0.3, salt="replay")
    learned, held = sides.train, sides.test
    if len(held) < LEAST_HELD_OUT or len(set(learned.right.tolist())) < 2:
        reason = (
            f"{len(latest)} outcomes are too few, {len(held)} of them held out; at least {LEAST_HELD_OUT} are needed"
        )
        if len(held) >= LEAST_HELD_OUT:
            reason = f"all of {len(learned)} outcomes are equally right"
        return champion, Step(swapped=False, reason=reason, held_out=len(held))
    challenger = _challenger(champion, learned)
    theirs, ours = errors(champion, held), errors(challenger, held)
    stand = held.evidence.get(STANDS_FOR, np.ones(len(held), dtype=np.float32)).astype(np.float64)
    before, after = (float(np.average(each, weights=stand)) for each in (theirs, ours))
    gain = metrics.difference(stand * theirs, stand * ours)
    # Where nothing has changed, every second challenger is better by chance, and each swap would lose a little.
    better = gain is not None and gain.low > 0.0
    reason = f"squared error on {len(held)} held-out outcomes: challenger {after:.4f}, champion {before:.4f}"
    step = Step(
        swapped=better,
        reason=reason if better else f"{reason}; the difference may be chance",
        held_out=len(held),
        champion=round(before, 5),
        challenger=round(after, 5),
    )
    if not better:
        return champion, step
    done = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "from_version": champion.version,
        "outcomes": len(latest),
        "held_out": len(held),
        "squared_error_before": step.champion,
        "squared_error": step.challenger,
    }
    return replace(challenger, recalibrated=done), step


def _challenger(champion: Weights, labelled: Outcomes) -> Weights:
    learned = labelled.expanded()
    held = FIRMNESS * len(learned) / len(labelled)  # a label is one piece of evidence, whatever it stands for
    batch = Batch.of(learned)
    scorer = champion.scorer
    if isinstance(scorer, Logistic):
        inputs = scorer.space.inputs(batch).astype(np.float64)
        known = ~np.isnan(inputs).any(axis=1)
        design = np.concatenate((inputs[known], np.ones((int(known.sum()), 1))), axis=1)
        firmness = np.full(design.shape[1], held)
        target = learned.right[known].astype(np.float64)
        scorer = replace(scorer, weights=newton(design, target, ridge=firmness, start=scorer.weights))
    probabilities = champion.calibration.probability(scorer.scores(batch))
    odds = _log_odds(probabilities)
    known = np.isfinite(odds)
    x, target = odds[known], learned.right[known].astype(np.float64)
    firmness = held * np.array([max(float((x**2).mean()), 1e-3), 1.0]) / 4.0  # p (1 - p) is at most 1/4
    slope, offset = newton(np.stack((x, np.ones_like(x)), axis=1), target, ridge=firmness, start=np.array([1.0, 0.0]))
    return replace(
        champion, scorer=scorer, calibration=_bent(champion.calibration, max(float(slope), 0.05), float(offset))
    )


def _log_odds(probabilities: Doubles) -> Doubles:
    p = np.clip(probabilities, 1e-6, 1.0 - 1e-6)
    return np.log(p) - np.log1p(-p)


def _bent(calibration: Calibration, slope: float, offset: float) -> Calibration:
    """Return the calibration with its log odds stretched and moved."""
    if isinstance(calibration, Platt):
        return Platt(slope * calibration.slope, slope * calibration.offset + offset)
    return Isotonic(calibration.starts, sigmoid(slope * _log_odds(calibration.values) + offset))


def errors(lens: Weights, some: Outcomes) -> Doubles:
    """Return the squared error of each P(right), (n,); where the scorer knows nothing, it is that of one half."""
    probabilities = lens.calibration.probability(lens.scorer.scores(Batch.of(some)))
    return np.asarray((np.where(np.isnan(probabilities), 0.5, probabilities) - some.right) ** 2, dtype=np.float64)


def drifting(home: Outcomes, away: Outcomes, *, n: int, seed: int) -> Outcomes:
    """Return n outcomes, a task's side by side, of which a rising share is of `away`: none at first, all at the end.

    Raises:
        LensError: there are not enough.
    """
    rng = np.random.default_rng(seed)
    sources = [home, away]
    left = [list(rng.permutation(len(side.tasks()))) for side in sources]
    tasks = [side.tasks() for side in sources]
    taken: list[Outcomes] = []
    count = 0
    while count < n:
        which = int(rng.random() < count / n)
        if not left[which]:
            raise LensError(
                f"{n} outcomes need more tasks of {'the shifted' if which else 'the known'} domain; collect more."
            )
        rows = tasks[which][left[which].pop()]
        taken.append(sources[which].where(rows))
        count += len(rows)
    return outcomes.joined(taken).where(np.arange(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What recalibration did on one stream."""

    static: Doubles
    """(n,): squared errors of the weights that were trained once."""
    online: Doubles
    """(n,): of those that learned from what came before each outcome."""
    steps: tuple[Step, ...]


def simulate(champion: Weights, stream: Outcomes, *, every: int = EVERY) -> Simulated:
    """Score outcomes as they come, each before it is learned from, and recalibrate after every so many."""
    now, online, steps = champion, [], []
    begin = 0
    while begin < len(stream):
        end = min(begin + every, len(stream))
        while end < len(stream) and stream.task[end] == stream.task[end - 1]:
            end += 1  # centred views and votes are of whole tasks
        online.append(errors(now, stream.where(np.arange(begin, end))))
        now, step = recalibrate(now, stream.where(np.arange(end)))
        steps.append(step)
        begin = end
    return Simulated(static=errors(champion, stream), online=np.concatenate(online), steps=tuple(steps))


def main() -> int:
    """Parse the command line, simulate, print one JSON object; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atlas_lens.replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outcomes", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="trained with the same --shifted")
    parser.add_argument("--shifted", required=True, help="domain that the mix drifts to")
    parser.add_argument("--n", type=int, default=500, help="outcomes of a stream")
    parser.add_argument("--every", type=int, default=EVERY, help="outcomes between two steps")
    parser.add_argument("--streams", type=int, default=20)
    options = parser.parse_args()
    try:
        report = measured(
            weights.load(options.weights),
            outcomes.load(options.outcomes),
            shifted=options.shifted,
            n=options.n,
            every=options.every,
            streams=options.streams,
        )
    except LensError as error:
        sys.stderr.write(f"atlas_lens.replay: {error}\n")
        return 2
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


def measured(
    champion: Weights, known: Outcomes, *, shifted: str, n: int = BUFFER, every: int = EVERY, streams: int = 20
) -> dict[str, Any]:
    """Return what recalibration gains in squared error over drifting streams, and over streams that do not drift.

    And on four times as many outcomes of which it learns what a history would know (`as_labelled`), where there is evidence.
    Only tasks that the weights were not trained on are in the streams.
    """
    base = views.base_of(champion.scorer.space.view)
    known = replace(known, vectors={base: known.vectors[base]} if base else {})
    sides = split(known.where(known.domain != shifted))
    # What is in the file is calibrated on all outcomes, those of the streams among them; this is what the study measured.
    champion = replace(champion, calibration=calibrated(champion.scorer, sides.validation))
    home = sides.test
    away = known.where(known.domain == shifted)
    report: dict[str, Any] = {"schema": 1, "scorer": champion.name, "n": n, "every": every, "streams": streams}
    kinds: dict[str, tuple[Callable[[int], Outcomes], int]] = {
        "drifting": (lambda seed: drifting(home, away, n=n, seed=seed), every),
        "steady": (lambda seed: _steady(home, n=n, seed=seed), every),
    }
    if "examples" in known.evidence:
        for name, side in (("history", home), ("history, shifted", away)):
            given = side.where(side.evidence["examples"] > 0)
            for which, some in ((name, side), (f"{name}, examples", given)):
                kinds[which] = (partial(_history, some, min(4 * n, len(some))), 4 * every)
    for name, (made, steps) in kinds.items():
        gains, swaps, tails = [], [], []
        for seed in range(streams):
            stream = made(seed)
            found = simulate(champion, stream, every=steps)
            gains.append(float((found.static - found.online).mean()))
            tails.append(float((found.static - found.online)[-len(stream) // 5 :].mean()))
            swaps.append(sum(step.swapped for step in found.steps))
        gain, tail = metrics.interval(np.array(gains)), metrics.interval(np.array(tails))
        assert gain is not None
        assert tail is not None
        report[name] = {
            "gain_in_squared_error": asdict(gain),
            "gain_in_the_last_fifth": asdict(tail),
            "worst_stream": min(gains),
            "best_stream": max(gains),
            "swaps": float(np.mean(swaps)),
        }
    return report


def as_labelled(stream: Outcomes, *, drawn: int = 8) -> Outcomes:
    """Return a stream with what a history would know of it (`STANDS_FOR`), by the evidence of so many candidates a task.

    Bodies that fail an example are known to be wrong. Where the first of the ranking passes, it is what the user is shown,
    accepts where it is right and rejects where it is wrong; all else stays unknown, though its truth is in the stream.
    """
    examples, passed = stream.evidence["examples"], stream.evidence[f"passed@{drawn}"]
    fails = passed < examples
    first = stream.evidence[f"place@{drawn}"] == 0
    times = np.zeros(len(stream), dtype=np.float32)
    for rows in stream.tasks():
        shown = rows[first[rows] & ~fails[rows]]
        if len(shown):
            times[rows[fails[rows]]] = 1.0
            times[shown] = (~fails[rows]).sum()
    # Centred vectors are of all candidates, not of those that are known.
    centred = {view: views.seen(view, stream.vectors, stream.task) for view in views.all_of(stream.vectors)}
    return replace(stream, vectors=centred, evidence={**stream.evidence, STANDS_FOR: times})


def _history(known: Outcomes, n: int, seed: int) -> Outcomes:
    return as_labelled(_steady(known, n=n, seed=seed))


def _steady(home: Outcomes, *, n: int, seed: int) -> Outcomes:
    tasks = home.tasks()
    order = np.random.default_rng(seed).permutation(len(tasks))
    stream = home.where(np.concatenate([tasks[number] for number in order]))
    if len(stream) < n:
        raise LensError(f"{n} outcomes are needed, the test side has {len(stream)}; collect more.")
    return stream.where(np.arange(n))


if __name__ == "__main__":
    sys.exit(main())
