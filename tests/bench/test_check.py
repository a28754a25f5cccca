"""Figures of the check bench, on rows small enough to count by hand."""

from atlas_bench.check import Subject, _by_turns, canonical_body, summary
from atlas_bench.replay.data import Recorded
from atlas_pipeline.functions import Document, make_task


def row(*reports, correct):
    found = [{"kind": kind, "right": right, "message": ""} for kind, right in reports]
    return {"task": "t", "correct": correct, "reports": found}


def test_the_figures():
    rows = [
        row(correct=True),
        row(("crash", False), ("crash", False), correct=True),
        row(("example", True), ("disagreement", True), correct=False),
        row(("disagreement", True), correct=False),
        row(("crash", False), correct=False),
        row(correct=False),
    ]
    figures = summary(rows)
    assert (figures["correct_functions"], figures["broken_functions"]) == (2, 4)
    assert (figures["reports"], figures["reports_right"]) == (6, 3)
    assert (figures["functions_reported"], figures["of_them_broken"], figures["correct_reported"]) == (4, 3, 1)
    assert (figures["broken_found"], figures["broken_found_beyond_examples"]) == (2, 1)
    assert figures["kinds"]["crash"] == {"reports": 3, "right": 0}
    assert figures["kinds"]["disagreement"] == {"reports": 2, "right": 2}


def recorded():
    document = Document('def f(x):\n    """Double x.\n\n    >>> f(2)\n    4\n    """\n')
    task = make_task(document, document.named("f"))
    return Recorded(position=0, task_id="T/0", task=task, completions=(), test_completions=())


def test_the_canonical_body_is_read_from_behind_the_prompt():
    assert canonical_body(recorded(), {"canonical_solution": "    y = x\n    return y * 2\n"}) == "y = x\nreturn y * 2"


def test_one_of_each_task_first():
    groups = [
        [
            Subject(recorded=recorded(), canonical="", body=f"{task}{turn}", is_correct=True, origin="")
            for turn in range(2)
        ]
        for task in "ab"
    ]
    assert [subject.body for subject in _by_turns(groups, 3)] == ["a0", "b0", "a1"]
