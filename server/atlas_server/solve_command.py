"""`atlas-ls solve PATH::QUALNAME`: the same `solve()` as in the editor, for the terminal and for scripts.

Progress goes to standard error, the result to standard output.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.status import Status as Spinner

from atlas_pipeline.edit import solved_document
from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.events import Finished
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import FunctionTask, Level, Provenance, Selection, Status
from atlas_pipeline.settings import EngineSettings, Settings, SolveSettings
from atlas_pipeline.solving import solve
from atlas_server.consent import ask_terminal
from atlas_server.report import Narrator, describe_verdict, diff, headline, question, result_json


def run_solve(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 VERIFIED, 1 otherwise, 2 usage or environment error."""
    console = Console(stderr=True, highlight=False)
    try:
        path, task = read_target(options.target)
        settings = _settings(options)
        asyncio.run(ask_terminal(settings.engine, options.allow_remote))
        selection = asyncio.run(_solve(task, settings, console))
    except AtlasError as error:
        console.print(f"atlas-ls: {error}", style="red", markup=False)
        return 2
    except KeyboardInterrupt:
        console.print("atlas-ls: cancelled")
        return 2
    written, problem = False, ""
    try:
        written = _write(path, task, selection, options) if options.write else False
    except (AtlasError, OSError, UnicodeDecodeError) as error:
        problem = f"atlas-ls: {path} was not written: {error}"  # the result is shown all the same: nothing is lost
    if options.json:
        sys.stdout.write(msgspec.json.encode({**result_json(task, selection), "written": written}).decode() + "\n")
    else:
        _print(task, selection, written=written, path=path)
    if problem:
        console.print(problem, style="red", markup=False)
        return 2
    return 0 if selection.level is Level.VERIFIED else 1


def read_target(target: str) -> tuple[Path, FunctionTask]:
    """Return the file and the task that `PATH::QUALNAME` names.

    Raises:
        UsageError: there is no such file or function, or the function cannot be solved.
    """
    name, separator, qualname = target.rpartition("::")
    if not separator or not name or not qualname:
        raise UsageError(f"{target!r} is not of the form PATH::QUALNAME, for example shop.py::Cart.total")
    path = Path(name)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from error
    document = Document(text)
    module = path.stem if path.stem.isidentifier() else "module"
    return path, make_task(document, document.named(qualname), module_name=module, path=str(path.absolute()))


def _settings(options: argparse.Namespace) -> Settings:
    chosen = SolveSettings()
    if options.k is not None:
        chosen = msgspec.structs.replace(chosen, samples=options.k)
    if options.seed is not None:
        chosen = msgspec.structs.replace(chosen, seed=options.seed)
    engine = EngineSettings(
        model=str(Path(options.model).absolute()) if options.model else "",
        url=options.engine_url or "",
        remote_model=options.engine_model or "",
    )
    return Settings(engine=engine, solve=chosen)


async def _solve(task: FunctionTask, settings: Settings, console: Console) -> Selection:
    from atlas_pipeline.engine.client import connect
    from atlas_pipeline.sandbox.open import open_sandbox

    async with contextlib.AsyncExitStack() as stack:
        shown = stack.enter_context(_progress(console, f"{task.qualname}: starting"))
        sandbox = await open_sandbox(settings.sandbox, workspace=Path.cwd())
        stack.push_async_callback(sandbox.aclose)
        engine = await connect(settings.engine, on_notice=lambda text: _warn(console, text))
        stack.push_async_callback(engine.aclose)
        narrator = Narrator()
        async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event.selection
                if (message := narrator.say(event)) is not None:
                    shown(f"{task.qualname}: {message}")
    raise AtlasError("the solve ended without a result")


def _warn(console: Console, text: str) -> None:
    console.print(f"atlas-ls: {text}", style="yellow", markup=False)


@contextlib.contextmanager
def _progress(console: Console, first: str) -> Any:
    """Show progress: a live line in a terminal, one line per message elsewhere."""
    if console.is_terminal:
        with Spinner(first, console=console) as spinner:
            yield lambda message: spinner.update(message)
    else:
        yield lambda message: console.print(message, markup=False)


def _write(path: Path, task: FunctionTask, selection: Selection, options: argparse.Namespace) -> bool:
    """Write the result into the file, whole or not at all, and only if the file is still what was read."""
    accepted = selection.level is Level.VERIFIED or (selection.level is Level.WEAK and options.accept_weak)
    if not accepted or selection.best is None:
        return False
    with path.open(encoding="utf-8", newline="") as file:
        if file.read() != task.source:
            raise UsageError("it was changed meanwhile; solve again")
    real = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(solved_document(task, selection.best.candidate.body))
        os.chmod(temporary, real.stat().st_mode & 0o7777)  # noqa: PTH101 - a name from mkstemp
        Path(temporary).replace(real)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _print(task: FunctionTask, selection: Selection, *, written: bool, path: Path) -> None:
    console = Console(highlight=False)
    colour = {Level.VERIFIED: "green", Level.WEAK: "yellow", Level.UNVERIFIED: "red"}[selection.level]
    console.print(headline(selection), style=colour, markup=False)
    for verdict in selection.verdicts:
        own = verdict.case.provenance is Provenance.GENERATED  # a hypothesis: outvoted tests are doubted, not failed
        mark = "ok  " if verdict.status is Status.PASS else "?   " if own else "FAIL"
        kind = "own test" if own else "example"
        console.print(f"  {mark} {kind}: {describe_verdict(verdict)}", markup=False)
    if selection.level is not Level.UNVERIFIED and selection.best is not None:
        console.print(diff(task, selection.best.candidate.body), markup=False)
    for verdict in selection.cases_to_confirm:
        console.print(f"  right? {question(verdict)}", markup=False)
    for text in task.unread_examples:
        console.print(f"  this example could not be read and was not checked: {text}", style="yellow", markup=False)
    cost = selection.cost
    console.print(f"{cost.candidates} candidates, {cost.completion_tokens} tokens, {cost.seconds:.1f} s", style="dim")
    if written:
        console.print(f"written to {path}", markup=False)
