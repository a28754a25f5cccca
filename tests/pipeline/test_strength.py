"""Mutants are counted by hand; which of them the evidence notices is measured by running them."""

import asyncio

import pytest

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Origin
from atlas_pipeline.sandbox.api import Limits, Outcome, OutcomeKind
from atlas_pipeline.strength import Mutant, count_killed, measure, mutants


def changes(body, **options):
    return {(m.change, m.body) for m in mutants(body, seed=0, **options)}


def test_every_mutant_of_a_small_body():
    assert changes("return a < b + 1") == {
        ("a < b + 1 -> a <= b + 1", "return a <= b + 1"),
        ("a < b + 1 -> a >= b + 1", "return a >= b + 1"),
        ("b + 1 -> b - 1", "return a < b - 1"),
        ("1 -> 2", "return a < b + 2"),
        ("1 -> 0", "return a < b + 0"),
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a and b", {"return a or b"}),
        ("return not x", set()),
        ("return True", {"return False"}),
        ("return 'a'", {"return ''"}),
        ("return -x", {"return +x"}),
        ("x += y\nreturn x", {"x -= y\nreturn x", "pass\nreturn x"}),
        ('"""Doc."""\nreturn x', set()),
        ("if x:\n    y()\nreturn x", {"if not x:\n    y()\nreturn x", "if x:\n    pass\nreturn x", "pass\nreturn x"}),
        ("return x if y else z", {"return x if not y else z"}),
        ("x: list[0] = y\nreturn x", set()),
        ("return (", set()),
    ],
)
def test_kinds_of_change(body, expected):
    assert {mutant.body for mutant in mutants(body, seed=0)} == expected


def test_the_number_is_bounded_and_kinds_take_turns():
    body = "\n".join(f"x{i} = {i} + y" for i in range(20)) + "\nif x1 < x2:\n    return 1\nreturn x3"
    few = mutants(body, seed=1, most=6)
    assert len(few) == 6
    assert mutants(body, seed=1, most=6) == few != mutants(body, seed=2, most=6)
    kinds = {"<" in m.change or ">" in m.change.replace("->", "") for m in few}
    assert kinds == {True, False}
    assert any(m.change.endswith("(removed)") for m in few)


def test_counting_by_hand():
    def did(*values):
        return {f"f({i})": Outcome(kind=OutcomeKind.RETURNED, value=v) for i, v in enumerate(values)}

    made = [Mutant(body="", change=name) for name in "abc"]
    strength = count_killed(
        made, [did("1", "2"), did("1", "3"), did("0", "2")], did("1", "2"), examples=["f(0)", "f(9)"]
    )
    assert (strength.mutants, strength.killed, strength.killed_by_examples) == (3, 2, 1)
    assert strength.survivors == ("a",)


class OpenSandbox:
    """Runs programs in this process: the bodies here are our own."""

    layers = ()

    def __init__(self):
        self.limits = []

    async def run(self, program, calls, limits):
        self.limits.append(limits)
        names = {}
        exec(program.source, names)
        found = []
        for call in calls:
            try:
                value = eval(call.expression, names)
                found.append(Outcome(kind=OutcomeKind.RETURNED, value=repr(value), cpu_s=0.01))
            except ZeroDivisionError:
                found.append(Outcome(kind=OutcomeKind.RAISED))
        return found


def test_weak_and_strong_evidence_for_the_same_body():
    document = Document('def f(a, b):\n    """Doc.\n\n    >>> f(1, 5)\n    True\n    """\n')
    function = make_task(document, document.named("f"))
    candidate = Candidate(index=0, body="return a < b + 1", origin=Origin.SAMPLE)
    sandbox = OpenSandbox()

    def strength(calls):
        observed = {
            c: Outcome(kind=OutcomeKind.RETURNED, value=repr(eval(c, {"f": lambda a, b: a < b + 1})), cpu_s=0.01)
            for c in calls
        }
        return asyncio.run(measure(function, candidate, observed, sandbox=sandbox, limits=Limits(cpu_s=9.0), seed=0))

    # Of `a < b + 1` at (1, 5): only `>=` differs. At (2, 1): `<=`, `>=` and `+ 2`; at (1, 1): `>=`, `- 1` and `+ 0`.
    weak = strength(["f(1, 5)"])
    assert (weak.mutants, weak.killed, weak.killed_by_examples) == (5, 1, 1)
    strong = strength(["f(1, 5)", "f(2, 1)", "f(1, 1)"])
    assert (strong.mutants, strong.killed, strong.killed_by_examples, strong.survivors) == (5, 5, 1, ())
    assert {(limits.cpu_s, limits.restarts) for limits in sandbox.limits} == {(0.2, 0)}
