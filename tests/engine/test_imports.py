"""What the client side may not import: a language server must start in a fraction of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("llama_cpp", "torch", "starlette", "uvicorn", "jinja2", "httpx", "numpy")


@pytest.mark.parametrize("module", ["client", "session", "launcher", "api", "gguf_header"])
def test_the_client_side_is_light(module: str) -> None:
    code = f"import atlas_pipeline.engine.{module}, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_http_layer_does_not_load_the_native_library() -> None:
    code = "import atlas_pipeline.engine.process, sys; print('llama_cpp' in sys.modules)"
    result = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
