"""The part of the user's workspace that code in the sandbox may read, and what it may import from there.

Nothing unless the user says so (`sandbox.readable`), and never more than reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from atlas_pipeline.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document's imports are looked up: the folder of its outermost package, the workspace and its `src`."""

    package: str = ""
    """The package that the document belongs to."""
    folders: tuple[str, ...] = ()
    """Those of the folders that may be read as a whole."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Modules and packages in the others that may be read, name to path: a folder that cannot be listed is of no use to
    Python's own finder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A folder of the user's and what of it may be read; both without links in their paths."""

    root: Path
    readable: tuple[Path, ...]

    @classmethod
    def of(cls, root: Path | None, readable: Sequence[str]) -> Workspace | None:
        """Return the workspace, None where nothing of it may be read.

        Args:
            root: the workspace's folder, None where none is open.
            readable: files and folders, relative to it; "." is all of it.

        Raises:
            UsageError: one of them does not exist, or lies outside.
        """
        if root is None or not readable:
            return None
        folder = root.resolve()
        found = []
        for name in readable:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                raise UsageError(
                    f"sandbox.readable: {name!r} leads out of the workspace {folder}; name what is inside it"
                )
            if not path.exists():
                raise UsageError(f"sandbox.readable: there is no {name!r} in {folder}")
            found.append(path)
        return cls(root=folder, readable=tuple(dict.fromkeys(found)))

    def shows(self, path: Path) -> bool:
        """Say whether code in the sandbox may read `path`."""
        return any(path.is_relative_to(readable) for readable in self.readable)

    def place(self, document: str) -> Place:
        """Return what a Python document may import. Without a document, or with one elsewhere, it is in no package."""
        package: list[str] = []
        folders = []
        if document:
            folder = Path(document).resolve().parent
            if folder.is_relative_to(self.root):
                while folder != self.root and (folder / "__init__.py").exists() and folder.name.isidentifier():
                    package.insert(0, folder.name)
                    folder = folder.parent
                folders.append(folder)
        folders = list(dict.fromkeys([*folders, self.root, self.root / "src"]))
        modules = {
            path.stem if path.suffix == ".py" else path.name: str(path)
            for path in self.readable
            if path.parent in folders and (path.is_dir() or path.suffix == ".py")
        }
        whole = [str(folder) for folder in folders if folder.is_dir() and self.shows(folder)]
        visible = whole or package[:1] == [name for name in package[:1] if name in modules]
        return Place(package=".".join(package) if visible else "", folders=tuple(whole), modules=modules)
