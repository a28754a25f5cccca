"""Drafts by a model's own layers of multi-token prediction (MTP, "NextN"), after llama.cpp's common/speculative.cpp.

Such a layer takes a token and the large model's hidden state before it, and predicts the token after it; run again on its
own output it predicts further ones. Its small memory has the same sequences as the large one and follows all its changes.

Two functions that this needs are exported by llama.cpp (src/llama-ext.h) but not bound, because they have no C interface
yet: they are looked up under their C++ names. Where a build lacks them, there are no such drafts and `obstacle` says so.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import llama_cpp
import numpy as np
from llama_cpp.llama_cpp import _lib
from numpy.typing import NDArray

from atlas_pipeline.engine.llama_context import KV_TYPES, KvType, LlamaContext, Row
from atlas_pipeline.errors import EngineError

if TYPE_CHECKING:
    from atlas_pipeline.engine.drafting import Wanted

ARCHITECTURES = frozenset(("qwen35", "qwen35moe"))
"""Those whose MTP layers this was written for. Others differ in what their layers take and would abort the process."""

SWITCH_ON = "_Z26llama_set_embeddings_nextnP13llama_contextbb"
HIDDEN_STATE = "_Z30llama_get_embeddings_nextn_ithP13llama_contexti"
"""The names that GCC and Clang give to the two functions."""

log = logging.getLogger(__name__)


def obstacle(context: LlamaContext) -> str:
    """Return why a context's model cannot draft by its MTP layers; empty if it can."""
    model = context.model
    if not model.has_mtp:
        return "the model has no MTP layers"
    if model.architecture not in ARCHITECTURES:
        return f"MTP layers of the architecture {model.architecture} are not supported"
    if not model.loaded_mtp or context.rollback == 0:
        return "the model's MTP layers are of use only with `engine.rollback` above 0"
    if missing := [name for name in (SWITCH_ON, HIDDEN_STATE) if not hasattr(_lib, name)]:
        return f"this build of llama.cpp does not export {' and '.join(missing)}, which MTP layers need"
    return ""


class MtpDrafter:
    """The drafter of a context; `obstacle` must be empty. To be closed before the context.

    Raises:
        EngineError: it does not fit into memory.
    """

    def __init__(self, context: LlamaContext, *, threads: int, kv_type: KvType) -> None:
        self._target = context
        self._width = context.model.n_embd
        self._failed = False
        self._switch_on = _function(SWITCH_ON, None, ctypes.c_void_p, ctypes.c_bool, ctypes.c_bool)
        self._hidden_state = _function(HIDDEN_STATE, ctypes.POINTER(ctypes.c_float), ctypes.c_void_p, ctypes.c_int32)
        parameters = llama_cpp.llama_context_default_params()
        parameters.ctx_type = llama_cpp.LLAMA_CONTEXT_TYPE_MTP
        parameters.ctx_other = context.handle
        parameters.n_ctx = context.cells
        parameters.n_batch = parameters.n_ubatch = context.batch_tokens
        parameters.n_seq_max = context.sequences
        # Only a few are used; fewer than sequences is an assert that kills the process.
        parameters.n_outputs_max = context.sequences
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        parameters.type_k = parameters.type_v = KV_TYPES[kv_type]
        parameters.kv_unified = True
        parameters.no_perf = True
        self._handle = llama_cpp.llama_init_from_model(context.model.handle, parameters)
        if not self._handle:
            raise EngineError(
                "There is not enough memory for the context of the MTP layers; the engine's log has the details. "
                "Set `engine.rollback` to 0 or lower `engine.context`."
            )
        self._memory = llama_cpp.llama_get_memory(self._handle)
        self._switch_on(context.handle, True, False)  # of every token
        self._switch_on(self._handle, True, True)  # of those with logits
        # Allocated with hidden states and without tokens; these batches have both.
        self._batch = llama_cpp.llama_batch_init(context.batch_tokens, self._width, 1)
        self._token_buffer = (llama_cpp.llama_token * context.batch_tokens)()
        self._batch.token = ctypes.cast(self._token_buffer, type(self._batch.token))
        size = (context.batch_tokens,)
        self._tokens = np.ctypeslib.as_array(self._token_buffer)
        self._states = np.ctypeslib.as_array(self._batch.embd, shape=(*size, self._width))
        self._positions = np.ctypeslib.as_array(self._batch.pos, shape=size)
        self._outputs = np.ctypeslib.as_array(self._batch.logits, shape=size)
        np.ctypeslib.as_array(self._batch.n_seq_id, shape=size)[:] = 1
        self._known: dict[int, tuple[int, NDArray[np.float32]]] = {}
        """Sequence -> the position of the first of its last hidden states, and these, (n, n_embd) float32.

        They reach back as far as the sequence may be truncated before it is decoded again."""
        context.follower = self

    @property
    def longest(self) -> int:
        """See `Drafter.longest`."""
        return 0 if self._failed else self._target.rollback

    def propose(self, wanted: Sequence[Wanted]) -> list[list[int]]:
        """See `Drafter.propose`."""
        drafts: list[list[int]] = [[] for _ in wanted]
        if not self._failed:
            try:
                self._draft(wanted, drafts)
            except EngineError as error:
                self._give_up(str(error))
                return [[] for _ in wanted]
        return drafts

    def forget(self, owner: object) -> None:
        """See `Drafter.forget`; what it has belongs to sequences."""

    def abandon(self) -> None:
        """See `Drafter.abandon`; a step of one layer is short."""

    def close(self) -> None:
        """See `Drafter.close`."""
        self._target.follower = None
        self._batch.token = None  # it is not llama.cpp's to free
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._handle)

    # What the large context does

    def decoded(self, rows: Sequence[Row]) -> None:
        """Decode the same tokens, each with the hidden state before it: see `Follower.decoded`."""
        pointer = self._hidden_state(self._target.handle, 0)
        if not pointer:
            self._give_up("llama.cpp returned no hidden states")
            return
        states = np.ctypeslib.as_array(pointer, shape=(len(rows), self._width))
        places: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(row.sequence, []).append(place)
        before = np.empty((len(rows), self._width), dtype=np.float32)
        for sequence, own in places.items():
            start = rows[own[0]].position
            last = self._state_at(sequence, start - 1)
            before[own[0]] = last
            before[own[1:]] = states[own[:-1]]
            kept = own[-(self._target.rollback + 1) :]
            known = states[kept]
            first = rows[kept[0]].position
            if len(kept) == len(own):
                known, first = np.concatenate((last[None], known)), start - 1
            self._known[sequence] = (first, known)
        try:
            self._decode([Row(row.token, row.position, row.sequence, False) for row in rows], before)
        except EngineError as error:
            self._give_up(str(error))

    def copied(self, source: int, target: int, length: int) -> None:
        """See `Follower.copied`."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, length)
        self._known[target] = (length - 1, self._state_at(source, length - 1)[None])

    def truncated(self, sequence: int, length: int) -> None:
        """See `Follower.truncated`."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1)
        self._known[sequence] = (length - 1, self._state_at(sequence, length - 1)[None].copy())

    def cleared(self, sequence: int | None) -> None:
        """See `Follower.cleared`."""
        if sequence is None:
            llama_cpp.llama_memory_clear(self._memory, False)
            self._known.clear()
        else:
            llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)
            self._known.pop(sequence, None)

    # Drafts

    def _draft(self, wanted: Sequence[Wanted], drafts: list[list[int]]) -> None:
        positions = [len(one.tokens) - 1 for one in wanted]
        tokens = [one.tokens[-1] for one in wanted]
        states = [self._state_at(one.sequence, position - 1) for one, position in zip(wanted, positions, strict=True)]
        going = list(range(len(wanted)))
        step = 0
        while going := [one for one in going if len(drafts[one]) < wanted[one].count]:
            rows = [Row(tokens[one], positions[one] + step, wanted[one].sequence, True) for one in going]
            self._decode(rows, np.stack([states[one] for one in going]))
            for row, one in enumerate(going):
                tokens[one] = self._best(row)
                states[one] = np.ctypeslib.as_array(self._hidden_state(self._handle, row), shape=(self._width,)).copy()
                drafts[one].append(tokens[one])
            going = [one for one in going if not self._target.model.is_end(tokens[one])]
            step += 1
        # Its own guesses at hidden states were in there; `decoded` writes these places anew.
        for asking, position in zip(wanted, positions, strict=True):
            llama_cpp.llama_memory_seq_rm(self._memory, asking.sequence, position, -1)

    def _best(self, row: int) -> int:
        pointer = llama_cpp.llama_get_logits_ith(self._handle, row)
        if not pointer:
            raise EngineError("llama.cpp returned no logits.")
        return int(np.ctypeslib.as_array(pointer, shape=(self._target.model.vocabulary_size,)).argmax())

    def _state_at(self, sequence: int, position: int) -> NDArray[np.float32]:
        """Return a token's hidden state; zeros before the first token, and where it is not known any more."""
        first, states = self._known.get(sequence, (0, np.empty((0, self._width), dtype=np.float32)))
        if 0 <= position - first < len(states):
            state: NDArray[np.float32] = states[position - first]
            return state
        return np.zeros(self._width, dtype=np.float32)

    def _decode(self, rows: Sequence[Row], states: NDArray[np.float32]) -> None:
        count = len(rows)
        self._tokens[:count] = [row.token for row in rows]
        self._states[:count] = states
        self._positions[:count] = [row.position for row in rows]
        self._outputs[:count] = [row.output for row in rows]
        for index, row in enumerate(rows):
            self._batch.seq_id[index][0] = row.sequence
        self._batch.n_tokens = count
        status = llama_cpp.llama_decode(self._handle, self._batch)
        if status != 0:
            raise EngineError(f"llama.cpp could not decode the MTP layers (status {status}).")

    def _give_up(self, why: str) -> None:
        """Draft no more: a fault here must not cost anybody a completion."""
        log.error("the MTP layers failed and draft no more: %s", why)
        self._failed = True
        self._target.follower = None


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_lib, name)
    function.restype = result
    function.argtypes = list(arguments)
    return function
