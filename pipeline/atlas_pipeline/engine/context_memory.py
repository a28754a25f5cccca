"""What a llama.cpp context takes besides the weights, in bytes: KV cache, recurrent state, outputs, compute buffer.

The first three are llama.cpp's own arithmetic (`src/llama-kv-cache*.cpp`, `src/llama-memory-recurrent.cpp`,
`output_reserve` in `src/llama-context.cpp`). The compute buffer is what its graph allocator ends up with, which no
formula gives exactly: `compute_bytes` is fitted to what llama-cpp-python 0.3.36 reports on a CPU, with flash attention,
for 14 models from 4 million to 80 billion parameters (0.93 to 1.39 times the truth); tests repeat it for eight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from atlas_pipeline.engine.model_shape import LayerShape, ModelShape

KvType = Literal["f16", "q8_0"]

KV_BLOCKS: dict[KvType, tuple[int, int]] = {"f16": (1, 2), "q8_0": (32, 34)}
"""Type -> (numbers per block, bytes per block)."""

CELLS_STEP = 256
"""llama.cpp rounds the cells of a cache up to a multiple of this."""

FLOAT_BYTES = 4
MASK_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextShape:
    """The parameters of a context that decide its memory. The KV cache is unified; windowed layers keep all cells."""

    cells: int
    """Tokens that the KV cache holds, over all sequences (`n_ctx`)."""
    sequences: int
    """Most sequences at once (`n_seq_max`)."""
    micro_batch: int
    """Most tokens of one step (`n_ubatch`)."""
    outputs: int
    """Most tokens of one step whose logits are wanted (`n_outputs_max`)."""
    kv_type: KvType = "f16"
    rollback: int = 0
    """Snapshots of the recurrent state of each sequence (`n_rs_seq`), for models that can."""
    full_windows: bool = True
    """Keep all cells in layers with a sliding window too (`swa_full`); sharing and rewinding prefixes need them."""


def padded(cells: int) -> int:
    """Return `cells` as llama.cpp rounds it."""
    return -(-cells // CELLS_STEP) * CELLS_STEP


def kv_layer_bytes(model: ModelShape, layer: LayerShape, context: ContextShape) -> int:
    """Return the KV cache of one layer."""
    cells = _window_cells(model, context) if layer.windowed else padded(context.cells)
    per_block, block_bytes = KV_BLOCKS[context.kv_type]
    # A row that is no multiple of the block is refused by `kv_types`; here it only has to give a number.
    return cells * sum(
        -(-values // per_block) * block_bytes for values in (layer.key_values, layer.value_values) if values
    )


def kv_types(model: ModelShape) -> tuple[KvType, ...]:
    """Return the types that the model's cache can have: blocks may not reach over a head's end."""
    caching = [layer for layer in model.layers if layer.key_values]
    block = KV_BLOCKS["q8_0"][0]
    fits = all(length % block == 0 for layer in caching for length in layer.head_lengths)
    # llama.cpp turns flash attention off for Grok, and a quantised cache needs it.
    return ("f16", "q8_0") if caching and fits and model.architecture != "grok" else ("f16",)


def state_layer_bytes(model: ModelShape, layer: LayerShape, context: ContextShape) -> int:
    """Return the recurrent state of one layer; float32 whatever the KV type is."""
    rows = context.sequences * (1 + _rollback(model, context))
    return model.state_values * FLOAT_BYTES * rows if layer.recurrent else 0


def output_bytes(model: ModelShape, rows: int, *, embeddings: bool = False) -> int:
    """Return the buffer for the logits of `rows` tokens, with `embeddings` for their hidden states too."""
    return rows * (model.vocabulary + (model.width if embeddings else 0)) * FLOAT_BYTES


def mask_bytes(model: ModelShape, context: ContextShape) -> int:
    """Return the attention masks of one step: one for the layers without windows and one for those with."""
    caching = [layer for layer in model.layers if layer.key_values]
    full = padded(context.cells) if any(not layer.windowed for layer in caching) else 0
    windowed = _window_cells(model, context) if any(layer.windowed for layer in caching) else 0
    return (full + windowed) * _step_tokens(context) * MASK_BYTES


def compute_bytes(model: ModelShape, context: ContextShape) -> int:
    """Return an estimate of the compute buffer: the widest moment of a step, be it a layer or the logits."""
    tokens = _step_tokens(context)
    outputs = min(context.outputs, tokens)
    width = model.width
    widest = max(_dense_layer(model), _expert_layer(model), _attention_layer(model, context)) * tokens
    layer = max(widest, _recurrent_layer(model, context, tokens))
    logits = outputs * (model.vocabulary + 2 * width) + 2 * width * tokens
    return FLOAT_BYTES * max(layer, logits) + mask_bytes(model, context)


# The coefficients below count the hidden states that llama.cpp has in memory at once, per token, in float32.


def _dense_layer(model: ModelShape) -> int:
    return 3 * model.feed_forward + 4 * model.width


def _expert_layer(model: ModelShape) -> int:
    used, inner, width = model.experts_used, model.expert_feed_forward or model.feed_forward, model.width
    return max(2 * used * (width + inner) + 2 * width, 3 * used * inner + 4 * width) if used else 0


def _attention_layer(model: ModelShape, context: ContextShape) -> int:
    # A quantised cache keeps rotated queries and keys beside the plain ones.
    rotated = _dense_layer(model) + model.attention_width if context.kv_type != "f16" else 0
    return max(3 * (model.attention_width + model.width), rotated)


def _recurrent_layer(model: ModelShape, context: ContextShape, tokens: int) -> int:
    if not model.is_recurrent:
        return 0
    states = context.sequences * model.state_values
    convolution, inner, width = model.convolution_width, model.inner_width, model.width
    if not model.has_delta_net:
        return states + tokens * (7 * max(convolution, inner) + 2 * width)
    # Many sequences: two copies of all states and the snapshots. Few: the channels of all tokens.
    return max(
        (2 + _rollback(model, context)) * states + tokens * 2 * (convolution + inner + width),
        states + tokens * (3 * convolution + 5 * inner + 2 * width),
    )


def _rollback(model: ModelShape, context: ContextShape) -> int:
    return context.rollback if model.rolls_back else 0


def _step_tokens(context: ContextShape) -> int:
    """Return the tokens that llama.cpp plans a step for: equally many of each sequence."""
    tokens = min(context.micro_batch, padded(context.cells))
    return -(-tokens // context.sequences) * context.sequences


def _window_cells(model: ModelShape, context: ContextShape) -> int:
    cells = padded(context.cells)
    if context.full_windows:
        return cells
    return padded(min(cells, model.window * context.sequences + context.micro_batch))
