"""The examination of a model: a scripted one, of which every figure can be worked out by hand, in the real sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scripted import ScriptedEngine

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings
from atlas_pocket.corpus import world
from atlas_pocket.evaluate import Examiner, Result, counted, pass_at, table
from atlas_pocket.exams import Exam, drawn

SOURCE = 'def double(x):\n    """Return twice x."""\n'
RIGHT, WRONG = "    return 2 * x", "    return x + 2"
JUDGED = "# 4\nAnswer: "


def exam() -> Exam:
    document = Document(SOURCE)
    return Exam(
        name="double",
        task=make_task(document, document.named("double")),
        tier=1,
        has_examples=False,
        tests=(("double(2)", "4"), ("double(3)", "6"), ("double(0)", "0")),
        reference=lambda x: 2 * x,
    )


def script(prompt, sampling):
    """Greedy is wrong, every second sample is right, and a look at the logic mends it."""
    if "Write tests" in prompt:
        return "assert double(1) == 2\nassert double(5) == 11\nassert double(1, 2) == 3"
    if "gives one of these" in prompt:
        return JUDGED + ("A" if "A: 6\n" in prompt else "B")
    if "Fix the body" in prompt:
        assert "This body is wrong:\n    return x + 2\ndouble(3) gives 5, expected 6\n" in prompt
        if "missing" in prompt:
            return "    return 6"  # right on the call it was shown, and on no other
        return RIGHT if "logic" in prompt else WRONG
    if sampling.temperature == 0:
        return WRONG
    return RIGHT if sampling.seed % 2 else WRONG


async def examined(roles=("code", "tests", "repair", "judge")) -> Result:
    engine = ScriptedEngine(script)
    sandbox = await open_sandbox(SandboxSettings())
    try:
        capabilities = replace(await engine.capabilities(), roles=roles)
        return await Examiner(engine, capabilities, sandbox, samples=4).examine(exam())
    finally:
        await sandbox.aclose()


async def test_one_function_by_hand():
    result = await examined()
    assert (result.greedy, result.right, result.samples) == (False, 2, 4)
    assert (result.tests, result.tests_right) == (3, 1)
    assert (result.asked_judge, result.judged) == (True, True)
    assert result.repaired == {
        "fresh sample": False,  # of seed 900
        "": False,
        "logic": True,
        "completeness": False,
        "assumptions": False,
        "alternatives": False,
    }


async def test_a_model_is_not_asked_what_it_does_not_know():
    result = await examined(roles=("code", "tests"))
    assert (result.asked_judge, result.judged, result.repaired) == (False, None, {})


async def test_a_report_has_every_tier_and_both_kinds_of_docstring():
    one = await examined()
    other = replace(
        one, exam=replace(one.exam, tier=3, has_examples=True), greedy=True, right=4, repaired={}, judged=False
    )
    rows = table([one, other])
    assert set(rows) == {"all", "tier 1", "tier 3", "with examples", "without examples"}
    every = rows["all"]
    assert (every["functions"], every["greedy"], every["pass@1"]) == (2, 0.5, 0.75)
    assert every["pass@3"] == pytest.approx((1 + 1) / 2)  # two of four right: three samples hold one for certain
    assert (every["judged"], every["judge_right"], every["judge_wrong"]) == (2, 0.5, 0.5)
    assert every["failed"] == 1
    assert every["repaired"]["logic"] == 1.0
    assert every["repaired"]["plain"] == every["repaired"]["fresh sample"] == 0.0
    assert rows["tier 3"]["repaired"] == {}
    assert counted([]).report()["greedy"] is None


def test_pass_at_k_by_hand():
    assert pass_at(1, samples=8, right=2) == pytest.approx(0.25)
    assert pass_at(2, samples=4, right=1) == pytest.approx(0.5)
    assert pass_at(8, samples=8, right=1) == 1.0
    assert pass_at(3, samples=8, right=0) == 0.0


def test_the_reference_answers_plain_calls_only():
    asked = exam()
    assert asked.answer("double(4)") == "8"
    assert asked.answer("double(x=4)") is None
    assert asked.answer("double(") is None
    assert asked.answer("double(1, 2)") is None


def test_functions_of_the_world_alternate_between_examples_and_none():
    exams = drawn(world(), n=6, seed=1, held=True)
    assert [each.has_examples for each in exams] == [False, True] * 3
    assert all(each.answer(call) == value for each in exams for call, value in each.tests)
    assert all((">>>" in each.task.header) <= each.has_examples for each in exams)
