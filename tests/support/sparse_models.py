"""GGUF files of real models' shapes whose weights are holes in the file: gigabytes that take no room on the disk."""

from __future__ import annotations

from math import prod
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

ALIGNMENT = 32


class SparseModel:
    """Writes the header of a Q8_0 model; the weights are never written."""

    def __init__(
        self, path: Path, architecture: str, *, layers: int, width: int, vocabulary: int, context: int = 32768
    ) -> None:
        self.path = path
        self.layers = layers
        self.writer = gguf.GGUFWriter(path, architecture)
        self.writer.add_tokenizer_model("none")
        self.writer.add_vocab_size(vocabulary)
        self.writer.add_block_count(layers)
        self.writer.add_context_length(context)
        self.writer.add_embedding_length(width)
        self.writer.add_layer_norm_rms_eps(1e-5)
        self.matrix("token_embd", vocabulary, width)
        self.vector("output_norm", width)

    def matrix(self, name: str, *shape: int, kind: Kind = Kind.Q8_0) -> None:
        per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        self._add(f"{name}.weight", shape, prod(shape) // per_block * block_bytes, kind)

    def vector(self, name: str, *shape: int, suffix: str = ".weight") -> None:
        self._add(name + suffix, shape, 4 * prod(shape), Kind.F32)

    def save(self) -> Path:
        writer = self.writer
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        assert writer.fout is not None
        end = writer.fout[0].tell()
        writer.close()
        sizes = [tensor.nbytes for part in writer.tensors for tensor in part.values()]
        total = sum(-(-size // ALIGNMENT) * ALIGNMENT for size in [end, *sizes])
        with self.path.open("r+b") as file:
            file.truncate(total)
        return self.path

    def _add(self, name: str, shape: tuple[int, ...], size: int, kind: Kind) -> None:
        self.writer.add_tensor_info(name, shape, np.dtype(np.float32), size, kind)


def write_qwen3(
    path: Path,
    *,
    layers: int = 36,
    width: int = 4096,
    inner: int = 12288,
    heads: int = 32,
    kv_heads: int = 8,
    head: int = 128,
    vocabulary: int = 151936,
    tied: bool = False,
) -> Path:
    """Write Qwen3-8B's shape, or another of its family."""
    model = SparseModel(path, "qwen3", layers=layers, width=width, vocabulary=vocabulary)
    model.writer.add_feed_forward_length(inner)
    model.writer.add_head_count(heads)
    model.writer.add_head_count_kv(kv_heads)
    model.writer.add_key_length(head)
    model.writer.add_value_length(head)
    if not tied:
        model.matrix("output", vocabulary, width)
    for layer in range(layers):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm"):
            model.vector(f"{block}.{name}", width)
        for name in ("attn_q_norm", "attn_k_norm"):
            model.vector(f"{block}.{name}", head)
        model.matrix(f"{block}.attn_q", heads * head, width)
        model.matrix(f"{block}.attn_k", kv_heads * head, width)
        model.matrix(f"{block}.attn_v", kv_heads * head, width)
        model.matrix(f"{block}.attn_output", width, heads * head)
        model.matrix(f"{block}.ffn_gate", inner, width)
        model.matrix(f"{block}.ffn_up", inner, width)
        model.matrix(f"{block}.ffn_down", width, inner)
    return model.save()


def write_qwen3moe(path: Path) -> Path:
    """Write Qwen3-30B-A3B's shape."""
    layers, width, inner, heads, kv_heads, head, experts, used, vocabulary = 48, 2048, 768, 32, 4, 128, 128, 8, 151936
    model = SparseModel(path, "qwen3moe", layers=layers, width=width, vocabulary=vocabulary)
    writer = model.writer
    writer.add_feed_forward_length(6144)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_expert_count(experts)
    writer.add_expert_used_count(used)
    writer.add_expert_feed_forward_length(inner)
    model.matrix("output", vocabulary, width)
    for layer in range(layers):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm"):
            model.vector(f"{block}.{name}", width)
        for name in ("attn_q_norm", "attn_k_norm"):
            model.vector(f"{block}.{name}", head)
        model.matrix(f"{block}.attn_q", heads * head, width)
        model.matrix(f"{block}.attn_k", kv_heads * head, width)
        model.matrix(f"{block}.attn_v", kv_heads * head, width)
        model.matrix(f"{block}.attn_output", width, heads * head)
        model.matrix(f"{block}.ffn_gate_inp", experts, width, kind=Kind.F32)
        model.matrix(f"{block}.ffn_gate_exps", experts, inner, width)
        model.matrix(f"{block}.ffn_up_exps", experts, inner, width)
        model.matrix(f"{block}.ffn_down_exps", experts, width, inner)
    return model.save()


def write_gemma3(path: Path) -> Path:
    """Write Gemma-3-4B's shape: five layers of six have a window of 1024 tokens."""
    layers, width, inner, heads, kv_heads, head, vocabulary = 34, 2560, 10240, 8, 4, 256, 262144
    model = SparseModel(path, "gemma3", layers=layers, width=width, vocabulary=vocabulary)
    writer = model.writer
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_sliding_window(1024)
    for layer in range(layers):
        block = f"blk.{layer}"
        for name in ("attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"):
            model.vector(f"{block}.{name}", width)
        for name in ("attn_q_norm", "attn_k_norm"):
            model.vector(f"{block}.{name}", head)
        model.matrix(f"{block}.attn_q", heads * head, width)
        model.matrix(f"{block}.attn_k", kv_heads * head, width)
        model.matrix(f"{block}.attn_v", kv_heads * head, width)
        model.matrix(f"{block}.attn_output", width, heads * head)
        model.matrix(f"{block}.ffn_gate", inner, width)
        model.matrix(f"{block}.ffn_up", inner, width)
        model.matrix(f"{block}.ffn_down", width, inner)
    return model.save()


def write_qwen35(path: Path) -> Path:
    """Write Qwen3.5-0.8B's shape: three layers of gated delta net to one of attention, 248,320 tokens."""
    layers, width, inner, heads, kv_heads, head, vocabulary = 24, 1024, 3584, 8, 2, 256, 248320
    state, groups, rank, kernel, interval = 128, 16, 16, 4, 4
    channels = state * rank
    convolution = channels + 2 * state * groups
    model = SparseModel(path, "qwen35", layers=layers, width=width, vocabulary=vocabulary)
    writer = model.writer
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(64)
    writer.add_rope_dimension_sections([11, 11, 10, 0])
    writer.add_full_attention_interval(interval)
    writer.add_ssm_conv_kernel(kernel)
    writer.add_ssm_inner_size(channels)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    writer.add_ssm_group_count(groups)
    for layer in range(layers):
        block = f"blk.{layer}"
        for name in ("attn_norm", "post_attention_norm"):
            model.vector(f"{block}.{name}", width)
        if (layer + 1) % interval == 0:
            model.matrix(f"{block}.attn_q", 2 * heads * head, width)
            model.matrix(f"{block}.attn_k", kv_heads * head, width)
            model.matrix(f"{block}.attn_v", kv_heads * head, width)
            model.matrix(f"{block}.attn_output", width, heads * head)
            for name in ("attn_q_norm", "attn_k_norm"):
                model.vector(f"{block}.{name}", head)
        else:
            model.matrix(f"{block}.attn_qkv", convolution, width)
            model.matrix(f"{block}.attn_gate", channels, width)
            model.vector(f"{block}.ssm_conv1d", convolution, kernel)
            model.vector(f"{block}.ssm_dt", rank, suffix=".bias")
            model.vector(f"{block}.ssm_a", rank, suffix="")
            model.matrix(f"{block}.ssm_beta", rank, width)
            model.matrix(f"{block}.ssm_alpha", rank, width)
            model.vector(f"{block}.ssm_norm", channels // rank)
            model.matrix(f"{block}.ssm_out", width, channels)
        model.matrix(f"{block}.ffn_gate", inner, width)
        model.matrix(f"{block}.ffn_up", inner, width)
        model.matrix(f"{block}.ffn_down", width, inner)
    return model.save()
