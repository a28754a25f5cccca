"""`python -m atlas_bench replay`: draws pools from recorded outputs, selects blindly, and has a scorer score the choices."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.replay.data import Recorded, read_recorded
from atlas_bench.replay.pools import draw_pool
from atlas_bench.replay.recorded_sandbox import Opened, RecordedSandbox, sandbox_version
from atlas_bench.replay.selecting import TaskReplay
from atlas_pipeline.edit import solved_document
from atlas_pipeline.errors import UsageError

DATA = "../shared/data/humaneval_codegen"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--data", metavar="DIR", type=Path, default=Path(DATA), help=f"recorded tasks (default {DATA})")
    parser.add_argument("--k", metavar="K,K", default="3,5,8,10", help="sizes of the pools (default 3,5,8,10)")
    parser.add_argument("--draws", type=int, default=100, metavar="N", help="pools of each size and task (default 100)")
    parser.add_argument("--no-examples", action="store_true", help="take the prompts without examples")
    parser.add_argument("--only", choices=("even", "odd"), help="every second task, by its line: to tune on one half")
    parser.add_argument("--by-tests", action="store_true", help="run the hidden tests even where labels are recorded")
    parser.add_argument("--calibration-out", metavar="FILE", type=Path, help="write what `atlas-ls calibrate` reads")
    parser.add_argument("--model", default="", metavar="NAME", help="name of the recorded model, for --calibration-out")
    parser.add_argument(
        "--cache",
        metavar="DIR",
        type=Path,
        default=Path(".cache/replay"),
        help="outcomes of calls (default .cache/replay)",
    )
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Replay and print the report; return the exit status."""
    try:
        sizes = sorted({int(size) for size in options.k.split(",")})
        if sizes[0] < 1 or options.draws < 1:
            raise ValueError  # noqa: TRY301 - reported the same way
    except ValueError:
        print(f"--k {options.k!r}, --draws {options.draws}: give positive numbers, --k 3,5,8,10", file=sys.stderr)
        return 2
    try:
        recorded = read_recorded(options.data, examples=not options.no_examples)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    if options.only:
        recorded = recorded[options.only == "odd" :: 2]
    submission = asyncio.run(select(recorded, sizes=sizes, draws=options.draws, cache=options.cache))
    submission["model"] = options.model
    scored = score(submission, options.data, by_tests=options.by_tests, calibration_out=options.calibration_out)
    print(json.dumps({"draws": options.draws, "examples": not options.no_examples, **scored}, indent=1))
    return 0


async def select(recorded: list[Recorded], *, sizes: list[int], draws: int, cache: Path) -> dict[str, Any]:
    """Select in every pool; return what the scorer reads."""
    opened = Opened()
    version = sandbox_version()
    choices: list[object] = []
    documents: dict[str, dict[int, str]] = {}
    try:
        for number, entry in enumerate(recorded):
            name = entry.task_id.replace("/", "-")
            sandbox = RecordedSandbox(cache / f"{name}.msgpack", opened, version=version)
            replay = TaskReplay(entry, sandbox)
            drawn = [
                draw_pool(
                    entry.position,
                    draw,
                    k=k,
                    completions=len(entry.completions),
                    tests=len(entry.test_completions),
                )
                for draw in range(draws)
                for k in sizes
            ]
            try:
                await replay.run(drawn)
                choices += [await replay.choose(pool) for pool in drawn]
            finally:
                await sandbox.aclose()
            documents[entry.task_id] = {
                candidate.index: solved_document(entry.task, candidate.body)
                for candidate in entry.candidates
                if candidate is not None
            }
            note = f"{number + 1}/{len(recorded)} {entry.task_id}, {opened.programs_run} programs run"
            print(note, file=sys.stderr, flush=True)
    finally:
        await opened.aclose()
    return {"choices": choices, "documents": documents}


def score(
    submission: dict[str, Any],
    data: Path,
    *,
    by_tests: bool = False,
    calibration_out: Path | None = None,
    each: bool = False,
) -> dict[str, Any]:
    """Have another process score the choices.

    Raises:
        UsageError: it could not, for example because the labels are not there.
    """
    command = [sys.executable, "-m", "atlas_bench.replay.scorer", "--data", str(data)]
    command += ["--by-tests"] if by_tests else []
    command += ["--each"] if each else []
    command += ["--calibration-out", str(calibration_out)] if calibration_out else []
    ended = subprocess.run(command, input=msgspec.json.encode(submission), stdout=subprocess.PIPE, check=False)
    if ended.returncode:
        raise UsageError(f"the scorer ended with status {ended.returncode}; what it said is above")
    report: dict[str, Any] = json.loads(ended.stdout)
    return report
