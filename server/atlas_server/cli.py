"""The command line: `atlas-ls` serves a language client; `solve` and `demo` are the same machinery without an editor."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from atlas_server import __version__, doctor_options, history_options, lens_options, sandbox_options

EXIT_OK, EXIT_NOT_VERIFIED, EXIT_USAGE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    root = argparse.ArgumentParser(
        prog="atlas-ls",
        description="A language server that solves functions with a local language model. "
        "Without a command it speaks LSP on standard input and output: that is what editors start.",
    )
    root.add_argument("--version", action="version", version=f"atlas-ls {__version__}")
    root.add_argument(
        "--stdio", action="store_true", help="accepted because many clients pass it; stdio is the default"
    )
    root.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    commands = root.add_subparsers(dest="command", metavar="COMMAND")

    solve = commands.add_parser("solve", help="solve one function of a file", description="Solve one function.")
    solve.add_argument("target", metavar="PATH::QUALNAME", help="for example examples/shop.py::Cart.total")
    solve.add_argument("--write", action="store_true", help="write a VERIFIED result into the file")
    solve.add_argument("--accept-weak", action="store_true", help="with --write: write a WEAK result too")
    output = solve.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object and nothing else on standard output")
    output.add_argument(
        "--json-events", action="store_true", help="print every event as a JSON object a line on standard output"
    )
    solve.add_argument("--trace", metavar="FILE", help="write every event to FILE, readable by you only")
    solve.add_argument("--fresh", action="store_true", help="ask the model, whatever the history of solves knows")
    most = "most candidates to sample (default: 20 where there are examples, 8 where there are none)"
    solve.add_argument("-k", type=_positive, metavar="N", help=most)
    solve.add_argument("--seed", type=int, help="seed of every random choice (default 0)")
    solve.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SETTING=JSON",
        help='any other setting, as in an editor: --set \'sandbox.readable=["src", "tests"]\' (can be given again)',
    )
    solve.add_argument("--model", metavar="GGUF", help="model file (default: the bundled pocket model)")
    solve.add_argument("--engine-url", metavar="URL", help="OpenAI-compatible server to use instead of a model file")
    solve.add_argument("--engine-model", metavar="NAME", help="with --engine-url: its model (default: the only one)")
    solve.add_argument("--allow-remote", metavar="HOST", help="with --engine-url: code may be sent to this host")

    engine = commands.add_parser("engine", help="about the model's process")
    actions = engine.add_subparsers(dest="engine_command", metavar="ACTION", required=True)
    allowing = actions.add_parser("allow", help="say that code may be sent to another machine, the host of engine.url")
    allowing.add_argument("host", metavar="HOST", help="its name; with http:// before it for unencrypted connections")
    planning = actions.add_parser(
        "plan",
        help="say where a model would go and what it would take",
        description="Say how a model would be placed, what memory that takes, and why. Only its header is read.",
    )
    planning.add_argument("model", metavar="MODEL", nargs="?", default="", help="GGUF file (default: the pocket model)")
    planning.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else on standard output"
    )
    planning.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help='JSON file with your settings as the editor sends them, for example {"engine": {"slots": 4}}; '
        "what is given here as well goes before",
    )
    planning.add_argument("--draft-model", default="", metavar="GGUF", help="small model that guesses tokens")
    planning.add_argument(
        "--rollback", type=_positive, default=0, metavar="N", help="longest guess, for models with a recurrent state"
    )
    planning.add_argument("--context", type=_positive, default=0, metavar="N", help="tokens of one sequence")
    planning.add_argument("--slots", type=_positive, default=0, metavar="N", help="sequences decoded at once")
    planning.add_argument(
        "--gpu-memory",
        type=_gib,
        action="append",
        metavar="GIB",
        help="plan for a GPU with this much free memory, not for this machine's; once for each GPU; 0: no GPU",
    )
    planning.add_argument(
        "--host-memory", type=_gib, metavar="GIB", help="plan for this much free host memory, not for this machine's"
    )

    calibrate = commands.add_parser(
        "calibrate",
        help="count how often results of a model were right, for later probabilities",
        description="Read results that were checked, one JSON object a line (right, examples, examples_passed, candidates, "
        "cluster; task and model where known), and write the model's calibration table.",
    )
    calibrate.add_argument("file", metavar="FILE", help="for example what `python -m atlas_bench replay` wrote")
    calibrate.add_argument("--model", metavar="NAME", help="as the engine names it (default: the only one in FILE)")
    calibrate.add_argument("--source", metavar="TEXT", help="what was solved, for people (default: the file's name)")
    calibrate.add_argument("--out", metavar="TABLE", help="where to write (default: the user's data folder)")
    calibrate.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else on standard output"
    )

    demo = commands.add_parser("demo", help="watch the whole chain work on a file of examples")
    demo.add_argument("--plain", action="store_true", help="no colours and no live display")
    demo.add_argument("--model", metavar="GGUF", help="model file (default: the bundled pocket model)")
    demo.add_argument("--file", metavar="PATH", help="solve every unsolved function of this file instead")

    sandbox_options.add_parser(commands)
    doctor_options.add_parser(commands)
    history_options.add_parser(commands)
    lens_options.add_parser(commands)
    return root


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _gib(text: str) -> float:
    value = float(text)
    if not 0.0 <= value < 1 << 20:
        raise argparse.ArgumentTypeError("must be a size in GiB, 0 or more")
    return value


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    root = parser()
    options = root.parse_args(arguments)
    logging.basicConfig(
        level=options.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s: %(message)s"
    )
    # These log message bodies, which are the user's code; errors of pygls come through `report_server_error`.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    warnings.simplefilter("ignore", SyntaxWarning)  # about the user's and the model's code, which is parsed here
    if options.command == "solve":
        from atlas_server.solve_command import run_solve

        sys.exit(run_solve(options))
    if options.command == "demo":
        from atlas_server.demo import run_demo

        sys.exit(run_demo(file=options.file, model=options.model, plain=options.plain))
    if options.command == "engine" and options.engine_command == "allow":
        from atlas_server.consent import run_engine_allow

        sys.exit(run_engine_allow(options.host))
    if options.command == "engine":
        from atlas_server.engine_plan_command import run_engine_plan

        sys.exit(run_engine_plan(options))
    if options.command == "calibrate":
        from atlas_server.calibrate_command import run_calibrate

        sys.exit(run_calibrate(options))
    if options.command == "sandbox":
        from atlas_server.sandbox_command import run_sandbox

        sys.exit(run_sandbox(options))
    if options.command == "doctor":
        from atlas_server.doctor import run_doctor

        sys.exit(run_doctor(options))
    if options.command == "history":
        from atlas_server.history_command import run_history

        sys.exit(run_history(options))
    if options.command == "lens":
        from atlas_server.lens_command import run_lens

        sys.exit(run_lens(options))
    if sys.stdin.isatty():
        root.print_help(sys.stderr)
        sys.stderr.write("\nStandard input is a terminal, so no language client is there to talk to.\n")
        sys.exit(EXIT_USAGE)
    serve()


def serve() -> None:
    """Speak LSP on standard input and output until the client ends it."""
    from atlas_server.bounded_input import BoundedInput
    from atlas_server.server import create_server

    protocol_out = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but LSP may reach the real standard output
    create_server().start_io(BoundedInput(sys.stdin.buffer), protocol_out)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
