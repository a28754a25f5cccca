"""A tiny model with random weights and the pocket model's vocabulary."""

from __future__ import annotations

from pathlib import Path

import pytest

from atlas_bench.random_model import TINY, write_model
from atlas_pipeline.engine.model_file import model_path


@pytest.fixture(scope="session")
def vocabulary() -> Path:
    return model_path("")


@pytest.fixture(scope="session")
def tiny_model(vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "tiny.gguf"
    write_model(path, vocabulary, TINY)
    return path
