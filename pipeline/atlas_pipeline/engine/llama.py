"""llama.cpp through llama-cpp-python's low-level API. The only module that imports `llama_cpp`.

Native asserts abort the process and cannot be caught, so everything that could trip one is checked here first: null
pointers, positions, batch sizes, contexts without memory, encoder models.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.generation import SamplingParameters
from atlas_pipeline.errors import EngineError, ModelFileError

CHUNK_TOKENS = 256
"""Most prompt tokens decoded at once: between two chunks a request can be cancelled."""

DEFAULT_CONTEXT = 8192
EMBEDDING_CONTEXT = 2048
EMBEDDING_LOGITS_BYTES = 64 << 20
"""An embedding context computes logits for every token of a chunk; this bounds them for large vocabularies."""

MAX_SEED = 0xFFFF_FFFE
"""0xFFFFFFFF asks llama.cpp for a random seed."""

LOG_LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
"""ggml's levels as of llama.cpp 0.5; the binding's own table is of an older order."""

log = logging.getLogger(__name__)


class LlamaModel:
    """The weights and their vocabulary.

    Raises:
        ModelFileError: llama.cpp cannot load this file, or it is no model that generates text.
    """

    def __init__(self, path: Path, *, gpu_layers: int, on_progress: Callable[[float], bool]) -> None:
        _redirect_log()
        llama_cpp.llama_backend_init()
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        # The binding keeps no reference to callbacks; a collected one would be called into freed memory.
        self._on_progress = llama_cpp.llama_progress_callback(lambda fraction, _: on_progress(fraction))
        parameters.progress_callback = self._on_progress
        self.handle = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.handle:
            raise ModelFileError(f"llama.cpp cannot load {path}; the engine's log says why. Try another GGUF file.")
        self._vocab = llama_cpp.llama_model_get_vocab(self.handle)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self._vocab)
        if llama_cpp.llama_model_has_encoder(self.handle) or not llama_cpp.llama_model_has_decoder(self.handle):
            raise ModelFileError(f"{path} is not a model that generates text. Choose a decoder-only GGUF model.")
        if self.vocabulary_size < 1:
            raise ModelFileError(f"{path} has no vocabulary. Choose another GGUF file.")
        self.n_embd: int = llama_cpp.llama_model_n_embd_out(self.handle)
        self.trained_context: int = llama_cpp.llama_model_n_ctx_train(self.handle)
        self._pieces: dict[int, bytes] = {}

    @property
    def file_type(self) -> str:
        """Quantisation for people: "Q4_K - Medium"."""
        name = llama_cpp.llama_ftype_name(llama_cpp.llama_model_ftype(self.handle))
        return name.decode() if name else ""

    @property
    def bos(self) -> str:
        """The text of the token that begins a sequence; empty if there is none."""
        return self._special(llama_cpp.llama_vocab_bos(self._vocab))

    @property
    def eos(self) -> str:
        """The text of the token that ends a sequence; empty if there is none."""
        return self._special(llama_cpp.llama_vocab_eos(self._vocab))

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the tokens of `text`, with the leading token that the model wants.

        With `special`, the texts of control tokens become those tokens.
        """
        data = text.encode("utf-8", errors="replace")
        capacity = len(data) + 8
        buffer = (llama_cpp.llama_token * capacity)()
        count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, capacity, False, special)
        if count < 0:
            buffer = (llama_cpp.llama_token * -count)()
            count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, -count, False, special)
        tokens = list(buffer[:count])
        if llama_cpp.llama_vocab_get_add_bos(self._vocab):
            begin = llama_cpp.llama_vocab_bos(self._vocab)
            # Chat templates often write it themselves.
            if tokens[:1] != [begin]:
                tokens.insert(0, begin)
        return tokens

    def is_token(self, token: int) -> bool:
        """Return whether `token` is in the vocabulary."""
        return 0 <= token < self.vocabulary_size

    def is_end(self, token: int) -> bool:
        """Return whether `token` ends a generation."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def is_control(self, token: int) -> bool:
        """Return whether `token` is a control token."""
        return bool(llama_cpp.llama_vocab_is_control(self._vocab, token))

    def end_tokens(self) -> list[int]:
        """Return the tokens that end a generation."""
        return [token for token in range(self.vocabulary_size) if self.is_end(token)]

    def piece(self, token: int) -> bytes:
        """Return a token's bytes; control tokens have none."""
        if token not in self._pieces:
            self._pieces[token] = self._render(token, special=False)
        return self._pieces[token]

    def close(self) -> None:
        """Free the weights."""
        llama_cpp.llama_model_free(self.handle)

    def _special(self, token: int) -> str:
        return self._render(token, special=True).decode(errors="replace") if self.is_token(token) else ""

    def _render(self, token: int, *, special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, size, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count


class LlamaContext:
    """One sequence of tokens over a model: decode, rewind, read what came out. Not thread-safe.

    Raises:
        EngineError: the context cannot be made, mostly for want of memory.
    """

    def __init__(self, model: LlamaModel, *, context: int, threads: int, embeddings: bool = False) -> None:
        self.model = model
        self.chunk_tokens = CHUNK_TOKENS
        if embeddings:
            affordable = EMBEDDING_LOGITS_BYTES // (4 * model.vocabulary_size)
            self.chunk_tokens = max(16, min(CHUNK_TOKENS, affordable))
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = context
        parameters.n_batch = parameters.n_ubatch = min(self.chunk_tokens, context)
        parameters.n_seq_max = 1
        # Only the last token of a prompt and drawn tokens have their logits read.
        parameters.n_outputs_max = 0 if embeddings else 1
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.embeddings = embeddings
        parameters.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        parameters.no_perf = True
        self._handle = llama_cpp.llama_init_from_model(model.handle, parameters)
        if not self._handle:
            raise EngineError(
                f"There is not enough memory for a context of {context} tokens; the engine's log has the details. "
                "Lower `engine.context` or `engine.gpu_layers`."
            )
        self._memory = llama_cpp.llama_get_memory(self._handle)
        if not self._memory:
            raise EngineError(
                "This model keeps no state between tokens and cannot generate text. Choose another model."
            )
        self.n_ctx: int = min(context, llama_cpp.llama_n_ctx(self._handle))
        self.chunk_tokens = min(self.chunk_tokens, llama_cpp.llama_n_batch(self._handle))
        self._all_outputs = embeddings
        self._batch = llama_cpp.llama_batch_init(self.chunk_tokens, 0, 1)
        self.tokens: list[int] = []
        """The tokens whose state the memory holds."""

    def rewind(self, length: int) -> int:
        """Keep the first `length` tokens, or none if the model cannot forget only a part; return how many are kept."""
        length = min(length, len(self.tokens))
        if length == len(self.tokens):
            return length
        if length and llama_cpp.llama_memory_seq_rm(self._memory, 0, length, -1) and self._holds_exactly(length):
            del self.tokens[length:]
        else:
            llama_cpp.llama_memory_clear(self._memory, False)
            self.tokens.clear()
        return len(self.tokens)

    def decode(self, tokens: Sequence[int]) -> None:
        """Append at most `chunk_tokens` tokens; the outputs of the last are then readable (embeddings: of all).

        Raises:
            EngineError: llama.cpp failed; the memory is empty afterwards.
        """
        start = len(self.tokens)
        if not 0 < len(tokens) <= self.chunk_tokens or start + len(tokens) > self.n_ctx:
            raise EngineError(f"{len(tokens)} tokens at position {start} do not fit a context of {self.n_ctx}.")
        batch = self._batch
        for index, token in enumerate(tokens):
            if not self.model.is_token(token):
                raise EngineError(f"There is no token {token} in a vocabulary of {self.model.vocabulary_size}.")
            batch.token[index] = token
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = self._all_outputs or index == len(tokens) - 1
        batch.n_tokens = len(tokens)
        status = llama_cpp.llama_decode(self._handle, batch)
        if status != 0:
            # What a failed call leaves behind is not specified tightly enough to build on.
            llama_cpp.llama_memory_clear(self._memory, False)
            self.tokens.clear()
            raise EngineError(f"llama.cpp could not decode (status {status}); the engine's log may say why.")
        self.tokens.extend(tokens)

    def logits(self) -> NDArray[np.float32]:
        """Return the last token's logits, (n_vocab,) float32: a view that the next `decode` overwrites."""
        pointer = llama_cpp.llama_get_logits_ith(self._handle, -1)
        if not pointer:
            raise EngineError("llama.cpp returned no logits.")
        view: NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self.model.vocabulary_size,))
        return view

    def hidden_states(self, count: int) -> NDArray[np.float32]:
        """Return the hidden states after the final norm of the last `count` decoded tokens, (count, n_embd) float32."""
        rows = np.empty((count, self.model.n_embd), dtype=np.float32)
        for index in range(count):
            pointer = llama_cpp.llama_get_embeddings_ith(self._handle, index)
            if not pointer:
                raise EngineError("This model gives no embeddings.")
            rows[index] = np.ctypeslib.as_array(pointer, shape=(self.model.n_embd,))
        return rows

    @contextmanager
    def sampler(self, parameters: SamplingParameters, seed: int) -> Iterator[Callable[[], int]]:
        """Give a function that draws the next token from the last token's logits."""
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        try:
            for sampler in self._samplers(parameters, seed):
                llama_cpp.llama_sampler_chain_add(chain, sampler)
            yield lambda: self._draw(chain)
        finally:
            llama_cpp.llama_sampler_free(chain)

    def close(self) -> None:
        """Free the context's memory."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._handle)

    def _draw(self, chain: object) -> int:
        # llama_sampler_sample aborts the process if there are no logits or the chain selects nothing.
        if not np.isfinite(self.logits().max()):
            raise EngineError("The model's output is not a number; its file is damaged or its quantisation broken.")
        return int(llama_cpp.llama_sampler_sample(chain, self._handle, -1))

    def _samplers(self, parameters: SamplingParameters, seed: int) -> Iterator[object]:
        size = self.model.vocabulary_size
        bias = dict(parameters.logit_bias)
        if parameters.ignore_eos:
            bias |= dict.fromkeys(self.model.end_tokens(), -np.inf)
        if bias:
            entries = [llama_cpp.llama_logit_bias(token, value) for token, value in bias.items()]
            array = (llama_cpp.llama_logit_bias * len(entries))(*entries)
            yield llama_cpp.llama_sampler_init_logit_bias(size, len(entries), array)
        if (parameters.frequency_penalty, parameters.presence_penalty, parameters.repeat_penalty) != (0.0, 0.0, 1.0):
            yield llama_cpp.llama_sampler_init_penalties(
                size,
                parameters.repeat_last_n,
                parameters.repeat_penalty,
                parameters.frequency_penalty,
                parameters.presence_penalty,
            )
        if parameters.temperature <= 0.0:
            yield llama_cpp.llama_sampler_init_greedy()
            return
        if parameters.top_k > 0:
            yield llama_cpp.llama_sampler_init_top_k(parameters.top_k)
        if parameters.typical_p < 1.0:
            yield llama_cpp.llama_sampler_init_typical(parameters.typical_p, 1)
        if parameters.top_p < 1.0:
            yield llama_cpp.llama_sampler_init_top_p(parameters.top_p, 1)
        if parameters.min_p > 0.0:
            yield llama_cpp.llama_sampler_init_min_p(parameters.min_p, 1)
        yield llama_cpp.llama_sampler_init_temp(parameters.temperature)
        yield llama_cpp.llama_sampler_init_dist(seed % MAX_SEED)

    def _holds_exactly(self, length: int) -> bool:
        # A sliding window has forgotten the beginning: what is left cannot be continued from an earlier point.
        first = llama_cpp.llama_memory_seq_pos_min(self._memory, 0)
        last = llama_cpp.llama_memory_seq_pos_max(self._memory, 0)
        return bool(first == 0 and last == length - 1)


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator, unused-ignore]
def _on_log(level: int, text: bytes, _user_data: object) -> None:
    severity = LOG_LEVELS.get(level, logging.DEBUG)
    # Debug output is a thousand lines for each context.
    if log.isEnabledFor(severity) and (line := text.decode(errors="replace").strip()):
        log.log(severity, "%s", line)


def _redirect_log() -> None:
    """Send llama.cpp's messages to this module's logger instead of standard error."""
    llama_cpp.llama_log_set(_on_log, ctypes.c_void_p(0))


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the natural log-probabilities of `logits`, (n_vocab,) float32."""
    shifted = logits - logits.max()
    result: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(dtype=np.float64)).astype(np.float32)
    return result
