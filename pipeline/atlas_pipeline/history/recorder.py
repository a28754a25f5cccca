"""Takes down a solve from its events, and hands it to the history when it has ended."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from atlas_pipeline.events import (
    CandidateTested,
    EarlierAnswerJudged,
    Event,
    Finished,
    RepairTried,
    RouteChosen,
    Started,
    StoppedEarly,
)
from atlas_pipeline.history.records import SolveRecord, TaskKey
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import Embedded, FunctionTask, RankedCandidate, Selection, Verdict
from atlas_pipeline.settings import SolveSettings

if TYPE_CHECKING:
    from atlas_pipeline.history.history import History


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is solved."""

    task: FunctionTask
    key: TaskKey
    kind: str
    settings: SolveSettings


class HistoryRecorder:
    """Takes the events of one solve. A solve that ends before its first candidate leaves nothing.

    As a context manager it also keeps what was found until an error or a cancellation.

    Args:
        history: where it goes.
        subject: what is solved.
        clock: seconds since the epoch, for tests.
    """

    def __init__(self, history: History, subject: Subject, *, clock: Callable[[], float] = time.time) -> None:
        self.uid = uuid.uuid4().hex
        """Names the solve in the history, before it is written."""
        self._history = history
        self._subject = subject
        self._clock = clock
        self._began = clock()
        self._found = Found()
        self._verdicts: list[Verdict] = []
        self._selection: Selection | None = None
        self._stages: tuple[dict[str, Any], ...] = ()
        self._route: dict[str, Any] | None = None
        self._model = ""
        self._stopped = ""
        self._answered_from = ""
        self._embedded: Embedded | None = None
        self._is_kept = False

    def embedded(self, found: Embedded) -> None:
        """Take in the vectors of all candidates so far, which no event carries."""
        self._embedded = found

    def record(self, event: Event) -> None:
        """Take in one event; `Finished` ends the record."""
        self._found = self._found.after(event)
        match event:
            case Started():
                self._model = event.model
            case RouteChosen():
                self._route = msgspec.to_builtins(event)
            case CandidateTested() | RepairTried():
                self._verdicts.extend(event.verdicts)
            case StoppedEarly():
                self._stopped = event.by
            case EarlierAnswerJudged() if event.verified:
                self._answered_from = event.solve
            case Finished():
                self._selection = event.selection
                self._stages = tuple(msgspec.to_builtins(stage) for stage in event.stages)
                self._keep("finished")
            case _:
                pass

    def __enter__(self) -> Self:
        """Return the recorder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Keep a solve that came to no end. Of an error only the class: a message may hold an address."""
        is_fault = kind is not None and issubclass(kind, Exception)
        self._keep(kind.__name__ if kind is not None and is_fault else "cancelled")

    def _keep(self, ended: str) -> None:
        if self._is_kept or not self._found.candidates:
            return
        self._is_kept = True
        selection = self._selection
        ranked: tuple[RankedCandidate, ...] = ()
        verdicts = tuple(self._verdicts)
        if selection is not None and selection.best is not None:
            index = selection.best.candidate.index
            ranked = (selection.best, *selection.runners_up)
            # The last verdicts on the best hold those from before, and those on tests the model wrote.
            verdicts = (*(verdict for verdict in verdicts if verdict.candidate != index), *selection.verdicts)
        from_history = bool(self._answered_from)
        self._history.add(
            SolveRecord(
                uid=self.uid,
                key=self._subject.key,
                task=self._subject.task,
                kind=self._subject.kind,
                model=self._model,
                began_at=self._began,
                seconds=max(0.0, self._clock() - self._began),
                ended=ended,
                stopped=self._stopped,
                settings=self._subject.settings,
                selection=selection,
                ranked=() if from_history else ranked,
                candidates=() if from_history else self._found.candidates,
                verdicts=() if from_history else verdicts,
                found=Found() if from_history else self._found,
                stages=self._stages,
                route=self._route,
                answered_from=self._answered_from,
                embedded=None if from_history else self._embedded,
            )
        )
