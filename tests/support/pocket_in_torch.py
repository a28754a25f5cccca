"""The torch network with the weights of a GGUF file: what llama.cpp is compared with. Needs torch."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch

from atlas_pocket.export import gguf_name
from atlas_pocket.network import Network, Shape


def torch_of(path: str | Path, shape: Shape | None = None) -> Network:
    """Return the network with the weights of `path`, by default of the shape that its header says."""
    reader = gguf.GGUFReader(path)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    network = Network(shape or shape_of(reader))
    state = {}
    for name, value in network.state_dict().items():
        tensor = tensors.pop(gguf_name(name))
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        state[name] = torch.from_numpy(np.array(data, dtype=np.float32)).reshape(value.shape)
    assert not tensors, f"tensors of the file that the network does not have: {list(tensors)}"
    network.load_state_dict(state)
    return network.eval()


def shape_of(reader: gguf.GGUFReader) -> Shape:
    """Return the sizes that a header of the architecture `qwen3` says."""

    def number(key: str) -> int:
        return int(reader.fields[f"qwen3.{key}"].contents())

    return Shape(
        vocabulary=number("vocab_size"),
        layers=number("block_count"),
        width=number("embedding_length"),
        heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv"),
        head_dim=number("attention.key_length"),
        feed_forward=number("feed_forward_length"),
        context=number("context_length"),
    )
