"""Memories other than the pocket model's, with random weights: a recurrent state and a sliding window.

A recurrent state cannot forget its last tokens, and a window has lost its first ones: what is decoded after a rewind
must be what a fresh prompt gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
from numpy.typing import NDArray

from atlas_pipeline.engine.decoding_core import DecodingCore
from atlas_pipeline.engine.generation import EmbeddingJob, Event, GenerationJob, Piece, SamplingParameters
from atlas_pipeline.engine.llama import CHUNK_TOKENS, LlamaModel

LAYERS, WIDTH, INNER, HEADS, HEAD_WIDTH, WINDOW = 2, 64, 128, 2, 32, 32


class RandomModel:
    """Writes a model with the pocket model's vocabulary and random weights."""

    def __init__(self, path: Path, architecture: str, vocabulary: Path) -> None:
        self.writer = gguf.GGUFWriter(path, architecture)
        self.random = np.random.default_rng(0)
        size = self._copy_vocabulary(vocabulary)
        self.writer.add_block_count(LAYERS)
        self.writer.add_context_length(1024)
        self.writer.add_embedding_length(WIDTH)
        self.writer.add_layer_norm_rms_eps(1e-5)
        self.matrix("token_embd", size, WIDTH)
        self.vector("output_norm", WIDTH)

    def matrix(self, name: str, *shape: int, kind: type = np.float16) -> None:
        values: NDArray[np.float64] = self.random.standard_normal(shape) * 0.1
        self.writer.add_tensor(f"{name}.weight", values.astype(kind))

    def vector(self, name: str, size: int, suffix: str = ".weight") -> None:
        self.writer.add_tensor(name + suffix, np.ones(size, dtype=np.float32))

    def save(self) -> None:
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()

    def _copy_vocabulary(self, path: Path) -> int:
        fields = gguf.GGUFReader(path).fields
        for name, field in fields.items():
            if name.startswith("tokenizer."):
                kind = field.types[0]
                of = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
                self.writer.add_key_value(name, field.contents(), kind, sub_type=of)
        return len(fields["tokenizer.ggml.tokens"].contents())


def write_recurrent(path: Path, vocabulary: Path) -> None:
    model = RandomModel(path, "mamba", vocabulary)
    state, kernel, rank = 8, 4, 4
    model.writer.add_feed_forward_length(0)
    model.writer.add_head_count(0)
    model.writer.add_ssm_conv_kernel(kernel)
    model.writer.add_ssm_inner_size(INNER)
    model.writer.add_ssm_state_size(state)
    model.writer.add_ssm_time_step_rank(rank)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        model.vector(f"{block}.attn_norm", WIDTH)
        model.matrix(f"{block}.ssm_in", 2 * INNER, WIDTH)
        model.matrix(f"{block}.ssm_conv1d", INNER, kernel, kind=np.float32)
        model.vector(f"{block}.ssm_conv1d", INNER, ".bias")
        model.matrix(f"{block}.ssm_x", rank + 2 * state, INNER)
        model.matrix(f"{block}.ssm_dt", INNER, rank)
        model.vector(f"{block}.ssm_dt", INNER, ".bias")
        model.writer.add_tensor(f"{block}.ssm_a", -np.ones((INNER, state), dtype=np.float32))
        model.vector(f"{block}.ssm_d", INNER, "")
        model.matrix(f"{block}.ssm_out", WIDTH, INNER)
    model.save()


def write_sliding_window(path: Path, vocabulary: Path) -> None:
    model = RandomModel(path, "gemma3", vocabulary)
    model.writer.add_feed_forward_length(INNER)
    model.writer.add_head_count(HEADS)
    model.writer.add_head_count_kv(HEADS)
    model.writer.add_key_length(HEAD_WIDTH)
    model.writer.add_value_length(HEAD_WIDTH)
    model.writer.add_sliding_window(WINDOW)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"):
            model.vector(f"{block}.{name}", WIDTH)
        for name in ("attn_q_norm", "attn_k_norm"):
            model.vector(f"{block}.{name}", HEAD_WIDTH)
        for name in ("attn_q", "attn_k", "attn_v"):
            model.matrix(f"{block}.{name}", HEADS * HEAD_WIDTH, WIDTH)
        model.matrix(f"{block}.attn_output", WIDTH, HEADS * HEAD_WIDTH)
        model.matrix(f"{block}.ffn_gate", INNER, WIDTH)
        model.matrix(f"{block}.ffn_up", INNER, WIDTH)
        model.matrix(f"{block}.ffn_down", WIDTH, INNER)
    model.save()


@pytest.fixture(scope="module", params=[write_recurrent, write_sliding_window], ids=["recurrent", "sliding window"])
def core(
    request: pytest.FixtureRequest, pocket: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DecodingCore]:
    write: Callable[[Path, Path], None] = request.param
    path = tmp_path_factory.mktemp("random") / "model.gguf"
    write(path, pocket)
    core = DecodingCore(LlamaModel(path, gpu_layers=0, on_progress=lambda _fraction: True), context=1024, threads=1)
    yield core
    core.close()


def draw(core: DecodingCore, prompt: list[int], *, n: int = 1, reuse_cache: bool = True) -> list[tuple[int, ...]]:
    events: list[Event] = []
    core.generate(
        GenerationJob(
            emit=events.append,
            prompt=prompt,
            sampling=SamplingParameters(temperature=0.0, ignore_eos=True),
            seed=0,
            n=n,
            max_tokens=40,
            reuse_cache=reuse_cache,
        )
    )
    pieces = [event for event in events if isinstance(event, Piece)]
    return [tuple(t.token for p in pieces if p.choice == choice for t in p.tokens) for choice in range(n)]


def test_a_rewound_memory_continues_like_a_fresh_one(core: DecodingCore) -> None:
    long = core.model.tokenize("def f(x):\n    return x + 1\n" * 60)[: 2 * CHUNK_TOKENS + 10]
    fresh = draw(core, long, reuse_cache=False)[0]
    assert draw(core, long, n=2) == [fresh, fresh]
    shared = long[: CHUNK_TOKENS + 5] + core.model.tokenize("class A:")
    expected = draw(core, shared, reuse_cache=False)[0]
    draw(core, long)
    assert draw(core, shared)[0] == expected


def test_embeddings_are_finite(core: DecodingCore) -> None:
    vectors = core.embed(EmbeddingJob(emit=lambda _event: None, texts=[core.model.tokenize("x = 1\n" * 100)]))
    assert vectors.shape == (1, WIDTH)
    assert np.isfinite(vectors).all()
