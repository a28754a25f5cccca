"""Documents and settings of all kinds: encodings, untitled, notebooks, large files, several roots, live settings, ghost text."""

import asyncio

import pytest
from lsp_editor import OPTIONS, able, start_editor, stop_editor, to_offset, to_position
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from solve_sources import NO_EXAMPLE, SUM


@pytest.mark.parametrize("encoding", list(types.PositionEncodingKind))
async def test_every_encoding_gives_the_same_text(tmp_path, uri, encoding):
    capabilities = able()
    capabilities.general.position_encodings = [encoding]
    editor = await start_editor("vscode", tmp_path, capabilities=capabilities)
    assert editor.encoding == encoding
    before = 's = "😀漢é"; t = "😀"\n' + SUM.replace("Return the", "Return 😀 the").rstrip()
    editor.open(uri, before + '  # 😀 é\n\nz = "é"\n')
    answer = await editor.solve(uri, "def total")
    assert answer["applied"] is True, answer
    assert editor.texts[uri].startswith(before)
    assert editor.texts[uri].endswith('\n\nz = "é"\n')
    assert editor.function(uri, "total")([2, 3]) == 2
    await editor.until(lambda: editor.statuses[-1]["state"] == "verified")
    assert editor.statuses[-1]["line"] == 1
    await stop_editor(editor)


async def test_an_untitled_document_is_solved(editor):
    uri = "untitled:Untitled-1"
    editor.open(uri, SUM)
    answer = await editor.solve(uri, "def total")
    assert answer["applied"] is True, answer
    shown = await editor.command("explain", uri=uri, qualname="total")
    assert "in no file" in await editor.report(shown["uri"])


@pytest.mark.parametrize("name", ["with space.py", "漢字é.py", "100%.py", "a#b.py", "%41.py"])
async def test_files_of_any_name_are_solved(vscode, tmp_path, name):
    uri = (tmp_path / name).as_uri()
    vscode.open(uri, SUM)
    answer = await vscode.solve(uri, "def total")
    assert answer["applied"] is True, answer
    assert vscode.function(uri, "total")([2, 3]) == 2


async def test_a_file_outside_all_folders_is_solved(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    editor = await start_editor("neovim", tmp_path, folders=[tmp_path / "inside"])
    uri = (tmp_path / "outside/work.py").as_uri()
    editor.open(uri, SUM)
    assert (await editor.solve(uri, "def total"))["applied"] is True
    await stop_editor(editor)


async def test_a_notebook_cell_says_why_not(rich):
    uri = "vscode-notebook-cell:/work/a.ipynb#W0sZmlsZQ%3D%3D"
    rich.open(uri, SUM)
    actions = await rich.actions(uri, "def total")
    assert [action.title for action in actions] == ["Solve this function"]
    assert "notebook" in actions[0].disabled.reason
    assert await rich.lenses(uri) == []
    answer = await rich.command("solve", uri=uri, qualname="total")
    assert answer["status"] == "error"
    assert "notebook" in answer["message"]


async def test_a_very_large_document_says_why_not(rich, uri):
    rich.open(uri, SUM + "# padding\n" * 510_000)
    assert await rich.actions(uri, "def total") == []
    answer = await rich.command("solve", uri=uri, qualname="total")
    assert answer["status"] == "error"
    assert "characters" in answer["message"]


async def test_two_roots_have_their_own_projects(tmp_path):
    roots = [tmp_path / name for name in ("one", "two")]
    for number, root in enumerate(roots):
        (root / "tests").mkdir(parents=True)
        (root / "pyproject.toml").touch()
        expected = "8" if number == 0 else "-1"
        test = f"from work import biggest\n\n\ndef test_it():\n    assert biggest([3, -5, 8]) == {expected}\n"
        (root / "tests/test_work.py").write_text(test)
        (root / "work.py").write_text(NO_EXAMPLE)
    editor = await start_editor("vscode", tmp_path, folders=roots)
    answers = []
    for root in roots:
        uri = (root / "work.py").as_uri()
        editor.open(uri, NO_EXAMPLE)
        answers.append(await editor.solve(uri, "def biggest"))
    assert [[case["expected"] for case in answer["project"]] for answer in answers] == [["8"], ["-1"]]
    assert [answer["status"] for answer in answers] == ["verified", "unverified"]
    await stop_editor(editor)


async def test_settings_change_while_the_server_runs(tmp_path, uri):
    editor = await start_editor("vscode", tmp_path, capabilities=able())
    editor.open(uri, NO_EXAMPLE)
    assert (await editor.solve(uri, "def biggest"))["candidates"] > 1
    editor.client.set_configuration({"solve": {"samples": 1, "seed": 5}}, section="atlas")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    await asyncio.sleep(0.5)
    assert (await editor.solve(uri, "def biggest"))["candidates"] == 1
    # Only what was changed is changed: the initialization options still hold.
    assert "--seed 5" in await editor.report((await editor.command("explain"))["uri"])
    # Another model: the engine is given back and another one is asked for.
    editor.client.set_configuration({"engine": {"model": "/no/such/model.gguf"}}, section="atlas")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    await asyncio.sleep(0.5)
    assert "/no/such/model.gguf" in (await editor.solve(uri, "def biggest"))["message"]
    editor.client.set_configuration({"solve": {"samples": "many"}, "colour": 1}, section="atlas")
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
    await editor.until(lambda: any("solve.samples" in message.message for message in editor.client.messages))
    assert any("colour" in message.message for message in editor.client.messages)
    assert (await editor.solve(uri, "def biggest"))["candidates"] > 1
    await stop_editor(editor)


async def test_settings_are_pushed_by_clients_that_cannot_be_asked(tmp_path, uri):
    capabilities = able()
    capabilities.workspace.configuration = False
    editor = await start_editor("vscode", tmp_path, capabilities=capabilities)
    editor.open(uri, NO_EXAMPLE)
    pushed = types.DidChangeConfigurationParams(settings={"atlas": {"solve": {"samples": 1}}})
    editor.client.workspace_did_change_configuration(pushed)
    assert (await editor.solve(uri, "def biggest"))["candidates"] == 1
    await stop_editor(editor)


AUTOMATIC, INVOKED = types.InlineCompletionTriggerKind.Automatic, types.InlineCompletionTriggerKind.Invoked


def ghost_params(editor, uri, needle, shift=0, kind=AUTOMATIC):
    text = editor.texts[uri]
    return types.InlineCompletionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        position=to_position(text, text.index(needle) + shift, editor.encoding),
        context=types.InlineCompletionContext(trigger_kind=kind),
    )


async def ghost(editor, uri, *where):
    return await editor.client.text_document_inline_completion_async(ghost_params(editor, uri, *where))


def take(editor, uri, item):
    start, end = (to_offset(editor.texts[uri], at, editor.encoding) for at in (item.range.start, item.range.end))
    editor.change(uri, start, end, item.insert_text)


@pytest.mark.parametrize("stub", ["    pass\n", "    raise NotImplementedError  # later\n", "    \n", "", "\n"])
async def test_a_known_solution_is_shown_as_ghost_text(rich, uri, stub):
    source = "x = 1\n\n\n" + SUM + stub + "\n\ny = 2\n"
    rich.open(uri, source)
    place = source.index(SUM) + len(SUM) - source.index("def total")
    assert not await ghost(rich, uri, "def total", place)
    assert (await rich.solve(uri, "def total"))["applied"] is True
    solved = rich.texts[uri]
    assert not await ghost(rich, uri, "def total", place)
    rich.change(uri, 0, len(solved), source)
    (item,) = await ghost(rich, uri, "def total", place)
    assert item.range.start.line == item.range.end.line
    assert item.range.start.line == source[: source.index(SUM) + len(SUM)].count("\n")
    take(rich, uri, item)
    assert rich.function(uri, "total")([2, 3]) == 2
    assert rich.texts[uri].startswith("x = 1\n\n\n" + SUM.rstrip())
    assert rich.texts[uri].rstrip().endswith("y = 2")


def solving(editor) -> int:
    """How many states "solving" the editor was told; the last state of a solve may come after its answer."""
    return sum(status["state"] == "solving" for status in editor.statuses)


async def test_an_invoked_completion_solves(rich, uri):
    rich.open(uri, SUM + "    pass\n\n\n" + NO_EXAMPLE + "    pass\n")
    before = rich.texts[uri]
    assert not await ghost(rich, uri, SUM, len(SUM) + 4)  # nothing is begun while somebody types
    assert rich.processes.engines() == []
    (item,) = await ghost(rich, uri, SUM, len(SUM) + 4, INVOKED)
    assert rich.texts[uri] == before
    take(rich, uri, item)
    assert rich.function(uri, "total")([2, 3]) == 2
    # Without an example nothing can be verified: no ghost text, and no second try at the same text.
    where = (NO_EXAMPLE, len(NO_EXAMPLE) + 4, INVOKED)
    assert not await ghost(rich, uri, *where)
    begun = solving(rich)
    assert not await ghost(rich, uri, *where)
    assert solving(rich) == begun >= 1


async def test_a_cancelled_completion_leaves_nothing_running(rich, uri):
    rich.open(uri, SUM + "    pass\n")
    params = ghost_params(rich, uri, SUM, len(SUM) + 4, INVOKED)
    asked = rich.client.protocol.send_request(types.TEXT_DOCUMENT_INLINE_COMPLETION, params, msg_id="ghost")
    await rich.until(lambda: any(status["state"] == "solving" for status in rich.statuses))
    rich.client.cancel_request(types.CancelParams(id="ghost"))
    with pytest.raises(JsonRpcException) as raised:
        await asyncio.wrap_future(asked)
    assert raised.value.code == -32800
    assert (await rich.command("cancel", uri=uri))["status"] == "idle"
    assert rich.statuses[-1]["state"] == "none"


@pytest.mark.parametrize("wanted", ["never", "automatic"])
async def test_when_completions_solve_is_a_setting(tmp_path, uri, wanted):
    editor = await start_editor("vscode", tmp_path, {**OPTIONS, "completion": {"solve": wanted}})
    editor.open(uri, SUM + "    pass\n")
    kind = AUTOMATIC if wanted == "automatic" else INVOKED
    assert bool(await ghost(editor, uri, SUM, len(SUM) + 4, kind)) is (wanted == "automatic")
    assert bool(editor.processes.engines()) is (wanted == "automatic")
    await stop_editor(editor)


async def test_no_ghost_text_elsewhere(rich, uri):
    rich.open(uri, SUM + "    pass\n\n\n" + NO_EXAMPLE + "    pass\n")
    await rich.solve(uri, "def biggest")
    assert not await ghost(rich, uri, NO_EXAMPLE, len(NO_EXAMPLE) + 4)  # weak: never offered as if it were right
    before = rich.texts[uri]
    await rich.solve(uri, "def total")
    rich.change(uri, 0, len(rich.texts[uri]), before)
    assert await ghost(rich, uri, SUM, len(SUM) + 4)
    assert not await ghost(rich, uri, "total(nums)")
    rich.insert(uri, "even", "big ")
    assert not await ghost(rich, uri, "    pass", 4)
