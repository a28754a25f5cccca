"""Solves every task of a suite under every condition and seed; each outcome is a file, so a killed run goes on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import msgspec

from atlas_bench.ablation.conditions import Condition
from atlas_bench.ablation.questions import Question, Scores
from atlas_bench.suites import SuiteTask
from atlas_pipeline.edit import solved_document
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.events import CandidateMade, Finished, RepairTried, RouteChosen
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Level
from atlas_pipeline.routing import Features, Route, Router
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.settings import Settings
from atlas_pipeline.solving import solve

SCHEMA = 1


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one solve ended, and how its answer and its candidates scored afterwards."""

    schema: int = SCHEMA
    task: str
    tier: int
    examples: bool
    condition: str
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


def read(path: Path) -> Outcome | None:
    """Return an outcome, None where there is none yet."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path.read_bytes(), type=Outcome)
    return None


def write(path: Path, outcome: Outcome) -> None:
    """Write an outcome whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(outcome), indent=1))
    Path(name).replace(path)


def outcomes(
    folder: Path, conditions: Sequence[Condition], seeds: int, tasks: Sequence[SuiteTask]
) -> Iterator[Outcome]:
    """Yield the outcomes that are there."""
    for condition in conditions:
        for seed in range(seeds):
            for task in tasks:
                outcome = read(path_of(folder, condition.name, seed, task.id))
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
) -> None:
    """Solve what is not solved yet.

    All conditions of a task and seed come one after the other, so that they see the same machine. The router learns from
    levels, as it would in the product, never from scores; after an interrupted run it learns from what is there.
    """
    router = Router()
    for seed in range(seeds):
        for task in tasks:
            for condition in conditions:
                path = path_of(folder, condition.name, seed, task.id)
                outcome = read(path)
                if outcome is None:
                    budget = 0
                    if condition.as_many_tokens_as:
                        other = read(path_of(folder, condition.as_many_tokens_as, seed, task.id))
                        budget = max(1, other.tokens) if other is not None else 0
                    outcome = await _solve(
                        task,
                        condition,
                        seed,
                        budget,
                        settings=settings,
                        engine=engine,
                        sandbox=sandbox,
                        scorer=scorer,
                        router=router,
                    )
                    write(path, outcome)
                on_outcome(outcome)


async def _solve(
    task: SuiteTask,
    condition: Condition,
    seed: int,
    budget: int,
    *,
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
    if features is not None:
        solved = selection.level is Level.VERIFIED or (selection.level is Level.WEAK and not function.examples)
        router.learn(features, Route(route), solved=solved)
    documents = [solved_document(function, candidate.body) for candidate in (*([best] if best else []), *made)]
    right = await scorer.right(task.id, documents) if documents else []
    return Outcome(
        task=task.id,
        tier=task.tier,
        examples=task.examples,
        condition=condition.name,
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
    )
