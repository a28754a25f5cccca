"""What each stage of the pipeline is worth: ten functions written by hand, solved with one stage at a time switched off.

Every function is solved with every seed by every variant, one variant after the other, so that all see the same machine. A
last variant is the command line, `atlas-ls solve --json-events`, timed from the start of its process to its end, with the
engine warm.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.handwritten import HANDWRITTEN, finish, is_right
from atlas_pipeline.engine.client import connect
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import Settings

SCHEMA = 1
COMMAND_LINE = "command line"
VARIANTS: dict[str, dict[str, object]] = {
    "defaults": {},
    "always 8 samples": {"first_samples": 8, "samples": 8},
    "3 samples": {"samples": 3},
    "no self-tests": {"test_samples": 0},
    "no resampling of static faults": {"resamples": 0},
    "no mutants": {"mutants": 0},
    "no context": {"context": False, "project_tests": False},
    "temperature spread": {"temperature_spread": 0.3},
    "repairs": {"repair_rounds": 2},
}
"""What differs from the default settings of `solve`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """How one solve ended."""

    level: str
    right: bool = False
    seconds: float
    candidates: int
    tokens: dict[str, int]
    """Completion tokens of each stage."""


async def measure(*, seeds: int, only: Iterable[str] = (), functions: Iterable[str] = ()) -> dict[str, Any]:
    """Solve everything; return counts, medians and tokens of each variant.

    Args:
        seeds: how often each function is solved by each variant.
        only: names of variants; empty: all and the command line.
        functions: names of functions; empty: all ten.
    """
    names = list(functions) or list(HANDWRITTEN.references)
    chosen = [name for name in (*VARIANTS, COMMAND_LINE) if not only or name in only]
    text = HANDWRITTEN.text()
    solved: dict[str, list[Solved]] = defaultdict(list)
    settings = Settings()
    async with await open_sandbox(settings.sandbox) as sandbox:
        engine = await connect(settings.engine)
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "handwritten.py"
                path.write_text(text, encoding="utf-8")
                document = Document(text)
                first = make_task(document, document.named(names[0]))
                await finish(first, engine, sandbox, settings)  # loads the model
                for seed in range(seeds):
                    for name in names:
                        task = make_task(document, document.named(name))
                        for variant in chosen:
                            if variant == COMMAND_LINE:
                                body, row = await _command_line(path, name, seed)
                            else:
                                changed = msgspec.structs.replace(settings.solve, seed=seed, **VARIANTS[variant])
                                started = time.perf_counter()
                                ended = await finish(
                                    task, engine, sandbox, msgspec.structs.replace(settings, solve=changed)
                                )
                                seconds = time.perf_counter() - started
                                body, row = _read(msgspec.to_builtins(ended), seconds)
                            solved[variant].append(replace(row, right=await is_right(task, body, sandbox)))
                    print(f"seed {seed + 1} of {seeds}", file=sys.stderr, flush=True)
        finally:
            await engine.aclose()
    return {"schema": SCHEMA, "seeds": seeds, "functions": len(names), "variants": _summed(solved)}


async def _command_line(path: Path, name: str, seed: int) -> tuple[str | None, Solved]:
    """Solve by the command a user would type.

    Raises:
        RuntimeError: it ended without a result.
    """
    command = [sys.executable, "-m", "atlas_server", "solve", f"{path}::{name}", "--seed", str(seed), "--json-events"]
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    seconds = time.perf_counter() - started
    last = json.loads(output.splitlines()[-1]) if output else {}
    if last.get("event") != "Finished":
        said = complaint.decode(errors="replace")[-500:]
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode} and no result: {said}")
    return _read(last, seconds)


def _read(finished: dict[str, Any], seconds: float) -> tuple[str | None, Solved]:
    """Return the chosen body, and what the `Finished` event says of the solve."""
    selection = finished["selection"]
    best = selection["best"]
    return best["candidate"]["body"] if best else None, Solved(
        level=selection["level"],
        seconds=seconds,
        candidates=selection["cost"]["candidates"],
        tokens={stage["stage"]: stage["completion_tokens"] for stage in finished["stages"]},
    )


def _summed(solved: dict[str, list[Solved]]) -> list[dict[str, Any]]:
    """Return one row for each variant."""
    rows = []
    for variant, ends in solved.items():
        verified = [one for one in ends if one.level == Level.VERIFIED.value]
        stages = sorted({stage for one in ends for stage in one.tokens})
        rows.append({
            "variant": variant,
            "changed": VARIANTS.get(variant, {}),
            "solves": len(ends),
            "right": sum(one.right for one in ends),
            "verified": len(verified),
            "verified_and_right": sum(one.right for one in verified),
            "weak": sum(one.level == Level.WEAK.value for one in ends),
            "median_s": round(statistics.median(one.seconds for one in ends), 3),
            "median_s_to_verified": round(statistics.median(one.seconds for one in verified), 3) if verified else None,
            "mean_candidates": round(statistics.mean(one.candidates for one in ends), 2),
            "median_tokens": {s: round(statistics.median(one.tokens.get(s, 0) for one in ends)) for s in stages},
        })  # fmt: skip
    return rows
