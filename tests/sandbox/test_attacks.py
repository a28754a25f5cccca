"""Every file in `attacks` is run against both sets of layers; it says itself how it has to end.

A file's docstring says what it tries and, after "Ends:", the outcomes that mean it failed: a kind, and where it matters
the exception's type or the value. After each attack the next program finds the sandbox as it was.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Outcome, OutcomeKind, Program, open_sandbox
from atlas_pipeline.sandbox.bundle import BOOTSTRAP
from atlas_pipeline.settings import SandboxSettings

_ATTACKS = sorted((Path(__file__).parent / "attacks").glob("*.py"))
_SCRIPTS = sorted((Path(__file__).parent / "attacks").glob("*.js"))
_LIMITS = Limits(cpu_s=0.5, memory_bytes=128 * 1024 * 1024, restarts=1)
_HEALTHY = """
import builtins, collections, json, math, os, sys
def check(n):
    assert "POISON" not in os.environ and builtins.len([1]) == 1 and json.loads(json.dumps([1])) == [1]
    assert sys.getrecursionlimit() == 1000 and math.pi > 3 and collections.Counter("a")
    return 2 * n
"""


class Outside:
    """What attacks aim at: servers, a secret and a folder of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "secret.txt"
        self.secret.write_text("secret")
        with contextlib.suppress(OSError):  # some file systems have no such attributes
            os.setxattr(self.secret, "user.note", b"secret")
        self.servers = [socket.socket(), socket.socket(type=socket.SOCK_DGRAM)]
        self.servers += [socket.socket(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
        self.servers.append(socket.socket(socket.AF_UNIX))
        self.abstract = f"atlas-attack-{os.getpid()}"
        addresses = [("127.0.0.1", 0), ("127.0.0.1", 0), str(folder / "s"), str(folder / "d"), "\0" + self.abstract]
        for server, address in zip(self.servers, addresses, strict=True):
            server.setblocking(False)
            server.bind(address)
            if server.type == socket.SOCK_STREAM:
                server.listen()

    def facts(self) -> dict[str, object]:
        return {
            "home": str(Path.home()),
            "folder": str(self.folder),
            "secret": str(self.secret),
            "parent": os.getpid(),
            "tcp_port": self.servers[0].getsockname()[1],
            "udp_port": self.servers[1].getsockname()[1],
            "unix_stream": self.servers[2].getsockname(),
            "unix_datagram": self.servers[3].getsockname(),
            "unix_abstract": self.abstract,
        }

    def assert_untouched(self) -> None:
        assert self.secret.read_text() == "secret"
        assert sorted(path.name for path in self.folder.iterdir()) == ["d", "s", "secret.txt"]
        for server in self.servers:
            with pytest.raises(BlockingIOError):
                server.accept() if server.type == socket.SOCK_STREAM else server.recv(1)

    def close(self) -> None:
        for server in self.servers:
            server.close()


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    things = Outside(tmp_path)
    yield things
    things.close()


def _said(source: str) -> str:
    if source.startswith("/*"):
        return source[2 : source.index("*/")].strip()
    return ast.get_docstring(ast.parse(source)) or ""


def _endings(source: str) -> list[str]:
    return _said(source).partition("Ends: ")[2].split(" or ")


def _is(ending: str, outcome: Outcome) -> bool:
    kind, _, detail = ending.strip().partition(" ")
    raised = outcome.exception.type_name if outcome.exception else None
    return outcome.kind is OutcomeKind[kind] and detail in ("", outcome.value, raised)


@pytest.mark.parametrize("attack", _ATTACKS, ids=lambda path: path.stem)
async def test_attack_fails_and_harms_nobody(attack: Path, sandbox: IsolatedSandbox, outside: Outside) -> None:
    source = attack.read_text()
    await sandbox.settle()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    (outcome,) = await sandbox.run(Program(source=source), [Call(expression=f"attack({outside.facts()!r})")], _LIMITS)
    assert any(_is(ending, outcome) for ending in _endings(source)), outcome
    outside.assert_untouched()
    await sandbox.settle()
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    (healthy,) = await sandbox.run(Program(source=_HEALTHY), [Call(expression="check(2)")], _LIMITS)
    assert healthy.value == "4", healthy


@pytest.mark.parametrize(
    "name",
    [
        "trace_parent",
        "kill_others",
        "write_files",
        "change_files",
        "connect_unix",
        "read_other_processes",
        "change_kernel_settings",
    ],
)
async def test_bubblewrap_holds_without_landlock(
    name: str, bubblewrap: str, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For kernels before 5.13. The interpreter in the jail is told that there is no such system call."""
    lie = """
def deny_landlock():
    import ctypes
    real = ctypes.CDLL(None, use_errno=True)
    class Library:
        prctl, capset = real.prctl, real.capset
        def syscall(number, *arguments):
            return -1 if getattr(number, "value", number) == 444 else real.syscall(number, *arguments)
    ctypes.CDLL = lambda *_, **__: Library
deny_landlock()
"""
    monkeypatch.setattr("atlas_pipeline.sandbox.jail.BOOTSTRAP", lie + BOOTSTRAP)
    source = (Path(__file__).parent / "attacks" / f"{name}.py").read_text()
    async with await open_sandbox(SandboxSettings(), layers="bubblewrap", bubblewrap=bubblewrap) as sandbox:
        assert sandbox.layers == ("bubblewrap", "seccomp", "rlimits", "no_new_privs")
        (outcome,) = await sandbox.run(
            Program(source=source), [Call(expression=f"attack({outside.facts()!r})")], _LIMITS
        )
    assert any(_is(ending, outcome) for ending in _endings(source)), outcome
    outside.assert_untouched()


async def test_attacks_leave_no_process(
    sandbox: IsolatedSandbox, outside: Outside, descendants: Callable[[int], set[int]]
) -> None:
    await sandbox.settle()
    before = len(descendants(os.getpid()))
    for name in ("fork_bomb", "thread_bomb", "raw_clone", "close_channel", "ignore_signals"):
        source = (Path(__file__).parent / "attacks" / f"{name}.py").read_text()
        await sandbox.run(Program(source=source), [Call(expression=f"attack({outside.facts()!r})")], _LIMITS)
    await sandbox.settle()
    assert len(descendants(os.getpid())) == before


async def test_an_attack_beside_it_changes_no_verdict(layer_set: str, bubblewrap: str, outside: Outside) -> None:
    calls = [Call(expression=f"attack({outside.facts()!r})"), Call(expression="1 + 1")]
    async with await open_sandbox(SandboxSettings(), layers=layer_set, bubblewrap=bubblewrap, slots=2) as sandbox:
        for name in (
            "poison_forkserver",
            "kill_others",
            "trace_parent",
            "memory_kept",
            "flood_channel",
            "flood_output",
        ):
            source = (Path(__file__).parent / "attacks" / f"{name}.py").read_text()
            attacking = asyncio.create_task(sandbox.run(Program(source=source), calls, _LIMITS))
            for _ in range(5):
                (innocent,) = await sandbox.run(Program(source=_HEALTHY), [Call(expression="check(2)")], _LIMITS)
                assert innocent.value == "4", name
            await attacking


@pytest.mark.parametrize("attack", _SCRIPTS, ids=lambda path: path.name)
async def test_attack_from_a_jail_with_processes_fails_and_harms_nobody(
    attack: Path, bubblewrap: str, outside: Outside, descendants: Callable[[int], set[int]]
) -> None:
    """Where processes may be started only bubblewrap will do, so there is one set of layers."""
    source = attack.read_text()
    async with await open_sandbox(SandboxSettings(), layers="bubblewrap", bubblewrap=bubblewrap) as sandbox:
        await sandbox.settle()
        before, descriptors = len(descendants(os.getpid())), len(list(Path("/proc/self/fd").iterdir()))
        calls = [Call(expression=f"attack({json.dumps(outside.facts())})")]
        limits = Limits(cpu_s=1, memory_bytes=256 * 1024 * 1024)
        (outcome,) = await sandbox.run(Program(source=source, language="javascript"), calls, limits)
        assert any(_is(ending, outcome) for ending in _endings(source)), outcome
        outside.assert_untouched()
        healthy = Program(source="function check(n) { return 2 * n; }", language="javascript")
        assert (await sandbox.run(healthy, [Call(expression="check(2)")], Limits()))[0].value == "4"
        assert (await sandbox.run(Program(source=_HEALTHY), [Call(expression="check(2)")], Limits()))[0].value == "4"
        await sandbox.settle()
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
        assert len(descendants(os.getpid())) == before


@pytest.mark.parametrize("attack", [*_ATTACKS, *_SCRIPTS], ids=lambda path: path.name)
def test_attack_says_what_it_tries(attack: Path) -> None:
    source = attack.read_text()
    assert _said(source).splitlines()[0].endswith(".")
    assert all(ending.split()[0] in OutcomeKind.__members__ for ending in _endings(source))
