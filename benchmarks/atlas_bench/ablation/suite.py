"""A suite: functions to be solved, and, in another file that only the scorer opens, their hidden tests."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import msgspec

FOLDER = Path(str(resources.files("atlas_bench") / "suites"))


class SuiteTask(msgspec.Struct, frozen=True):
    """One function, as a user has it in the editor."""

    id: str
    tier: int
    part: str
    examples: bool
    """Whether its docstring has any."""
    name: str
    source: str
    """The document."""


class Suite(msgspec.Struct, frozen=True):
    """What a pipeline may see."""

    suite: str
    tasks: list[SuiteTask]


class HiddenTask(msgspec.Struct, frozen=True):
    """What only the scorer sees."""

    tests: list[tuple[str, str]]
    """Calls and the canonical form of what they return."""


class Hidden(msgspec.Struct, frozen=True):
    """The hidden tests of a suite, by task."""

    suite: str
    tasks: dict[str, HiddenTask]


def read_suite(name: str, folder: Path = FOLDER) -> Suite:
    """Read a suite by its name, or by the path of its file.

    Raises:
        ValueError: there is none of that name, or the file is no suite.
    """
    path = Path(name) if name.endswith(".json") else folder / f"{name}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Suite)
    except OSError as error:
        known = sorted(file.stem for file in folder.glob("*.json") if ".hidden" not in file.name)
        raise ValueError(f"there is no suite {name}; there are {', '.join(known) or 'none'}") from error
    except msgspec.DecodeError as error:
        raise ValueError(f"{path} is no suite: {error}") from error


def hidden_path(name: str, folder: Path = FOLDER) -> Path:
    """Return where the hidden tests of a suite are."""
    return (
        Path(name.removesuffix(".json") + ".hidden.json") if name.endswith(".json") else folder / f"{name}.hidden.json"
    )
