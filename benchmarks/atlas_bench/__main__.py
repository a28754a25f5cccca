"""`python -m atlas_bench NAME`: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from atlas_bench import check, handwritten, lens, router, sandbox, server, switches
from atlas_bench.ablation import command as ablation
from atlas_bench.engine import command as engine
from atlas_bench.replay import abandoning
from atlas_bench.replay import command as replay
from atlas_bench.replay_lcb import command as replay_lcb
from atlas_bench.suites import command as suites


def main() -> int:
    """Parse the command line and run a benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)

    def add(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = names.add_parser(name, help=text)
        command.set_defaults(run=run)
        return command

    command = add("server", "start-up, code-action latency and memory of the language server", _server)
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--jedi", metavar="PATH", help="a jedi-language-server, for code-action latency side by side")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    command = add("switches", "the same functions with one stage of the pipeline at a time left out", _switches)
    command.add_argument("--seeds", type=int, default=3, help="how often each is solved by each variant (default 3)")
    command.add_argument("--only", default="", metavar="NAME,NAME", help="these variants (default: all)")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    command = add("sandbox", "milliseconds per candidate, against a bare fork and other harnesses", _sandbox)
    command.add_argument("--human-eval", metavar="DIR", help="checkout of openai/human-eval, to compare with")
    command.add_argument("--data", metavar="DIR", help="HumanEval tasks (default: ../shared/data/humaneval_codegen)")
    command.add_argument("--rounds", type=int, default=3, help="how often each program is run in each way (default 3)")
    command.add_argument("--soak", type=int, default=0, metavar="N", help="then N runs in a row, watching memory")
    command.add_argument("--bubblewrap", metavar="PATH", help="bubblewrap to use (default: the one on PATH)")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    for name, text, module in (
        ("handwritten", "functions written by hand: how many verified, how many right", handwritten),
        ("engine", "throughput, latencies, overhead and memory of the engine", engine),
        ("replay", "selection on recorded model outputs, without a model", replay),
        ("replay-lcb", "recorded outputs for LiveCodeBench tasks, chosen blindly", replay_lcb),
        ("router", "the router in a simulated world: its regret, and what it chooses", router),
        ("abandon", "giving hopeless tasks up: saved and lost, on the same", abandoning),
        ("ablation", "what each stage is worth, blind, on a frozen suite", ablation),
        ("lens", "milliseconds to score a candidate, beside embedding it", lens),
        ("check", "faults found in a body, and how many reports are right", check),
        ("suite", "the frozen suites of functions: unchanged, and what is in them", suites),
    ):
        module.add_arguments(add(name, text, module.run))
    options = parser.parse_args()
    status: int = options.run(options)
    return status


def _server(options: argparse.Namespace) -> int:
    return _show(server.measure(rounds=options.rounds, jedi=options.jedi))


def _switches(options: argparse.Namespace) -> int:
    return _show(switches.measure(seeds=options.seeds, only=[name for name in options.only.split(",") if name]))


def _sandbox(options: argparse.Namespace) -> int:
    return _show(
        sandbox.measure(
            human_eval=options.human_eval,
            data=options.data,
            rounds=options.rounds,
            soak=options.soak,
            bubblewrap=options.bubblewrap,
        )
    )


def _show(measuring: Coroutine[Any, Any, dict[str, Any]]) -> int:
    print(json.dumps(asyncio.run(measuring), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
