"""Each layer alone, with the others off: what one misses, another has to stop."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Program, open_sandbox
from atlas_pipeline.sandbox.bundle import bundle
from atlas_pipeline.sandbox.jailed import landlock
from atlas_pipeline.settings import SandboxSettings

_LANDLOCK = """
import ctypes, os, signal, socket, sys
from pathlib import Path
from atlas_pipeline.sandbox.jailed import kernel, landlock
kernel.forbid_new_privileges()
landlock.restrict_files([sys.argv[1]], ["/dev/null"])
ruleset = landlock.inner_ruleset()
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
landlock.restrict(ruleset)
def trace(pid):
    if ctypes.CDLL(None, use_errno=True).ptrace(16, pid, 0, 0) < 0:
        raise OSError
attempts = {
    "read": lambda: Path(sys.argv[2]).read_text(),
    "list": lambda: os.listdir(Path(sys.argv[2]).parent),
    "write": lambda: Path(sys.argv[1], "new").write_text("x"),
    "truncate": lambda: os.truncate(Path(sys.argv[1], "readable"), 0),
    "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3]))),
    "kill the forkserver": lambda: os.kill(os.getppid(), 0),
    "kill the trusted side": lambda: os.kill(int(sys.argv[4]), 0),
    "trace the forkserver": lambda: trace(os.getppid()),
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except OSError:
        pass
allowed = Path(sys.argv[1], "readable").read_text() + str(Path("/dev/null").write_text(""))
os.write(1, (allowed + " " + repr(done)).encode())
os._exit(0)
"""


def test_landlock_alone(tmp_path: Path) -> None:
    readable, hidden = tmp_path / "open", tmp_path / "closed"
    readable.mkdir()
    hidden.mkdir()
    (readable / "readable").write_text("fine")
    (hidden / "secret").write_text("secret")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as outsider,
    ):
        arguments = [readable, hidden / "secret", server.getsockname()[1], outsider.pid]
        command = [sys.executable, "-c", _LANDLOCK, *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        outsider.communicate(b"\n")
    # What an older kernel's Landlock does not know yet is left to seccomp.
    unknown = ["truncate"] * (landlock.abi() < 3) + ["connect"] * (landlock.abi() < 4)
    unknown += ["kill the forkserver", "kill the trusted side"] * (landlock.abi() < 6)
    assert result.stdout == f"fine0 {unknown!r}", result.stderr


async def test_landlock_holds_each_program_by_itself_without_seccomp(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_seccomp(config: dict[str, Any]) -> bytes:
        code, changed = re.subn(rb"confinement\.filter\.install\(\)", b"pass", bundle(config))
        assert changed == 1
        return code

    monkeypatch.setattr("atlas_pipeline.sandbox.jail.bundle", without_seccomp)
    source = """
import ctypes, os
def trace(pid): return ctypes.CDLL(None, use_errno=True).ptrace(16, pid, 0, 0)
def signal(pid):
    try: os.kill(pid, 0)
    except PermissionError: return "refused"
"""
    expressions = ["os.fork() or os._exit(0)", "trace(os.getppid())", "signal(os.getppid())"]
    async with await open_sandbox(SandboxSettings(), layers="landlock") as sandbox:
        calls = [Call(expression=expression) for expression in expressions]
        forked, *values = [outcome.value for outcome in await sandbox.run(Program(source=source), calls, Limits())]
    assert forked is not None
    assert values == ["-1", "'refused'" if landlock.abi() >= 6 else "None"]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("descriptors()", "[0, 1, 2, 3, 4, 5, 6]"),
        ("capabilities()", "[0, 0, 0]"),
        ("sorted(set(os.environ) & {'USER', 'SSH_AUTH_SOCK', 'PYTHONPATH', 'VIRTUAL_ENV', 'SHELL', 'LOGNAME'})", "[]"),
        ("os.environ['HOME']", "'/nonexistent'"),
        ("no_new_privileges()", "1"),
        ("dumpable()", "0"),
        ("resource.getrlimit(resource.RLIMIT_CORE)", "(0, 0)"),
        ("resource.getrlimit(resource.RLIMIT_FSIZE)", "(0, 0)"),
        ("os.getsid(0) != os.getpid() and not terminal()", "True"),
    ],
)
async def test_what_a_candidate_has(sandbox: IsolatedSandbox, expression: str, text: str) -> None:
    source = """
import ctypes, os, resource, struct
libc = ctypes.CDLL(None, use_errno=True)
def descriptors():
    found = []
    for number in range(1024):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
    return found
def capabilities():
    header = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
    data = ctypes.create_string_buffer(24)
    assert libc.capget(header, data) == 0
    low, high = struct.unpack("<3I", data[:12]), struct.unpack("<3I", data[12:24])
    return [a | b for a, b in zip(low, high)]
def no_new_privileges(): return libc.prctl(39, 0, 0, 0, 0)
def dumpable(): return libc.prctl(3, 0, 0, 0, 0)
def terminal():
    try:
        return os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return None
"""
    (outcome,) = await sandbox.run(Program(source=source), [Call(expression=expression)], Limits())
    assert outcome.value == text, outcome
