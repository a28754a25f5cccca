"""What llama.cpp itself says a context takes, from the log of a process of its own."""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20
PATTERNS = {
    "compute": r"compute buffer size = +([\d.]+) MiB",
    "output": r"output buffer size = +([\d.]+) MiB",
    "kv": r"llama_kv_cache: size = +([\d.]+) MiB",
    "state": r"llama_memory_recurrent: size = +([\d.]+) MiB",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Sizes in bytes, as exact as the log: to a hundredth of a MiB for each buffer."""

    compute: float
    output: float
    kv: float
    state: float


def report(model: Path, contexts: list[dict[str, Any]], *, weights: bool) -> list[Report]:
    """Make contexts with these parameters over `model`; without `weights` nothing of the file but its header is read."""
    command = [sys.executable, __file__, str(model), json.dumps(contexts), json.dumps(weights)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return [Report(**sizes) for sizes in json.loads(answer.stdout)]


def main(model: str, contexts: list[dict[str, Any]], weights: bool) -> list[dict[str, float]]:
    import llama_cpp

    lines: list[str] = []
    callback = llama_cpp.llama_log_callback(lambda _level, text, _data: lines.append(text.decode(errors="replace")))
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    if not weights:
        parameters.no_alloc, parameters.load_mode = True, llama_cpp.LLAMA_LOAD_MODE_NONE
    handle = llama_cpp.llama_model_load_from_file(model.encode(), parameters)
    assert handle, "".join(lines)
    found = []
    for context in contexts:
        lines.clear()
        options = llama_cpp.llama_context_default_params()
        options.no_perf, options.kv_unified = True, True
        for name, value in context.items():
            setattr(options, name, value)
        made = llama_cpp.llama_init_from_model(handle, options)
        text = "".join(lines)
        assert made, text
        found.append(
            {name: sum(float(size) * MIB for size in re.findall(pattern, text)) for name, pattern in PATTERNS.items()}
        )
        llama_cpp.llama_free(made)
    llama_cpp.llama_model_free(handle)
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]))))
