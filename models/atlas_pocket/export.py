"""Write a trained pocket model as GGUF: `python -m atlas_pocket.export runs/pocket --out pocket.gguf [--type q8_0]`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType

from atlas_pocket.network import Network, Shape
from atlas_pocket.roles import CHAT_TEMPLATE
from atlas_pocket.tokenizer import SPECIAL_TOKENS

TYPES = {
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the header says about a model besides its sizes; the defaults are the pocket model."""

    name: str = "Atlas Pocket v1"
    chat_template: str = CHAT_TEMPLATE
    prompt_profile: str = "pocket"


POCKET = Label()

_LAYER_TENSORS = {
    "attention_norm": "attn_norm",
    "attention.q": "attn_q",
    "attention.k": "attn_k",
    "attention.v": "attn_v",
    "attention.o": "attn_output",
    "attention.q_norm": "attn_q_norm",
    "attention.k_norm": "attn_k_norm",
    "ffn_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}


def gguf_name(name: str) -> str:
    """Return llama.cpp's name of a tensor of `Network`.

    Raises:
        KeyError: the network has a tensor that llama.cpp's `qwen3` does not know.
    """
    if name == "embedding.weight":
        return "token_embd.weight"
    if name == "norm.weight":
        return "output_norm.weight"
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{_LAYER_TENSORS[rest.removesuffix('.weight')]}.weight"


def export(folder: Path, out: Path, *, kind: str = "q8_0", label: Label = POCKET) -> None:
    """Write the checkpoint in `folder` to `out`, matrices in `kind`, norms in float32."""
    checkpoint = torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")
    network = Network(Shape(**checkpoint["shape"]))
    network.load_state_dict(checkpoint["model"])
    quantisation, file_type = TYPES[kind]
    writer = GGUFWriter(str(out), "qwen3")
    _write_header(writer, network, file_type, label)
    if checkpoint.get("roles"):
        writer.add_string("atlas.roles", " ".join(checkpoint["roles"]))
        writer.add_string("atlas.prompts", checkpoint["prompts"])
    _write_tokenizer(writer, folder / "tokenizer.json")
    writer.add_chat_template(label.chat_template)
    for name, tensor in network.state_dict().items():
        values = tensor.float().numpy()
        if values.ndim == 1:
            writer.add_tensor(gguf_name(name), values.astype(np.float32))
        else:
            data = gguf.quants.quantize(values, quantisation)
            writer.add_tensor(gguf_name(name), data, raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_header(writer: GGUFWriter, network: Network, file_type: LlamaFileType, label: Label) -> None:
    shape = network.shape
    writer.add_name(label.name)
    writer.add_license("Apache-2.0")
    writer.add_file_type(file_type)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_rope_freq_base(shape.rope_theta)
    writer.add_layer_norm_rms_eps(shape.norm_eps)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_string("atlas.prompt_profile", label.prompt_profile)


def _write_tokenizer(writer: GGUFWriter, path: Path) -> None:
    model = json.loads(path.read_text(encoding="utf-8"))["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL_TOKENS else gguf.TokenType.NORMAL for token in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.export", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--type", choices=tuple(TYPES), default="q8_0")
    arguments = parser.parse_args()
    export(arguments.folder, arguments.out, kind=arguments.type)
    print(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
