"""What running one candidate costs: ours, the limit, and what others do, interleaved in one run.

The programs are HumanEval's canonical solutions with their own tests. For each of them, in turn and in a rotating
order: our sandbox, with each set of layers that works here; a bare fork of a warm interpreter that only executes the
text, without isolation (the limit); a new `python -I -c`; and `check_correctness` of openai/human-eval where its folder
is given. A machine that is busy with something else slows all of them alike, so the ratios are what to look at.
"""

from __future__ import annotations

import gc
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, OutcomeKind, Program, open_sandbox, probe
from atlas_pipeline.sandbox.jail import PRELOAD
from atlas_pipeline.settings import SandboxSettings

SCHEMA = 1
TARGET_OF_FORK, TARGET_OF_HARNESS, TARGET_START_MS = 1.6, 0.35, 150
_DATA = Path(__file__).parents[2].parent / "shared" / "data" / "humaneval_codegen"
_LIMITS = Limits(cpu_s=10)
_STARTS = 5
_SOAK_STEP = 500

Runner = Callable[["Problem"], Awaitable[bool]]


class Problem:
    """One HumanEval task with its canonical solution."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self.solution = str(record["canonical_solution"])
        self.module = f"{record['prompt']}{self.solution}\n{record['test']}\n"
        self.check = f"check({record['entry_point']})"


def load_problems(folder: Path | None, human_eval: Path | None) -> list[Problem]:
    """Return the tasks of `folder`, of shared/data, or of the human-eval folder, whichever is there first.

    Raises:
        FileNotFoundError: none of them is there.
    """
    for place in (folder, _DATA):
        if place is not None and (place / "tasks.jsonl").exists():
            tasks = {task["task_id"]: task for task in _lines(place / "tasks.jsonl")}
            return [Problem({**tasks[row["task_id"]], **row}) for row in _lines(place / "hidden_tests.jsonl")]
    for place in (folder, human_eval):
        packed = place / "data" / "HumanEval.jsonl.gz" if place is not None else None
        if packed is not None and packed.exists():
            with gzip.open(packed, "rt", encoding="utf-8") as text:
                return [Problem(json.loads(line)) for line in text]
    raise FileNotFoundError(
        f"no HumanEval tasks in {folder or _DATA}: give --data a folder with tasks.jsonl and hidden_tests.jsonl,"
        " or --human-eval a checkout of openai/human-eval"
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def measure(
    *, human_eval: str | None = None, data: str | None = None, rounds: int = 3, soak: int = 0, bubblewrap: str | None
) -> dict[str, Any]:
    """Run everything and return the figures."""
    harness = Path(human_eval) if human_eval else None
    problems = load_problems(Path(data) if data else None, harness)
    sets = [report.name for report in await probe(SandboxSettings(), bubblewrap=bubblewrap) if report.works]
    starts = {name: await _start_up(name, bubblewrap) for name in sets}
    sandboxes = {
        name: await open_sandbox(SandboxSettings(), layers=name, bubblewrap=bubblewrap)  # type: ignore[arg-type]
        for name in sets
    }
    try:
        ways: dict[str, Runner] = {f"ours, {name}": _ours(box) for name, box in sandboxes.items()}
        ways |= {"bare fork": _bare_fork, "python -I -c": _new_interpreter}
        if harness is not None:
            ways["human-eval"] = _check_correctness(harness, problems[0])
        _warm()
        times = await _interleave(ways, problems, rounds)
        rows = [_row(name, of_way, times) for name, of_way in times.items()]
        soaks = {name: await _soak(box, problems, soak) for name, box in sandboxes.items()} if soak else {}
    finally:
        for box in sandboxes.values():
            await box.aclose()
    return {
        "schema": SCHEMA,
        "programs": len(problems),
        "rounds": rounds,
        "layers": {name: list(box.layers) for name, box in sandboxes.items()},
        "start_up_ms": starts,
        "ways": rows,
        "targets": {
            "of_bare_fork": TARGET_OF_FORK,
            "of_human_eval": TARGET_OF_HARNESS,
            "start_up_ms": TARGET_START_MS,
        },
        "soak": soaks,
    }


def _ours(sandbox: IsolatedSandbox) -> Runner:
    async def run(problem: Problem) -> bool:
        call = Call(expression=problem.check)
        (outcome,) = await sandbox.run(Program(source=problem.module), [call], _LIMITS)
        return outcome.kind is OutcomeKind.RETURNED

    return run


async def _bare_fork(problem: Problem) -> bool:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            exec(problem.module + problem.check, {"__name__": "candidate"})  # noqa: S102 - the limit: no isolation
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0  # noqa: ASYNC222 - it is timed


async def _new_interpreter(problem: Problem) -> bool:
    command = [sys.executable, "-I", "-c", problem.module + problem.check]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: ASYNC221 - it is timed


def _check_correctness(folder: Path, problem: Problem) -> Runner:
    """Return the reference harness.

    Raises:
        RuntimeError: it does not run programs: as published, the line that does is commented out.
    """
    sys.path.insert(0, str(folder))
    try:
        from human_eval.execution import check_correctness  # type: ignore[import-not-found]
    except (ImportError, SyntaxError) as error:
        raise RuntimeError(f"{folder} has no human_eval.execution that works: {error}") from error
    finally:
        sys.path.remove(str(folder))
    if check_correctness(problem.record, "    raise ValueError\n", 3.0)["passed"]:
        raise RuntimeError(f"{folder} does not execute programs: take the comment sign from `exec` in execution.py")

    async def run(problem: Problem) -> bool:
        return bool(check_correctness(problem.record, problem.solution, 3.0)["passed"])

    return run


def _warm() -> None:
    """Give this process, which the bare fork copies, what the jail's interpreter has, and freeze it likewise."""
    for name in PRELOAD:
        __import__(name)
    gc.collect()
    gc.freeze()


async def _interleave(ways: dict[str, Runner], problems: list[Problem], rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each way for each program and round, in the same order for every way."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for name in names:  # warm files and memory
        if not await ways[name](problems[0]):
            raise RuntimeError(f"{name}: the canonical solution does not pass its own tests")
    for number in range(rounds):
        for index, problem in enumerate(problems):
            turn = (number + index) % len(names)
            for name in names[turn:] + names[:turn]:
                start = time.perf_counter()
                passed = await ways[name](problem)
                times[name].append(1000 * (time.perf_counter() - start))
                if not passed:
                    raise RuntimeError(f"{name}: {problem.record['task_id']} does not pass its own tests")
    return times


def _row(name: str, own: list[float], times: dict[str, list[float]]) -> dict[str, Any]:
    row = {
        "way": name,
        "runs": len(own),
        "median_ms": round(statistics.median(own), 2),
        "p95_ms": round(statistics.quantiles(own, n=20)[-1], 2),
    }
    for other in ("bare fork", "human-eval"):
        if other in times and name.startswith("ours"):
            row[f"of_{other.replace(' ', '_').replace('-', '_')}"] = round(
                statistics.median(own) / statistics.median(times[other]), 3
            )
    return row


async def _start_up(layers: str, bubblewrap: str | None) -> dict[str, float]:
    """Return the median milliseconds to a warm jail: with the question to the interpreter, and the jail alone."""
    whole = []
    for _ in range(_STARTS):
        start = time.perf_counter()
        sandbox = await open_sandbox(SandboxSettings(), layers=layers, bubblewrap=bubblewrap)  # type: ignore[arg-type]
        whole.append(1000 * (time.perf_counter() - start))
        await sandbox.aclose()
    return {"median": round(statistics.median(whole), 1), "slowest": round(max(whole), 1)}


async def _soak(sandbox: IsolatedSandbox, problems: list[Problem], runs: int) -> dict[str, Any]:
    """Run `runs` programs in a row, every hundredth of which crashes; return what they left, step by step."""
    run = _ours(sandbox)
    crash = Program(source="import os\ndef f(): os._exit(1)\n")
    samples = []
    start = time.perf_counter()
    for number in range(runs):
        if number % 100 == 99:
            await sandbox.run(crash, [Call(expression="f()")], _LIMITS)
        elif not await run(problems[number % len(problems)]):
            raise RuntimeError("a canonical solution does not pass its own tests")
        if number % _SOAK_STEP == _SOAK_STEP - 1 or number == min(_SOAK_STEP, runs) // 5:
            await sandbox.settle()
            samples.append({"after": number + 1, **_footprint(sandbox.pid)})
    return {"seconds": round(time.perf_counter() - start, 1), "samples": samples}


def _footprint(jail: int) -> dict[str, int]:
    """Return memory (KiB), descriptors and processes, of this process and of the jail's together."""
    gc.collect()
    family = [os.getpid(), *_below(jail), jail]
    return {
        "memory_here_kib": _resident_kib(os.getpid()),
        "memory_jail_kib": sum(_resident_kib(pid) for pid in family[1:]),
        "descriptors_here": _entries(f"/proc/{os.getpid()}/fd"),
        "descriptors_jail": sum(_entries(f"/proc/{pid}/fd") for pid in family[1:]),
        "processes": len(family),
    }


def _below(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [found for child in children for found in (child, *_below(child))]


def _resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _entries(folder: str) -> int:
    try:
        return len(list(Path(folder).iterdir()))
    except PermissionError:
        return 0  # the jail hides its files from processes without privileges
