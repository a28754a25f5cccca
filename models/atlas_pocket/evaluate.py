"""Measure a pocket model on compositions it was never trained on: `python -m atlas_pocket.evaluate --n 200`.

Uses the product's own engine, prompts, extraction and sandbox. For each function: one greedy body, checked against the
reference on 20 inputs, and one test answer, of which each expected value is checked against the reference.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import random
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from atlas_pipeline.engine.api import Engine, Message, Sampling
from atlas_pipeline.engine.client import connect
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.programs import ProgramBuilder
from atlas_pipeline.sandbox import Call, Limits, Sandbox, canonical, open_sandbox
from atlas_pipeline.selftests import read_tests
from atlas_pipeline.settings import EngineSettings, SandboxSettings
from atlas_pocket.corpus import Function, has_answer, random_function, random_input
from atlas_pocket.world import compositions

SCHEMA = 1
_CHECKS = 20


async def measure(model: str, *, n: int, seed: int, held: bool) -> dict[str, Any]:
    """Return the shares of right bodies and right expected values over `n` functions of one side of the split."""
    rng = random.Random(seed)
    pool = compositions(held=held)
    engine = await connect(EngineSettings(model=model))
    sandbox = await open_sandbox(SandboxSettings())
    right_bodies = tests = right_tests = 0
    try:
        for number in track(range(n), "measuring", console=Console(stderr=True)):
            function = _plain_function(rng, pool, doctest=bool(number % 2))
            right_bodies += await _body_is_right(function, engine, sandbox, rng)
            written, right = await _tests(function, engine, seed=number)
            tests, right_tests = tests + written, right_tests + right
        name = (await engine.capabilities()).model
    finally:
        await sandbox.aclose()
        await engine.aclose()
    return {
        "schema": SCHEMA,
        "model": name,
        "held_out": held,
        "n": n,
        "seed": seed,
        "greedy_right": right_bodies / n,
        "tests_written": tests,
        "tests_right": right_tests / tests if tests else None,
    }


def _plain_function(rng: random.Random, pool: list[tuple[str, str, str]], *, doctest: bool) -> Function:
    while True:
        function = random_function(rng, pool, doctest=doctest)
        if "(self" not in function.task:
            return function


async def _body_is_right(function: Function, engine: Engine, sandbox: Sandbox, rng: random.Random) -> bool:
    document = Document(f"from typing import *\n\n\n{function.task}\n")
    task = make_task(document, document.named(function.name))
    answer = await engine.chat(
        [Message(role="user", content=function.prompt("code"))], Sampling(temperature=0.0, max_tokens=256)
    )
    body = extract_body(answer.text, task).body
    if body is None:
        return False
    inputs = [random_input(function.spec, rng, most=6) for _ in range(_CHECKS)]
    checked = [pair for pair in inputs if has_answer(function.spec, *pair)]
    calls = [function.call(*pair) for pair in checked]
    outcomes = await sandbox.run(
        ProgramBuilder(task).reduced(body, calls), [Call(expression=call) for call in calls], Limits()
    )
    expected = [canonical(function.spec.compute(*pair)) for pair in checked]
    return all(outcome.value == value for outcome, value in zip(outcomes, expected, strict=True))


async def _tests(function: Function, engine: Engine, *, seed: int) -> tuple[int, int]:
    document = Document(function.task + "\n")
    task = make_task(document, document.named(function.name))
    answer = await engine.chat(
        [Message(role="user", content=function.prompt("tests"))], Sampling(temperature=0.5, max_tokens=400, seed=seed)
    )
    tests, unreadable = read_tests(answer.text, task)
    right = 0
    for test in tests:
        call = ast.parse(test.call, mode="eval").body
        assert isinstance(call, ast.Call)
        arguments = [ast.literal_eval(argument) for argument in call.args]
        try:
            numbers, bound = arguments[0], arguments[1] if len(arguments) > 1 else 0
            value = canonical(function.spec.compute(numbers, bound))
        except (ValueError, IndexError, TypeError, ZeroDivisionError):
            continue  # the test is outside of what the reference defines: not right
        right += test.expected is not None and test.expected.text == value
    return len(tests) + unreadable, right


def main() -> None:
    """Parse the command line, measure, print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, help="GGUF file (default: the bundled model)")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=12345)
    parser.add_argument("--trained", action="store_true", help="compositions the model was trained on, for comparison")
    options = parser.parse_args()
    model = str(options.model.absolute()) if options.model else ""
    print(json.dumps(asyncio.run(measure(model, n=options.n, seed=options.seed, held=not options.trained))))


if __name__ == "__main__":
    main()
