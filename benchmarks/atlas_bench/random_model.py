"""Writes a Qwen3-shaped GGUF with random weights in Q8_0, for measurements that need a model's size and not its sense.

Its vocabulary is copied from another GGUF: by default Qwen's real one, which ships with the source of llama-cpp-python.
Keys and tensors are those that llama.cpp's `src/models/qwen3.cpp` reads; Q8_0 is a half-precision scale and 32 signed
bytes (`ggml/src/ggml-common.h`, block_q8_0), so random bytes are written as they are and nothing has to be quantised.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

BINDING = "llama-cpp-python"
VOCABULARY_MEMBER = "vendor/llama.cpp/models/ggml-vocab-qwen2.gguf"
"""Qwen2's vocabulary, which Qwen3 kept: 151,936 tokens with the padding."""

BLOCK, SCALE_BYTES = 32, 2
CHUNK_BLOCKS = 1 << 19
"""Blocks that are made at a time: 17 MiB."""

FILE_TYPE_Q8_0 = 7
TOKEN_NORMAL = 1
WEIGHT_STD = 0.02
"""Standard deviation of the weights, as of a network before its training: all logits stay finite and near zero."""

UNIFORM_INT8_STD = 73.6
"""Standard deviation of the whole numbers from -127 to 127."""


class RandomModelError(Exception):
    """No model can be made; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of a Qwen3 network with tied embeddings. The defaults are Qwen3-0.6B's with 24 of its 28 layers."""

    layers: int = 24
    width: int = 1024
    feed_forward: int = 3072
    heads: int = 16
    kv_heads: int = 8
    head_width: int = 128
    context: int = 32768

    def tensors(self, vocabulary: int) -> Iterator[tuple[str, int, int]]:
        """Give name, rows and columns of each matrix; rows 0: a vector of ones."""
        yield "token_embd.weight", vocabulary, self.width
        yield "output_norm.weight", 0, self.width
        queries, keys = self.heads * self.head_width, self.kv_heads * self.head_width
        for layer in range(self.layers):
            block = f"blk.{layer}"
            yield f"{block}.attn_norm.weight", 0, self.width
            yield f"{block}.attn_q.weight", queries, self.width
            yield f"{block}.attn_k.weight", keys, self.width
            yield f"{block}.attn_v.weight", keys, self.width
            yield f"{block}.attn_q_norm.weight", 0, self.head_width
            yield f"{block}.attn_k_norm.weight", 0, self.head_width
            yield f"{block}.attn_output.weight", self.width, queries
            yield f"{block}.ffn_norm.weight", 0, self.width
            yield f"{block}.ffn_gate.weight", self.feed_forward, self.width
            yield f"{block}.ffn_up.weight", self.feed_forward, self.width
            yield f"{block}.ffn_down.weight", self.width, self.feed_forward

    def parameters(self, vocabulary: int) -> int:
        """Return how many weights the network has."""
        return sum(max(rows, 1) * columns for _, rows, columns in self.tensors(vocabulary))


TINY = Shape(layers=2, width=64, feed_forward=128, heads=2, kv_heads=1, head_width=32, context=4096)
"""For tests: with the pocket model's vocabulary some 120 kB."""


def cached_model(folder: Path, vocabulary: Path, shape: Shape | None = None, *, seed: int = 0) -> Path:
    """Return the model of this vocabulary, shape and seed in `folder`; writes it if it is not there.

    Raises:
        RandomModelError: `gguf` is not installed, or `vocabulary` has none.
    """
    shape = shape or Shape()
    digest = hashlib.sha256(vocabulary.read_bytes())
    digest.update(repr((astuple(shape), seed)).encode())
    path = folder / f"random-qwen3-q8_0-{digest.hexdigest()[:12]}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_model(path, vocabulary, shape, seed=seed)
    return path


def write_model(path: Path, vocabulary: Path, shape: Shape, *, seed: int = 0) -> None:
    """Write the model; `path` appears only once it is complete. Raises as `cached_model`."""
    gguf = _gguf()
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    writer = gguf.GGUFWriter(unfinished, "qwen3")
    try:
        size = _copy_vocabulary(gguf, vocabulary, writer)
        _add_shape(writer, shape)
        tensors = list(shape.tensors(size))
        for name, rows, columns in tensors:
            if rows == 0:
                writer.add_tensor_info(name, [columns], np.dtype(np.float32), 4 * columns)
                continue
            if columns % BLOCK:
                raise RandomModelError(f"{name} has rows of {columns} weights; Q8_0 needs a multiple of {BLOCK}.")
            row_bytes = columns // BLOCK * (BLOCK + SCALE_BYTES)
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor_info(name, [rows, row_bytes], np.dtype(np.uint8), rows * row_bytes, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        random = np.random.default_rng(seed)
        for _, rows, columns in tensors:
            writer.write_tensor_data(_matrix(random, rows, columns) if rows else np.ones(columns, dtype=np.float32))
        writer.close()
        unfinished.replace(path)
    finally:
        writer.close()
        unfinished.unlink(missing_ok=True)


def ordinary_tokens(model: Path) -> list[int]:
    """Return the tokens of `model` that are text: no control, padding or byte tokens.

    Raises:
        RandomModelError: `gguf` is not installed, or the file has no vocabulary.
    """
    field = _field(_gguf().GGUFReader(model), "tokenizer.ggml.token_type", model)
    return [token for token, kind in enumerate(field.contents()) if kind == TOKEN_NORMAL]


def qwen_vocabulary(folder: Path, given: Path | None) -> tuple[Path, str]:
    """Return a GGUF with a vocabulary, and where it comes from.

    `given` is a GGUF or the source archive of llama-cpp-python; without it the vocabulary is taken from `folder`, where
    an earlier run left it, or out of the source archive that pip downloads.

    Raises:
        RandomModelError: it cannot be had.
    """
    kept = folder / Path(VOCABULARY_MEMBER).name
    if given is not None and given.suffix == ".gguf":
        return given, f"vocabulary of {given}"
    if given is not None:
        _unpack(given, kept)
    elif not kept.exists():
        _download(kept)
    return kept, f"Qwen's own vocabulary ({kept.name} of {BINDING}'s source)"


def _gguf() -> ModuleType:
    try:
        import gguf
    except ModuleNotFoundError as error:
        raise RandomModelError(
            "Random models are written with the package `gguf`, which is not installed. "
            "Install the development packages: pip install -e '.[dev]'."
        ) from error
    module: ModuleType = gguf
    return module


def _field(reader: Any, name: str, path: Path) -> Any:
    try:
        return reader.fields[name]
    except KeyError:
        raise RandomModelError(f"{path} has no `{name}`, so it holds no vocabulary. Name another GGUF file.") from None


def _copy_vocabulary(gguf: ModuleType, path: Path, writer: Any) -> int:
    reader = gguf.GGUFReader(path)
    size = len(_field(reader, "tokenizer.ggml.tokens", path).data)
    for name, field in reader.fields.items():
        # Random weights do not follow any template, and some templates would make a model look as if it could think.
        if name.startswith("tokenizer.") and name != "tokenizer.chat_template":
            kind = field.types[0]
            of = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), kind, sub_type=of)
    return size


def _add_shape(writer: Any, shape: Shape) -> None:
    writer.add_name("Random Qwen3")
    writer.add_file_type(FILE_TYPE_Q8_0)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_width)
    writer.add_value_length(shape.head_width)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)


def _matrix(random: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """Return random Q8_0 weights, (rows, columns / 32 * 34) uint8."""
    count = rows * columns // BLOCK
    blocks = np.empty((count, BLOCK + SCALE_BYTES), dtype=np.uint8)
    blocks[:, :SCALE_BYTES] = np.array([WEIGHT_STD / UNIFORM_INT8_STD], dtype="<f2").view(np.uint8)
    for start in range(0, count, CHUNK_BLOCKS):
        some = blocks[start : start + CHUNK_BLOCKS, SCALE_BYTES:]
        some[:] = random.integers(-127, 128, size=some.shape, dtype=np.int8).view(np.uint8)
    return blocks.reshape(rows, -1)


def _download(kept: Path) -> None:
    requirement = f"{BINDING}=={metadata.version(BINDING)}"
    print(f"fetching the source of {requirement} for Qwen's vocabulary, once", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        done = subprocess.run([*command, "--dest", folder, requirement], capture_output=True, text=True, check=False)
        archives = list(Path(folder).glob("*.tar.gz"))
        if done.returncode or not archives:
            raise RandomModelError(
                f"pip could not download the source of {requirement}: {done.stderr.strip()[-500:]}\n"
                "Give a vocabulary with --vocabulary FILE: any GGUF, or that source archive."
            )
        _unpack(archives[0], kept)


def _unpack(archive: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}.part")
    try:
        with tarfile.open(archive) as members, unfinished.open("wb") as target:
            name = next(name for name in members.getnames() if name.endswith(VOCABULARY_MEMBER))
            source = members.extractfile(name)
            assert source is not None
            shutil.copyfileobj(source, target)
        unfinished.replace(kept)
    except (OSError, tarfile.TarError, StopIteration) as error:
        raise RandomModelError(
            f"{archive} does not hold {VOCABULARY_MEMBER}: {error!r}. "
            f"Give the source archive of {BINDING} (its .tar.gz), or a GGUF file."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def model_folder() -> Path:
    """Return where models and vocabularies are kept between runs."""
    return platformdirs.user_cache_path("atlas-ls", appauthor=False) / "bench"
