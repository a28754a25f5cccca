"""The grammar of `atlas-ls lens`, apart from what it does: every start of the server reads this."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Add `lens` and its actions to the command line's grammar."""
    lens = commands.add_parser(
        "lens",
        help="train, measure and manage the learned scorer of a model",
        description="The learned scorer (the Lens) of one model: docs/lens.md. Exit status 0; 1 where a training showed no "
        "gain, or nothing could be concluded; 2 for wrong usage, missing or damaged files.",
    )
    actions = lens.add_subparsers(dest="action", metavar="ACTION", required=True)
    status = actions.add_parser(
        "status", help="what is in use for a model, how it was measured, and what happened since"
    )
    training = actions.add_parser(
        "train",
        help="train on outcomes, compare with the baselines, and keep the winner as a new version",
        description="Train on outcomes (`python -m atlas_pocket.outcomes` writes some); without any, on the history.",
    )
    training.add_argument("outcomes", type=Path, nargs="*", metavar="OUTCOMES", help="files with outcomes of the model")
    training.add_argument("--cost-field", action="store_true", help="train C(x) as well, which needs torch and minutes")
    training.add_argument(
        "--recalibrate",
        action="store_true",
        help="do not train anew: adapt what is in use, where that is surely better",
    )
    training.add_argument(
        "--after",
        type=int,
        default=0,
        metavar="N",
        help="with --recalibrate: only where the history has so many outcomes that were not there the last time",
    )
    training.add_argument(
        "--shifted", default="", metavar="DOMAIN", help="leave this out of training, and measure on it"
    )
    training.add_argument("--report", type=Path, metavar="FILE", help="write the whole comparison to this JSON file")
    evaluating = actions.add_parser("evaluate", help="measure the Lens in use on outcomes that it was not trained on")
    evaluating.add_argument(
        "outcomes", type=Path, nargs="+", metavar="OUTCOMES", help="files with outcomes of the model"
    )
    exporting = actions.add_parser("export", help="copy the weights in use to a file")
    exporting.add_argument("file", type=Path, metavar="FILE", help="new file")
    undoing = actions.add_parser("rollback", help="use the version before the one in use")
    for action in (status, training, evaluating, exporting, undoing):
        action.add_argument(
            "--model", default="", metavar="GGUF", help="model file (default: the bundled pocket model)"
        )
        action.add_argument(
            "--json", action="store_true", help="print one JSON object and nothing else on standard output"
        )
