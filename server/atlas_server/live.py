"""What is known of a command while it runs, for everything that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from atlas_pipeline.records import Candidate, FunctionTask, Status, Verdict

State = Literal["queued", "solving", "verified", "weak", "unverified", "failed", "none"]
"""States of a function in `atlas/status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A running command at one moment."""

    task: FunctionTask
    doing: str = "Solving"
    position: int = 0
    """Place in the line; 0: its turn has come."""
    message: str = ""
    percentage: int = 0
    done: int = 0
    planned: int = 0
    tokens_per_s: float | None = None
    best: Candidate | None = None
    """The best so far, the first one decoded to begin with; unverified."""
    verdicts: tuple[Verdict, ...] = ()
    """Of the best so far, on the given examples."""
    standing: str = ""
    """What speaks for the best so far, in words."""

    @property
    def state(self) -> State:
        """Whether it waits or runs."""
        return "queued" if self.position else "solving"

    @property
    def text(self) -> str:
        """The short text for a status line or a lens."""
        if self.position:
            return f"Queued: {self.position} before it"
        return f"{self.doing} {self.done}/{self.planned}" if self.planned else self.doing

    @property
    def counterexample(self) -> Verdict | None:
        """The first given example that the best so far fails."""
        return next((verdict for verdict in self.verdicts if verdict.status is not Status.PASS), None)
