"""Which layers are used, what is said when they do not work, and which interpreters can be used."""

from __future__ import annotations

import ast
import dataclasses
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from atlas_pipeline.errors import SandboxUnavailableError
from atlas_pipeline.sandbox import Call, Limits, Program, canonical, open_sandbox, probe
from atlas_pipeline.sandbox import jailed as jailed_package
from atlas_pipeline.sandbox.bubblewrap import bubblewrap_command
from atlas_pipeline.sandbox.interpreter import find_interpreter, readable_paths
from atlas_pipeline.sandbox.jail import Jail, JailSpec
from atlas_pipeline.settings import SandboxSettings

_JAILED = sorted(Path(jailed_package.__file__).parent.glob("*.py"))


def _script(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_layers_are_named_outermost_first(bubblewrap: str) -> None:
    async with await open_sandbox(SandboxSettings(), bubblewrap=bubblewrap) as sandbox:
        assert sandbox.layers[0] == "bubblewrap"
        assert sandbox.layers[1].startswith("landlock ")
        assert sandbox.layers[2:] == ("seccomp", "rlimits", "no_new_privs")
        assert sandbox.notice == ""


@pytest.mark.parametrize(
    "complaint", ["bwrap: setting up uid map: Permission denied", "bwrap: No permissions to create new namespace"]
)
async def test_a_bubblewrap_that_is_refused_is_visible_and_replaced(
    complaint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refused = _script(tmp_path / "bwrap", f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n")
    with caplog.at_level(logging.WARNING, "atlas_pipeline.sandbox"):
        async with await open_sandbox(SandboxSettings(), bubblewrap=refused) as sandbox:
            assert sandbox.layers[0].startswith("landlock")
            assert complaint in sandbox.notice
            (outcome,) = await sandbox.run(Program(source=""), [Call(expression="1")], Limits())
            assert outcome.value == "1"
    assert complaint in caplog.text


async def test_a_missing_bubblewrap_is_replaced() -> None:
    async with await open_sandbox(SandboxSettings(), bubblewrap="/no/such/bwrap") as sandbox:
        assert sandbox.layers[0].startswith("landlock")
        assert "apt install bubblewrap" in sandbox.notice


async def test_a_layer_that_was_asked_for_is_not_replaced() -> None:
    with pytest.raises(SandboxUnavailableError, match="apt install bubblewrap"):
        await open_sandbox(SandboxSettings(), layers="bubblewrap", bubblewrap="/no/such/bwrap")


async def test_nothing_runs_where_nothing_isolates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailableError, match=r"darwin.*use Linux"):
        await open_sandbox(SandboxSettings())
    with pytest.raises(SandboxUnavailableError, match="darwin"):
        await probe(SandboxSettings())


def test_it_can_be_imported_where_it_cannot_run() -> None:
    """On macOS and Windows, so that the server can say that it does not run there."""
    code = """
import asyncio, subprocess, sys, tempfile
for name in ("fcntl", "resource", "atlas_pipeline.sandbox.jailed.kernel"):
    sys.modules[name] = None
import atlas_pipeline.sandbox, atlas_pipeline.solving, atlas_server.server
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


async def test_only_the_loud_option_runs_code_where_nothing_isolates(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    start = Jail.start

    async def refuse(spec: JailSpec) -> Jail:
        if spec.is_isolated:
            raise SandboxUnavailableError("an old kernel")
        return await start(spec)

    monkeypatch.setattr(Jail, "start", refuse)
    with pytest.raises(SandboxUnavailableError, match=r"no isolation here.*an old kernel"):
        await open_sandbox(SandboxSettings())
    with caplog.at_level(logging.WARNING, "atlas_pipeline.sandbox"):
        opened = await open_sandbox(SandboxSettings(dangerously_run_code_without_isolation=True))
    async with opened as sandbox:
        assert sandbox.layers == ("rlimits",)
        assert "NOTHING isolates" in sandbox.notice
        (tmp_path / "secret").write_text("read")
        source = "import time\ndef f(path): return open(path).read()\ndef spin():\n    while True: pass\n"
        calls = [Call(expression=f"f({str(tmp_path / 'secret')!r})"), Call(expression="spin()"), Call(expression="1")]
        outcomes = await sandbox.run(Program(source=source), calls, Limits(cpu_s=0.2))
        assert [outcome.value or outcome.kind.name for outcome in outcomes] == ["'read'", "TIMEOUT", "1"]
    assert "NOTHING isolates" in caplog.text


_NO_SECCOMP = "import platform; platform.machine = lambda: 'riscv64'"
_NO_LANDLOCK = """
import ctypes
real = ctypes.CDLL(None, use_errno=True)
class Library:
    prctl, capset = real.prctl, real.capset
    def syscall(number, *arguments): return -1 if number.value == 444 else real.syscall(number, *arguments)
ctypes.CDLL = lambda *_, **__: Library
"""


@pytest.mark.parametrize(("lie", "message"), [(_NO_SECCOMP, "no seccomp"), (_NO_LANDLOCK, "no Landlock")])
async def test_a_kernel_without_a_needed_layer_is_refused(lie: str, message: str, tmp_path: Path) -> None:
    """The interpreter is told lies about the kernel before it loads our code."""
    liar = tmp_path / "liar.py"
    liar.write_text(f"import sys\n{lie}\nexec(sys.argv[-1], {{}})\n")
    fake = _script(tmp_path / "python", f'#!/bin/sh\nexec {sys.executable} -S {liar} "$@"\n')
    interpreter = dataclasses.replace(await find_interpreter(""), executable=fake)
    with pytest.raises(SandboxUnavailableError, match=message):
        await Jail.start(JailSpec(interpreter=interpreter, bubblewrap=None, preload=(), hash_seed=0))


async def test_the_probe_says_what_works_and_why_not(bubblewrap: str) -> None:
    reports = await probe(SandboxSettings(), bubblewrap=bubblewrap)
    assert [(report.name, report.works) for report in reports] == [("bubblewrap", True), ("landlock", True)]
    first, second = await probe(SandboxSettings(), bubblewrap="/no/such/bwrap")
    assert (first.works, second.works) == (False, True)
    assert first.reason
    assert "apt install" in first.remedy


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("#!/bin/sh\necho broken pipe dream >&2; exit 3\n", "broken pipe dream"),
        ("#!/bin/sh\nexit 3\n", "it said nothing"),
        ("#!/bin/sh\necho '{}'\n", "not a Python"),
    ],
)
async def test_an_interpreter_that_does_not_work_is_named(script: str, message: str, tmp_path: Path) -> None:
    path = _script(tmp_path / "python", script)
    with pytest.raises(SandboxUnavailableError, match=f"{path}.*{message}.*sandbox.python"):
        await open_sandbox(SandboxSettings(python=path))


async def test_an_interpreter_that_is_not_there_is_named() -> None:
    with pytest.raises(SandboxUnavailableError, match=r"/no/such/python.*No such file.*sandbox\.python"):
        await open_sandbox(SandboxSettings(python="/no/such/python"))


def _interpreters() -> list[str]:
    """Return every CPython from 3.8 on that this machine has, our own in any case."""
    found = {str(Path(sys.executable))}
    for folder in [*os.environ["PATH"].split(":"), *map(str, Path.home().glob(".pyenv/versions/*/bin"))]:
        found |= {
            str(path) for path in Path(folder).glob("python3.*") if path.name[9:].isdigit() and int(path.name[9:]) >= 8
        }
    return sorted(path for path in found if "/shims/" not in path)


@pytest.mark.parametrize("python", _interpreters())
async def test_other_interpreters(python: str, layer_set: str, bubblewrap: str) -> None:
    source = """
import asyncio, json, sys
async def f(): await asyncio.sleep(0); return {1.0: [2, {3}]}
def g(): raise ValueError("x")
def h(): return {}["x"]
def spin():
    while True: pass
def fill(): return bytearray(1 << 40)
"""
    calls = [Call(expression=f"{name}()") for name in ("f", "g", "h", "spin", "fill")]
    async with await open_sandbox(SandboxSettings(python=python), layers=layer_set, bubblewrap=bubblewrap) as sandbox:
        first, *rest = await sandbox.run(Program(source=source), calls, Limits(cpu_s=0.3))
        assert first.value == canonical({1: [2, {3}]})
        assert [(o.exception.type_name, o.exception.explicit) for o in rest if o.exception] == [
            ("ValueError", True),
            ("KeyError", False),
            ("Timeout", False),
            ("MemoryError", False),
        ]


async def test_a_hash_seed_decides_the_order_of_sets() -> None:
    orders = set()
    for seed in (0, 0, 1, 2):
        async with await open_sandbox(SandboxSettings(), layers="landlock", hash_seed=seed) as sandbox:
            calls = [Call(expression="[*{'a', 'b', 'c', 'd', 'e', 'f'}]")]
            orders.add((await sandbox.run(Program(source=""), calls, Limits()))[0].value)
    assert len(orders) == 3


async def test_preloaded_modules_cost_a_program_nothing(layer_set: str, bubblewrap: str) -> None:
    calls = [Call(expression="'numpy' in sys.modules")]
    settings = SandboxSettings()
    async with await open_sandbox(
        settings, layers=layer_set, bubblewrap=bubblewrap, preload=["numpy", "nope"]
    ) as sandbox:
        assert (await sandbox.run(Program(source="import sys"), calls, Limits()))[0].value == "True"


async def test_of_the_home_folder_only_the_interpreter_is_readable() -> None:
    interpreter = await find_interpreter("")
    readable = readable_paths(interpreter)
    workspace = Path(__file__).parents[2]
    for path in (Path("/"), Path.home(), workspace, workspace / "tests", Path(interpreter.prefix)):
        assert str(path) not in readable
    assert any(path.endswith("site-packages") for path in readable)


def test_bubblewrap_mounts_nothing_that_can_be_written() -> None:
    command = bubblewrap_command("bwrap", ["/usr", "/usr/lib", "/etc/localtime"], ["/dev/null"])
    new = {"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"}
    assert new <= set(command)
    assert {"--share-net", "--bind"}.isdisjoint(command)
    assert "--tmpfs" not in command
    assert command.count("--ro-bind") == 2
    assert command[-3:] == ["--remount-ro", "/", "--"]


@pytest.mark.parametrize("path", _JAILED, ids=lambda path: path.stem)
def test_code_for_the_jail_is_for_python_38_and_its_library_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    assert path.stem == "__init__" or any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name.partition(".")[0] in sys.stdlib_module_names for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (node.module or "").partition(".")[0] in sys.stdlib_module_names
