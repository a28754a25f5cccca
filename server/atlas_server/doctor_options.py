"""The grammar of `atlas-ls doctor`, apart from what it does: every start of the server reads this."""

from __future__ import annotations

from typing import Any


def add_parser(commands: Any) -> None:
    """Add `doctor` to the command line's grammar."""
    doctor = commands.add_parser("doctor", help="check what works on this machine, and what to do where it does not")
    doctor.add_argument("--python", default="", metavar="PATH", help="check this interpreter as `sandbox.python`")
    doctor.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")
