"""What every check is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from atlas_pipeline.settings import SandboxSettings, Settings


class Mark(Enum):
    """How bad it is."""

    GOOD = "good"
    NOTE = "note"
    """It works, but not all of it, or not as well as it could."""
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One finding."""

    check: str
    mark: Mark
    text: str
    remedy: str = ""
    """What the user can do; empty where there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The settings and the folder that are checked."""

    settings: Settings
    workspace: Path

    @classmethod
    def here(cls, *, python: str = "") -> Context:
        """Return the context of the current folder."""
        return cls(settings=Settings(sandbox=SandboxSettings(python=python)), workspace=Path.cwd())
