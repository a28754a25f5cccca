"""Solves a function with the history beside it: an earlier answer first, if it still holds, and the solve is kept.

What is judged again is the whole draw of ONE earlier solve: every candidate that was sampled then, those that lost too,
with the tests and inputs that were written then, by the examples, project tests and document of today. So the rule of
`selection.py` is applied to what it was made for, a number of independent samples of which nobody has picked any:

    - The candidates of several solves are never put together. Solves with the same seed draw the same samples, which
      would agree with themselves; and whoever solves until something is VERIFIED, and then counts all draws, has picked.
    - Where the answer is not VERIFIED again, none of its candidates joins the new solve, for the same reasons: a fresh
      solve with this seed draws them again by itself, and each then counts once.
    - The body has to be the one that was chosen then. If another leads now, something that judging again does not
      repeat (S*, the user's answer to a question) had decided, and the solve is made anew.

Answers hold for the settings and the seed they were drawn with (`settings_hash`), and only while the user did not reject,
undo or rewrite them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NoReturn

from atlas_pipeline.ask import Ask
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, Message, OnText, Sampling
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_facts import profile_of
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.errors import EngineError
from atlas_pipeline.events import (
    CandidateMade,
    EarlierAnswerJudged,
    Event,
    Finished,
    StageSkipped,
    Started,
)
from atlas_pipeline.existing import Existing
from atlas_pipeline.history.history import History, LookupTimeoutError
from atlas_pipeline.history.recorder import HistoryRecorder, Subject
from atlas_pipeline.history.records import Known, TaskKey, key_of
from atlas_pipeline.prompts import Profile
from atlas_pipeline.rechecking import recheck
from atlas_pipeline.records import FunctionTask, Level
from atlas_pipeline.routing import Router
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.settings import EngineSettings, Settings, SolveSettings
from atlas_pipeline.solve_run import OnEmbedded
from atlas_pipeline.solving import Control, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Connect = Callable[[], Awaitable[Engine]]
"""Connects to the model; called only when it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """What tells one model from another."""

    model_hash: str
    profile: Profile


async def identify(settings: EngineSettings, connect: Connect) -> ModelIdentity:
    """Return which model answers. A local file's header says so; another server has to be asked.

    Raises:
        EngineError: the file cannot be read, or the server cannot be used.
    """
    if settings.url:
        capabilities = await (await connect()).capabilities()
        return ModelIdentity(model_hash=capabilities.model_hash, profile=capabilities.prompt_profile)
    header = await asyncio.to_thread(read_header, model_path(settings.model))
    return ModelIdentity(model_hash=header.digest, profile=profile_of(header))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """How one solve uses the history."""

    history: History
    kind: Literal["solve", "repair", "completion"] = "solve"
    recall: tuple[SolveSettings, ...] = ()
    """With which settings an earlier answer may have been drawn. Empty: the model is asked in any case."""


async def solve_with_history(
    task: FunctionTask,
    *,
    remembering: Remembering | None,
    connect: Connect,
    sandbox: Sandbox,
    settings: Settings,
    ask: Ask | None = None,
    control: Control | None = None,
    existing: Existing | None = None,
    on_kept: Callable[[str], None] | None = None,
) -> AsyncGenerator[Event, None]:
    """Solve `task` as `solve` does, with the history beside it, yielding events; the last one is `Finished`.

    Wrap the generator in `contextlib.aclosing`.

    Args:
        task: as for `solve`.
        remembering: how the history is used; None: not at all.
        connect: gives the model.
        sandbox: as for `solve`.
        settings: as for `solve`.
        ask: as for `solve`.
        control: as for `solve`.
        existing: as for `solve`.
        on_kept: told the identity of this solve in the history, before the first event.

    Raises:
        EngineError: the model cannot be loaded or went away.
        SandboxError: the sandbox failed, or there is none.
    """

    async def anew(
        model: ModelIdentity | None = None, on_embedded: OnEmbedded | None = None
    ) -> AsyncGenerator[Event, None]:
        learning = asyncio.create_task(_learned(remembering, model, settings))
        try:
            engine = await connect()
            router = await learning
        finally:
            learning.cancel()
        if isinstance(router, StageSkipped):
            yield router
            router = None
        solving = solve(
            task,
            engine=engine,
            sandbox=sandbox,
            settings=settings,
            ask=ask,
            control=control,
            existing=existing,
            router=router,
            on_embedded=on_embedded,
        )
        async with aclosing(solving) as events:
            async for event in events:
                yield event

    model = None
    if remembering is not None:
        try:
            model = await identify(settings.engine, connect)
        except EngineError:
            if settings.engine.url:
                raise  # connecting again would ask the user again
            # Loading a local model meets the same error, and tells whoever shows the engine's state.
    if remembering is None or model is None:
        async with aclosing(anew()) as events:
            async for event in events:
                yield event
        return
    shown = existing.in_context(task) if existing is not None else task
    key = key_of(shown, model_hash=model.model_hash, profile=model.profile)
    subject = Subject(task=shown, key=key, kind=remembering.kind, settings=settings.solve)
    with HistoryRecorder(remembering.history, subject) as recorder:
        if on_kept is not None:
            on_kept(recorder.uid)
        for event in await _recalled(task, key, model, remembering, sandbox=sandbox, settings=settings):
            recorder.record(event)
            yield event
            if isinstance(event, Finished):
                return
        async with aclosing(anew(model, recorder.embedded)) as events:
            async for event in events:
                recorder.record(event)
                yield event


async def _learned(
    remembering: Remembering | None, model: ModelIdentity | None, settings: Settings
) -> Router | StageSkipped | None:
    """Return a router that knows what became of its choices; why there is none; None where no route is to be chosen."""
    if settings.solve.route != "auto":
        return None
    if remembering is None or model is None:
        reason = "history.enabled is false" if remembering is None else "the model is not known"
    else:
        try:
            router = await remembering.history.router(model.model_hash)
        except LookupTimeoutError as error:
            reason = str(error)
        else:
            if router is not None:
                return router
            reason = remembering.history.off or "the history could not be read"
    return StageSkipped(stage="router", reason=f"{reason.rstrip('.')}; the route is chosen without earlier outcomes")


async def _recalled(
    task: FunctionTask,
    key: TaskKey,
    model: ModelIdentity,
    remembering: Remembering,
    *,
    sandbox: Sandbox,
    settings: Settings,
) -> Sequence[Event]:
    """Return the events of an answer from the history, ending with `Finished`; else what there is to say, or nothing."""
    history = remembering.history
    if not remembering.recall or not history.settings.cache:
        return ()
    try:
        known = await history.known_candidates(key, remembering.recall)
    except LookupTimeoutError as error:
        return (StageSkipped(stage="history", reason=f"{error}; the model is asked"),)
    if known is None:
        return ()
    return await judge_again(task, known, model, sandbox=sandbox, settings=settings)


async def judge_again(
    task: FunctionTask, known: Known, model: ModelIdentity, *, sandbox: Sandbox, settings: Settings
) -> tuple[Event, ...]:
    """Judge an earlier answer by `task`, which takes no model.

    Returns:
        Where it is VERIFIED again, the events of a solve, `Finished` last; else an `EarlierAnswerJudged` that says why not.

    Raises:
        SandboxError: the sandbox failed, or there is none.
    """
    judging = recheck(
        task, known.found, engine=_Remembered(known, model), sandbox=sandbox, settings=settings, telling=True
    )
    async with aclosing(judging) as events:
        happened = [event async for event in events]
    last = happened[-1]
    assert isinstance(last, Finished)
    selection = last.selection
    is_same = selection.best is not None and selection.best.candidate.body == known.chosen
    is_verified = selection.level is Level.VERIFIED and is_same
    reason = selection.reason if is_same or selection.level is not Level.VERIFIED else "another candidate leads now"
    judged = EarlierAnswerJudged(
        solve=known.uid,
        solved_at=datetime.fromtimestamp(known.solved_at, UTC).isoformat(timespec="seconds"),
        candidates=len(known.found.candidates),
        verified=is_verified,
        reason=reason,
    )
    if not is_verified:
        return (judged,)
    started = next(event for event in happened if isinstance(event, Started))
    judging_began = next(number for number, event in enumerate(happened) if isinstance(event, CandidateMade))
    why = f"from the history, solved {judged.solved_at[:10]} and verified again: {selection.reason}"
    finished = replace(last, selection=replace(selection, reason=why))
    # Between the two stands what a solve was going to try.
    return (judged, started, *happened[judging_began:-1], finished)


class _Remembered:
    """The engine of an answer that is judged again: it has the model's name and answers nothing."""

    def __init__(self, known: Known, model: ModelIdentity) -> None:
        self._capabilities = Capabilities(
            model=known.model,
            model_hash=model.model_hash,
            n_ctx=0,
            n_embd=0,
            prompt_profile=model.profile,
            thinking=False,
            embeddings=False,
        )

    async def capabilities(self) -> Capabilities:
        """Return what is known without the model."""
        return self._capabilities

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """Refuse; see `_refuse`."""
        self._refuse()

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """Refuse; see `_refuse`."""
        self._refuse()

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """Refuse; see `_refuse`."""
        self._refuse()

    async def aclose(self) -> None:
        """Do nothing."""

    def _refuse(self) -> NoReturn:
        raise EngineError("an earlier answer is judged again without the model")
