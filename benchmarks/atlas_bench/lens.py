"""`python -m atlas_bench lens`: what the Lens costs beside embedding what it reads, with a local model.

Candidates are drawn as `solve` draws them. A cost field of random weights costs what a trained one does, so that no
training is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from atlas_bench.ablation.command import drawn
from atlas_bench.suites import load
from atlas_lens import weights
from atlas_lens.familiarity import MOST_STORED, Reach, fit_neighbours
from atlas_lens.features import CandidateText, TaskText
from atlas_lens.lens import Lens
from atlas_lens.outcomes import Floats
from atlas_lens.scorers import CostField, Space, Standard
from atlas_lens.store import Store
from atlas_lens.weights import Weights
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.engine.client import connect
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.generation import Writer
from atlas_pipeline.lens_files import lens_folder
from atlas_pipeline.lens_texts import candidate_text, task_text
from atlas_pipeline.records import Candidate
from atlas_pipeline.settings import EngineSettings, SolveSettings

_HIDDEN = (512, 128)
"""Widths of C(x) between its input and its output."""
_REPEATS = 5
"""Times that the candidates of one task are scored; the median counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A task and its candidates as the Lens reads them."""

    task: TaskText
    candidates: Sequence[CandidateText]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--suite", default="pocket-dev", help="name or file (default: pocket-dev)")
    parser.add_argument("--n", type=int, default=20, help="so many tasks (default 20)")
    parser.add_argument("--samples", type=int, default=8, metavar="K", help="candidates of each (default 8)")
    parser.add_argument("--model", default="", metavar="GGUF", help="the model (default: the bundled one)")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    try:
        found = asyncio.run(measure(options))
    except (UsageError, ValueError) as error:
        print(f"atlas_bench lens: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1))
    return 0


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return medians over the tasks, in milliseconds for each candidate.

    Raises:
        UsageError: nobody trained a Lens for this model.
        ValueError: there is no such suite, or no task has a candidate.
    """
    tasks = drawn(load(options.suite), options.n)
    engine = await connect(EngineSettings(model=options.model, linger_s=0.0))
    try:
        facts = await engine.capabilities()
        kept = Store(lens_folder(), facts.model_hash).load()
        if kept is None:
            raise UsageError(f"nobody trained a Lens for {facts.model}; `atlas-ls lens train` makes one")
        settings = SolveSettings(samples=options.samples)
        several = []
        for each in tasks:
            document = Document(each.source)
            writer = Writer(make_task(document, document.named(each.name)), engine, facts, settings)
            made = [one async for one in writer.candidates(range(options.samples), asyncio.Event())]
            candidates = [candidate_text(one) for one in made if isinstance(one, Candidate)]
            if candidates:
                several.append(Drawn(task=task_text(writer.asker.task, writer.asker), candidates=candidates))
        if not several:
            raise ValueError(f"{facts.model} wrote no candidate for any task of {options.suite}")
        lenses = {"in use": kept.weights, "C(x) with neighbours": _cost_field(kept.weights, facts.n_embd)}
        costs = {name: [await _cost(engine, Lens(each), one) for one in several] for name, each in lenses.items()}
    finally:
        await engine.aclose()
    return {
        "model": facts.model,
        "tasks": len(several),
        "candidates": sum(len(each.candidates) for each in several),
        **{name: _row(found) for name, found in costs.items()},
    }


def _cost_field(trained: Weights, width: int) -> Weights:
    """Return C(x) with the distance to neighbours; where its numbers come from does not change what they cost."""
    rng = np.random.default_rng(0)
    standard = Standard(np.zeros(width), np.ones(width))
    widths = (width, *_HIDDEN, 1)
    layers = tuple(
        (rng.normal(0.0, 0.05, size=pair).astype(np.float32), np.zeros(pair[1], np.float32))
        for pair in pairwise(widths)
    )
    return replace(
        trained,
        scorer=CostField(Space("in answer, centred", (), standard), layers),
        reach=Reach(
            space=Space("in answer", (), standard),
            distance=fit_neighbours(rng.normal(size=(MOST_STORED, width)).astype(np.float32)),
            threshold=np.inf,
        ),
    )


async def _cost(engine: Engine, lens: Lens, drawn: Drawn) -> tuple[float, float]:
    """Return milliseconds for each candidate: to embed what the scorer reads (0: it reads none), and to score."""
    texts = lens.texts(drawn.task, drawn.candidates)
    vectors: dict[str, Floats] = {}
    embedding = 0.0
    if texts:
        began = time.perf_counter()
        definition = weights.definition_of(lens.weights)
        vectors = dict(zip(texts, await engine.embed(texts, definitions=(definition,)), strict=True))
        embedding = time.perf_counter() - began
    seconds = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        lens.judge(drawn.task, drawn.candidates, vectors)
        seconds.append(time.perf_counter() - began)
    share = 1000.0 / len(drawn.candidates)
    return embedding * share, statistics.median(seconds) * share


def _row(costs: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    embedding, scoring = (statistics.median(column) for column in zip(*costs, strict=True))
    return {
        "embedding_ms": round(embedding, 3) if embedding else None,
        "scoring_ms": round(scoring, 3),
        "scoring_of_embedding": round(scoring / embedding, 3) if embedding else None,
    }
