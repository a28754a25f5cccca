"""`atlas-ls calibrate FILE`: counts how often results like these were right, so that later ones get a probability."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from atlas_pipeline.calibration import (
    CALIBRATED_FOR_VERIFIED,
    CalibrationTable,
    Cell,
    Observation,
    file_name,
    fit,
    read_observations,
    user_folder,
    write_table,
)
from atlas_pipeline.errors import AtlasError, UsageError

SCHEMA = 1
EXIT_OK, EXIT_USAGE = 0, 2


def run_calibrate(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 the table is written, 2 usage error."""
    console = Console(stderr=True, highlight=False)
    try:
        observations = read_observations(Path(options.file))
        model = _model(options.model, observations)
        mine = [seen for seen in observations if seen.model in ("", model)]
        table = fit(mine, model=model, source=options.source or f"{Path(options.file).name}, {len(mine)} observations")
        path = Path(options.out) if options.out else user_folder() / file_name(model)
        write_table(table, path)
    except AtlasError as error:
        console.print(f"atlas-ls: {error}", style="red", markup=False)
        return EXIT_USAGE
    if options.json:
        sys.stdout.write(msgspec.json.encode(as_json(table, path, len(observations) - len(mine))).decode() + "\n")
    else:
        _show(Console(highlight=False), table, path)
    return EXIT_OK


def _model(asked: str | None, observations: list[Observation]) -> str:
    named = sorted({seen.model for seen in observations} - {""})
    if asked:
        return asked
    if len(named) != 1:
        found = f"the file names {', '.join(named)}" if named else "the file names none"
        raise UsageError(f"which model is this of? {found}; say so with --model, as `atlas-ls solve --json` prints it")
    return named[0]


def as_json(table: CalibrationTable, path: Path, left_out: int) -> dict[str, object]:
    """Return the result as plain JSON types."""
    return {
        "schema": SCHEMA,
        "model": table.model,
        "path": str(path),
        "left_out": left_out,
        "cells": [{**msgspec.to_builtins(cell), "probability": probability} for cell, probability in _rows(table)],
    }


def _rows(table: CalibrationTable) -> list[tuple[Cell, float]]:
    return [(cell, table.group(cell.examples, cell.candidates)[cell.cluster]) for cell in table.cells if cell.n > 0]


def _show(console: Console, table: CalibrationTable, path: Path) -> None:
    shown = Table(title=f"{table.model}: how often results were right", title_justify="left")
    for name in ("examples passed", "candidates", "behave identically", "tasks", "right", "probability"):
        shown.add_column(name, justify="left" if name == "examples passed" else "right")
    verified = False
    for cell, probability in _rows(table):
        enough = cell.examples == "all" and probability >= CALIBRATED_FOR_VERIFIED
        verified = verified or enough
        shown.add_row(
            cell.examples,
            cell.candidates,
            cell.cluster,
            f"{cell.n:.1f}",
            f"{cell.right:.1f}",
            f"{probability:.1%}",
            style="bold" if enough else None,
        )
    console.print(shown)
    said = "bold rows are VERIFIED" if verified else "no row reaches it: nothing will be VERIFIED with this table"
    console.print(f"VERIFIED needs {CALIBRATED_FOR_VERIFIED:.0%}; {said}.", markup=False)
    console.print(f"Written to {path}. Remove the file to be without it.", markup=False, soft_wrap=True)
