"""`atlas-ls solve PATH::QUALNAME`: the same `solve()` as in the editor, for the terminal and for scripts.

Progress goes to standard error, the result to standard output. With `--json-events` standard output has the events of the
solve instead, one JSON object a line as they happen, and the result for people goes to standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.status import Status as Spinner

from atlas_pipeline.edit import solved_document
from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.events import CandidateMade, Finished
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.history import History, Outcome, Remembering, open_history, solve_with_history
from atlas_pipeline.records import FunctionTask, Level, Provenance, Selection, Status
from atlas_pipeline.settings import Settings, parse_settings
from atlas_pipeline.solving import Control
from atlas_pipeline.surroundings import Surroundings, project_root, situate
from atlas_pipeline.trace import Recorder, TraceFile
from atlas_server.consent import ask_terminal
from atlas_server.narrator import Narrator
from atlas_server.report import (
    describe_cost,
    describe_strength,
    describe_verdict,
    diff,
    headline,
    question,
    result_json,
)

if TYPE_CHECKING:
    from atlas_pipeline.engine.api import Engine

_KINDS = {
    Provenance.GIVEN: "example",
    Provenance.PROJECT: "project test",
    Provenance.GENERATED: "own test",
    Provenance.PROPERTY: "own test",
}


def run_solve(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 VERIFIED, 1 otherwise, 2 usage or environment error."""
    with contextlib.ExitStack() as stack:
        return _run(options, stack)


def _run(options: argparse.Namespace, stack: contextlib.ExitStack) -> int:
    console = Console(stderr=True, highlight=False)
    try:
        path, cut_out = read_target(options.target)
        settings = settings_of(options)
        surroundings = situate(cut_out, root=project_root(path), settings=settings.solve)
        task = surroundings.task
        asyncio.run(ask_terminal(settings.engine, options.allow_remote))
        history = stack.enter_context(_history(settings, console))
        kept_as, selection = asyncio.run(_solve(surroundings, settings, console, options, history))
    except AtlasError as error:
        console.print(f"atlas-ls: {error}", style="red", markup=False)
        return 2
    except BrokenPipeError:
        _drop_output()
        console.print("atlas-ls: cancelled: nobody reads standard output any more")
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("atlas-ls: cancelled")
        return 2
    written, problem = False, ""
    try:
        written = _write(path, task, selection, options) if options.write else False
        if written and history is not None:
            history.outcome(kept_as, Outcome.ACCEPTED, "--write")
    except (AtlasError, OSError, UnicodeDecodeError) as error:
        problem = f"atlas-ls: {path} was not written: {error}"  # the result is shown all the same: nothing is lost
    if options.json:
        try:
            _write_line(msgspec.json.encode({**result_json(task, selection), "written": written}).decode() + "\n")
        except (AtlasError, BrokenPipeError) as error:
            _drop_output()
            problem = problem or f"atlas-ls: the result was not read: {error}"
    else:
        shown = Console(stderr=options.json_events, highlight=False)
        _print(shown, task, selection, written=written, path=path)
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


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the options of `atlas-ls solve` come to.

    Raises:
        UsageError: an assignment of `--set` is wrong.
    """
    given = read_settings(options.set)
    chosen = given.solve
    if options.k is not None:
        chosen = chosen.with_samples(options.k)
    if options.seed is not None:
        chosen = msgspec.structs.replace(chosen, seed=options.seed)
    engine = msgspec.structs.replace(
        given.engine,
        model=str(Path(options.model).absolute()) if options.model else given.engine.model,
        url=options.engine_url or given.engine.url,
        remote_model=options.engine_model or given.engine.remote_model,
    )
    return msgspec.structs.replace(given, engine=engine, solve=chosen)


def read_settings(assignments: Sequence[str]) -> Settings:
    """Return the settings of `section.name=JSON` assignments; a value that is no JSON is taken as text.

    Raises:
        UsageError: one names no setting, or has a wrong value.
    """
    sections: dict[str, dict[str, Any]] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        section, dot, field = name.strip().partition(".")
        if not equals or not dot:
            raise UsageError(f"--set {assignment}: write SECTION.NAME=JSON, for example solve.mutants=0")
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            value = text
        *groups, last = field.split(".")
        place = sections.setdefault(section, {})
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise UsageError(
                    f"--set {assignment}: another --set gives {section}.{group} a value, which has no fields"
                )
        place[last] = value
    settings, problems = parse_settings(sections)
    if problems:
        raise UsageError(f"--set: {'; '.join(problems)}")
    return settings


@contextlib.contextmanager
def _history(settings: Settings, console: Console) -> Iterator[History | None]:
    """Open the history, None where it is switched off; at the end, what is waiting is written."""
    history = open_history(settings.history, on_notice=lambda text: _warn(console, text))
    try:
        yield history
    finally:
        if history is not None:
            history.close()


async def _solve(
    surroundings: Surroundings,
    settings: Settings,
    console: Console,
    options: argparse.Namespace,
    history: History | None,
) -> tuple[str, Selection]:
    """Return the identity of the solve in the history, and its result."""
    from atlas_pipeline.engine.client import connect
    from atlas_pipeline.sandbox.open import open_sandbox

    task, gathered = surroundings.task, surroundings.event()
    async with contextlib.AsyncExitStack() as stack:
        recorders = [stack.enter_context(recorder) for recorder in _recorders(task, settings, stack, console, options)]
        shown = stack.enter_context(_progress(console, f"{task.qualname}: starting"))
        sandbox = await open_sandbox(settings.sandbox, workspace=project_root(Path(task.path)))
        stack.push_async_callback(sandbox.aclose)
        engine = await connect(settings.engine, on_notice=lambda text: _warn(console, text))  # starts nothing yet
        stack.push_async_callback(engine.aclose)
        narrator = Narrator()
        for recorder in recorders:
            recorder.record(gathered)
        for note in (*gathered.notes, *(f"not read: {test}" for test in gathered.unread_tests)):
            _warn(console, note)
        shown(f"{task.qualname}: {narrator.say(gathered)}")
        control = Control()
        candidates = 0
        stack.callback(_on_interrupt(control, console, lambda: candidates > 0))
        recall = () if options.fresh else (settings.solve,)
        kept_as: list[str] = []
        events = solve_with_history(
            task,
            remembering=Remembering(history=history, recall=recall) if history is not None else None,
            connect=lambda: _ready(engine),
            sandbox=sandbox,
            settings=settings,
            control=control,
            on_kept=kept_as.append,
        )
        async with aclosing(events):
            async for event in events:
                for recorder in recorders:
                    recorder.record(event)
                candidates += isinstance(event, CandidateMade)
                if isinstance(event, Finished):
                    return "".join(kept_as), event.selection
                if (message := narrator.say(event)) is not None:
                    shown(f"{task.qualname}: {message}")
    raise AtlasError("the solve ended without a result")


async def _ready(engine: Engine) -> Engine:
    return engine


def _on_interrupt(control: Control, console: Console, has_candidate: Callable[[], bool]) -> Callable[[], object]:
    """Let the first Ctrl-C end the solve with its best, if there is one, the second one cancel it; return the undoing."""
    loop, solving = asyncio.get_running_loop(), asyncio.current_task()

    def interrupted() -> None:
        if solving is not None and (control.stop.is_set() or not has_candidate()):
            solving.cancel()
        else:
            control.use_best("user", "you pressed Ctrl-C")
            _warn(console, "ending with the best so far; Ctrl-C again gives up at once")

    try:
        loop.add_signal_handler(signal.SIGINT, interrupted)
    except NotImplementedError:  # Windows: Ctrl-C cancels, as it does everywhere before the solve begins
        return lambda: None
    return partial(loop.remove_signal_handler, signal.SIGINT)


def _recorders(
    task: FunctionTask,
    settings: Settings,
    stack: contextlib.AsyncExitStack,
    console: Console,
    options: argparse.Namespace,
) -> list[Recorder]:
    """Return what takes the events down: the trace file, standard output, both or neither."""
    recorders = []
    if options.trace:
        about = {"function": task.qualname, "path": task.path, "settings": msgspec.to_builtins(settings.solve)}
        trace = stack.enter_context(TraceFile(Path(options.trace), about))
        stack.callback(lambda: _warn(console, trace.problem) if trace.problem else None)
        recorders.append(Recorder(trace.write))
    if options.json_events:
        recorders.append(Recorder(_write_line))
    return recorders


def _write_line(text: str) -> None:
    """Write to standard output.

    Raises:
        BrokenPipeError: nobody reads it any more.
        UsageError: it cannot be written, for another reason.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_output()
        raise UsageError(f"standard output cannot be written: {error.strerror or error}") from error


def _drop_output() -> None:
    """Let nothing more reach standard output, or the flush at exit would complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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


def _print(console: Console, task: FunctionTask, selection: Selection, *, written: bool, path: Path) -> None:
    colour = {Level.VERIFIED: "green", Level.WEAK: "yellow", Level.UNVERIFIED: "red"}[selection.level]
    console.print(headline(selection), style=colour, markup=False)
    for verdict in selection.verdicts:
        own = verdict.case.provenance not in (
            Provenance.GIVEN,
            Provenance.PROJECT,
        )  # a hypothesis: outvoted tests are doubted, not failed
        mark = "ok  " if verdict.status is Status.PASS else "?   " if own else "FAIL"
        kind = _KINDS[verdict.case.provenance]
        where = f" ({verdict.case.source})" if verdict.case.source else ""
        console.print(f"  {mark} {kind}{where}: {describe_verdict(verdict)}", markup=False)
    if selection.level is not Level.UNVERIFIED and selection.best is not None:
        console.print(diff(task, selection.best.candidate.body), markup=False)
    for verdict in selection.cases_to_confirm:
        console.print(f"  right? {question(verdict)}", markup=False)
    for text in task.unread_examples:
        console.print(f"  this example could not be read and was not checked: {text}", style="yellow", markup=False)
    if selection.strength is not None and selection.strength.mutants:
        console.print(f"  {describe_strength(selection.strength)}", style="dim", markup=False)
    console.print(describe_cost(selection.cost), style="dim", markup=False)
    if written:
        console.print(f"written to {path}", markup=False)
