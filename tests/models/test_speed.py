"""Size and speed of the bundled model, by the real engine."""

import argparse

from atlas_pipeline.engine.model_file import model_path
from atlas_pocket.speed import _ROUNDS, _TOKENS, measure


async def test_what_is_counted_is_what_was_written():
    found = await measure(argparse.Namespace(model="", threads=1))
    assert found["bytes"] == model_path("").stat().st_size
    assert set(found["tokens"]) == set(found["tokens_per_second"]) == {1, 8}
    for width, tokens in found["tokens"].items():
        assert width * _ROUNDS <= tokens <= width * _ROUNDS * _TOKENS
    assert found["tokens"][8] > found["tokens"][1]
    assert min(found["tokens_per_second"].values()) > 0 < found["engine_start_and_load_s"]
