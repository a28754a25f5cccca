"""Both sets of layers, opened once for all tests, so that every test also shows that the ones before left no trace."""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Outcome, Program, open_sandbox
from atlas_pipeline.settings import SandboxSettings

_REPOSITORY = Path(__file__).parents[2]
_LIMITS = Limits(cpu_s=0.3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the coroutines of this folder in one event loop: an open sandbox belongs to its loop."""
    for item in items:
        is_ours = Path(__file__).parent in item.path.parents
        if is_ours and isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many attacks were tried and contained, with which layers."""
    tried: dict[str, list[bool]] = {}
    for result in ("passed", "failed"):
        for report in terminalreporter.stats.get(result, []):
            if "harms_nobody" in report.nodeid and report.when == "call":
                layers = (
                    "processes"
                    if "with_processes" in report.nodeid
                    else report.nodeid.partition("[")[2].partition("-")[0]
                )
                tried.setdefault(layers, []).append(report.passed)
    for layers, contained in sorted(tried.items()):
        terminalreporter.write_line(f"attacks contained ({layers}): {sum(contained)} of {len(contained)}")


@pytest.fixture(scope="session")
def bubblewrap() -> str:
    found = os.environ.get("ATLAS_TEST_BWRAP") or str(_REPOSITORY / ".cache/bwrap/usr/bin/bwrap")
    path = found if Path(found).exists() else shutil.which("bwrap")
    if path is None:
        pytest.fail("no bubblewrap: run `make` once, install it, or set ATLAS_TEST_BWRAP")
    return path


@pytest.fixture(scope="session", params=["bubblewrap", "landlock"])
def layer_set(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox(layer_set: str, bubblewrap: str) -> AsyncIterator[IsolatedSandbox]:
    async with await open_sandbox(SandboxSettings(), layers=layer_set, bubblewrap=bubblewrap) as opened:
        yield opened


@pytest.fixture(scope="session")
def evaluate(sandbox: IsolatedSandbox) -> Callable[..., Awaitable[list[Outcome]]]:
    """Return `evaluate(source, *expressions, **limits)`, which gives the outcomes."""

    async def run(source: str, *expressions: str, limits: Limits = _LIMITS) -> list[Outcome]:
        calls = [Call(expression=expression) for expression in expressions]
        return await sandbox.run(Program(source=source), calls, limits)

    return run


@pytest.fixture(scope="session")
def descendants() -> Callable[[int], set[int]]:
    """Return a function from a process id to the ids of all living processes below it."""
    return _descendants


def _descendants(pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields and fields[0] != "Z":
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    grown = {pid}
    while grown:
        grown = {child for child, parent in parents.items() if parent in grown} - found
        found |= grown
    return found
