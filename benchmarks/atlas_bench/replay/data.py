"""Reads recorded tasks and turns each recorded text into what the product would have made of it.

`tasks.jsonl` has one object a line: `task_id`, `entry_point`, `prompt` (with the docstring examples), `sampling_prompt`
(without them), `completions` (texts that go on from the prompt) and `test_completions` (texts that go on from `assert `).
The labels are in another file, which only the scorer's process opens.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from atlas_pipeline.errors import UsageError
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, FunctionTask, Origin
from atlas_pipeline.selftests import SelfTests, merge, read_self_tests

TASKS = "tasks.jsonl"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One task with its recorded outputs."""

    position: int
    """Line of the task in `tasks.jsonl`, from 0: part of the seed of its draws."""
    task_id: str
    task: FunctionTask
    completions: tuple[str, ...]
    test_completions: tuple[str, ...]

    @cached_property
    def candidates(self) -> tuple[Candidate | None, ...]:
        """What the product extracts from each completion, None where it rejects it.

        How a recorded text ended is not known; one without a line end behind it is taken for cut off.
        """
        found: list[Candidate | None] = []
        for index, text in enumerate(self.completions):
            body = extract_body(text, self.task, truncated=not text.endswith("\n")).body
            found.append(None if body is None else Candidate(index=index, body=body, origin=Origin.SAMPLE))
        return tuple(found)

    @cached_property
    def _self_tests(self) -> tuple[SelfTests, ...]:
        return tuple(read_self_tests(f"assert {text}", self.task) for text in self.test_completions)

    def tests(self, samples: Sequence[int]) -> SelfTests:
        """Return what the product makes of some of the recorded test completions."""
        return merge([self._self_tests[index] for index in samples], known=self.task.examples)


def read_recorded(folder: Path, *, examples: bool) -> list[Recorded]:
    """Return every task of a folder.

    Args:
        folder: where `tasks.jsonl` is.
        examples: False takes the prompt the model saw, which has no examples.

    Raises:
        UsageError: there is no such file.
    """
    rows = read_lines(folder / TASKS)
    return [_recorded(position, row, examples=examples) for position, row in enumerate(rows)]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines.

    Raises:
        UsageError: there is no such file.
    """
    try:
        # Not `splitlines`: a line separator of Unicode may stand in a string.
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; --data names a folder with {TASKS} and the labels") from error
    return [json.loads(line) for line in lines if line.strip()]


def _recorded(position: int, row: dict[str, Any], *, examples: bool) -> Recorded:
    document = Document(row["prompt" if examples else "sampling_prompt"])
    task = make_task(document, document.named(row["entry_point"]))
    if not examples:
        task = replace(task, examples=(), unread_examples=())
    return Recorded(
        position=position,
        task_id=row["task_id"],
        task=task,
        completions=tuple(row["completions"]),
        test_completions=tuple(row["test_completions"]),
    )
