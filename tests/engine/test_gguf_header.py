"""Headers of good, broken and hostile files; the writer of the `gguf` package is the independent opinion."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from atlas_pipeline.engine.gguf_header import BLOCKS, read_header
from atlas_pipeline.errors import ModelFileError


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A GGUF with a few values of every kind and two tensors."""
    path = tmp_path / "small.gguf"
    write(path)
    return path


def write(path: Path, *, tensors: bool = True, **text: str) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.name", "Small é")
    writer.add_array("tokenizer.ggml.tokens", ["a", "bc", ""])
    writer.add_array("tokenizer.ggml.scores", [0.5, 1.0])
    writer.add_float32("some.float", 0.5)
    writer.add_bool("some.bool", True)
    for key, value in text.items():
        writer.add_string(key.replace("__", "."), value)
    if tensors:
        writer.add_tensor("blk.0.weight", np.ones((4, 32), dtype=np.float32))
        writer.add_tensor("blk.1.weight", np.ones((64,), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_pocket_model_header(pocket: Path) -> None:
    header = read_header(pocket)
    assert header.text("general.architecture") == "qwen3"
    assert header.text("atlas.prompt_profile") == "pocket"
    assert "<|im_start|>" in header.text("tokenizer.chat_template")
    assert header.number("qwen3.context_length") == 1024
    assert header.file_bytes == pocket.stat().st_size


def test_values(small: Path) -> None:
    header = read_header(small)
    assert header.text("general.name") == "Small é"
    assert header.metadata["some.float"] == 0.5
    assert header.metadata["some.bool"] is True
    assert "tokenizer.ggml.tokens" not in header.metadata
    assert header.tensor_count == 2


def test_tensors_and_vocabulary(pocket: Path, small: Path) -> None:
    header = read_header(small)
    assert header.vocabulary_size == 3
    assert [(tensor.name, tensor.shape, tensor.size_bytes, tensor.layer) for tensor in header.tensors] == [
        ("blk.0.weight", (32, 4), 512, 0),
        ("blk.1.weight", (64,), 128, 1),
    ]
    reader = gguf.GGUFReader(pocket)
    header = read_header(pocket)
    assert {tensor.name: tensor.size_bytes for tensor in header.tensors} == {
        tensor.name: tensor.n_bytes for tensor in reader.tensors
    }
    assert header.vocabulary_size == len(reader.fields["tokenizer.ggml.tokens"].contents())
    assert {tensor.layer for tensor in header.tensors} == {None, *range(6)}


def test_short_arrays_of_numbers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "jamba")
    writer.add_head_count_kv([0, 8, 0])
    writer.add_head_count(4)
    writer.add_vocab_size(77)
    writer.add_array("jamba.flags", [True, False])
    writer.add_array("jamba.long", list(range(2000)))
    writer.add_array("jamba.names", ["a", "b"])
    writer.add_tensor("output.weight", np.ones((4, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = read_header(path)
    assert header.numbers("jamba.attention.head_count_kv", 3) == (0, 8, 0)
    assert header.numbers("jamba.attention.head_count_kv", 4, default=1) == (0, 8, 0, 1)
    assert header.numbers("jamba.attention.head_count", 3) == (4, 4, 4)
    assert header.numbers("jamba.missing", 2, default=5) == (5, 5)
    assert header.metadata["jamba.flags"] == (True, False)
    assert not {"jamba.long", "jamba.names"} & set(header.metadata)
    assert header.vocabulary_size == 77


def test_a_type_not_in_the_table_reaches_to_the_next_tensor(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(BLOCKS, gguf.GGMLQuantizationType.F32.value)
    monkeypatch.delitem(BLOCKS, gguf.GGMLQuantizationType.F16.value)
    assert [tensor.size_bytes for tensor in read_header(small).tensors] == [512, 128]


def test_digest_depends_on_header_and_size_only(small: Path, tmp_path: Path) -> None:
    other_weights = bytearray(small.read_bytes())
    other_weights[-1] ^= 1
    longer = tmp_path / "longer.gguf"
    longer.write_bytes(small.read_bytes() + bytes(32))
    same = tmp_path / "same.gguf"
    same.write_bytes(other_weights)
    assert read_header(same).digest == read_header(small).digest
    assert read_header(longer).digest != read_header(small).digest


def test_block_sizes_are_those_of_the_gguf_package() -> None:
    assert {kind.value: size for kind, size in gguf.GGML_QUANT_SIZES.items()} == BLOCKS


def test_every_truncation_is_named(small: Path, tmp_path: Path) -> None:
    whole = small.read_bytes()
    cut = tmp_path / "cut.gguf"
    last_needed = len(whole) - len(whole) % 32
    for length in range(1, last_needed - 32):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=r"truncated|not a GGUF"):
            read_header(cut)


def test_truncated_download_says_what_to_do(pocket: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(pocket.read_bytes()[:-50_000])
    with pytest.raises(ModelFileError, match=r"promises [\d,]+ bytes.*download it again"):
        read_header(cut)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 a zip file", "not a GGUF"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "truncated"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63), "truncated"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 99) + bytes(16), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 8, 2**62) + bytes(16), "truncated"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 1) + bytes(16), "damaged"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 1, 0, 1, b"t", 2**31) + bytes(64), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "no architecture"),
    ],
)
def test_other_contents_are_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=message):
        read_header(path)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no model file at .*engine\.model"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError, match="is a directory"):
        read_header(tmp_path)


def test_vocabulary_only_and_adapters_are_no_models(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write(path, tensors=False)
    with pytest.raises(ModelFileError, match="vocabulary only"):
        read_header(path)
    write(path, general__type="adapter")
    with pytest.raises(ModelFileError, match="adapter"):
        read_header(path)


def test_split_models_need_all_their_parts(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m-00001-of-00002.gguf", "llama")
    writer.add_uint16("split.count", 2)
    writer.add_tensor("weight", np.ones((4,), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ModelFileError, match="m-00002-of-00002"):
        read_header(tmp_path / "m-00001-of-00002.gguf")
    other = gguf.GGUFWriter(tmp_path / "m-00002-of-00002.gguf", "llama")
    other.add_tensor("blk.3.weight", np.ones((8,), dtype=np.float32))
    other.write_header_to_file()
    other.write_kv_data_to_file()
    other.write_tensors_to_file()
    other.close()
    whole = read_header(tmp_path / "m-00001-of-00002.gguf")
    assert [(tensor.name, tensor.size_bytes) for tensor in whole.tensors] == [("weight", 16), ("blk.3.weight", 32)]
    (tmp_path / "m-00001-of-00002.gguf").rename(tmp_path / "m-00002-of-00002.gguf")
    with pytest.raises(ModelFileError, match="first part"):
        read_header(tmp_path / "m-00002-of-00002.gguf")
