"""The command in a report: what it has to name for the evidence to be the same, and where there is none."""

import shlex

import pytest
from solve_records import solve_record

from atlas_pipeline.settings import (
    EngineSettings,
    HistorySettings,
    SandboxSettings,
    Settings,
    SolveSettings,
    StageThinking,
    ThinkingBudget,
    ThinkingSettings,
)
from atlas_server.cli import parser
from atlas_server.pages import full_report
from atlas_server.results import Result
from atlas_server.solve_command import read_settings

URI = "file:///home/me/my%20work.py"


def report(uri=URI, **changes):
    record = solve_record()
    return full_report(Result(task=record.task, selection=record.selection, **changes), uri=uri)


def command(text):
    """Return the words of the command in a report."""
    return shlex.split(text.split("```sh\n")[1].split("\n```")[0])


def test_the_command_names_the_settings_that_differ():
    settings = Settings(
        engine=EngineSettings(model="/models/it's one.gguf"),
        sandbox=SandboxSettings(readable=("src", "my tests")),
        solve=SolveSettings(route="full", samples=24, seed=7, s_star=False, temperature=0.5),
        history=HistorySettings(cache=False),
    )
    words = command(report(settings=settings))
    assert words[:5] == ["atlas-ls", "solve", "/home/me/my work.py::double", "--seed", "7"]
    assert words[5] == "--fresh"
    assert words[6::2] == ["--set"] * 6
    assert words[7::2] == [
        'engine.model="/models/it\'s one.gguf"',
        'sandbox.readable=["src","my tests"]',
        'solve.route="full"',
        "solve.samples=24",
        "solve.temperature=0.5",
        "solve.s_star=false",
    ]


def test_the_command_line_reads_the_same_settings():
    thinking = ThinkingSettings(full=StageThinking(code=ThinkingBudget(mode="extended", max_tokens=4000)))
    solve = SolveSettings(thinking=thinking, deadline_s=2.5, seed=3, plan_search="medium")
    settings = Settings(solve=solve, sandbox=SandboxSettings(python=".venv/bin/python", preload=("numpy",)))
    options = parser().parse_args(command(report(settings=settings))[1:])
    assert read_settings([*options.set, f"solve.seed={options.seed}"]) == settings
    assert options.fresh


def test_by_default_there_is_nothing_to_set():
    text = report()
    assert command(text) == ["atlas-ls", "solve", "/home/me/my work.py::double", "--seed", "0", "--fresh"]
    assert text.endswith("```\n")  # and nothing is left out


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": "repair"}, "It repaired the body that stood in the document"),
        ({"drawn_for_other_text": True}, "before the document was changed"),
    ],
)
def test_where_no_command_repeats_it_there_is_none(changes, says):
    text = report(**changes)
    assert says in text
    assert "```sh" not in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"confirmed": solve_record().task.examples}, "knows nothing of the cases"),
        ({"refuted": solve_record().task.examples}, "knows nothing of the cases"),
        ({"settings": Settings(solve=SolveSettings(route="auto"))}, "chooses the route anew"),
        ({"stopped": "user"}, "ended early"),
        ({"stopped": "engine"}, "ended early"),
        ({"stopped": "deadline"}, ""),
    ],
)
def test_what_the_command_leaves_out_is_said(changes, says):
    below = report(**changes).split("```sh\n")[1].split("```\n")[1]
    assert (says in below) if says else not below


def test_a_document_without_a_file_has_no_command():
    assert "there is no command" in report(uri="untitled:Untitled-1")
