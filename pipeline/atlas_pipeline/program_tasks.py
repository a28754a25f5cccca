"""Runs whole programs on the sample tests of their statement: main programs on standard input, classes by calls.

Comparison is an online judge's, not a function's: white space around lines does not count, a tuple is a list, numbers
are compared as numbers, within the tolerance the statement names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atlas_pipeline import stdin_inputs
from atlas_pipeline.inputs import mutated_calls
from atlas_pipeline.records import Candidate, ExpectedKind, ProgramTask, Status, TestCase, Verdict
from atlas_pipeline.sandbox.api import Call, Limits, Outcome, OutcomeKind, Program, Sandbox
from atlas_pipeline.sandbox.printed import same_output
from atlas_pipeline.verification import describe

CLASS_PRELUDE = (
    "import bisect, collections, copy, datetime, functools, heapq, io, itertools, json, math, operator;"
    " import random, re, statistics, string, sys;"
    " from bisect import *; from collections import *; from copy import *; from functools import *; from heapq import *;"
    " from itertools import *; from math import *; from operator import *; from random import *; from re import *;"
    " from string import *; from typing import *; from builtins import *; sys.setrecursionlimit(50000)"
)
"""What LeetCode has imported before a `class Solution`, on one line: the list and the recursion limit of LiveCodeBench's
harness (`import_string` in its testing_util.py) without the star imports of datetime, io, json, statistics and sys.
`builtins` come last because `math` has its own `pow`. Main programs get none of it: they import what they use."""

PROGRAM_LIMITS = Limits(cpu_s=6.0, memory_bytes=1024 * 1024 * 1024)
"""6 s is LiveCodeBench's time limit for one test, there by the clock. 1 GiB is twice what one function gets."""


def program_of(task: ProgramTask, source: str) -> Program:
    """Return the program that is run for a candidate's source; what is put before a class is one line."""
    if not task.entry:
        return Program(source=source)
    future = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*from __future__ import [^\n]*\n", source)
    head = future[0] if future else ""
    return Program(source=f"{head}{CLASS_PRELUDE}\n{source[len(head) :]}")


async def observe_program(
    task: ProgramTask, source: str, inputs: Sequence[str], sandbox: Sandbox, limits: Limits = PROGRAM_LIMITS
) -> dict[str, Outcome]:
    """Return what a program does on each input: a call for a class, a text on standard input for a main program.

    Raises:
        SandboxError: the sandbox itself failed.
    """
    distinct = list(dict.fromkeys(inputs))
    program = program_of(task, source)
    if task.entry:
        outcomes = await sandbox.run(program, [Call(expression=call) for call in distinct], limits)
    else:
        outcomes = await sandbox.run_main(program, distinct, limits)
    return dict(zip(distinct, outcomes, strict=True))


def judge_program(task: ProgramTask, candidate: Candidate, case: TestCase, outcome: Outcome) -> Verdict:
    """Return the verdict on one case."""
    status = Status.PASS if passes(task, outcome, case) else _STATUS.get(outcome.kind, Status.ERROR)
    shown = outcome.stdout.strip() if outcome.kind is OutcomeKind.RETURNED and not task.entry else describe(outcome)
    return Verdict(candidate=candidate.index, case=case, status=status, actual=shown, cpu_s=outcome.cpu_s)


_STATUS = {
    OutcomeKind.RETURNED: Status.FAIL,
    OutcomeKind.TIMEOUT: Status.TIMEOUT,
    OutcomeKind.MEMORY: Status.MEMORY,
}


def counts_against(task: ProgramTask, verdict: Verdict) -> bool:
    """Tell whether a verdict is evidence against the program: not where another answer may be right as well."""
    return verdict.status is not Status.PASS and not (task.any_answer and verdict.status is Status.FAIL)


def passes(task: ProgramTask, outcome: Outcome, case: TestCase) -> bool:
    """Tell whether an outcome is the expected one; an input without expectation is never passed."""
    expected = case.expected
    if expected is None or outcome.kind is not OutcomeKind.RETURNED:
        return False
    if expected.kind is ExpectedKind.PRINTED:
        if outcome.is_cut:
            return False
        return same_output(expected.text, outcome.stdout) or _near_output(expected.text, outcome.stdout, task.tolerance)
    if expected.kind is ExpectedKind.VALUE and outcome.value is not None:
        return outcome.value == expected.text or _same_value(expected.text, outcome.value, task.tolerance)
    return False


def _near_output(expected: str, actual: str, tolerance: float) -> bool:
    if not tolerance:
        return False
    wanted, given = expected.split(), actual.split()
    return len(wanted) == len(given) and all(
        a == b or _near(_number(a), _number(b), tolerance) for a, b in zip(wanted, given, strict=True)
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _near(a: float | None, b: float | None, tolerance: float) -> bool:
    """Tell whether `b` is `a` up to an absolute or relative error."""
    return a is not None and b is not None and abs(a - b) <= tolerance * max(1.0, abs(a))


def _same_value(expected: str, actual: str, tolerance: float) -> bool:
    """Compare canonical texts as JSON values, where they are plain data."""
    try:
        wanted, given = ast.literal_eval(expected), ast.literal_eval(actual)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return _same(wanted, given, tolerance)


def _same(wanted: object, given: object, tolerance: float) -> bool:
    match wanted, given:
        case (list() | tuple(), list() | tuple()):
            return len(wanted) == len(given) and all(_same(a, b, tolerance) for a, b in zip(wanted, given, strict=True))
        case (int() | float(), int() | float()):
            return wanted == given or _near(float(wanted), float(given), tolerance)
        case _:
            return wanted == given


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedProgram:
    """A candidate with its verdicts on the examples and its agreement with the others."""

    candidate: Candidate
    verdicts: tuple[Verdict, ...]
    against: int
    """Examples whose verdict is evidence against it."""
    passed: int
    agreement: float
    """Mean over the inputs of the share of candidates with the same outcome; an error agrees with nobody."""


def rank_programs(
    task: ProgramTask,
    candidates: Sequence[Candidate],
    observations: Mapping[int, Mapping[str, Outcome]],
    *,
    inputs: Sequence[str] = (),
) -> list[RankedProgram]:
    """Return the candidates, best first: examples, then agreement on all inputs (MBR-exec, arXiv 2204.11454), then order.

    Args:
        task: What was asked for.
        candidates: The programs, in the order that decides where the evidence does not.
        observations: Candidate index to input to outcome; examples and `inputs` are in it.
        inputs: Further inputs without expected outputs. Those that half of the programs raise on are left out: most of
            them break the statement's rules, and who then raises is no worse (measured, `benchmarks/RESULTS.md`).
    """
    calls = [case.call for case in task.examples]
    calls += [call for call in inputs if _is_valid([observations[c.index][call] for c in candidates])]
    calls = list(dict.fromkeys(calls))
    ranked = []
    for candidate in candidates:
        own = observations[candidate.index]
        verdicts = tuple(judge_program(task, candidate, case, own[case.call]) for case in task.examples)
        shares = [
            sum(_alike(own[call], observations[other.index][call]) for other in candidates) / len(candidates)
            for call in calls
        ]
        ranked.append(
            RankedProgram(
                candidate=candidate,
                verdicts=verdicts,
                against=sum(counts_against(task, verdict) for verdict in verdicts),
                passed=sum(verdict.status is Status.PASS for verdict in verdicts),
                agreement=sum(shares) / len(shares) if shares else 0.0,
            )
        )
    order = {candidate.index: number for number, candidate in enumerate(candidates)}
    return sorted(ranked, key=lambda r: (r.against, -r.passed, -round(r.agreement, 9), order[r.candidate.index]))


def _is_valid(outcomes: Sequence[Outcome]) -> bool:
    """Tell whether an input nobody vouches for can be taken for valid: fewer than half of the programs raise on it."""
    return 2 * sum(outcome.kind is OutcomeKind.RAISED for outcome in outcomes) < len(outcomes)


def _alike(a: Outcome, b: Outcome) -> bool:
    if a.kind is not OutcomeKind.RETURNED or b.kind is not OutcomeKind.RETURNED:
        return False
    return a.value == b.value and same_output(a.stdout, b.stdout)


def mutated_inputs(task: ProgramTask, *, seed: int, most: int) -> tuple[str, ...]:
    """Return at most `most` new inputs near those of the examples, calls or texts."""
    inputs = [case.call for case in task.examples]
    mutate = mutated_calls if task.entry else stdin_inputs.mutated_inputs
    return mutate(inputs, seed=seed, most=most)
