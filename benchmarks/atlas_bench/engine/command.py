"""`python -m atlas_bench engine`: which sections are measured, with what, and in which order."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.engine import busy, cancel, first_token, memory, overhead, speculation, throughput
from atlas_bench.engine.llama_log import configuration
from atlas_bench.engine.ours import OurEngine, our_engine
from atlas_bench.engine.report import Configuration, Report, medians, ratios
from atlas_bench.engine.stream import BenchError
from atlas_bench.engine.table import table
from atlas_bench.engine.throughput import Prompt, random_prompts
from atlas_bench.random_model import RandomModelError, cached_model, model_folder, ordinary_tokens, qwen_vocabulary
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.engine.threads import default_threads
from atlas_pipeline.errors import AtlasError

SECTIONS = ("throughput", "first-token", "overhead", "cancel", "speculation", "memory", "busy")
MANY = 8
"""Sequences of the sections other than throughput."""

BUSY_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The command line, resolved."""

    model: Path
    model_text: str
    llama_server: Path | None
    threads: int
    rounds: int
    ks: tuple[int, ...]
    prompt_tokens: int
    long_prompt_tokens: int
    tokens: int
    only: tuple[str, ...]
    busy_threads: tuple[int, ...]
    is_concurrent: bool = True
    """Whether the throughput is also measured with k requests instead of one."""
    has_generate: bool = True
    """Whether `Llama.generate` is one of the sides of the throughput."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--model", type=Path, help="GGUF file; without it a random one of 0.53 B parameters is made")
    parser.add_argument("--vocabulary", type=Path, help="its vocabulary: a GGUF, or llama-cpp-python's source archive")
    parser.add_argument("--work", type=Path, help="folder where models are kept; without it the user's cache")
    parser.add_argument("--llama-server", type=Path, help="llama-server program, built from the same llama.cpp")
    parser.add_argument("--threads", type=int, default=0, help="of each side; 0: what the engine takes by itself")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--k", type=_numbers, default=(1, 8, 16), help="sequences, for example 1,8,16")
    parser.add_argument("--prompt-tokens", type=int, default=300)
    parser.add_argument("--long-prompt-tokens", type=int, default=1000, help="prompt of the first-token section")
    parser.add_argument("--tokens", type=int, default=128, help="of each sequence")
    parser.add_argument(
        "--busy-threads", type=_numbers, default=None, help="settings to try; without it 1 to all cores"
    )
    parser.add_argument("--one-request", action="store_true", help="throughput: leave k concurrent requests out")
    parser.add_argument("--without-generate", action="store_true", help="throughput: the two servers only")
    parser.add_argument("--only", type=_sections, default=SECTIONS, help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of a table")


def run(options: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    try:
        report = asyncio.run(measure(_plan(options), progress=_say))
    except (BenchError, RandomModelError, AtlasError) as error:
        print(f"engine bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(msgspec.to_builtins(report), indent=1) if options.json else table(report))
    return 0


async def measure(plan: Plan, *, progress: Callable[[str], None]) -> Report:
    """Run the sections of the plan.

    Raises:
        BenchError: a section cannot be measured.
        AtlasError: the engine does not start.
    """
    prompt = random_prompts(ordinary_tokens(plan.model))
    found: dict[str, Any] = {"rows": []}
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as name:
        folder = Path(name)
        async with our_engine(plan.model, threads=plan.threads) as engine:
            shared = configuration(engine.log.read_text(errors="replace"))
            found["configuration"] = shared
            progress(f"engine {engine.pid} is loaded: {shared}")
            found |= await _with_one_engine(plan, engine, folder, shared, prompt, progress)
        if "speculation" in plan.only:
            progress("speculation")
            async with our_engine(model_path(""), threads=plan.threads) as engine:
                found["speculation"] = await speculation.measure(engine, rounds=plan.rounds)
        if "busy" in plan.only:
            found["busy"] = await busy.measure(
                plan.model,
                folder,
                threads=plan.busy_threads,
                rounds=min(BUSY_ROUNDS, plan.rounds),
                k=MANY,
                prompt=prompt,
                prompt_tokens=plan.prompt_tokens,
                tokens=plan.tokens,
                configuration=shared,
                progress=progress,
            )
    of = medians(found["rows"])
    return Report(
        threads=plan.threads,
        model=plan.model_text,
        rounds=plan.rounds,
        ratio_vs_llama_generate=ratios(of, form="one request", rival="Llama.generate"),
        ratio_vs_llama_server=ratios(of, form="one request", rival="llama-server"),
        ratio_concurrent_vs_llama_generate=ratios(of, form="concurrent requests", rival="Llama.generate"),
        ratio_concurrent_vs_llama_server=ratios(of, form="concurrent requests", rival="llama-server"),
        medians=of,
        **found,
    )


async def _with_one_engine(
    plan: Plan,
    engine: OurEngine,
    folder: Path,
    shared: Configuration,
    prompt: Prompt,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Run the sections that ask the same engine."""
    found: dict[str, Any] = {}
    if "throughput" in plan.only:
        rivals = throughput.sides(
            engine,
            plan.model,
            folder,
            threads=plan.threads,
            slots=max(plan.ks),
            configuration=shared,
            has_generate=plan.has_generate,
            llama_server_program=plan.llama_server,
        )
        async with rivals as sides:
            found["rows"] = await throughput.measure(
                sides,
                ks=plan.ks,
                rounds=plan.rounds,
                prompt=prompt,
                prompt_tokens=plan.prompt_tokens,
                tokens=plan.tokens,
                is_concurrent=plan.is_concurrent,
                progress=progress,
            )
    if "first-token" in plan.only:
        progress("first token")
        found["first_token"] = await first_token.measure(
            engine, k=MANY, rounds=plan.rounds, prompt=prompt, prompt_tokens=plan.long_prompt_tokens
        )
    if "overhead" in plan.only:
        progress("overhead")
        found["overhead"] = await overhead.measure(
            engine, k=MANY, rounds=plan.rounds, prompt=prompt, prompt_tokens=plan.prompt_tokens, tokens=plan.tokens
        )
    if "cancel" in plan.only:
        progress("cancel")
        found["cancel"] = await cancel.measure(
            engine,
            k=MANY,
            rounds=plan.rounds,
            prompt=prompt,
            prompt_tokens=plan.prompt_tokens,
            long_prompt_tokens=await engine.context() // 2,
        )
    if "memory" in plan.only:
        progress("memory")
        found["memory"] = await memory.measure(
            engine, plan.model, k=MANY, prompt=prompt, prompt_tokens=plan.long_prompt_tokens, tokens=plan.tokens
        )
    return found


def _plan(options: argparse.Namespace) -> Plan:
    if options.model is None:
        folder = options.work or model_folder()
        vocabulary, source = qwen_vocabulary(folder, options.vocabulary)
        model = cached_model(folder, vocabulary)
        text = f"random Qwen3-shaped model, 0.53 B parameters, Q8_0, {source}"
    else:
        model = read_header(options.model).path
        text = str(model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Plan(
        model=model,
        model_text=text,
        llama_server=options.llama_server,
        threads=options.threads or default_threads(),
        rounds=options.rounds,
        ks=options.k,
        prompt_tokens=options.prompt_tokens,
        long_prompt_tokens=options.long_prompt_tokens,
        tokens=options.tokens,
        only=options.only,
        busy_threads=options.busy_threads or tuple(range(1, cores + 1)),
        is_concurrent=not options.one_request,
        has_generate=not options.without_generate,
    )


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split(","))
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"{text}: numbers from 1 on are needed")
    return numbers


def _sections(text: str) -> Sequence[str]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(SECTIONS)}")
    return names


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
