"""Trains the Lens with torch: `python -m atlas_lens.train OUTCOMES --out WEIGHTS`. All else of the Lens needs numpy only.

C(x) learns a ranking within tasks (logistic loss on the energies of each pair of a right and a wrong candidate) and
cross-entropy over all. It stops where the order within the validation side's tasks no longer gets better.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from atlas_lens import evaluation, outcomes, weights
from atlas_lens.errors import LensError
from atlas_lens.outcomes import Outcomes
from atlas_lens.scorers import Batch, CostField, Space

HIDDEN = (512, 128)
EPOCHS = 40
PATIENCE = 6
BATCH_TASKS = 32
RATE = 1e-3
DECAY = 1e-2
DROPOUT = 0.2


class Network(nn.Module):
    """n_embd -> 512 -> 128 -> 1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = (width, *HIDDEN, 1)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor) -> Tensor:
        """Return the energies of (n, width), (n,)."""
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if number < len(self.layers) - 1:
                x = self.dropout(functional.silu(x))
        return x[:, 0]


def ranking_loss(energies: Tensor, right: Tensor, task: Tensor) -> Tensor:
    """Return the mean of log(1 + exp(E_right - E_wrong)) over the pairs within tasks; 0 where there is none.

    Args:
        energies: (n,)
        right: (n,) bool
        task: (n,) numbers
    """
    pairs = (task[:, None] == task[None, :]) & right[:, None] & ~right[None, :]
    if not bool(pairs.any()):
        return energies.sum() * 0.0
    return functional.softplus(energies[:, None] - energies[None, :])[pairs].mean()


def network_of(field: CostField) -> Network:
    """Return the network with a cost field's weights, for parity."""
    network = Network(field.layers[0][0].shape[0])
    with torch.no_grad():
        for layer, (matrix, biases) in zip(network.layers, field.layers, strict=True):
            layer.weight.copy_(torch.from_numpy(matrix.T.copy()))
            layer.bias.copy_(torch.from_numpy(biases.copy()))
    return network.eval()


def fit_cost_field(
    train: Outcomes, validation: Outcomes, view: str, *, seed: int = 0, epochs: int = EPOCHS
) -> CostField:
    """Train C(x) on a view."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    space = Space.of(train, view=view)
    inputs = torch.from_numpy(space.inputs(Batch.of(train)))
    right = torch.from_numpy(train.right)
    tasks = train.tasks()
    network = Network(inputs.shape[1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    best, best_field, waited = -1.0, _exported(network, space), 0
    for _ in range(epochs):
        network.train()
        order = rng.permutation(len(tasks))
        for begin in range(0, len(order), BATCH_TASKS):
            several = [tasks[number] for number in order[begin : begin + BATCH_TASKS]]
            rows = torch.from_numpy(np.concatenate(several))
            number = torch.from_numpy(np.repeat(np.arange(len(several)), [len(each) for each in several]))
            energies = network(inputs[rows])
            truth = right[rows]
            loss = ranking_loss(energies, truth, number) + functional.binary_cross_entropy_with_logits(
                -energies, truth.float()
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        field = _exported(network, space)
        now = evaluation.mean_within(field, validation)
        if now > best:
            best, best_field, waited = now, field, 0
        else:
            waited += 1
            if waited == PATIENCE:
                break
    return best_field


def _exported(network: Network, space: Space) -> CostField:
    """Return the weights as they will be in the file, which has them as float16."""
    layers = tuple(
        (
            layer.weight.detach().numpy().T.astype(np.float16).astype(np.float32),
            layer.bias.detach().numpy().astype(np.float32).copy(),
        )
        for layer in network.layers
    )
    return CostField(space, layers)


def use_threads(threads: int) -> None:
    """Train with so many threads."""
    torch.set_num_threads(threads)


def main() -> int:
    """Parse the command line, train, write the weights and the report; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atlas_lens.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outcomes", type=Path, nargs="+", help="files with outcomes of one model")
    parser.add_argument("--out", type=Path, required=True, help="weights file to write")
    parser.add_argument("--report", type=Path, help="JSON file for the whole comparison (default: beside the weights)")
    parser.add_argument("--shifted", default="", help="domain to leave out of training and to measure on apart")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    use_threads(options.threads)
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {text}\n")
        sys.stderr.flush()

    try:
        data = outcomes.joined([outcomes.load(path) for path in options.outcomes])
        found = evaluation.study(
            data, shifted=options.shifted, fit_cost_field=fit_cost_field, version=options.version, say=say
        )
        weights.save(found.weights, options.out)
    except LensError as error:
        sys.stderr.write(f"atlas_lens.train: {error}\n")
        return 2
    report = options.report or options.out.with_suffix(".json")
    report.write_text(json.dumps(found.report, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(
        json.dumps({"weights": str(options.out), "report": str(report), "verdict": found.report["verdict"]})
    )
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
