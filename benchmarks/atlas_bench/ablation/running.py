"""Solves every task of a suite under every condition and seed; each outcome is a file, so a killed run goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import msgspec

from atlas_bench.ablation.conditions import Condition
from atlas_bench.ablation.provenance import Provenance, provenance_of
from atlas_bench.ablation.questions import Question, Scores
from atlas_bench.suites import SuiteTask
from atlas_pipeline.edit import solved_document
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.events import CandidateMade, Finished, RepairTried, RouteChosen
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Level
from atlas_pipeline.routing import Features, Lesson, Route, Router, level_says
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.settings import Settings
from atlas_pipeline.solving import solve

SCHEMA = 2
"""2: with `provenance` and `features`."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one solve ended, and how its answer and its candidates scored afterwards."""

    schema: int = SCHEMA
    task: str
    tier: int
    examples: bool
    condition: str
    provenance: Provenance
    seed: int
    level: str
    route: str
    right: bool
    """Of the one answer that was submitted: the best candidate, whatever its level."""
    candidates: list[bool]
    """Of every candidate, repairs too: what an oracle, or chance, would have had to choose from."""
    tokens: int
    stage_tokens: dict[str, int]
    seconds: float
    first_candidate_s: float
    repairs: list[str] = []
    """Who won each round of repairs."""
    features: Features | None = None
    """What the router looked at, where it chose the route."""

    def lesson(self) -> Lesson | None:
        """Return what the router learns from it; None where there is nothing to learn."""
        solved = level_says(Level(self.level), examples=self.examples)
        if self.features is None or solved is None:
            return None
        return Lesson(features=self.features, route=Route(self.route), solved=solved)


class Scorer:
    """The process that knows the hidden tests."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def right(self, task: str, documents: Sequence[str]) -> list[bool]:
        """Return which documents are right."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(Question(id=task, documents=list(documents))) + b"\n")
        with contextlib.suppress(ConnectionError):  # it has ended: so has its output
            await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise ValueError(f"the scorer ended before it scored {task}; what it wrote to standard error says why")
        return msgspec.json.decode(line, type=Scores).right


@asynccontextmanager
async def open_scorer(suite: str) -> AsyncGenerator[Scorer, None]:
    """Start the scorer and end it afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "atlas_bench.ablation.scorer", suite,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    try:
        yield Scorer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10.0):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def path_of(folder: Path, condition: str, seed: int, task: str) -> Path:
    """Return the file of one outcome."""
    name = condition.replace("'", "-thinking")
    return folder / name / str(seed) / f"{task.replace('/', '-')}.json"


def read(path: Path, made_with: Provenance) -> Outcome | None:
    """Return an outcome, None where there is none yet.

    Raises:
        ValueError: it was made with something else.
    """
    try:
        outcome = msgspec.json.decode(path.read_bytes(), type=Outcome)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path} is of another version ({error}); name another folder with --out") from None
    except (OSError, msgspec.DecodeError):
        return None
    if differing := made_with.differing(outcome.provenance):
        raise ValueError(f"{path} was made with other {' and '.join(differing)}; name another folder with --out")
    return outcome


def write(path: Path, outcome: Outcome) -> None:
    """Write an outcome whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(outcome), indent=1))
    Path(name).replace(path)


def outcomes(
    folder: Path, conditions: Mapping[str, Provenance], seeds: int, tasks: Sequence[SuiteTask]
) -> Iterator[Outcome]:
    """Yield the outcomes that are there.

    Raises:
        ValueError: one was made with something else.
    """
    for condition, made_with in conditions.items():
        for seed in range(seeds):
            for task in tasks:
                outcome = read(path_of(folder, condition, seed, task.id), made_with)
                if outcome is not None:
                    yield outcome


async def run(
    tasks: Sequence[SuiteTask],
    conditions: Sequence[Condition],
    *,
    seeds: int,
    settings: Settings,
    engine: Engine,
    sandbox: Sandbox,
    scorer: Scorer,
    folder: Path,
    on_outcome: Callable[[Outcome], None],
) -> dict[str, Provenance]:
    """Solve what is not solved yet; return what each condition was run with.

    All conditions of a task and seed come one after the other, so that they see the same machine. Each condition has a
    router of its own, which learns from levels, as in the product, never from scores; of what was solved in an earlier run
    it learns what it would have learned then.

    Raises:
        ValueError: an outcome is there that was made with something else.
    """
    facts = await engine.capabilities()
    made_with = {condition.name: provenance_of(condition, settings, facts) for condition in conditions}
    for _ in outcomes(folder, made_with, seeds, tasks):  # what does not fit is found before anything is solved
        pass
    routers = {condition.name: Router() for condition in conditions}
    for seed in range(seeds):
        for task in tasks:
            for condition in conditions:
                path = path_of(folder, condition.name, seed, task.id)
                outcome = read(path, made_with[condition.name])
                if outcome is None:
                    budget = 0
                    if name := condition.as_many_tokens_as:
                        other = read(path_of(folder, name, seed, task.id), made_with[name])
                        budget = max(1, other.tokens) if other is not None else 0
                    outcome = await _solve(
                        task,
                        condition,
                        seed,
                        budget,
                        made_with=made_with[condition.name],
                        settings=settings,
                        engine=engine,
                        sandbox=sandbox,
                        scorer=scorer,
                        router=routers[condition.name],
                    )
                    write(path, outcome)
                if (lesson := outcome.lesson()) is not None:
                    routers[condition.name].learn(lesson.features, lesson.route, solved=lesson.solved)
                on_outcome(outcome)
    return made_with


async def _solve(
    task: SuiteTask,
    condition: Condition,
    seed: int,
    budget: int,
    *,
    made_with: Provenance,
    settings: Settings,
    engine: Engine,
    sandbox: Sandbox,
    scorer: Scorer,
    router: Router,
) -> Outcome:
    document = Document(task.source)
    function = make_task(document, document.named(task.name))
    changed = msgspec.structs.replace(
        settings,
        solve=condition.settings(settings.solve, seed=seed, budget=budget),
        lens=msgspec.structs.replace(condition.lens, weights=settings.lens.weights),
    )
    began = time.perf_counter()
    first: float | None = None
    made: list[Candidate] = []
    finished: Finished | None = None
    route, features = "", None
    solving = solve(function, engine=engine, sandbox=sandbox, settings=changed, router=router)
    async with aclosing(solving) as events:
        async for event in events:
            match event:
                case CandidateMade():
                    first = first if first is not None else time.perf_counter() - began
                    made.append(event.candidate)
                case RepairTried():
                    made.append(event.candidate)
                case RouteChosen():
                    route = event.route
                    features = Features(**event.features) if event.features else None
                case Finished():
                    finished = event
                case _:
                    pass
    seconds = time.perf_counter() - began
    assert finished is not None
    selection = finished.selection
    best = selection.best.candidate if selection.best is not None else None
    documents = [solved_document(function, candidate.body) for candidate in (*([best] if best else []), *made)]
    right = await scorer.right(task.id, documents) if documents else []
    return Outcome(
        task=task.id,
        tier=task.tier,
        examples=task.examples,
        condition=condition.name,
        provenance=made_with,
        seed=seed,
        level=selection.level.value,
        route=route,
        right=bool(best) and right[0],
        candidates=right[1:] if best else right,
        tokens=selection.cost.completion_tokens,
        stage_tokens={stage.stage: stage.completion_tokens for stage in finished.stages},
        seconds=round(seconds, 3),
        first_candidate_s=round(first if first is not None else seconds, 3),
        repairs=[each.winner for each in selection.repairs],
        features=features,
    )
