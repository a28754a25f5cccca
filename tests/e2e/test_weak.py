"""WEAK results: the cases they rest on, what the user says of them, and results whose function was changed."""

import asyncio

import pytest
from lsp_editor import field
from solve_sources import NO_EXAMPLE, SUM


async def report_of(editor, uri, qualname):
    return await editor.report((await editor.command("explain", uri=uri, qualname=qualname))["uri"])


async def test_a_confirmed_case_is_a_given_example_and_verifies(editor, uri):
    editor.open(uri, NO_EXAMPLE)
    weak = await editor.solve(uri, "def biggest", seed=3)
    assert weak["status"] == "weak", weak
    tokens = weak["cost"]["completion_tokens"]
    assert tokens > 0
    cases = weak["cases_to_confirm"]
    right = next(i for i, case in enumerate(cases) if case["actual"] == outcome(MAXIMUM, case["call"]))
    case = cases[right]
    assert f"Confirm: {case['call']} == {case['actual']}" in await editor.titles(uri, "def biggest")
    answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": right, "right": True})
    assert answer["status"] == "verified", answer
    assert answer["applied"] is True
    assert [given["call"] for given in answer["given"]] == [case["call"]]
    assert answer["cost"]["completion_tokens"] == 0
    assert editor.function(uri, "biggest")([3, -5, 8]) == 8
    report = await report_of(editor, uri, "biggest")
    assert "--seed 3" in report  # of the candidates, whatever the settings say by now
    assert "knows nothing of the cases" in report

    assert "Add the confirmed cases to the docstring" in await editor.titles(uri, "def biggest")
    assert await editor.command("examples", uri=uri, qualname="biggest") == {"status": "applied"}
    assert f'    >>> {case["call"]}\n    {case["actual"]}\n    """\n' in editor.texts[uri]
    assert editor.function(uri, "biggest")([3, -5, 8]) == 8
    assert len(editor.edits) == 2
    # It is still the solved function, and the new example is read as one.
    again = await editor.solve(uri, "biggest(values)")
    assert [given["call"] for given in again["given"]] == [case["call"]]


MAXIMUM = "def biggest(values):\n    return max((v for v in values if v > 0), default=0)\n"


def outcome(code, call):
    """Return what a call gives, or which exception it raises."""
    namespace = {}
    exec(code, namespace)
    try:
        return repr(eval(call, namespace))
    except Exception as error:
        return type(error).__name__


async def test_a_wrong_case_leaves_out_whoever_does_that(editor, uri):
    editor.open(uri, NO_EXAMPLE)
    weak = await editor.solve(uri, "def biggest")
    assert weak["status"] == "weak", weak
    case = weak["cases_to_confirm"][0]
    answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": 0, "right": False})
    assert answer["status"] in ("weak", "unverified")
    assert answer["candidates"] < weak["candidates"]
    assert editor.texts[uri] == NO_EXAMPLE
    if answer["code"] is not None:
        assert outcome(answer["code"], case["call"]) != case["actual"]


async def test_a_case_is_named_as_it_was_asked_and_refused_where_the_result_does_not_rest_on_it(editor, uri):
    editor.open(uri, NO_EXAMPLE)
    weak = await editor.solve(uri, "def biggest", seed=3)
    cases = [f"{case['call']} == {case['actual']}" for case in weak["cases_to_confirm"]]
    action = await editor.action(uri, "def biggest", f"Wrong: {cases[-1]}")
    assert action.command.arguments[0]["options"]["asked"] == cases[-1]
    # As if the result had become another one since: the place counts for nothing.
    for asked in ("biggest([]) == 'never'", cases[0].upper()):
        answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": 0, "asked": asked})
        assert answer["status"] == "error"
        assert f"does not rest on {asked}" in answer["message"]
    assert editor.texts[uri] == NO_EXAMPLE
    options = {"case": 0, "asked": cases[-1], "right": True}
    answer = await editor.command("confirm", uri=uri, qualname="biggest", options=options)
    assert [given["call"] for given in answer["given"]] == [weak["cases_to_confirm"][-1]["call"]]


async def test_what_is_put_in_or_dropped_is_what_is_pointed_at(editor, uri):
    text = "x = 1\n\n\n" + NO_EXAMPLE
    editor.open(uri, text)
    assert (await editor.solve(uri, "def biggest"))["status"] == "weak"
    for command in ("apply", "reject", "examples"):
        answer = await editor.command(command, uri=uri, position={"line": 0, "character": 0})
        assert answer["status"] == "error"
        assert "there is no function at line 1" in answer["message"]
    assert editor.texts[uri] == text
    # While it is being solved anew, the client shows the best so far, which is not what is kept.
    running = asyncio.create_task(editor.solve(uri, "def biggest", fresh=True, samples=64))
    await editor.until(lambda: len([value for value in editor.progress if field(value, "kind") == "begin"]) == 2)
    for command in ("apply", "reject"):
        answer = await editor.command(command, uri=uri, qualname="biggest")
        assert answer["status"] == "error"
        assert "is being solved" in answer["message"]
    assert editor.texts[uri] == text
    assert await editor.command("cancel", uri=uri) == {"status": "cancelled"}
    assert (await running)["status"] == "cancelled"
    assert await editor.command("apply", uri=uri, qualname="biggest") == {"status": "applied"}


async def test_only_the_cases_there_are_can_be_confirmed(editor, uri):
    editor.open(uri, NO_EXAMPLE + "\n\n" + SUM)
    first = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": 0})
    assert first["status"] == "error"
    assert "solve it first" in first["message"]
    assert (await editor.solve(uri, "def biggest"))["status"] == "weak"
    for case in (None, -1, 99):
        answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": case})
        assert answer["status"] == "error"
        assert "cases 0 to" in answer["message"]
    editor.insert(uri, "largest", "very ")
    answer = await editor.command("confirm", uri=uri, qualname="biggest", options={"case": 0})
    assert answer["status"] == "error"
    assert "changed" in answer["message"]


async def test_a_rejected_result_is_gone(rich, uri):
    rich.open(uri, NO_EXAMPLE)
    await rich.solve(uri, "def biggest")
    assert "Drop the solution" in await rich.titles(uri, "def biggest")
    await rich.until(lambda: rich.diagnostics[uri].diagnostics)
    assert await rich.command("reject", uri=uri) == {"status": "rejected"}
    await rich.until(lambda: not rich.diagnostics[uri].diagnostics)
    assert rich.statuses[-1]["state"] == "none"
    assert "Apply (unconfirmed)" not in await rich.titles(uri, "def biggest")


REBASE = "Verify the solution again for the changed function, and apply it"


@pytest.mark.parametrize("holds", [True, False])
async def test_a_result_for_a_changed_function_is_verified_again(editor, uri, holds):
    editor.open(uri, SUM + "\n\ny = 2\n")
    running = asyncio.create_task(editor.solve(uri, "def total"))
    await asyncio.wait_for(editor.progress_begun.wait(), 60)
    example = ">>> total([6])\n    6\n    " if holds else ">>> total([6])\n    -1\n    "
    editor.insert(uri, '"""\n\n\ny', example)
    changed = editor.texts[uri]
    answer = await running
    assert answer["applied"] is False, answer
    assert editor.texts[uri] == changed
    assert REBASE in await editor.titles(uri, "def total")
    before = answer["cost"]["completion_tokens"]
    again = await editor.command("apply", uri=uri, qualname="total")
    assert before > 0
    assert again["cost"]["completion_tokens"] == 0
    assert again["applied"] is holds, again
    report = await report_of(editor, uri, "total")
    assert "before the document was changed" in report
    assert "```sh" not in report
    if holds:
        assert again["status"] == "verified"
        assert editor.texts[uri].startswith(changed.removesuffix("\n\n\ny = 2\n"))
        assert editor.function(uri, "total")([2, 3]) == 2
    else:
        assert again["status"] == "unverified"
        assert editor.texts[uri] == changed


async def test_an_undone_solution_can_be_applied_again(rich, uri):
    rich.open(uri, SUM)
    await rich.solve(uri, "def total")
    solved = rich.texts[uri]
    rich.change(uri, 0, len(solved), SUM)
    assert "Apply the verified solution" in await rich.titles(uri, "def total")
    assert [title for _, title in await rich.lenses(uri)] == ["Verified 1/1", "Apply"]
    assert await rich.command("apply", uri=uri, qualname="total") == {"status": "applied"}
    assert rich.texts[uri] == solved
