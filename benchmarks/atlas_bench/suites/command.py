"""`python -m atlas_bench suite check | show`: whether the frozen suites are unchanged, and what is in them."""

from __future__ import annotations

import argparse
import json
import sys

from atlas_bench.suites import NAMES, changed, load, overview


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = command.add_subparsers(dest="action", required=True)
    actions.add_parser("check", help="compare the files with SHA256SUMS")
    show = actions.add_parser("show", help="count the tasks of a suite, or print one of them")
    show.add_argument("suite", choices=NAMES)
    show.add_argument("--task", metavar="ID", help="print this task, such as 017; hidden tests are never printed")


def run(options: argparse.Namespace) -> int:
    """Check or show; return the exit status."""
    if options.action == "check":
        wrong = changed()
        if wrong:
            print(f"{', '.join(wrong)}: not the file of SHA256SUMS; restore it, suites never change", file=sys.stderr)
        print(json.dumps({"suites": list(NAMES), "changed": wrong}))
        return 1 if wrong else 0
    tasks = load(options.suite)
    if not options.task:
        print(json.dumps({"suite": options.suite, "tasks": len(tasks), "tiers": overview(tasks)}, indent=1))
        return 0
    found = [task for task in tasks if task.id.endswith(f"/{options.task.rpartition('/')[2]}")]
    if not found:
        print(f"{options.suite} has no task {options.task}: 001 to {len(tasks):03} are there", file=sys.stderr)
        return 2
    print(found[0].source, end="")
    return 0
