"""What it saves and loses to stop sampling where nothing is likely: `python -m atlas_lens.stopping OUTCOMES --weights FILE`.

The rule of `lens.stop_below`: after the first samples no more are drawn where P(right) of none reaches a threshold and none
passes a given example. What it saves is at most this: a solve also ends early where its evidence is enough.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from atlas_lens import metrics, outcomes, weights
from atlas_lens.calibration import Doubles
from atlas_lens.errors import LensError
from atlas_lens.lens import Lens
from atlas_lens.outcomes import Outcomes
from atlas_lens.scorers import Batch
from atlas_lens.weights import Weights

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3)
FIRST, ALL = 3, 8
"""Samples before the rule is asked, and samples where it does not stop."""


def measured(lens: Weights, known: Outcomes) -> dict[str, Any]:
    """Return for each threshold what is saved and lost, on all tasks, and on those with and without examples.

    Raises:
        LensError: the outcomes are of another model, or their candidates were not run.
    """
    if known.source.model_hash != lens.source.model_hash:
        raise LensError(
            f"The Lens is for the model {lens.source.model_hash}, the outcomes are of {known.source.model_hash}."
        )
    if "examples" not in known.evidence:
        raise LensError("These outcomes have no evidence of runs; `python -m atlas_pocket.outcomes` takes it.")
    said = Lens(lens).of_batch(Batch.of(known))
    probabilities = np.array([np.nan if each.probability is None else each.probability for each in said])
    given = known.evidence["examples"] > 0
    parts = {"all": np.ones(len(known), dtype=np.bool_), "examples": given, "none": ~given}
    return {
        "schema": 1,
        "scorer": lens.name,
        **{
            name: [_row(known.where(part), probabilities[part], below) for below in THRESHOLDS]
            for name, part in parts.items()
            if part.any()
        },
    }


def _row(known: Outcomes, probabilities: Doubles, below: float) -> dict[str, Any]:
    """Return what one threshold does.

    `could_be_right` are stopped tasks with a right candidate among all, `lost` those where the choice of all is right and
    the choice of the first ones is not; a task whose first ones are not all judged is not stopped.
    """
    first, whole = (known.evidence[f"place@{size}"] for size in (FIRST, ALL))
    passed = known.evidence[f"passed@{FIRST}"]
    tasks = known.tasks()
    stopped, could, lost, saved, drawn = [], [], [], 0, 0
    for rows in tasks:
        begun, rest = rows[~np.isnan(first[rows])], rows[~np.isnan(whole[rows])]
        is_hopeless = len(begun) > 0 and bool((probabilities[begun] < below).all() and not passed[begun].any())
        drawn += len(rest)
        stopped.append(float(is_hopeless))
        if is_hopeless:
            saved += len(rest) - len(begun)
            could.append(bool(known.right[rest].any()))
            of_all, of_first = rest[np.argmin(whole[rest])], begun[np.argmin(first[begun])]
            lost.append(bool(known.right[of_all]) and not known.right[of_first])
    share = metrics.interval(np.array(stopped))
    return {
        "below": below,
        "tasks": len(tasks),
        "stopped": sum(stopped),
        "share_stopped": asdict(share) if share is not None else None,
        "could_be_right": sum(could),
        "lost": sum(lost),
        "samples_saved": saved,
        "share_of_samples_saved": round(saved / drawn, 4) if drawn else 0.0,
        "lost_in_100_samples_saved": round(100 * sum(lost) / saved, 3) if saved else None,
    }


def main() -> int:
    """Parse the command line, measure, print one JSON object; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_lens.stopping", description=__doc__)
    parser.add_argument("outcomes", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    options = parser.parse_args()
    try:
        report = measured(weights.load(options.weights), outcomes.load(options.outcomes))
    except LensError as error:
        sys.stderr.write(f"atlas_lens.stopping: {error}\n")
        return 2
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
