"""The stage of a solve that repairs: rounds of PR-CoT (`repairing.py`), each against fresh samples for as many tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from atlas_pipeline import prompts
from atlas_pipeline.asking import Stage
from atlas_pipeline.errors import UsageError
from atlas_pipeline.events import Event, RepairRejected, RepairsCompared, RepairTried, StageSkipped
from atlas_pipeline.records import Candidate, Origin, Repairs
from atlas_pipeline.repairing import ANALYSIS, Attempt, Repairer, Unusable, fresh_samples_for, most_telling
from atlas_pipeline.s_star import unless

if TYPE_CHECKING:
    from atlas_pipeline.solve_run import SolveRun


class RepairStage:
    """Repairs in one solve; the better of repairs and fresh samples counts."""

    def __init__(self, solve: SolveRun) -> None:
        self.solve = solve
        self._failed: list[Attempt] = []
        """What the rounds so far were given to repair and what they tried, where it is wrong."""

    async def run(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Repair what fails the given examples, in as many rounds as the settings say."""
        settings = self.solve.settings.solve
        rounds = max(settings.repair_rounds, 1 if self.solve.present is not None else 0)
        if not rounds or stop.is_set() or not self._fails():
            return
        perspectives = prompts.facts(self.solve.writer.asker.profile).perspectives
        if not perspectives or not self.solve.writer.asker.supports("repair"):
            yield StageSkipped(
                stage="repair", reason="this model was not trained to repair; fresh samples are all it has"
            )
            return
        repairer = Repairer(self.solve.task, self.solve.writer.asker, self.solve.verifier, perspectives)
        names = [name for name in perspectives if name != ANALYSIS]
        plan = [names] * rounds
        if settings.repair_analysis and ANALYSIS in perspectives:
            plan.append([ANALYSIS])
        elif settings.repair_analysis:
            yield StageSkipped(stage="repair_analysis", reason="this model was not trained to analyse failed attempts")
        for number, asked in enumerate(plan):
            parents = await self._parents()
            if stop.is_set() or not parents or not self._fails():
                return
            parent = parents[min(number, len(parents) - 1)]
            try:
                for stage in (self._round(repairer, parent, asked, stop), self.solve.evaluate()):
                    async with aclosing(stage) as events:
                        async for event in events:
                            yield event
            except UsageError as error:
                yield StageSkipped(stage="repair", reason=f"the model takes no further request for repairs: {error}")
                async with aclosing(self.solve.evaluate_the_new()) as events:
                    async for event in events:
                        yield event
                return

    async def _round(
        self, repairer: Repairer, parent: Attempt, names: Sequence[str], stop: asyncio.Event
    ) -> AsyncGenerator[Event, None]:
        use = self.solve.writer.asker.use
        spent = use[Stage.REPAIR].completion_tokens
        first = self.solve.asked
        self.solve.asked += len(names)
        kept: list[Attempt] = []
        tried = 0
        seen = tuple(self.solve.candidates)
        failed = most_telling(self._failed, parent) if ANALYSIS in names else ()
        self._failed.append(parent)
        asking = repairer.repairs(parent, seen, names, first_index=first, failed=failed)
        async with aclosing(asking) as repairs:
            while (repair := await unless(stop, anext(repairs, None))) is not None:
                tried += 1
                if isinstance(repair, Unusable):
                    yield RepairRejected(perspective=repair.perspective, reason=repair.reason)
                    continue
                attempt = repair.attempt
                self._failed.append(attempt)
                if repair.is_kept:
                    kept.append(attempt)
                    self.solve.candidates.append(attempt.candidate)
                yield RepairTried(
                    candidate=attempt.candidate,
                    verdicts=attempt.verdicts,
                    perspective=repair.perspective,
                    kept=repair.is_kept,
                )
                yield self.solve.budget()
        tokens = use[Stage.REPAIR].completion_tokens - spent
        before, spent = len(self.solve.candidates), use[Stage.CODE].completion_tokens
        samples = [candidate for candidate in self.solve.candidates if candidate.origin is not Origin.REPAIR]
        async with aclosing(self.solve.sample(self.solve.wanted + fresh_samples_for(tokens, samples), stop)) as events:
            async for event in events:
                yield event
        fresh = [await self._attempt(candidate) for candidate in self.solve.candidates[before:]]
        compared = Repairs(
            examples=len(self.solve.task.examples),
            before=len(parent.passed),
            tried=tried,
            kept=len(kept),
            passed=max((len(attempt.passed) for attempt in kept), default=len(parent.passed)),
            tokens=tokens,
            fresh=len(fresh),
            fresh_passed=max((len(attempt.passed) for attempt in fresh), default=0),
            fresh_tokens=use[Stage.CODE].completion_tokens - spent,
        )
        self.solve.repairs.append(compared)
        yield RepairsCompared(repairs=compared, winner=compared.winner)

    def _fails(self) -> bool:
        """Tell whether no candidate passes all that is given; without any example there is nothing to repair towards."""
        return bool(self.solve.ranked) and self.solve.ranked[0].examples_passed < self.solve.ranked[0].examples

    async def _parents(self) -> list[Attempt]:
        """Return what is worth repairing: the body that stands in the document, then the best of each behaviour."""
        found = [await self._attempt(self.solve.present)] if self.solve.present is not None else []
        shown: set[tuple[str, ...]] = set()
        for entry in self.solve.ranked:
            attempt = await self._attempt(entry.candidate)
            if attempt.behaviour not in shown:
                shown.add(attempt.behaviour)
                found.append(attempt)
        return found

    async def _attempt(self, candidate: Candidate) -> Attempt:
        """Return a candidate with its verdicts on the given examples; what was run before is not run again."""
        return Attempt(
            candidate=candidate, verdicts=await self.solve.verifier.judge(candidate, self.solve.task.examples)
        )
