"""Sample bodies for tasks of the training side and find out which are right: `python -m atlas_pocket.outcomes --out DIR`.

What the Lens (`atlas_lens`) learns from. Bodies are drawn, extracted and run as the product does; the hidden tests come
from the reference. No task is held out (`problem.held_out`), so nothing here touches what the model is measured on.

    DIR/part-00012.npz, .jsonl   so many tasks at a time, written when all of them are done; a run that was ended goes on
    DIR/outcomes.npz             all of it, for `atlas-ls lens train`
    DIR/outcomes.jsonl           one candidate a line, with its body, for people
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from atlas_lens import features, outcomes, views
from atlas_lens.outcomes import Outcomes, Source
from atlas_pipeline.engine.api import Capabilities, Engine
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.model_facts import LAST_STATE_DEFINITION
from atlas_pipeline.generation import Writer
from atlas_pipeline.lens_texts import candidate_text, task_text
from atlas_pipeline.records import Candidate
from atlas_pipeline.sandbox import Limits, Sandbox, open_sandbox
from atlas_pipeline.sandbox.api import Outcome
from atlas_pipeline.selection import Evidence, rank
from atlas_pipeline.settings import EngineSettings, SandboxSettings, SolveSettings
from atlas_pipeline.static_evidence import static_faults
from atlas_pipeline.verification import Verifier
from atlas_pocket.corpus import Part, world
from atlas_pocket.exams import Exam, drawn

PART_TASKS = 50
SIZES = (3, 5, 8)
"""Of the draws for which the product's ranking is kept, to compare with and to add to."""
SHOWN_INPUTS = 6
"""Hidden tests whose calls, without the answers, stand for the inputs that the product's model writes itself."""
TASKS_AT_ONCE = 6
_MOST_TOKENS = 320
_PROVENANCE = "hidden tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """An exam with its place in the run."""

    number: int
    part: str
    exam: Exam


def numbered(parts: Sequence[Part], *, n: int, seed: int) -> list[Numbered]:
    """Draw `n` tasks of the training side, the parts of the world by their weights, mixed."""
    total = sum(part.weight for part in parts)
    wanted = [int(n * part.weight / total) for part in parts]
    wanted[0] += n - sum(wanted)
    found = [
        (place / max(1, count), part.name, exam)
        for part, count in zip(parts, wanted, strict=True)
        for place, exam in enumerate(drawn([part], n=count, seed=seed, held=False))
    ]
    found.sort(key=lambda each: each[:2])
    return [Numbered(number=number, part=part, exam=exam) for number, (_, part, exam) in enumerate(found)]


class Sampler:
    """Draws, runs and embeds the candidates of one task after another."""

    def __init__(
        self,
        engine: Engine,
        capabilities: Capabilities,
        sandbox: Sandbox,
        *,
        k: int,
        made_by: str,
        settings: SolveSettings,
    ) -> None:
        self.engine = engine
        self.capabilities = capabilities
        self.sandbox = sandbox
        self.k = k
        self.settings = settings
        self.source = Source(
            model=capabilities.model,
            model_hash=capabilities.model_hash,
            embedding_definition=capabilities.embedding_definition,
            made_by=made_by,
            last_token_definition=LAST_STATE_DEFINITION
            if LAST_STATE_DEFINITION in capabilities.embedding_definitions
            else "",
        )

    async def sample(self, numbered: Numbered) -> tuple[Outcomes, list[dict[str, Any]]]:
        """Return one task's outcomes, and a line for each candidate; both empty where no answer held a body."""
        exam = numbered.exam
        writer = Writer(exam.task, self.engine, self.capabilities, self.settings)
        candidates = [
            each async for each in writer.candidates(range(self.k), asyncio.Event()) if isinstance(each, Candidate)
        ]
        candidates.sort(key=lambda each: each.index)
        verifier = Verifier(exam.task, self.sandbox, Limits())
        calls = [call for call, _ in exam.tests]
        given = [case.call for case in exam.task.examples]
        seen = await asyncio.gather(*(verifier.observe(each, [*calls, *given]) for each in candidates))
        right = [exam.is_right([found[call] for call in calls]) for found in seen]
        task = task_text(exam.task, writer.asker)
        texts = [candidate_text(each) for each in candidates]
        name = f"{numbered.number:05}"
        found = Outcomes(
            source=self.source,
            task=np.array([name] * len(candidates), dtype=np.str_),
            group=np.array([exam.name] * len(candidates), dtype=np.str_),
            domain=np.array([numbered.part] * len(candidates), dtype=np.str_),
            right=np.array(right, dtype=np.bool_),
            provenance=np.array([_PROVENANCE] * len(candidates), dtype=np.str_),
            features=features.features(task, texts),
            feature_names=features.NAMES,
            vectors=await self._vectors(task, texts),
            evidence=evidence_of(exam, candidates, seen, calls[:SHOWN_INPUTS]),
        )
        lines = [
            {
                "task": name,
                "group": exam.name,
                "part": numbered.part,
                "tier": exam.tier,
                "header": exam.task.header,
                "body": each.body,
                "right": is_right,
                "provenance": _PROVENANCE,
                "mean_logprob": each.mean_logprob,
                "tokens": each.tokens,
            }
            for each, is_right in zip(candidates, right, strict=True)
        ]
        return found, lines

    async def _vectors(
        self, task: features.TaskText, candidates: Sequence[features.CandidateText]
    ) -> dict[str, outcomes.Floats]:
        """Return every view's vectors; texts that several views or candidates share are embedded once."""
        kind = {base: views.definition_of(base, self.source) for base in views.BASES}
        wanted = {base: [views.texts_of(base, task, each) for each in candidates] for base in views.BASES if kind[base]}
        texts = list(dict.fromkeys(text for view in wanted.values() for several in view for text in several))
        width = self.capabilities.n_embd
        definitions = tuple(dict.fromkeys(kind[base] for base in wanted))
        known: dict[str, dict[str, outcomes.Floats]] = {each: {} for each in definitions}
        if texts:
            embedded = await self.engine.embed(texts, definitions=definitions)
            for definition, part in zip(definitions, np.split(embedded, len(definitions), axis=1), strict=True):
                known[definition] = dict(zip(texts, part, strict=True))
        return {
            base: np.array([views.combined(each, known[kind[base]]) for each in view], dtype=np.float32).reshape(
                -1, width
            )
            for base, view in wanted.items()
        }


def evidence_of(
    exam: Exam, candidates: Sequence[Candidate], seen: Sequence[dict[str, Outcome]], inputs: Sequence[str]
) -> dict[str, outcomes.Floats]:
    """Return what the product's ranking knows when it has drawn 3, 5 and 8: NaN beyond the draw.

    Without self-written tests: the examples, and agreement on `inputs`.
    """
    columns: dict[str, outcomes.Floats] = {}
    for size in SIZES:
        first = [each for each in candidates if each.index < size]
        evidence = Evidence(
            task=exam.task,
            candidates=tuple(first),
            tests=(),
            inputs=tuple(inputs),
            observations={each.index: found for each, found in zip(candidates, seen, strict=True)},
        )
        ranked = rank(evidence)
        of = {entry.candidate.index: (place, entry) for place, entry in enumerate(ranked)}

        def column(get: Callable[[int, Any], float], of: dict[int, Any] = of) -> outcomes.Floats:
            return np.array(
                [get(*of[each.index]) if each.index in of else np.nan for each in candidates], dtype=np.float32
            )

        columns[f"place@{size}"] = column(lambda place, _: place)
        columns[f"passed@{size}"] = column(lambda _, entry: entry.examples_passed)
        columns[f"score@{size}"] = column(lambda _, entry: entry.score)
        columns[f"faulty@{size}"] = column(
            lambda _, entry: any(fault.kind.is_decisive for fault in static_faults(entry.candidate.body, exam.task))
        )
    columns["examples"] = np.full(len(candidates), len(exam.task.examples), dtype=np.float32)
    return columns


async def sampled(
    sampler: Sampler, exams: Sequence[Numbered], *, at_once: int = TASKS_AT_ONCE
) -> AsyncIterator[tuple[Outcomes, list[dict[str, Any]]]]:
    """Yield what each task gave, in their order, several in work at a time so that the engine's slots stay full."""
    room = asyncio.Semaphore(at_once)

    async def one(each: Numbered) -> tuple[Outcomes, list[dict[str, Any]]]:
        async with room:
            return await sampler.sample(each)

    tasks = [asyncio.create_task(one(each)) for each in exams]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def collect(
    sampler: Sampler, exams: Sequence[Numbered], folder: Path, *, at_once: int = TASKS_AT_ONCE
) -> Outcomes:
    """Sample what `folder` does not hold yet, write it part by part, and put all of it together."""
    parts = [exams[begin : begin + PART_TASKS] for begin in range(0, len(exams), PART_TASKS)]
    missing = [number for number in range(len(parts)) if not _file(folder, number).exists()]
    todo = [each for number in missing for each in parts[number]]
    bar = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*bar, console=Console(stderr=True)) as progress:
        shown = progress.add_task("tasks", total=len(exams), completed=len(exams) - len(todo))
        results = sampled(sampler, todo, at_once=at_once)
        try:
            for number in missing:
                found = []
                for _ in parts[number]:
                    found.append(await anext(results))
                    progress.advance(shown)
                _write(folder, number, found)
                if not progress.console.is_terminal:
                    progress.console.print(f"part {number + 1} of {len(parts)} is written")
        finally:
            await results.aclose()  # type: ignore[attr-defined]  # an async generator
    everything = outcomes.joined([outcomes.load(_file(folder, number)) for number in range(len(parts))])
    outcomes.save(everything, folder / "outcomes.npz")
    lines = [_file(folder, number).with_suffix(".jsonl").read_text(encoding="utf-8") for number in range(len(parts))]
    (folder / "outcomes.jsonl").write_text("".join(lines), encoding="utf-8")
    return everything


def _file(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05}.npz"


def _write(folder: Path, number: int, found: Sequence[tuple[Outcomes, list[dict[str, Any]]]]) -> None:
    """Write a part, its `.npz` last: what is there is whole."""
    path = _file(folder, number)
    lines = [json.dumps(line) for _, several in found for line in several]
    path.with_suffix(".jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    outcomes.save(outcomes.joined([each for each, _ in found]), path)


def _claimed(folder: Path, wanted: dict[str, Any]) -> None:
    """Note what the folder is for.

    Raises:
        SystemExit: it holds something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.json"
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found != wanted:
            differing = ", ".join(
                f"{key}: {found.get(key)} there, {value} now"
                for key, value in wanted.items()
                if found.get(key) != value
            )
            raise SystemExit(f"{folder} holds another run ({differing}); name another folder, or remove it")
    else:
        path.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


async def _run(options: argparse.Namespace) -> Outcomes:
    chosen = [part for part in world() if not options.part or part.name in options.part]
    exams = numbered(chosen, n=options.n, seed=options.seed)
    threads = options.threads or max(1, (os.cpu_count() or 2) - 1)
    engine = await connect(
        EngineSettings(model=str(options.model.absolute()) if options.model else "", threads=threads, linger_s=1.0)
    )
    sandbox = await open_sandbox(SandboxSettings())
    try:
        capabilities = await engine.capabilities()
        settings = SolveSettings(
            max_tokens=_MOST_TOKENS, temperature=options.temperature, temperature_spread=options.temperature_spread
        )
        wanted = {
            "model_hash": capabilities.model_hash,
            "n": options.n,
            "k": options.k,
            "seed": options.seed,
            "parts": [part.name for part in chosen],
            "temperature": settings.temperature,
            "temperature_spread": settings.temperature_spread,
        }
        _claimed(options.out, wanted)
        sampler = Sampler(
            engine,
            capabilities,
            sandbox,
            k=options.k,
            settings=settings,
            made_by=f"python -m atlas_pocket.outcomes --n {options.n} --k {options.k} --seed {options.seed}",
        )
        return await collect(sampler, exams, options.out, at_once=options.at_once)
    finally:
        await sandbox.aclose()
        await engine.aclose()


def summary(found: Outcomes) -> dict[str, Any]:
    """Return counts, in all and by part of the world."""

    def counts(some: Outcomes) -> dict[str, Any]:
        shares = [float(some.right[rows].mean()) for rows in some.tasks()]
        return {
            "candidates": len(some),
            "right": round(float(some.right.mean()), 4) if len(some) else None,
            "tasks": len(shares),
            "mixed_tasks": sum(0 < share < 1 for share in shares),
        }

    return {
        "all": counts(found),
        **{name: counts(found.where(found.domain == name)) for name in sorted(set(found.domain.tolist()))},
    }


def main() -> int:
    """Parse the command line, sample, print one JSON object; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atlas_pocket.outcomes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder; one that holds a part of the same run goes on")
    parser.add_argument("--model", type=Path, help="GGUF file (default: the bundled model)")
    parser.add_argument("--n", type=int, default=2000, help="tasks (default 2000)")
    parser.add_argument("--k", type=int, default=8, help="bodies for each (default 8)")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--part", action="append", help="only this part of the world; can be given again")
    usual = SolveSettings()
    parser.add_argument("--temperature", type=float, default=usual.temperature, help="default: the product's")
    parser.add_argument(
        "--temperature-spread", type=float, default=usual.temperature_spread, help="as solve.temperature_spread"
    )
    parser.add_argument("--threads", type=int, default=0, help="of the engine (default: all cores but one)")
    parser.add_argument("--at-once", type=int, default=TASKS_AT_ONCE, help=f"tasks in work (default {TASKS_AT_ONCE})")
    options = parser.parse_args()
    found = asyncio.run(_run(options))
    print(
        json.dumps(
            {"schema": 1, "model": found.source.model, "file": str(options.out / "outcomes.npz"), **summary(found)}
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
