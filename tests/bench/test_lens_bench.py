"""What the Lens costs: counted with the real engine, never asserted in milliseconds."""

import argparse
import asyncio

from atlas_bench import lens


def options(*arguments):
    parser = argparse.ArgumentParser()
    lens.add_arguments(parser)
    return parser.parse_args(arguments)


def test_every_candidate_is_embedded_and_scored():
    found = asyncio.run(lens.measure(options("--n", "2", "--samples", "3")))
    assert 1 <= found["tasks"] <= 2  # one that got no body is left out
    assert found["tasks"] <= found["candidates"] <= 6
    assert found["in use"]["embedding_ms"] is None  # the shipped Lens reads the log-probability alone
    field = found["C(x) with neighbours"]
    assert min(field["embedding_ms"], field["scoring_ms"], found["in use"]["scoring_ms"]) > 0


def test_medians_are_over_tasks():
    assert lens._row([(10.0, 1.0), (30.0, 3.0), (20.0, 9.0)]) == {
        "embedding_ms": 20.0,
        "scoring_ms": 3.0,
        "scoring_of_embedding": 0.15,
    }


def test_wrong_input_is_named(capsys):
    assert lens.run(options("--suite", "no-such-suite")) == 2
    assert "there is no suite 'no-such-suite'" in capsys.readouterr().err
