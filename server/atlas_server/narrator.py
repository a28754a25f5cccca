"""Turns the events of one solve into short messages, an estimate of the share done, and of the time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from atlas_pipeline.events import (
    BestChanged,
    BudgetUsed,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    ContextGathered,
    EarlierAnswerJudged,
    Event,
    Finished,
    LensScored,
    PlansMade,
    ProjectTestsRun,
    QuestionAnswered,
    QuestionAsked,
    RepairRejected,
    RepairsCompared,
    RepairTried,
    RouteChosen,
    StageSkipped,
    Started,
    StoppedEarly,
    TestsMade,
)
from atlas_pipeline.records import RankedCandidate, Status, Verdict
from atlas_server.report import describe_repairs, headline

_SAMPLING_ENDS = 0.8
"""Share of a solve that is over when its candidates are written."""
_LEAST_FOR_ESTIMATE = 2
"""Candidates that must be there before the time left is guessed."""


class Narrator:
    """What is said while a solve runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.share = 0.0
        self.done = 0
        self.planned = 0
        self.tokens_per_s: float | None = None
        self._clock = clock
        self._began: float | None = None
        self._was_solved = False

    def say(self, event: Event) -> str | None:
        """Return the message for an event, None where there is nothing to say."""
        match event:
            case ContextGathered():
                cases = f", {len(event.project_cases)} cases from the project's tests" if event.project_cases else ""
                return f"context of about {event.tokens} tokens in {len(event.pieces)} pieces{cases}"
            case RouteChosen() if event.features:
                return f"route {event.route}: {event.reason}"
            case Started():
                self.share = 0.02
                self._began = self._clock()
                if self._was_solved:
                    return None
                return f"{event.model}: writing candidates"
            case EarlierAnswerJudged() if event.verified:
                self._was_solved = True
                return f"solved before ({event.solved_at[:10]}), and verified again: no model needed"
            case EarlierAnswerJudged():
                return f"solved before ({event.solved_at[:10]}), but it does not hold any more: {event.reason}"
            case CandidateMade() | CandidateRejected():
                self.done, self.planned = event.done, event.planned
                self.share = max(self.share, 0.05 + (_SAMPLING_ENDS - 0.05) * event.done / max(event.planned, 8))
                if self._was_solved:
                    return None  # written long ago
                made = f"candidate {event.done} of {event.planned}"
                if isinstance(event, CandidateRejected):
                    return f"{made}: {event.reason}"
                return f"{made}, unverified{self._pace()}"
            case CandidateTested() if event.verdicts:
                return f"candidate {event.candidate + 1}: {passed(event.verdicts)} examples{self._pace()}"
            case TestsMade():
                if not event.tests:
                    return f"{len(event.inputs)} further inputs"
                self.share = max(self.share, 0.6)
                return f"{len(event.tests)} self-written tests{self._pace()}"
            case BestChanged():
                self.share = max(self.share, _SAMPLING_ENDS)
                return f"best so far: {standing_of(event.best)}"
            case LensScored() if event.abstained:
                unknown = f"knows nothing like {event.abstained} of {len(event.judgements)} candidates"
                return f"the Lens ({event.scorer}) {unknown} and leaves them to the evidence"
            case LensScored():
                return f"the Lens ({event.scorer}) scored {len(event.judgements)} candidates"
            case PlansMade():
                return f"{len(event.plans)} plans{self._pace()}"
            case StageSkipped():
                return f"left out: {event.stage}: {event.reason}"
            case QuestionAsked():
                return f"which is right for {event.call}: {' or '.join(event.options)}? Asking the {event.who}"
            case QuestionAnswered():
                return f"{event.call}: {event.reason}"
            case StoppedEarly():
                return f"stopping with the best so far: {event.reason}"
            case ProjectTestsRun():
                return f"candidate {event.candidate + 1}: the project's tests: {event.ended}"
            case RepairTried():
                dropped = "" if event.kept else ", dropped"
                return f"repair ({event.perspective}): {passed(event.verdicts)} examples{dropped}{self._pace()}"
            case RepairRejected():
                return f"repair ({event.perspective}): {event.reason}"
            case RepairsCompared():
                return describe_repairs(event.repairs)
            case BudgetUsed():
                self.tokens_per_s = event.tokens_per_s
                return None
            case Finished():
                self.share = 1.0
                return headline(event.selection)
            case _:
                return None

    def _pace(self) -> str:
        """Say how fast tokens come, and how long the candidates of this round still take."""
        said = f", {self.tokens_per_s:.0f} tokens/s" if self.tokens_per_s else ""
        left = self.seconds_left()
        return f"{said}, about {left:.0f} s left" if left is not None else said

    def seconds_left(self) -> float | None:
        """Return how long the candidates planned so far still take; None while there is too little to tell."""
        if self._began is None or self.done < _LEAST_FOR_ESTIMATE or self.done >= self.planned:
            return None
        return (self._clock() - self._began) / self.done * (self.planned - self.done)


def passed(verdicts: tuple[Verdict, ...]) -> str:
    """Return `2/3`: cases passed of all."""
    return f"{sum(verdict.status is Status.PASS for verdict in verdicts)}/{len(verdicts)}"


def standing_of(best: RankedCandidate) -> str:
    """Say what speaks for a candidate."""
    examples = f"{best.examples_passed}/{best.examples} examples, " if best.examples else ""
    tests = f", {best.tests_passed:.0%} of the self-written tests" if best.tests_passed is not None else ""
    return f"{examples}{best.cluster} of {best.candidates} agree{tests}"
