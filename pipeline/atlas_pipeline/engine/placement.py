"""Where a model goes and how much it gets: layers on the GPU, context, slots, KV cache, batch sizes, with the reasons.

Arithmetic only: from a GGUF header and the free memory of a machine, which need not be this one. Preference, best first:
all layers on the GPU, an f16 cache, 16 slots; where memory is short, first fewer slots (not below 4), then a q8_0 cache,
then fewer layers on the GPU, then fewer than 4 slots. So more memory never takes layers off the GPU, and never slots
at the same layers and the same cache type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from atlas_pipeline.engine.context_memory import (
    FLOAT_BYTES,
    ContextShape,
    KvType,
    kv_layer_bytes,
    kv_types,
    output_bytes,
    padded,
    state_layer_bytes,
)
from atlas_pipeline.engine.gguf_header import GgufHeader
from atlas_pipeline.engine.memory import GpuDevice
from atlas_pipeline.engine.memory_bill import Accountant, MemoryBill, gpu_margin, host_margin, size
from atlas_pipeline.engine.model_shape import read_shape
from atlas_pipeline.engine.speculation import DRAFT_SEQUENCES, MAX_DRAFT, MAX_WIDTH, draft_context
from atlas_pipeline.errors import DoesNotFitError, UsageError
from atlas_pipeline.settings import EngineSettings

DEFAULT_CONTEXT = 8192
"""Most tokens of one sequence unless the settings ask for more."""

MICRO_BATCH = 256
"""Tokens of one step: between two steps a request can be cancelled."""

SLOT_CHOICES = (16, 12, 8, 6, 4, 3, 2, 1)
WORTHWHILE_SLOTS = 4
"""Below this, batching is worth less than what it takes to keep it."""

TOKENS_PER_SLOT = 1024
"""Cells for each slot after the first: the prompt is shared and completions are short."""

CACHED_SEQUENCES = 8
"""Sequences beyond the slots, kept for prefixes that later requests may share."""

MAX_SEQUENCES = 256
"""llama.cpp's own limit, LLAMA_MAX_SEQ."""

DRAFT_OUTPUTS = MAX_DRAFT + 1
"""Further tokens of one step whose logits are wanted: those that check a draft."""

EMBEDDING_CONTEXT = 2048
EMBEDDING_SEQUENCES = 16
"""Texts in work at once."""
EMBEDDING_LOGITS_BYTES = 64 << 20
"""An embedding context computes logits for every token of a step; this bounds them for large vocabularies."""
EMBEDDING_TOKENS = (16, MICRO_BATCH)
"""Least and most tokens of one step of the embedding context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How to load a model and make its context. The KV cache is unified, and windowed layers keep all its tokens."""

    gpu_layers: int
    """`n_gpu_layers`: counted from the output backwards, the output itself is one."""
    all_layers: int
    """The value of `gpu_layers` that puts everything but the embeddings on the GPU."""
    context: int
    """Most tokens of one sequence."""
    slots: int
    """Most sequences decoded at once."""
    sequences: int
    """`n_seq_max`: the slots and the sequences kept for their prefixes."""
    kv_tokens: int
    """`n_ctx`: tokens in the KV cache, all sequences together; a multiple of 256."""
    kv_type: KvType
    """Type of both caches."""
    flash_attention: Literal["auto", "enabled"]
    """A quantised cache needs it, and llama.cpp wants it asked for by name then."""
    n_outputs_max: int
    """Most tokens of one step whose logits can be had; at least `sequences`, or llama.cpp aborts."""
    micro_batch: int
    """`n_batch` and `n_ubatch`: most tokens of one step."""
    embedding_context: int
    """`n_ctx` of the embedding context."""
    embedding_sequences: int
    """`n_seq_max` of the embedding context."""
    embedding_micro_batch: int
    """`n_batch` and `n_ubatch` of the embedding context, all of whose tokens are outputs."""
    rollback: int
    """`n_rs_seq`: the longest draft that a recurrent state can be taken back from."""
    draft_gpu_layers: int
    """`n_gpu_layers` of the draft model; 0 where there is none, too."""
    draft_gpu_bytes: int
    """Of all GPUs together, for the draft model and its context."""
    draft_host_bytes: int
    bill: MemoryBill
    """Without the draft model, which is taken off what is free first."""
    reasons: tuple[str, ...]
    """Each choice in plain words with its numbers."""


def plan(
    header: GgufHeader,
    devices: Sequence[GpuDevice],
    host_free: int,
    settings: EngineSettings,
    *,
    cached_sequences: int = CACHED_SEQUENCES,
    draft: GgufHeader | None = None,
) -> Placement:
    """Choose a placement.

    Args:
        header: Of the model.
        devices: GPUs that llama.cpp would use; empty: everything goes to the host.
        host_free: Bytes.
        settings: What is not 0, -1 or "auto" in them is kept as it is.
        cached_sequences: Sequences beyond the slots, kept for prefixes that later requests may share. With attention
            alone they only cost outputs; each has a recurrent state of its own where the model has one.
        draft: Of the draft model; it gets its place first.

    Raises:
        DoesNotFitError: nothing that the settings allow fits.
        UsageError: the settings contradict each other or the model.
    """
    return _Planner(header, devices, host_free, settings, cached_sequences, draft).placement()


@dataclass(frozen=True, slots=True, kw_only=True)
class _DraftShare:
    """What the draft model takes."""

    name: str = ""
    gpu_layers: int = 0
    gpu: tuple[int, ...] = ()
    """Bytes on each GPU."""
    host: int = 0
    reach: int = 0
    """Tokens of one sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One placement to try."""

    gpu_layers: int
    kv_type: KvType
    slots: int
    kv_tokens: int


class _Planner:
    def __init__(
        self,
        header: GgufHeader,
        devices: Sequence[GpuDevice],
        host_free: int,
        settings: EngineSettings,
        cached_sequences: int,
        draft: GgufHeader | None,
    ) -> None:
        self._model = read_shape(header)
        self._devices = tuple(devices)
        self._host_free = host_free
        self._settings = settings
        self._cached = cached_sequences
        self._rollback = min(settings.rollback, MAX_DRAFT)
        self._context = self._choose_context()
        self._check_settings()
        self._draft = _DraftShare()
        if draft is not None:
            self._draft = self._place_draft(draft)
            self._devices = tuple(
                replace(device, free_bytes=max(0, device.free_bytes - taken))
                for device, taken in zip(devices, self._draft.gpu, strict=True)
            )
            self._host_free = max(0, host_free - self._draft.host)
        self._accountant = Accountant(header, self._model, self._devices, self._host_free)

    def placement(self) -> Placement:
        """Return the first choice that fits."""
        choices = list(self._choices())
        for choice in choices:
            bill = self._bill(choice)
            if bill.fits:
                return self._placement(choice, bill)
        # The most frugal one: whatever else was tried needs as much or more of the memory that is short.
        raise self._refusal(choices[-1])

    def _place_draft(self, header: GgufHeader) -> _DraftShare:
        """Put the draft model on the GPUs if it fits there whole, else on the host."""
        model = read_shape(header)
        reach, cells = draft_context(self._context, model.trained_context)
        context = ContextShape(
            cells=cells, sequences=DRAFT_SEQUENCES, micro_batch=min(MICRO_BATCH, cells), outputs=MAX_WIDTH
        )
        nothing = ContextShape(cells=0, sequences=1, micro_batch=0, outputs=0)
        accountant = Accountant(header, model, self._devices, self._host_free)
        name = header.text("general.name") or header.path.stem
        layers = len(model.layers) + 1 if self._devices and self._settings.gpu_layers != 0 else 0
        for gpu_layers in (layers, 0) if layers else (0,):
            bill = accountant.bill(gpu_layers, context, nothing)
            if bill.fits:
                return _DraftShare(
                    name=name, gpu_layers=gpu_layers, gpu=bill.gpu_totals, host=bill.host_total, reach=reach
                )
        raise DoesNotFitError(
            f"The draft model {name} does not fit: it would need {size(bill.host_total)} of the host, and of its "
            f"{size(self._host_free)} free {size(bill.host_usable)} can be used. "
            "Choose a smaller one as `engine.draft_model`, or leave it empty.",
            needed_bytes=bill.host_total,
            usable_bytes=bill.host_usable,
        )

    # Choices, best first.

    def _choose_context(self) -> int:
        if self._settings.context > 0:
            return self._settings.context
        trained = self._model.trained_context
        context = min(trained, DEFAULT_CONTEXT) if trained > 0 else DEFAULT_CONTEXT
        return min(context, self._settings.kv_tokens) if self._settings.kv_tokens > 0 else context

    def _check_settings(self) -> None:
        settings = self._settings
        if 0 < settings.kv_tokens < self._context:
            raise UsageError(
                f"`engine.kv_tokens` {settings.kv_tokens} cannot hold one sequence of `engine.context` {self._context} "
                "tokens. Raise the first or lower the second."
            )
        if settings.rollback < 0:
            raise UsageError(f"`engine.rollback` {settings.rollback} is not a number of tokens. Set it to 0 or more.")
        if settings.slots + self._cached > MAX_SEQUENCES:
            raise UsageError(
                f"`engine.slots` {settings.slots} is more than llama.cpp's {MAX_SEQUENCES - self._cached}. Lower it."
            )
        if settings.kv_type == "q8_0" and "q8_0" not in kv_types(self._model) and self._has_cache:
            lengths = sorted({length for layer in self._model.layers for length in layer.head_lengths})
            raise UsageError(
                "`engine.kv_type` q8_0 is not possible with this model: it needs flash attention and head lengths that "
                f"are multiples of 32; {self._model.architecture} has {lengths}. Set it to auto or f16."
            )

    def _choices(self) -> Iterator[_Choice]:
        for few in (False, True):
            for gpu_layers in self._gpu_layer_choices():
                for kv_type in self._kv_type_choices():
                    for slots, kv_tokens in self._slot_choices():
                        if (slots < WORTHWHILE_SLOTS and self._settings.slots == 0) is few:
                            yield _Choice(gpu_layers=gpu_layers, kv_type=kv_type, slots=slots, kv_tokens=kv_tokens)

    def _gpu_layer_choices(self) -> Sequence[int]:
        if not self._devices:
            return (0,)
        if self._settings.gpu_layers >= 0:
            return (min(self._settings.gpu_layers, self._all_layers),)
        return range(self._all_layers, -1, -1)

    def _kv_type_choices(self) -> tuple[KvType, ...]:
        if self._settings.kv_type == "auto" or not self._has_cache:
            return kv_types(self._model)
        return (self._settings.kv_type,)

    def _slot_choices(self) -> Iterator[tuple[int, int]]:
        settings, context = self._settings, self._context
        for slots in (settings.slots,) if settings.slots > 0 else SLOT_CHOICES:
            if slots + self._cached > MAX_SEQUENCES:
                continue
            if settings.kv_tokens > 0:
                yield slots, padded(settings.kv_tokens)
                continue
            # Slots that were asked for are kept; then only their share of the cache can shrink.
            shares = (TOKENS_PER_SLOT, TOKENS_PER_SLOT // 2, TOKENS_PER_SLOT // 4, 0)
            for share in shares if settings.slots > 1 else shares[:1]:
                yield slots, padded(context + (slots - 1) * min(context, share))

    @property
    def _all_layers(self) -> int:
        return len(self._model.layers) + 1

    @property
    def _has_cache(self) -> bool:
        return any(layer.key_values for layer in self._model.layers)

    def _bill(self, choice: _Choice) -> MemoryBill:
        return self._accountant.bill(choice.gpu_layers, self._context_shape(choice), self._embedding_shape())

    def _context_shape(self, choice: _Choice) -> ContextShape:
        sequences = choice.slots + self._cached
        return ContextShape(
            cells=choice.kv_tokens,
            sequences=sequences,
            micro_batch=min(MICRO_BATCH, choice.kv_tokens),
            outputs=max(sequences, min(MICRO_BATCH, sequences + DRAFT_OUTPUTS)),
            kv_type=choice.kv_type,
            rollback=self._rollback,
        )

    def _embedding_shape(self) -> ContextShape:
        least, most = EMBEDDING_TOKENS
        affordable = EMBEDDING_LOGITS_BYTES // (FLOAT_BYTES * max(self._model.vocabulary, 1))
        tokens = max(least, min(most, affordable))
        cells = padded(min(self._context, EMBEDDING_CONTEXT))
        return ContextShape(cells=cells, sequences=EMBEDDING_SEQUENCES, micro_batch=tokens, outputs=tokens)

    # Words.

    def _placement(self, choice: _Choice, bill: MemoryBill) -> Placement:
        context, small = self._context_shape(choice), self._embedding_shape()
        return Placement(
            gpu_layers=choice.gpu_layers,
            all_layers=self._all_layers,
            context=self._context,
            slots=choice.slots,
            sequences=context.sequences,
            kv_tokens=choice.kv_tokens,
            kv_type=choice.kv_type,
            flash_attention="auto" if choice.kv_type == "f16" else "enabled",
            n_outputs_max=context.outputs,
            micro_batch=context.micro_batch,
            embedding_context=small.cells,
            embedding_sequences=small.sequences,
            embedding_micro_batch=small.micro_batch,
            rollback=context.rollback,
            draft_gpu_layers=self._draft.gpu_layers,
            draft_gpu_bytes=sum(self._draft.gpu),
            draft_host_bytes=self._draft.host,
            bill=bill,
            reasons=tuple(self._reasons(choice, context)),
        )

    def _reasons(self, choice: _Choice, context: ContextShape) -> Iterator[str]:
        settings, model = self._settings, self._model
        yield self._layers_reason(choice)
        trained = f"trained with {model.trained_context:,}" if model.trained_context else "training length unknown"
        if settings.context > 0:
            yield f"context {self._context:,} tokens per sequence: as set (engine.context); {trained}"
        else:
            yield f"context {self._context:,} tokens per sequence: {trained}, at most {DEFAULT_CONTEXT:,} unless set"
        yield self._slots_reason(choice)
        if self._has_cache:
            yield self._cache_reason(choice, context)
        if model.is_recurrent:
            each = self._state_bytes(context) // context.sequences
            yield (
                f"recurrent state: {size(each)} for each of {context.sequences} sequences, whatever their length; "
                "it grows with slots, not with tokens"
            )
        if reason := self._rollback_reason(context):
            yield reason
        if draft := self._draft.name:
            where = f"{size(sum(self._draft.gpu))} of GPU and " if self._draft.gpu_layers else ""
            yield (
                f"draft model {draft}: {where}{size(self._draft.host)} of host memory, its context for sequences of "
                f"{self._draft.reach:,} tokens included; taken off what is free before anything else (engine.draft_model)"
            )
        if model.window:
            yield (
                f"layers with a sliding window of {model.window:,} tokens keep all tokens all the same: "
                "a prefix can be shared and rewound only while nothing of it is forgotten"
            )
        yield (
            f"steps of at most {context.micro_batch} tokens (a request can be cancelled between two); logits for at "
            f"most {context.outputs} of them: one per sequence and {context.outputs - context.sequences} to check "
            f"drafts, {size(output_bytes(model, context.outputs))} at a vocabulary of {model.vocabulary:,}"
        )
        yield from self._margin_reasons()
        if not model.is_charted:
            yield f"{model.architecture} keeps more than this planner knows of; its numbers are rough"

    def _state_bytes(self, context: ContextShape) -> int:
        return sum(state_layer_bytes(self._model, layer, context) for layer in self._model.layers)

    def _rollback_reason(self, context: ContextShape) -> str:
        model, rollback = self._model, context.rollback
        if not model.is_recurrent:
            return "engine.rollback is not needed: this model takes wrong guesses back without" if rollback else ""
        if not model.rolls_back:
            return f"no speculation: llama.cpp cannot take wrong guesses back from the state of {model.architecture}"
        if rollback == 0:
            more = self._state_bytes(replace(context, rollback=3)) - self._state_bytes(context)
            return f"no speculation: engine.rollback is 0; 3 would take {size(more)} more for copies of the state"
        copies = self._state_bytes(context) * rollback // (1 + rollback)
        return f"speculation: {rollback} further copies of each state, {size(copies)} in all (engine.rollback)"

    def _layers_reason(self, choice: _Choice) -> str:
        total, settings = self._all_layers, self._settings
        if not self._devices:
            return f"0 of {total} layers on a GPU: llama.cpp sees no GPU here; host memory decides"
        if settings.gpu_layers >= 0:
            return f"{choice.gpu_layers} of {total} layers on the GPU: as set (engine.gpu_layers)"
        if choice.gpu_layers == total:
            return f"all {total} layers (the output is one) on the GPU: everything but the embeddings fits"
        more = self._bill(
            _Choice(
                gpu_layers=choice.gpu_layers + 1,
                kv_type=self._kv_type_choices()[-1],
                slots=choice.slots,
                kv_tokens=choice.kv_tokens,
            )
        )
        return (
            f"{choice.gpu_layers} of {total} layers on the GPU: one more would need {_totals(more.gpu_totals)} of the "
            f"{_totals(more.gpu_usable)} that can be used there"
        )

    def _slots_reason(self, choice: _Choice) -> str:
        if self._settings.slots > 0:
            return f"{choice.slots} slots: as set (engine.slots)"
        if choice.slots == SLOT_CHOICES[0]:
            return f"{choice.slots} slots: the most that is chosen unless set"
        more = [slots for slots in SLOT_CHOICES if slots > choice.slots]
        return f"{choice.slots} slots: memory does not hold {more[-1]}"

    def _cache_reason(self, choice: _Choice, context: ContextShape) -> str:
        per_token = sum(kv_layer_bytes(self._model, layer, context) for layer in self._model.layers)
        rate = f"{per_token / choice.kv_tokens / 1024:.1f} KiB per token"
        if self._settings.kv_tokens > 0:
            count = f"KV cache of {choice.kv_tokens:,} tokens: as set (engine.kv_tokens), in steps of 256"
        elif choice.slots == 1:
            count = f"KV cache of {choice.kv_tokens:,} tokens: one context"
        else:
            share = (choice.kv_tokens - self._context) // (choice.slots - 1)
            count = (
                f"KV cache of {choice.kv_tokens:,} tokens: one context of {self._context:,} and about {share:,} more "
                f"for each further slot, because slots share their prompt"
            )
        if self._settings.kv_type != "auto":
            kind = f"{choice.kv_type} as set (engine.kv_type)"
        elif choice.kv_type == "f16":
            kind = "f16: there is room for it"
        else:
            kind = "q8_0 with flash attention: f16 does not fit"
        return f"{count}; {kind}, {rate}"

    def _margin_reasons(self) -> Iterator[str]:
        for device in self._devices:
            yield (
                f"{size(gpu_margin(device.free_bytes))} of the {size(device.free_bytes)} free on {device.name} stay "
                "free: driver, scratch memory, desktop"
            )
        yield (
            f"{size(host_margin(self._host_free))} of the {size(self._host_free)} free on the host stay free: sandbox, "
            "page cache, matrices repacked for the CPU"
        )

    def _refusal(self, choice: _Choice) -> DoesNotFitError:
        bill = self._bill(choice)
        problems, needed, usable = [], 0, 0
        for device, total, room in zip(self._devices, bill.gpu_totals, bill.gpu_usable, strict=True):
            if total > room:
                problems.append(
                    f"{device.name} would need {size(total)}, and of its {size(device.free_bytes)} free {size(room)} "
                    "can be used"
                )
                needed, usable = total, room
        if bill.host_total > bill.host_usable:
            problems.append(
                f"the host would need {size(bill.host_total)} (weights {size(bill.host.weights)}, KV cache "
                f"{size(bill.host.kv)}, state {size(bill.host.state)}, buffers "
                f"{size(bill.host.total - bill.host.weights - bill.host.kv - bill.host.state)}), and of its "
                f"{size(self._host_free)} free {size(bill.host_usable)} can be used"
            )
            needed, usable = bill.host_total, bill.host_usable
        where = f"{choice.gpu_layers} of {self._all_layers} layers on a GPU, " if self._devices else ""
        slots = f"{choice.slots} slot{'s' if choice.slots > 1 else ''}"
        return DoesNotFitError(
            f"The model does not fit, even with {where}{slots} and a {choice.kv_type} cache of {choice.kv_tokens:,} "
            f"tokens: {'; '.join(problems)}. {self._advice(choice)}",
            needed_bytes=needed,
            usable_bytes=usable,
        )

    def _advice(self, choice: _Choice) -> str:
        settings = self._settings
        ways = []
        if settings.gpu_layers > 0 and self._devices:
            ways.append("lower `engine.gpu_layers` or set it to -1")
        if settings.slots > 1:
            ways.append("lower `engine.slots`")
        if settings.kv_tokens > 0:
            ways.append("lower `engine.kv_tokens`")
        if settings.kv_type == "f16":
            ways.append("set `engine.kv_type` to auto")
        context = self._context // 2
        while context >= padded(1) and settings.kv_tokens == 0:
            smaller = _Choice(
                gpu_layers=choice.gpu_layers, kv_type=choice.kv_type, slots=choice.slots, kv_tokens=padded(context)
            )
            if self._bill(smaller).fits:
                ways.append(f"set `engine.context` to {context}, which would fit")
                break
            context //= 2
        ways.append("free memory")
        ways.append("choose a smaller or more strongly quantised model (`engine.model`)")
        return f"What would help: {', or '.join(ways)}."


def _totals(counts: Sequence[int]) -> str:
    return " + ".join(size(count) for count in counts)
