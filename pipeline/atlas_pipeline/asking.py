"""Asks the model on behalf of a pipeline stage: renders the stage's prompt, counts its tokens, sets its thinking budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from atlas_pipeline import prompts
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, Message, Sampling, Thinking
from atlas_pipeline.errors import TokensUsedUpError
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.settings import SolveSettings, ThinkingBudget

_SEEDS_PER_SOLVE = 1000

Answer = TypeVar("Answer")


class Stage(Enum):
    """Who asks; tokens and seconds are counted for each."""

    CODE = "code"
    PLAN = "plan"
    TESTS = "tests"
    JUDGE = "judge"
    REPAIR = "repair"


@dataclass(slots=True, kw_only=True)
class StageUse:
    """What one stage has used so far."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    thinking_tokens: int = 0
    """Part of the completion tokens; 0 where the server does not say."""
    decoding_s: float = 0.0


class Asker:
    """The model, as one solve asks it."""

    def __init__(self, task: FunctionTask, engine: Engine, capabilities: Capabilities, settings: SolveSettings) -> None:
        self.task = task
        self.settings = settings
        self.profile = capabilities.prompt_profile
        self.roles = capabilities.roles
        self.use: dict[Stage, StageUse] = {stage: StageUse() for stage in Stage}
        self.on_used_up: Callable[[], None] = lambda: None
        """Called when an answer has used up `solve.token_budget`; ends what else is being asked."""
        self._engine = engine
        self._thinks = capabilities.thinking

    @property
    def completion_tokens(self) -> int:
        """Tokens of all answers so far, whichever stage asked."""
        return sum(use.completion_tokens for use in self.use.values())

    def _is_used_up(self) -> bool:
        most = self.settings.token_budget
        return bool(most) and self.completion_tokens >= most

    def supports(self, *roles: prompts.Role) -> bool:
        """Return whether the model knows all of `roles`; what it does not know must not be asked."""
        known = self.roles
        return all(prompts.supports(self.profile, role) and (known is None or role in known) for role in roles)

    def prompt(self, role: prompts.Role, fields: Mapping[str, object] | None = None) -> str:
        """Render the prompt `role` with the task's fields and `fields`.

        Raises:
            LookupError: the model does not know the role.
        """
        if not self.supports(role) and self.roles is not None:
            known = ", ".join(sorted(self.roles))
            raise LookupError(f"the model was not trained for the role {role!r}; it knows {known}")
        task = self.task
        return prompts.render(
            self.profile,
            role,
            **{
                "task": task.header,
                "decorators": task.decorators,
                "context": task.context,
                "name": task.name,
                "parameters": ", ".join(task.parameters),
                "front": "",
                "back": "",
                **(fields or {}),
            },
        )

    def thinking(self, stage: Stage) -> Thinking | None:
        """Return the bounds of thinking for `stage`; None for a model that does not think."""
        if not self._thinks:
            return None
        tiers = self.settings.thinking
        tier = tiers.full if self.settings.tier == "full" else tiers.fast
        budgets: dict[Stage, ThinkingBudget] = {
            Stage.CODE: tier.code,
            Stage.PLAN: tier.plan,
            Stage.TESTS: tier.tests,
            Stage.JUDGE: tier.judge,
            Stage.REPAIR: tier.repair,
        }
        return _bounds(budgets[stage], by_default=prompts.facts(self.profile).thinking)

    async def ask(
        self,
        stage: Stage,
        role: prompts.Role,
        *,
        temperature: float,
        seed: int,
        fields: Mapping[str, object] | None = None,
    ) -> Completion:
        """Render the prompt `role` with the task's fields and `fields`, and return the answer.

        Args:
            stage: whose tokens these are, and whose thinking budget holds.
            role: which prompt.
            temperature: 0 is greedy.
            seed: distinguishes requests of one solve, 0 to 999.
            fields: what the template names beside the task's own fields.

        Raises:
            LookupError: the model's profile does not know the role.
            TokensUsedUpError: `solve.token_budget` is used up; nothing was asked.
            EngineError: the model cannot be loaded or went away.
        """
        if self._is_used_up():
            raise TokensUsedUpError(f"the {self.settings.token_budget:,} tokens of solve.token_budget are used up")
        prompt = self.prompt(role, fields)
        thinking = self.thinking(stage)
        # The answer must have room left after the longest thinking.
        room = (thinking.max or 0) if thinking is not None else 0
        sampling = Sampling(
            max_tokens=self.settings.max_tokens + room,
            temperature=temperature,
            top_p=self.settings.top_p,
            seed=self.settings.seed * _SEEDS_PER_SOLVE + seed,
            thinking=thinking,
        )
        began: float | None = None

        def first_text(_: str) -> None:
            nonlocal began
            began = began if began is not None else time.monotonic()

        answer = await self._engine.chat([Message(role="user", content=prompt)], sampling, on_text=first_text)
        use = self.use[stage]
        use.requests += 1
        use.prompt_tokens += answer.prompt_tokens
        use.completion_tokens += answer.completion_tokens
        use.thinking_tokens += answer.thinking_tokens
        if began is not None:
            use.decoding_s += time.monotonic() - began
        if self._is_used_up():
            self.on_used_up()
        return answer


def _bounds(budget: ThinkingBudget, *, by_default: bool) -> Thinking:
    match budget.mode:
        case "auto" if not by_default:
            return Thinking(max=0)
        case "off":
            return Thinking(max=0)
        case "auto" | "capped":
            return Thinking(max=budget.max_tokens)
        case "extended":
            return Thinking(min=budget.min_tokens, max=budget.max_tokens, max_waits=budget.max_waits)


async def side_by_side(requests: Sequence[Coroutine[object, object, Answer]]) -> list[Answer]:
    """Run `requests` at the same time; return their results in order. If one fails or this is cancelled, all end."""
    tasks = [asyncio.create_task(request) for request in requests]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancel(*tasks)


async def cancel(*tasks: asyncio.Task[Answer]) -> None:
    """End tasks and wait until they have ended, so that the engine is free when this returns."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
