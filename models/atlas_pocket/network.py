"""The Qwen3 architecture in torch: RMSNorm, rotary positions, grouped-query attention, QK norm, SwiGLU, tied embeddings.

Written after the Qwen3 technical report (arXiv 2505.09388); the tensors correspond one to one to llama.cpp's `qwen3`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the network; the defaults are the pocket model v0 (4.6 M parameters)."""

    vocabulary: int = 704
    layers: int = 6
    width: int = 256
    heads: int = 8
    kv_heads: int = 4
    head_dim: int = 32
    feed_forward: int = 704
    context: int = 1024
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-6
    initial_std: float = 0.02
    """Of the weights before training."""


def rotary(length: int, shape: Shape) -> tuple[Tensor, Tensor]:
    """Return cosines and sines, each (length, head_dim / 2) float32, for halves rotated together (the "NeoX" order)."""
    inverse = shape.rope_theta ** (-torch.arange(0, shape.head_dim, 2, dtype=torch.float32) / shape.head_dim)
    angles = torch.arange(length, dtype=torch.float32)[:, None] * inverse[None, :]
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return causal grouped-query attention: q (B, heads, T, head_dim), k and v (B, kv_heads, T, head_dim).

    On a CPU the backward pass of torch's fused kernel took a third of a training step (2.13, bf16, T about 200, heads of
    32): written out it is 1.4 times as fast altogether, and 1.2 times as fast again with the queries of a group in one
    matrix instead of repeated keys and the softmax kept in bf16. Without gradients the fused one is as good.
    """
    batch, heads, length, width = q.shape
    groups = k.shape[1]
    if q.is_cuda or not torch.is_grad_enabled():
        k, v = k.repeat_interleave(heads // groups, dim=1), v.repeat_interleave(heads // groups, dim=1)
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    ahead = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1).repeat(heads // groups, 1)
    rows = (q * width**-0.5).reshape(batch, groups, -1, width)
    scores = (rows @ k.transpose(-1, -2)).masked_fill(ahead, float("-inf"))
    with torch.autocast("cpu", enabled=False):  # it would make the softmax float32
        shares = torch.softmax(scores, dim=-1)
    return (shares @ v).reshape(batch, heads, length, width)


class Norm(nn.RMSNorm):
    """RMSNorm that keeps the dtype of its input, which the fused kernel asks for under autocast."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last dimension."""
        return functional.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)


class Attention(nn.Module):
    """Causal grouped-query attention; queries and keys are normalised per head before rotation."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q = nn.Linear(shape.width, shape.heads * shape.head_dim, bias=False)
        self.k = nn.Linear(shape.width, shape.kv_heads * shape.head_dim, bias=False)
        self.v = nn.Linear(shape.width, shape.kv_heads * shape.head_dim, bias=False)
        self.o = nn.Linear(shape.heads * shape.head_dim, shape.width, bias=False)
        self.q_norm = Norm(shape.head_dim, eps=shape.norm_eps)
        self.k_norm = Norm(shape.head_dim, eps=shape.norm_eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Mix (B, T, width) along T."""
        batch, length, _ = x.shape  # (B, T, width)
        q = self.q_norm(self.q(x).view(batch, length, self.shape.heads, self.shape.head_dim)).transpose(1, 2)
        k = self.k_norm(self.k(x).view(batch, length, self.shape.kv_heads, self.shape.head_dim)).transpose(1, 2)
        v = self.v(x).view(batch, length, self.shape.kv_heads, self.shape.head_dim).transpose(1, 2)
        cos, sin = cos.to(q.dtype), sin.to(q.dtype)
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        mixed = _attend(q.to(v.dtype), k.to(v.dtype), v)
        return self.o(mixed.transpose(1, 2).reshape(batch, length, -1))


class Block(nn.Module):
    """One layer: attention and SwiGLU, each behind its norm and around a residual."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention_norm = Norm(shape.width, eps=shape.norm_eps)
        self.attention = Attention(shape)
        self.ffn_norm = Norm(shape.width, eps=shape.norm_eps)
        self.gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Map (B, T, width) to the same shape."""
        x = x + self.attention(self.attention_norm(x), cos, sin)
        y = self.ffn_norm(x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))


class Network(nn.Module):
    """Token ids (B, T) int64 to logits (B, T, vocabulary)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, eps=shape.norm_eps)
        cos, sin = rotary(shape.context, shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.apply(self._initialise)

    def _initialise(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.shape.initial_std)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return the states after the final norm, (B, T, width)."""
        length = tokens.shape[1]
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cos[:length], self.sin[:length])
        return self.norm(x)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (B, T, vocabulary)."""
        return functional.linear(self.hidden(tokens), self.embedding.weight)

    def parameter_count(self) -> int:
        """Return the number of weights, the tied embedding counted once."""
        return sum(p.numel() for p in self.parameters())
