"""`python -m atlas_bench NAME`: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import asyncio
import json

from atlas_bench import server


def main() -> None:
    """Parse the command line and run a benchmark."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    command = names.add_parser("server", help="start-up, code-action latency and memory of the language server")
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args()
    print(json.dumps(asyncio.run(server.measure(rounds=options.rounds)), indent=1))


if __name__ == "__main__":
    main()
