"""Runs the project's own tests: pytest, on a read-only copy of what the user allowed, with the candidate in place.

Candidate and tests share a process here, so what comes back is what that process says: `self_reported`, and never
enough for VERIFIED alone. Tests may start processes and write to `/tmp`; hence only under bubblewrap.
"""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from atlas_pipeline.errors import SandboxUnavailableError, UsageError

from .api import Limits, Outcome, OutcomeKind, ProjectTest, ProjectTestReport, RaisedException
from .channel import Output
from .interpreter import Interpreter, readable_paths
from .process_tree import Command, ProcessTree, watch
from .workspace import Workspace

MOST_COPIED_BYTES = 256 * 1024 * 1024
MOST_COPIED_FILES = 20_000
_LEFT_OUT = frozenset(
    (".git", ".hg", ".svn", "__pycache__", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache")
)
_PLUGIN = "atlas_pytest_report"
_OWN_FOLDER = "/run/atlas"
_START = (
    "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NPROC, (256, 256));"
    " resource.setrlimit(resource.RLIMIT_SIGPENDING, (256, 256)); sys.argv[0] = 'pytest'; sys.path[0] = '';"
    " runpy.run_module('pytest', run_name='__main__')"
)
"""Like `python -m pytest`, with the kernel's own bounds on processes (those of the jail, but not for root) and timers."""
_REPORT_BYTES = 4 * 1024 * 1024
_MESSAGE_CHARS = 2000
_NO_TESTS_RAN = (4, 5)  # pytest's statuses for wrong usage and for nothing collected


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    status: Literal["passed", "failed", "skipped"]
    message: str
    seconds: float


class _End(msgspec.Struct, forbid_unknown_fields=True):
    ended: int


async def run_project_tests(
    workspace: Workspace | None,
    interpreter: Interpreter,
    bubblewrap: str | None,
    *,
    tests: Sequence[str],
    changed: Mapping[str, str],
    limits: Limits,
) -> ProjectTestReport:
    """Run `tests` (pytest's own arguments: files, folders, node ids) with the documents in `changed` in place.

    Args:
        workspace: what may be seen.
        interpreter: the project's, with pytest in it.
        bubblewrap: path of bubblewrap.
        tests: relative to the workspace; empty for all that pytest finds.
        changed: path to text, each inside what may be seen.
        limits: of the whole run.

    Raises:
        SandboxUnavailableError: project tests cannot be run here, and why.
        UsageError: nothing of the workspace may be seen, or a path is outside of it.
    """
    if bubblewrap is None:
        raise SandboxUnavailableError(
            "project tests run only under bubblewrap, since they may start processes; install bubblewrap"
        )
    if workspace is None:
        raise UsageError(
            'project tests need files: say which may be seen, for example "sandbox": {"readable": ["src", "tests"]}'
        )
    if wrong := next((test for test in tests if test.startswith("-")), None):
        raise UsageError(f"{wrong!r} is no test: options of pytest are not taken")
    with tempfile.TemporaryDirectory(prefix="atlas-tests-") as folder:
        copy = Path(folder)
        try:
            await asyncio.to_thread(_copy, workspace, changed, copy, readable_paths(interpreter))
        except OSError as error:  # `shutil.Error` is one, with a list of what went wrong
            reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error
            raise UsageError(f"what sandbox.readable names cannot be copied: {reason}") from error
        return await _run(workspace, interpreter, bubblewrap, tests, limits, copy)


async def _run(
    workspace: Workspace, interpreter: Interpreter, bubblewrap: str, tests: Sequence[str], limits: Limits, copy: Path
) -> ProjectTestReport:
    plugin = (resources.files(__package__) / "jailed" / f"{_PLUGIN}.py").read_bytes()
    arguments = [interpreter.executable, "-B", "-c", _START, "-p", _PLUGIN, "-p", "no:cacheprovider", "--color=no"]
    command = Command(
        bubblewrap=bubblewrap,
        arguments=[*arguments, f"--rootdir={workspace.root}", *tests],
        mounts={str(workspace.root): str(copy)},
        readable=readable_paths(interpreter),
        files={f"{_OWN_FOLDER}/{_PLUGIN}.py": plugin},
        environment={"PYTHONPATH": _OWN_FOLDER, "HOME": "/tmp", "ATLAS_REPORT": "{channel}", "OMP_NUM_THREADS": "1"},  # noqa: S108
        folder=str(workspace.root),
        may_fork=True,
        hard_cpu_s=math.ceil(limits.cpu_s) + 2,
    )
    pipes = [os.pipe() for _ in range(3)]
    outputs = [Output(reading) for reading, _ in pipes]
    for output, most in zip(outputs, (limits.output_bytes, limits.output_bytes, _REPORT_BYTES), strict=True):
        output.max_bytes = most
    try:
        try:
            tree = ProcessTree(command, None, pipes[0][1], pipes[1][1], pipes[2][1])
        finally:
            for _, writing in pipes:
                os.close(writing)
        ended = await watch(tree, limits)
        (stdout, is_cut), (stderr, _), (report, _) = (output.take() for output in outputs)
    finally:
        for output in outputs:
            output.close()
    if "No module named pytest" in stderr:
        raise SandboxUnavailableError(
            f"{interpreter.executable} has no pytest: install it there, or set sandbox.python"
        )
    printed = Outcome(kind=OutcomeKind.RETURNED, stdout=stdout, stderr=stderr, is_cut=is_cut, cpu_s=ended.cpu_s)
    found, is_whole = _parse(report)
    return ProjectTestReport(tests=found, outcome=_outcome(printed, ended.excess, ended.exit.status, found, is_whole))


def _outcome(
    printed: Outcome,
    excess: tuple[OutcomeKind, str] | None,
    status: int,
    tests: Sequence[ProjectTest],
    is_whole: bool,
) -> Outcome:
    code = os.WEXITSTATUS(status)
    failed = [test.node_id for test in tests if test.status == "failed"]
    if excess is None and os.WIFSIGNALED(status):
        excess = OutcomeKind.CRASHED, f"it was ended by signal {os.WTERMSIG(status)}"
    elif excess is None and code == 0 and not is_whole:
        excess = OutcomeKind.CRASHED, "it ended with status 0, but not all tests were run"
    if excess is not None:
        raised = RaisedException(type_name=excess[0].name.title(), message=excess[1])
        return replace(printed, kind=excess[0], exception=raised)
    if code == 0 and not failed:
        return replace(printed, exit_status=0)
    if code in _NO_TESTS_RAN:
        said = "no test was run: " + (printed.stderr.strip() or printed.stdout.strip())[-300:]
    else:
        said = f"{len(failed)} of {len(tests)} tests failed" if failed else f"pytest ended with status {code}"
    failure = RaisedException(type_name="TestsFailed", message=said)
    return replace(printed, kind=OutcomeKind.RAISED, exception=failure, exit_status=code)


def _parse(report: str) -> tuple[tuple[ProjectTest, ...], bool]:
    """Return the tests that are reported in the right form, and whether the last line says that there are no more.

    The last report on a test counts.
    """
    found = {}
    is_whole = False
    for text in report.splitlines():
        try:
            is_end = text.startswith('{"ended"')
            if is_end:
                msgspec.json.decode(text, type=_End)
            else:
                line = msgspec.json.decode(text, type=_Line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue  # whatever else the tests wrote there
        is_whole = is_end
        if is_end:
            continue
        found[line.id] = ProjectTest(
            node_id=line.id[:500], status=line.status, message=line.message[:_MESSAGE_CHARS], seconds=line.seconds
        )
    return tuple(found.values()), is_whole


def _copy(workspace: Workspace, changed: Mapping[str, str], copy: Path, mounted: Sequence[str]) -> None:
    """Copy what may be seen, put the changed documents in place, and make room for what is mounted into it.

    Raises:
        UsageError: it is too much, or a changed document is not among it.
    """
    counted = [0, 0]

    def copy_file(source: str, target: str) -> str:
        counted[0] += 1
        counted[1] += Path(source).lstat().st_size
        if counted[0] > MOST_COPIED_FILES or counted[1] > MOST_COPIED_BYTES:
            raise UsageError(
                f"sandbox.readable is more than {MOST_COPIED_FILES} files or {MOST_COPIED_BYTES // 2**20} MiB;"
                " name only the folders that the tests need"
            )
        return shutil.copy2(source, target, follow_symlinks=False)

    def leave_out(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name in _LEFT_OUT or _is_left_out(Path(folder) / name)}

    for path in workspace.readable:
        target = copy / path.relative_to(workspace.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, symlinks=True, ignore=leave_out, copy_function=copy_file, dirs_exist_ok=True)
        else:
            copy_file(str(path), str(target))
    for name, text in changed.items():
        path = (workspace.root / name).resolve()
        if not workspace.shows(path):
            raise UsageError(f"{name} is not among what sandbox.readable allows")
        target = copy / path.relative_to(workspace.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    for place in mounted:
        if Path(place).is_relative_to(workspace.root):
            _make_room(copy / Path(place).relative_to(workspace.root), is_folder=Path(place).is_dir())


def _is_left_out(path: Path) -> bool:
    """Say whether it is a virtual environment, or neither file nor folder nor link: to read a pipe is to wait for ever."""
    mode = path.lstat().st_mode
    is_plain = stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
    return not is_plain or (path / "pyvenv.cfg").exists()


def _make_room(place: Path, *, is_folder: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        place.mkdir(exist_ok=True)
    else:
        place.touch()
