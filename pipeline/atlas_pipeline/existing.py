"""A body that is to be repaired, and what is wrong with it, as the prompts show them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from atlas_pipeline.edit import solved_function
from atlas_pipeline.records import Candidate, FunctionTask, Origin

MOST_FAILURES = 5
_MOST_CHARACTERS = 6000
"""A longer body is not shown: the prompt has to leave room for the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """What stands in the document."""

    body: str
    """In the form of a `Candidate.body`."""
    failures: tuple[str, ...]
    """What is wrong with it, one call a line: `total([1]): expected 1, got 0`."""

    def candidate(self) -> Candidate:
        """Return it as a candidate that nothing else is counted as."""
        return Candidate(index=-1, body=self.body, origin=Origin.PRESENT)

    def in_context(self, task: FunctionTask) -> FunctionTask:
        """Return the task with the body and its failures in the context that the prompts show."""
        shown = solved_function(task, self.body) if len(self.body) <= _MOST_CHARACTERS else ""
        told = [
            f"{task.qualname} as it is now is wrong. Do not repeat it:" if shown else f"{task.qualname} is wrong now:",
            *shown.rstrip("\n").split("\n"),
            "It fails:",
            *self.failures[:MOST_FAILURES],
        ]
        block = "\n".join(f"# {line}".rstrip() for text in told for line in text.split("\n"))
        return replace(task, context=f"{task.context.rstrip()}\n\n{block}\n".lstrip("\n"))
