"""`--set` of the command line: what is given is taken or refused, with a sentence."""

import pytest

from atlas_pipeline.errors import UsageError
from atlas_pipeline.selection import round_sizes
from atlas_server.cli import parser
from atlas_server.solve_command import read_settings, settings_of


def test_what_is_given_is_taken():
    settings = read_settings(["solve.seed=3", "solve.thinking.fast.code.mode=capped", 'sandbox.readable=["src"]'])
    assert settings.solve.seed == 3
    assert settings.solve.thinking.fast.code.mode == "capped"
    assert settings.sandbox.readable == ("src",)


def test_as_many_candidates_as_the_command_says_whatever_is_given():
    solve = settings_of(parser().parse_args(["solve", "work.py::f", "-k", "12"])).solve
    assert round_sizes(solve, checked=False)[-1] == round_sizes(solve, checked=True)[-1] == 12


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["solve=1"], "write SECTION.NAME=JSON"),
        ([".x=1"], "unknown setting"),
        (["solve.seed=x"], "Expected `int`"),
        (["solve.samples=0"], "solve.samples: .*>= 1"),
        (["solve.temperature=0"], "solve.temperature: .*> 0"),
        (["sandbox.cpu_s=-1"], "sandbox.cpu_s: .*> 0"),
        (["sandbox.cpu_s=1e300"], "sandbox.cpu_s: .*<= 3600"),  # the kernel takes no such limit: all would crash
        (["sandbox.memory_mb=1000000000000"], "sandbox.memory_mb: .*<= 1048576"),
        (["solve.mutants=0", "solve.mutants.x=1"], "solve.mutants a value, which has no fields"),
        (["solve.seed=\udcff"], "solve.seed: .*surrogates not allowed"),  # what a shell passes on that is not UTF-8
        (["solve.seed=" + "[" * 100_000], "Expected `int`"),
    ],
)
def test_what_is_wrong_is_said(given, said):
    with pytest.raises(UsageError, match=said):
        read_settings(given)
