"""`atlas-ls history {list,show,export,clear}`: what is kept of finished solves."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.history import store
from atlas_pipeline.history.files import history_path, size_on_disk
from atlas_pipeline.history.reading import clear, read
from atlas_pipeline.history.records import SolveRow

SCHEMA = 1
EXIT_OK, EXIT_USAGE = 0, 2
_ID_DIGITS = 8
_COLOURS = {"VERIFIED": "green", "WEAK": "yellow", "UNVERIFIED": "red"}
_MEGABYTE = 1024 * 1024


def run_history(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 done, 2 usage error or a history that cannot be read."""
    actions = {"list": _list, "show": _show, "export": _export, "clear": _clear}
    try:
        actions[options.action](options, Console(highlight=False))
        sys.stdout.flush()
    except AtlasError as error:
        Console(stderr=True, highlight=False).print(f"atlas-ls: {error}", style="red", markup=False)
        return EXIT_USAGE
    except BrokenPipeError:  # whoever reads has enough; the flush at exit would complain again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK


def _list(options: argparse.Namespace, console: Console) -> None:
    path = history_path()
    rows = read(path, lambda connection: store.solves(connection, most=options.n, like=options.like)) or []
    if options.json:
        _print_json({"path": str(path), "bytes": size_on_disk(path), "solves": msgspec.to_builtins(rows)})
        return
    if not rows:
        console.print(f"No solve is kept in {path}.", markup=False, soft_wrap=True)
        return
    console.print(_table(rows))
    size = size_on_disk(path) / _MEGABYTE
    console.print(f"{path}, {size:.1f} MB. `atlas-ls history show ID` shows one.", markup=False, soft_wrap=True)


def _table(rows: Sequence[SolveRow]) -> Table:
    table = Table()
    for name in ("ID", "when", "function", "file", "level", "candidates", "tokens", "outcome"):
        table.add_column(name, justify="right" if name in ("candidates", "tokens") else "left")
    for row in rows:
        level = row.level or row.ended
        candidates = "earlier" if row.answered_from else str(row.candidates)
        table.add_row(
            row.uid[:_ID_DIGITS],
            _moment(row.began_at),
            escape(row.qualname if row.kind != "repair" else f"{row.qualname} (repair)"),
            escape(Path(row.path).name),
            f"[{_COLOURS[level]}]{level}[/]" if level in _COLOURS else level,
            candidates,
            str(row.completion_tokens),
            row.outcomes[-1] if row.outcomes else "",
        )
    return table


def _show(options: argparse.Namespace, console: Console) -> None:
    found = read(history_path(), lambda connection: _one(connection, options.solve))
    if found is None:
        raise UsageError(f"no solve is kept in {history_path()}")
    if options.json:
        _print_json(found)
        return
    task = found["task"]
    console.print(f"{task['qualname']}  {found['path']}", style="bold", markup=False)
    console.print(Syntax(task["header"], "python", background_color="default"))
    level = found["level"] or found["ended"]
    reason = f": {found['reason']}" if found["reason"] else ""
    console.print(f"{level}{reason}", style=_COLOURS.get(level), markup=False)
    cost = f"{found['completion_tokens'] or 0} tokens, {found['seconds']:.1f} s"
    console.print(
        f"{found['kind']}, {_moment(found['began_at'])}, {found['model']}, seed {found['seed']}; {cost}", markup=False
    )
    if found["answered_from"]:
        earlier = found["answered_from"][:_ID_DIGITS]
        console.print(f"The answer of {earlier} was judged again; its candidates are there.", markup=False)
    for candidate in found["candidates"]:
        _show_candidate(console, candidate)
    for outcome in found["outcomes"]:
        detail = f": {outcome['detail']}" if outcome["detail"] else ""
        console.print(f"{_moment(outcome['at'])}  {outcome['what']}{detail}", markup=False)


def _show_candidate(console: Console, candidate: dict[str, Any]) -> None:
    chosen = ", chosen" if candidate["chosen"] else ""
    passed = f"{candidate['examples_passed']}/{candidate['examples']} examples" if candidate["examples"] else "not run"
    likely = f", log-probability {candidate['mean_logprob']:.3f}" if candidate["mean_logprob"] is not None else ""
    said = f"candidate {candidate['number'] + 1} ({candidate['origin']}{chosen}): {passed}{likely}"
    console.print(said, style="bold" if candidate["chosen"] else None, markup=False)
    console.print(Syntax(candidate["body"], "python", background_color="default"))
    for verdict in candidate["verdicts"]:
        expected = f", expected {verdict['expected']['shown']}" if verdict["expected"] else ""
        line = f"  {verdict['status']:7} {verdict['provenance']}: {verdict['call']}{expected}, got {verdict['actual']}"
        console.print(line, markup=False, style="dim")


def _one(connection: Any, start: str) -> dict[str, Any]:
    rows = [row for row in store.solves(connection) if row.uid.startswith(start)]
    if len(rows) != 1:
        said = "no solve has" if not rows else f"{len(rows)} solves have"
        raise UsageError(f"{said} an ID that begins with {start!r}; `atlas-ls history list` shows the IDs")
    return store.whole(connection, rows[0].id)


def _export(options: argparse.Namespace, console: Console) -> None:
    path = history_path()
    if options.file is None:
        read(path, lambda connection: _write_lines(connection, sys.stdout))
        return
    target = Path(options.file)
    with _new_file(target) as file:
        count = read(path, lambda connection: _write_lines(connection, file)) or 0
    if options.json:
        _print_json({"path": str(target), "solves": count})
    else:
        console.print(f"{count} solves written to {target}", markup=False, soft_wrap=True)


def _write_lines(connection: Any, file: IO[str]) -> int:
    count = 0
    for solve in store.export(connection):
        file.write(json.dumps({"schema": SCHEMA, **solve}, ensure_ascii=True, separators=(",", ":")) + "\n")
        count += 1
    return count


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """Make a file that only the user can read; one that is there is not replaced."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _clear(options: argparse.Namespace, console: Console) -> None:
    path = history_path()
    size = size_on_disk(path)
    if not options.yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody can be asked whether to remove the history: say --yes")
        asked = Console(stderr=True, highlight=False)
        asked.print(f"Remove {path} ({size / _MEGABYTE:.1f} MB)? [y/N] ", end="", markup=False, soft_wrap=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            asked.print("Nothing was removed.")
            return
    removed = clear(path)
    if options.json:
        _print_json({"path": str(path), "bytes": removed})
    else:
        console.print(f"{removed / _MEGABYTE:.1f} MB removed from {path.parent}.", markup=False, soft_wrap=True)


def _print_json(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"schema": SCHEMA, **content}, ensure_ascii=True) + "\n")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
