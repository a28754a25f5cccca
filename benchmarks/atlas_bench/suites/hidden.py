"""The hidden tests of the suites: for a scorer that is a process of its own, never for the process that solves."""

from __future__ import annotations

from dataclasses import dataclass

from atlas_bench.suites import read


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTests:
    """What decides whether a task is solved."""

    key: list[str]
    """The composition."""
    solution: str
    """A body that passes."""
    tests: list[tuple[str, str]]
    """Calls, and the canonical text of the answer of an independent reference."""


def load_hidden(name: str) -> dict[str, HiddenTests]:
    """Return the hidden tests of a suite by the ids of its tasks."""
    tasks = read(name, hidden=True)["tasks"]
    return {
        number: HiddenTests(
            key=task["key"], solution=task["solution"], tests=[(call, answer) for call, answer in task["tests"]]
        )
        for number, task in tasks.items()
    }
