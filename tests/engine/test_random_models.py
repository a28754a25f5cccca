"""The random-weight models are what they say they are: llama.cpp itself is asked."""

import math
from collections.abc import Callable
from pathlib import Path

import llama_cpp
import pytest
from llama_cpp import Llama
from random_models import write_hybrid, write_hybrid_mtp, write_recurrent, write_sliding_window


@pytest.mark.parametrize(
    ("write", "recurrent", "hybrid", "mtp_layers"),
    [
        (write_recurrent, True, False, 0),
        (write_sliding_window, False, False, 0),
        (write_hybrid, False, True, 0),
        (write_hybrid_mtp, False, True, 1),
    ],
)
def test_it_loads_and_its_logits_are_finite(
    write: Callable[[Path], None], recurrent: bool, hybrid: bool, mtp_layers: int, tmp_path: Path
) -> None:
    path = tmp_path / "m.gguf"
    write(path)
    llama = Llama(str(path), n_ctx=256, n_threads=1, logits_all=True, verbose=False)
    assert llama_cpp.llama_model_is_recurrent(llama.model) is recurrent
    assert llama_cpp.llama_model_is_hybrid(llama.model) is hybrid
    assert llama_cpp.llama_model_n_layer_nextn(llama.model) == mtp_layers
    tokens = llama.tokenize(b"def f(x):\n    return x + 1\n", add_bos=False)
    llama.eval(tokens)
    last = llama.scores[len(tokens) - 1]
    assert all(math.isfinite(value) for value in last)
    assert last.std() > 0.1
    llama.close()


def test_the_same_call_writes_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_hybrid_mtp(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
