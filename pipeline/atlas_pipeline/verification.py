"""Runs candidates on calls and compares what they did with what was expected, on the trusted side."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from atlas_pipeline import layout
from atlas_pipeline.examples import literal
from atlas_pipeline.programs import ProgramBuilder
from atlas_pipeline.records import Candidate, ExpectedKind, FunctionTask, Origin, Status, TestCase, Verdict
from atlas_pipeline.sandbox.api import Call, Limits, Outcome, OutcomeKind, Sandbox
from atlas_pipeline.sandbox.canonical import ValueTooLargeError, canonical
from atlas_pipeline.settings import SandboxSettings

Behaviour: TypeAlias = tuple[str, ...]

NONE = canonical(None)
"""The value of a call that returns nothing."""
_IDLE = Candidate(index=-1, body="pass", origin=Origin.MUTANT)
"""A body that does nothing."""


def limits_of(settings: SandboxSettings) -> Limits:
    """Return the sandbox limits the user set."""
    return Limits(cpu_s=settings.cpu_s, memory_bytes=settings.memory_mb * 1024 * 1024)


def behaviour(outcome: Outcome, docstring: str) -> Behaviour | None:
    """Return what the outcome says about behaviour, None where it is an error.

    An exception is behaviour only if the program raised it explicitly or the docstring names it.
    """
    if outcome.kind is OutcomeKind.RETURNED:
        return outcome.behaviour()
    if outcome.kind is OutcomeKind.RAISED and outcome.exception is not None:
        named = re.search(rf"\b{re.escape(outcome.exception.type_name)}\b", docstring)
        if outcome.exception.explicit or named:
            return outcome.behaviour()
    return None


def describe(outcome: Outcome) -> str:
    """Say what happened in the form a person would write it."""
    match outcome.kind:
        case OutcomeKind.RETURNED:
            printed = outcome.stdout.strip()
            return f"prints {printed}" if printed and outcome.value == NONE else outcome.shown
        case OutcomeKind.RAISED | OutcomeKind.LOAD_FAILED if outcome.exception is not None:
            text = outcome.exception.type_name
            message = outcome.exception.message.split("\n")[0][:120]
            verb = "raises" if outcome.kind is OutcomeKind.RAISED else "does not load:"
            return f"{verb} {text}: {message}" if message else f"{verb} {text}"
        case OutcomeKind.TIMEOUT:
            return "runs out of time"
        case OutcomeKind.MEMORY:
            return "runs out of memory"
        case OutcomeKind.NOT_RUN:
            return "not run: too many time-outs or crashes before it"
        case _:
            return "ends the process"


def passes(outcome: Outcome, case: TestCase) -> bool:
    """Tell whether an outcome is the expected one; an input without expectation is never passed."""
    expected = case.expected
    if expected is None:
        return False
    if expected.kind is ExpectedKind.RAISES:
        return (
            outcome.kind is OutcomeKind.RAISED
            and outcome.exception is not None
            and outcome.exception.type_name == expected.text
        )
    if outcome.kind is not OutcomeKind.RETURNED:
        return False
    # As an interactive session shows it: what is printed, then the value unless it is None.
    session = (outcome.stdout + ("" if outcome.value == NONE else outcome.shown)).rstrip()
    match expected.kind:
        case ExpectedKind.VALUE:
            return outcome.value == expected.text
        case ExpectedKind.PRINTED:
            return session == expected.text or (not outcome.stdout and _is_value(expected.text, outcome))
        case ExpectedKind.SHOWN if outcome.stdout:
            return session == expected.shown  # white space that was printed is part of the output
        case ExpectedKind.SHOWN:
            return " ".join(session.split()) == expected.text


def _is_value(text: str, outcome: Outcome) -> bool:
    is_literal, value = literal(text)
    try:
        return is_literal and outcome.value == canonical(value)
    except ValueTooLargeError:
        return False


def judge(candidate: Candidate, case: TestCase, outcome: Outcome) -> Verdict:
    """Return the verdict on one case."""
    if passes(outcome, case):
        status = Status.PASS
    elif outcome.kind is OutcomeKind.TIMEOUT:
        status = Status.TIMEOUT
    elif outcome.kind is OutcomeKind.MEMORY:
        status = Status.MEMORY
    elif outcome.kind is OutcomeKind.RETURNED:
        status = Status.FAIL
    else:
        status = Status.ERROR
    return Verdict(candidate=candidate.index, case=case, status=status, actual=describe(outcome), cpu_s=outcome.cpu_s)


class Verifier:
    """Runs the candidates of one task. Candidates that are equal up to their AST run once."""

    def __init__(self, task: FunctionTask, sandbox: Sandbox, limits: Limits) -> None:
        self.task = task
        self.sandbox = sandbox
        self.limits = limits
        self.programs_run = 0
        self._builder = ProgramBuilder(task)
        self._observed: dict[str, dict[str, Outcome]] = {}
        self._needs_whole: set[str] = set()

    async def observe(self, candidate: Candidate, calls: Iterable[str]) -> dict[str, Outcome]:
        """Return the outcome of each call, running only those not run before."""
        key = syntax_key(candidate.body)
        observed = self._observed.setdefault(key, {})
        missing = [call for call in dict.fromkeys(calls) if call not in observed]
        if missing:
            outcomes = await self._run(key, candidate, missing)
            observed.update(zip(missing, outcomes, strict=True))
        return observed

    async def _run(self, key: str, candidate: Candidate, calls: Sequence[str]) -> list[Outcome]:
        requests = [Call(expression=call) for call in calls]
        if key not in self._needs_whole:
            self.programs_run += 1
            outcomes = await self.sandbox.run(self._builder.reduced(candidate.body, calls), requests, self.limits)
            if not all(outcome.kind is OutcomeKind.LOAD_FAILED for outcome in outcomes):
                return outcomes
            self._needs_whole.add(key)
        self.programs_run += 1
        return await self.sandbox.run(self._builder.whole(candidate.body), requests, self.limits)

    async def judge(self, candidate: Candidate, cases: Sequence[TestCase]) -> tuple[Verdict, ...]:
        """Run a candidate on test cases."""
        observed = await self.observe(candidate, [case.call for case in cases])
        return tuple(judge(candidate, case, observed[case.call]) for case in cases)

    async def says_something(self, cases: Sequence[TestCase]) -> bool:
        """Tell whether a body that does nothing fails one of the cases: those it passes say nothing about any other body.

        So it is of `>>> cart.add(1)` without an output, and where the calls never reach the function, because the
        document defines its name again.
        """
        return any(verdict.status is not Status.PASS for verdict in await self.judge(_IDLE, cases))

    async def confirm(self, candidate: Candidate, calls: Sequence[str]) -> str | None:
        """Run every call again in a fresh interpreter with another hash seed, in another order, each in its own fork.

        Returns:
            None where everything was as before, else the first call that behaved differently.
        """
        key = syntax_key(candidate.body)
        before = self._observed[key]
        build = self._builder.whole if key in self._needs_whole else None
        twin = await self.sandbox.twin()

        async def again(call: str) -> Outcome:
            program = build(candidate.body) if build else self._builder.reduced(candidate.body, [call])
            self.programs_run += 1
            return (await twin.run(program, [Call(expression=call)], self.limits))[0]

        order = list(calls)[::-1]
        outcomes = await asyncio.gather(*(again(call) for call in order))
        for call, outcome in zip(order, outcomes, strict=True):
            if outcome.behaviour() != before[call].behaviour():
                return call
        return None


def syntax_key(body: str) -> str:
    """Return what candidates have in common that are equal up to their AST."""
    try:
        return _dump(body)
    except RecursionError:  # hundreds of `elif` nest as deeply: such a body is compared as text
        return body


def _dump(body: str) -> str:
    return ast.dump(ast.parse(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n"))


@lru_cache(maxsize=256)
def syntax_size(body: str) -> int:
    """Return the number of AST nodes of a body."""
    return sum(1 for _ in ast.walk(ast.parse(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n")))
