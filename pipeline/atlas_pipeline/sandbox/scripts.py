"""Runs programs of languages that node runs: each in a jail of its own, with one process for all its calls."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from atlas_pipeline.errors import SandboxUnavailableError

from .api import Call, Limits, Outcome, OutcomeKind, Program, RaisedException
from .channel import Output
from .languages import LANGUAGES, BuildError, Built
from .process_tree import Command, Ended, ProcessTree, watch
from .sealed import sealed_file
from .worker import Worker
from .workspace import Workspace

OLDEST_NODE = 18
_PROBE_TIMEOUT_S = 20.0
_OWN_FOLDER = "/run/atlas"
_BARE_BYTES = 96 * 1024 * 1024
"""What node takes before it does anything, rounded up; the limit is on what comes on top."""
_UNCAUGHT = re.compile(r"^(?:<ref \*\d+> )?(?:Uncaught )?([A-Za-z_$][\w$]*)(?: \[\w+\])?: (.*)$", re.M)
_AT = re.compile(re.escape(_OWN_FOLDER) + r"/program\.[cm]js:(\d+)")
_OUT_OF_MEMORY = "JavaScript heap out of memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node that can be used."""

    executable: str
    version: str


async def find_node(path: str, bubblewrap: str | None) -> Node:
    """Return the node to use: `path`, or the one on PATH.

    Raises:
        SandboxUnavailableError: JavaScript and TypeScript cannot be run here, and why.
    """
    if bubblewrap is None:
        raise SandboxUnavailableError(
            "JavaScript and TypeScript run only under bubblewrap, since node needs address space and processes that the"
            " other layers cannot bound; install bubblewrap, and see `atlas-ls doctor` for why it is not used here"
        )
    found = shutil.which(path or "node")
    executable = os.path.realpath(found or "")  # noqa: ASYNC240 - one look at the disk
    if found is None:
        raise SandboxUnavailableError(
            f"there is no {path or 'node on PATH'}: install Node {OLDEST_NODE} or later, or set sandbox.node"
        )
    process = await asyncio.create_subprocess_exec(
        found, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, cwd="/"
    )
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        output = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    match = re.match(r"v(\d+)\.\S+", output.decode(errors="replace"))
    if match is None or int(match[1]) < OLDEST_NODE:
        said = output.decode(errors="replace").strip()[:80] or "nothing"
        raise SandboxUnavailableError(
            f"{found} is not Node {OLDEST_NODE} or later (its version: {said}); set sandbox.node to one"
        )
    return Node(executable=executable, version=match[0][1:])


class ScriptRunner:
    """Runs programs with one node."""

    def __init__(self, node: Node, bubblewrap: str, workspace: Workspace | None) -> None:
        self.node = node
        self._bubblewrap = bubblewrap
        self._workspace = workspace
        folder = resources.files(__package__) / "node"
        self._runner = {f"{_OWN_FOLDER}/{name}": (folder / name).read_bytes() for name in ("start.cjs", "runner.js")}

    async def run_until_end(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        """Return the outcomes of the calls up to the first after which the process could not go on."""
        language = LANGUAGES[program.language]
        try:
            built = language.build(program.source)
        except BuildError as error:
            return [_not_built(error)] * len(calls)
        bounded = _with_bare(limits)
        command = self._command(
            ["--experimental-vm-modules", f"{_OWN_FOLDER}/start.cjs", "{channel}"], self._runner, limits, len(calls)
        )

        def start(channel: socket.socket, output: int, errors: int) -> ProcessTree:
            return ProcessTree(command, None, output, errors, channel.fileno())

        worker = await Worker.start(start)
        try:
            extra = {"file": self._place(program, built), "is_module": built.is_module}
            loaded = await worker.load_text(built.source, bounded, len(calls), extra)
            if loaded.kind is not OutcomeKind.RETURNED or not worker.is_alive:
                return [loaded] * len(calls)
            outcomes = []
            for call in calls:
                outcomes.append(_explained(await worker.call(call.expression, language.call(call.expression))))
                if not worker.is_alive:
                    break
            return outcomes
        finally:
            await worker.close()

    async def run_main(self, program: Program, stdin: str, limits: Limits) -> Outcome:
        """Run a program with a text on its standard input, to its end."""
        try:
            built = LANGUAGES[program.language].build(program.source)
        except BuildError as error:
            return _not_built(error)
        name = f"{_OWN_FOLDER}/program.{'m' if built.is_module else 'c'}js"
        files = {name: built.source.encode("utf-8", "replace")}
        command = self._command([name], files, limits, 0)
        (reading, writing), (reading_errors, writing_errors) = os.pipe(), os.pipe()
        output, errors = Output(reading), Output(reading_errors)
        output.max_bytes = errors.max_bytes = limits.output_bytes
        standard_input = sealed_file(stdin.encode("utf-8", "replace"))
        try:
            try:
                tree = ProcessTree(command, standard_input, writing, writing_errors)
            finally:
                for descriptor in (standard_input, writing, writing_errors):
                    os.close(descriptor)
            ended = await watch(tree, _with_bare(limits))
            printed, is_cut = output.take()
            return _main_outcome(ended, printed, errors.take()[0], is_cut)
        finally:
            output.close()
            errors.close()

    def _command(self, arguments: list[str], files: dict[str, bytes], limits: Limits, calls: int) -> Command:
        heap = max(16, limits.memory_bytes // 2**20)
        flags = [f"--max-old-space-size={heap}", "--no-warnings"]
        return Command(
            bubblewrap=self._bubblewrap,
            arguments=[self.node.executable, *flags, *arguments],
            readable=[self.node.executable, *(map(str, self._workspace.readable) if self._workspace else ())],
            files=files,
            environment={"NODE_PATH": ""},
            hard_cpu_s=math.ceil(limits.cpu_s * (calls + 1)) + 2,
        )

    def _place(self, program: Program, built: Built) -> str:
        """Return the path that the program has: that of its document, so that relative imports are found."""
        if self._workspace is not None and program.path:
            return str(Path(program.path).resolve())
        return f"{_OWN_FOLDER}/{program.module_name}.{'m' if built.is_module else 'c'}js"


def _with_bare(limits: Limits) -> Limits:
    return replace(limits, memory_bytes=limits.memory_bytes + _BARE_BYTES)


def _not_built(error: BuildError) -> Outcome:
    raised = RaisedException(type_name=error.type_name, message=str(error), line=error.line)
    return Outcome(kind=OutcomeKind.LOAD_FAILED, exception=raised)


def _explained(outcome: Outcome) -> Outcome:
    """Return an out-of-memory crash of node as what it is."""
    if outcome.kind is OutcomeKind.CRASHED and _OUT_OF_MEMORY in outcome.stderr:
        raised = RaisedException(type_name="Memory", message=_OUT_OF_MEMORY)
        return replace(outcome, kind=OutcomeKind.MEMORY, exception=raised)
    return outcome


def _main_outcome(ended: Ended, stdout: str, stderr: str, is_cut: bool) -> Outcome:
    printed = Outcome(kind=OutcomeKind.RETURNED, stdout=stdout, stderr=stderr, is_cut=is_cut, cpu_s=ended.cpu_s)
    if ended.excess is not None:
        kind, reason = ended.excess
        return replace(printed, kind=kind, exception=RaisedException(type_name=kind.name.title(), message=reason))
    return end_of_main(printed, ended.exit.status)


def end_of_main(printed: Outcome, status: int) -> Outcome:
    """Return the outcome of a main program that ended by itself."""
    if os.WIFSIGNALED(status):
        reason = f"it was ended by signal {os.WTERMSIG(status)}"
        crashed = RaisedException(type_name="Crashed", message=reason)
        return _explained(replace(printed, kind=OutcomeKind.CRASHED, exception=crashed))
    code = os.WEXITSTATUS(status)
    if code == 0:
        return replace(printed, exit_status=0)
    found = _UNCAUGHT.search(printed.stderr)
    line = _AT.search(printed.stderr)
    raised = RaisedException(
        type_name=found[1] if found else "ProcessExit",
        message=found[2][:500] if found else str(code),
        line=int(line[1]) if found and line else None,
    )
    return replace(printed, kind=OutcomeKind.RAISED, exception=raised, exit_status=code)
