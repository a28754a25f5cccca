"""`python -m atlas_bench NAME`: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import asyncio
import json

from atlas_bench import handwritten, server


def main() -> None:
    """Parse the command line and run a benchmark."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    command = names.add_parser("server", help="start-up, code-action latency and memory of the language server")
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    command = names.add_parser("handwritten", help="ten functions written by hand: how many verified, how many right")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    options = parser.parse_args()
    run = server.measure(rounds=options.rounds) if options.name == "server" else handwritten.measure()
    print(json.dumps(asyncio.run(run), indent=1))


if __name__ == "__main__":
    main()
