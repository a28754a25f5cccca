"""A function in its project: context and project cases reach the task, the prompts and the result."""

from contextlib import aclosing
from dataclasses import replace

import msgspec
import pytest

from atlas_pipeline.context import estimated_tokens
from atlas_pipeline.engine.scripted import ScriptedEngine
from atlas_pipeline.events import Finished, to_json
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level, Provenance, Status
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings, Settings, SolveSettings, parse_settings
from atlas_pipeline.solving import solve
from atlas_pipeline.surroundings import project_root, situate

CART = '''from shop.prices import rounded


def total(prices):
    """Return the sum of the prices, `rounded`."""


def beside(x):
    """Stand beside."""
    return x
'''
HELPER = 'def rounded(price):\n    """Round to cents."""\n    return round(price * 100) / 100\n'
TEST = "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n    assert total(x) == 3\n"


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    for name, text in {
        "shop/__init__.py": "", "shop/cart.py": CART, "shop/prices.py": HELPER, "tests/test_cart.py": TEST,
        "pyproject.toml": "", ".env": "TOKEN=hunter2\n",
    }.items():  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def task_of(root, source=CART):
    document = Document(source)
    return make_task(document, document.named("total"), module_name="cart", path=str(root / "shop" / "cart.py"))


def test_the_task_has_context_and_the_projects_cases(project):
    found = situate(task_of(project), root=project, settings=SolveSettings())
    assert [(c.call, c.expected.shown, c.provenance, c.source) for c in found.task.examples] == [
        ("total([1, 2])", "3", Provenance.PROJECT, "tests/test_cart.py:5")
    ]
    assert HELPER.strip() in found.task.context
    assert found.task == replace(
        task_of(project),
        context=found.task.context,
        examples=found.task.examples,
        project_tests=found.task.project_tests,
    )
    event = found.event()
    assert [(p.kind, p.name, p.path, p.why) for p in event.pieces] == [
        ("imports", "imports", "", "imports of the document"),
        ("helper", "rounded", "shop/prices.py", "the docstring names rounded"),
        ("sibling", "beside", "", "stands beside it"),
    ]
    assert event.unread_tests == (
        "tests/test_cart.py:6: assert total(x) == 3: x is nothing that the function's file knows",
    )
    assert event.workspace == str(project)
    assert event.tokens == estimated_tokens(found.task.context)
    assert to_json(event)["event"] == "ContextGathered"


@pytest.mark.parametrize("switch", ["context", "project_tests"])
def test_switches(project, switch):
    settings, problems = parse_settings({"solve": {switch: False}})
    assert not problems
    found = situate(task_of(project), root=project, settings=settings.solve)
    assert ("Round to cents" in found.task.context) == (switch != "context")
    assert "from shop.prices import rounded" in found.task.context
    assert bool(found.task.examples) == (switch != "project_tests")


def test_no_tokens_no_context(project):
    found = situate(task_of(project), root=project, settings=SolveSettings(context_tokens=0))
    assert found.task.context == ""
    assert found.event().left_out[0] == "imports: imports of the document"


def test_a_document_elsewhere_or_nowhere_is_looked_at_alone(project, tmp_path):
    found = situate(task_of(tmp_path), root=project, settings=SolveSettings())
    assert found.root is None
    assert "is outside the workspace" in found.event().notes[0]
    assert not found.task.examples
    alone = situate(task_of(project), root=None, settings=SolveSettings())
    assert "beside" in alone.task.context
    assert alone.event().notes == ()


def test_what_is_open_in_the_editor_counts(project):
    unsaved = {project / "tests" / "test_cart.py": TEST.replace("== 3", "== 4", 1)}
    found = situate(task_of(project), root=project, settings=SolveSettings(), unsaved=unsaved)
    assert [c.expected.shown for c in found.task.examples] == ["4"]


def test_the_projects_folder(project, tmp_path):
    assert project_root(project / "shop" / "cart.py") == project
    assert project_root(tmp_path / "x" / "work.py") in (tmp_path / "x", *tmp_path.parents)


class ChatEngine(ScriptedEngine):
    async def capabilities(self):
        return replace(await super().capabilities(), prompt_profile="chat", roles=None)


async def test_the_prompt_shows_the_helper_and_the_projects_cases_make_it_verified(project):
    """From the files to the selection: no example in the docstring, one in the tests."""
    answer = "```python\ndef total(prices):\n    return sum(prices)\n```"
    engine = ChatEngine(lambda prompt, sampling: answer)
    source = CART.replace("from shop.prices import rounded\n", "").replace("`rounded`", "`beside`")
    settings = Settings(solve=SolveSettings(test_samples=0))
    for root, level in ((project, Level.VERIFIED), (None, Level.UNVERIFIED)):
        found = situate(task_of(project, source), root=root, settings=settings.solve)
        async with await open_sandbox(SandboxSettings()) as sandbox:
            stream = solve(found.task, engine=engine, sandbox=sandbox, settings=settings)
            async with aclosing(stream) as events:
                (finished,) = [event async for event in events if isinstance(event, Finished)]
        selection = finished.selection
        assert (selection.level is Level.VERIFIED) == (level is Level.VERIFIED), selection.reason
        project_verdicts = [v for v in selection.verdicts if v.case.provenance is Provenance.PROJECT]
        assert [v.status for v in project_verdicts] == ([Status.PASS] if root else [])
        assert all('def beside(x):\n    """Stand beside."""\n    return x' in prompt for prompt, _ in engine.asked)
    assert all("hunter2" not in prompt for prompt, _ in engine.asked)
    msgspec.json.encode(to_json(found.event()))
