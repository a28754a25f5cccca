"""Begins a larger network with the weights of a smaller one, so that it computes nearly the same at first.

New heads, units and layers write zeros into what was there before; their other weights are random, so that they learn.
Growing by units that do nothing at first follows Net2Net (arXiv 1511.05641).
"""

from __future__ import annotations

import math

import torch
from tokenizers import Tokenizer
from torch import Tensor

from atlas_pocket.network import Network, Shape


def grown(old: Network, shape: Shape, old_tokenizer: Tokenizer, tokenizer: Tokenizer) -> Network:
    """Return a network of `shape` that begins with the weights of `old`.

    Raises:
        ValueError: `shape` is smaller somewhere, or groups its heads otherwise.
    """
    before = old.shape
    _check(before, shape)
    new = Network(shape)
    weights = new.state_dict()
    known = old.state_dict()
    with torch.no_grad():
        _embed(weights["embedding.weight"], known["embedding.weight"], old_tokenizer, tokenizer)
        _fill_norm(weights["norm.weight"], known["norm.weight"], before.width)
        places = _places(before.layers, shape.layers)
        for layer in range(shape.layers):
            source = places.get(layer)
            for name, target in weights.items():
                if name.startswith(f"blocks.{layer}."):
                    part = name.removeprefix(f"blocks.{layer}.")
                    _fill(part, target, known[f"blocks.{source}.{part}"] if source is not None else None, before)
    new.load_state_dict(weights)
    return new


def _check(before: Shape, shape: Shape) -> None:
    smaller = [
        name
        for name in ("layers", "width", "heads", "kv_heads", "feed_forward")
        if getattr(shape, name) < getattr(before, name)
    ]
    if smaller or before.head_dim != shape.head_dim or before.heads * shape.kv_heads != shape.heads * before.kv_heads:
        raise ValueError(
            f"a network of {shape} cannot begin with the weights of {before}: "
            "it has to be as large in everything, with heads of the same size and as many of them to a key"
        )


def _places(before: int, after: int) -> dict[int, int]:
    """Return which layer begins as which old one: old ones in order, new ones spread between them."""
    return {
        (number * after) // before + (after // before - 1 if after > before else 0): number for number in range(before)
    }


def _embed(target: Tensor, known: Tensor, old_tokenizer: Tokenizer, tokenizer: Tokenizer) -> None:
    """Copy tokens by their text; one that is new begins as the mean of the old ones it was spelt with."""
    old = old_tokenizer.get_vocab()
    decoder = tokenizer.decoder
    for token, number in tokenizer.get_vocab().items():
        pieces = [old[token]] if token in old else old_tokenizer.encode(decoder.decode([token])).ids
        target[number, : known.shape[1]] = known[pieces].mean(0)


def _fill(part: str, target: Tensor, known: Tensor | None, before: Shape) -> None:
    """Set one tensor of a layer; `known` is None in a new layer."""
    writes = part.startswith(("attention.o", "down"))
    if known is None:
        if writes:
            target.zero_()
        return
    if target.dim() == 1:
        if part.endswith(("q_norm.weight", "k_norm.weight")):
            target.copy_(known)
        else:
            _fill_norm(target, known, before.width)
        return
    rows, columns = known.shape
    target[:rows, :columns] = known
    # What is read from new places must not change what was computed; new rows stay random, so that they learn.
    target[:rows, columns:] = 0.0


def _fill_norm(target: Tensor, known: Tensor, width: int) -> None:
    """Set the scales of a norm: over more numbers, the new ones near zero, its divisor is smaller."""
    scale = math.sqrt(width / target.shape[0])
    target.fill_(scale)
    target[: known.shape[0]] = known * scale
