"""`python -m atlas_bench.perturbation_position`: perturbations behind the task or in front of it, in speed and in diversity.

speed: eight samples of one function are asked for at once, with a perturbation each, as a solve with
`solve.perturbed_share = 1` does; `--model` takes any GGUF, since what it writes does not matter here (`random_model.py`
makes one of a real model's size). diversity: the bundled model writes ten functions, twelve samples each. It was never
trained with a sentence beside the task, so this shows what disturbs it, not what would help an instruct model.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any, Literal

from atlas_bench.engine.ours import OurEngine, our_engine
from atlas_bench.handwritten import HANDWRITTEN
from atlas_pipeline import prompts
from atlas_pipeline.div_sampling import draw, in_turn
from atlas_pipeline.engine.api import Engine, Message, Sampling
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, FunctionTask, Origin, Status
from atlas_pipeline.sandbox import Sandbox, open_sandbox
from atlas_pipeline.settings import EngineSettings, SandboxSettings, SolveSettings
from atlas_pipeline.verification import Verifier, limits_of

Position = Literal["none", "back", "front"]
POSITIONS: tuple[Position, ...] = ("none", "back", "front")

SCHEMA = 1
SAMPLES = 8
TOKENS = 96
DIVERSITY_SAMPLES = 12


def main() -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="GGUF whose speed is measured (default: the bundled model)")
    parser.add_argument("--rounds", type=int, default=10, help="functions per position in the measurement of speed")
    parser.add_argument("--context-lines", type=int, default=60, help="lines of the file that the prompts show")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the engine (default 1)")
    parser.add_argument("--part", choices=["speed", "diversity"], help="measure only this")
    options = parser.parse_args()
    print(json.dumps(asyncio.run(_measure(options)), indent=1))
    return 0


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    tasks = _tasks()
    result: dict[str, Any] = {"schema": SCHEMA}
    if options.part != "diversity":
        async with our_engine(model_path(options.model), threads=options.threads) as engine:
            result["speed"] = await _speed(engine, tasks, rounds=options.rounds, context_lines=options.context_lines)
    if options.part != "speed":
        bundled = await connect(EngineSettings(threads=options.threads, linger_s=1.0))
        try:
            async with await open_sandbox(SandboxSettings()) as sandbox:
                result["diversity"] = {way: await _diversity(bundled, sandbox, tasks, way) for way in POSITIONS}
        finally:
            await bundled.aclose()
    return result


def _tasks() -> list[FunctionTask]:
    document = Document(HANDWRITTEN.text())
    return [make_task(document, document.named(name)) for name in HANDWRITTEN.references]


async def _speed(
    engine: OurEngine, tasks: Sequence[FunctionTask], *, rounds: int, context_lines: int
) -> dict[str, dict[str, float]]:
    """Return medians over rounds; positions take turns, and no two rounds share more than the first words of a prompt."""
    rows: dict[Position, list[dict[str, float]]] = {position: [] for position in POSITIONS}
    for number in range(rounds):
        for position in rows:
            task = tasks[number % len(tasks)]
            # The engine keeps prompts it has decoded: each measurement has to be about a text that is new to it.
            context = f"# file {number} {position}\n" + "\n".join(task.source.splitlines()[:context_lines])
            rows[position].append(await _round(engine, task, context, position, seed=number))
            print(f"round {number + 1}, {position}: {rows[position][-1]}", file=sys.stderr)
    return {
        position: {name: round(statistics.median(row[name] for row in measured), 3) for name in measured[0]}
        for position, measured in rows.items()
    }


async def _round(
    engine: OurEngine, task: FunctionTask, context: str, position: Position, *, seed: int
) -> dict[str, float]:
    settings = SolveSettings(
        perturbed_share=0.0 if position == "none" else 1.0,
        perturbation_position="front" if position == "front" else "back",
        seed=seed,
    )

    async def one(index: int) -> None:
        drawn = draw(index, settings, prompts.facts("chat").perturbations)
        prompt = prompts.render(
            "chat", "code", task=task.header, decorators="", context=context, name=task.name, parameters="",
            **drawn.fields(settings),
        )  # fmt: skip
        # Ends after exactly so many tokens, whatever the model writes.
        request = {"prompt": prompt, "max_tokens": TOKENS, "ignore_eos": True, "seed": 1000 * seed + index}
        request |= {"temperature": drawn.temperature, "atlas": {"draft": False}}
        (await engine.client.post("/v1/completions", json=request)).raise_for_status()

    before = await engine.metrics()
    began = time.perf_counter()
    await asyncio.gather(*(one(index) for index in range(SAMPLES)))
    seconds = time.perf_counter() - began
    await engine.until_idle()
    used = {name: value - before[name] for name, value in (await engine.metrics()).items() if name in before}
    prompt_tokens = _total(used, "prompt_tokens_total")
    return {
        "prompt_tokens": prompt_tokens,
        "prompt_tokens_decoded": prompt_tokens - _total(used, "cached_tokens_total"),
        "seconds": seconds,
        "tokens_per_s": SAMPLES * TOKENS / seconds,
    }


def _total(metrics: dict[str, float], name: str) -> float:
    return next(value for key, value in metrics.items() if key.endswith(name) and not key.endswith(f"draft_{name}"))


async def _diversity(
    engine: Engine, sandbox: Sandbox, tasks: Sequence[FunctionTask], position: Position
) -> dict[str, float]:
    """Return, of the bundled model's samples: usable, different as programs, and passing all examples."""
    usable = different = passing = judged = 0
    order = in_turn(prompts.facts("chat").perturbations, 0)
    for task in tasks:
        plain = prompts.render(
            "pocket", "code", task=task.header, name=task.name, parameters=", ".join(task.parameters)
        )
        verifier = Verifier(task, sandbox, limits_of(SandboxSettings()))
        bodies: list[str] = []
        for index in range(DIVERSITY_SAMPLES):
            prompt = _beside(plain, task.header, order[index % len(order)].text, position)
            sampling = Sampling(max_tokens=256, temperature=0.8, seed=index)
            answer = await engine.chat([Message(role="user", content=prompt)], sampling)
            body = extract_body(answer.text, task).body
            if body is not None:
                bodies.append(body)
        usable += len(bodies)
        different += len({ast.dump(ast.parse(f"def f():\n{_indented(body)}")) for body in bodies})
        if task.examples:
            judged += DIVERSITY_SAMPLES
            for index, body in enumerate(bodies):
                candidate = Candidate(index=index, body=body, origin=Origin.SAMPLE)
                verdicts = await verifier.judge(candidate, task.examples)
                passing += all(verdict.status is Status.PASS for verdict in verdicts)
    count = len(tasks) * DIVERSITY_SAMPLES
    return {
        "samples": count,
        "usable": round(usable / count, 3),
        "different_programs_per_function": round(different / len(tasks), 2),
        "pass_all_examples": round(passing / judged, 3),
    }


def _beside(prompt: str, task: str, perturbation: str, position: Position) -> str:
    """Return the bundled model's prompt with a sentence it was not trained on."""
    if position == "none":
        return prompt
    if position == "front":
        return f"{perturbation}\n\n{prompt}"
    return prompt.replace(task, f"{task}\n\n{perturbation}", 1)


def _indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in body.splitlines())


if __name__ == "__main__":
    sys.exit(main())
