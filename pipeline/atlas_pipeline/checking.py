"""Looks for faults in a body that is there, and changes nothing.

    FunctionTask, its body -> samples and self-written tests -> outcomes of all of them on the same calls -> findings

Reported are only:
    EXAMPLE        a given example, or a test of the project, that the body fails;
    CRASH          an exception that the body does not raise itself and the docstring does not name, on arguments of the
                   declared types;
    TIMEOUT        time or memory running out, on such arguments;
    DISAGREEMENT   an output against which at least three samples that pass the examples, and at least 70 % of them,
                   agree on another one; where there is no example to pass, four samples and 85 %.
A crash or time-out that many samples share says more of the call than of the body, and is left out.
`python -m atlas_bench check` measures how many reports are right.
"""

from __future__ import annotations

import ast
import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum

from atlas_pipeline.declared_types import conforms
from atlas_pipeline.edit import present_body
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.events import Event, Started
from atlas_pipeline.inputs import signature_of
from atlas_pipeline.rechecking import Found, write
from atlas_pipeline.records import Candidate, FunctionTask, Origin, TestCase
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, Sandbox
from atlas_pipeline.selftests import SelfTests
from atlas_pipeline.settings import Settings
from atlas_pipeline.solve_run import Control
from atlas_pipeline.static_evidence import static_faults
from atlas_pipeline.verification import Verifier, behaviour, describe, limits_of, passes

PRESENT = -1
"""Index of the body that stands in the document."""
LEAST_VOTES, LEAST_SHARE = 3, 0.7
LEAST_VOTES_ALONE, LEAST_SHARE_ALONE = 4, 0.85
"""Where no example says which samples can be trusted. Chosen on one half of the recorded tasks without their examples, where
3 and .7 give 82 % right reports, and these 91 %; on the other half 72 % and 95 %."""
MOST_SHARING = 0.3
"""Share of samples above which a crash that they have, too, is not reported."""
MOST_FINDINGS = 5

_OUT_OF_BOUNDS = frozenset((OutcomeKind.TIMEOUT, OutcomeKind.MEMORY))


class FindingKind(Enum):
    """What is wrong."""

    EXAMPLE = "example"
    CRASH = "crash"
    TIMEOUT = "timeout"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault, with the call that shows it."""

    kind: FindingKind
    call: str
    actual: str
    """What the body does."""
    expected: str
    """What it should do; empty where nobody says."""
    votes: int = 0
    """Samples that do what is expected."""
    voters: int = 0
    line: int | None = None
    """Line (0-based) of the example in the task's document."""
    source: str = ""
    """Where else the example is from."""

    @property
    def message(self) -> str:
        """The finding in one sentence."""
        match self.kind:
            case FindingKind.EXAMPLE:
                return f"{self.call}: expected {self.expected}, but it {_does(self.actual)}"
            case FindingKind.DISAGREEMENT:
                agree = f"{self.votes} of {self.voters} samples of the model say {self.expected}"
                return f"{self.call}: it {_does(self.actual)}, but {agree}"
            case _:
                return f"{self.call}: it {_does(self.actual)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The end of a check."""

    findings: tuple[Finding, ...]
    calls: int
    """On how many calls the body was run."""
    voters: int
    """Samples that pass the examples: the others have no say."""
    model: str


async def check(
    task: FunctionTask, *, engine: Engine, sandbox: Sandbox, settings: Settings, control: Control | None = None
) -> AsyncGenerator[Event | Checked, None]:
    """Check the body of `task`, yielding the events of a solve; the last item is `Checked`.

    Wrap the generator in `contextlib.aclosing`.

    Raises:
        UsageError: the body cannot be read.
        EngineError: the model cannot be loaded or went away.
        SandboxError: the sandbox failed, or there is none.
    """
    body = Candidate(index=PRESENT, body=present_body(task), origin=Origin.PRESENT)
    found, model = Found(), ""
    writing = write(task, engine=engine, sandbox=sandbox, settings=settings, control=control or Control())
    async with aclosing(writing) as events:
        async for event in events:
            found = found.after(event)
            model = event.model if isinstance(event, Started) else model
            yield event
    calls = calls_of(task, SelfTests(tests=found.tests, inputs=found.inputs, properties=found.properties))
    verifier = Verifier(task, sandbox, limits_of(settings.sandbox))
    observed = await asyncio.gather(*(verifier.observe(each, calls) for each in (body, *found.candidates)))
    own, others = observed[0], dict(zip((c.index for c in found.candidates), observed[1:], strict=True))
    voters = voters_of(task, found.candidates, others)
    yield Checked(
        findings=find(task, own, [others[index] for index in voters], calls),
        calls=len(calls),
        voters=len(voters),
        model=model,
    )


def calls_of(task: FunctionTask, tests: SelfTests) -> tuple[str, ...]:
    """Return the calls a body is tried on, given examples first."""
    of_laws = (call for law in tests.properties for call in law.calls)
    cases = (*task.examples, *tests.tests)
    return tuple(dict.fromkeys([*(case.call for case in cases), *of_laws, *tests.inputs]))


def voters_of(
    task: FunctionTask, candidates: Sequence[Candidate], observed: Mapping[int, Mapping[str, Outcome]]
) -> tuple[int, ...]:
    """Return which samples have a say: those that pass every example and have no fault that shows without running them."""
    return tuple(
        candidate.index
        for candidate in candidates
        if not any(fault.kind.is_decisive for fault in static_faults(candidate.body, task))
        and all(passes(observed[candidate.index][case.call], case) for case in task.examples)
    )


def find(
    task: FunctionTask, own: Mapping[str, Outcome], others: Sequence[Mapping[str, Outcome]], calls: Sequence[str]
) -> tuple[Finding, ...]:
    """Return what is wrong with a body, by what it and the samples do.

    Args:
        task: says which examples there are, and which exceptions are meant.
        own: what the body does on each call.
        others: what each sample with a say does on each call.
        calls: in the order in which they are reported.
    """
    examples = {case.call: case for case in task.examples}
    found: list[Finding] = []
    for call in calls:
        if call in examples:
            if not passes(own[call], examples[call]):
                found.append(_failed(examples[call], own[call]))
            continue
        finding = _by_samples(task, call, own[call], [seen[call] for seen in others])
        if finding is not None:
            found.append(finding)
    order = list(FindingKind)
    return tuple(sorted(found, key=lambda finding: order.index(finding.kind)))[:MOST_FINDINGS]


def _failed(case: TestCase, outcome: Outcome) -> Finding:
    return Finding(
        kind=FindingKind.EXAMPLE,
        call=case.call,
        actual=describe(outcome),
        expected=case.expected.shown if case.expected is not None else "",
        line=case.line,
        source=case.source,
    )


def _by_samples(task: FunctionTask, call: str, own: Outcome, others: Sequence[Outcome]) -> Finding | None:
    mine = behaviour(own, task.docstring)
    theirs = [behaviour(outcome, task.docstring) for outcome in others]
    chosen, votes = Counter(b for b in theirs if b is not None).most_common(1)[0] if any(theirs) else (None, 0)
    least_votes, least_share = (LEAST_VOTES, LEAST_SHARE) if task.examples else (LEAST_VOTES_ALONE, LEAST_SHARE_ALONE)
    agree = votes >= least_votes and votes >= least_share * len(others)
    if agree and chosen != mine:
        shown = describe(next(o for o, b in zip(others, theirs, strict=True) if b == chosen))
        return Finding(
            kind=FindingKind.DISAGREEMENT,
            call=call,
            actual=describe(own),
            expected=shown,
            votes=votes,
            voters=len(others),
        )
    if mine is not None or own.kind is OutcomeKind.NOT_RUN or own.kind is OutcomeKind.LOAD_FAILED:
        return None
    sharing = sum(b is None for b in theirs)
    unvouched = not task.examples and len(others) < LEAST_VOTES_ALONE
    if sharing > MOST_SHARING * len(others) or unvouched or not _is_declared(task, call):
        return None
    kind = FindingKind.TIMEOUT if own.kind in _OUT_OF_BOUNDS else FindingKind.CRASH
    return Finding(kind=kind, call=call, actual=describe(own), expected="", voters=len(others))


def _is_declared(task: FunctionTask, call: str) -> bool:
    """Tell whether all parameters have types, and the arguments are literals of these types that the docstring allows."""
    signature = signature_of(task)
    if not signature.parameters or any(parameter.annotation is None for parameter in signature.parameters):
        return False
    try:
        tree = ast.parse(call, mode="eval").body
        if not isinstance(tree, ast.Call) or any(isinstance(argument, ast.Starred) for argument in tree.args):
            return False
        values: dict[int | str, object] = {
            position: ast.literal_eval(argument) for position, argument in enumerate(tree.args)
        }
        values.update({keyword.arg: ast.literal_eval(keyword.value) for keyword in tree.keywords if keyword.arg})
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return False
    for position, value in values.items():
        parameter = signature.at(position)
        if parameter is None or parameter.annotation is None or not conforms(value, parameter.annotation):
            return False
    return bool(values) and signature.accepts(values)


def _does(outcome: str) -> str:
    """Put what happened into a sentence: values are given, the rest is a verb already."""
    verbs = ("raises ", "prints ", "runs out", "ends the", "does not load", "not run")
    return outcome if outcome.startswith(verbs) else f"gives {outcome}"
