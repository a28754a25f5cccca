"""`python -m atlas_bench NAME`: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from atlas_bench import handwritten, server
from atlas_bench.engine import command as engine


def main() -> int:
    """Parse the command line and run a benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    command = names.add_parser("server", help="start-up, code-action latency and memory of the language server")
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    command = names.add_parser("handwritten", help="ten functions written by hand: how many verified, how many right")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    engine.add_arguments(names.add_parser("engine", help="throughput, latencies, overhead and memory of the engine"))
    options = parser.parse_args()
    if options.name == "engine":
        return engine.run(options)
    run = server.measure(rounds=options.rounds) if options.name == "server" else handwritten.measure()
    print(json.dumps(asyncio.run(run), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
