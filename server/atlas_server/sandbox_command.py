"""`atlas-ls sandbox run FILE`: what a program can do in the jail, for users to see and for auditors to attack."""

from __future__ import annotations

import argparse
import asyncio
import json
import stat
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.sandbox import Limits, Outcome, OutcomeKind, Program, open_sandbox
from atlas_pipeline.sandbox.languages import language_of
from atlas_pipeline.settings import SandboxSettings

EXIT_ENDED, EXIT_CONTAINED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
SCHEMA = 1
_OUTPUT_BYTES = 1024 * 1024
_MOST_READ_BYTES = 64 * 1024 * 1024
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
"""What would give orders to a terminal: move its cursor, set its title, fill its clipboard."""


def run_sandbox(options: argparse.Namespace) -> int:
    """Run the file and return the exit status."""
    try:
        outcome, layers, notice = asyncio.run(_run(options))
    except AtlasError as error:
        sys.stderr.write(f"atlas-ls: {error}\n")
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every locale has every character
    if options.json:
        sys.stdout.write(
            json.dumps({"schema": SCHEMA, "layers": layers, "notice": notice, **outcome_json(outcome)}) + "\n"
        )
    else:
        sys.stdout.write(_shown_on(sys.stdout, outcome.stdout))
        sys.stdout.flush()
        sys.stderr.write(_shown_on(sys.stderr, outcome.stderr))
        if notice:
            sys.stderr.write(f"atlas-ls: {notice}\n")
        sys.stderr.write(
            f"atlas-ls: {describe(outcome)}; {outcome.cpu_s:.2f} s of CPU time; isolated by {', '.join(layers)}\n"
        )
    return EXIT_ENDED if outcome.kind is OutcomeKind.RETURNED else EXIT_CONTAINED


async def _run(options: argparse.Namespace) -> tuple[Outcome, list[str], str]:
    path = Path(options.file)
    language = language_of(path.name)
    source = _read(path, must_be_file=True).removeprefix("\ufeff")
    stdin = _read(Path(options.stdin)) if options.stdin else ""
    limits = Limits(cpu_s=options.time, memory_bytes=options.memory * 2**20, output_bytes=_OUTPUT_BYTES)
    name = path.stem if path.stem.isidentifier() else "program"
    program = Program(source=source, module_name=name, language=language.name)
    settings = SandboxSettings(python=options.python)
    async with await open_sandbox(settings, workspace=_here(), layers=options.layers) as sandbox:
        (outcome,) = await sandbox.run_main(program, [stdin], limits)
        return outcome, list(sandbox.layers_for(language.name)), sandbox.notice


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError("the current folder is not there any more") from error


def _read(path: Path, *, must_be_file: bool = False) -> str:
    try:
        if must_be_file and not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is not a file")  # it could be a pipe, with nobody at the other end
        with path.open("rb") as file:
            content = file.read(_MOST_READ_BYTES + 1)
        if len(content) > _MOST_READ_BYTES:
            raise UsageError(f"{path} is larger than {_MOST_READ_BYTES // 2**20} MiB")
        return content.decode()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error


def _shown_on(stream: TextIO, text: str) -> str:
    """Return what to write of a program's output: as it is, but to a terminal nothing that gives it orders."""
    return text.translate(_CONTROLS) if stream.isatty() else text


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome of a main program as JSON."""
    raised = outcome.exception
    return {
        "outcome": outcome.kind.value,
        "exit_status": outcome.exit_status,
        "stdout": outcome.stdout,
        "stderr": outcome.stderr,
        "is_cut": outcome.is_cut,
        "cpu_s": round(outcome.cpu_s, 4),
        "exception": raised and {"type": raised.type_name, "message": raised.message, "line": raised.line},
    }


def describe(outcome: Outcome) -> str:
    """Say in one line how a main program ended."""
    raised = outcome.exception
    reason = f" ({raised.type_name}: {raised.message})" if raised and raised.message else ""
    reason = reason.replace("\n", "\\n").translate(_CONTROLS)  # else it could look like a line of ours
    match outcome.kind:
        case OutcomeKind.RETURNED:
            said = "it ended by itself with status 0"
        case OutcomeKind.RAISED:
            said = f"it ended by itself with status {outcome.exit_status}{reason}"
        case OutcomeKind.LOAD_FAILED:
            said = f"it could not be run{reason}"
        case _:
            said = f"it was ended: {outcome.kind.value}{reason}"
    return said + (", output cut" if outcome.is_cut else "")
