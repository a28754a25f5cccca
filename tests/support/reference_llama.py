"""llama-cpp-python's own class, as something to compare the engine with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llama_cpp import Llama

from atlas_bench.llama_generate import without_repacking


def reference_llama(path: str | Path, **options: Any) -> Llama:
    """Load a model as the engine does: without weights repacked for AMX, whose kernels crash on quantised ones."""
    with without_repacking():
        return Llama(str(path), verbose=False, **options)
