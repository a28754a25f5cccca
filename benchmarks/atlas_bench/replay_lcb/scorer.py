"""`python -m atlas_bench.replay_lcb.scorer LABELS < findings`: the only code that reads the labels, in its own process.

A label says whether the code that LiveCodeBench extracted passed its hidden tests. Where our extraction found other
code (`extracted` says how often), the label is not about that code; it is used all the same and the cases are counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from atlas_bench.replay_lcb.records import Choice, Findings, TaskFindings

SCHEMA = 1


class Label(msgspec.Struct, kw_only=True):
    """What LiveCodeBench recorded for one output."""

    code: str
    passed: bool


Labels = dict[tuple[str, str, int], Label]


def read_labels(path: Path) -> Labels:
    """Return the labels by task, model and sample."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        (row["question_id"], row["model"], row["sample"]): Label(code=row["code"], passed=bool(row["passed"]))
        for row in rows
    }


def report(findings: Findings, labels: Labels) -> dict[str, Any]:
    """Return the figures over all tasks, and under `stdin` and `class` those of each form."""
    figures = _figures(findings.tasks, labels)
    for form in ("stdin", "class"):
        figures[form] = _figures([task for task in findings.tasks if task.form == form], labels)
    figures["threads"] = _threads(findings.tasks, labels)
    return {"schema": SCHEMA, **figures, "cpu_s": findings.cpu_s, "sandbox_layers": findings.sandbox_layers}


def _threads(tasks: Sequence[TaskFindings], labels: Labels) -> dict[str, Any]:
    """Return how right the main programs are that pass every example, those that start a thread apart from the others.

    A program whose `main` runs in a thread prints after the main thread's end. A judge that starts a process sees that, one
    that runs the text inside its own process and does not wait for the thread does not.
    """
    starting: list[bool] = []
    others: list[bool] = []
    for task in tasks:
        for output in task.outputs:
            if task.form == "stdin" and output.passes_every_example:
                group = starting if "Thread(" in output.code else others
                group.append(labels[task.question_id, output.model, output.sample].passed)
    return {
        "outputs_that_pass": len(starting),
        "right_given_pass": _share(starting),
        "others_that_pass": len(others),
        "others_right_given_pass": _share(others),
    }


def _figures(tasks: Sequence[TaskFindings], labels: Labels) -> dict[str, Any]:
    rows = [
        (task, output, labels[task.question_id, output.model, output.sample])
        for task in tasks
        for output in task.outputs
    ]
    right = {task.question_id: [_label(task, index, labels) for index in range(len(task.outputs))] for task in tasks}
    chosen = [task for task in tasks if task.outputs]
    passing = [label.passed for _, output, label in rows if output.passes_every_example]
    neither = [
        label.passed
        for _, output, label in rows
        if output.statuses and not (output.passes_every_example or output.example_fails)
    ]
    failing = [label.passed for _, output, label in rows if output.example_fails]
    extracted = [_words(output.code) == _words(label.code) for _, output, label in rows]
    mixed = [task for task in chosen if len(set(right[task.question_id])) > 1]

    def mean(choose: Callable[[TaskFindings], Choice]) -> float | None:
        """Return the share of right picks where a tie counts as its mean."""
        shares = []
        for task in chosen:
            tied = choose(task).tied
            shares.append(sum(right[task.question_id][index] for index in tied) / len(tied))
        return _round(sum(shares) / len(shares)) if shares else None

    def picked(choose: Callable[[TaskFindings], Choice]) -> float | None:
        return _share([right[task.question_id][choose(task).picked] for task in chosen])

    return {
        "tasks": len(tasks),
        "outputs": len(rows),
        "extracted": _share(extracted),
        "no_code": sum(not output.code for _, output, _ in rows),
        "parsed": _share([bool(task.examples) for task, _, _ in rows]),
        "examples": sum(task.examples for task in tasks),
        "right_given_pass": _share(passing),
        "right_given_fail": _share(failing),
        "outputs_that_pass": len(passing),
        "outputs_that_fail": len(failing),
        "outputs_with_another_answer": len(neither),
        "right_but_an_example_fails": sum(failing),
        "random": _mean([sum(right[task.question_id]) / len(task.outputs) for task in chosen]),
        "selected": picked(lambda task: task.by_agreement),
        "selected_by_examples": picked(lambda task: task.by_examples),
        "selected_ties_as_mean": mean(lambda task: task.by_agreement),
        "selected_by_examples_ties_as_mean": mean(lambda task: task.by_examples),
        "oracle": _share([any(right[task.question_id]) for task in chosen]),
        "one_right_one_wrong": len(mixed),
        "of_these_tied_by_examples": sum(len(task.by_examples.tied) > 1 for task in mixed),
        "of_these_decided_by_agreement": sum(
            len(task.by_examples.tied) > len(task.by_agreement.tied) for task in mixed
        ),
    }


def _label(task: TaskFindings, index: int, labels: Labels) -> bool:
    output = task.outputs[index]
    return labels[task.question_id, output.model, output.sample].passed


def _words(text: str) -> list[str]:
    return text.split()


def _share(values: Sequence[bool]) -> float | None:
    return _round(sum(values) / len(values)) if values else None


def _mean(values: Sequence[float]) -> float | None:
    return _round(sum(values) / len(values)) if values else None


def _round(value: float) -> float:
    return round(value, 4)


def main() -> int:
    """Read the findings from standard input and print the report."""
    findings = msgspec.json.decode(sys.stdin.buffer.read(), type=Findings)
    print(json.dumps(report(findings, read_labels(Path(sys.argv[1]))), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
