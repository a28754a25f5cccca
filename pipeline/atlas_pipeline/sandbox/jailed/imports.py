"""Finds modules of the user's in folders of which only single entries may be read."""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class NamedModules(importlib.abc.MetaPathFinder):
    """Finds top-level modules by a table from name to path; names of the standard library are left to it."""

    def __init__(self, modules: dict[str, str], library: list[str]) -> None:
        self.modules = {name: path for name, path in modules.items() if not _is_in(library, name)}

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return how to load a module of the table, None for all others."""
        found = self.modules.get(fullname)
        if path is not None or found is None:
            return None
        if not os.path.isdir(found):  # noqa: PTH112 - loading pathlib's objects costs every candidate
            return importlib.util.spec_from_file_location(fullname, found)
        return importlib.util.spec_from_file_location(
            fullname, found + "/__init__.py", submodule_search_locations=[found]
        )


def _is_in(library: list[str], name: str) -> bool:
    return any(os.path.exists(f"{folder}/{name}{end}") for folder in library for end in ("", ".py"))  # noqa: PTH110
