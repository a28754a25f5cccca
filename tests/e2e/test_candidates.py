"""What clients can ask for beyond the standard: the candidates, the engine's state, the changed document, outcomes."""

import asyncio
from textwrap import indent

import pytest
import pytest_asyncio
from lsp_editor import LINGER_S, able, plain, start_editor, stop_editor
from lsprotocol import types
from solve_sources import BEYOND, NO_EXAMPLE, SUM

SCHEMAS = {"status": 1, "engine": 1, "candidates": 1, "outcomes": 1}


@pytest_asyncio.fixture
async def asking(tmp_path):
    """An editor that announces everything."""
    capabilities = able()
    capabilities.experimental = {"atlas": SCHEMAS}
    editor = await start_editor("vscode", tmp_path, capabilities=capabilities)
    yield editor
    await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()


async def test_candidates_while_it_runs_and_after(asking, uri):
    asking.open(uri, SUM)
    assert (await asking.command("candidates", uri=uri, qualname="total")) == {"status": "idle"}
    action = await asking.action(uri, "def total")
    solving = asyncio.create_task(asking.run(action))
    await asking.until(lambda: asking.more_candidates)
    during = await asking.command("candidates", uri=uri, qualname="total")
    assert plain(await solving)["status"] == "verified"
    assert during["running"] is True
    assert during["text"].startswith("Solving")

    found = await asking.command("candidates", uri=uri, qualname="total")
    assert found["document"] == uri
    assert found["qualname"] == "total"
    assert found["running"] is False
    assert found["text"].startswith("VERIFIED")
    assert "Pocket" in found["model"]
    (chosen,) = [one for one in found["candidates"] if one["chosen"]]
    namespace: dict = {}
    exec(SUM + indent(chosen["code"], "    "), namespace)
    assert namespace["total"]([1, 2, 3, 4]) == 6
    assert {"text": "total([1, 2, 4]) == 6", "status": "pass", "provenance": "given"} in chosen["cases"]
    assert len(found["candidates"]) >= 3
    assert all(one["standing"] for one in found["candidates"])
    assert all(said == {"schema": 1, "uri": uri, "qualname": "total"} for said in asking.more_candidates)


async def test_where_nothing_is_given_the_tests_are_the_models_own(asking, uri):
    asking.open(uri, NO_EXAMPLE)
    await asking.solve(uri, "def")
    found = await asking.command("candidates")
    assert found["tests"]
    assert any(case["provenance"] == "generated" for one in found["candidates"] for case in one["cases"])


async def test_candidates_of_what_was_not_verified_say_what_fails(asking, uri):
    asking.open(uri, BEYOND)
    assert (await asking.solve(uri, "def nth"))["status"] == "unverified"
    found = await asking.command("candidates")
    assert found["candidates"]
    for one in found["candidates"]:
        given = [case["status"] for case in one["cases"] if case["provenance"] == "given"]
        assert len(given) == 2
        assert set(given) != {"pass"}
    document = types.TextDocumentIdentifier(uri=uri)
    asking.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
    assert (await asking.command("candidates")) == {"status": "idle"}


async def test_the_engine_says_what_it_is(asking, uri):
    asking.open(uri, SUM)
    await asking.until(lambda: asking.engines)
    assert asking.engines[0] == {
        "schema": 1,
        "state": "idle",
        "model": "",
        "bundled": True,
        "remote": False,
        "message": "",
    }
    assert (await asking.solve(uri, "def total"))["status"] == "verified"
    assert [one["state"] for one in asking.engines] == ["idle", "loading", "ready"]
    assert "Pocket" in asking.engines[-1]["model"]


async def test_an_engine_that_cannot_be_had_says_why(tmp_path, uri):
    capabilities = able()
    capabilities.experimental = {"atlas": SCHEMAS}
    options = {"engine": {"linger_s": LINGER_S, "model": str(tmp_path / "missing.gguf")}}
    editor = await start_editor("vscode", tmp_path, options, capabilities)
    try:
        editor.open(uri, SUM)
        assert (await editor.solve(uri, "def total"))["status"] == "error"
        states = [(one["state"], one["model"], one["bundled"]) for one in editor.engines]
        assert states == [(state, "missing.gguf", False) for state in ("idle", "loading", "failed")]
        assert "missing.gguf" in editor.engines[-1]["message"]
    finally:
        await stop_editor(editor)


async def test_a_preview_as_the_changed_document(asking, uri):
    text = "# é 😀\n" + NO_EXAMPLE + "\n\nafter = 1\n"
    asking.open(uri, text)
    assert (await asking.solve(uri, "def biggest"))["status"] == "weak"
    shown = len(asking.client.shown_documents)
    answer = await asking.command("preview", uri=uri, qualname="biggest", options={"view": "change"})
    assert answer["status"] == "shown"
    assert answer["document"] == uri
    assert answer["function"] == "biggest"
    assert answer["level"] == "WEAK"
    assert answer["cases_to_confirm"]
    assert len(asking.client.shown_documents) == shown, "the client shows it"
    changed = await asking.report(answer["uri"])
    assert changed.startswith("# é 😀\n" + NO_EXAMPLE)
    assert changed.endswith("\n\nafter = 1\n")
    namespace: dict = {}
    exec(changed, namespace)
    assert namespace["biggest"]([3, -5, 8]) == 8
    # It moves with the text, and is what applying makes of the document.
    asking.insert(uri, "def biggest", "before = 1\n\n\n")
    moved = await asking.report(answer["uri"])
    assert moved == changed.replace("def biggest", "before = 1\n\n\ndef biggest")
    assert (await asking.command("apply", uri=uri, qualname="biggest"))["status"] == "applied"
    assert asking.texts[uri] == moved
    assert await asking.report(answer["uri"]) == moved


async def test_the_change_of_the_best_so_far(asking, uri):
    asking.open(uri, SUM)
    solving = asyncio.create_task(asking.solve(uri, "def total", samples=8))
    await asking.until(lambda: any(one.code == "solving" for said in asking.published for one in said.diagnostics))
    answer = await asking.command("preview", uri=uri, qualname="total", options={"view": "change"})
    assert answer["status"] == "shown"
    assert answer["function"] == "total"
    changed = await asking.report(answer["uri"])
    assert changed.startswith(SUM)
    assert len(changed) > len(SUM)
    assert (await solving)["status"] == "verified"


async def test_no_change_without_a_result(asking, uri):
    asking.open(uri, SUM)
    answer = await asking.command("preview", uri=uri, qualname="total", options={"view": "change"})
    assert answer["status"] == "error"


@pytest.mark.parametrize("announced", [True, False])
async def test_outcomes_are_shown_once(tmp_path, uri, announced):
    capabilities = able()
    capabilities.experimental = {"atlas": {"outcomes": 1} if announced else {}}
    editor = await start_editor("vscode", tmp_path, capabilities=capabilities)
    try:
        editor.open(uri, NO_EXAMPLE)
        answer = await editor.solve(uri, "def biggest")
        assert answer["status"] == "weak"
        shown = [message.message for message in editor.client.messages if "WEAK" in message.message]
        assert len(shown) == (0 if announced else 1)
        assert any("WEAK" in line.message for line in editor.client.log_messages)
    finally:
        await stop_editor(editor)


async def test_who_announces_nothing_is_told_nothing(vscode, uri):
    vscode.open(uri, SUM)
    assert (await vscode.solve(uri, "def total"))["status"] == "verified"
    assert vscode.engines == []
    assert vscode.more_candidates == []
