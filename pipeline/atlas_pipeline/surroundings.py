"""Puts a function into its project: the context for prompts and the cases of the project's tests.

    FunctionTask, workspace folder -> FunctionTask with `context` and further `examples`, and where they came from

Done once, before `solve`. Reads files under the rules of `context.files`; runs and imports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from atlas_pipeline.context import Context, Kind, Modules, NearestUses, ProjectContext, WorkspaceFiles
from atlas_pipeline.events import ContextGathered, ShownPiece
from atlas_pipeline.project_tests import NOTHING, ProjectTests, read_project_tests
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.settings import SolveSettings

_PROJECT_FILES = (".git", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """A task in its project."""

    task: FunctionTask
    """With context and project cases."""
    context: Context
    tests: ProjectTests
    root: Path | None
    """The workspace's folder; None where the document alone was looked at."""
    notes: tuple[str, ...] = ()

    def event(self) -> ContextGathered:
        """Return the report as an event of the solve."""
        return ContextGathered(
            workspace=str(self.root) if self.root is not None else "",
            tokens=self.context.tokens,
            pieces=tuple(
                ShownPiece(
                    kind=piece.kind.name.lower(),
                    name=piece.name,
                    path=piece.path,
                    line=piece.line,
                    why=piece.why,
                    tokens=piece.tokens,
                    shortened=piece.shortened,
                )
                for piece in self.context.pieces
            ),
            left_out=tuple(f"{left.name or left.path}: {left.why}" for left in self.context.left_out),
            project_cases=self.tests.cases,
            unread_tests=tuple(f"{u.source}: {u.text}: {u.reason}" for u in self.tests.unread),
            notes=tuple(dict.fromkeys((*self.notes, *self.context.notes, *self.tests.notes))),
        )


def situate(
    task: FunctionTask, *, root: Path | None, settings: SolveSettings, unsaved: Mapping[Path, str] | None = None
) -> Surroundings:
    """Return `task` with what its project says about it. Blocking: reads files.

    Args:
        task: as `make_task` cut it out.
        root: the workspace's folder; None looks at the document alone. So does a folder that the document is not in.
        settings: what is looked for, and how much of it is shown.
        unsaved: texts of documents that are open in the editor, by absolute path.
    """
    files = WorkspaceFiles(root, unsaved=unsaved) if root is not None and task.path else None
    notes: tuple[str, ...] = ()
    if files is not None and files.relative(Path(task.path)) is None:
        notes = (f"{task.path} is outside the workspace {root}: only the file itself was looked at",)
        files = None
    modules = Modules(task, files)
    tests = read_project_tests(task, modules) if settings.project_tests else NOTHING
    last = Kind.PASSAGE if settings.context else Kind.CLASS
    context = ProjectContext(modules, retriever=NearestUses(), last=last).gather(task, tokens=settings.context_tokens)
    situated = replace(
        task,
        context=context.render(),
        examples=(*task.examples, *tests.cases),
        project_tests=tuple(f"{files.root}/{node}" for node in tests.nodes) if files is not None else (),
    )
    shown_root = files.root if files is not None else None
    return Surroundings(task=situated, context=context, tests=tests, root=shown_root, notes=notes)


def project_root(path: Path) -> Path:
    """Return the folder of the project that a file belongs to: the nearest with a project file, else the file's own."""
    folder = Path(path).absolute().parent
    return next((f for f in (folder, *folder.parents) if any((f / name).exists() for name in _PROJECT_FILES)), folder)
