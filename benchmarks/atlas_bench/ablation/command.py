"""`python -m atlas_bench ablation`: what each stage is worth, blind, on a frozen suite, with a local model."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from atlas_bench.ablation import running
from atlas_bench.ablation.conditions import CONDITIONS, chosen
from atlas_bench.ablation.report import report
from atlas_bench.suites import SuiteTask, load
from atlas_pipeline.engine.client import connect
from atlas_pipeline.events import StageSkipped
from atlas_pipeline.lens_prior import open_lens
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import Settings, parse_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--suite", default="pocket-dev", help="name or file; tune on pocket-dev only (default: that)")
    parser.add_argument("--n", type=int, default=0, metavar="N", help="so many tasks, drawn evenly (default: all)")
    parser.add_argument("--seeds", type=int, default=3, help="how often each task is solved (default 3)")
    says = "; ".join(f"{name}: {condition.says}" for name, condition in CONDITIONS.items())
    parser.add_argument("--conditions", default="", metavar="A,R,…", help=f"which (default: all). {says}")
    parser.add_argument("--model", default="", metavar="GGUF", help="the model (default: the bundled one)")
    parser.add_argument("--lens", default="", metavar="FILE", help="weights for C, S and F (default: those in use)")
    parser.add_argument(
        "--samples", type=int, default=0, metavar="K", help="exactly K candidates (default: as solve does)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of `solve`, for all conditions, as JSON",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs/ablation"), help="where outcomes are kept, and taken up again"
    )
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")


def run(options: argparse.Namespace) -> int:
    """Run it and print the report; return the exit status."""
    try:
        found = asyncio.run(measure(options))
    except ValueError as error:
        print(f"atlas_bench ablation: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    return 0


def drawn(tasks: list[SuiteTask], count: int) -> list[SuiteTask]:
    """Return `count` tasks, from all tiers alike, with and without examples; the same ones for the same count."""
    if not count or count >= len(tasks):
        return tasks
    rng = random.Random(0)
    groups: dict[tuple[int, bool], list[SuiteTask]] = {}
    for task in tasks:
        groups.setdefault((task.tier, task.examples), []).append(task)
    for group in groups.values():
        rng.shuffle(group)
    order = sorted(groups)
    picked = [groups[order[i % len(order)]][i // len(order)] for i in range(len(order) * max(map(len, groups.values())))
              if i // len(order) < len(groups[order[i % len(order)]])]  # fmt: skip
    return sorted(picked[:count], key=lambda task: task.id)


def with_settings(changes: list[str]) -> Settings:
    """Return the defaults with changes of the settings of `solve`, each written `name=value`; a value is JSON, or text.

    Raises:
        ValueError: there is no such setting, or it takes no such value.
    """
    sent: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ValueError(f"--set {change}: expected NAME=VALUE")
        try:
            sent[name] = json.loads(value)
        except json.JSONDecodeError:
            sent[name] = value
    settings, problems = parse_settings({"solve": sent})
    if problems:
        raise ValueError("; ".join(problems))
    return settings


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Solve what is missing and return the report.

    Raises:
        ValueError: no such suite, condition or setting, or an outcome is there that was made with something else.
    """
    tasks = drawn(load(options.suite), options.n)
    name = Path(options.suite).stem
    settings = with_settings(options.set)
    settings = msgspec.structs.replace(
        settings,
        engine=msgspec.structs.replace(settings.engine, model=options.model),
        lens=msgspec.structs.replace(settings.lens, weights=options.lens),
    )
    if options.samples:
        exactly = msgspec.structs.replace(settings.solve.with_samples(options.samples), first_samples=options.samples)
        settings = msgspec.structs.replace(settings, solve=exactly)
    engine = await connect(settings.engine)
    try:
        facts = await engine.capabilities()
        lens = open_lens(settings.lens, facts)
        no_lens = lens.reason if isinstance(lens, StageSkipped) else ""
        conditions, left_out = chosen(options.conditions, thinks=facts.thinking, no_lens=no_lens)
        for reason in left_out:
            print(f"left out: {reason}", file=sys.stderr)
        folder = options.out / name / facts.model_hash[:16]
        folder = folder / f"k{options.samples}" if options.samples else folder
        folder = folder / quote(" ".join(sorted(options.set)), safe="= ") if options.set else folder
        console = Console(stderr=True)
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("solving", total=len(tasks) * len(conditions) * options.seeds)

            def advance(outcome: running.Outcome) -> None:
                progress.update(bar, advance=1, description=f"{outcome.task} {outcome.condition} {outcome.level}")

            async with await open_sandbox(settings.sandbox) as sandbox, running.open_scorer(options.suite) as scorer:
                made_with = await running.run(
                    tasks,
                    conditions,
                    seeds=options.seeds,
                    settings=settings,
                    engine=engine,
                    sandbox=sandbox,
                    scorer=scorer,
                    folder=folder,
                    on_outcome=advance,
                )
    finally:
        await engine.aclose()
    outcomes = running.outcomes(folder, made_with, options.seeds, tasks)
    return {
        "suite": name,
        "model": facts.model,
        "seeds": options.seeds,
        "tasks": len(tasks),
        "set": options.set,
        "left_out": left_out,
        **report(outcomes),
    }


_COLUMNS = ("", "blind", "95 %", "random", "oracle", "way", "VERIFIED", "right", "covers", "tokens", "s", "on unsolved")


def show(found: dict[str, Any]) -> None:
    """Print the report for people; `covers`: share of the right answers that are VERIFIED."""
    console = Console()
    console.print(f"{found['suite']}: {found['tasks']} tasks, {found['seeds']} seeds, {found['model']}")
    table = Table(*_COLUMNS, box=None)
    for name, row in found["conditions"].items():
        table.add_row(
            *_accuracies(name, row), *_verified(row), f"{row['tokens']:.0f}", f"{row['seconds']:.2f}",
            percent(row["time_on_unsolved"]),
        )  # fmt: skip
    console.print(table)
    for group, rows in found["groups"].items():
        part = Table(*_COLUMNS[:9], title=group, title_justify="left", box=None)
        for name, row in rows.items():
            part.add_row(*_accuracies(name, row), *_verified(row))
        console.print(part)
    differences = Table("difference", "blind", "95 %", "utility", "95 %", "tokens", box=None)
    for name, row in found["differences"].items():
        blind, utility = (
            (f"{row[what]:+.1%}", f"{row[ci][0]:+.1%} to {row[ci][1]:+.1%}")
            for what, ci in (("blind", "ci"), ("utility", "utility_ci"))
        )
        differences.add_row(name, *blind, *utility, f"{row['tokens']:+.0f}")
    console.print(differences)


def _accuracies(name: str, row: dict[str, Any]) -> tuple[str, ...]:
    spread = f"{row['ci'][0]:.1%} to {row['ci'][1]:.1%}"
    return name, percent(row["blind"]), spread, percent(row["random"]), percent(row["oracle"]), percent(row["way"])


def _verified(row: dict[str, Any]) -> tuple[str, ...]:
    verified = row["levels"]["VERIFIED"]
    return tuple(percent(verified[what]) for what in ("share", "right", "of_right"))


def percent(value: float | None) -> str:
    """Return a share for people."""
    return f"{value:.1%}" if value is not None else "-"
