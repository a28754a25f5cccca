"""`python -m atlas_bench NAME`: one JSON object on standard output, progress on standard error."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Any

from atlas_bench import check, handwritten, router, sandbox, server, switches
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
    command = names.add_parser("server", help="start-up, code-action latency and memory of the language server")
    command.add_argument("--rounds", type=int, default=9)
    command.add_argument("--jedi", metavar="PATH", help="a jedi-language-server, for code-action latency side by side")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    handwritten.add_arguments(
        names.add_parser("handwritten", help="functions written by hand: how many verified, how many right")
    )
    command = names.add_parser("switches", help="the same functions with one stage of the pipeline at a time left out")
    command.add_argument("--seeds", type=int, default=3, help="how often each is solved by each variant (default 3)")
    command.add_argument("--only", default="", metavar="NAME,NAME", help="these variants (default: all)")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    command = names.add_parser("sandbox", help="milliseconds per candidate, against a bare fork and other harnesses")
    command.add_argument("--human-eval", metavar="DIR", help="checkout of openai/human-eval, to compare with")
    command.add_argument("--data", metavar="DIR", help="HumanEval tasks (default: ../shared/data/humaneval_codegen)")
    command.add_argument("--rounds", type=int, default=3, help="how often each program is run in each way (default 3)")
    command.add_argument("--soak", type=int, default=0, metavar="N", help="then N runs in a row, watching memory")
    command.add_argument("--bubblewrap", metavar="PATH", help="bubblewrap to use (default: the one on PATH)")
    command.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")
    engine.add_arguments(names.add_parser("engine", help="throughput, latencies, overhead and memory of the engine"))
    replay.add_arguments(names.add_parser("replay", help="selection on recorded model outputs, without a model"))
    router.add_arguments(
        names.add_parser("router", help="the router in a simulated world: its regret, and what it chooses")
    )
    abandoning.add_arguments(names.add_parser("abandon", help="giving hopeless tasks up: saved and lost, on the same"))
    replay_lcb.add_arguments(
        names.add_parser("replay-lcb", help="recorded outputs for LiveCodeBench tasks, chosen blindly")
    )
    ablation.add_arguments(names.add_parser("ablation", help="what each stage is worth, blind, on a frozen suite"))
    check.add_arguments(names.add_parser("check", help="faults found in a body, and how many reports are right"))
    suites.add_arguments(
        names.add_parser("suite", help="the frozen suites of functions: unchanged, and what is in them")
    )
    options = parser.parse_args()
    if options.name == "handwritten":
        return handwritten.run(options)
    if options.name == "ablation":
        return ablation.run(options)
    if options.name == "router":
        return router.run(options)
    if options.name == "abandon":
        return abandoning.run(options)
    if options.name == "suite":
        return suites.run(options)
    if options.name == "check":
        return check.run(options)
    if options.name == "replay-lcb":
        return replay_lcb.run(options)
    if options.name == "engine":
        return engine.run(options)
    if options.name == "replay":
        return replay.run(options)
    print(json.dumps(asyncio.run(_measure(options)), indent=1))
    return 0


def _measure(options: argparse.Namespace) -> Coroutine[Any, Any, dict[str, Any]]:
    if options.name == "server":
        return server.measure(rounds=options.rounds, jedi=options.jedi)
    if options.name == "sandbox":
        return sandbox.measure(
            human_eval=options.human_eval,
            data=options.data,
            rounds=options.rounds,
            soak=options.soak,
            bubblewrap=options.bubblewrap,
        )
    return switches.measure(seeds=options.seeds, only=[name for name in options.only.split(",") if name])


if __name__ == "__main__":
    sys.exit(main())
