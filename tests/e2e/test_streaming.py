"""What the user sees while a solve runs and after it: progress, status, diagnostics, lenses, hovers, reports."""

import asyncio
import json
import re
import shlex
import subprocess
import sys

import pytest
from lsp_editor import CLIENTS, LINGER_S, OPTIONS, able, environment, field, plain, start_editor, stop_editor
from lsprotocol import types
from solve_sources import BEYOND, NO_EXAMPLE, SUM, WRONG_SUM

WRONG = WRONG_SUM.replace("    6\n", "    6\n    >>> total([])\n    0\n")
MANY = {"samples": 12}
START = {"line": 0, "character": 5}


def states(editor, qualname="total"):
    seen = [status["state"] for status in editor.statuses if status["qualname"] == qualname]
    return [state for number, state in enumerate(seen) if number == 0 or seen[number - 1] != state]


def by_code(published):
    return {diagnostic.code: diagnostic for diagnostic in published.diagnostics}


async def test_progress_says_stage_candidate_tests_speed_and_time_left(rich, uri):
    rich.open(uri, BEYOND)
    await rich.solve(uri, "def nth", **MANY)
    messages = [field(value, "message") for value in rich.progress if field(value, "kind") == "report"]
    assert any("loading the model" in message for message in messages)
    assert any(re.search(r"candidate \d+ of \d+, unverified", message) for message in messages)
    assert any(re.search(r"candidate \d+: [01]/2 examples", message) for message in messages)
    assert any("tokens/s" in message for message in messages)
    assert any("s left" in message for message in messages)
    assert any("best so far" in message for message in messages)


async def test_status_follows_a_solve_to_its_end(rich, uri):
    rich.open(uri, "x = 1\n\n\n" + SUM)
    await rich.solve(uri, "def total")
    await rich.until(lambda: states(rich) == ["solving", "verified"])
    solving = [status for status in rich.statuses if status["state"] == "solving"]
    assert [status["percentage"] for status in solving] == sorted(status["percentage"] for status in solving)
    assert any(status.get("candidates") == {"done": 1, "planned": 3} for status in solving)
    assert any(status["text"] == "Solving 1/3" for status in solving)
    assert rich.statuses[-1] == {
        "schema": 1, "uri": uri, "qualname": "total", "line": 3, "state": "verified", "text": "Verified 1/1",
    }  # fmt: skip
    rich.insert(uri, "even", "big ")
    await rich.until(lambda: states(rich)[-1] == "none")


async def test_other_clients_are_not_sent_the_status(vscode, uri):
    vscode.open(uri, SUM)
    await vscode.solve(uri, "def total")
    assert vscode.statuses == []


async def test_the_first_candidate_is_visible_and_marked(rich, uri):
    rich.open(uri, BEYOND)
    running = asyncio.create_task(rich.solve(uri, "def nth", **MANY))
    first = await rich.until(
        lambda: [p for p in rich.published if p.diagnostics and p.diagnostics[0].code == "solving"]
    )
    assert "unverified" in first[0].diagnostics[0].message
    assert first[0].version == 1
    hover = await rich.hover(uri, "nth_prime")
    assert "unverified" in hover
    assert "```python" in hover
    shown = await rich.command("preview", uri=uri)
    assert shown["uri"].startswith("atlas-report:/preview/")
    text = await rich.report(shown["uri"])
    assert "unverified" in text
    assert "```diff" in text
    assert rich.client.shown_documents[-1].uri == shown["uri"]
    answer = await running
    assert answer["status"] == "unverified"
    await rich.until(lambda: shown["uri"] in rich.refreshed)
    assert (await rich.report(shown["uri"])).startswith("# nth_prime_palindrome: UNVERIFIED")
    final = by_code(rich.diagnostics[uri])
    assert set(final) == {"unverified", "example"}


async def test_the_best_so_far_says_what_it_fails(rich, uri):
    rich.open(uri, BEYOND)
    await rich.solve(uri, "def nth")
    streamed = [d.message for p in rich.published for d in p.diagnostics if d.code == "solving"]
    assert any(re.search("[01]/2 examples", message) for message in streamed)
    assert any(re.search("expected 1[03]1", message) for message in streamed)


async def test_the_edit_waits_until_the_typing_stops(rich, uri):
    rich.open(uri, "x = 1\n\n\n" + SUM)
    running = asyncio.create_task(rich.solve(uri, "def total"))
    known = 0
    while known < 12:  # more than a second of typing after the result is known
        rich.change(uri, 0, 0, "#")
        await asyncio.sleep(0.1)
        known += states(rich)[-1:] == ["verified"]
    assert not rich.edits
    typed = rich.texts[uri]
    answer = await running
    assert answer["applied"] is True, answer
    assert len(rich.edits) == 1
    assert rich.texts[uri].startswith(typed.rstrip())


@pytest.mark.parametrize("kind", CLIENTS)
async def test_stop_and_use_the_best(tmp_path, uri, kind):
    # Nothing is looked at before all candidates are written, so it does not end by itself.
    editor = await start_editor(kind, tmp_path, {**OPTIONS, "solve": {"samples": 40, "first_samples": 40}})
    editor.open(uri, SUM)
    running = asyncio.create_task(editor.solve(uri, "def total"))
    # There is something to use once a candidate passes the example.
    await editor.until(lambda: any(": 1/1 examples" in (field(v, "message") or "") for v in editor.progress))
    assert await editor.command("best", uri=uri) == {"status": "stopping"}
    answer = await running
    assert answer["status"] in ("verified", "weak")
    assert answer["candidates"] < 40
    assert await editor.command("best") == {"status": "idle"}
    await stop_editor(editor)


async def test_solves_wait_in_line_and_say_where(rich, uri):
    rich.open(uri, SUM + "\n\n" + NO_EXAMPLE + "\n\n" + BEYOND)
    solves = []
    for name, needle in (("total", "def total"), ("biggest", "def biggest"), ("nth_prime_palindrome", "def nth")):
        solves.append(asyncio.create_task(rich.solve(uri, needle)))
        await rich.until(lambda name=name: states(rich, name))
    queued = [(s["qualname"], s["position"], s["text"]) for s in rich.statuses if s["state"] == "queued"]
    assert queued[:2] == [("biggest", 1, "Queued: 1 before it"), ("nth_prime_palindrome", 2, "Queued: 2 before it")]
    assert ("nth_prime_palindrome", 1, "Queued: 1 before it") in queued or not solves[1].done()
    messages = [field(value, "message") for value in rich.progress]
    assert "waiting for another solve" in messages
    assert "waiting for 2 other solves" in messages
    answers = await asyncio.gather(*solves)
    assert [answer["status"] for answer in answers] == ["verified", "weak", "unverified"]
    for name, state in (("total", "verified"), ("biggest", "weak"), ("nth_prime_palindrome", "unverified")):
        assert states(rich, name)[-1] == state
    assert states(rich, "biggest")[:2] == ["queued", "solving"]


async def test_what_changes_while_it_waits_is_solved_as_it_is_then(rich, uri):
    rich.open(uri, NO_EXAMPLE + "\n\n" + SUM)
    first = asyncio.create_task(rich.solve(uri, "def biggest"))
    await rich.until(lambda: states(rich, "biggest"))
    second = asyncio.create_task(rich.solve(uri, "def total"))
    await rich.until(lambda: states(rich, "total") == ["queued"])
    rich.insert(uri, ">>> total", ">>> total([6])\n    6\n    ")
    changed = rich.texts[uri]
    await first
    answer = await second
    assert answer["applied"] is True, answer
    assert [given["call"] for given in answer["given"]] == ["total([6])", "total([1, 2, 4])"]
    assert rich.texts[uri].startswith(changed.rstrip())


async def test_cancelling_what_waits_leaves_the_others(rich, uri):
    rich.open(uri, SUM + "\n\n" + NO_EXAMPLE)
    first = asyncio.create_task(rich.solve(uri, "def total"))
    await rich.until(lambda: states(rich, "total"))
    second = asyncio.create_task(rich.solve(uri, "def biggest"))
    await rich.until(lambda: states(rich, "biggest") == ["queued"])
    assert await rich.command("cancel", uri=uri, qualname="biggest") == {"status": "cancelled"}
    assert (await second)["status"] == "cancelled"
    assert states(rich, "biggest") == ["queued", "none"]
    assert (await first)["applied"] is True


async def test_cancelling_without_a_function_ends_all_of_the_document(rich, uri):
    text = SUM + "\n\n" + NO_EXAMPLE
    rich.open(uri, text)
    first = asyncio.create_task(rich.solve(uri, "def total", samples=64))
    await rich.until(lambda: states(rich, "total"))
    second = asyncio.create_task(rich.solve(uri, "def biggest"))
    await rich.until(lambda: states(rich, "biggest") == ["queued"])
    assert await rich.command("cancel", uri=uri) == {"status": "cancelled"}
    assert [(await solve)["status"] for solve in (first, second)] == ["cancelled", "cancelled"]
    assert states(rich, "biggest") == ["queued", "none"]  # it has not had its turn
    assert rich.texts[uri] == text


async def test_a_closed_document_has_no_states(rich, uri):
    rich.open(uri, SUM)
    assert (await rich.solve(uri, "def total"))["status"] == "verified"
    assert states(rich, "total")[-1] == "verified"
    rich.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await rich.until(lambda: states(rich, "total")[-1] == "none")
    rich.open(uri, SUM)
    assert await rich.titles(uri, "def total")  # everything before it was answered
    assert states(rich, "total")[-1] == "none"


async def test_an_example_that_the_body_fails_is_marked_on_its_line(editor, uri):
    editor.open(uri, "\n\n" + WRONG)
    running = asyncio.create_task(editor.solve(uri, "def total"))
    await editor.until(lambda: uri in editor.diagnostics and "failing-example" in by_code(editor.diagnostics[uri]))
    found = [d for d in editor.diagnostics[uri].diagnostics if d.code == "failing-example"]
    assert [d.range.start.line for d in found] == [5]
    assert found[0].message == "fails: total([1, 2, 4]): expected 6, got 7"
    assert (await running)["applied"] is True
    await editor.until(lambda: not editor.diagnostics[uri].diagnostics)


async def test_lenses_tell_the_state(rich, uri):
    rich.open(uri, SUM + "\n\n" + NO_EXAMPLE + '\n\ndef done(x):\n    """Return x."""\n    return x\n')
    assert [title for _, title in await rich.lenses(uri)] == ["Solve", "Solve"]
    running = asyncio.create_task(rich.solve(uri, "def total"))
    await rich.until(lambda: states(rich))
    assert [title for line, title in await rich.lenses(uri) if "total" in line][-1] == "Stop and use the best"
    await running
    await rich.solve(uri, "def biggest")
    titles = dict(await rich.lenses(uri))
    assert titles["def total(nums):"] == "Verified 1/1"
    assert titles["def biggest(values):"].startswith("Weak: ")
    assert titles["def biggest(values):"].endswith(" to confirm")
    assert "lenses" in rich.refreshed
    rich.insert(uri, "even", "big ")
    assert "def total(nums):" not in dict(await rich.lenses(uri))


async def test_hover_and_report_have_the_evidence(rich, uri):
    rich.open(uri, SUM)
    assert await rich.hover(uri, "total") is None
    await rich.solve(uri, "def total", seed=7)
    hover = await rich.hover(uri, "total")
    for part in ("VERIFIED", "total([1, 2, 4]) == 6", "seed 7", "tokens", " s.", "Atlas Pocket"):
        assert part in hover, hover
    assert await rich.hover(uri, "nums):") is None
    assert await rich.hover(uri, "Return the sum") is None
    shown = await rich.command("explain", uri=uri, qualname="total")
    assert shown["uri"].startswith("atlas-report:/report/")
    report = await rich.report(shown["uri"])
    for part in (
        "# total: VERIFIED",
        "```diff",
        "## Given examples",
        "seed 7",
        "work.py::total",
        "--seed 7",
        "sandbox",
    ):
        assert part in report, report
    assert await rich.command("reject", uri=uri, position={"line": 0, "character": 5}) == {"status": "rejected"}
    with pytest.raises(Exception, match="no report"):
        await rich.report(shown["uri"])


def of_the_command(report, home):
    """Run the command of a report; return its events."""
    words = shlex.split(report.split("```sh\n")[1].split("\n```")[0])
    assert words[0] == "atlas-ls"
    done = subprocess.run(
        [sys.executable, "-m", "atlas_server", *words[1:], "--json-events"],
        env=home,
        capture_output=True,
        timeout=240,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


GREEDY = {"temperature": 1e-4, "samples": 6, "test_samples": 1}


@pytest.mark.parametrize(
    ("source", "settings", "asked", "route"),
    [(SUM, {}, {"route": "full"}, ("full", 20)), (BEYOND, GREEDY, {"seed": 4}, ("samples", 6))],
    ids=["full pipeline", "changed settings"],
)
async def test_the_command_of_a_report_makes_the_evidence_again(tmp_path, uri, source, settings, asked, route):
    """Samples at temperature 0.8 differ from one batch to the next; the likeliest ones, and the chosen one, do not."""
    (tmp_path / "work.py").write_text(source)
    options = {**OPTIONS, "solve": settings}
    editor = await start_editor("vscode", tmp_path, capabilities=able(), options=options)
    try:
        editor.open(uri, source)
        answer = await editor.solve(uri, "def ", **asked)
        report = await editor.report((await editor.command("explain", uri=uri, position=START))["uri"])
        tried = (await editor.command("candidates", uri=uri, position=START))["candidates"]
    finally:
        await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()
    events = await asyncio.to_thread(of_the_command, report, environment(tmp_path))
    (chosen,) = [(event["route"], event["samples"]) for event in events if event["event"] == "RouteChosen"]
    assert chosen == route
    again = {e["candidate"]["index"]: e["candidate"]["body"] for e in events if e["event"] == "CandidateMade"}
    assert len(again) == len(tried) == answer["candidates"]
    (best,) = [each["code"] for each in tried if each["chosen"]]
    assert events[-1]["selection"]["best"]["candidate"]["body"] == best
    if settings:
        assert again == {each["index"]: each["code"] for each in tried}
        assert len(set(again.values())) == 1


async def test_a_repair_has_no_command(rich, uri):
    rich.open(uri, WRONG)
    assert await rich.run(await rich.action(uri, "def total", "Repair this function"))
    report = await rich.report((await rich.command("explain", uri=uri, qualname="total"))["uri"])
    assert "It repaired the body" in report
    assert "```sh" not in report


async def test_without_virtual_documents_the_report_is_a_file(editor, uri):
    editor.open(uri, SUM)
    await editor.solve(uri, "def total")
    shown = await editor.command("explain")
    assert shown["uri"].startswith("file:")
    assert "# total: VERIFIED" in await editor.report(shown["uri"])


async def test_commands_without_a_result_say_so(editor, uri):
    editor.open(uri, SUM)
    for name in ("explain", "preview", "apply"):
        assert (await editor.command(name, uri=uri, qualname="total"))["status"] == "error"
    for name in ("reject", "cancel", "best"):
        assert (await editor.command(name, uri=uri))["status"] == "idle"
    assert plain(await editor.command("solve", uri="file:///not/open.py", qualname="f"))["status"] == "error"


async def test_a_position_names_the_function_as_well(editor, uri):
    editor.open(uri, "\n" + SUM)
    answer = await editor.command("solve", uri=uri, position={"line": 2, "character": 3})
    assert answer["applied"] is True
    assert answer["function"] == "total"
