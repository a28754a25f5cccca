"""Finished solves that are kept: to be applied later, shown again, or dropped when their function changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from atlas_pipeline.checking import Finding
from atlas_pipeline.history import Outcome
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import FunctionTask, Selection, TestCase, Verdict
from atlas_pipeline.settings import Settings

Key = tuple[str, str]
"""URI and qualified name."""

Kind = Literal["solve", "repair", "completion"]

_MOST_RESULTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a solve found for a function, and whether its code is in the document."""

    task: FunctionTask
    selection: Selection
    found: Found = field(default_factory=Found)
    """Everything the model wrote, to be judged again when something changes."""
    confirmed: tuple[TestCase, ...] = ()
    """Cases that the user confirmed: they are among the task's examples."""
    refuted: tuple[TestCase, ...] = ()
    """Cases of which the user said that they are wrong."""
    kind: Kind = "solve"
    """What was asked for."""
    settings: Settings = field(default_factory=Settings)
    """With which its candidates were drawn, the command's options among them."""
    stopped: str = ""
    """Who ended it early, as in `StoppedEarly`; empty for nobody."""
    drawn_for_other_text: bool = False
    """Its candidates were written before something changed that the prompts showed of the function and its context."""
    finished_at: float = 0.0
    """Seconds since the epoch."""
    solve: str = ""
    """Identity of the solve in the history; empty where it is not kept."""
    outcome: Outcome | None = None
    """What became of its code, as the document said last; None while it was never in it."""
    applied_fingerprint: str | None = None
    """Fingerprint of the function after our edit; None while the code is not in the document."""

    @property
    def seed(self) -> int:
        """Seed of its candidates."""
        return self.settings.solve.seed

    @property
    def applied(self) -> bool:
        """Whether the code was put into the document."""
        return self.applied_fingerprint is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A command that ended with an error."""

    fingerprint: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the body that stands in the document did."""

    task: FunctionTask
    verdicts: tuple[Verdict, ...]
    """On the given examples and the project's tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check found in the body that stands in the document."""

    task: FunctionTask
    findings: tuple[Finding, ...]


class Results:
    """The newest result of each function, the oldest forgotten first."""

    def __init__(self) -> None:
        self._results: dict[Key, Result] = {}

    def put(self, uri: str, result: Result) -> None:
        """Keep a result, in place of an older one of the same function."""
        key = (uri, result.task.qualname)
        self._results.pop(key, None)
        self._results[key] = result
        while len(self._results) > _MOST_RESULTS:
            del self._results[next(iter(self._results))]

    def update(self, uri: str, result: Result) -> None:
        """Put a newer record of a result in its place; it gets no younger."""
        self._results[uri, result.task.qualname] = result

    def get(self, uri: str, qualname: str) -> Result | None:
        """Return the result of a function."""
        return self._results.get((uri, qualname))

    def drop(self, uri: str, qualname: str) -> None:
        """Forget the result of a function."""
        self._results.pop((uri, qualname), None)

    def keys(self) -> list[Key]:
        """Return which functions have a result, the oldest first."""
        return list(self._results)

    def newest(self, uri: str = "") -> tuple[str, Result] | None:
        """Return the newest result of a document, or of all, with its document's URI."""
        among = [(known, result) for (known, _), result in self._results.items() if not uri or known == uri]
        return among[-1] if among else None

    def of(self, uri: str) -> list[Result]:
        """Return the results of one document."""
        return [result for (known, _), result in self._results.items() if known == uri]

    def close(self, uri: str) -> None:
        """Forget the results of a closed document."""
        for key in [key for key in self._results if key[0] == uri]:
            del self._results[key]
