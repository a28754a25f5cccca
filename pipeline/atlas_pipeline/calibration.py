"""P(right) of a choice, from a table that was counted on solved tasks of the same model.

The table has a cell for each combination of
    examples    all given examples passed, only some, or none given
    candidates  how many usable ones there were: 1-3, 4-5, 6-8, 9-12, 13 and more
    cluster     how many of these behave identically: 1, 2, 3-4, 5-9, 10 and more
and in it how many choices there were and how many of them were right. A task counts at most once in a group of equal
`examples` and `candidates`, however often it was drawn: its draws share that weight, because they are not independent.

P(right) = (right + 1/2) / (n + 1), the posterior mean under Jeffreys' prior, so nothing is ever certain and .95 takes
nine tasks without an error. Within a group a larger cluster is never less probable to be right: neighbouring cells that
say otherwise are pooled (as in the pool-adjacent-violators algorithm, on these posterior means). An empty cell has the
probability of the next smaller cluster.

Why not a learned score: on the same evidence a logistic model chose no better and was over-confident (of its answers
above .95, 91 % were right).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import platformdirs

from atlas_pipeline.errors import UsageError

SCHEMA = 1
CALIBRATED_FOR_VERIFIED = 0.95
"""P(right) that the evidence has to reach where there is a table."""

Examples: TypeAlias = Literal["all", "some", "none"]

_CANDIDATES = (("1-3", 1), ("4-5", 4), ("6-8", 6), ("9-12", 9), ("13+", 13))
_CLUSTERS = (("1", 1), ("2", 2), ("3-4", 3), ("5-9", 5), ("10+", 10))


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One choice that was checked; a line of the file that `atlas-ls calibrate` reads."""

    right: bool
    examples: int
    """Given examples of the task."""
    examples_passed: int
    candidates: int
    cluster: int
    task: str = ""
    """Of which task; observations of one task share their weight. Empty: a task of its own."""
    model: str = ""


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Counts of one cell, in tasks."""

    examples: Examples
    candidates: str
    cluster: str
    n: float
    right: float


class CalibrationTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The counts for one model, as they are in the file."""

    model: str
    """As the engine names it (`Capabilities.model`)."""
    source: str
    """What was solved, for people."""
    cells: tuple[Cell, ...]
    schema: int = SCHEMA

    def probability(self, *, examples: int, examples_passed: int, candidates: int, cluster: int) -> float | None:
        """Return P(right) of a choice, None where nothing like it was counted."""
        group = self.group(kind_of(examples, examples_passed), _bucket(_CANDIDATES, candidates))
        names = [name for name, _ in _CLUSTERS]
        known = names[: names.index(_bucket(_CLUSTERS, cluster)) + 1]
        return next((group[name] for name in reversed(known) if name in group), None)

    def group(self, examples: Examples, candidates: str) -> dict[str, float]:
        """Return P(right) by cluster size, pooled and smoothed, of the cells that hold anything."""
        order = [name for name, _ in _CLUSTERS]
        cells = [c for c in self.cells if c.examples == examples and c.candidates == candidates and c.n > 0]
        cells.sort(key=lambda cell: order.index(cell.cluster))
        blocks: list[tuple[float, float, list[str]]] = []
        for cell in cells:
            blocks.append((cell.right, cell.n, [cell.cluster]))
            while len(blocks) > 1 and _mean(*blocks[-2][:2]) >= _mean(*blocks[-1][:2]):
                right, n, names = blocks.pop()
                blocks[-1] = (blocks[-1][0] + right, blocks[-1][1] + n, blocks[-1][2] + names)
        return {name: _mean(right, n) for right, n, names in blocks for name in names}


def _mean(right: float, n: float) -> float:
    """Return the mean of the posterior under Jeffreys' prior, Beta(1/2, 1/2)."""
    return (right + 0.5) / (n + 1)


def kind_of(examples: int, passed: int) -> Examples:
    """Return how the given examples went."""
    if not examples:
        return "none"
    return "all" if passed == examples else "some"


def _bucket(buckets: Sequence[tuple[str, int]], count: int) -> str:
    return next((name for name, least in reversed(buckets) if count >= least), buckets[0][0])


def fit(observations: Iterable[Observation], *, model: str, source: str) -> CalibrationTable:
    """Count a table.

    Raises:
        UsageError: there is nothing to count.
    """
    groups: dict[tuple[Examples, str], dict[str, list[tuple[str, bool]]]] = defaultdict(lambda: defaultdict(list))
    number = 0
    for number, seen in enumerate(observations, start=1):
        key = kind_of(seen.examples, seen.examples_passed), _bucket(_CANDIDATES, seen.candidates)
        task = seen.task or f"line {number}"
        groups[key][task].append((_bucket(_CLUSTERS, seen.cluster), seen.right))
    if not number:
        raise UsageError("no observations: a calibration needs at least one line, and some hundred tasks to be of use")
    counts: dict[tuple[Examples, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (examples, candidates), tasks in groups.items():
        for seen_in_task in tasks.values():
            for cluster, right in seen_in_task:
                cell = counts[examples, candidates, cluster]
                cell[0] += 1 / len(seen_in_task)
                cell[1] += right / len(seen_in_task)
    cells = tuple(
        Cell(examples=examples, candidates=candidates, cluster=cluster, n=round(n, 6), right=round(right, 6))
        for (examples, candidates, cluster), (n, right) in sorted(counts.items())
    )
    return CalibrationTable(model=model, source=source, cells=cells)


def read_observations(path: Path) -> list[Observation]:
    """Return the observations of a file of JSON lines.

    Raises:
        UsageError: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            seen = msgspec.json.decode(line, type=Observation)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            wanted = "right, examples, examples_passed, candidates, cluster"
            raise UsageError(f"{path}, line {number}: {error}; a line is a JSON object with {wanted}") from error
        if not (0 <= seen.examples_passed <= seen.examples and 1 <= seen.cluster <= seen.candidates):
            raise UsageError(
                f"{path}, line {number}: {seen.examples_passed} of {seen.examples} examples and a cluster of "
                f"{seen.cluster} among {seen.candidates} candidates cannot be"
            )
        found.append(seen)
    return found


def user_folder() -> Path:
    """Return the folder of the user's own tables; they come before the ones that are shipped."""
    return platformdirs.user_data_path("atlas-ls", appauthor=False) / "calibration"


def file_name(model: str) -> str:
    """Return the name of a model's table."""
    return (re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-") or "model") + ".json"


def write_table(table: CalibrationTable, path: Path) -> None:
    """Write a table, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    text = json.dumps(msgspec.to_builtins(table), indent=1)
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise UsageError(f"the table cannot be written to {path}: {error.strerror}") from error


def read_table(text: str, where: str) -> CalibrationTable:
    """Return the table in a file's text.

    Raises:
        UsageError: it is none, or of another schema; it has to be fitted again.
    """
    again = "fit it again with `atlas-ls calibrate`, or remove it"
    try:
        table = msgspec.json.decode(text, type=CalibrationTable)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise UsageError(f"{where} is no calibration table: {error}; {again}") from error
    if table.schema != SCHEMA:
        raise UsageError(f"{where} has schema {table.schema}, not {SCHEMA}; {again}")
    clusters, candidates = {name for name, _ in _CLUSTERS}, {name for name, _ in _CANDIDATES}
    for cell in table.cells:
        if cell.cluster not in clusters or cell.candidates not in candidates or not 0 <= cell.right <= cell.n:
            raise UsageError(f"{where}: the cell {msgspec.to_builtins(cell)} cannot be; {again}")
    return table


def load_table(model: str) -> CalibrationTable | None:
    """Return the table of a model, the user's own before the one that is shipped; None where there is none.

    Raises:
        UsageError: the user's table cannot be read.
    """
    name = file_name(model)
    path = user_folder() / name
    shipped = resources.files("atlas_pipeline") / "data" / "calibration" / name
    try:
        table = read_table(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        if not shipped.is_file():
            return None
        table = read_table(shipped.read_text(encoding="utf-8"), str(shipped))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the calibration table {path} cannot be read: {error}") from error
    return table if table.model == model else None
