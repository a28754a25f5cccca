"""llama.cpp's models through llama-cpp-python's low-level API. Only modules named `llama*` import `llama_cpp`.

Native asserts abort the process and cannot be caught, so everything that could trip one is checked in these modules
first: null pointers, positions, batch sizes, sequence numbers, contexts without memory, encoder models.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from pathlib import Path

import llama_cpp

from atlas_pipeline.errors import ModelFileError

CPU_INFO = Path("/proc/cpuinfo")

LOG_LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
"""ggml's levels as of llama.cpp 0.5; the binding's own table is of an older order."""

log = logging.getLogger(__name__)


class LlamaModel:
    """The weights and their vocabulary.

    `mtp`: also load layers of multi-token prediction, where the file has them.

    Raises:
        ModelFileError: llama.cpp cannot load this file, or it is no model that generates text.
    """

    def __init__(self, path: Path, *, gpu_layers: int, on_progress: Callable[[float], bool], mtp: bool = False) -> None:
        _redirect_log()
        llama_cpp.llama_backend_init()
        # The binding keeps no reference to callbacks; a collected one would be called into freed memory.
        self._on_progress = llama_cpp.llama_progress_callback(lambda fraction, _: on_progress(fraction))
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = gpu_layers
        parameters.progress_callback = self._on_progress
        parameters.use_extra_bufts = not _has_amx()
        parameters.load_mtp = mtp
        self.handle = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.handle:
            raise ModelFileError(f"llama.cpp cannot load {path}; the engine's log says why. Try another GGUF file.")
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.handle)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        if llama_cpp.llama_model_has_encoder(self.handle) or not llama_cpp.llama_model_has_decoder(self.handle):
            raise ModelFileError(f"{path} is not a model that generates text. Choose a decoder-only GGUF model.")
        if self.vocabulary_size < 1:
            raise ModelFileError(f"{path} has no vocabulary. Choose another GGUF file.")
        self.n_embd: int = llama_cpp.llama_model_n_embd_out(self.handle)
        self.trained_context: int = llama_cpp.llama_model_n_ctx_train(self.handle)
        self.has_mtp: bool = llama_cpp.llama_model_n_layer_nextn(self.handle) > 0
        """Whether the file has layers of multi-token prediction."""
        self.loaded_mtp = mtp and self.has_mtp
        self.keeps_state: bool = llama_cpp.llama_model_is_recurrent(self.handle) or llama_cpp.llama_model_is_hybrid(
            self.handle
        )
        """Whether its memory is a recurrent state, wholly or in part."""
        self.forgets_parts: bool = not (self.keeps_state or llama_cpp.llama_model_n_swa(self.handle) > 0)
        """Whether the memory can be cut anywhere. A recurrent state cannot; a sliding window has lost what it passed."""
        self._pieces: dict[int, bytes] = {}
        self._end_tokens: list[int] | None = None

    @property
    def file_type(self) -> str:
        """Quantisation for people: "Q4_K - Medium"."""
        name = llama_cpp.llama_ftype_name(llama_cpp.llama_model_ftype(self.handle))
        return name.decode() if name else ""

    @property
    def architecture(self) -> str:
        """llama.cpp's name of it: "qwen3"."""
        buffer = ctypes.create_string_buffer(64)
        llama_cpp.llama_model_meta_val_str(self.handle, b"general.architecture", buffer, len(buffer))
        return buffer.value.decode(errors="replace")

    @property
    def vocabulary_kind(self) -> tuple[int, ...]:
        """The kind of tokenizer, and the tokens that it puts before and after a text: equal where models can share."""
        vocabulary = self.vocabulary
        before = llama_cpp.llama_vocab_get_add_bos(vocabulary)
        after = llama_cpp.llama_vocab_get_add_eos(vocabulary)
        return (
            llama_cpp.llama_vocab_type(vocabulary),
            llama_cpp.llama_vocab_bos(vocabulary) if before else -1,
            llama_cpp.llama_vocab_eos(vocabulary) if after else -1,
        )

    @property
    def bos(self) -> str:
        """The text of the token that begins a sequence; empty if there is none."""
        return self._special(llama_cpp.llama_vocab_bos(self.vocabulary))

    @property
    def eos(self) -> str:
        """The text of the token that ends a sequence; empty if there is none."""
        return self._special(llama_cpp.llama_vocab_eos(self.vocabulary))

    def tokenize(self, text: str, *, special: bool = True, begin: bool = True) -> list[int]:
        """Return the tokens of `text`; with `begin`, after the leading token that the model wants.

        With `special`, the texts of control tokens become those tokens.
        """
        data = text.encode("utf-8", errors="replace")
        capacity = len(data) + 8
        buffer = (llama_cpp.llama_token * capacity)()
        count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), buffer, capacity, False, special)
        if count < 0:
            buffer = (llama_cpp.llama_token * -count)()
            count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), buffer, -count, False, special)
        tokens = list(buffer[:count])
        if begin and llama_cpp.llama_vocab_get_add_bos(self.vocabulary):
            leading = llama_cpp.llama_vocab_bos(self.vocabulary)
            # Chat templates often write it themselves.
            if tokens[:1] != [leading]:
                tokens.insert(0, leading)
        return tokens

    def is_token(self, token: int) -> bool:
        """Return whether `token` is in the vocabulary."""
        return 0 <= token < self.vocabulary_size

    def is_end(self, token: int) -> bool:
        """Return whether `token` ends a generation."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    def is_control(self, token: int) -> bool:
        """Return whether `token` is a control token."""
        return bool(llama_cpp.llama_vocab_is_control(self.vocabulary, token))

    def end_tokens(self) -> list[int]:
        """Return the tokens that end a generation."""
        if self._end_tokens is None:
            self._end_tokens = [token for token in range(self.vocabulary_size) if self.is_end(token)]
        return self._end_tokens

    def piece(self, token: int) -> bytes:
        """Return a token's bytes; control tokens have none."""
        if token not in self._pieces:
            self._pieces[token] = self._render(token, special=False)
        return self._pieces[token]

    def text(self, token: int) -> bytes:
        """Return a token's bytes, those of a control token too."""
        return self._render(token, special=True)

    def raw_text(self, token: int) -> bytes:
        """Return what the vocabulary says of a token, in the tokenizer's own writing."""
        return llama_cpp.llama_vocab_get_text(self.vocabulary, token) or b""

    def close(self) -> None:
        """Free the weights."""
        llama_cpp.llama_model_free(self.handle)

    def _special(self, token: int) -> str:
        return self._render(token, special=True).decode(errors="replace") if self.is_token(token) else ""

    def _render(self, token: int, *, special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, size, 0, special)
            if count >= 0:
                return buffer.raw[:count]
            size = -count


def _has_amx() -> bool:
    """Return whether llama.cpp would use its AMX kernels, which are broken in this version.

    GCC compiles their tile configuration wrongly (ggml-org/llama.cpp#26954): quantised models crash at the first batch of
    two tokens. Recurrent and hybrid ones read outside of their tensors at the first batch of two sequences
    (`ggml_batch_offset` in ggml-cpu/amx/mmq.cpp). Without repacked weights neither happens.
    """
    try:
        return "amx_int8" in CPU_INFO.read_text().split()
    except OSError:
        return False


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator, unused-ignore]
def _on_log(level: int, text: bytes, _user_data: object) -> None:
    severity = LOG_LEVELS.get(level, logging.DEBUG)
    # Debug output is a thousand lines for each context.
    if log.isEnabledFor(severity) and (line := text.decode(errors="replace").strip()):
        log.log(severity, "%s", line)


def _redirect_log() -> None:
    """Send llama.cpp's messages to this module's logger instead of standard error."""
    llama_cpp.llama_log_set(_on_log, ctypes.c_void_p(0))
