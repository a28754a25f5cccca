"""Asks the model for candidates: plain samples, perturbed ones, and code from plans."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from atlas_pipeline import prompts
from atlas_pipeline.asking import Asker, Stage, cancel
from atlas_pipeline.div_sampling import Draw, draw, planned_samples
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, FinishReason
from atlas_pipeline.errors import TokensUsedUpError
from atlas_pipeline.events import PlansMade, StageSkipped
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.plan_search import PRESETS, ROLES, PlansFound, search_plans
from atlas_pipeline.records import Candidate, FunctionTask, Origin, Plan
from atlas_pipeline.settings import SolveSettings

Answer = TypeVar("Answer")


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.cancelled() or task.exception() is not None


def _was_asked(task: asyncio.Task[Any]) -> bool:
    """Tell whether an ended request was made: where the tokens are used up, none is, and the solve ends."""
    return task.cancelled() or not isinstance(task.exception(), TokensUsedUpError)


def _answered(tasks: Iterable[asyncio.Task[Answer]]) -> list[asyncio.Task[Answer]]:
    """Return the requests that were made, errors last: what was answered at the same time is not lost."""
    return sorted(filter(_was_asked, tasks), key=_failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer without a usable body."""

    index: int
    reason: str


class Writer:
    """Writes candidates for one task."""

    def __init__(self, task: FunctionTask, engine: Engine, capabilities: Capabilities, settings: SolveSettings) -> None:
        self.asker = Asker(task, engine, capabilities, settings)
        self.task = task
        self.settings = settings
        self.skipped: tuple[StageSkipped, ...] = ()
        """What the settings ask for and this model cannot do; such samples are plain ones."""
        self._perturbations = prompts.facts(self.asker.profile).perturbations
        self._plans_wanted = planned_samples(settings)
        self._leave_out_what_the_model_cannot_do()
        self._search: asyncio.Task[PlansFound] | None = None
        self._search_told = False

    def change(self, settings: SolveSettings) -> None:
        """Draw the samples to come by other settings."""
        if settings == self.settings:
            return
        self.settings = self.asker.settings = settings
        self._plans_wanted = planned_samples(settings) if self.asker.supports(*ROLES[settings.plan_search]) else 0

    async def candidates(
        self, indices: Sequence[int], stop: asyncio.Event
    ) -> AsyncGenerator[Candidate | Rejected | PlansMade | StageSkipped, None]:
        """Yield one candidate per index, as they are decoded; ends early when `stop` is set, with those that are complete.

        Where the settings call for plans, planned samples wait for them, the others do not, and the plans are yielded once.
        """
        draws = [(index, draw(index, self.settings, self._perturbations)) for index in indices]
        if self._search is None and any(self._is_planned(each) for _, each in draws):
            sizes = PRESETS[self.settings.plan_search]
            self._search = asyncio.create_task(search_plans(self.asker, sizes, most=self._plans_wanted))
        tasks = [asyncio.create_task(self._candidate(index, each)) for index, each in draws]
        stopped = asyncio.create_task(stop.wait())
        waiting: set[asyncio.Task[Candidate | Rejected]] = set(tasks)
        try:
            while waiting and not stop.is_set():
                extra = {self._search} if self._search is not None and not self._search_told else set()
                done, _ = await asyncio.wait({*waiting, *extra, stopped}, return_when=asyncio.FIRST_COMPLETED)
                plans_failed = self._search is not None and self._search in done and _failed(self._search)
                if self._search in done and self._search is not None and not plans_failed:
                    for event in self._told(self._search.result()):
                        yield event
                ended = [t for t in tasks if t in done]
                waiting.difference_update(ended)
                for task in _answered(ended):
                    yield task.result()
                if plans_failed and self._search is not None and _was_asked(self._search):
                    self._search.result()
            for task in _answered(t for t in tasks if t in waiting and t.done()):
                yield task.result()
        finally:
            await cancel(stopped)
            await cancel(*tasks)
            if self._search is not None:
                await cancel(self._search)

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts so far."""
        return sum(use.prompt_tokens for use in self.asker.use.values())

    @property
    def completion_tokens(self) -> int:
        """Tokens of all answers so far."""
        return self.asker.completion_tokens

    @property
    def decoding_s(self) -> float:
        """Seconds between first and last token, summed over all answers so far."""
        return sum(use.decoding_s for use in self.asker.use.values())

    def _leave_out_what_the_model_cannot_do(self) -> None:
        skipped = []
        if self._plans_wanted and not self.asker.supports(*ROLES[self.settings.plan_search]):
            self._plans_wanted = 0
            skipped.append(
                StageSkipped(
                    stage="plan",
                    reason=f"solve.planned_share is {self.settings.planned_share:g}, but this model was not "
                    "trained to plan; all samples are plain. Set it to 0, or use an instruct model.",
                )
            )
        if self.settings.perturbed_share and not self._perturbations:
            skipped.append(
                StageSkipped(
                    stage="perturbation",
                    reason=f"solve.perturbed_share is {self.settings.perturbed_share:g}, but the model uses the prompt "
                    f"profile {self.asker.profile!r}, whose models take no sentences beside the task; prompts are left as "
                    "they are. Set it to 0, or use an instruct model.",
                )
            )
        self.skipped = tuple(skipped)

    def _is_planned(self, each: Draw) -> bool:
        return each.plan is not None and self._plans_wanted > 0

    def _told(self, found: PlansFound) -> list[PlansMade | StageSkipped]:
        self._search_told = True
        made = PlansMade(plans=found.plans, unreadable=found.unreadable, duplicates=found.duplicates)
        if found.plans:
            return [made]
        reason = f"none of the model's {found.unreadable} answers held a plan; all samples are plain"
        return [made, StageSkipped(stage="plan", reason=reason)]

    async def _candidate(self, index: int, each: Draw) -> Candidate | Rejected:
        plan = await self._plan(each)
        if plan is None:
            answer = await self._ask("code", index, each, each.fields(self.settings))
        else:
            answer = await self._ask(
                "code_from_plan", index, each, {"observations": plan.observations, "sketch": plan.sketch}
            )
        extracted = extract_body(answer.text, self.task, truncated=answer.finish is FinishReason.LENGTH)
        if extracted.body is None:
            return Rejected(index=index, reason=extracted.reason)
        return Candidate(
            index=index,
            body=extracted.body,
            origin=Origin.SAMPLE if plan is None else Origin.PLAN,
            plan=plan,
            tokens=answer.completion_tokens,
            mean_logprob=answer.mean_logprob,
        )

    async def _plan(self, each: Draw) -> Plan | None:
        """Return the plan to write from; None for a plain sample, and where no plan was found."""
        if each.plan is None or self._search is None or not self._is_planned(each):
            return None
        # Shielded: one sample that is cancelled must not end the search for the others.
        plans = (await asyncio.shield(self._search)).plans
        return plans[each.plan % len(plans)] if plans else None

    async def _ask(self, role: prompts.Role, index: int, each: Draw, fields: Mapping[str, object]) -> Completion:
        return await self.asker.ask(Stage.CODE, role, temperature=each.temperature, seed=index, fields=fields)
