"""The engine's embeddings are the mean final-norm hidden states that a torch forward pass gives.

Needs torch, so it runs in an environment of its own (`make test-train`).
"""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest

try:
    import torch
except ImportError:
    pytest.skip("torch is not installed: `make test-train` runs this", allow_module_level=True)

from llama_cpp import Llama
from numpy.typing import NDArray
from pocket_in_torch import torch_of

from atlas_pipeline.engine.api import Engine
from atlas_pocket.network import Network
from atlas_pocket.tokenizer import SPECIAL_TOKENS

pytestmark = pytest.mark.torch

TOLERANCE = 1e-2
"""Norm of the difference over the norm."""

SHORT = "x = 1\n"
FUNCTION = 'def total(nums):\n    """Return the sum of the even numbers in nums."""\n    return sum(n for n in nums)\n'
LONG = FUNCTION * 28
"""More than two micro-batches of the engine, less than the pocket model's context."""
NON_ASCII = "größe = 'é漢字😀'  # naïve\r\n\tпривет\n"
TEXTS = [SHORT, FUNCTION, LONG, NON_ASCII]


@pytest.fixture(scope="module")
def network(pocket: Path) -> Network:
    torch.set_num_threads(1)
    return torch_of(pocket)


@pytest.fixture(scope="module")
def vocabulary(pocket: Path) -> Llama:
    return Llama(str(pocket), vocab_only=True, verbose=False)


def tokens_of(vocabulary: Llama, text: str) -> list[int]:
    return vocabulary.tokenize(text.encode(), add_bos=False, special=False)


def mean_of(
    network: Network, tokens: list[int], *, final_norm: bool = True, control: bool = False
) -> NDArray[np.float32]:
    """Return the mean state over tokens, (n_embd,); the special tokens are the first of the vocabulary."""
    states = network.hidden(torch.tensor([tokens]))[0] if final_norm else before_the_norm(network, tokens)
    kept = [control or token >= len(SPECIAL_TOKENS) for token in tokens]
    return states[torch.tensor(kept)].mean(dim=0).detach().numpy()


def before_the_norm(network: Network, tokens: list[int]) -> torch.Tensor:
    seen: list[torch.Tensor] = []
    hook = network.norm.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0][0]))
    network.hidden(torch.tensor([tokens]))
    hook.remove()
    return seen[0]


def distance(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


async def test_texts(engine: Engine, network: Network, vocabulary: Llama) -> None:
    lengths = [len(tokens_of(vocabulary, text)) for text in TEXTS]
    assert lengths[0] < 10
    assert 600 < lengths[2] < 1024
    vectors = await engine.embed(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert distance(vector, mean_of(network, tokens_of(vocabulary, text))) < TOLERANCE, text[:20]


async def test_the_last_token(engine: Engine, network: Network, vocabulary: Llama) -> None:
    vectors = await engine.embed(TEXTS, definitions=("last-final-norm/1",))
    for text, vector in zip(TEXTS, vectors, strict=True):
        states = network.hidden(torch.tensor([tokens_of(vocabulary, text)]))[0].detach().numpy()
        assert distance(vector, states[-1]) < TOLERANCE, text[:20]
        assert distance(vector, states[-2]) > 10 * TOLERANCE


async def test_without_the_final_norm_it_would_not_pass(engine: Engine, network: Network, vocabulary: Llama) -> None:
    for text, vector in zip(TEXTS, await engine.embed(TEXTS), strict=True):
        wrong = mean_of(network, tokens_of(vocabulary, text), final_norm=False)
        assert distance(vector, wrong) > 10 * TOLERANCE
        # Nor by its direction alone.
        assert distance(vector / np.linalg.norm(vector), wrong / np.linalg.norm(wrong)) > 10 * TOLERANCE


async def test_control_tokens_are_seen_but_not_counted(
    http: httpx.AsyncClient, network: Network, vocabulary: Llama
) -> None:
    turn = vocabulary.tokenize(b"<|im_start|>user\nreturn x<|im_end|>\n<|im_start|>", add_bos=False, special=True)
    assert sum(token < len(SPECIAL_TOKENS) for token in turn) == 3
    answer = await http.post("/v1/embeddings", json={"model": "", "input": [turn]})
    vector = np.array(answer.raise_for_status().json()["data"][0]["embedding"], dtype=np.float32)
    assert distance(vector, mean_of(network, turn)) < TOLERANCE
    assert distance(vector, mean_of(network, turn, control=True)) > 10 * TOLERANCE
    left_out = [token for token in turn if token >= len(SPECIAL_TOKENS)]
    assert distance(vector, mean_of(network, left_out)) > 10 * TOLERANCE
