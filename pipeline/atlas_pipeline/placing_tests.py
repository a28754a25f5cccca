"""Finds the file of a project into which tests of a document belong, and how the document is imported there."""

from __future__ import annotations

from pathlib import Path

from atlas_pipeline.errors import UsageError

_FOLDERS = ("tests", "test")
_MOST_FILES = 20_000


def file_of_tests(path: Path, root: Path) -> Path:
    """Return where tests of a document are, or should be: `tests/**/test_NAME.py`, else beside it.

    Raises:
        UsageError: the document is a test itself.
    """
    if path.name.startswith("test_") or path.stem.endswith("_test"):
        raise UsageError(f"{path.name} is a test file itself")
    name = f"test_{path.stem}.py"
    for folder in _FOLDERS:
        top = root / folder
        if not top.is_dir():
            continue
        found = sorted(_named(top, name), key=lambda each: _unlike(each, path))
        return found[0] if found else top / name
    return path.with_name(name)


def _named(top: Path, name: str) -> list[Path]:
    found = []
    for number, each in enumerate(top.rglob("*.py")):
        if number > _MOST_FILES:
            break
        if each.name == name:
            found.append(each)
    return found


def _unlike(test: Path, path: Path) -> tuple[int, str]:
    """Order test files: those that lie in folders of the document's names first."""
    return -len({*test.parts} & {*path.parts}), str(test)


def import_name(path: Path) -> str:
    """Return the name under which a document is imported: from the top of the packages it is in.

    Raises:
        UsageError: its path is no Python name.
    """
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while (folder / "__init__.py").exists() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    if not parts or not all(part.isidentifier() for part in parts):
        raise UsageError(f"{path.name} cannot be imported under that name, so no test can use it")
    return ".".join(parts)
