"""Selects in every pool as the product would: same verifier, same evidence, same rule. Knows no label.

A pool's evidence is what a solve would have had: the tests in its own test completions, inputs mutated from these and
from the examples with the product's default seed, each run on the pool's own candidates. Only the running is shared: a
body runs once, on the calls of all pools that hold it, where a solve runs it anew; CPU time is cut at 0.1 s a call; and
the confirming run, in a fresh interpreter with another hash seed and in reverse order, is one process for all calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from atlas_bench.replay.data import Recorded
from atlas_bench.replay.pools import Pool
from atlas_bench.replay.recorded_sandbox import RecordedSandbox
from atlas_pipeline import selection
from atlas_pipeline.inputs import MOST_INPUTS, more_inputs
from atlas_pipeline.programs import ProgramBuilder
from atlas_pipeline.records import Candidate, Level
from atlas_pipeline.sandbox import Call, Limits
from atlas_pipeline.selection import Evidence
from atlas_pipeline.settings import Settings
from atlas_pipeline.verification import Verifier

LIMITS = Limits(cpu_s=0.1, restarts=20)
"""Endless loops are frequent among recorded bodies, and each costs this much for every restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen in one pool; all that the scorer is told."""

    task_id: str
    draw: int
    k: int
    pool: tuple[int, ...]
    chosen: int | None
    """Which of the task's completions; None where none was usable."""
    level: str
    entry_point: str
    confidence: tuple[float, ...]
    """Compared in order, larger is surer: for the risk-coverage curve."""
    examples_passed: int = 0
    examples: int = 0
    cluster: int = 0
    candidates: int = 0
    """Usable ones in the pool."""


class TaskReplay:
    """The pools of one task, selected in."""

    def __init__(self, recorded: Recorded, sandbox: RecordedSandbox, *, inputs: int = MOST_INPUTS) -> None:
        self.inputs = inputs
        self.recorded = recorded
        self.sandbox = sandbox
        self.verifier = Verifier(recorded.task, sandbox, LIMITS)
        self._evidence: dict[Pool, Evidence] = {}
        self._again: dict[str, dict[str, bool]] = {}

    async def run(self, pools: Iterable[Pool]) -> None:
        """Run every body on the calls of all the pools it is in."""
        wanted: dict[str, tuple[Candidate, dict[str, None]]] = {}
        bare: dict[Pool, Evidence] = {}
        for pool in pools:
            bare[pool] = self._without_observations(pool)
            calls = dict.fromkeys(bare[pool].calls())
            for candidate in bare[pool].candidates:
                wanted.setdefault(candidate.body, (candidate, {}))[1].update(calls)
        observed = {body: await self.verifier.observe(candidate, calls) for body, (candidate, calls) in wanted.items()}
        for pool, evidence in bare.items():
            observations = {c.index: observed[c.body] for c in evidence.candidates}
            self._evidence[pool] = replace(evidence, observations=observations)

    def evidence(self, pool: Pool) -> Evidence:
        """Return the evidence of a pool that was run."""
        return self._evidence[pool]

    def _without_observations(self, pool: Pool) -> Evidence:
        task = self.recorded.task
        written = self.recorded.tests(pool.tests)
        calls = [*(case.call for case in (*task.examples, *written.tests)), *written.inputs]
        more = more_inputs(task, calls, seed=Settings().solve.seed, most=self.inputs)
        found = (self.recorded.candidates[index] for index in sorted(pool.completions))
        return Evidence(
            task=task,
            candidates=tuple(candidate for candidate in found if candidate is not None),
            tests=written.tests,
            properties=written.properties,
            inputs=tuple(dict.fromkeys([*written.inputs, *more])),
            observations={},
        )

    async def choose(self, pool: Pool) -> Choice:
        """Rank, settle the level and, where it would be VERIFIED, confirm."""
        evidence, task = self._evidence[pool], self.recorded
        ranked = selection.rank(evidence)
        best = ranked[0] if ranked else None
        level, reason = selection.level_of(best)
        if best is not None and level is Level.VERIFIED:
            differs_on = await self._confirm(best.candidate, evidence.calls())
            says_something = await self.verifier.says_something(evidence.truth())
            level, _ = selection.after_confirming(level, reason, differs_on, says_something=says_something)
        passed = best.examples_passed / best.examples if best and best.examples else 0.0
        return Choice(
            task_id=task.task_id,
            entry_point=task.task.name,
            draw=pool.draw,
            k=pool.k,
            pool=pool.completions,
            chosen=best.candidate.index if best else None,
            level=level.value,
            confidence=(float(level is Level.VERIFIED), passed, float(best.cluster), best.score) if best else (0.0,),
            examples_passed=best.examples_passed if best else 0,
            examples=best.examples if best else 0,
            cluster=best.cluster if best else 0,
            candidates=len(evidence.candidates),
        )

    async def _confirm(self, candidate: Candidate, calls: Sequence[str]) -> str | None:
        """Return the first call that behaves differently in a confirming run."""
        if candidate.body not in self._again:
            before = await self.verifier.observe(candidate, calls)
            order = list(before)[::-1]
            program = ProgramBuilder(self.recorded.task).reduced(candidate.body, order)
            twin = await self.sandbox.twin()
            outcomes = await twin.run(program, [Call(expression=call) for call in order], LIMITS)
            self._again[candidate.body] = {
                call: outcome.behaviour() == before[call].behaviour()
                for call, outcome in zip(order, outcomes, strict=True)
            }
        return next((call for call in calls if not self._again[candidate.body][call]), None)
