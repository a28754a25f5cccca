"""The project's own tests, with a candidate in place: what they say, what they see, and what they cannot do."""

from __future__ import annotations

import os
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from atlas_pipeline.errors import SandboxUnavailableError, UsageError
from atlas_pipeline.sandbox import IsolatedSandbox, Limits, OutcomeKind, open_sandbox
from atlas_pipeline.sandbox.project_tests import ProjectTestReport
from atlas_pipeline.settings import SandboxSettings

_LIMITS = Limits(cpu_s=20, memory_bytes=512 * 1024 * 1024)
_TESTS = """
import os, pathlib, subprocess, sys
import pytest
from shop.cart import total

def test_right(): assert total([1, 2]) == 3
def test_wrong(): assert total([]) == 1
def test_raises():
    with pytest.raises(TypeError):
        total(None)
@pytest.mark.skip(reason="later")
def test_skipped(): pass
def test_tmp(tmp_path):
    (tmp_path / "x").write_text("x")
    assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout == "1\\n"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "shop" / "__init__.py").write_text("")
    (root / "shop" / "cart.py").write_text("def total(prices):\n    raise NotImplementedError\n")
    (root / "conftest.py").write_text("import sys, pathlib\nsys.path.insert(0, str(pathlib.Path(__file__).parent))\n")
    (root / "tests" / "test_cart.py").write_text(_TESTS)
    (root / "secret.txt").write_text("secret")
    return root


async def _run(
    project: Path,
    bubblewrap: str,
    *tests: str,
    limits: Limits = _LIMITS,
    readable: tuple[str, ...] = ("shop", "tests", "conftest.py"),
) -> ProjectTestReport:
    settings = SandboxSettings(readable=readable)
    candidate = {"shop/cart.py": "def total(prices):\n    return sum(prices)\n"}
    async with await open_sandbox(settings, workspace=project, layers="bubblewrap", bubblewrap=bubblewrap) as sandbox:
        return await sandbox.run_project_tests(tests, changed=candidate, limits=limits)


async def test_the_candidate_is_tested_and_the_project_is_not_touched(project: Path, bubblewrap: str) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    report = await _run(project, bubblewrap, "tests")
    assert report.self_reported is True
    found = {test.node_id.rpartition("::")[2]: test.status for test in report.tests}
    assert found == {
        "test_right": "passed",
        "test_wrong": "failed",
        "test_raises": "passed",
        "test_skipped": "skipped",
        "test_tmp": "passed",
    }, report.outcome
    assert report.outcome.kind is OutcomeKind.RAISED
    assert report.outcome.exception is not None
    assert report.outcome.exception.message == "1 of 5 tests failed"
    assert "assert 0 == 1" in next(test.message for test in report.tests if test.status == "failed")
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


async def test_single_tests_that_pass_are_a_pass(project: Path, bubblewrap: str) -> None:
    report = await _run(project, bubblewrap, "tests/test_cart.py::test_right", "tests/test_cart.py::test_raises")
    assert [test.status for test in report.tests] == ["passed"] * 2
    assert (report.outcome.kind, report.outcome.exit_status) == (OutcomeKind.RETURNED, 0)


async def test_what_the_tests_cannot_do(project: Path, bubblewrap: str) -> None:
    attack = f"""
import os, pathlib, socket
root = pathlib.Path({str(project)!r})
def fails(action):
    try:
        action()
    except OSError:
        return True
    return False
def test_attack():
    assert not (root / "secret.txt").exists()
    assert fails(lambda: (root / "new").write_text("x"))
    assert fails(lambda: (root / "tests" / "test_cart.py").write_text("x"))
    assert fails(lambda: os.listdir({str(Path.home())!r}) and open({str(Path.home() / ".bashrc")!r}).read())
    assert fails(lambda: socket.socket())
    assert fails(lambda: open("/etc/shadow").read())
    assert "PATH" in os.environ and "USER" not in os.environ
    size = os.statvfs("/tmp").f_frsize * os.statvfs("/tmp").f_blocks
    assert size <= 64 * 2**20
    assert all(not pid.isdigit() or int(pid) < 50 for pid in os.listdir("/proc"))
"""
    (project / "tests" / "test_attack.py").write_text(attack)
    report = await _run(project, bubblewrap, "tests/test_attack.py")
    assert [test.status for test in report.tests] == ["passed"], report.tests[0].message


_TOOLS = """
import subprocess
TOOLS = [
    "unshare -U true", "unshare -n true", "mount -t tmpfs none /tmp", "mount -o remount,rw /", "umount /proc",
    "nsenter -t 1 -m true", "su -c true", "sudo -n true", "chroot / true", "cat /proc/{parent}/maps",
    "dd if=/dev/mem of=/dev/null count=1", "mknod /tmp/disk b 8 0", "hostname attack", "kill -9 {parent}",
    "echo x > /proc/sys/kernel/hostname", "echo core >> /proc/sys/kernel/core_pattern",
    "find /proc/sys /proc/irq /proc/fs -writable -type f | grep -q .", "cat {secret}", "touch {folder}/new",
    "ip link set lo up", "ls {home}/.bashrc {home}/.profile", "cat /proc/1/environ | grep -q HOSTNAME",
]
def test_tools():
    done = []
    for tool in TOOLS:
        if subprocess.run(["/bin/sh", "-c", tool], capture_output=True, timeout=5).returncode == 0:
            done.append(tool)
    assert done == []
def test_daemon():
    subprocess.Popen(["/bin/sh", "-c", "trap '' 1 2 3 15; while :; do sleep 1; done"], start_new_session=True)
"""


async def test_the_systems_own_tools_are_of_no_use_and_nothing_outlives_the_run(
    project: Path, bubblewrap: str, descendants: Callable[[int], set[int]]
) -> None:
    text = _TOOLS
    for name, value in (
        ("parent", os.getpid()),
        ("secret", project / "secret.txt"),
        ("folder", project),
        ("home", Path.home()),
    ):
        text = text.replace("{" + name + "}", str(value))
    (project / "tests" / "test_tools.py").write_text(text)
    before = descendants(os.getpid())
    report = await _run(project, bubblewrap, "tests/test_tools.py")
    assert [test.status for test in report.tests] == ["passed"] * 2, report.tests
    assert descendants(os.getpid()) == before
    assert (project / "secret.txt").read_text() == "secret"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("while True: pass", OutcomeKind.TIMEOUT, "CPU time"),
        ("import time; time.sleep(1000)", OutcomeKind.TIMEOUT, "more than 30 s"),
        ("x = [bytearray(10**7) for _ in range(1000)]", OutcomeKind.MEMORY, "MiB of memory in all processes"),
        (
            "import subprocess, sys\n    for _ in range(500): subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)",
            OutcomeKind.CRASHED,
            "processes",
        ),
    ],
)
async def test_limits_are_on_all_processes_together(
    project: Path, bubblewrap: str, body: str, kind: OutcomeKind, reason: str
) -> None:
    (project / "tests" / "test_bad.py").write_text(f"def test_bad():\n    {body}\n")
    limits = Limits(cpu_s=3, memory_bytes=1024 * 2**20 if kind is OutcomeKind.CRASHED else 256 * 2**20)
    report = await _run(project, bubblewrap, "tests/test_bad.py", limits=limits)
    assert report.outcome.kind is kind, report.outcome
    assert report.outcome.exception is not None
    assert reason in report.outcome.exception.message


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("while True: os.symlink('x', f'/tmp/{next(numbers)}')", OutcomeKind.CRASHED, "files in /tmp"),
        ("_fork(60); [os.pipe() for _ in range(100)]; time.sleep(1000)", OutcomeKind.CRASHED, "open files"),
        ("_grow_in_a_thread(); ctypes.CDLL(None).syscall(_EXIT, 0)", OutcomeKind.MEMORY, "MiB of memory"),
    ],
)
async def test_limits_are_on_what_the_memory_of_a_process_does_not_show(
    project: Path, bubblewrap: str, body: str, kind: OutcomeKind, reason: str
) -> None:
    """Empty files, descriptors, and what a process has whose first thread has ended."""
    source = f"""
import ctypes, itertools, os, platform, threading, time
numbers = itertools.count()
_EXIT = {{"x86_64": 60, "aarch64": 93}}[platform.machine()]
def _fork(count):
    for _ in range(count):
        if os.fork() == 0:
            return
def _grow():
    time.sleep(0.2)
    kept = [bytearray(b"x") * 10**7 for _ in range(120)]
    time.sleep(1000)
def _grow_in_a_thread():
    threading.Thread(target=_grow, daemon=True).start()
def test_bad():
    {body}
"""
    (project / "tests" / "test_bad.py").write_text(source)
    limits = Limits(cpu_s=20, memory_bytes=2**33 if "fork" in body else 512 * 2**20)
    report = await _run(project, bubblewrap, "tests/test_bad.py", limits=limits)
    assert report.outcome.kind is kind, report.outcome
    assert report.outcome.exception is not None
    assert reason in report.outcome.exception.message


async def test_devices_cannot_be_changed(project: Path, bubblewrap: str) -> None:
    """They are those of the machine, and root owns them."""
    source = """
import os, stat
import pytest
def test_devices():
    for device in ("/dev/null", "/dev/zero", "/dev/urandom"):
        with pytest.raises(OSError):
            os.chmod(device, os.stat(device).st_mode & 0o7777)
        with pytest.raises(OSError):
            os.utime(device, (0, 0))
    with open("/dev/null", "w") as null:
        null.write("x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
"""
    (project / "tests" / "test_devices.py").write_text(source)
    report = await _run(project, bubblewrap, "tests/test_devices.py")
    assert [test.status for test in report.tests] == ["passed"], report


async def test_shared_memory_is_there(project: Path, bubblewrap: str) -> None:
    source = """
import multiprocessing
def double(n): return 2 * n
def test_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(double, [1, 2]) == [2, 4]
"""
    (project / "tests" / "test_pool.py").write_text(source)
    report = await _run(project, bubblewrap, "tests/test_pool.py")
    assert [test.status for test in report.tests] == ["passed"], report


@pytest.mark.parametrize("line", ["os._exit(0)", "def test_it(): os._exit(0)"])
async def test_an_early_end_is_no_pass(project: Path, bubblewrap: str, line: str) -> None:
    (project / "tests" / "test_end.py").write_text(f"import os\ndef test_first(): pass\n{line}\n")
    report = await _run(project, bubblewrap, "tests/test_end.py")
    assert report.outcome.kind is OutcomeKind.CRASHED, report
    assert report.outcome.exception is not None
    assert "not all tests" in report.outcome.exception.message


async def test_what_is_no_file_is_left_out(project: Path, bubblewrap: str) -> None:
    os.mkfifo(project / "tests" / "pipe")
    report = await _run(project, bubblewrap, "tests/test_cart.py::test_right")
    assert [test.status for test in report.tests] == ["passed"], report
    os.mkfifo(project / "pipe")
    with pytest.raises(UsageError, match="cannot be copied: .*named pipe"):
        await _run(project, bubblewrap, readable=("shop", "pipe"))


async def test_an_environment_inside_the_workspace(project: Path, bubblewrap: str) -> None:
    """It is seen at its place though it is not copied; it has no pytest, which is said."""
    venv.create(project / ".venv", symlinks=True)
    settings = SandboxSettings(readable=(".",), python=".venv/bin/python")
    async with await open_sandbox(settings, workspace=project, layers="bubblewrap", bubblewrap=bubblewrap) as sandbox:
        with pytest.raises(SandboxUnavailableError, match=r"\.venv/bin/python has no pytest"):
            await sandbox.run_project_tests([], changed={}, limits=_LIMITS)


async def test_nothing_collected_is_no_pass(project: Path, bubblewrap: str) -> None:
    (project / "tests" / "test_none.py").write_text("x = 1\n")
    report = await _run(project, bubblewrap, "tests/test_none.py")
    assert (report.tests, report.outcome.kind) == ((), OutcomeKind.RAISED)
    (project / "tests" / "test_broken.py").write_text("import nowhere\n")
    report = await _run(project, bubblewrap, "tests/test_broken.py")
    assert [test.status for test in report.tests] == ["failed"]


async def test_where_they_cannot_run_the_reason_is_named(
    project: Path, bubblewrap: str, sandbox: IsolatedSandbox
) -> None:
    async with await open_sandbox(SandboxSettings(), layers="landlock") as alone:
        with pytest.raises(SandboxUnavailableError, match="only under bubblewrap"):
            await alone.run_project_tests([], changed={}, limits=_LIMITS)
    with pytest.raises(UsageError, match="readable"):
        await _run(project, bubblewrap, readable=())
    with pytest.raises(UsageError, match="not among"):
        await _run(project, bubblewrap, readable=("tests",))
    with pytest.raises(UsageError, match="is no test"):
        await _run(project, bubblewrap, "--pdb")
