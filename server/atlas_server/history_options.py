"""The grammar of `atlas-ls history`, apart from what it does: every start of the server reads this."""

from __future__ import annotations

import argparse
from typing import Any

_MOST_LISTED = 30


def add_parser(commands: Any) -> None:
    """Add `history` and its actions to the command line's grammar."""
    history = commands.add_parser(
        "history",
        help="see, export or remove what is kept of finished solves",
        description="What is kept of finished solves, on this machine: docs/history.md. Exit status 0; 2 for wrong usage, "
        "or where the history cannot be read.",
    )
    actions = history.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the solves that are kept, newest first")
    listing.add_argument(
        "like", metavar="TEXT", nargs="?", default="", help="part of a function's name or a file's path"
    )
    listing.add_argument(
        "-n", type=_count, default=_MOST_LISTED, metavar="N", help=f"how many (default {_MOST_LISTED}; 0: all)"
    )
    showing = actions.add_parser("show", help="one solve: its candidates, verdicts and outcomes")
    showing.add_argument("solve", metavar="ID", help="as in the list; its first characters will do")
    exporting = actions.add_parser(
        "export", help="all of it as JSON, one solve a line", description="The form is documented in docs/history.md."
    )
    exporting.add_argument("file", metavar="FILE", nargs="?", help="new file, readable by you only (default: print)")
    clearing = actions.add_parser("clear", help="remove all of it, with what was set aside as damaged")
    clearing.add_argument("--yes", action="store_true", help="do not ask")
    for action in (listing, showing, exporting, clearing):
        action.add_argument("--json", action="store_true", help="print JSON and nothing else on standard output")


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value
