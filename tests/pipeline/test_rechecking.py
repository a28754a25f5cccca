"""Judging again what was found, and bodies to be repaired: scripted model, real sandbox."""

from contextlib import aclosing
from dataclasses import replace

import pytest
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.edit import present_body
from atlas_pipeline.errors import UsageError
from atlas_pipeline.events import Finished
from atlas_pipeline.examples import expect_value
from atlas_pipeline.existing import Existing
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.rechecking import Found, recheck, write
from atlas_pipeline.records import Candidate, Level, Origin, Provenance, TestCase
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import Control, solve

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = 'def double(x):\n    """Double x."""\n'


def task(source=SOURCE):
    document = Document(source)
    return make_task(document, document.functions()[0])


def silent(prompt, sampling):
    raise AssertionError("the model was asked")


def case(call, value):
    return TestCase(call=call, expected=expect_value(value, repr(value)), provenance=Provenance.GIVEN)


def found(*bodies):
    candidates = tuple(Candidate(index=i, body=body, origin=Origin.SAMPLE) for i, body in enumerate(bodies))
    return Found(candidates=candidates, inputs=("double(1)", "double(5)", "double(-3)"))


async def judged(of, what, sandbox, **more):
    stream = recheck(of, what, engine=ScriptedEngine(silent), sandbox=sandbox, settings=Settings(), **more)
    async with aclosing(stream) as events:
        return next(iter([event async for event in events if isinstance(event, Finished)])).selection


async def test_a_confirmed_case_verifies_without_a_token(sandbox):
    what = found("return x * 2", "return x + x", "return 2 * x", "return x")
    assert (await judged(task(), what, sandbox)).level is not Level.VERIFIED
    confirmed = replace(task(), examples=(case("double(4)", 8),))
    selection = await judged(confirmed, what, sandbox)
    assert selection.level is Level.VERIFIED
    assert selection.cost.completion_tokens == 0
    against = replace(task(), examples=(case("double(4)", 9),))
    assert (await judged(against, what, sandbox)).level is Level.UNVERIFIED


async def test_without_an_example_and_without_tests_it_says_that_there_are_none(sandbox):
    what = found("return x * 2", "return x + x", "return 2 * x")
    selection = await judged(replace(task(), examples=()), what, sandbox)
    assert selection.level is Level.UNVERIFIED
    assert selection.reason.startswith("there is no example to check, and no test of the model's own; 3 samples behave")


@pytest.mark.parametrize(("changes", "wanted"), [({}, 5), ({"test_samples": 0}, 0)])
async def test_what_is_written_for_a_check_has_tests_of_every_kind(sandbox, changes, wanted):
    def script(prompt, sampling):
        return "    return 2 * x" if "Write the body" in prompt else "assert double(3) == 6"

    engine = ScriptedEngine(script)
    engine.roles = ("code", "tests", "inputs", "properties")
    given = replace(task(), examples=(case("double(4)", 8),))
    settings = Settings(solve=SolveSettings(**changes))
    collected = Found()
    async with aclosing(write(given, engine=engine, sandbox=sandbox, settings=settings, control=Control())) as events:
        async for event in events:
            collected = collected.after(event)
    assert len(engine.asked) == 8 + wanted
    assert len(collected.candidates) == 8


async def test_a_refuted_case_leaves_out_who_does_that(sandbox):
    what = found("return x * 2", "return x + x", "return 2 * x", "return x * x")
    selection = await judged(task(), what, sandbox, refuted=[case("double(5)", 10)])
    assert selection.best.candidate.index == 3
    assert selection.cost.candidates == 1
    nobody = await judged(task(), found("return x * 2"), sandbox, refuted=[case("double(5)", 10)])
    assert nobody.best is None
    assert nobody.level is Level.UNVERIFIED


async def test_the_prompts_of_a_repair_show_the_body_and_what_it_fails(sandbox):
    source = SOURCE.rstrip() + "\n    # odd\n    y = x\n    return y * 3\n"
    of = task(source)
    prompts = []

    def answer(prompt, sampling):
        prompts.append(prompt)
        return "    return x * 2"

    existing = Existing(body=present_body(of), failures=("double(4): expected 8, got 12",))
    stream = solve(of, engine=ChatEngine(answer), sandbox=sandbox, settings=Settings(), existing=existing)
    async with aclosing(stream) as events:
        async for _ in events:
            pass
    assert any("#     return y * 3" in prompt and "# double(4): expected 8, got 12" in prompt for prompt in prompts)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        (SOURCE, "pass"),
        (SOURCE + "    return x * 2\n", "return x * 2"),
        ('def double(x): """Double."""; return x\n', "return x"),
        ("class A:\n\tdef double(self, x):\n\t\t'''Double.'''\n\t\tif x:\n\t\t\treturn x\n", "if x:\n    return x"),
        ("@staticmethod\ndef double(x):\r\n    # Double.\r\n    return x\r\n", "return x"),
        ('async def double(x):\n    """Double."""\n    return """a\n  b"""\n', "return 'a\\n  b'"),
    ],
)
async def test_the_present_body(source, body):
    assert present_body(task(source)) == body


async def test_a_body_that_is_no_python_is_refused():
    with pytest.raises(UsageError, match="cannot be read"):
        present_body(replace(task(), source="def double(x:\n", start=0))
