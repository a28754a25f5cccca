"""The records that flow through the pipeline. All are frozen; a score is P(correct) in [0, 1] or None, never a sentinel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Literal


class Provenance(Enum):
    """Where a test case comes from."""

    GIVEN = "given"
    """An example in the docstring, or a case the user confirmed."""
    PROJECT = "project"
    """A test of the user's project."""
    GENERATED = "generated"
    """Written by the model: a hypothesis, weighed by agreement, never counted as truth."""
    PROPERTY = "property"


class ExpectedKind(Enum):
    """What is compared with what."""

    VALUE = "value"
    """The canonical text of the returned value."""
    SHOWN = "shown"
    """The value's `repr`, where the docstring shows one that is not a literal."""
    PRINTED = "printed"
    """What a session shows: standard output, then the value unless it is None; without white space at its end."""
    RAISES = "raises"
    """The name of the exception type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a call should do. It never enters the process that runs the candidate."""

    kind: ExpectedKind
    text: str
    """In the form of `kind`."""
    shown: str
    """As a person would write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    """A call, evaluated in the module, and what is expected of it; `expected` is None for an input alone.

    Of a `ProgramTask` without an entry, `call` is the text on standard input.
    """

    __test__: ClassVar[bool] = False  # the name is the field's term; pytest would collect it

    call: str
    expected: Expected | None
    provenance: Provenance
    line: int | None = None
    """Line in the document (0-based) a given case was read from."""
    source: str = ""
    """Where else a case was read from, `tests/test_cart.py:12`; lines there count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """What should hold between the values of one or several calls, `f(f([2, 1])) == f([2, 1])`.

    The calls are observed as any others; `properties.holds` evaluates the predicate on the trusted side.
    """

    calls: tuple[str, ...]
    """Expressions to evaluate in the module."""
    predicate: str
    """An expression over the values of the calls, which are `_0`, `_1` and so on."""
    shown: str
    """As a person would write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodySlot:
    """The part of the document that a new body replaces: characters `start` to `end`."""

    start: int
    end: int
    lead: str
    """Text between the kept part and the body (line break, and the docstring where it shared the signature's line)."""
    indent: str
    """Indentation of the body's first level."""
    unit: str
    """One level of indentation inside the body."""
    newline: str
    """The document's line ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTask:
    """A function to be solved, cut out of its document."""

    qualname: str
    name: str
    language: Literal["python"]
    source: str
    """The whole document, as the editor has it."""
    module_name: str
    path: str = ""
    """Where the document is on disk; empty where it is nowhere. Its relative imports start there."""
    decorators: str
    """Source of the decorators, one a line; empty for none."""
    header: str
    """Signature, docstring and comments up to the body, dedented, line ends normalised: what the model sees."""
    docstring: str
    context: str
    """Imports and the enclosing class's head, for prompts that show the surroundings."""
    parameters: tuple[str, ...]
    """Names of the parameters, without `self` and `cls`."""
    examples: tuple[TestCase, ...]
    unread_examples: tuple[str, ...]
    """Examples in the docstring that could not be turned into a call and an expected value."""
    project_tests: tuple[str, ...] = ()
    """Pytest's node ids of the project's tests that name the function, with absolute paths."""
    start: int
    """Character offset of the function, with its decorators, in `source`."""
    body: BodySlot
    is_stub: bool
    is_async: bool
    receiver: str | None
    """Name of the enclosing class for a method."""
    returns_nothing: bool
    """Annotated `-> None`."""
    fingerprint: str
    """Hash of the function's text: an edit lands only on the text that was solved."""
    document_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTask:
    """A whole program to be written: one that reads standard input, or a class of which one method is called.

    A candidate's body is the whole program; verdicts are as for functions, comparison is `program_tasks.passes`.
    """

    name: str
    language: Literal["python"]
    statement: str
    starter: str
    """Code the program has to begin with; empty for none."""
    entry: str
    """What is called, `Solution().maxSum`; empty for a main program."""
    parameters: tuple[str, ...]
    """Of the entry, without `self`."""
    examples: tuple[TestCase, ...]
    unread_examples: tuple[str, ...]
    """Examples of the statement that could not be read, and why."""
    any_answer: bool
    """The statement accepts several answers: another output than the example's is then no evidence against a program."""
    tolerance: float
    """Absolute or relative error the statement accepts in numbers; 0 where it says nothing."""


class Origin(Enum):
    """How a candidate came about."""

    SAMPLE = "sample"
    PLAN = "plan"
    REPAIR = "repair"
    REFERENCE = "reference"
    """A slow version to compare with; it is never offered."""
    PRESENT = "present"
    """The body that stands in the document."""
    MUTANT = "mutant"
    """A broken version of the chosen candidate, made to measure its tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One way to solve a task, in prose (PlanSearch, arXiv 2409.03733)."""

    observations: tuple[str, ...]
    sketch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A body the model wrote: dedented, four spaces a level, not empty."""

    index: int
    body: str
    origin: Origin
    plan: Plan | None = None
    """The plan it was written from."""
    parent: int | None = None
    tokens: int = 0
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """One round of repairs, and the fresh samples that were drawn for as many tokens to compare with."""

    examples: int
    """Given examples."""
    before: int
    """Examples that the body to be repaired passed."""
    tried: int
    kept: int
    """Repairs that pass all that it passed, and are another body than those before."""
    passed: int
    """Most examples that a kept repair passes; `before` where none was kept."""
    tokens: int
    fresh: int
    fresh_passed: int
    """Most examples that a fresh sample passes; 0 where none could be used."""
    fresh_tokens: int

    @property
    def winner(self) -> Literal["repair", "fresh", "both", "neither"]:
        """Who got further than the body before; both where they pass equally many."""
        most = max(self.passed, self.fresh_passed)
        if most <= self.before:
            return "neither"
        if self.passed == self.fresh_passed:
            return "both"
        return "repair" if self.passed == most else "fresh"


class Status(Enum):
    """What a candidate did on a test case."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Candidates' vectors as the Lens saw them: what it scored can be learned from later without asking the model."""

    view: str
    """What of task and candidate was embedded (`atlas_lens.views`)."""
    definition: str
    """Name and version of what the numbers mean, as the engine says it."""
    vectors: Mapping[int, bytes]
    """By the candidate's index, little-endian float16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One candidate on one test case."""

    candidate: int
    case: TestCase
    status: Status
    actual: str
    """What happened, for people: the value's repr, or the exception."""
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationStrength:
    """How many broken versions of the chosen candidate its evidence tells from it.

    A mutant that behaves the same everywhere cannot be killed by anything, and cannot be told from one that the inputs
    miss: `killed / mutants` is a lower bound of the strength.
    """

    mutants: int
    killed: int
    """They behave differently on at least one call."""
    killed_by_examples: int
    """They do so on the given examples alone."""
    survivors: tuple[str, ...]
    """What was changed in those not killed, for people."""


class Level(Enum):
    """How far a result can be trusted; defined once, in `selection.py`, and shown to the user."""

    VERIFIED = "VERIFIED"
    WEAK = "WEAK"
    UNVERIFIED = "UNVERIFIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """What the counters of whole devices counted during a solve, whatever else ran on them."""

    joules: float
    sources: tuple[str, ...]
    """Which counters: `RAPL package-0`, `NVML GPU 0`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a solve used."""

    seconds: float
    prompt_tokens: int
    completion_tokens: int
    candidates: int
    programs_run: int
    energy: Energy | None = None
    """From when the model was loaded; None where nothing can be read, or the model is on another machine."""
    money: float | None = None
    """What that costs; None without `energy.price_per_kwh`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedCandidate:
    """A candidate with the evidence for it; fractions are None where there is nothing to take a fraction of."""

    candidate: Candidate
    examples_passed: int
    examples: int
    """Given examples, and tests of the project that could be split into a call and what is expected."""
    tests_passed: float | None
    """Vote-weighted share of self-written tests passed."""
    agreement: float
    """Mean over inputs of the share of candidates with the same outcome."""
    cluster: int
    """Candidates (this one included) that behave identically on every input; constant behaviour counts as 1."""
    score: float
    candidates: int = 0
    """Candidates that were compared, this one included."""
    faults: tuple[str, ...] = ()
    """What is wrong with it that shows without running it (`static_evidence`)."""
    self_reported: bool | None = None
    """Whether tests that report on themselves passed; None where there are none. Never makes VERIFIED alone."""
    prior: float | None = None
    """P(right) by the Lens before anything was run; None where it was not asked, or does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The outcome of a solve."""

    level: Level
    best: RankedCandidate | None
    """None where no candidate was produced at all."""
    probability: float | None
    """Calibrated P(correct); None without a calibration table for the model."""
    reason: str
    """Why this level, in one sentence."""
    verdicts: tuple[Verdict, ...]
    """Of the best candidate, given examples first."""
    cases_to_confirm: tuple[Verdict, ...]
    """For WEAK: two or three concrete cases the result rests on."""
    runners_up: tuple[RankedCandidate, ...]
    repairs: tuple[Repairs, ...] = ()
    """Rounds of repairs, in their order; empty where nothing had to be repaired, or nothing was."""
    strength: MutationStrength | None = None
    """How many broken versions of the best its evidence notices; None where that was not measured."""
    cost: Cost
    model: str
    sandbox_layers: tuple[str, ...]
    """What isolated the code that ran, outermost first."""
