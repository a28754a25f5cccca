"""Runs the recorded outputs on the sample tests of their statements and chooses between them, without any label.

The product's own extraction, statement parser, sandbox and ranking are used; this process never opens `labels.jsonl`.
What it found goes to the scorer, a process of its own, which alone reads the labels. The two outputs of a task are put
into an order drawn from its id, so that neither the recorded order nor the model's name can decide a tie.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.replay_lcb.records import Choice, Findings, Output, TaskFindings
from atlas_pipeline.extraction import extract_program
from atlas_pipeline.program_tasks import (
    PROGRAM_LIMITS,
    RankedProgram,
    counts_against,
    mutated_inputs,
    observe_program,
    rank_programs,
)
from atlas_pipeline.records import Candidate, Origin, ProgramTask, Status
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, Sandbox
from atlas_pipeline.settings import SandboxSettings
from atlas_pipeline.statements import read_program_task

_NAMES = ("tasks.jsonl", "outputs.jsonl", "labels.jsonl")
_PRELOAD = ("numpy",)
_MOST_MUTATED = 12
_TIE_LIMITS = dataclasses.replace(PROGRAM_LIMITS, cpu_s=2.0)
"""Inputs near the examples are as small as these: who takes seconds for one is slow."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("--data", metavar="DIR", required=True, help="folder with tasks, outputs and labels (.jsonl)")
    command.add_argument("--tasks", type=int, default=0, metavar="N", help="only the first N tasks (default: all)")
    command.add_argument("--inputs", type=int, default=_MOST_MUTATED, metavar="N", help="mutated inputs for ties")
    command.add_argument("--details", metavar="FILE", help="write what was found for every output, without labels")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Replay, score in another process, print the report; return the exit status."""
    folder = Path(options.data)
    missing = [name for name in _NAMES if not (folder / name).exists()]
    if missing:
        print(f"{folder} lacks {', '.join(missing)}: give --data a folder like lcb_v5", file=sys.stderr)
        return 2
    findings = asyncio.run(replay(folder, most_tasks=options.tasks, most_inputs=options.inputs))
    encoded = msgspec.json.encode(findings)
    if options.details:
        Path(options.details).write_bytes(encoded)
    print(json.dumps(score(folder, encoded), indent=1))
    return 0


def score(folder: Path, findings: bytes) -> dict[str, Any]:
    """Return the report of the scorer, which runs as a process of its own."""
    command = [sys.executable, "-m", "atlas_bench.replay_lcb.scorer", str(folder / "labels.jsonl")]
    scored = subprocess.run(command, input=findings, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(scored.stdout))


async def replay(folder: Path, *, most_tasks: int = 0, most_inputs: int = _MOST_MUTATED) -> Findings:
    """Return what was found for every task, without any label."""
    tasks = [json.loads(line) for line in (folder / "tasks.jsonl").read_text(encoding="utf-8").splitlines()]
    outputs: dict[str, list[dict[str, Any]]] = {}
    for line in (folder / "outputs.jsonl").read_text(encoding="utf-8").splitlines():
        output = json.loads(line)
        outputs.setdefault(output["question_id"], []).append(output)
    found = []
    async with await open_sandbox(SandboxSettings(), preload=_PRELOAD) as sandbox:
        chosen = tasks[:most_tasks] if most_tasks else tasks
        for number, record in enumerate(chosen):
            task = read_program_task(
                record["question_id"], record["question_content"], starter=record.get("starter_code") or ""
            )
            found.append(await _replay_task(task, outputs.get(task.name, []), sandbox, most_inputs))
            if number % 20 == 19:
                print(f"{number + 1} of {len(chosen)} tasks", file=sys.stderr)
        layers = sandbox.layers
    return Findings(tasks=found, cpu_s=PROGRAM_LIMITS.cpu_s, sandbox_layers=list(layers))


async def _replay_task(
    task: ProgramTask, recorded: Sequence[dict[str, Any]], sandbox: Sandbox, most_inputs: int
) -> TaskFindings:
    outputs: list[Output] = []
    observations: dict[int, dict[str, Outcome]] = {}
    examples = [case.call for case in task.examples]
    for index, output in enumerate(recorded):
        extracted = extract_program(output["output"], entry=task.entry)
        outputs.append(
            Output(model=output["model"], sample=output["sample"], code=extracted.body or "", reason=extracted.reason)
        )
        if extracted.body is None:
            observations[index] = dict.fromkeys(examples, Outcome(kind=OutcomeKind.NOT_RUN))
        else:
            observations[index] = await observe_program(task, extracted.body, examples, sandbox)
    order = list(range(len(outputs)))
    random.Random(task.name).shuffle(order)
    candidates = [Candidate(index=index, body=outputs[index].code, origin=Origin.SAMPLE) for index in order]
    ranked = rank_programs(task, candidates, observations)
    for row in ranked:
        found = outputs[row.candidate.index]
        found.statuses = [verdict.status.value for verdict in row.verdicts]
        found.actual = [verdict.actual[:300] for verdict in row.verdicts]
        found.example_fails = any(counts_against(task, verdict) for verdict in row.verdicts)
        found.passes_every_example = bool(row.verdicts) and all(
            verdict.status is Status.PASS for verdict in row.verdicts
        )
    by_examples = Choice(picked=_first(ranked), tied=[row.candidate.index for row in ranked if _ties(row, ranked[0])])
    by_agreement = by_examples
    if len(by_examples.tied) > 1:
        inputs = mutated_inputs(task, seed=0, most=most_inputs)
        for index in by_examples.tied:
            if outputs[index].code:
                observations[index] |= await observe_program(task, outputs[index].code, inputs, sandbox, _TIE_LIMITS)
            else:
                observations[index] |= dict.fromkeys(inputs, Outcome(kind=OutcomeKind.NOT_RUN))
        again = [candidate for candidate in candidates if candidate.index in by_examples.tied]
        ranked = rank_programs(task, again, observations, inputs=inputs)
        leaders = [row.candidate.index for row in ranked if row.agreement >= ranked[0].agreement - 1e-9]
        by_agreement = Choice(picked=_first(ranked), tied=leaders)
        for index in by_examples.tied:
            outputs[index].mutated = [_described(observations[index][call]) for call in inputs]
            outputs[index].mutated_cpu_s = [round(observations[index][call].cpu_s, 3) for call in inputs]
    return TaskFindings(
        question_id=task.name,
        form="class" if task.entry else "stdin",
        examples=len(task.examples),
        unread=list(task.unread_examples),
        any_answer=task.any_answer,
        outputs=outputs,
        by_examples=by_examples,
        by_agreement=by_agreement,
    )


def _first(ranked: Sequence[RankedProgram]) -> int:
    return ranked[0].candidate.index if ranked else -1


def _ties(row: RankedProgram, best: RankedProgram) -> bool:
    return (row.against, row.passed) == (best.against, best.passed)


def _described(outcome: Outcome) -> str:
    if outcome.kind is OutcomeKind.RETURNED:
        return outcome.behaviour_hash()
    return outcome.exception.type_name if outcome.exception else outcome.kind.value
