"""`atlas-ls sandbox run FILE`: what a program can do in the jail, for users to see and for auditors to attack."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.sandbox import Limits, Outcome, OutcomeKind, Program, open_sandbox
from atlas_pipeline.sandbox.languages import language_of
from atlas_pipeline.settings import SandboxSettings

EXIT_ENDED, EXIT_CONTAINED, EXIT_USAGE = 0, 1, 2
SCHEMA = 1
_OUTPUT_BYTES = 1024 * 1024


def run_sandbox(options: argparse.Namespace) -> int:
    """Run the file and return the exit status."""
    try:
        outcome, layers, notice = asyncio.run(_run(options))
    except AtlasError as error:
        sys.stderr.write(f"atlas-ls: {error}\n")
        return EXIT_USAGE
    if options.json:
        sys.stdout.write(
            json.dumps({"schema": SCHEMA, "layers": layers, "notice": notice, **outcome_json(outcome)}) + "\n"
        )
    else:
        sys.stdout.write(outcome.stdout)
        sys.stdout.flush()
        sys.stderr.write(outcome.stderr)
        if notice:
            sys.stderr.write(f"atlas-ls: {notice}\n")
        sys.stderr.write(
            f"atlas-ls: {describe(outcome)}; {outcome.cpu_s:.2f} s of CPU time; isolated by {', '.join(layers)}\n"
        )
    return EXIT_ENDED if outcome.kind is OutcomeKind.RETURNED else EXIT_CONTAINED


async def _run(options: argparse.Namespace) -> tuple[Outcome, list[str], str]:
    path = Path(options.file)
    language = language_of(path.name)
    source = _read(path)
    stdin = _read(Path(options.stdin)) if options.stdin else ""
    limits = Limits(cpu_s=options.time, memory_bytes=options.memory * 2**20, output_bytes=_OUTPUT_BYTES)
    name = path.stem if path.stem.isidentifier() else "program"
    program = Program(source=source, module_name=name, language=language.name)
    settings = SandboxSettings(python=options.python)
    async with await open_sandbox(settings, workspace=Path.cwd(), layers=options.layers) as sandbox:
        (outcome,) = await sandbox.run_main(program, [stdin], limits)
        return outcome, list(sandbox.layers_for(language.name)), sandbox.notice


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error


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
