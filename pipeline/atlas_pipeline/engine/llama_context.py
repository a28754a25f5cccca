"""A llama.cpp context: many sequences in one memory, decoded in one batch. Not thread-safe, except `abort`."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.errors import EngineError

KvType = Literal["f16", "q8_0"]
KV_TYPES: dict[KvType, int] = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
OUT_OF_CELLS, ABORTED = 1, 2


class DecodingAbortedError(EngineError):
    """The batch was given up because nobody waits for it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextOptions:
    """The shape of a context."""

    cells: int
    """Tokens that all sequences together may hold."""
    sequences: int = 1
    batch_tokens: int = 256
    """Most tokens of one batch; a batch is one micro-batch, so it succeeds or fails as a whole."""
    outputs: int = 1
    """Most tokens of one batch whose outputs are read. A vocabulary of 152,000 makes 600 kB of each."""
    threads: int = 1
    kv_type: KvType = "f16"
    embeddings: bool = False
    rollback: int = 0
    """Tokens by which a recurrent state can be taken back, where the architecture can."""


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a batch."""

    token: int
    position: int
    sequence: int
    output: bool
    """Whether its logits (or hidden state) will be read."""


class Follower(Protocol):
    """Keeps something of its own in step with a context's sequences; what it is told has happened already."""

    def decoded(self, rows: Sequence[Row]) -> None:
        """A batch was decoded; its outputs are still there."""
        ...

    def copied(self, source: int, target: int, length: int) -> None:
        """`target` holds the first `length` tokens of `source`."""
        ...

    def truncated(self, sequence: int, length: int) -> None:
        """All but the first `length` tokens are forgotten."""
        ...

    def cleared(self, sequence: int | None) -> None:
        """A sequence is empty; None: all are."""
        ...


class LlamaContext:
    """Memory and compute buffers over a model.

    Raises:
        EngineError: the context cannot be made, mostly for want of memory.
    """

    def __init__(self, model: LlamaModel, options: ContextOptions) -> None:
        self.model = model
        self.batch_tokens = min(options.batch_tokens, options.cells)
        self.outputs = (
            self.batch_tokens if options.embeddings else min(max(options.outputs, options.sequences), self.batch_tokens)
        )
        self.sequences = options.sequences
        # libc's strlen is the abort callback: it is true once the text is not empty. A Python callback would take the
        # interpreter's lock for every node of every graph.
        self._gives_up = False
        self._abort_text = ctypes.create_string_buffer(2)
        self._abort = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = options.cells
        parameters.n_batch = parameters.n_ubatch = self.batch_tokens
        parameters.n_seq_max = options.sequences
        parameters.n_rs_seq = options.rollback
        # Fewer than sequences is an assert that kills the process.
        parameters.n_outputs_max = 0 if options.embeddings else max(self.outputs, options.sequences)
        parameters.n_threads = parameters.n_threads_batch = options.threads
        parameters.embeddings = options.embeddings
        parameters.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        parameters.type_k = parameters.type_v = KV_TYPES[options.kv_type]
        # With a cache for each sequence a partial copy is an assert that kills the process.
        parameters.kv_unified = True
        if options.kv_type != "f16":  # without it a quantised cache is refused
            parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.no_perf = True
        parameters.abort_callback = self._abort
        parameters.abort_callback_data = ctypes.cast(self._abort_text, ctypes.c_void_p)
        self.handle = llama_cpp.llama_init_from_model(model.handle, parameters)
        if not self.handle:
            raise EngineError(
                f"There is not enough memory for a context of {options.cells:,} tokens; the engine's log has the "
                "details. Lower `engine.context`, `engine.slots` or `engine.gpu_layers`."
            )
        self._memory = llama_cpp.llama_get_memory(self.handle)
        if not self._memory:
            raise EngineError(
                "This model keeps no state between tokens and cannot generate text. Choose another model."
            )
        self.cells: int = min(options.cells, llama_cpp.llama_n_ctx(self.handle))
        self.rollback: int = llama_cpp.llama_n_rs_seq(self.handle)
        self._batch = llama_cpp.llama_batch_init(self.batch_tokens, 0, 1)
        size = (self.batch_tokens,)
        self._tokens = np.ctypeslib.as_array(self._batch.token, shape=size)
        self._positions = np.ctypeslib.as_array(self._batch.pos, shape=size)
        self._outputs = np.ctypeslib.as_array(self._batch.logits, shape=size)
        np.ctypeslib.as_array(self._batch.n_seq_id, shape=size)[:] = 1
        self._all_outputs = options.embeddings
        self.follower: Follower | None = None

    @property
    def partial(self) -> bool:
        """See `Memory.partial`."""
        return self.model.forgets_parts

    def decode(self, rows: Sequence[Row]) -> None:
        """Decode one batch; the outputs of row i are then readable under the number i.

        Raises:
            DecodingAbortedError: `abort` was called; the sequences of the batch must be cleared.
            EngineError: llama.cpp failed; what the memory holds is no longer known and must be cleared.
        """
        if not 0 < len(rows) <= self.batch_tokens:
            raise EngineError(f"A batch of {len(rows)} tokens is not between 1 and {self.batch_tokens}.")
        if not self._all_outputs and sum(row.output for row in rows) > self.outputs:
            raise EngineError(f"A batch may have {self.outputs} outputs.")
        for row in rows:
            if not self.model.is_token(row.token):
                raise EngineError(f"There is no token {row.token} in a vocabulary of {self.model.vocabulary_size}.")
            if not (0 <= row.sequence < self.sequences and 0 <= row.position < self.cells):
                raise EngineError(
                    f"Position {row.position} of sequence {row.sequence} is outside a context of {self.cells} tokens "
                    f"and {self.sequences} sequences."
                )
        self._fill(rows)
        status = llama_cpp.llama_decode(self.handle, self._batch)
        if status == ABORTED:
            raise DecodingAbortedError("Decoding was given up.")
        if status == OUT_OF_CELLS:
            raise EngineError(f"The context of {self.cells:,} tokens is full.")
        if status != 0:
            raise EngineError(f"llama.cpp could not decode (status {status}); the engine's log may say why.")
        if self._all_outputs or any(row.output for row in rows):
            # On a GPU the work is only begun by then; whoever reads the outputs would wait here anyway.
            llama_cpp.llama_synchronize(self.handle)
        if self.follower is not None:
            self.follower.decoded(rows)

    def abort(self, *, for_ever: bool = False) -> None:
        """Make the running `decode`, and every later one until `resume`, give up. CPU only; from any thread."""
        self._gives_up = for_ever
        self._abort_text[0] = b"x"

    def resume(self) -> None:
        """Take `abort` back, unless it was for ever."""
        if not self._gives_up:
            self._abort_text[0] = b"\0"

    def logits(self, row: int) -> NDArray[np.float32]:
        """Return a row's logits, (n_vocab,) float32: a view that the next `decode` overwrites."""
        pointer = llama_cpp.llama_get_logits_ith(self.handle, row)
        if not pointer:
            raise EngineError("llama.cpp returned no logits.")
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self.model.vocabulary_size,))
        return view

    def hidden_state(self, row: int) -> NDArray[np.float32]:
        """Return a row's hidden state after the final norm, (n_embd,) float32: a view that `decode` overwrites."""
        pointer = llama_cpp.llama_get_embeddings_ith(self.handle, row)
        if not pointer:
            raise EngineError("This model gives no embeddings.")
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self.model.n_embd,))
        return view

    def copy(self, source: int, target: int, length: int) -> None:
        """See `Memory.copy`."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, length if self.partial else -1)
        if self.follower is not None:
            self.follower.copied(source, target, length)

    def truncate(self, sequence: int, length: int) -> bool:
        """See `Memory.truncate`."""
        done = bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1))
        if done and self.follower is not None:
            self.follower.truncated(sequence, length)
        return done

    def clear(self, sequence: int) -> None:
        """See `Memory.clear`."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        if self.follower is not None:
            self.follower.cleared(sequence)

    def clear_all(self) -> None:
        """Forget all sequences."""
        llama_cpp.llama_memory_clear(self._memory, False)
        if self.follower is not None:
            self.follower.cleared(None)

    def close(self) -> None:
        """Free the context's memory."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self.handle)

    def _fill(self, rows: Sequence[Row]) -> None:
        count = len(rows)
        self._tokens[:count] = [row.token for row in rows]
        self._positions[:count] = [row.position for row in rows]
        self._outputs[:count] = [self._all_outputs or row.output for row in rows]
        for index, row in enumerate(rows):
            self._batch.seq_id[index][0] = row.sequence
        self._batch.n_tokens = count
