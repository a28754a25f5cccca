"""A solve as the history keeps it, made by hand."""

from atlas_pipeline.examples import expect_value
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.history.records import SolveRecord, key_of
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import (
    Candidate,
    Cost,
    Level,
    Origin,
    Provenance,
    RankedCandidate,
    Selection,
    Status,
    TestCase,
    Verdict,
)
from atlas_pipeline.settings import SolveSettings

DOUBLE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'


def task_of(source=DOUBLE):
    document = Document(source)
    return make_task(document, document.functions()[0], path="/home/me/work.py")


def solve_record(uid="a", *, source=DOUBLE, bodies=("return x * 2",), level=Level.VERIFIED, **changes):
    """Return a solve whose first candidate was chosen."""
    task = task_of(source)
    candidates = tuple(
        Candidate(index=index, body=body, origin=Origin.SAMPLE, tokens=7, mean_logprob=-0.25)
        for index, body in enumerate(bodies)
    )
    written = TestCase(call="double(5)", expected=expect_value(10, "10"), provenance=Provenance.GENERATED)
    verdicts = tuple(
        Verdict(candidate=each.index, case=case, status=Status.PASS, actual="4", cpu_s=0.001)
        for each in candidates
        for case in task.examples
    )
    best = RankedCandidate(
        candidate=candidates[0],
        examples_passed=1,
        examples=1,
        tests_passed=1.0,
        agreement=1.0,
        cluster=len(bodies),
        score=3.0,
        candidates=len(bodies),
    )
    selection = Selection(
        level=level,
        best=best,
        probability=None,
        reason="its example passes",
        verdicts=verdicts[:1],
        cases_to_confirm=(),
        runners_up=(),
        cost=Cost(seconds=1.5, prompt_tokens=30, completion_tokens=21, candidates=len(bodies), programs_run=4),
        model="scripted",
        sandbox_layers=("landlock",),
    )
    fields = {
        "uid": uid,
        "key": key_of(task, model_hash="0" * 16, profile="pocket"),
        "task": task,
        "kind": "solve",
        "model": "scripted",
        "began_at": 1000.0,
        "seconds": 1.5,
        "ended": "finished",
        "settings": SolveSettings(),
        "selection": selection,
        "ranked": (best,),
        "candidates": candidates,
        "verdicts": verdicts,
        "found": Found(candidates=candidates, tests=(written,), inputs=("double(-3)",)),
        "stages": (),
        "route": {"route": "samples", "samples": 8, "reason": "", "schema": 1},
    }
    return SolveRecord(**{**fields, **changes})
