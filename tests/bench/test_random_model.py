"""The generator of random models: what it writes is what llama.cpp's Qwen3 needs, and its weights are Q8_0."""

from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest

from atlas_bench.random_model import (
    TINY,
    VOCABULARY_MEMBER,
    WEIGHT_STD,
    RandomModelError,
    Shape,
    cached_model,
    ordinary_tokens,
    qwen_vocabulary,
    write_model,
)
from atlas_pipeline.engine.gguf_header import read_header


def test_the_header_describes_the_shape(tiny_model: Path, vocabulary: Path) -> None:
    header = read_header(tiny_model)
    assert header.text("general.architecture") == "qwen3"
    assert header.number("qwen3.block_count") == TINY.layers
    assert header.number("qwen3.attention.head_count_kv") == TINY.kv_heads
    assert header.text("tokenizer.ggml.pre") == read_header(vocabulary).text("tokenizer.ggml.pre")
    assert header.text("tokenizer.chat_template") == ""
    assert header.tensor_count == 2 + 11 * TINY.layers


def test_the_weights_are_finite_and_small(tiny_model: Path) -> None:
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(tiny_model).tensors}
    down = tensors["blk.1.ffn_down.weight"]
    assert down.tensor_type == gguf.GGMLQuantizationType.Q8_0
    weights = gguf.dequantize(down.data, down.tensor_type)
    assert weights.shape == (TINY.width, TINY.feed_forward)
    assert np.isfinite(weights).all()
    assert weights.std() == pytest.approx(WEIGHT_STD, rel=0.05)
    assert abs(weights.mean()) < WEIGHT_STD / 20
    assert (tensors["output_norm.weight"].data == 1.0).all()


def test_the_default_is_about_half_a_billion_parameters() -> None:
    assert Shape().parameters(151_936) == 533_126_144


def test_a_seed_decides_every_byte(tmp_path: Path, vocabulary: Path) -> None:
    paths = [tmp_path / f"{number}.gguf" for number in range(3)]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write_model(path, vocabulary, TINY, seed=seed)
    first, again, other = (path.read_bytes() for path in paths)
    assert first == again
    assert len(first) == len(other)
    assert first != other


def test_a_model_is_made_once(tmp_path: Path, vocabulary: Path) -> None:
    path = cached_model(tmp_path, vocabulary, TINY)
    written = path.stat().st_mtime_ns
    assert cached_model(tmp_path, vocabulary, TINY) == path
    assert path.stat().st_mtime_ns == written
    assert cached_model(tmp_path, vocabulary, replace(TINY, layers=1)) != path


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, vocabulary: Path) -> None:
    with pytest.raises(RandomModelError, match="rows of 40 weights; Q8_0 needs a multiple of 32"):
        write_model(tmp_path / "model.gguf", vocabulary, replace(TINY, feed_forward=40))
    assert list(tmp_path.iterdir()) == []


def test_ordinary_tokens_are_no_control_tokens(tiny_model: Path) -> None:
    kinds = gguf.GGUFReader(tiny_model).fields["tokenizer.ggml.token_type"].contents()
    tokens = ordinary_tokens(tiny_model)
    assert 0 < len(tokens) < len(kinds)
    assert all(kinds[token] == gguf.TokenType.NORMAL for token in tokens)


def test_the_vocabulary_comes_out_of_the_source_archive(tmp_path: Path, vocabulary: Path) -> None:
    archive = tmp_path / "llama_cpp_python-1.tar.gz"
    with tarfile.open(archive, "w:gz") as members:
        members.add(vocabulary, arcname=f"llama_cpp_python-1/{VOCABULARY_MEMBER}")
    path, source = qwen_vocabulary(tmp_path / "kept", archive)
    assert path.read_bytes() == vocabulary.read_bytes()
    assert "Qwen's own vocabulary" in source
    # Kept for the next run, which names none.
    assert qwen_vocabulary(tmp_path / "kept", None) == (path, source)


def test_another_vocabulary_is_named(vocabulary: Path, tmp_path: Path) -> None:
    path, source = qwen_vocabulary(tmp_path, vocabulary)
    assert path == vocabulary
    assert str(vocabulary) in source


def test_an_archive_without_the_vocabulary_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "other.tar.gz"
    with tarfile.open(archive, "w:gz"):
        pass
    with pytest.raises(RandomModelError, match="does not hold vendor/llama.cpp/models/ggml-vocab-qwen2.gguf"):
        qwen_vocabulary(tmp_path / "kept", archive)
    assert not list((tmp_path / "kept").iterdir())
