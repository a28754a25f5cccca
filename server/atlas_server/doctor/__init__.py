"""`atlas-ls doctor`: what works here, what does not, and what to do about it. One file per check.

A check is a module with `async def check(context) -> list[Line]`; `CHECKS` names them in the order they are shown. It
reports what goes wrong as a line and raises nothing. Exit status 0: nothing failed; 1: something did; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from . import sandbox_environment, sandbox_layers, sandbox_node, sandbox_python
from .api import Context, Line, Mark

EXIT_USAGE = 2
SCHEMA = 1
CHECKS = (sandbox_layers, sandbox_python, sandbox_environment, sandbox_node)
_SIGNS = {Mark.GOOD: "ok  ", Mark.NOTE: "note", Mark.BAD: "FAIL"}


def run_doctor(options: argparse.Namespace) -> int:
    """Run every check, print its lines and return the exit status."""
    try:
        context = Context.here(python=options.python)
    except OSError:
        sys.stderr.write("atlas-ls: the current folder is not there any more\n")
        return EXIT_USAGE
    lines = asyncio.run(_all_lines(context))
    if options.json:
        rows = [
            {"check": line.check, "mark": line.mark.value, "text": line.text, "remedy": line.remedy} for line in lines
        ]
        sys.stdout.write(json.dumps({"schema": SCHEMA, "lines": rows}) + "\n")
    else:
        for line in lines:
            sys.stdout.write(f"{_SIGNS[line.mark]}  {line.check}: {line.text}\n")
            if line.remedy:
                sys.stdout.write(f"      -> {line.remedy}\n")
    return int(any(line.mark is Mark.BAD for line in lines))


async def _all_lines(context: Context) -> list[Line]:
    return [line for module in CHECKS for line in await module.check(context)]
