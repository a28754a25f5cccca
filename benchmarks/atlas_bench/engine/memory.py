"""What the engine's process takes beyond the model, its KV cache and llama.cpp's buffers. Linux only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from atlas_bench.engine.llama_log import Buffers, buffers
from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.report import Memory
from atlas_bench.engine.throughput import Prompt

MEBIBYTE = 1024.0
"""In the kilobytes of /proc."""

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)$")
_SIZE = re.compile(r"^(Rss|Pss):\s+(\d+) kB$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Sizes in MiB."""

    rss: float
    pss: float
    model_file: float
    """Pages of the model's file that are in memory, as far as this process has mapped them."""


async def measure(engine: OurEngine, model: Path, *, k: int, prompt: Prompt, prompt_tokens: int, tokens: int) -> Memory:
    """Work a little, so that what is allocated late is there, and look at the process."""
    for number in range(2):
        text = prompt(f"memory {number}", prompt_tokens)
        await engine.sample(text, k=k, form="concurrent requests", tokens=tokens, seed=number)
    return account(resident(_smaps(engine.pid), model), buffers(engine.log.read_text(errors="replace")))


def _smaps(pid: int) -> str:
    return Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace")


def resident(smaps: str, model: Path) -> Resident:
    """Add up what /proc/PID/smaps says."""
    sizes = {"Rss": 0.0, "Pss": 0.0}
    model_file, path = 0.0, ""
    for line in smaps.splitlines():
        if mapping := _MAPPING.match(line):
            path = mapping[1]
        elif size := _SIZE.match(line):
            kilobytes = int(size[2])
            sizes[size[1]] += kilobytes / MEBIBYTE
            if size[1] == "Rss" and path == str(model.resolve()):
                model_file += kilobytes / MEBIBYTE
    return Resident(rss=sizes["Rss"], pss=sizes["Pss"], model_file=model_file)


def account(process: Resident, sizes: Buffers) -> Memory:
    """Take the buffers off the process."""
    at_most = process.rss - process.model_file - sizes.weights - sizes.kv
    return Memory(
        rss=round(process.rss, 1),
        pss=round(process.pss, 1),
        model_file_resident=round(process.model_file, 1),
        weights_buffers=round(sizes.weights, 1),
        kv_buffers=round(sizes.kv, 1),
        compute_buffers=round(sizes.compute, 1),
        output_buffers=round(sizes.output, 1),
        beyond=round(at_most - sizes.compute - sizes.output, 1),
        beyond_at_most=round(at_most, 1),
    )
