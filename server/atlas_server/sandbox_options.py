"""The grammar of `atlas-ls sandbox`, apart from what it does: every start of the server reads this."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

_MOST_MEGABYTES = 1024 * 1024


def add_parser(commands: Any) -> None:
    """Add `sandbox run` to the command line's grammar."""
    sandbox = commands.add_parser("sandbox", help="run a file in the sandbox that model-written code runs in")
    actions = sandbox.add_subparsers(dest="action", metavar="ACTION", required=True)
    run = actions.add_parser(
        "run",
        help="run a file as a main program and report what it did",
        description="Run a file as a main program in the jail and report what it did. Exit status 0: it ended by itself"
        " with status 0; 1: anything else, which was contained; 2: wrong usage, or no sandbox here.",
    )
    run.add_argument("file", metavar="FILE", help="Python, JavaScript or TypeScript, told by its suffix")
    run.add_argument("--stdin", metavar="F", help="file that becomes its standard input (default: empty)")
    run.add_argument("--time", type=_positive, default=10.0, metavar="S", help="CPU seconds (default 10)")
    run.add_argument("--memory", type=_megabytes, default=512, metavar="MB", help="memory in MiB (default 512)")
    run.add_argument("--python", default="", metavar="PATH", help="interpreter (default: the one of atlas-ls)")
    run.add_argument(
        "--layers",
        choices=("auto", "bubblewrap", "landlock"),
        default="auto",
        help="layers of isolation (default: the strongest that work)",
    )
    run.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) <= 3600:
            return value
    raise argparse.ArgumentTypeError("must be a number, more than 0 and at most 3600")


def _megabytes(text: str) -> int:
    with contextlib.suppress(ValueError):
        if 16 <= (value := int(text)) <= _MOST_MEGABYTES:
            return value
    raise argparse.ArgumentTypeError(f"must be a whole number, at least 16 and at most {_MOST_MEGABYTES}")
