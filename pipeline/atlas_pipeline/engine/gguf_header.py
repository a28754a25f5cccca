"""A GGUF file's header, read and checked in pure Python before any native code maps the file.

llama.cpp memory-maps the weights: a file that is shorter than its header promises kills the process with SIGBUS.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Weights are never read.
"""

from __future__ import annotations

import hashlib
import mmap
import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import NamedTuple

from atlas_pipeline.errors import ModelFileError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
DEFAULT_ALIGNMENT = 32
MAX_DIMENSIONS = 4
HASH_DIGITS = 16
MAX_ARRAY = 1024
"""Longest array of numbers that is kept: one number per layer, not one per token."""
VOCABULARY_KEY = "tokenizer.ggml.tokens"

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""ggml type -> (elements per block, bytes per block). Types newer than this table are left to llama.cpp to judge."""

Value = str | int | float | bool | tuple[int | float | bool, ...]

LAYER = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorInfo:
    """One tensor of a GGUF file; the weights themselves are not read."""

    name: str
    shape: tuple[int, ...]
    """As the file has it: the innermost dimension first."""
    size_bytes: int

    @property
    def layer(self) -> int | None:
        """The index of the layer the tensor belongs to; None for embeddings, the output and its norm."""
        match = LAYER.match(self.name)
        return int(match[1]) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHeader:
    """What a GGUF file says about itself."""

    path: Path
    version: int
    tensor_count: int
    metadata: Mapping[str, Value]
    """Key-value pairs. Of arrays only short ones of numbers are kept: the vocabulary is left out."""
    vocabulary_size: int
    """Tokens in the vocabulary."""
    tensors: tuple[TensorInfo, ...]
    """Of all parts if the model is split."""
    file_bytes: int
    digest: str
    """SHA-256 over the header and the file's size, 16 hexadecimal digits."""

    def text(self, key: str) -> str:
        """Return a string value, empty if the key is missing or something else."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return an integer value, 0 if the key is missing or something else."""
        value = self.metadata.get(key, 0)
        return value if isinstance(value, int) else 0

    def numbers(self, key: str, count: int, default: int = 0) -> tuple[int, ...]:
        """Return `count` integers: an array's first, a single integer repeated, or `default` where the key is missing."""
        value = self.metadata.get(key)
        if isinstance(value, tuple):
            found = tuple(int(item) for item in value[:count])
            return found + (default,) * (count - len(found))
        return (value if isinstance(value, int) else default,) * count


def read_header(path: Path) -> GgufHeader:
    """Read and check the header of `path`, and of the other parts if it is the first part of a split model.

    Raises:
        ModelFileError: there is no such file, it cannot be read, is not a GGUF, or is shorter than it says it is.
    """
    header = _read_one(path)
    if not header.text("general.architecture"):
        raise ModelFileError(f"{path} names no architecture; it is not a language model. Choose another GGUF file.")
    if header.tensor_count == 0:
        raise ModelFileError(f"{path} holds a vocabulary only, no weights. Choose the model's full GGUF file.")
    kind = header.text("general.type")
    if kind in ("adapter", "mmproj", "imatrix"):
        raise ModelFileError(f"{path} is a GGUF of type {kind!r}, not a model. Choose the model's own GGUF file.")
    parts = [_read_one(part) for part in _other_parts(path, header.number("split.count"))]
    return replace(header, tensors=sum((part.tensors for part in parts), header.tensors)) if parts else header


def _read_one(path: Path) -> GgufHeader:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size == 0:
                raise ModelFileError(f"{path} is empty. Download the model again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Reader(path, view).header()
    except FileNotFoundError:
        raise ModelFileError(f"There is no model file at {path}. Check the setting `engine.model`.") from None
    except IsADirectoryError:
        raise ModelFileError(f"{path} is a directory. Set `engine.model` to a .gguf file inside it.") from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read: {error}. Check the file and its permissions.") from error


def _other_parts(path: Path, count: int) -> list[Path]:
    match = re.fullmatch(r"(.+)-(\d{5})-of-(\d{5})\.gguf", path.name)
    if count < 2:
        return []
    if match is None or int(match[2]) != 1:
        raise ModelFileError(
            f"{path} is one part of a model split into {count} files. "
            "Set `engine.model` to the first part, the one named ...-00001-of-....gguf."
        )
    return [path.with_name(f"{match[1]}-{part:05d}-of-{count:05d}.gguf") for part in range(2, count + 1)]


class _Entry(NamedTuple):
    """A tensor as the header lists it."""

    name: str
    shape: tuple[int, ...]
    offset: int
    size: int
    """0 if the type is not in the table."""


def _tensor_infos(entries: list[_Entry], end: int) -> Iterator[TensorInfo]:
    """Give the tensors; one of an unknown type reaches to the next one's offset, or to the data's end."""
    offsets = sorted(entry.offset for entry in entries)
    for entry in entries:
        following = bisect_right(offsets, entry.offset)
        size = entry.size or (offsets[following] if following < len(offsets) else end) - entry.offset
        yield TensorInfo(name=entry.name, shape=entry.shape, size_bytes=max(size, 0))


class _Reader:
    """A position in the file; every read is checked against the file's end."""

    def __init__(self, path: Path, view: mmap.mmap) -> None:
        self._path = path
        self._view = view
        self._at = 0
        self._vocabulary_size = 0

    def header(self) -> GgufHeader:
        version, tensor_count, pair_count = self._preamble()
        metadata = dict(pair for pair in (self._pair() for _ in range(pair_count)) if pair[1] != ())
        entries = [self._tensor() for _ in range(tensor_count)]
        data = self._check_tensors(entries, metadata)
        stated = metadata.get(f"{metadata.get('general.architecture', '')}.vocab_size", 0)
        digest = hashlib.sha256(self._view[: self._at])
        digest.update(str(len(self._view)).encode())
        return GgufHeader(
            path=self._path,
            version=version,
            tensor_count=tensor_count,
            metadata=metadata,
            vocabulary_size=self._vocabulary_size or (stated if isinstance(stated, int) else 0),
            tensors=tuple(_tensor_infos(entries, len(self._view) - data)),
            file_bytes=len(self._view),
            digest=digest.hexdigest()[:HASH_DIGITS],
        )

    def _preamble(self) -> tuple[int, int, int]:
        start = self._view[: len(MAGIC)]
        if start != MAGIC:
            hint = " It looks like a Git LFS pointer: run `git lfs pull`." if start == b"vers" else ""
            raise ModelFileError(
                f"{self._path} is not a GGUF file: it starts with {start!r}, not {MAGIC!r}.{hint} "
                "atlas-ls runs GGUF models; convert it with llama.cpp or download a GGUF."
            )
        self._at = len(MAGIC)
        version: int = self._number("I")
        if version not in VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS
            what = "is a big-endian GGUF" if swapped else f"is GGUF version {version}"
            raise ModelFileError(
                f"{self._path} {what}; versions 2 and 3, little-endian, can be read. Convert it again."
            )
        tensor_count, pair_count = self._number("Q"), self._number("Q")
        # A tensor entry takes at least 24 bytes and a pair at least 13: larger counts cannot be true.
        if tensor_count * 24 + pair_count * 13 > len(self._view):
            raise self._truncated("its header promises more entries than the file has room for")
        return version, tensor_count, pair_count

    def _pair(self) -> tuple[str, Value]:
        key = self._string()
        return key, self._value(key, self._number("I"))

    def _value(self, key: str, kind: int) -> Value:
        if kind in SCALARS:
            scalar: int | float | bool = self._number(SCALARS[kind])
            return scalar
        if kind == STRING:
            return self._string()
        if kind == ARRAY:
            return self._array(key)
        raise ModelFileError(f"{self._path} is damaged: unknown value type {kind} in its header. Download it again.")

    def _array(self, key: str) -> tuple[int | float | bool, ...]:
        """Return a short array of numbers; step over any other and return nothing."""
        kind, length = self._number("I"), self._number("Q")
        if key == VOCABULARY_KEY:
            self._vocabulary_size = length
        if kind in SCALARS:
            start = self._skip(length * struct.calcsize("<" + SCALARS[kind]))
            if length <= MAX_ARRAY and not key.startswith("tokenizer."):
                return struct.unpack_from(f"<{length}{SCALARS[kind]}", self._view, start)
        elif kind == STRING:
            # The hot loop: vocabularies have some 150,000 strings, twice.
            view, at, end, unpack = self._view, self._at, len(self._view), struct.Struct("<Q").unpack_from
            for _ in range(length):
                if at + 8 > end:
                    raise self._truncated("it ends inside the header")
                at += 8 + unpack(view, at)[0]
            self._at = at
            self._skip(0)
        else:
            raise ModelFileError(f"{self._path} is damaged: an array of type {kind} in its header. Download it again.")
        return ()

    def _tensor(self) -> _Entry:
        name = self._string()
        dimensions = self._number("I")
        if not 1 <= dimensions <= MAX_DIMENSIONS:
            raise ModelFileError(
                f"{self._path} is damaged: tensor {name} has {dimensions} dimensions. Download it again."
            )
        shape = tuple(self._number("Q") for _ in range(dimensions))
        kind = self._number("I")
        per_block, block_bytes = BLOCKS.get(kind, (1, 0))
        return _Entry(name, shape, self._number("Q"), prod(shape) * block_bytes // per_block)

    def _check_tensors(self, tensors: list[_Entry], metadata: Mapping[str, Value]) -> int:
        """Check that the file holds all tensors; return where their data begins."""
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise ModelFileError(f"{self._path} is damaged: alignment {alignment!r}. Download it again.")
        data = -(-self._at // alignment) * alignment
        needed = max((data + entry.offset + entry.size for entry in tensors), default=data)
        if needed > len(self._view) and tensors:
            raise self._truncated(f"its header promises {needed:,} bytes")
        return data

    def _truncated(self, why: str) -> ModelFileError:
        return ModelFileError(
            f"{self._path} is truncated: the file has {len(self._view):,} bytes but {why}. "
            "The download probably stopped early; download it again."
        )

    def _skip(self, size: int) -> int:
        start = self._at
        if start + size > len(self._view):
            raise self._truncated("it ends inside the header")
        self._at = start + size
        return start

    # struct's result type depends on the format string, which no annotation can express.
    def _number(self, code: str):  # type: ignore[no-untyped-def]
        return struct.unpack_from("<" + code, self._view, self._skip(struct.calcsize("<" + code)))[0]

    def _string(self) -> str:
        length = self._number("Q")
        start = self._skip(length)
        return self._view[start : start + length].decode("utf-8", errors="replace")
