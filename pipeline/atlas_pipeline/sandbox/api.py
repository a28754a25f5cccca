"""What the pipeline knows of the sandbox: programs and calls go in, outcomes come out.

Failure of untrusted code is data. Expected values never enter the process that runs it: it receives calls and returns
canonical values, and the trusted side compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, runtime_checkable


class OutcomeKind(Enum):
    """How one call, or one run of a main program, ended."""

    RETURNED = "returned"
    """The call returned; a main program ended by itself with status 0."""
    RAISED = "raised"
    """The call raised, `exception` says what; a main program ended by itself with another status."""
    LOAD_FAILED = "load_failed"
    """The program itself did not load (syntax error, failed import, exception at module level)."""
    TIMEOUT = "timeout"
    MEMORY = "memory"
    """Memory ran out; or the returned value is too large to be compared (`exception.type_name` is ValueTooLarge)."""
    CRASHED = "crashed"
    """The process ended without an answer: a signal, `os._exit`, too many threads, a broken or forged protocol."""
    NOT_RUN = "not_run"
    """Given up after too many crashes or time-outs of earlier calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Untrusted source text: a module in which calls are evaluated, or a main program that reads standard input."""

    source: str
    module_name: str = "candidate"
    language: str = "python"
    """Name of an entry of `languages`."""
    path: str = ""
    """Of the document: where it is in the workspace, its relative imports start. Empty: it is nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An expression to evaluate in the module, `Stack([1]).pop()`.

    A coroutine it gives is run, an iterator is driven. If it is a plain call, its arguments are watched for changes.
    """

    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one program may use."""

    cpu_s: float = 1.0
    """CPU seconds per call (and for loading). Wall-clock time is a back-stop of ten times as much."""
    memory_bytes: int = 512 * 1024 * 1024
    """Address space beyond what the bare interpreter takes."""
    output_bytes: int = 64 * 1024
    """Most bytes of standard output, and of standard error, kept per call. A value of longer canonical text is MEMORY."""
    restarts: int = 5
    """After a crash or time-out in call i a new process goes on at i+1, at most this often; the rest is NOT_RUN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedException:
    """An exception as data."""

    type_name: str
    message: str
    """At most 500 characters."""
    line: int | None = None
    """Line in the program's source (1-based) nearest to where it was raised, if it was raised there."""
    explicit: bool = False
    """A `raise` or `assert` statement of the program raised it, not an operation that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one call did: value, changed arguments, output, exception."""

    kind: OutcomeKind
    value: str | None = None
    """Canonical text of the returned value (`canonical.canonical`), None where nothing was returned."""
    shown: str = ""
    """`repr` of the value, shortened to 200 characters, for people."""
    changed_arguments: str | None = None
    """Canonical text of a dict of the arguments that differ after the call, position or keyword to value: `{0: [1, 2]}`.

    The object a method was called on has the key `'self'`. None where nothing changed or it could not be observed.
    """
    stdout: str = ""
    """What was printed during the call; what a program prints while it loads is dropped."""
    stderr: str = ""
    """The same for standard error. It is no part of the behaviour: warnings and traces differ where results do not."""
    is_cut: bool = False
    """More was printed than `Limits.output_bytes`."""
    exit_status: int | None = None
    """Of a main program that ended by itself."""
    exception: RaisedException | None = None
    """What was raised, or why there was no answer: kinds RAISED, LOAD_FAILED, TIMEOUT, MEMORY and CRASHED."""
    cpu_s: float = 0.0

    def behaviour(self) -> tuple[str, ...]:
        """Return what makes two outcomes the same behaviour: everything but messages, repr and time."""
        raised = self.exception.type_name if self.exception else ""
        return (self.kind.value, self.value or "", self.changed_arguments or "", self.stdout, raised)

    def behaviour_hash(self) -> str:
        """Return 16 hexadecimal digits that are the same where the behaviour is: the key of a behaviour cluster."""
        return hashlib.sha256(json.dumps(self.behaviour()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTest:
    """What pytest said of one test."""

    node_id: str
    status: Literal["passed", "failed", "skipped"]
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTestReport:
    """What a run of the project's tests said."""

    tests: tuple[ProjectTest, ...]
    outcome: Outcome
    """How pytest ended: RETURNED where every test passed; `stdout` is what it printed."""
    self_reported: Literal[True] = True
    """The process that ran the candidate said so itself."""


@runtime_checkable
class ProjectTestRunner(Protocol):
    """A sandbox that can run the project's own tests as well."""

    async def run_project_tests(
        self, tests: Sequence[str], *, changed: Mapping[str, str], limits: Limits
    ) -> ProjectTestReport:
        """Run tests of the workspace with pytest, the documents in `changed` (path to text) in place.

        Raises:
            SandboxUnavailableError: they cannot be run here, and why.
            UsageError: nothing of the workspace may be seen, or a path is outside of it.
        """


class Sandbox(Protocol):
    """Runs programs in isolation."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the isolation layers that are on, outermost first, for the log and the doctor."""
        ...

    async def run(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        """Load `program` once, evaluate each call in it and return one outcome per call, in order.

        Raises:
            SandboxError: the sandbox itself failed. Never for anything the program does.
        """
        ...

    async def run_main(self, program: Program, inputs: Sequence[str], limits: Limits) -> list[Outcome]:
        """Run `program` as a main program once for each text on its standard input; return the outcomes, in order.

        Every run has a process of its own; `same_output` compares what was printed.

        Raises:
            SandboxError: the sandbox itself failed. Never for anything the program does.
        """
        ...

    async def twin(self) -> Sandbox:
        """Return a second sandbox like this one, in a fresh interpreter with another hash seed.

        It is started once, kept, and ended together with this one.

        Raises:
            SandboxError: it cannot be started.
        """
        ...

    async def aclose(self) -> None:
        """End every process of this sandbox."""
        ...
