"""`atlas-ls demo`: the real server, driven over stdio by a small editor, on a copy of a file with unsolved functions."""

from __future__ import annotations

import asyncio
import difflib
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.syntax import Syntax

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.functions import Document, Function
from atlas_server.demo_editor import DemoEditor

_COLOURS = {"verified": "green", "weak": "yellow", "unverified": "red"}
_SOLVE_TIMEOUT_S = 600.0


def run_demo(*, file: str | None, model: str | None, plain: bool) -> int:
    """Run the demo; return 0 where every link of the chain worked, 1 otherwise, 2 for a bad argument."""
    console = Console(highlight=False, no_color=plain, soft_wrap=plain)
    try:
        path = Path(file) if file else example_file()
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        Console(stderr=True).print(f"atlas-ls: {error}", style="red", markup=False)
        return 2
    try:
        live = console.is_terminal and not plain
        story = _Story(path.name, text, console, model=str(Path(model).absolute()) if model else "", live=live)
        problems = asyncio.run(story.tell())
    except (AtlasError, OSError, TimeoutError) as error:
        problems = [str(error) or type(error).__name__]
    if file is None and not problems:
        problems = story.missing_levels()
    for problem in problems:
        console.print(f"FAILED: {problem}", style="red", markup=False)
    return 1 if problems else 0


def example_file() -> Path:
    """Return the example file, which comes with the package."""
    return Path(str(resources.files("atlas_server") / "examples" / "first_light.py"))


class _Story:
    """Solves every stub of a document, one after the other, and shows what happens."""

    def __init__(self, name: str, text: str, console: Console, *, model: str, live: bool) -> None:
        self.name = name
        self.text = text
        self.console = console
        self.model = model
        self.live = live
        self.levels: list[str] = []

    async def tell(self) -> list[str]:
        """Run it; return what went wrong."""
        problems: list[str] = []
        with tempfile.TemporaryDirectory(prefix="atlas-demo-") as folder:
            path = Path(folder) / self.name
            path.write_text(self.text, encoding="utf-8", newline="")
            editor = DemoEditor(path.as_uri(), self.text, self._progressed)
            # Everything is done before your eyes, every time, and leaves nothing behind.
            await editor.start({"engine": {"model": self.model}, "history": {"enabled": False}})
            try:
                for function in [f for f in Document(self.text).functions() if f.is_stub and f.problem is None]:
                    problem = await self._solve(editor, function.qualname)
                    if problem is not None:
                        problems.append(f"{function.qualname}: {problem}")
            finally:
                await editor.stop()
        count = {level: self.levels.count(level) for level in _COLOURS}
        summary = ", ".join(f"{count[level]} {level}" for level in _COLOURS)
        self.console.print(f"\n{len(self.levels)} functions: {summary}.", style="bold")
        return problems

    def missing_levels(self) -> list[str]:
        """Return which of the three levels did not come up; the example file has functions for each."""
        return [f"no function of the example file ended {level}" for level in _COLOURS if level not in self.levels]

    async def _solve(self, editor: DemoEditor, qualname: str) -> str | None:
        before = editor.text
        function = Document(before).named(qualname)
        self.console.print()
        self.console.rule(f"[bold]{qualname}", align="left")
        self.console.print(Syntax(_source(before, function), "python", background_color="default"))
        self.bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=20),
            TextColumn("{task.description}"),
            console=self.console,
            transient=True,
            disable=not self.live,
        )
        self.bar_task = self.bar.add_task("asking the server", total=100)
        with self.bar:
            answer = await asyncio.wait_for(editor.solve(function.name_start), _SOLVE_TIMEOUT_S)
        if answer is None:
            return "the server does not offer to solve it"
        return self._conclude(editor, before, answer)

    def _progressed(self, message: str, percentage: int) -> None:
        if self.live:
            self.bar.update(self.bar_task, description=message, completed=percentage)
        elif percentage:  # the last message is the result, which is shown anyway
            self.console.print(f"  {percentage:3d} % {message}", markup=False, style="dim")

    def _conclude(self, editor: DemoEditor, before: str, answer: dict[str, Any]) -> str | None:
        """Show the answer and check that the document is as the level says."""
        status = str(answer.get("status"))
        if status not in _COLOURS:
            return str(answer.get("message", answer))
        self.levels.append(status)
        self.console.print(str(answer["message"]), style=f"bold {_COLOURS[status]}", markup=False)
        for kind, cases in (("example", answer["given"]), ("own test", answer["tests"][:4])):
            for case in cases:
                ok = case["status"] == "pass"
                # A test of its own is a hypothesis: where the chosen code differs, the other samples outvoted the test.
                mark, style = ("✓", "green") if ok else ("✗", "red") if kind == "example" else ("?", "dim")
                actual = "" if ok else f", but it {_verb(case['actual'])}"
                doubted = "" if ok or kind == "example" else " (doubted)"
                line = f"  {mark} {kind}{doubted}: {case['call']} is {case['expected']}{actual}"
                self.console.print(line, style=style, markup=False)
        if len(answer["tests"]) > 4:
            self.console.print(f"    and {len(answer['tests']) - 4} more tests of its own", style="dim")
        for case in answer["cases_to_confirm"]:
            self.console.print(f"  right? {case['call']} == {case['expected']}", style="yellow", markup=False)
        changed = editor.text != before
        if changed:
            lines = difflib.unified_diff(before.split("\n"), editor.text.split("\n"), lineterm="", n=1)
            diff = "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))
            self.console.print(Syntax(diff, "diff", background_color="default"))
        cost = answer["cost"]
        spent = f"{cost['candidates']} candidates, {cost['completion_tokens']} tokens, {cost['seconds']:.1f} s"
        self.console.print(f"  {spent}; {answer['model']}", style="dim")
        if status == "verified" and not (changed and answer["applied"]):
            return "it is verified, but the document does not show it"
        if status != "verified" and changed:
            return f"the document was changed by a result that is {status}"
        if status == "weak" and not answer["cases_to_confirm"]:
            return "it is weak, but there is no case to confirm"
        return None


def _source(text: str, function: Function) -> str:
    start = text.rfind("\n", 0, function.start) + 1
    return text[start : function.end]


def _verb(actual: str) -> str:
    return actual if actual.startswith(("raises", "runs", "ends", "does", "prints", "not run")) else f"gives {actual}"


if __name__ == "__main__":
    sys.exit(run_demo(file=None, model=None, plain=False))
