"""What llama.cpp writes to the engine's log about its context and its buffers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from atlas_bench.engine.report import Configuration
from atlas_bench.engine.stream import BenchError

_CONTEXT = {name: re.compile(rf"llama_context: {name}\s*=\s*(\d+)") for name in ("n_ctx", "n_batch", "n_ubatch")}
_KV_TYPES = re.compile(r"llama_kv_cache: size = .*K \((\w+)\):.*V \((\w+)\):")
_FLASH = re.compile(r"llama_context: flash_attn\s*=\s*(\w+)")
_FLASH_CHOSEN = re.compile(r"Flash Attention (enabled|disabled|was auto, set to enabled|was auto, set to disabled)")
_BUFFER = re.compile(r"(\S+)\s+(model|KV|RS|compute|output) buffer size\s*=\s*([\d.]+) MiB")
MAPPED = "CPU_Mapped"
PLAIN = ("CPU", MAPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """Sizes in MiB, of all contexts together."""

    weights: float
    """Without those that stay in the mapped file."""
    kv: float
    compute: float
    output: float


def configuration(log: str) -> Configuration:
    """Return what the first context was made with.

    Raises:
        BenchError: the log does not say it.
    """
    numbers = {name: pattern.search(log) for name, pattern in _CONTEXT.items()}
    types, flash = _KV_TYPES.search(log), _FLASH.search(log)
    if types is None or flash is None or not all(numbers.values()):
        raise BenchError(
            "The engine's log does not say how llama.cpp's context was made, so the other sides cannot be given the "
            "same. The bench reads the messages of llama-cpp-python 0.3.36; adapt llama_log.py to this version."
        )
    chosen = _FLASH_CHOSEN.search(log)
    context, batch, micro_batch = (int(found[1]) for found in numbers.values() if found)
    return Configuration(
        context=context,
        batch=batch,
        micro_batch=micro_batch,
        flash_attention=flash[1] == "enabled" or (chosen is not None and chosen[1].endswith("enabled")),
        key_type=types[1],
        value_type=types[2],
        repacked=any(kind == "model" and where not in PLAIN for where, kind, _ in _BUFFER.findall(log)),
    )


def buffers(log: str) -> Buffers:
    """Return the sizes of all buffers; a compute buffer that was made anew counts with its last size.

    Raises:
        BenchError: the log names none.
    """
    sizes: dict[str, float] = dict.fromkeys(("model", "KV", "RS", "compute", "output"), 0.0)
    context = 0
    latest: dict[tuple[int, str, str], float] = {}
    for line in log.splitlines():
        if "llama_context: constructing llama_context" in line:
            context += 1
        if found := _BUFFER.search(line):
            where, kind, size = found.groups()
            if kind == "model":
                sizes["model"] += 0.0 if where == MAPPED else float(size)
            else:
                latest[context, where, kind] = float(size)
    if not latest:
        raise BenchError("The engine's log names no buffers of llama.cpp; adapt llama_log.py to this version.")
    for (_, _, kind), size in latest.items():
        sizes[kind] += size
    return Buffers(
        weights=sizes["model"], kv=sizes["KV"] + sizes["RS"], compute=sizes["compute"], output=sizes["output"]
    )
