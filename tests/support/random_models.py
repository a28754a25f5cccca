"""GGUF files with random weights, one for each kind of memory that llama.cpp keeps: for tests of the engine.

The vocabulary is the pocket model's unless another file is named, so texts can be written and read. Keys and tensors are
those that llama.cpp's `src/models/{mamba,gemma3,qwen35}.cpp` reads.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

POCKET = Path(str(files("atlas_pocket") / "weights" / "pocket.gguf"))
LAYERS, WIDTH, INNER, HEADS, HEAD_WIDTH, WINDOW = 2, 64, 128, 2, 32, 32
CONTEXT = 1024

HYBRID_LAYERS, FULL_ATTENTION_INTERVAL = 4, 4
STATE, KEY_HEADS, VALUE_HEADS, KERNEL = 32, 2, 4, 4
ROPE_WIDTH, ROPE_SECTIONS = 8, [2, 1, 1, 0]


class RandomModel:
    """Writes a model with the vocabulary of another file and random weights."""

    def __init__(self, path: Path, architecture: str, vocabulary: Path, *, layers: int = LAYERS, seed: int = 0) -> None:
        self.writer = gguf.GGUFWriter(path, architecture)
        self.random = np.random.default_rng(seed)
        self.vocabulary_size = self._copy_vocabulary(vocabulary)
        self.writer.add_block_count(layers)
        self.writer.add_context_length(CONTEXT)
        self.writer.add_embedding_length(WIDTH)
        self.writer.add_layer_norm_rms_eps(1e-5)
        self.matrix("token_embd", self.vocabulary_size, WIDTH)
        self.vector("output_norm", WIDTH)

    def matrix(self, name: str, *shape: int, kind: type = np.float16, scale: float = 1.0) -> None:
        values: NDArray[np.float64] = self.random.standard_normal(shape) * 0.1 * scale
        self.writer.add_tensor(f"{name}.weight", values.astype(kind))

    def vector(self, name: str, size: int, suffix: str = ".weight", value: float = 1.0) -> None:
        self.writer.add_tensor(name + suffix, np.full(size, value, dtype=np.float32))

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


def write_attention(path: Path, vocabulary: Path = POCKET, *, seed: int = 0) -> None:
    """Write a model of the Qwen3 shape: attention to everything, and nothing else."""
    model = RandomModel(path, "qwen3", vocabulary, seed=seed)
    _add_heads(model)
    model.matrix("output", model.vocabulary_size, WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm"):
            model.vector(f"{block}.{name}", WIDTH)
        _attention(model, block)
    model.save()


def write_recurrent(path: Path, vocabulary: Path = POCKET) -> None:
    """Write a Mamba model: a recurrent state, no attention."""
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


def write_sliding_window(path: Path, vocabulary: Path = POCKET) -> None:
    """Write a Gemma 3 model: most layers see only the last `WINDOW` positions."""
    model = RandomModel(path, "gemma3", vocabulary)
    _add_heads(model)
    model.writer.add_sliding_window(WINDOW)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"):
            model.vector(f"{block}.{name}", WIDTH)
        _attention(model, block)
    model.save()


def write_hybrid(path: Path, vocabulary: Path = POCKET, *, mixing: float = 1.0) -> None:
    """Write a model of the Qwen3.5 shape: three layers of gated delta net, then one of attention.

    Args:
        path: where to write.
        vocabulary: a GGUF file whose tokenizer is copied.
        mixing: scale of what the layers add to the embeddings. At 0 the next token depends on the last one alone.
    """
    _hybrid(path, vocabulary, mixing=mixing, mtp=False)


def write_hybrid_mtp(path: Path, vocabulary: Path = POCKET, *, mixing: float = 0.01) -> None:
    """Write `write_hybrid`'s model with one layer of multi-token prediction (MTP), whose drafts are often right.

    That layer sees the embedding of the last token, which at small `mixing` is what the whole model goes by. Of greedy
    drafts of 4 tokens, about 70 % were right at 0.003, 40 % at 0.01 and 1 % at 1.
    """
    _hybrid(path, vocabulary, mixing=mixing, mtp=True)


def _hybrid(path: Path, vocabulary: Path, *, mixing: float, mtp: bool) -> None:
    model = RandomModel(path, "qwen35", vocabulary, layers=HYBRID_LAYERS + mtp)
    writer = model.writer
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD_WIDTH)
    writer.add_value_length(HEAD_WIDTH)
    writer.add_rope_dimension_count(ROPE_WIDTH)
    writer.add_rope_dimension_sections(ROPE_SECTIONS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_full_attention_interval(FULL_ATTENTION_INTERVAL)
    writer.add_ssm_conv_kernel(KERNEL)
    writer.add_ssm_state_size(STATE)
    writer.add_ssm_group_count(KEY_HEADS)
    writer.add_ssm_time_step_rank(VALUE_HEADS)
    writer.add_ssm_inner_size(VALUE_HEADS * STATE)
    # Its own output matrix: with the embedding as output, the likeliest next token is often the last one again.
    model.matrix("output", model.vocabulary_size, WIDTH)
    for layer in range(HYBRID_LAYERS):
        if (layer + 1) % FULL_ATTENTION_INTERVAL:
            _delta_net(model, f"blk.{layer}", mixing)
        else:
            _gated_attention(model, f"blk.{layer}", mixing)
        _feed_forward(model, f"blk.{layer}", mixing)
    if mtp:
        writer.add_nextn_predict_layers(1)
        block = f"blk.{HYBRID_LAYERS}"
        _gated_attention(model, block, mixing)
        _feed_forward(model, block, mixing)
        _next_token(model, block, mixing)
    model.save()


def _add_heads(model: RandomModel) -> None:
    model.writer.add_feed_forward_length(INNER)
    model.writer.add_head_count(HEADS)
    model.writer.add_head_count_kv(HEADS)
    model.writer.add_key_length(HEAD_WIDTH)
    model.writer.add_value_length(HEAD_WIDTH)


def _attention(model: RandomModel, block: str) -> None:
    """Add attention with normed queries and keys, and the feed-forward behind it."""
    for name in ("attn_q_norm", "attn_k_norm"):
        model.vector(f"{block}.{name}", HEAD_WIDTH)
    for name in ("attn_q", "attn_k", "attn_v"):
        model.matrix(f"{block}.{name}", HEADS * HEAD_WIDTH, WIDTH)
    model.matrix(f"{block}.attn_output", WIDTH, HEADS * HEAD_WIDTH)
    model.matrix(f"{block}.ffn_gate", INNER, WIDTH)
    model.matrix(f"{block}.ffn_up", INNER, WIDTH)
    model.matrix(f"{block}.ffn_down", WIDTH, INNER)


def _delta_net(model: RandomModel, block: str, mixing: float) -> None:
    channels = (2 * KEY_HEADS + VALUE_HEADS) * STATE
    model.vector(f"{block}.attn_norm", WIDTH)
    model.matrix(f"{block}.attn_qkv", channels, WIDTH)
    model.matrix(f"{block}.attn_gate", VALUE_HEADS * STATE, WIDTH)
    model.matrix(f"{block}.ssm_conv1d", channels, KERNEL, kind=np.float32, scale=3.0)
    model.vector(f"{block}.ssm_dt", VALUE_HEADS, ".bias", -3.0)
    model.vector(f"{block}.ssm_a", VALUE_HEADS, "", -1.0)  # with the bias: a state keeps about 95 % a step
    model.matrix(f"{block}.ssm_alpha", VALUE_HEADS, WIDTH)
    model.matrix(f"{block}.ssm_beta", VALUE_HEADS, WIDTH)
    model.vector(f"{block}.ssm_norm", STATE)
    model.matrix(f"{block}.ssm_out", WIDTH, VALUE_HEADS * STATE, scale=mixing)


def _gated_attention(model: RandomModel, block: str, mixing: float) -> None:
    model.vector(f"{block}.attn_norm", WIDTH)
    model.vector(f"{block}.attn_q_norm", HEAD_WIDTH)
    model.vector(f"{block}.attn_k_norm", HEAD_WIDTH)
    model.matrix(f"{block}.attn_q", 2 * HEADS * HEAD_WIDTH, WIDTH)  # queries and the gates of the output
    model.matrix(f"{block}.attn_k", HEAD_WIDTH, WIDTH)
    model.matrix(f"{block}.attn_v", HEAD_WIDTH, WIDTH)
    model.matrix(f"{block}.attn_output", WIDTH, HEADS * HEAD_WIDTH, scale=mixing)


def _feed_forward(model: RandomModel, block: str, mixing: float) -> None:
    model.vector(f"{block}.post_attention_norm", WIDTH)
    model.matrix(f"{block}.ffn_gate", INNER, WIDTH)
    model.matrix(f"{block}.ffn_up", INNER, WIDTH)
    model.matrix(f"{block}.ffn_down", WIDTH, INNER, scale=mixing)


def _next_token(model: RandomModel, block: str, mixing: float) -> None:
    """Add the tensors that join the token's embedding (left half of `eh_proj`) and the hidden state before it."""
    model.vector(f"{block}.nextn.enorm", WIDTH, value=0.1)  # the embedding as it goes into the first layer
    model.vector(f"{block}.nextn.hnorm", WIDTH)
    state = model.random.standard_normal((WIDTH, WIDTH)) * 0.1 * mixing
    joined = np.concatenate((np.eye(WIDTH), state), axis=1)
    model.writer.add_tensor(f"{block}.nextn.eh_proj.weight", joined.astype(np.float16))
