"""The stages of one solve and what they have found so far; `solving.solve` says in which order they run."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Literal

import msgspec

from atlas_pipeline import prompts, selection, strength
from atlas_pipeline.abandoning import standing_of, why_hopeless
from atlas_pipeline.ask import Ask, Nobody
from atlas_pipeline.calibration import load_table
from atlas_pipeline.edit import solved_document
from atlas_pipeline.energy import JOULES_PER_KWH, EnergyUse
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.engine.remote.endpoint import read_endpoint
from atlas_pipeline.errors import AtlasError, SandboxUnavailableError, UsageError
from atlas_pipeline.events import (
    BestChanged,
    BudgetUsed,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    Event,
    Finished,
    LensScored,
    ProjectTestsRun,
    RouteChosen,
    StageSkipped,
    Started,
    StoppedEarly,
    TestsMade,
    stage_costs,
)
from atlas_pipeline.generation import Rejected, Writer
from atlas_pipeline.plan_search import ROLES
from atlas_pipeline.properties import reference_tests
from atlas_pipeline.records import (
    Candidate,
    Cost,
    Embedded,
    FunctionTask,
    Level,
    MutationStrength,
    RankedCandidate,
    Repairs,
    Selection,
    TestCase,
)
from atlas_pipeline.repair_stage import RepairStage
from atlas_pipeline.routing import Features, Route, Router, features_of
from atlas_pipeline.s_star import Decision, ModelJudge, SStar, contenders, unless, why_no_judge
from atlas_pipeline.sandbox.api import Limits, OutcomeKind, ProjectTestRunner, Sandbox
from atlas_pipeline.selection import Evidence
from atlas_pipeline.selftest_writer import SelfTestWriter
from atlas_pipeline.selftests import SelfTests
from atlas_pipeline.settings import Settings
from atlas_pipeline.static_evidence import static_faults
from atlas_pipeline.verification import Verifier, limits_of

if TYPE_CHECKING:
    from atlas_pipeline.lens_prior import Prior

PLANNED_SHARE = 0.5
"""Of the samples of the full routes, those that are written from plans."""
REPAIR_ROUNDS = 1
"""Of the route with repairs."""
PROJECT_LIMITS = Limits(cpu_s=60.0, memory_bytes=2 * 1024**3)
"""For all of the project's tests that name a function, together."""
PROJECT_TRIES = 3
"""Candidates that they are run on, best first, until one passes."""


OnEmbedded = Callable[[Embedded], None]


class Control:
    """Lets a running solve be ended early with the best candidate so far. Cancelling the task is the other way out."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.stopped: StoppedEarly | None = None
        """Who ended it, and why."""

    def use_best(
        self, by: Literal["user", "deadline", "tokens"] = "user", reason: str = "you asked for the best so far"
    ) -> None:
        """Stop sampling and finish with what there is; the first who asks for it is named."""
        self.stopped = self.stopped or StoppedEarly(by=by, reason=reason)
        self.stop.set()


class SolveRun:
    """One solve. Each stage is an async generator of events; the state between them is here."""

    def __init__(
        self,
        task: FunctionTask,
        engine: Engine,
        sandbox: Sandbox,
        settings: Settings,
        ask: Ask,
        control: Control,
        router: Router | None = None,
    ) -> None:
        self.task = task
        self.engine = engine
        self.sandbox = sandbox
        self.settings = settings
        self.ask = ask
        self.control = control
        self.router = router or Router()
        self.route = Route.SAMPLES
        self.features: Features | None = None
        """What the router looked at."""
        self.verifier = Verifier(task, sandbox, limits_of(settings.sandbox))
        self.candidates: list[Candidate] = []
        self.tests: SelfTests | None = None
        self.first_answer = asyncio.Event()
        self.tests_wanted = asyncio.Event()
        """Self-written tests are needed; where nothing is given they are from the beginning."""
        self.ranked: Sequence[RankedCandidate] = ()
        self.evidence: Evidence | None = None
        self.probability: float | None = None
        self.prior: Prior | None = None
        """The Lens, where a setting asks for it and there is one for the model."""
        self.likely: Mapping[int, float] = {}
        """P(right) by the Lens, of the candidates that it says something of."""
        self.on_embedded: OnEmbedded | None = None
        """Told the vectors of the candidates that the Lens scored; the recorder of the history keeps them."""
        self.present: Candidate | None = None
        """The body that stands in the document, where it is to be repaired."""
        self.repairs: list[Repairs] = []
        self.failure: AtlasError | None = None
        """Why the model answers no more."""
        self.began = time.monotonic()
        self.ends_at = math.inf
        """When `solve.deadline_s` is over, by the clock of the event loop."""
        self.energy = EnergyUse()
        self.asked = 0
        """Requests for code and repairs so far: the next candidate's index."""
        self.wanted = 0
        """Samples that the rounds so far were to give."""
        self._resamples = settings.solve.resamples
        self._has_tests = False

    # Stages

    async def start(self) -> AsyncGenerator[Event, None]:
        """Load the model and say what is going to be tried, and what cannot be."""
        capabilities = await self.engine.capabilities()
        self.model = capabilities.model
        self.table = load_table(self.model)
        if not self.settings.engine.url or read_endpoint(self.settings.engine.url).is_local:
            await self.energy.start()
        self.writer = Writer(self.task, self.engine, capabilities, self.settings.solve)
        self.writer.asker.on_used_up = self._end_for_tokens
        self.test_writer = SelfTestWriter(self.writer.asker)
        yield Started(
            qualname=self.task.qualname,
            model=self.model,
            examples=self.task.examples,
            unread_examples=self.task.unread_examples,
            sandbox_layers=self.sandbox.layers,
        )
        for skipped in (*self.writer.skipped, *self.test_writer.skipped(self.task)):
            yield skipped
        if self.settings.lens.is_used:
            from atlas_pipeline.lens_prior import open_prior  # with numpy, which nobody else needs

            prior = open_prior(self.settings.lens, capabilities, self.engine, self.writer.asker)
            if isinstance(prior, StageSkipped):
                yield prior
            else:
                self.prior = prior

    async def choose_route(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Say how much is going to be tried: as `solve.route` says, or after the first candidate as the router does."""
        wanted = self.settings.solve.route
        if wanted != "auto":
            yield self._take_route(Route(wanted), "solve.route says so")
            return
        began = time.monotonic()
        async with aclosing(self.sample(1, stop)) as events:
            async for event in events:
                yield event
        first = self.candidates[0] if self.candidates else None
        verdicts = await self.verifier.judge(first, self.task.examples) if first is not None else ()
        likely: float | None = None
        if self.prior is not None and self.settings.lens.route and first is not None and not self.task.examples:
            scored = await self._scored(self.prior, [first])
            yield scored
            likely = scored.known().get(first.index) if isinstance(scored, LensScored) else None
        self.features = features_of(self.task, first, verdicts, likely=likely)
        choice = self.router.choose(
            self.features,
            first_s=time.monotonic() - began,
            left_s=max(0.0, self.ends_at - asyncio.get_running_loop().time()),
            routes=self._possible_routes(),
            rng=random.Random(f"{self.settings.solve.seed} {self.task.fingerprint}"),  # noqa: S311 - reproducible
        )
        learned = f"; learned from {self.router.seen} earlier outcomes"
        yield self._take_route(choice.route, choice.reason + learned)

    def sizes(self, *, in_background: bool = False) -> list[int]:
        """Return how many candidates there should be after each round."""
        if self.route is Route.FAST:
            return [1]
        checked = bool(self.task.examples)
        return selection.round_sizes(self.settings.solve, checked=checked, in_background=in_background)

    def _possible_routes(self) -> list[Route]:
        asker, solve = self.writer.asker, self.settings.solve
        plans = asker.supports(*ROLES[solve.plan_search]) and prompts.facts(asker.profile).plans
        repairs = asker.supports("repair") and bool(prompts.facts(asker.profile).perspectives)
        possible = {Route.FAST: bool(self.task.examples), Route.FULL: plans, Route.REPAIR: repairs}
        return [route for route in Route if possible.get(route, True)]

    def _take_route(self, route: Route, reason: str) -> RouteChosen:
        self.route = route
        solve = self.settings.solve
        if route is Route.FAST:
            solve = msgspec.structs.replace(solve, tier="fast")
        if route in (Route.FULL, Route.REPAIR):
            solve = msgspec.structs.replace(solve, tier="full")
            if solve.route != "auto" or prompts.facts(self.writer.asker.profile).plans:
                solve = msgspec.structs.replace(solve, planned_share=max(solve.planned_share, PLANNED_SHARE))
        if route is Route.REPAIR:
            solve = msgspec.structs.replace(solve, repair_rounds=max(solve.repair_rounds, REPAIR_ROUNDS))
        self.settings = msgspec.structs.replace(self.settings, solve=solve)
        self.writer.change(solve)
        features = asdict(self.features) if self.features is not None else {}
        return RouteChosen(
            route=route.value,
            samples=self.sizes()[-1],
            reason=reason,
            features=features,
            learned_from=self.router.seen,
        )

    async def sample(self, size: int, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Sample until there are `size` candidates, and run each on the given examples at once.

        A candidate with a decisive fault that shows without running it is replaced by a fresh one, as often as
        `solve.resamples` allows in all; it is kept, but ranks last and has no vote (`selection.rank`).
        """
        wanted, self.wanted = size - self.wanted, size
        planned = self.asked + wanted
        while wanted and not stop.is_set():
            indices = range(self.asked, self.asked + wanted)
            self.asked, done, faulty = indices.stop, indices.start, 0
            async with aclosing(self.writer.candidates(indices, stop)) as answers:
                async for answer in answers:
                    if not isinstance(answer, Candidate | Rejected):
                        yield answer
                        continue
                    done += 1
                    self.first_answer.set()
                    if isinstance(answer, Rejected):
                        yield CandidateRejected(reason=answer.reason, done=done, planned=planned)
                        continue
                    self.candidates.append(answer)
                    faulty += any(fault.kind.is_decisive for fault in static_faults(answer.body, self.task))
                    yield CandidateMade(candidate=answer, done=done, planned=planned)
                    verdicts = await self.verifier.judge(answer, self.task.examples)
                    yield CandidateTested(candidate=answer.index, verdicts=verdicts)
                    yield self.budget()
            wanted = min(faulty, self._resamples)
            self._resamples -= wanted
            planned += wanted

    async def write_tests(self, stop: asyncio.Event) -> SelfTests:
        """Have tests written, after the first answer: whoever waits wants to see a candidate first.

        Where something is given, that is put off until they are wanted (`want_tests`).
        Once `stop` is set, nothing more is asked, and what was answered before is all there is.
        """
        await self.first_answer.wait()
        if self.route is Route.FAST:
            return self.test_writer.so_far(self.task)
        if self.task.examples:
            await self.tests_wanted.wait()
        return await unless(stop, self.test_writer.write(self.task)) or self.test_writer.so_far(self.task)

    def want_tests(self) -> bool:
        """Tell whether tests are to be had now that were not before: candidates pass what is given and still differ.

        Among those that fail it, tests have nothing to choose.
        """
        best = self.ranked[0] if self.ranked else None
        if self._has_tests or best is None or best.examples_passed < best.examples or self.enough():
            return False
        if self.route is Route.FAST or not self.test_writer.can_write(self.task):
            return False
        self.tests_wanted.set()
        return True

    async def use_tests(self, tests: asyncio.Task[SelfTests], stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Rank anew with self-written tests where they are to be had now, after the last round or after repairs."""
        if stop.is_set() or not self.want_tests():
            return
        for stage in (self.add_tests(tests), self.evaluate()):
            async with aclosing(stage) as events:
                async for event in events:
                    yield event

    async def add_tests(self, tests: asyncio.Task[SelfTests]) -> AsyncGenerator[Event, None]:
        """Take in the self-written tests, once; before they are wanted, the inputs that cost nothing."""
        if self._has_tests:
            return
        self.first_answer.set()
        if self.route is not Route.FAST and self.task.examples and not self.tests_wanted.is_set():
            if self.tests is None:
                yield await self._take_tests(self.test_writer.so_far(self.task))
            return
        if self.route is Route.FAST and not tests.done():
            tests.cancel()  # it was begun before the router chose, and waits for what a fast answer never wants
            self._has_tests = True
            yield await self._take_tests(self.test_writer.so_far(self.task))
            return
        try:
            found = await tests
        except UsageError as error:
            yield StageSkipped(stage="tests", reason=f"the model takes no request for tests: {error}")
            found = self.test_writer.so_far(self.task)
        self._has_tests = True
        yield await self._take_tests(found)

    async def _take_tests(self, found: SelfTests) -> TestsMade:
        self.tests = replace(found, tests=(*found.tests, *await self._of_references(found)))
        return TestsMade(
            tests=self.tests.tests,
            unreadable=len(self.tests.unreadable),
            inputs=self.tests.inputs,
            properties=self.tests.properties,
        )

    async def evaluate(self) -> AsyncGenerator[Event, None]:
        """Run every candidate on every call and rank them."""
        tests = self.tests or SelfTests()
        evidence = Evidence(
            task=self.task,
            candidates=tuple(sorted(self.candidates, key=lambda candidate: candidate.index)),
            tests=tests.tests,
            inputs=tests.inputs,
            properties=tests.properties,
            observations={},
        )
        prior: Mapping[int, float] = {}
        if self.prior is not None and evidence.candidates:
            scored = await self._scored(self.prior, evidence.candidates)
            yield scored
            prior = scored.known() if isinstance(scored, LensScored) else {}
        self.likely = prior
        calls, lens = evidence.calls(), self.settings.lens
        observed = await asyncio.gather(*(self.verifier.observe(c, calls) for c in evidence.candidates))
        self.evidence = replace(
            evidence,
            observations={c.index: seen for c, seen in zip(evidence.candidates, observed, strict=True)},
            prior=prior if lens.selection != "off" else {},
            prior_counts=lens.selection == "weak",
        )
        self._rank(selection.rank(self.evidence))
        await self.energy.update()
        if self.ranked:
            yield BestChanged(best=self.ranked[0])

    def enough(self) -> bool:
        """Tell whether more samples could no longer raise the level."""
        return selection.enough(self.ranked[0] if self.ranked else None, self.probability)

    def is_given_up(self) -> bool:
        """Tell whether the samples say that the task is beyond the model, where the settings ask for that.

        No more are drawn then; repairs go another way and are still tried where the settings ask for them.
        """
        standing = standing_of(self.task, self.ranked, answers=self.asked, prior=self.likely)
        reason = why_hopeless(standing, after=self.settings.solve.abandon_after, below=self.settings.lens.stop_below)
        if reason is not None:
            self.control.stopped = self.control.stopped or StoppedEarly(by="evidence", reason=reason)
        return reason is not None

    async def repair(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """PR-CoT on what fails the given examples; see `RepairStage`."""
        async with aclosing(RepairStage(self).run(stop)) as events:
            async for event in events:
                yield event

    async def settle(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """S*: where two behaviours are about equally good, compare what they do on one call."""
        solve = self.settings.solve
        if self.evidence is None or not solve.s_star:
            return
        if len(contenders(self.ranked, self.evidence, gap=solve.s_star_gap)) < 2:
            return
        lacking = why_no_judge(self.writer.asker, solve)
        if lacking is not None and isinstance(self.ask, Nobody):
            yield StageSkipped(stage="s_star", reason=lacking)
            return

        async def more_calls() -> Sequence[str]:
            return await unless(stop, self.test_writer.more_calls(self.task)) or ()

        race = SStar(
            judge=None if lacking else ModelJudge(self.writer.asker),
            ask=self.ask,
            observe=self.verifier.observe,
            more_calls=more_calls,
            gap=solve.s_star_gap,
            rounds=solve.s_star_rounds,
            seed=solve.seed,
        )
        try:
            async with aclosing(race.settle(self.ranked, self.evidence, stop)) as items:
                async for item in items:
                    if not isinstance(item, Decision):
                        yield item
                        continue
                    self._rank(item.ranked)
                    if item.confirmed is not None:
                        self.task = replace(self.task, examples=(*self.task.examples, item.confirmed))
                        async for event in self.evaluate():
                            yield event
                    elif item.changed:
                        yield BestChanged(best=item.ranked[0])
        except UsageError as error:
            yield StageSkipped(stage="s_star", reason=f"the model takes no further question: {error}")

    async def run_project_tests(self, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Run the project's tests that name the function on the best candidate; where one fails, on the next best.

        A failure ranks a candidate last among those that pass as many examples; a pass proves nothing by itself. Where
        all that are tried fail, the others are taken to fail as well.
        """
        nodes, solve = self.task.project_tests, self.settings.solve
        if not nodes or not solve.run_project_tests or self.evidence is None:
            return
        if stop.is_set():
            reason = f"{len(nodes)} tests of the project name {self.task.name}; the solve was ended before they ran"
            yield StageSkipped(stage="project_tests", reason=reason)
            return
        if not isinstance(self.sandbox, ProjectTestRunner) or not self.settings.sandbox.readable:
            reason = (
                f"{len(nodes)} tests of the project name {self.task.name}; they are not run, because sandbox.readable"
                ' names no files for them to see (for example ["src", "tests"])'
            )
            yield StageSkipped(stage="project_tests", reason=reason)
            return
        async with aclosing(self._try_project_tests(nodes, stop)) as events:
            async for event in events:
                yield event
        if self.evidence.self_reported and self.ranked[0].self_reported is None:
            # Others failed and the one that is the best now was not tried: nobody may gain by that.
            self._take_reports(dict.fromkeys(self.evidence.observations, False))
            yield BestChanged(best=self.ranked[0])

    async def _try_project_tests(self, nodes: Sequence[str], stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        for _ in range(PROJECT_TRIES):
            assert self.evidence is not None
            best = self.ranked[0] if self.ranked else None
            if best is None or best.examples_passed < best.examples or best.self_reported is not None:
                return
            assert isinstance(self.sandbox, ProjectTestRunner)
            document = solved_document(self.task, best.candidate.body)
            try:
                running = self.sandbox.run_project_tests(
                    nodes, changed={self.task.path: document}, limits=PROJECT_LIMITS
                )
                report = await unless(stop, running)
            except (SandboxUnavailableError, UsageError) as error:
                yield StageSkipped(stage="project_tests", reason=f"the project's tests are not run: {error}")
                return
            if report is None:
                yield StageSkipped(stage="project_tests", reason="the solve was ended while the project's tests ran")
                return
            ended = report.outcome.exception.message if report.outcome.exception else "all passed"
            ran = [test for test in report.tests if test.status != "skipped"]
            is_first = not self.evidence.self_reported  # they ran on another: that they do not on this one is a failure
            if not ran and is_first and report.outcome.kind in (OutcomeKind.RETURNED, OutcomeKind.RAISED):
                yield StageSkipped(stage="project_tests", reason=f"pytest ran none of the project's tests: {ended}")
                return
            failed = [test for test in ran if test.status == "failed"]
            yield ProjectTestsRun(
                candidate=best.candidate.index,
                passed=tuple(test.node_id for test in ran if test.status == "passed"),
                failed=tuple(f"{test.node_id}: {test.message.strip().rpartition(chr(10))[2]}" for test in failed),
                ended=ended,
            )
            said = {**self.evidence.self_reported, best.candidate.index: report.outcome.kind is OutcomeKind.RETURNED}
            self._take_reports(said)
            yield BestChanged(best=self.ranked[0])

    async def without_model(self, failure: AtlasError) -> AsyncGenerator[Event, None]:
        """Judge what was found before the model failed."""
        self.failure = failure
        self.control.stopped = self.control.stopped or StoppedEarly(by="engine", reason=f"the engine failed: {failure}")
        written = self.test_writer.so_far(self.task)
        if self.tests is None or written.adds_to(self.tests):
            yield await self._take_tests(written)
            self.evidence = None  # of other calls
        async with aclosing(self.evaluate_the_new()) as events:
            async for event in events:
                yield event

    async def evaluate_the_new(self) -> AsyncGenerator[Event, None]:
        """Rank anew if there are candidates that are not ranked yet; else the order stays, which S* may have settled."""
        if self.evidence is None or len(self.evidence.candidates) < len(self.candidates):
            async with aclosing(self.evaluate()) as events:
                async for event in events:
                    yield event

    async def finish(self) -> AsyncGenerator[Event, None]:
        """Settle the level, with the confirming run where it would be VERIFIED, and measure the evidence's strength.

        Raises:
            AtlasError: the model failed, and nothing that was found before can be offered.
        """
        best = self.ranked[0] if self.ranked else None
        level, reason = selection.level_of(best, self.probability)
        if self.failure is not None:
            if level is Level.UNVERIFIED:
                raise self.failure
            reason += "; the engine failed before more was tried"
        if (stopped := self.control.stopped) is not None:
            yield stopped
            reason = reason if best is not None else f"stopped before the first candidate: {stopped.reason}"
        if best is not None and self.evidence is not None and level is Level.VERIFIED:
            differs_on = await self.verifier.confirm(best.candidate, self.evidence.calls())
            says_something = await self.verifier.says_something(self.evidence.truth())
            level, reason = selection.after_confirming(level, reason, differs_on, says_something=says_something)
        stages = stage_costs(self.writer.asker.use)
        yield Finished(selection=await self._selection(level, best, reason), stages=stages)

    # Parts of them

    def _end_for_tokens(self) -> None:
        most = self.settings.solve.token_budget
        self.control.use_best("tokens", f"the {most:,} tokens of solve.token_budget are used up")

    async def _scored(self, prior: Prior, candidates: Sequence[Candidate]) -> LensScored | StageSkipped:
        if self.failure is not None:
            return StageSkipped(stage="lens", reason="the engine that embeds them has failed; candidates get no prior")
        scored = await prior.score(candidates)
        if self.on_embedded is not None and prior.embedded is not None:
            self.on_embedded(prior.embedded)
        return scored

    async def _of_references(self, found: SelfTests) -> tuple[TestCase, ...]:
        calls = [case.call for case in (*self.task.examples, *found.tests)] + list(found.inputs)
        observed = await asyncio.gather(*(self.verifier.observe(slow, calls) for slow in found.references))
        return tuple(test for seen in observed for test in reference_tests(seen))

    def _take_reports(self, self_reported: Mapping[int, bool]) -> None:
        """Rank anew with what the project's tests say; else the order stays, which S* may have settled."""
        assert self.evidence is not None
        place = {entry.candidate.index: number for number, entry in enumerate(self.ranked)}
        self.evidence = replace(self.evidence, self_reported=self_reported)
        ranked = selection.rank(self.evidence)
        ranked.sort(key=lambda e: (-e.examples_passed, e.self_reported is False, place[e.candidate.index]))
        self._rank(ranked)

    def _rank(self, ranked: Sequence[RankedCandidate]) -> None:
        self.ranked = ranked
        self.probability = selection.probability_of(ranked[0] if ranked else None, self.table)

    async def _selection(self, level: Level, best: RankedCandidate | None, reason: str) -> Selection:
        await self.energy.update()
        plain = Selection(
            level=level,
            best=best,
            probability=self.probability,
            reason=reason,
            verdicts=(),
            cases_to_confirm=(),
            runners_up=(),
            repairs=tuple(self.repairs),
            cost=self.cost(),
            model=self.model,
            sandbox_layers=self.sandbox.layers,
        )
        if best is None or self.evidence is None:
            return plain
        power = await self._strength(best.candidate, self.evidence) if level is not Level.UNVERIFIED else None
        await self.energy.update()
        return replace(
            plain,
            verdicts=selection.verdicts_of(self.evidence, best),
            cases_to_confirm=selection.cases_to_confirm(self.evidence, best) if level is Level.WEAK else (),
            runners_up=selection.runners_up(list(self.ranked), self.evidence),
            strength=power,
            cost=self.cost(),
        )

    async def _strength(self, candidate: Candidate, evidence: Evidence) -> MutationStrength | None:
        most = self.settings.solve.mutants
        if not most:
            return None
        observed = {call: evidence.observations[candidate.index][call] for call in evidence.calls()}
        return await strength.measure(
            self.task,
            candidate,
            observed,
            sandbox=self.sandbox,
            limits=limits_of(self.settings.sandbox),
            seed=self.settings.solve.seed,
            most=most,
        )

    def cost(self) -> Cost:
        """Return what has been used so far."""
        energy, price = self.energy.used, self.settings.energy.price_per_kwh
        return Cost(
            seconds=time.monotonic() - self.began,
            prompt_tokens=self.writer.prompt_tokens,
            completion_tokens=self.writer.completion_tokens,
            candidates=len(self.candidates),
            programs_run=self.verifier.programs_run,
            energy=energy,
            money=energy.joules / JOULES_PER_KWH * price if energy is not None and price else None,
        )

    def budget(self) -> BudgetUsed:
        """Return what has been used so far, and how fast tokens come."""
        decoding = self.writer.decoding_s
        rate = self.writer.completion_tokens / decoding if decoding > 0 else None
        return BudgetUsed(cost=self.cost(), tokens_per_s=rate, stages=stage_costs(self.writer.asker.use))
