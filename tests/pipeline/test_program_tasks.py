"""Whole programs are run and compared as an online judge would, in the real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from atlas_pipeline.program_tasks import (
    counts_against,
    judge_program,
    mutated_inputs,
    observe_program,
    passes,
    program_of,
    rank_programs,
)
from atlas_pipeline.records import Candidate, Expected, ExpectedKind, Origin, ProgramTask, Provenance, Status, TestCase
from atlas_pipeline.sandbox import Limits, Sandbox, open_sandbox
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.settings import SandboxSettings


def case(call, text, kind=ExpectedKind.PRINTED):
    return TestCase(call=call, expected=Expected(kind=kind, text=text, shown=text), provenance=Provenance.GIVEN)


def program_task(*cases, entry="", any_answer=False, tolerance=0.0):
    return ProgramTask(
        name="p",
        language="python",
        statement="",
        starter="",
        entry=entry,
        parameters=(),
        examples=cases,
        unread_examples=(),
        any_answer=any_answer,
        tolerance=tolerance,
    )


def printed(text, kind=OutcomeKind.RETURNED):
    return Outcome(kind=kind, stdout=text)


def candidate(index):
    return Candidate(index=index, body="pass", origin=Origin.SAMPLE)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with await open_sandbox(SandboxSettings()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "same"),
    [
        ("1\n2", "1 \n2\n\n", 0.0, True),
        ("1", "2", 0.0, False),
        ("0.333333333", "0.33333", 0.0, False),
        ("0.333333333", "0.33333", 1e-5, True),
        ("1000000", "1000009", 1e-5, True),
        ("1000000", "1000011", 1e-5, False),
        ("Yes 1.0", "No 1.0", 1e-5, False),
        ("", "", 0.0, True),
    ],
)
def test_output(expected, actual, tolerance, same):
    task = program_task(case("", expected), tolerance=tolerance)
    assert passes(task, printed(actual), task.examples[0]) is same


@pytest.mark.parametrize(
    ("expected", "value", "tolerance", "same"),
    [
        ([1, 2], (1, 2), 0.0, True),
        ([[1], 2.0], ([1], 2), 0.0, True),
        (True, 1, 0.0, True),
        (None, 0, 0.0, False),
        ([1, 2], [2, 1], 0.0, False),
        ("ab", ["a", "b"], 0.0, False),
        (2.5, 2.500001, 1e-5, True),
        (2.5, 2.500001, 0.0, False),
    ],
)
def test_values(expected, value, tolerance, same):
    task = program_task(case("S().f()", canonical(expected), ExpectedKind.VALUE), entry="S().f", tolerance=tolerance)
    outcome = Outcome(kind=OutcomeKind.RETURNED, value=canonical(value))
    assert passes(task, outcome, task.examples[0]) is same


def test_another_answer_is_no_evidence_where_several_are_accepted():
    task = program_task(case("1", "2"), any_answer=True)
    other = judge_program(task, candidate(0), task.examples[0], printed("3"))
    crashed = judge_program(task, candidate(0), task.examples[0], printed("", OutcomeKind.RAISED))
    assert (other.status, counts_against(task, other)) == (Status.FAIL, False)
    assert (crashed.status, counts_against(task, crashed)) == (Status.ERROR, True)
    assert counts_against(program_task(case("1", "2")), other)


def test_ranking_by_hand():
    """c0 fails an example; c1, c2, c3 pass. On input x c1 and c3 agree; y is raised on by half and left out."""
    task = program_task(case("1", "2"))
    raised = printed("", OutcomeKind.RAISED)
    observed = {
        0: {"1": printed("3"), "x": printed("9"), "y": printed("0")},
        1: {"1": printed("2"), "x": printed("5"), "y": raised},
        2: {"1": printed("2"), "x": printed("6"), "y": printed("0")},
        3: {"1": printed("2"), "x": printed("5\n"), "y": raised},
    }
    order = [candidate(index) for index in (0, 2, 3, 1)]
    ranked = rank_programs(task, order, observed, inputs=["x", "y"])
    assert [row.candidate.index for row in ranked] == [3, 1, 2, 0]
    assert [row.agreement for row in ranked] == [0.625, 0.625, 0.5, 0.25]
    assert [(row.against, row.passed) for row in ranked] == [(0, 1), (0, 1), (0, 1), (1, 0)]


def test_a_time_out_loses_a_tie():
    task = program_task(case("1", "2"))
    slow = printed("", OutcomeKind.TIMEOUT)
    observed = {0: {"1": printed("2"), "x": slow}, 1: {"1": printed("2"), "x": printed("7")}}
    ranked = rank_programs(task, [candidate(0), candidate(1)], observed, inputs=["x"])
    assert ranked[0].candidate.index == 1


async def test_main_programs(sandbox: Sandbox) -> None:
    source = "import sys, threading\ndef main():\n    print(int(input()) * 2)\nthreading.Thread(target=main).start()\n"
    task = program_task(case("3\n", "6"), case("x\n", "0"))
    observed = await observe_program(task, source, [c.call for c in task.examples], sandbox, Limits())
    assert passes(task, observed["3\n"], task.examples[0])
    quits = await observe_program(task, "print(6)\nexit()\nprint(7)", ["3\n"], sandbox, Limits())
    assert passes(task, quits["3\n"], task.examples[0])


async def test_classes_have_what_the_site_imports(sandbox: Sandbox) -> None:
    source = (
        "from __future__ import annotations\n"
        "class Solution:\n    def f(self, xs: List[int]) -> int:\n"
        "        return pow(2, 3, 5) + max(Counter(xs).values()) + gcd(4, 6) + bisect_left(xs, 2) + heapq.nlargest(1, xs)[0]\n"
    )
    expected = case("Solution().f([1, 2, 2])", canonical(3 + 2 + 2 + 1 + 2), ExpectedKind.VALUE)
    task = program_task(expected, entry="Solution().f")
    observed = await observe_program(task, source, [expected.call], sandbox, Limits())
    assert passes(task, observed[expected.call], expected)
    assert program_of(task, source).source.startswith("from __future__")


def test_changed_inputs_are_texts_for_programs_and_calls_for_classes():
    texts = mutated_inputs(program_task(case("3\n5 6 7\n", "")), seed=0, most=5)
    calls = mutated_inputs(program_task(case("S().f([5, 6])", "1"), entry="S().f"), seed=0, most=5)
    assert len(texts) == len(calls) == 5
    assert all(int(text.split("\n")[0]) == len(text.split("\n")[1].split()) for text in texts)
    assert all(call.startswith("S().f(") for call in calls)


def test_one_line_inputs_change_too():
    assert mutated_inputs(program_task(case("7 3\n", "")), seed=0, most=3)
    assert mutated_inputs(program_task(), seed=0, most=3) == ()
