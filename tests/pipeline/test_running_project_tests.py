"""The project's own tests run on the best candidate, under the real bubblewrap: they can prevent VERIFIED, not make it."""

import asyncio
import os
import shutil
import time
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.events import BestChanged, Finished, ProjectTestsRun, QuestionAnswered, StageSkipped
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.rechecking import Found, recheck
from atlas_pipeline.records import Candidate, Level, Origin
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings, Settings, SolveSettings
from atlas_pipeline.solving import Control, solve
from atlas_pipeline.surroundings import situate

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
# Not a call and a literal, so it is no case: only running it tells.
TEST = """
import os
from shop import double

def test_text():
    text = os.environ.get("NOBODY_SETS_IT", "ab")
    assert double(text) == text + text
"""


def _bubblewrap():
    found = os.environ.get("ATLAS_TEST_BWRAP") or str(Path(__file__).parents[2] / ".cache/bwrap/usr/bin/bwrap")
    return found if Path(found).exists() else shutil.which("bwrap")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "shop.py").write_text(SOURCE)
    (root / "test_shop.py").write_text(TEST)
    async with await open_sandbox(
        SandboxSettings(readable=(".",)), workspace=root, bubblewrap=_bubblewrap()
    ) as sandbox:
        yield root, sandbox


async def run(project, *bodies, test=TEST, readable=(".",), judge=None, control=None, **solve_settings):
    root, sandbox = project
    (root / "test_shop.py").write_text(test)
    settings = Settings(
        sandbox=SandboxSettings(readable=readable), solve=SolveSettings(test_samples=0, mutants=0, **solve_settings)
    )
    document = Document(SOURCE)
    task = make_task(document, document.named("double"), module_name="shop", path=str(root / "shop.py"))
    task = situate(task, root=root, settings=settings.solve).task
    bodies = iter([*bodies, *([bodies[-1]] * 20)])
    engine = ScriptedEngine(lambda prompt, sampling: f"    {next(bodies)}")
    if judge is not None:
        engine = ChatEngine(lambda prompt, _: judge(prompt) if "Output A:" in prompt else f"    {next(bodies)}")
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings, control=control)) as events:
        found = [event async for event in events]
    assert isinstance(found[-1], Finished)
    return found, found[-1].selection


async def test_a_pass_is_told_and_changes_nothing(project):
    events, selection = await run(project, "return x * 2", "return 2 * x", "return x * (1 + 1)")
    assert selection.level is Level.VERIFIED, selection.reason
    (ran,) = [event for event in events if isinstance(event, ProjectTestsRun)]
    assert [node.rpartition("/")[2] for node in ran.passed] == ["test_shop.py::test_text"]
    assert (ran.failed, ran.ended) == ((), "all passed")
    assert selection.best.self_reported is True


async def test_a_failure_prevents_verified(project):
    events, selection = await run(project, "return x + int(x)", "return int(x) + x", "return int(x) * 2")
    assert selection.level is Level.WEAK
    assert "a test of the project fails" in selection.reason
    assert selection.best.self_reported is False
    ran = [event for event in events if isinstance(event, ProjectTestsRun)]
    assert len({event.candidate for event in ran}) == len(ran) == 3  # all that behave so are tried
    assert "ValueError" in ran[0].failed[0]


async def test_the_next_best_is_taken_where_the_best_fails(project):
    # On numbers all three behave alike; only the project's test tells them apart.
    events, selection = await run(
        project, "return int(x) * 2", "return x * 2", "return int(x) + int(x)", samples=3, first_samples=3
    )
    assert selection.best.candidate.body == "return x * 2"
    assert selection.best.self_reported is True
    assert selection.level is Level.VERIFIED
    assert any(isinstance(event, BestChanged) and event.best.self_reported for event in events)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"readable": ()}, "sandbox.readable names no files"),
        ({"test": TEST.replace("import os", "import os, pytest").replace("def test", "@pytest.mark.skip\ndef test")},
         "pytest ran none of the project's tests"),
    ],
)  # fmt: skip
async def test_tests_that_do_not_run_are_told(project, changes, said):
    events, selection = await run(project, "return x * 2", "return 2 * x", "return x * (1 + 1)", **changes)
    skipped = [event for event in events if isinstance(event, StageSkipped) and event.stage == "project_tests"]
    assert said in skipped[0].reason
    assert selection.level is Level.VERIFIED
    assert selection.best.self_reported is None


async def test_it_can_be_switched_off(project):
    events, selection = await run(
        project, "return int(x) * 2", "return int(x) + x", "return 2 * int(x)", run_project_tests=False
    )
    assert selection.level is Level.VERIFIED
    assert not [event for event in events if isinstance(event, ProjectTestsRun)]
    assert not [event for event in events if isinstance(event, StageSkipped) and event.stage == "project_tests"]


async def test_candidates_that_were_not_tried_gain_nothing_by_it(project):
    # Five that behave alike on numbers and fail the project's test; only three of them are tried.
    bodies = ["return x + int(x)", "return int(x) + x", "return int(x) * 2", "return 2 * int(x)", "return int(x + x)"]
    events, selection = await run(project, *bodies, samples=5, first_samples=5)
    assert len([event for event in events if isinstance(event, ProjectTestsRun)]) == 3
    assert selection.level is Level.WEAK, selection.reason
    assert selection.best.self_reported is False


async def test_what_the_judge_settled_stays_settled(project):
    bodies = ["return x * 2", "return x * 2 if x != 0 else 1"] * 3
    events, selection = await run(
        project, *bodies, judge=lambda prompt: "Answer: A" if "Output A: 1\n" in prompt else "Answer: B",
        samples=6, first_samples=6, s_star_gap=1.0, input_samples=0, property_samples=0,
    )  # fmt: skip
    assert any(isinstance(event, QuestionAnswered) and event.choice == 1 for event in events)
    assert selection.best.candidate.body == "return x * 2 if x != 0 else 1"
    assert selection.best.self_reported is True


async def test_ending_the_solve_ends_the_tests(project):
    control = Control()
    slow = TEST.replace("    text =", "    import time\n    time.sleep(120)\n    text =")
    asyncio.get_running_loop().call_later(4, control.use_best)
    began = time.monotonic()
    events, selection = await run(
        project, "return x * 2", "return 2 * x", "return x * (1 + 1)", test=slow, control=control
    )
    assert time.monotonic() - began < 100
    (skipped,) = [event for event in events if isinstance(event, StageSkipped) and event.stage == "project_tests"]
    assert "ended" in skipped.reason
    assert selection.best.self_reported is None


async def test_they_are_run_again_when_what_was_found_is_judged_again(project):
    _, before = await run(project, "return x * 2", "return 2 * x", "return x * (1 + 1)")
    assert before.level is Level.VERIFIED
    root, sandbox = project
    (root / "test_shop.py").write_text(TEST.replace("text + text", "text"))
    document, settings = Document(SOURCE), Settings(sandbox=SandboxSettings(readable=(".",)))
    task = make_task(document, document.named("double"), module_name="shop", path=str(root / "shop.py"))
    task = situate(task, root=root, settings=settings.solve).task
    bodies = ("return x * 2", "return 2 * x", "return x * (1 + 1)")
    candidates = tuple(Candidate(index=i, body=body, origin=Origin.SAMPLE) for i, body in enumerate(bodies))
    found = Found(candidates=candidates, inputs=("double(1)", "double(5)"))
    engine = ScriptedEngine(lambda prompt, sampling: "")
    async with aclosing(recheck(task, found, engine=engine, sandbox=sandbox, settings=settings)) as events:
        selection = [event async for event in events][-1].selection
    assert selection.level is Level.WEAK
    assert "a test of the project fails" in selection.reason
