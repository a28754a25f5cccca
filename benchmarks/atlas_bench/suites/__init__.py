"""The frozen suites of functions: what is asked for in `NAME.json`, hidden tests in `NAME.hidden.json`.

The files were written by `python -m atlas_pocket.suite build` before the final training of the pocket model; their
checksums are in `SHA256SUMS`. They never change: a model that does too well or too badly is changed instead. This module
reads what a pipeline may see; only `hidden.py` opens the hidden tests, and only a scorer that is a process of its own may
import it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from typing import Any

SCHEMA = 1
NAMES = ("pocket-dev", "pocket-test")
SUMS = "SHA256SUMS"
FOLDER = resources.files("atlas_bench") / "suites"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTask:
    """A function to be written."""

    id: str
    tier: int
    part: str
    """The part of the world it comes from: "classic", "chain", "if", "walk" or "select"."""
    examples: bool
    """Whether its docstring shows any."""
    name: str
    source: str
    """A file with the function, its body missing."""


def load(name: str) -> list[SuiteTask]:
    """Return the tasks of a suite.

    Raises:
        ValueError: there is no such suite, or its file has another schema.
    """
    return [SuiteTask(**task) for task in read(f"{name}.json", name)["tasks"]]


def read(file: str, name: str) -> dict[str, Any]:
    """Return a suite's file."""
    if name not in NAMES:
        raise ValueError(f"there is no suite {name!r}: {' and '.join(NAMES)} are there")
    document: dict[str, Any] = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    if document["schema"] != SCHEMA:
        raise ValueError(f"{file} has schema {document['schema']}, this program reads {SCHEMA}")
    return document


def changed() -> list[str]:
    """Return the names of files that are not what `SHA256SUMS` says."""
    lines = (FOLDER / SUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: expected for expected, name in (line.split("  ") for line in lines)}
    return [
        name for name, expected in sums.items() if hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() != expected
    ]


def overview(tasks: list[SuiteTask]) -> list[dict[str, Any]]:
    """Return how many tasks each tier has, with and without examples, and of which parts."""
    return [
        {
            "tier": tier,
            "tasks": len(own),
            "without_examples": sum(not task.examples for task in own),
            "parts": dict(Counter(task.part for task in own).most_common()),
        }
        for tier in sorted({task.tier for task in tasks})
        if (own := [task for task in tasks if task.tier == tier])
    ]
