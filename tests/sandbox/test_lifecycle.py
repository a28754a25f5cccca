"""Processes: bounded in number, ended when cancelled, replaced when lost, and none left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from atlas_pipeline.errors import SandboxError
from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, OutcomeKind, Program, open_sandbox
from atlas_pipeline.settings import SandboxSettings

Descendants = Callable[[int], set[int]]

_SLEEP = Program(source="import time\ndef f(): time.sleep(1000)\ndef g(): return 1\n")
_LONG = Limits(cpu_s=30)


@pytest_asyncio.fixture(loop_scope="session")
async def own(layer_set: str, bubblewrap: str) -> AsyncIterator[IsolatedSandbox]:
    """A sandbox for one test, with room for three programs."""
    async with await open_sandbox(SandboxSettings(), layers=layer_set, bubblewrap=bubblewrap, slots=3) as opened:
        await opened.settle()
        yield opened


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for what happens soon; a test that waits in vain is ended by its time limit."""
    while not condition():
        await asyncio.sleep(0.01)


def _start(sandbox: IsolatedSandbox, expression: str) -> asyncio.Task[list[object]]:
    return asyncio.create_task(sandbox.run(_SLEEP, [Call(expression=expression)], _LONG))  # type: ignore[arg-type]


async def test_at_most_as_many_processes_as_slots(own: IsolatedSandbox, descendants: Descendants) -> None:
    idle = len(descendants(os.getpid()))
    runs = [_start(own, "f()") for _ in range(5)]
    await _until(lambda: len(descendants(os.getpid())) == idle + 3)
    for _ in range(20):
        await asyncio.sleep(0.01)
        assert len(descendants(os.getpid())) == idle + 3
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
    await own.settle()
    assert len(descendants(os.getpid())) == idle


async def test_a_cancelled_run_frees_its_slot(own: IsolatedSandbox, descendants: Descendants) -> None:
    idle = len(descendants(os.getpid()))
    for _ in range(5):
        runs = [_start(own, "f()") for _ in range(3)]
        await _until(lambda: len(descendants(os.getpid())) == idle + 3)
        for run in runs:
            run.cancel()
        assert all(
            isinstance(result, asyncio.CancelledError) for result in await asyncio.gather(*runs, return_exceptions=True)
        )
        await own.settle()
        assert len(descendants(os.getpid())) == idle
    (outcome,) = await own.run(_SLEEP, [Call(expression="g()")], _LONG)
    assert outcome.value == "1"


async def test_runs_cancelled_at_any_moment_leave_nothing(own: IsolatedSandbox, descendants: Descendants) -> None:
    idle = len(descendants(os.getpid()))
    for step in range(40):
        run = _start(own, "g()")
        for _ in range(step):
            await asyncio.sleep(0)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    await own.settle()
    assert len(descendants(os.getpid())) == idle
    results = await asyncio.gather(*(own.run(_SLEEP, [Call(expression="g()")], _LONG) for _ in range(10)))
    assert [outcome.value for (outcome,) in results] == ["1"] * 10


async def test_a_lost_jail_is_replaced_and_its_runs_are_made_again(
    own: IsolatedSandbox, descendants: Descendants, tmp_path: Path
) -> None:
    before = descendants(os.getpid())
    source = "import time\ndef f():\n    while time.process_time() < 0.5: pass\n    return 7\n"
    runs = [asyncio.create_task(own.run(Program(source=source), [Call(expression="f()")], _LONG)) for _ in range(3)]
    await _until(lambda: len(descendants(os.getpid())) == len(before) + 3)
    os.kill(own.pid, signal.SIGKILL)
    assert [outcome.value for (outcome,) in await asyncio.gather(*runs)] == ["7"] * 3
    await _until(lambda: len(descendants(os.getpid())) == len(before))
    assert own.layers
    (outcome,) = await own.run(_SLEEP, [Call(expression="g()")], _LONG)
    assert outcome.value == "1"


async def test_a_jail_killed_while_idle_is_replaced(own: IsolatedSandbox, descendants: Descendants) -> None:
    """Each of its processes in turn: bubblewrap, the forkserver, and the process that waits for the next program."""
    for number in range(1 + len(descendants(own.pid))):
        await own.settle()
        victim = sorted({own.pid} | descendants(own.pid))[number]
        os.kill(victim, signal.SIGKILL)
        await _until(lambda pid=victim: not _is_alive(pid))  # type: ignore[misc]
        (outcome,) = await own.run(_SLEEP, [Call(expression="g()")], _LONG)
        assert outcome.value == "1"


async def test_a_jail_lost_twice_is_an_error(own: IsolatedSandbox, descendants: Descendants) -> None:
    idle = len(descendants(os.getpid()))
    run = _start(own, "f()")
    for _ in range(2):
        pid = own.pid
        await _until(lambda: len(descendants(os.getpid())) == idle + 1)
        os.kill(pid, signal.SIGKILL)
        await _until(lambda pid=pid: run.done() or own.pid != pid)  # type: ignore[misc]
    with pytest.raises(SandboxError):
        await run


async def test_closing_leaves_no_process_and_no_descriptor(
    layer_set: str, bubblewrap: str, descendants: Descendants
) -> None:
    processes, descriptors = descendants(os.getpid()), _open_descriptors()
    opened = await open_sandbox(SandboxSettings(), layers=layer_set, bubblewrap=bubblewrap, slots=3)
    runs = [_start(opened, "f()") for _ in range(5)]
    await _until(lambda: len(descendants(os.getpid()) - processes) >= 4)
    await opened.aclose()
    results = await asyncio.gather(*runs, return_exceptions=True)
    assert all(isinstance(result, SandboxError) for result in results), results
    assert descendants(os.getpid()) == processes
    assert _open_descriptors() == descriptors
    await opened.aclose()
    with pytest.raises(SandboxError, match="closed"):
        await opened.run(_SLEEP, [Call(expression="g()")], _LONG)


@pytest.mark.parametrize("held", [100, 130, 260, 600])
async def test_a_program_inherits_nothing_of_a_process_with_many_descriptors(
    layer_set: str, bubblewrap: str, held: int
) -> None:
    """The forkserver's control socket has the number that it was given here, which may be beyond any limit there."""
    source = """
import os
def seen():
    found = []
    for descriptor in range(2000):
        try:
            os.fstat(descriptor)
            found.append(descriptor)
        except OSError:
            pass
    return found
"""
    descriptors = [os.open("/dev/null", os.O_RDONLY) for _ in range(held)]
    try:
        async with await open_sandbox(SandboxSettings(), layers=layer_set, bubblewrap=bubblewrap) as opened:
            (outcome,) = await opened.run(Program(source=source), [Call(expression="seen()")], Limits())
            script = Program(source="function f() { return 3; }", language="javascript")
            if layer_set == "bubblewrap":
                (answer,) = await opened.run(script, [Call(expression="f()")], Limits(cpu_s=10))
                assert answer.value == "3", answer
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    assert outcome.value == "[0, 1, 2, 3, 4, 5, 6]", outcome


async def test_five_hundred_programs_in_a_row_leave_nothing(own: IsolatedSandbox, descendants: Descendants) -> None:
    async def run(number: int) -> None:
        calls = [Call(expression=f"f({number})"), Call(expression="os._exit(0)")] if number % 50 == 0 else []
        program = Program(source="import os\ndef f(n):\n    print(n)\n    return n + 1\n")
        outcomes = await own.run(program, calls or [Call(expression=f"f({number})")], Limits())
        assert outcomes[0].value == str(number + 1)

    await run(0)
    await own.settle()
    before, futures = (len(descendants(os.getpid())), _open_descriptors()), _futures()
    for number in range(0, 500, 5):
        await asyncio.gather(*(run(number + step) for step in range(5)))
    await own.settle()
    assert (len(descendants(os.getpid())), _open_descriptors()) == before
    assert _futures() < futures + 50


async def test_everything_dies_with_the_trusted_process(
    layer_set: str, bubblewrap: str, descendants: Descendants
) -> None:
    code = f"""
import asyncio
import gc
from atlas_pipeline.sandbox import Call, Limits, Program, open_sandbox
from atlas_pipeline.settings import SandboxSettings
async def main():
    sandbox = await open_sandbox(SandboxSettings(), layers={layer_set!r}, bubblewrap={bubblewrap!r}, slots=2)
    program = Program(source="import signal, time\\nsignal.signal(15, signal.SIG_IGN)\\ndef f(): time.sleep(1000)")
    runs = [sandbox.run(program, [Call(expression="f()")], Limits(cpu_s=100)) for _ in range(2)]
    print("running", flush=True)
    await asyncio.gather(*runs)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as trusted:
        assert trusted.stdout is not None
        assert trusted.stdout.readline() == b"running\n"
        await _until(lambda: len(descendants(trusted.pid)) >= 3)
        family = descendants(trusted.pid)
        for pid in family:
            os.kill(pid, signal.SIGSTOP)  # so that none of them can end by its own doing
        trusted.kill()
    await _until(lambda: not any(_is_alive(pid) for pid in family))


def _futures() -> int:
    gc.collect()
    return sum(type(thing) is asyncio.Future for thing in gc.get_objects())


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_many_runs_at_once_all_answer(own: IsolatedSandbox) -> None:
    calls = [Call(expression=f"n + {number}") for number in range(5)]
    results = await asyncio.gather(*(own.run(Program(source=f"n = {n}"), calls, Limits()) for n in range(30)))
    assert [[outcome.value for outcome in outcomes] for outcomes in results] == [
        [str(n + number) for number in range(5)] for n in range(30)
    ]
    assert all(outcome.kind is OutcomeKind.RETURNED for outcomes in results for outcome in outcomes)
