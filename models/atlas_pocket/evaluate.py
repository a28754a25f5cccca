"""Measure what a pocket model can do: `python -m atlas_pocket.evaluate --suite pocket-dev`.

Uses the product's own engine, prompts, extraction and sandbox. For each function, against its hidden tests:

    greedy      one body at temperature 0
    pass@k      unbiased, from `--samples` bodies at the product's temperature (arXiv 2107.03374)
    self-tests  of one answer, how many expected values are right
    judge       where two bodies differ on a hidden test and one is right: asked in both orders, as the product does
    repair      where greedy is wrong: shown one hidden test that it fails, judged by all others; beside it, as a control,
                one fresh sample, and for each perspective one more repair
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import comb
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from atlas_bench.suites import NAMES
from atlas_pipeline import prompts
from atlas_pipeline.ask import Question
from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.engine.api import Capabilities, Engine, FinishReason
from atlas_pipeline.engine.client import connect
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.programs import ProgramBuilder
from atlas_pipeline.s_star import ModelJudge
from atlas_pipeline.sandbox import Call, Limits, Outcome, Sandbox, open_sandbox
from atlas_pipeline.selftests import read_tests
from atlas_pipeline.settings import EngineSettings, SandboxSettings, SolveSettings
from atlas_pocket.corpus import world
from atlas_pocket.exams import Exam, drawn, of_suite
from atlas_pocket.rendering import source

SCHEMA = 2
SAMPLES = 8
KS = (1, 3, 5, 8)
_TEST_TEMPERATURE = 0.5
"""At which the product asks for tests."""
_MOST_TOKENS = 320
_FRESH_SEED = 900
_REPAIR_SEED = 910


@dataclass(slots=True)
class Counts:
    """What was measured on some functions."""

    functions: int = 0
    greedy: int = 0
    pass_at: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    tests: int = 0
    tests_right: int = 0
    judged: int = 0
    judged_right: int = 0
    judged_wrong: int = 0
    failed: int = 0
    """Wrong greedy bodies that a repair was tried on."""
    repaired: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By perspective; "" is none, "fresh sample" the control."""

    def report(self) -> dict[str, Any]:
        """Return the shares, None where there was nothing to count."""

        def share(part: float, whole: int) -> float | None:
            return round(part / whole, 4) if whole else None

        return {
            "functions": self.functions,
            "greedy": share(self.greedy, self.functions),
            **{f"pass@{k}": share(total, self.functions) for k, total in sorted(self.pass_at.items())},
            "tests": self.tests,
            "tests_right": share(self.tests_right, self.tests),
            "judged": self.judged,
            "judge_right": share(self.judged_right, self.judged),
            "judge_wrong": share(self.judged_wrong, self.judged),
            "failed": self.failed,
            "repaired": {name or "plain": share(count, self.failed) for name, count in sorted(self.repaired.items())},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one function gave."""

    exam: Exam
    greedy: bool
    right: int
    """Of the samples."""
    samples: int
    tests: int
    tests_right: int
    judged: bool | None
    """Whether the judge was asked and right (True), wrong (False); None: not asked, or open."""
    asked_judge: bool
    repaired: dict[str, bool]
    """Empty where greedy was right, or the model knows no repair."""


class Examiner:
    """Examines one model."""

    def __init__(self, engine: Engine, capabilities: Capabilities, sandbox: Sandbox, *, samples: int) -> None:
        self.engine = engine
        self.capabilities = capabilities
        self.sandbox = sandbox
        self.samples = samples
        self.settings = SolveSettings(max_tokens=_MOST_TOKENS)

    async def examine(self, exam: Exam) -> Result:
        """Measure everything on one function."""
        asker = Asker(exam.task, self.engine, self.capabilities, self.settings)
        written = asyncio.gather(
            self._bodies(asker, temperature=0.0, seeds=[0]),
            self._bodies(asker, temperature=self.settings.temperature, seeds=range(1, self.samples + 1)),
            asker.ask(Stage.TESTS, "tests", temperature=_TEST_TEMPERATURE, seed=500),
        )
        (greedy,), sampled, answer = await written
        outcomes = [await self._run(exam, body) for body in (greedy, *sampled)]
        rights = [exam.is_right(found) for found in outcomes]
        tests, unreadable = read_tests(answer.text, exam.task)
        right_tests = sum(
            test.expected is not None and test.expected.text == exam.answer(test.call) is not None for test in tests
        )
        asked, judged = await self._judge(asker, exam, outcomes)
        return Result(
            exam=exam,
            greedy=rights[0],
            right=sum(rights[1:]),
            samples=len(sampled),
            tests=len(tests) + unreadable,
            tests_right=right_tests,
            judged=judged,
            asked_judge=asked,
            repaired={} if rights[0] else await self._repairs(asker, exam, greedy, outcomes[0]),
        )

    async def _bodies(self, asker: Asker, *, temperature: float, seeds: Iterable[int]) -> list[str | None]:
        answers = await asyncio.gather(
            *(asker.ask(Stage.CODE, "code", temperature=temperature, seed=seed) for seed in seeds)
        )
        return [
            extract_body(answer.text, asker.task, truncated=answer.finish is FinishReason.LENGTH).body
            for answer in answers
        ]

    async def _run(self, exam: Exam, body: str | None) -> list[Outcome]:
        if body is None:
            return []
        calls = [call for call, _ in exam.tests]
        program = ProgramBuilder(exam.task).reduced(body, calls)
        return list(await self.sandbox.run(program, [Call(expression=call) for call in calls], Limits()))

    async def _judge(self, asker: Asker, exam: Exam, outcomes: Sequence[list[Outcome]]) -> tuple[bool, bool | None]:
        """Ask about the first hidden test on which one body is right and another gives something else."""
        if not asker.supports("judge"):
            return False, None
        for number, (call, value) in enumerate(exam.tests):
            shown = {found[number].value: found[number].shown for found in outcomes if found}
            others = [text for text in shown if text not in (value, None)]
            if value not in shown or not others:
                continue
            # The right one comes second and first in turn, by the function's name; the judge asks both orders anyway.
            pair = [value, others[0]] if len(exam.name) % 2 else [others[0], value]
            options = (shown[pair[0]], shown[pair[1]])
            question = Question(function=exam.task.qualname, call=call, options=options, candidates=(0, 1))
            choice = (await ModelJudge(asker).prefer(question)).choice
            return True, None if choice is None else pair[choice] == value
        return False, None

    async def _repairs(self, asker: Asker, exam: Exam, body: str | None, outcomes: list[Outcome]) -> dict[str, bool]:
        if body is None or not asker.supports("repair"):
            return {}
        failing = next(n for n, (_, value) in enumerate(exam.tests) if outcomes[n].value != value)
        call, _ = exam.tests[failing]
        failure = f"{call} {_did(outcomes[failing])}, expected {source(exam.value(call))}"
        (fresh,) = await self._bodies(asker, temperature=self.settings.temperature, seeds=[_FRESH_SEED])
        bodies: dict[str, str | None] = {"fresh sample": fresh}
        for number, (name, sentence) in enumerate([("", ""), *prompts.facts(asker.profile).perspectives.items()]):
            fields = {"body": textwrap.indent(body, "    "), "failure": failure, "perspective": sentence}
            answer = await asker.ask(Stage.REPAIR, "repair", temperature=0.3, seed=_REPAIR_SEED + number, fields=fields)
            bodies[name] = extract_body(answer.text, asker.task, truncated=answer.finish is FinishReason.LENGTH).body
        rest = [number for number in range(len(exam.tests)) if number != failing]
        repaired = {}
        for name, each in bodies.items():
            found = await self._run(exam, each)
            repaired[name] = bool(found) and all(found[n].value == exam.tests[n][1] for n in rest)
        return repaired


def _did(outcome: Outcome) -> str:
    return f"raises {outcome.exception.type_name}" if outcome.exception is not None else f"gives {outcome.shown}"


def counted(results: Iterable[Result]) -> Counts:
    """Add up results."""
    counts = Counts()
    for result in results:
        counts.functions += 1
        counts.greedy += result.greedy
        for k in KS:
            if k <= result.samples:
                counts.pass_at[k] += pass_at(k, samples=result.samples, right=result.right)
        counts.tests += result.tests
        counts.tests_right += result.tests_right
        counts.judged += result.asked_judge
        counts.judged_right += result.judged is True
        counts.judged_wrong += result.judged is False
        if result.repaired:
            counts.failed += 1
            for name, success in result.repaired.items():
                counts.repaired[name] += success
    return counts


def pass_at(k: int, *, samples: int, right: int) -> float:
    """Return the unbiased estimate of the chance that one of `k` samples is right (arXiv 2107.03374)."""
    return 1.0 - comb(samples - right, k) / comb(samples, k)


def table(results: Sequence[Result]) -> dict[str, Any]:
    """Return the counts of all functions, by tier, and with and without examples."""
    groups: dict[str, list[Result]] = {"all": list(results)}
    for tier in (1, 2, 3):
        groups[f"tier {tier}"] = [result for result in results if result.exam.tier == tier]
    for shown in (True, False):
        name = "with examples" if shown else "without examples"
        groups[name] = [result for result in results if result.exam.has_examples == shown]
    return {name: counted(group).report() for name, group in groups.items() if group}


async def measure(model: str, exams: Sequence[Exam], *, samples: int = SAMPLES) -> tuple[str, list[Result]]:
    """Return the model's name and what it gave on each function."""
    engine = await connect(EngineSettings(model=model))
    sandbox = await open_sandbox(SandboxSettings())
    try:
        capabilities = await engine.capabilities()
        examiner = Examiner(engine, capabilities, sandbox, samples=samples)
        with Progress(console=Console(stderr=True)) as progress:
            shown = progress.track(exams, description="measuring")
            results = [await examiner.examine(exam) for exam in shown]
    finally:
        await sandbox.aclose()
        await engine.aclose()
    return capabilities.model, results


def _exams(options: argparse.Namespace) -> list[Exam]:
    if options.suite:
        exams = of_suite(options.suite)
        return exams if options.n >= len(exams) else random.Random(options.seed).sample(exams, options.n)
    parts = [part for part in world() if not options.part or part.name == options.part]
    return drawn(parts, n=options.n, seed=options.seed, held=not options.trained)


def main() -> None:
    """Parse the command line, measure, print one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m atlas_pocket.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", type=Path, help="GGUF file (default: the bundled model)")
    parser.add_argument("--suite", choices=NAMES, help="a frozen suite; each run on pocket-test goes into RESULTS.md")
    parser.add_argument("--n", type=int, default=200, help="functions: of the suite, else of the world")
    parser.add_argument("--seed", type=int, default=12345)
    parser.add_argument("--trained", action="store_true", help="compositions the model was trained on, for comparison")
    parser.add_argument("--part", help="only this part of the world, such as `classic`")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="bodies for pass@k; 0: none")
    parser.add_argument("--each", action="store_true", help="also what each function gave")
    options = parser.parse_args()
    exams = _exams(options)
    model = str(options.model.absolute()) if options.model else ""
    name, results = asyncio.run(measure(model, exams, samples=options.samples))
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "model": name,
        "functions": options.suite or f"{'trained on' if options.trained else 'held out'}, seed {options.seed}",
        "results": table(results),
    }
    if options.each:
        report["each"] = [
            {
                "name": result.exam.name,
                "greedy": result.greedy,
                "right": result.right,
                "tests_right": result.tests_right,
            }
            for result in results
        ]
    print(json.dumps(report))


if __name__ == "__main__":
    main()
