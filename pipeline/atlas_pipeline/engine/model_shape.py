"""A GGUF header as the sizes that decide memory: what each layer keeps per token and per sequence.

Follows llama.cpp as of the pinned llama-cpp-python 0.3.36: `src/llama-hparams.cpp` (row sizes), `src/llama-model.cpp`
(`load_hparams`, `create_memory`) and `load_arch_hparams` of each `src/models/*.cpp`. An architecture that is not
listed here keeps keys and values of all tokens in all layers, which is what llama.cpp does by default.
"""

from __future__ import annotations

from dataclasses import dataclass

from atlas_pipeline.engine.gguf_header import GgufHeader

RECURRENT = frozenset(("mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"))
"""No attention at all: the state does not grow with the tokens."""

RECURRENT_WITHOUT_KV_HEADS = frozenset(
    ("jamba", "plamo2", "granitehybrid", "lfm2", "lfm2moe", "kimi-linear", "kimi-k3", "bailingmoe3", "glm5-next")
)
"""Hybrids whose recurrent layers are those with `attention.head_count_kv` 0."""

RECURRENT_BY_INTERVAL = frozenset(("qwen3next", "qwen35", "qwen35moe", "qwen4exp", "minimax-01"))
"""Hybrids in which every `full_attention_interval`-th layer has attention, unless `recurrent_layers` says otherwise."""

NEMOTRON = frozenset(("nemotron_h", "nemotron_h_moe"))
"""Hybrids with layers that are only feed-forward: those with `feed_forward_length` above 0."""

WINDOW_PERIODS = {
    "afmoe": 4, "cohere2": 4, "cohere2moe": -4, "exaone-moe": 4, "exaone4": 4, "gemma2": 2, "gemma3": 6, "gemma3n": 5,
    "gemma4": 0, "gpt-oss": 2, "granite_swa": 0, "laguna": -4, "lfm2": 0, "llama4": 4, "maple": 0, "mellum": 4,
    "mimo2": 0, "muse-glimmer": 4, "olmo2": 4, "plamo3": 8, "smallthinker": -4, "spark2_5": 0, "step35": 0,
}  # fmt: skip
"""Architectures with sliding windows -> one layer in so many has none: the last of each group (negative: the first).

0: the header must say which. `attention.sliding_window_pattern` overrides the number.
"""

WINDOW_DEFAULTS = {"gemma2": 4096, "exaone4": 4096}
"""Window where the header has none."""

ROLLS_BACK = frozenset(
    (
        "kimi-k3", "qwen35", "qwen35moe", "qwen4exp", "deepseek4", "glm5-next", "nemotron_h", "nemotron_h_moe", "lfm2",
        "lfm2moe", "bailingmoe3",
    )
)  # fmt: skip
"""Architectures of which llama.cpp keeps snapshots of the recurrent state if asked (`llm_arch_supports_rs_rollback`)."""

UNCHARTED = frozenset(
    ("deepseek32", "glm-dsa", "glm5-next", "minimax-m3", "hy_v4", "dots3note", "deepseek4", "qwen4exp", "graniteswitch")
)
"""Architectures with further caches (sparse-attention indexers and the like) that are counted roughly."""

DEFAULT_INTERVAL = 4
EXAONE4_WINDOWED_LAYERS = 64
GEMMA3N_KV_LAYERS = 20
LLAMA4_CHUNK = 8192
SMALLTHINKER_WINDOW = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerShape:
    """What one layer keeps."""

    key_values: int
    """Numbers per token in the key cache: heads times key length; 0: the layer has no such cache."""
    value_values: int
    """Numbers per token in the value cache."""
    head_lengths: tuple[int, int]
    """Key and value length of one head; a quantised cache needs multiples of its block."""
    windowed: bool
    """Attends only to the last `ModelShape.window` tokens."""
    recurrent: bool
    """Has a state per sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """The numbers of a model that decide its memory."""

    architecture: str
    trained_context: int
    """Tokens; 0 if the header does not say."""
    vocabulary: int
    width: int
    """Length of a hidden state."""
    layers: tuple[LayerShape, ...]
    """All layers that can be put on a GPU, multi-token-prediction layers at the end included."""
    window: int
    """Tokens; 0: no layer has a sliding window."""
    state_values: int
    """Numbers per sequence in one recurrent layer: convolution and state."""
    rolls_back: bool
    """Keeps snapshots of its recurrent states if asked."""
    convolution_width: int
    """Channels of a recurrent layer's convolution."""
    inner_width: int
    """Channels of a recurrent layer."""
    feed_forward: int
    """Widest dense feed-forward layer."""
    expert_feed_forward: int
    """Width of one expert; 0: no experts."""
    experts_used: int
    attention_width: int
    """Query heads times head length, the widest layer; the absorbed form's if attention is multi-head latent (MLA)."""
    attention_heads: int
    has_delta_net: bool
    """The recurrent layers are gated delta nets or the like, with matrices as states; otherwise of the Mamba kind."""
    is_charted: bool
    """False: the architecture keeps more than is known here; the numbers are rough."""

    @property
    def is_recurrent(self) -> bool:
        """Whether any layer keeps a state per sequence."""
        return any(layer.recurrent for layer in self.layers)


def read_shape(header: GgufHeader) -> ModelShape:
    """Return the sizes that `header` states or implies."""
    return _Reader(header).shape()


class _Reader:
    """The header's keys of one architecture."""

    def __init__(self, header: GgufHeader) -> None:
        self._header = header
        self._name = header.text("general.architecture")
        self._count = max(self._key("block_count"), 0)
        self._trunk = max(self._count - self._key("nextn_predict_layers"), 0) or self._count
        self._heads = self._keys("attention.head_count")
        self._kv_heads = self._keys("attention.head_count_kv") if self._has("attention.head_count_kv") else self._heads
        self._forward = self._keys("feed_forward_length")
        self._recurrent = self._recurrent_layers()
        self._window, self._windowed = self._sliding_window()

    def shape(self) -> ModelShape:
        """Return the sizes."""
        convolution, inner, state = self._state_sizes()
        layers = tuple(self._layer(index) for index in range(self._count))
        heads = max(self._heads, default=0)
        return ModelShape(
            architecture=self._name,
            trained_context=max(self._key("context_length"), 0),
            vocabulary=self._header.vocabulary_size,
            width=self._key("embedding_length"),
            layers=layers,
            window=self._window if any(layer.windowed for layer in layers) else 0,
            state_values=state,
            rolls_back=self._name in ROLLS_BACK,
            convolution_width=convolution,
            inner_width=inner,
            feed_forward=max(self._forward, default=0),
            expert_feed_forward=max(self._keys("expert_feed_forward_length"), default=0),
            experts_used=max(self._keys("expert_used_count"), default=0),
            attention_width=max((heads * max(layer.head_lengths) for layer in layers), default=0),
            attention_heads=heads,
            has_delta_net=self._name in RECURRENT_BY_INTERVAL or self._has("kda.head_dim"),
            is_charted=self._is_charted(),
        )

    def _layer(self, index: int) -> LayerShape:
        windowed, recurrent = self._windowed[index], self._recurrent[index]
        key, value = self._head_lengths(windowed)
        heads = self._kv_heads[index] if self._has_attention(index) else 0
        has_values = not self._has("attention.key_length_mla")
        indexer = self._key("attention.indexer.key_length") if heads and not self._is_charted() else 0
        return LayerShape(
            key_values=heads * key + indexer,
            value_values=heads * value if has_values else 0,
            head_lengths=(key, value),
            windowed=windowed,
            recurrent=recurrent,
        )

    def _has_attention(self, index: int) -> bool:
        if self._name in RECURRENT or index >= self._trunk:
            return False
        if self._name in NEMOTRON:
            return not self._recurrent[index] and self._forward[index] == 0
        if self._name == "falcon-h1":
            return True
        # Later layers read the keys and values of earlier ones.
        if self._name == "gemma3n" and index >= GEMMA3N_KV_LAYERS:
            return False
        if self._name == "gemma4" and index >= self._count - self._key("attention.shared_kv_layers"):
            return False
        return not self._recurrent[index]

    def _head_lengths(self, windowed: bool) -> tuple[int, int]:
        first = self._heads[0] if self._heads else 0
        if first == 0:
            return 0, 0
        default = self._key("embedding_length") // first
        key = self._key("attention.key_length") or default
        value = self._key("attention.value_length") or default
        if windowed:
            key = self._key("attention.key_length_swa") or key
            value = self._key("attention.value_length_swa") or value
        return key, value

    def _recurrent_layers(self) -> tuple[bool, ...]:
        trunk = range(self._trunk)
        if self._name in RECURRENT or self._name == "falcon-h1":
            flags = [True for _ in trunk]
        elif self._name in RECURRENT_WITHOUT_KV_HEADS:
            flags = [self._kv_heads[index] == 0 for index in trunk]
        elif self._name in NEMOTRON:
            flags = [self._kv_heads[index] == 0 and self._forward[index] == 0 for index in trunk]
        elif self._name in RECURRENT_BY_INTERVAL:
            stated = self._keys("attention.recurrent_layers")
            interval = self._key("full_attention_interval") or DEFAULT_INTERVAL
            listed = self._has("attention.recurrent_layers")
            flags = [bool(stated[index]) if listed else (index + 1) % interval != 0 for index in trunk]
        else:
            flags = [False for _ in trunk]
        return tuple(flags) + (False,) * (self._count - self._trunk)

    def _sliding_window(self) -> tuple[int, tuple[bool, ...]]:
        none = 0, (False,) * self._count
        if self._name not in WINDOW_PERIODS:
            return none
        window = self._key("attention.sliding_window") or WINDOW_DEFAULTS.get(self._name, 0)
        if self._name == "exaone4" and self._trunk != EXAONE4_WINDOWED_LAYERS:
            return none
        if self._name == "llama4" and (window or not self._has("attention.sliding_window")):
            window = LLAMA4_CHUNK
        if self._name == "smallthinker" and window:
            window = SMALLTHINKER_WINDOW
        if window == 0:
            return none
        if self._name == "lfm2":
            return window, tuple(not recurrent for recurrent in self._recurrent)
        pattern = self._header.metadata.get(f"{self._name}.attention.sliding_window_pattern")
        if isinstance(pattern, tuple):
            return window, tuple(bool(flag) for flag in self._keys("attention.sliding_window_pattern"))
        period = WINDOW_PERIODS[self._name]
        every = pattern if isinstance(pattern, int) else abs(period)
        full = 0 if period < 0 else every - 1
        trunk = (every == 0 or index % every != full for index in range(self._trunk))
        return window, tuple(trunk) + (False,) * (self._count - self._trunk)

    def _state_sizes(self) -> tuple[int, int, int]:
        """Return the convolution's width, the inner width and the numbers kept per sequence, of one recurrent layer."""
        width, heads = self._key("embedding_length"), self._heads[0] if self._heads else 0
        if not any(self._recurrent):
            return 0, 0, 0
        if head := self._key("wkv.head_size"):
            shift = self._key("token_shift_count") or 2
            return 0, width, (shift + head) * width
        if cache := self._key("shortconv.l_cache"):
            return width, width, (cache - 1) * width
        kernel = self._key("ssm.conv_kernel")
        if head := self._key("kda.head_dim"):
            inner = heads * head
            return 3 * inner, inner, 3 * (kernel - 1 if kernel else 3) * inner + head * inner
        if self._name == "minimax-01":
            head = self._head_lengths(windowed=False)[0]
            return 0, heads * head, head * head * heads
        inner, state = self._key("ssm.inner_size"), self._key("ssm.state_size")
        convolution = inner + 2 * self._key("ssm.group_count") * state
        return convolution, inner, max(kernel - 1, 0) * convolution + state * inner

    def _is_charted(self) -> bool:
        return self._name not in UNCHARTED

    def _has(self, key: str) -> bool:
        return f"{self._name}.{key}" in self._header.metadata

    def _key(self, key: str) -> int:
        return self._header.number(f"{self._name}.{key}")

    def _keys(self, key: str) -> tuple[int, ...]:
        return self._header.numbers(f"{self._name}.{key}", self._count)
