"""The history through the real server and the real command line: pocket model, real sandbox, real files."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from lsp_editor import LINGER_S, OPTIONS, environment, start_editor, stop_editor
from lsprotocol import types
from solve_records import solve_record
from solve_sources import BEYOND, NO_EXAMPLE, SUM

from atlas_pipeline.history import History, Outcome, files, store
from atlas_pipeline.history.reading import read
from atlas_pipeline.settings import HistorySettings

HELPER = SUM + '    return sum(n for n in nums if even(n))\n\n\ndef even(n):\n    """Tell whether n is even."""\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home/.data/atlas-ls/history/history.sqlite3"


@pytest_asyncio.fixture
async def editors(tmp_path):
    """Start one editor after the other; what one leaves on disk, the next finds."""
    running = []

    async def stop():
        while running:
            editor = running.pop()
            await stop_editor(editor)
            assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()  # its engine lingers

    async def start(**options):
        await stop()
        running.append(await start_editor("vscode", tmp_path, options={**OPTIONS, **options}))
        return running[0]

    yield start
    await stop()


def kept(path):
    return read(path, lambda connection: list(store.export(connection))) or []


def whats(solve):
    return [outcome["what"] for outcome in solve["outcomes"]]


async def outcomes(editor, path, count):
    """Wait until the newest solve has so many outcomes."""
    await editor.until(lambda: (found := kept(path)) and len(whats(found[-1])) >= count)
    return kept(path)[-1]["outcomes"]


async def test_the_second_answer_comes_without_a_token_and_is_verified_again(editors, uri, path):
    editor = await editors()
    editor.open(uri, SUM)
    first = await editor.solve(uri, "def total")
    assert first["applied"] is True, first
    assert first["cost"]["completion_tokens"] > 0
    editor = await editors()
    editor.open(uri, SUM)
    second = await editor.solve(uri, "def total")
    assert second["applied"] is True, second
    assert second["status"] == "verified"
    assert second["code"] == first["code"]
    assert second["cost"]["completion_tokens"] == 0
    assert second["cost"]["programs_run"] > 0
    assert second["given"] == first["given"]
    assert "from the history" in second["message"]
    assert editor.processes.engines() == []  # the model was not even loaded
    assert any("verified again" in str(value) for value in editor.progress)
    await editors()
    earlier, answer = kept(path)
    assert (answer["answered_from"], answer["candidates"]) == (earlier["uid"], [])
    assert whats(answer) == ["verified", "accepted"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SUM, SUM.replace("Return the sum", "Return  the sum")),
        (HELPER, HELPER.replace("Tell whether n is", "Tell whether the integer n is")),
    ],
    ids=["docstring", "helper"],
)
async def test_a_changed_text_is_solved_anew(editors, uri, path, before, after):
    editor = await editors()
    editor.open(uri, before)
    assert (await editor.solve(uri, "def total"))["cost"]["completion_tokens"] > 0
    editor.open(uri + "2.py", after)
    assert (await editor.solve(uri + "2.py", "def total"))["cost"]["completion_tokens"] > 0
    editor.open(uri + "3.py", before)  # nothing else was in the way
    assert (await editor.solve(uri + "3.py", "def total"))["cost"]["completion_tokens"] == 0


async def test_solving_again_asks_the_model(editors, uri):
    editor = await editors()
    editor.open(uri, SUM)
    assert (await editor.solve(uri, "def total"))["cost"]["completion_tokens"] > 0
    assert (await editor.solve(uri, "def total"))["cost"]["completion_tokens"] > 0  # of what stands there
    for number, options in enumerate(({"fresh": True}, {"seed": 5}, {"samples": 4}, {"route": "full"})):
        other = f"{uri}{number}.py"
        editor.open(other, SUM)
        assert (await editor.solve(other, "def total", **options))["cost"]["completion_tokens"] > 0, options
    last = f"{uri}-last.py"
    editor.open(last, SUM)
    assert (await editor.solve(last, "def total", seed=5))["cost"]["completion_tokens"] == 0


async def test_the_cache_and_the_history_can_be_switched_off(editors, uri, path):
    editor = await editors(history={"enabled": False})
    editor.open(uri, SUM)
    assert (await editor.solve(uri, "def total"))["applied"] is True
    await editors()
    assert not path.parent.exists()
    editor = await editors(history={"cache": False})
    for number in range(2):
        editor.open(f"{uri}{number}.py", SUM)
        assert (await editor.solve(f"{uri}{number}.py", "def total"))["cost"]["completion_tokens"] > 0
    await editors()
    assert len(kept(path)) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_undone_redone_and_edited_are_noted(editors, uri, path):
    editor = await editors()
    editor.open(uri, SUM)
    assert (await editor.solve(uri, "def total"))["applied"] is True
    solved = editor.texts[uri]
    found = await outcomes(editor, path, 2)
    assert [(outcome["what"], outcome["detail"]) for outcome in found] == [("verified", ""), ("accepted", "by itself")]
    editor.change(uri, 0, len(solved), SUM)
    assert (await outcomes(editor, path, 3))[-1]["what"] == "reverted"
    # What was undone is not given again.
    other = f"{uri}2.py"
    editor.open(other, SUM)
    assert (await editor.solve(other, "def total"))["cost"]["completion_tokens"] > 0
    editor.change(uri, 0, len(SUM), solved)
    await editor.until(lambda: whats(kept(path)[0])[-1] == "accepted")
    body = solved.index('"""\n', solved.index(">>>")) + len('"""\n')
    for at, text in ((body, "    # the even ones\n\n"), (solved.index("    >>>"), "    Zero is even.\n\n")):
        editor.change(uri, at, at, text)
        editor.change(uri, at, at + len(text), "")
    editor.change(uri, body, body, "    nums = list(nums)\n")
    await editor.until(lambda: whats(kept(path)[0])[-1] == "edited")
    assert whats(kept(path)[0]) == ["verified", "accepted", "reverted", "accepted", "edited"]


async def test_ghost_text_that_was_taken_is_noted(editors, uri, path):
    source = SUM + "    \n"
    editor = await editors()
    editor.open(uri, source)
    at = types.Position(line=source.count("\n") - 1, character=4)
    invoked = types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Invoked)
    params = types.InlineCompletionParams(
        context=invoked, text_document=types.TextDocumentIdentifier(uri=uri), position=at
    )
    (item,) = await editor.client.text_document_inline_completion_async(params)
    start = source.index("    \n", source.rindex('"""'))
    editor.change(uri, start, start + 4, item.insert_text)
    found = await outcomes(editor, path, 2)
    assert (found[-1]["what"], found[-1]["detail"]) == ("accepted", "as the editor's own insertion")
    assert kept(path)[0]["kind"] == "completion"
    # The ghost text of another day comes from a whole solve as well as from a quick one.
    editor.open(f"{uri}2.py", SUM)
    assert (await editor.solve(f"{uri}2.py", "def total"))["cost"]["completion_tokens"] > 0
    editor = await editors()
    editor.open(uri, source)
    (again,) = await editor.client.text_document_inline_completion_async(params)
    assert again.insert_text == item.insert_text
    await editors()
    assert kept(path)[-1]["answered_from"] == kept(path)[1]["uid"]


async def test_weak_results_are_noted_as_the_user_has_it(editors, uri, path):
    editor = await editors()
    editor.open(uri, NO_EXAMPLE)
    assert (await editor.solve(uri, "def biggest"))["status"] == "weak"
    await editor.until(lambda: kept(path))
    assert whats(kept(path)[0]) == []
    answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": 0, "right": True})
    assert answer["status"] == "verified", answer
    found = await outcomes(editor, path, 2)
    assert [outcome["what"] for outcome in found] == ["verified", "accepted"]
    assert "is right" in found[0]["detail"]
    other = f"{uri}2.py"
    editor.open(other, NO_EXAMPLE)
    assert (await editor.solve(other, "def biggest"))["status"] == "weak"
    assert (await editor.command("reject", uri=other, qualname="biggest"))["status"] == "rejected"
    found = await outcomes(editor, path, 1)
    assert (found[-1]["what"], found[-1]["detail"]) == ("rejected", "dropped")


async def test_what_is_wrong_with_the_file_is_shown_and_the_solve_goes_on(editors, uri, path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    editor = await editors()
    editor.open(uri, SUM)
    assert (await editor.solve(uri, "def total"))["applied"] is True
    await editor.until(lambda: any("was damaged" in message.message for message in editor.client.messages))
    await editors()
    assert len(kept(path)) == 1
    assert len(list(path.parent.glob("history-damaged-*"))) == 1


async def test_another_server_knows_what_became_of_the_routes(editors, uri, path, tmp_path):
    learned = []

    async def solve_one(number, **options):
        editor = await editors(solve={"route": "auto", "samples": 3, "test_samples": 0, "mutants": 0}, **options)
        editor.open(f"{uri}{number}.py", BEYOND)
        assert (await editor.solve(f"{uri}{number}.py", "def nth"))["status"] == "unverified"
        said = [str(value) for value in editor.progress]
        await editors()
        learned.extend(count for count in range(5) if any(f"from {count} earlier" in value for value in said))
        return said

    await solve_one(1)
    await solve_one(2)
    said = await solve_one(3, history={"enabled": False})
    assert any("history.enabled is false; the route is chosen without" in value for value in said)
    assert atlas(environment(tmp_path), "history", "clear", "--yes").returncode == 0
    await solve_one(4)
    assert learned == [0, 1, 0, 0]
    assert [solve["route"]["learned_from"] for solve in kept(path)] == [0]


async def test_two_servers_share_it(tmp_path, uri, path):
    first = await start_editor("vscode", tmp_path)
    second = await start_editor("neovim-0.12", tmp_path)
    first.open(uri, SUM)
    second.open(uri, SUM)
    assert (await first.solve(uri, "def total"))["cost"]["completion_tokens"] > 0
    await first.until(lambda: kept(path))
    assert (await second.solve(uri, "def total"))["cost"]["completion_tokens"] == 0
    await stop_editor(first)
    await stop_editor(second)
    assert len(kept(path)) == 2


# The command line.


@pytest.fixture
def home(tmp_path):
    return {**environment(tmp_path), "COLUMNS": "200"}


def atlas(home, *arguments, **options):
    command = [sys.executable, "-m", "atlas_server", *map(str, arguments)]
    return subprocess.run(
        command, env=home, capture_output=True, timeout=240, stdin=subprocess.DEVNULL, check=False, **options
    )


def test_the_command_line_keeps_and_answers(home, tmp_path, path):
    work = tmp_path / "work.py"
    work.write_text(SUM)
    solve = ("solve", f"{work}::total", "--json", "--set", "engine.linger_s=1")
    first = json.loads(atlas(home, *solve).stdout)
    again = atlas(home, "solve", f"{work}::total", "--json-events", "--write")
    assert again.returncode == 0, again.stderr.decode()
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert [event["verified"] for event in events if event["event"] == "EarlierAnswerJudged"] == [True]
    assert events[-1]["selection"]["cost"]["completion_tokens"] == 0
    assert "def total" in work.read_text() and "return" in work.read_text()
    work.write_text(SUM)
    fresh = json.loads(atlas(home, *solve, "--fresh", "--set", "history.enabled=false").stdout)
    assert fresh["cost"]["completion_tokens"] > 0
    fresh = json.loads(atlas(home, *solve, "--fresh").stdout)
    assert fresh["cost"]["completion_tokens"] > 0
    solves = kept(path)
    assert [solve["answered_from"] for solve in solves] == ["", solves[0]["uid"], ""]
    assert whats(solves[1]) == ["verified", "accepted"]
    assert first["level"] == "VERIFIED"


@pytest.fixture
def three(path):
    """A history of three solves."""
    history = History(HistorySettings(), path=path)
    for number, uid in enumerate(("aa1", "ab2", "c3")):
        history.add(solve_record(uid, began_at=1000.0 + number))
    history.outcome("c3", Outcome.ACCEPTED, "by itself")
    history.close()
    return kept(path)


def test_listing_and_showing(home, three, path):
    listed = json.loads(atlas(home, "history", "list", "--json").stdout)
    assert [row["uid"] for row in listed["solves"]] == ["c3", "ab2", "aa1"]
    assert (listed["schema"], listed["path"], listed["bytes"]) == (1, str(path), path.stat().st_size)
    shown = atlas(home, "history", "list", "-n", "2").stdout.decode()
    assert [word in shown for word in ("c3", "ab2", "aa1", "double", "work.py", "VERIFIED", "accepted")] == [
        *[True] * 2, False, *[True] * 4
    ]  # fmt: skip
    assert "double" not in atlas(home, "history", "list", "nothing like it").stdout.decode()
    one = atlas(home, "history", "show", "c").stdout.decode()
    assert "Double x." in one
    assert "candidate 1 (sample, chosen): 1/1 examples, log-probability -0.250" in one
    assert "accepted: by itself" in one
    assert json.loads(atlas(home, "history", "show", "ab", "--json").stdout) == {"schema": 1, **three[1]}
    for start, said in (("z", b"no solve has an ID"), ("a", b"2 solves have an ID")):
        done = atlas(home, "history", "show", start)
        assert done.returncode == 2
        assert said in done.stderr


def test_exporting(home, three, tmp_path):
    exported = [json.loads(line) for line in atlas(home, "history", "export").stdout.splitlines()]
    assert exported == [{"schema": 1, **solve} for solve in three]
    target = tmp_path / "out.jsonl"
    assert b"3 solves written" in atlas(home, "history", "export", target).stdout
    assert [json.loads(line) for line in target.read_text().splitlines()] == exported
    assert target.stat().st_mode & 0o777 == 0o600
    assert atlas(home, "history", "export", target).returncode == 2  # it is not replaced


def test_clearing(home, three, path):
    refused = atlas(home, "history", "clear")
    assert refused.returncode == 2
    assert b"--yes" in refused.stderr
    assert len(kept(path)) == 3
    cleared = json.loads(atlas(home, "history", "clear", "--yes", "--json").stdout)
    assert cleared["bytes"] > 0
    assert not path.exists()
    assert json.loads(atlas(home, "history", "list", "--json").stdout)["solves"] == []
    assert not path.exists()


@pytest.mark.parametrize(("answer", "remains"), [("n", True), ("", True), ("y", False)])
def test_clearing_asks_first(home, path, answer, remains):
    with files.opened(path):
        pass
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "atlas_server", "history", "clear"], env=home, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 1000)
    os.write(ours, f"{answer}\n".encode())
    assert process.wait(60) == 0
    os.close(ours)
    assert path.exists() is remains


def test_a_history_that_cannot_be_read_is_an_error_of_the_command(home, path, tmp_path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    done = atlas(home, "history", "list")
    assert done.returncode == 2
    assert b"history clear" in done.stderr
    assert atlas(home, "history", "clear", "--yes").returncode == 0
    assert not path.exists()
    assert Path(path.parent).exists()
