"""The replay of recorded outputs: arithmetic worked out by hand, a blind chooser, and one small run from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from atlas_bench.__main__ import main
from atlas_bench.replay_lcb import command
from atlas_bench.replay_lcb.records import Choice, Findings, Output, TaskFindings
from atlas_bench.replay_lcb.scorer import Label, report


def output(model, code, statuses=(), *, fails=None):
    return Output(
        model=model,
        sample=0,
        code=code,
        statuses=list(statuses),
        passes_every_example=bool(statuses) and set(statuses) == {"pass"},
        example_fails="fail" in statuses if fails is None else fails,
    )


def task(name, form, outputs, *, picked, tied, agreed=None):
    return TaskFindings(
        question_id=name,
        form=form,
        examples=len(outputs[0].statuses),
        unread=[],
        any_answer=False,
        outputs=outputs,
        by_examples=Choice(picked=picked, tied=tied),
        by_agreement=Choice(picked=agreed[0], tied=agreed) if agreed else Choice(picked=picked, tied=tied),
    )


# Four tasks, two outputs each, right (1) or wrong (0):
#   p  1 0  one passes, one fails: the right one is picked
#   q  1 0  both pass: a tie, the order picks the wrong one, agreement the right one
#   r  0 0  no example is read
#   c  1 1  a class; one fails though it is right, another shows another answer
FINDINGS = Findings(
    cpu_s=6.0,
    sandbox_layers=["jail"],
    tasks=[
        task("p", "stdin", [output("a", "x = 1", ["pass"]), output("b", "x  =\n1", ["fail"])], picked=0, tied=[0]),
        task(
            "q",
            "stdin",
            [output("a", "y", ["pass", "pass"]), output("b", "Thread(target=main)", ["pass", "pass"])],
            picked=1,
            tied=[1, 0],
            agreed=[0],
        ),
        task("r", "stdin", [output("a", ""), output("b", "z")], picked=1, tied=[1, 0]),
        task("c", "class", [output("a", "k", ["fail"]), output("b", "l", ["fail"], fails=False)], picked=1, tied=[1]),
    ],
)
LABELS = {
    ("p", "a", 0): Label(code="x = 1", passed=True),
    ("p", "b", 0): Label(code="x = 1", passed=False),
    ("q", "a", 0): Label(code="y", passed=True),
    ("q", "b", 0): Label(code="main()", passed=False),
    ("r", "a", 0): Label(code="", passed=False),
    ("r", "b", 0): Label(code="z", passed=False),
    ("c", "a", 0): Label(code="k", passed=True),
    ("c", "b", 0): Label(code="l", passed=True),
}


def test_figures_by_hand():
    figures = report(FINDINGS, LABELS)
    assert figures["schema"] == 1
    assert figures["extracted"] == 0.875  # 7 of 8: white space does not count, a missing call does
    assert figures["parsed"] == 0.75  # 6 of 8
    assert figures["right_given_pass"] == 0.6667  # p.a, q.a right; q.b not
    assert figures["right_given_fail"] == 0.5  # p.b wrong, c.a right
    assert figures["outputs_with_another_answer"] == 1
    assert figures["random"] == 0.5  # (.5 + .5 + 0 + 1) / 4
    assert figures["selected_by_examples"] == 0.5  # p, c
    assert figures["selected_by_examples_ties_as_mean"] == 0.625  # p 1, q .5, r 0, c 1
    assert figures["selected"] == 0.75  # p, q, c
    assert figures["oracle"] == 0.75
    assert (figures["one_right_one_wrong"], figures["of_these_tied_by_examples"]) == (2, 1)
    assert figures["stdin"]["oracle"] == 0.6667
    assert figures["class"] == {**figures["class"], "tasks": 1, "selected": 1.0, "right_given_pass": None}
    assert figures["threads"] == {
        "outputs_that_pass": 1,
        "right_given_pass": 0.0,
        "others_that_pass": 2,
        "others_right_given_pass": 1.0,
    }


STDIN = """Double it.

Sample Input 1

3

Sample Output 1

6

Sample Input 2

-1

Sample Output 2

-2
"""
METHOD = "Count.\n\nExample 1:\n\nInput: xs = [1,2]\nOutput: 2\n"
TASKS = [
    {"question_id": "double", "question_content": STDIN, "starter_code": ""},
    {
        "question_id": "count",
        "question_content": METHOD,
        "starter_code": "class Solution:\n    def count(self, xs: List[int]) -> int:\n        ",
    },
]
OUTPUTS = [
    ("double", "a", "```python\nprint(6)\n```"),
    ("double", "b", "So:\n```python\nn = int(input())\nprint(n * 2)\nexit()\n```"),
    (
        "count",
        "a",
        "```python\nclass Solution:\n    def count(self, xs: List[int]) -> int:\n        return len(Counter(xs))\n```",
    ),
    ("count", "b", "I cannot."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in TASKS))
    rows = [{"question_id": q, "model": m, "sample": 0, "output": text} for q, m, text in OUTPUTS]
    (tmp_path / "outputs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


async def test_the_chooser_works_without_labels(folder: Path) -> None:
    """It is run where there are none: what it cannot open it cannot use."""
    findings = await command.replay(folder)
    double, count = findings.tasks
    assert [o.statuses for o in double.outputs] == [["pass", "fail"], ["pass", "pass"]]
    assert (double.by_examples.picked, double.by_examples.tied) == (1, [1])
    assert [o.statuses for o in count.outputs] == [["pass"], ["error"]]
    assert count.by_agreement.picked == 0
    assert "no code" in count.outputs[1].reason


async def test_the_recorded_order_does_not_decide_ties(folder: Path) -> None:
    good = OUTPUTS[1][2]
    tasks = [{**TASKS[0], "question_id": f"double{n}"} for n in range(16)]
    rows = [{"question_id": t["question_id"], "model": m, "sample": 0, "output": good} for t in tasks for m in "ab"]
    (folder / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in tasks))
    (folder / "outputs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    findings = await command.replay(folder, most_inputs=1)
    assert {task.by_examples.picked for task in findings.tasks} == {0, 1}
    assert all(sorted(task.by_examples.tied) == [0, 1] for task in findings.tasks)


def test_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["atlas_bench", "replay-lcb", "--data", str(folder), "--json"]
    monkeypatch.setattr("sys.argv", argv)
    assert main() == 2
    assert "lacks labels.jsonl" in capsys.readouterr().err
    labels = [
        {
            "question_id": q,
            "model": m,
            "sample": 0,
            "code": "print(6)" if (q, m) == ("double", "a") else "",
            "passed": m == "b",
        }
        for q, m, _ in OUTPUTS
    ]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in labels))
    assert main() == 0
    figures = json.loads(capsys.readouterr().out)
    wanted = {"extracted", "parsed", "right_given_pass", "right_given_fail", "random", "selected", "oracle"}
    assert figures["schema"] == 1
    assert all(0 <= figures[name] <= 1 for name in wanted)
    assert figures["selected"] == 0.5  # double: b is right and picked; count: a is picked, b is labelled right
    assert figures["extracted"] == 0.5  # double a, and count b where there is nothing to extract
