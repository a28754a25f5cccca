"""Hopeless tasks: when they are given up, that it is said, and that the best is shown all the same."""

import pytest
from scripted import ScriptedEngine

from atlas_pipeline.abandoning import Standing, standing_of, why_hopeless
from atlas_pipeline.events import CandidateMade, Finished, RepairTried, StoppedEarly
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Level, Origin, RankedCandidate
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import solve

SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    >>> double(5)\n    10\n    """\n'


def standing(**changes):
    return Standing(**{"samples": 5, "sound": 5, "examples": 2, "passed": 0, "cluster": 1, **changes})


def test_the_rule():
    assert why_hopeless(standing(), after=5) == (
        "none of 5 samples passes any of the 2 given examples: more are not drawn (solve.abandon_after)"
    )
    assert "passes the given example:" in why_hopeless(standing(examples=1), after=3)
    assert why_hopeless(standing(), after=6) is None
    assert why_hopeless(standing(), after=0) is None
    assert why_hopeless(standing(passed=1), after=5) is None
    assert why_hopeless(standing(examples=0), after=5) is None  # nothing says that they are wrong


def test_the_likeliest_sample_counts_and_only_where_all_are_judged():
    document = Document(SOURCE)
    task = make_task(document, document.named("double"))
    ranked = [
        RankedCandidate(
            candidate=Candidate(index=index, body=f"return x + {index}", origin=origin),
            examples_passed=0, examples=2, tests_passed=None, agreement=0.0, cluster=1, score=0.0, candidates=2,
        )
        for index, origin in enumerate((Origin.SAMPLE, Origin.SAMPLE, Origin.REPAIR))
    ]  # fmt: skip

    def likeliest(prior):
        return standing_of(task, ranked, answers=2, prior=prior).likeliest

    assert likeliest({0: 0.1, 1: 0.02}) == 0.1
    assert likeliest({0: 0.1, 1: 0.02, 2: 0.9}) == 0.1  # the repair is no sample
    assert likeliest({0: 0.01}) is None
    assert likeliest({}) is None


async def events_of(sandbox, bodies, **changes):
    quick = {"test_samples": 0, "mutants": 0, "resamples": 0, "samples": 8, "abandon_after": 5}
    answers = iter(bodies)
    document = Document(SOURCE)
    engine = ScriptedEngine(lambda prompt, sampling: next(answers))
    settings = Settings(solve=SolveSettings(**{**quick, **changes}))
    task = make_task(document, document.named("double"))
    return [event async for event in solve(task, engine=engine, sandbox=sandbox, settings=settings)]


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


WRONG = [f"    return x + {number}" for number in range(20, 40)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("after", "made"), [(0, 8), (3, 3), (4, 5), (5, 5), (6, 8), (8, 8)])
async def test_sampling_ends_after_the_round_in_which_there_are_enough(sandbox, after, made):
    events = await events_of(sandbox, WRONG, abandon_after=after)
    assert len(of(events, CandidateMade)) == made
    # Where all samples were drawn, nothing was given up.
    assert [event.by for event in of(events, StoppedEarly)] == (["evidence"] if made < 8 else [])
    selection = of(events, Finished)[0].selection
    assert (selection.level, selection.best.candidate.body[:8]) == (Level.UNVERIFIED, "return x")


@pytest.mark.asyncio(loop_scope="module")
async def test_answers_without_a_body_count(sandbox):
    events = await events_of(sandbox, ["(", "(", "(", *WRONG])
    assert len(of(events, CandidateMade)) == 2
    assert "none of 5 samples" in of(events, StoppedEarly)[0].reason


@pytest.mark.asyncio(loop_scope="module")
async def test_one_that_passes_an_example_gives_hope(sandbox):
    events = await events_of(sandbox, [*WRONG[:4], "    return x + 2", *WRONG])
    assert len(of(events, CandidateMade)) == 8
    assert not of(events, StoppedEarly)


@pytest.mark.asyncio(loop_scope="module")
async def test_repairs_that_are_asked_for_are_still_tried(sandbox):
    events = await events_of(sandbox, WRONG, repair_rounds=1)
    assert of(events, RepairTried)
    assert [event.by for event in of(events, StoppedEarly)] == ["evidence"]
