"""What the number format of the weights costs: `python -m atlas_pocket.quantisation runs/v1-end`.

Each matrix is stored as `export` stores it and read back; the loss of each role is then that of the same network on the
same held-out samples, computed in float32 by torch.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gguf
import torch

from atlas_pocket import tokenizer as tokenizers_
from atlas_pocket.export import TYPES
from atlas_pocket.network import Network, Shape
from atlas_pocket.train import Text, answer_loss, pocket_held_texts

_BATCH_TOKENS = 4096


def stored(network: Network, kind: str) -> Network:
    """Return the network with its matrices as they are read back from a file of `kind`, one of `export.TYPES`."""
    quantisation, _ = TYPES[kind]
    copy = Network(network.shape)
    weights = {}
    for name, tensor in network.state_dict().items():
        if tensor.ndim > 1:
            data = gguf.quants.quantize(tensor.float().numpy(), quantisation)
            weights[name] = torch.from_numpy(gguf.quants.dequantize(data, quantisation))
        else:
            weights[name] = tensor
    copy.load_state_dict(weights)
    return copy


def compare(folder: Path, texts: dict[str, list[Text]]) -> dict[str, dict[str, float]]:
    """Return, by number format, the loss on the answers of each role and of all."""
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")
    network = Network(Shape(**checkpoint["shape"]))
    network.load_state_dict(checkpoint["model"])
    tokenizer = tokenizers_.load(folder / "tokenizer.json")
    together = {**texts, "all": [pair for pairs in texts.values() for pair in pairs]}
    found: dict[str, Any] = {}
    with torch.inference_mode():
        for kind in ("f32", *TYPES):
            variant = network if kind == "f32" else stored(network, kind)
            found[kind] = {
                role: round(answer_loss(variant, tokenizer, pairs, _BATCH_TOKENS), 5)
                for role, pairs in sorted(together.items())
            }
    return found


def main() -> None:
    """Parse the command line, compare and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.quantisation", description=__doc__)
    parser.add_argument("folder", type=Path, help="of a training")
    options = parser.parse_args()
    print(json.dumps(compare(options.folder, pocket_held_texts()), indent=1))


if __name__ == "__main__":
    main()
