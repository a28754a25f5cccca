"""What more training tasks are worth: `python -m atlas_lens.curve OUTCOMES --picture FILE`. Needs matplotlib."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from atlas_lens import outcomes, views
from atlas_lens.errors import LensError
from atlas_lens.evaluation import BASELINE, best_logistic, learning_curve, mean_within
from atlas_lens.outcomes import Outcomes, split
from atlas_lens.scorers import Scorer, fit_feature

SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200)


def measured(
    known: Outcomes, *, shifted: str = "", sizes: Sequence[int] = SIZES, cost_field: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """Return the curve of log-probability, of the features and of the view that is best with all training tasks.

    Args:
        known: outcomes.
        shifted: domain that is left out.
        sizes: numbers of training tasks.
        cost_field: view to train C(x) on as well, at every other size, which takes minutes and torch; empty for none.

    Raises:
        LensError: there is too little to train on, there is no such view, or no torch.
    """
    if cost_field and cost_field not in views.all_of(known.vectors):
        raise LensError(
            f"There is no view {cost_field!r}; there are {', '.join(views.all_of(known.vectors)) or 'none'}."
        )
    sides = split(known.where(known.domain != shifted) if shifted else known)
    fitted = {view: best_logistic(sides.train, sides.validation, view) for view in views.all_of(known.vectors)}
    best = max(fitted, key=lambda view: mean_within(fitted[view], sides.validation), default="")
    fits = {
        BASELINE: lambda train, _: fit_feature("mean_logprob", train),
        "logistic, features": lambda train, validation: best_logistic(train, validation, ""),
    }
    if best:
        fits[f"logistic, {best}"] = lambda train, validation: best_logistic(train, validation, best)
    curves = {name: learning_curve(known, fit, sizes=sizes, shifted=shifted) for name, fit in fits.items()}
    if cost_field:
        curves[f"cost field, {cost_field}"] = learning_curve(
            known, _fit_cost_field(cost_field), sizes=sizes[1::2], shifted=shifted
        )
    return curves


def _fit_cost_field(view: str) -> Callable[[Outcomes, Outcomes], Scorer]:
    try:
        from atlas_lens import train  # with torch
    except ImportError as error:
        raise LensError(
            "C(x) is trained with torch, which is not installed: `pip install 'atlas-ls[train]'`."
        ) from error
    train.use_threads(1)
    return lambda learned, validation: train.fit_cost_field(learned, validation, view)


def draw(curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Return the share of right picks on mixed held-out tasks by training tasks, with 95 % intervals."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, points in curves.items():
        known = [point for point in points if point["picked_right"] is not None]
        tasks = [point["tasks"] for point in known]
        picked = [point["picked_right"] for point in known]
        (line,) = axes.plot(tasks, [each["mean"] for each in picked], marker="o", label=name)
        low, high = ([each[end] for each in picked] for end in ("low", "high"))
        axes.fill_between(tasks, low, high, color=line.get_color(), alpha=0.15)
    axes.set(xscale="log", xlabel="training tasks", ylabel="right picks on mixed held-out tasks")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")
    return figure


def main() -> int:
    """Parse the command line, measure, draw, print one JSON object; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_lens.curve", description=__doc__)
    parser.add_argument("outcomes", type=Path)
    parser.add_argument("--picture", type=Path, required=True, help="an SVG or PNG file")
    parser.add_argument("--shifted", default="", help="domain that is left out")
    parser.add_argument("--cost-field", default="", metavar="VIEW", help="also C(x) on this view, with torch")
    options = parser.parse_args()
    try:
        curves = measured(outcomes.load(options.outcomes), shifted=options.shifted, cost_field=options.cost_field)
    except LensError as error:
        sys.stderr.write(f"atlas_lens.curve: {error}\n")
        return 2
    draw(curves).savefig(options.picture)
    sys.stdout.write(json.dumps({"schema": 1, "curves": curves}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
