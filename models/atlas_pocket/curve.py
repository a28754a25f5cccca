"""Draw the losses of trainings: `python -m atlas_pocket.curve runs/*/log.jsonl --out training.svg`. Needs matplotlib."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

Entry = dict[str, Any]
Points = list[tuple[float, float]]
"""Millions of tokens, loss."""


def read(logs: Sequence[Path]) -> list[list[Entry]]:
    """Return the entries of each log."""
    return [[json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] for log in logs]


def trained(entries: Sequence[Entry]) -> Points:
    """Return the loss on the answers of training samples."""
    return [(entry["tokens"] / 1e6, entry["answer_loss"]) for entry in entries if "answer_loss" in entry]


def held(entries: Sequence[Entry]) -> dict[str, Points]:
    """Return the loss on the answers of held-out samples, by role."""
    found: dict[str, Points] = defaultdict(list)
    for entry in entries:
        for role, loss in entry.get("held_loss", {}).items():
            found[role].append((entry["tokens"] / 1e6, loss))
    return dict(found)


def draw(runs: Sequence[Sequence[Entry]], names: Sequence[str]) -> Figure:
    """Return the curves of one run after the other: left the training, right what is held out."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for entries, name in zip(runs, names, strict=True):
        _plot(left, trained(entries), name)
    together: dict[str, Points] = defaultdict(list)
    for entries in runs:
        for role, points in held(entries).items():
            together[role] += points
    for role, points in sorted(together.items()):
        _plot(right, sorted(points), role)
    for axes, title in ((left, "answers of training samples"), (right, "answers of held-out compositions, by role")):
        axes.set(title=title, xlabel="million tokens", ylabel="loss (nats per token)", yscale="log")
        axes.grid(visible=True, alpha=0.3)
        if axes.lines:
            axes.legend(fontsize="x-small")
    return figure


def _plot(axes: Any, points: Points, label: str) -> None:
    if points:
        axes.plot([x for x, _ in points], [y for _, y in points], label=label)


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.curve", description=__doc__)
    parser.add_argument("logs", type=Path, nargs="+", help="log.jsonl of each run, in their order")
    parser.add_argument("--out", type=Path, required=True, help="an SVG or PNG file")
    options = parser.parse_args()
    figure = draw(read(options.logs), [log.parent.name for log in options.logs])
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
