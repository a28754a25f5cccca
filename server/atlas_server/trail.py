"""What a solve has tried, kept while it runs and after it: the candidates, what each did, which one was chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atlas_pipeline.events import (
    BestChanged,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    Event,
    Finished,
    RepairTried,
    Started,
    TestsMade,
)
from atlas_pipeline.records import Candidate, Origin, Provenance, RankedCandidate, Selection, Status, TestCase, Verdict
from atlas_server.narrator import passed, standing_of
from atlas_server.report import describe_verdict

if TYPE_CHECKING:
    from atlas_server.results import Key
    from atlas_server.session import Session

CHANGED = "atlas/candidates"
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The candidates of one function and what is known of them."""

    model: str = ""
    candidates: tuple[Candidate, ...] = ()
    verdicts: tuple[tuple[Verdict, ...], ...] = ()
    """Of each candidate, in the same order, on the given examples; on everything for the one that was chosen."""
    tests: tuple[TestCase, ...] = ()
    rejected: tuple[str, ...] = ()
    """Why texts of the model held no usable body."""
    best: RankedCandidate | None = None
    selection: Selection | None = None

    def after(self, event: Event) -> Trail:
        """Return what is known after one more event."""
        match event:
            case Started():
                return replace(self, model=event.model)
            case CandidateMade():
                return self._with(event.candidate, ())
            case RepairTried():
                return self._with(event.candidate, event.verdicts)
            case CandidateRejected():
                return replace(self, rejected=(*self.rejected, event.reason))
            case CandidateTested():
                return self._judged(event.candidate, event.verdicts)
            case TestsMade():
                return replace(self, tests=event.tests)
            case BestChanged():
                return replace(self, best=event.best)
            case Finished():
                ended = replace(self, best=event.selection.best, selection=event.selection)
                best = event.selection.best
                return ended._judged(best.candidate.index, event.selection.verdicts) if best is not None else ended
            case _:
                return self

    def _with(self, candidate: Candidate, verdicts: tuple[Verdict, ...]) -> Trail:
        """Add a candidate, or put it in the place of the one with its number."""
        numbers = [known.index for known in self.candidates]
        if candidate.index in numbers:
            return self._judged(candidate.index, verdicts)
        return replace(self, candidates=(*self.candidates, candidate), verdicts=(*self.verdicts, verdicts))

    def _judged(self, index: int, verdicts: tuple[Verdict, ...]) -> Trail:
        judged = zip(self.candidates, self.verdicts, strict=True)
        return replace(self, verdicts=tuple(verdicts if known.index == index else before for known, before in judged))


_ORIGINS = {Origin.PLAN: "from a plan", Origin.REPAIR: "repair"}


def candidates_json(session: Session, key: Key) -> dict[str, Any] | None:
    """Return a function's candidates as the command answers with them, ready to be shown; None where there are none."""
    trail = session.trails.get(key)
    if trail is None:
        return None
    live = session.live.get(key)
    ranked = {runner.candidate.index: runner for runner in trail.selection.runners_up} if trail.selection else {}
    if trail.best is not None:
        ranked[trail.best.candidate.index] = trail.best
    chosen = trail.best.candidate.index if trail.best is not None else None
    if live is not None:
        text = live.text
    elif trail.selection is not None:
        text = f"{trail.selection.level.value}: {trail.selection.reason}"
    else:
        text = "ended without a result"
    return {
        "schema": SCHEMA,
        "document": key[0],
        "qualname": key[1],
        "text": text,
        "running": live is not None,
        "model": trail.model,
        "candidates": [
            {
                "index": candidate.index,
                "origin": candidate.origin.value,
                "parent": candidate.parent,
                "text": _title(candidate),
                "code": candidate.body,
                "chosen": candidate.index == chosen,
                "standing": _standing(ranked.get(candidate.index), verdicts),
                "cases": [_case(verdict) for verdict in verdicts],
            }
            for candidate, verdicts in zip(trail.candidates, trail.verdicts, strict=True)
        ],
        "rejected": list(trail.rejected),
        "tests": [_test(case) for case in trail.tests],
    }


def _title(candidate: Candidate) -> str:
    how = _ORIGINS.get(candidate.origin)
    if candidate.parent is not None:
        how = f"{how or 'made'} of {candidate.parent + 1}"
    return f"Candidate {candidate.index + 1}{f', {how}' if how else ''}"


def _standing(ranked: RankedCandidate | None, verdicts: tuple[Verdict, ...]) -> str:
    if ranked is not None:
        return standing_of(ranked)
    return f"{passed(verdicts)} examples" if verdicts else "not run yet"


def _case(verdict: Verdict) -> dict[str, str]:
    own = verdict.case.provenance not in (Provenance.GIVEN, Provenance.PROJECT)
    status = "doubted" if own and verdict.status is not Status.PASS else verdict.status.value
    return {"text": describe_verdict(verdict), "status": status, "provenance": verdict.case.provenance.value}


def _test(case: TestCase) -> str:
    return f"{case.call} == {case.expected.shown}" if case.expected is not None else case.call
