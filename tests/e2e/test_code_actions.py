"""What is offered where, to which client: real server over stdio, no model involved."""

import asyncio

import pytest
import pytest_asyncio
from lsp_editor import ALL_CLIENTS, capabilities_of, field, start_editor, stop_editor
from lsprotocol import types


@pytest_asyncio.fixture(params=ALL_CLIENTS)
async def editor(request, tmp_path):
    """Every client of which something is known."""
    editor = await start_editor(request.param, tmp_path)
    yield editor
    await stop_editor(editor)


SOURCE = '''def stub(nums):
    """Return the sum of nums."""


def done(nums):
    """Return the sum of nums."""
    return sum(nums)


def outer():
    """Outer."""

    def inner(x):
        """Inner."""
        return x

    return inner


x = 1


def bare(x):
    return x
'''


def shape(actions):
    return [
        (
            a.title,
            str(getattr(a.kind, "value", a.kind)),
            bool(a.is_preferred),
            a.disabled.reason if a.disabled else None,
        )
        for a in actions
    ]


SOLVE = "Solve this function"
FULL = "Solve with the full pipeline"
REPAIR = "Repair this function"
CHECK = "Check this function"
TESTS = "Write tests for this function"
REWRITE = "refactor.rewrite.atlas"


async def test_a_stub_gets_one_preferred_quick_fix(editor, uri):
    editor.open(uri, SOURCE)
    (unasked,) = await editor.actions(uri, "def stub", automatic=True)
    assert (unasked.title, unasked.kind) == (SOLVE, "quickfix")
    preferred = True if editor.kind != "minimal" else None
    assert unasked.is_preferred is preferred
    invoked = shape(await editor.actions(uri, "def stub"))
    assert [(t, k, p) for t, k, p, _ in invoked] == [
        (SOLVE, "quickfix", bool(preferred)),
        (FULL, REWRITE, False),
        (TESTS, "source.atlas.tests", False),
    ]
    only = await editor.actions(uri, "def stub", only=["refactor"])
    assert [(t, k) for t, k, _, _ in shape(only)] == [(SOLVE, REWRITE), (FULL, REWRITE)]
    only = await editor.actions(uri, "def stub", only=["source"])
    assert [t for t, _, _, _ in shape(only)] == [TESTS]
    assert await editor.actions(uri, "def stub", only=["source.organizeImports"]) == []


async def test_elsewhere_only_when_invoked(editor, uri):
    editor.open(uri, SOURCE)
    assert await editor.actions(uri, "return sum", automatic=True) == []
    invoked = await editor.actions(uri, "return sum")
    assert shape(invoked) == [
        (SOLVE, REWRITE, False, None),
        (FULL, REWRITE, False, None),
        (REPAIR, REWRITE, False, None),
        (CHECK, "source.atlas.check", False, None),
        (TESTS, "source.atlas.tests", False, None),
    ]
    assert await editor.actions(uri, "x = 1") == []


@pytest.mark.parametrize(
    ("needle", "reason"), [("return x\n\n    return", "nested"), ("return x\n", "nested"), ("def bare", "docstring")]
)
async def test_disabled_with_the_reason_where_the_client_shows_it(editor, uri, needle, reason):
    editor.open(uri, SOURCE)
    actions = await editor.actions(uri, needle)
    if editor.shows_disabled:
        (action,) = actions
        assert reason in action.disabled.reason
        assert action.command is None
    else:  # Neovim before 0.12 cannot show it, and would run it
        assert actions == []
    assert await editor.actions(uri, needle, automatic=True) == []


@pytest.mark.parametrize("knows", [True, False])
async def test_actions_are_marked_as_a_models_where_the_client_knows_the_mark(tmp_path, uri, knows):
    capabilities = capabilities_of("vscode")
    tag = types.CodeActionTag.LlmGenerated
    if knows:
        capabilities.text_document.code_action.tag_support = types.CodeActionTagOptions(value_set=[tag])
    editor = await start_editor("vscode", tmp_path, capabilities=capabilities)
    editor.open(uri, SOURCE)
    marks = [action.tags for action in await editor.actions(uri, "def stub")]
    assert marks == [(tag,) if knows else None] * 3
    await stop_editor(editor)


async def test_other_languages_unknown_documents_and_wild_positions(editor, uri):
    editor.open(uri, "def f(x):\n    pass\n", language="lua")
    assert await editor.actions(uri, "def f") == []
    at = types.Position(10**6, 10**6)
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri="file:///nowhere/at/all.py"),
        range=types.Range(at, at),
        context=types.CodeActionContext(diagnostics=[]),
    )
    assert not await editor.client.text_document_code_action_async(params)
    editor.open("untitled:Untitled-1", SOURCE)
    params.text_document.uri = "untitled:Untitled-1"
    assert await editor.client.text_document_code_action_async(params) is not None
    assert [a.title for a in await editor.actions("untitled:Untitled-1", "def stub")] == [SOLVE, FULL, TESTS]


async def test_arguments_are_one_object_and_bad_ones_are_refused(editor, uri):
    editor.open(uri, SOURCE)
    action = await editor.action(uri, "def stub")
    assert len(action.command.arguments) == 1
    for bad in (
        [],
        [1],
        [{"uri": uri}],
        [{"uri": uri, "qualname": "stub", "surprise": 1}],
        [{}, {}],
        [{"uri": uri, "qualname": "stub", "options": {"samples": 0}}],
    ):
        with pytest.raises(Exception, match=r"(?i)argument|missing|param"):
            await editor.client.workspace_execute_command_async(
                types.ExecuteCommandParams(command="atlas.server.solve", arguments=bad)
            )
    with pytest.raises(Exception, match="no command"):
        await editor.client.workspace_execute_command_async(types.ExecuteCommandParams(command="atlas.nope"))
    assert await editor.actions(uri, "def stub")


async def test_stale_and_missing_functions_are_errors_with_a_message(editor, uri):
    editor.open(uri, SOURCE)
    action = await editor.action(uri, "def stub")
    editor.insert(uri, "Return the sum of nums.", "Please. ")
    answer = await editor.run(action)
    assert field(answer, "status") == "error" or answer.status == "error"
    assert any("changed since the menu" in message.message for message in editor.client.messages)


async def test_actions_are_answered_while_a_solve_runs(vscode, uri):
    vscode.open(uri, SOURCE)
    running = asyncio.create_task(vscode.run(await vscode.action(uri, "def stub")))
    await asyncio.wait_for(vscode.progress_begun.wait(), 60)
    assert await vscode.actions(uri, "return sum")
    assert not running.done()
    await running


async def test_wrong_settings_are_reported_and_the_rest_is_kept(tmp_path, uri):
    options = {"engine": {"linger_s": 1, "thread": 3}, "solve": {"samples": "many"}, "colour": 1}
    editor = await start_editor("neovim", tmp_path, options)
    editor.open(uri, SOURCE)
    assert await editor.actions(uri, "def stub")
    text = " ".join(message.message for message in editor.client.messages)
    for part in ("engine.thread", "solve.samples", "colour"):
        assert part in text
    await stop_editor(editor)


async def test_a_missing_model_is_a_clear_error(tmp_path, uri):
    editor = await start_editor("vscode", tmp_path, {"engine": {"model": "/no/such/model.gguf", "linger_s": 1}})
    editor.open(uri, SOURCE)
    answer = await editor.solve(uri, "def stub")
    assert answer["status"] == "error"
    assert "/no/such/model.gguf" in answer["message"]
    assert editor.texts[uri] == SOURCE
    await stop_editor(editor)


async def test_a_client_that_can_do_nothing_still_gets_answers(tmp_path, uri):
    editor = await start_editor("vscode", tmp_path, capabilities=types.ClientCapabilities())
    editor.open(uri, SOURCE)
    actions = await editor.actions(uri, "def stub")
    assert [a.title for a in actions] == [SOLVE, FULL, TESTS]
    answer = await editor.solve(uri, "def stub")
    assert answer["applied"] is False
    assert editor.texts[uri] == SOURCE
    assert not editor.progress
    await stop_editor(editor)
