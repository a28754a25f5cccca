"""llama-cpp-python's own class, as something to compare the engine with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as api
from llama_cpp import Llama


def reference_llama(path: str | Path, **options: Any) -> Llama:
    """Load a model as the engine does: without weights repacked for AMX, whose kernels crash on quantised ones.

    `Llama` has no argument for it.
    """
    defaults = api.llama_model_default_params

    def changed() -> Any:
        parameters = defaults()
        parameters.use_extra_bufts = False
        return parameters

    api.llama_model_default_params = changed
    try:
        return Llama(str(path), verbose=False, **options)
    finally:
        api.llama_model_default_params = defaults
