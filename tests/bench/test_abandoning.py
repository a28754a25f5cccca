"""What giving hopeless tasks up saves and loses: counted by hand, and once through the command."""

import argparse
import json

from recorded_tasks import HIDDEN, TASKS, write_lines

from atlas_bench.replay.abandoning import RULES, Round, add_arguments, run, table
from atlas_bench.replay.selecting import Choice
from atlas_pipeline.abandoning import Standing


def rounds(task, *stands):
    """Make the rounds of one solve from (samples, examples passed, cluster, level, enough)."""
    return [
        Round(
            standing=Standing(samples=samples, sound=samples, examples=2, passed=passed, cluster=cluster),
            enough=enough,
            choice=Choice(
                task_id=task,
                draw=0,
                k=samples,
                pool=(),
                chosen=samples,
                level=level,
                entry_point="f",
                confidence=(0.0,),
            ),
        )
        for samples, passed, cluster, level, enough in stands
    ]


LATE = rounds("late", (3, 0, 1, "UNVERIFIED", False), (5, 0, 1, "UNVERIFIED", False), (8, 2, 3, "VERIFIED", True))
NEVER = rounds("never", (3, 0, 2, "UNVERIFIED", False), (5, 0, 1, "UNVERIFIED", False), (8, 0, 1, "UNVERIFIED", False))
SOON = rounds("soon", (3, 2, 3, "VERIFIED", True), (5, 2, 5, "VERIFIED", True), (8, 2, 8, "VERIFIED", True))


def row(rule, after, most=8):
    (found,) = [
        row
        for row in table([LATE, NEVER, SOON], lambda choice: choice.task_id != "never")
        if (row["rule"], row["after"], row["most"]) == (rule, after, most)
    ]
    return found


def test_what_is_saved_and_what_is_lost():
    assert row("passes nothing", 3) == {
        "most": 8,
        "rule": "passes nothing",
        "after": 3,
        "solves": 3,
        "solved": 2,
        "lost": 1,
        "unsolved_given_up": 1,
        "samples_on_unsolved": 8,
        "samples_on_unsolved_with_it": 3,
        "samples": 19,
        "samples_with_it": 9,
    }
    found = row("passes nothing, all differ", 3)  # two of three agree: it waits for the next round
    assert (found["lost"], found["samples_on_unsolved_with_it"]) == (1, 5)
    found = row("not one is sound", 3)
    assert (found["lost"], found["samples_with_it"]) == (0, 19)


def test_the_command(tmp_path, capsys):
    write_lines(tmp_path / "tasks.jsonl", TASKS)
    write_lines(tmp_path / "hidden_tests.jsonl", HIDDEN)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    arguments = ["--data", str(tmp_path), "--draws", "2", "--cache", str(tmp_path / "cache")]
    assert run(parser.parse_args(arguments)) == 0
    report = json.loads(capsys.readouterr().out)
    rows = report["all"]
    assert {row["rule"] for row in rows} == set(RULES)
    # There are four completions: the rounds after the second bring nothing new. T/1 cannot be solved.
    (found,) = [row for row in rows if (row["rule"], row["after"], row["most"]) == ("passes nothing", 3, 8)]
    assert (found["solves"], found["solved"], found["lost"], found["unsolved_given_up"]) == (4, 1, 0, 2)
    assert [report[half][0]["solves"] for half in ("even", "odd")] == [2, 2]
    assert run(parser.parse_args(["--data", str(tmp_path / "nothing")])) == 2
