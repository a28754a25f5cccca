"""Train the pocket model: `python -m atlas_pocket.train --out runs/pocket --tokens 20000000 --most-hours 3`.

Measures a few steps, prints its plan (tokens, FLOPs, expected time) and refuses one that does not fit `--most-hours`.
Checkpoints hold the optimiser's state and the position in the corpus: `--resume` goes on as if nothing had happened, from
the next chunk of samples on. The learning rate warms up, stays, and falls at the end of a run that has `--decay`
(warmup-stable-decay, arXiv 2404.06395), so that a run can go on for as long as there is time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from atlas_pipeline.prompts import Role, digest
from atlas_pocket import tokenizer as tokenizers_
from atlas_pocket.corpus import held_out_samples, samples
from atlas_pocket.growth import grown
from atlas_pocket.network import Network, Shape
from atlas_pocket.roles import MAKERS

PROMPT_WEIGHT = 0.3
"""Loss weight of prompt tokens. With 0.05 the model did not learn to copy names out of the prompt."""
CHUNK = 2048
"""Samples sorted by length together before they are cut into batches."""
PROBE_STEPS = 6
POCKET_SHAPE = Shape(
    vocabulary=tokenizers_.VOCABULARY_SIZE, layers=6, width=320, heads=10, kv_heads=5, feed_forward=896
)
WARM_UP_TOKENS = 300_000
HELD_SAMPLES = 8
"""Of each role, for the loss on compositions that are held out."""

Text = tuple[str, str]
"""What is given and what is learned."""


class PlanRefusedError(Exception):
    """The training would take longer than allowed."""


def pocket_texts(seed: int | str, *, shares: Mapping[Role, int] | None = None) -> Iterator[Text]:
    """Yield the pocket corpus as (prompt, answer) for ever; `shares` as in `corpus.samples`."""
    return (sample.text() for sample in samples(seed, shares=shares))


def pocket_held_texts() -> dict[str, list[Text]]:
    """Return some held-out samples of every role."""
    found: dict[str, list[Text]] = defaultdict(list)
    for sample in islice(held_out_samples("held"), 4000):
        if len(found[sample.role]) < HELD_SAMPLES * (4 if sample.role == "code" else 1):
            found[sample.role].append(sample.text())
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained on what; the defaults are the pocket model."""

    texts: Callable[[int | str], Iterator[Text]] = pocket_texts
    """From a seed, an endless stream of (prompt, answer)."""
    held_texts: Callable[[], dict[str, list[Text]]] | None = pocket_held_texts
    """Texts that are never trained on, by role; None: no such loss."""
    tokenizer: Callable[[int], Tokenizer] = tokenizers_.train
    """From a seed."""
    shape: Shape = POCKET_SHAPE
    prompt_weight: float = PROMPT_WEIGHT
    roles: tuple[Role, ...] = tuple(MAKERS)
    """Of the `pocket` prompts that `texts` are rendered with; none: they are of another kind."""


POCKET = Recipe()

Batch = tuple[Tensor, Tensor, Tensor]
"""Inputs, targets and weights, each (B, T)."""


def batches(
    tokenizer: Tokenizer, *, seed: int, batch_tokens: int, recipe: Recipe = POCKET, first_chunk: int = 0
) -> Iterator[tuple[int, Batch]]:
    """Yield the number of the chunk and a batch: samples of similar length, padded, at most `batch_tokens` together."""
    number = first_chunk
    while True:
        name = f"{seed}/{number}"
        chunk = list(islice(recipe.texts(name), CHUNK))
        cut = _cut(tokenizer, chunk, batch_tokens)
        random.Random(name).shuffle(cut)
        for group in cut:
            yield number, _pad(group, recipe.prompt_weight)
        number += 1


def _cut(tokenizer: Tokenizer, chunk: list[Text], batch_tokens: int) -> list[list[tuple[list[int], int]]]:
    prompts = tokenizer.encode_batch([prompt for prompt, _ in chunk])
    answers = tokenizer.encode_batch([answer for _, answer in chunk])
    rows = sorted(
        ((p.ids + a.ids, len(p.ids)) for p, a in zip(prompts, answers, strict=True)), key=lambda row: len(row[0])
    )
    cut: list[list[tuple[list[int], int]]] = []
    current: list[tuple[list[int], int]] = []
    for row in rows:
        if current and len(row[0]) * (len(current) + 1) > batch_tokens:
            cut.append(current)
            current = []
        current.append(row)
    cut.append(current)
    return cut


def _pad(group: list[tuple[list[int], int]], prompt_weight: float) -> Batch:
    width = max(len(ids) for ids, _ in group)
    tokens = torch.zeros(len(group), width, dtype=torch.int64)
    weights = torch.zeros(len(group), width)
    for i, (ids, prompt_length) in enumerate(group):
        tokens[i, : len(ids)] = torch.tensor(ids)
        weights[i, : len(ids)] = 1.0
        weights[i, :prompt_length] = prompt_weight
    return tokens[:, :-1], tokens[:, 1:], weights[:, 1:]


def learning_rate(seen: float, total: float, *, peak: float, decay: float, warm_up: float = WARM_UP_TOKENS) -> float:
    """Return the rate after `seen` of `total` tokens: linear warm-up, constant, then down to 2 %.

    `decay`: the share of the run, at its end, in which it falls.
    """
    if seen < warm_up:
        return peak * seen / warm_up
    left = (total - seen) / (decay * total) if decay else 1.0
    return peak * max(0.02, min(1.0, left))


def loss_of(network: Network, inputs: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted loss and the plain mean loss on answer tokens, both scalars."""
    logits = network(inputs).float()
    each = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(weights)
    answer = weights == 1.0
    return (each * weights).sum() / weights.sum(), each[answer].mean().detach()


def answer_loss(network: Network, tokenizer: Tokenizer, texts: list[Text], batch_tokens: int) -> float:
    """Return the mean loss on the answer tokens of `texts`, in nats."""
    device = network.embedding.weight.device
    total = count = 0.0
    for group in _cut(tokenizer, texts, batch_tokens):
        batch = _pad(group, 0.0)
        _, mean = loss_of(network, *(part.to(device) for part in batch))
        answers = float((batch[2] == 1.0).sum())
        total, count = total + float(mean) * answers, count + answers
    return total / count


@dataclass(slots=True)
class Position:
    """How far a training has come."""

    tokens: int = 0
    step: int = 0
    chunk: int = 0
    begun_at: int = 0
    """Tokens that had been seen when this run began: the rate follows the run, the log all of them."""


class Training:
    """The network, its optimisers and where they are."""

    def __init__(self, arguments: argparse.Namespace, recipe: Recipe) -> None:
        self.arguments = arguments
        self.recipe = recipe
        self.out: Path = arguments.out
        self.device = torch.device("cuda" if torch.cuda.is_available() and not arguments.cpu else "cpu")
        self.position = Position()
        self.out.mkdir(parents=True, exist_ok=True)
        saved = torch.load(arguments.resume / "checkpoint.pt", weights_only=True) if arguments.resume else None
        self.tokenizer = self._tokenizer()
        self.network = self._network(saved).to(self.device)
        self.optimisers = self._optimisers()
        if saved is not None and "optimisers" in saved:
            for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
                optimiser.load_state_dict(state)
            self.position = Position(**saved["position"])
            self.position.begun_at = self.position.tokens
        self.warm_up = 0 if saved is not None and "optimisers" in saved else arguments.warm_up
        if arguments.compile:
            self.network.compile(dynamic=True)

    def _tokenizer(self) -> Tokenizer:
        resumed: Path | None = self.arguments.resume
        known: Path | None = resumed / "tokenizer.json" if resumed else self.arguments.tokenizer
        tokenizer = tokenizers_.load(known) if known else self.recipe.tokenizer(self.arguments.seed)
        tokenizer.save(str(self.out / "tokenizer.json"))
        return tokenizer

    def _network(self, saved: dict[str, Any] | None) -> Network:
        if saved is not None:
            network = Network(Shape(**saved["shape"]))
            network.load_state_dict(saved["model"])
            return network
        begin: Path | None = self.arguments.grow
        if begin is None:
            return Network(self.recipe.shape)
        known = torch.load(begin / "checkpoint.pt", weights_only=True)
        old = Network(Shape(**{**asdict(Shape()), **known["shape"]}))
        old.load_state_dict(known["model"])
        return grown(old, self.recipe.shape, tokenizers_.load(begin / "tokenizer.json"), self.tokenizer)

    def _optimisers(self) -> list[torch.optim.Optimizer]:
        """Return Muon for the matrices of the layers and AdamW for the rest, or AdamW for all.

        Muon (Jordan et al. 2024) with the scale of arXiv 2502.16982, so that one learning rate serves both.
        """
        matrices = [p for p in self.network.blocks.parameters() if p.dim() > 1]
        embedding = [self.network.embedding.weight]
        plain = [p for p in self.network.parameters() if p.dim() <= 1]
        betas = (0.9, 0.95)
        if self.arguments.optimiser == "adamw":
            groups = [{"params": matrices + embedding, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
            return [torch.optim.AdamW(groups, lr=0.0, betas=betas, fused=True)]
        groups = [{"params": embedding, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}]
        return [
            torch.optim.AdamW(groups, lr=0.0, betas=betas, fused=True),
            torch.optim.Muon(matrices, lr=0.0, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        ]

    def stream(self, first_chunk: int) -> Iterator[tuple[int, Batch]]:
        """Yield the batches from a chunk on."""
        return batches(
            self.tokenizer,
            seed=self.arguments.seed + 1,
            batch_tokens=self.arguments.batch_tokens,
            recipe=self.recipe,
            first_chunk=first_chunk,
        )

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of all parameters."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Return the context in which the network runs."""
        if self.arguments.fp32:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def step(self, batch: Batch) -> float:
        """Learn from one batch; return the loss on its answers."""
        with self.autocast():
            loss, answer_loss = loss_of(self.network, *(part.to(self.device) for part in batch))
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        return float(answer_loss)

    def probe(self) -> float:
        """Return the tokens per second of a few steps at rate 0, of which nothing stays but the optimisers' first moments.

        The first steps compile and are not counted.
        """
        began, counted = 0.0, 0
        stream = self.stream(first_chunk=-1)
        for number in range(2 * PROBE_STEPS):
            _, batch = next(stream)
            if number == PROBE_STEPS:
                began = time.monotonic()
            with self.autocast():
                loss, _ = loss_of(self.network, *(part.to(self.device) for part in batch))
            loss.backward()
            counted += batch[0].numel() if number >= PROBE_STEPS else 0
        self.network.zero_grad(set_to_none=True)
        return counted / (time.monotonic() - began)

    def held_losses(self, texts: dict[str, list[Text]]) -> dict[str, float]:
        """Return the loss on the answers of texts that are not trained on, by role."""
        # Not compiled: shapes that are seen once would be compiled again and again.
        with torch.inference_mode(), self.autocast(), torch.compiler.set_stance("force_eager"):
            return {
                role: round(answer_loss(self.network, self.tokenizer, pairs, self.arguments.batch_tokens), 4)
                for role, pairs in sorted(texts.items())
            }

    def save(self, name: str = "checkpoint") -> None:
        """Write the checkpoint whole or not at all."""
        temporary = self.out / f"{name}.tmp"
        state = {
            "model": self.network.state_dict(),
            "shape": asdict(self.network.shape),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "roles": self.recipe.roles,
            "prompts": digest("pocket", self.recipe.roles) if self.recipe.roles else "",
            "position": {"tokens": self.position.tokens, "step": self.position.step, "chunk": self.position.chunk},
        }
        torch.save(state, temporary)
        temporary.replace(self.out / f"{name}.pt")


def plan(training: Training) -> str:
    """Measure a few steps and say what the training will take.

    Raises:
        PlanRefusedError: it is longer than `--most-hours`.
    """
    arguments, network = training.arguments, training.network
    rate = training.probe()
    hours = arguments.tokens / rate / 3600
    flops = 6 * network.parameter_count() * arguments.tokens
    text = (
        f"{network.parameter_count():,} parameters, {arguments.tokens:,} tokens, about {flops:.1e} FLOPs, "
        f"{training.device}, {torch.get_num_threads()} threads: measured {rate:,.0f} tokens/s, so about {hours:.2f} hours"
    )
    if arguments.most_hours and hours > arguments.most_hours:
        fitting = int(arguments.most_hours * 3600 * rate)
        raise PlanRefusedError(
            f"{text}; allowed are {arguments.most_hours:g} (--most-hours). Train at most {fitting:,} tokens, or allow more."
        )
    return text


def train(arguments: argparse.Namespace, recipe: Recipe = POCKET) -> Path:
    """Run the training and return the folder of its result.

    Raises:
        PlanRefusedError: see `plan`; nothing was trained.
    """
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    training = Training(arguments, recipe)
    print(plan(training), flush=True)
    stopped = False

    def stop(signal_number: int, frame: object) -> None:
        nonlocal stopped
        stopped = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        _run(training, lambda: stopped)
    finally:
        signal.signal(signal.SIGTERM, before)
    return training.out


def _run(training: Training, stopped: Callable[[], bool]) -> None:
    arguments, position = training.arguments, training.position
    held = training.recipe.held_texts() if training.recipe.held_texts is not None else {}
    smoothed, last_saved, last_held = math.nan, time.monotonic(), time.monotonic()
    log = (training.out / "log.jsonl").open("a", encoding="utf-8")

    def note(**entry: object) -> None:
        log.write(json.dumps({"step": position.step, "tokens": position.tokens, **entry}) + "\n")
        log.flush()

    with log, tqdm(total=arguments.tokens, unit="tok", unit_scale=True, mininterval=10) as bar:
        for chunk, batch in training.stream(position.chunk):
            position.chunk = chunk
            seen = position.tokens - position.begun_at
            if seen >= arguments.tokens or stopped():
                break
            rate = learning_rate(
                seen, arguments.tokens, peak=arguments.learning_rate, decay=arguments.decay, warm_up=training.warm_up
            )
            training.set_rate(rate)
            value = training.step(batch)
            position.tokens, position.step = position.tokens + batch[0].numel(), position.step + 1
            bar.update(batch[0].numel())
            smoothed = value if math.isnan(smoothed) else 0.98 * smoothed + 0.02 * value
            if position.step % 50 == 0:
                bar.set_postfix(loss=f"{smoothed:.4f}")
                note(answer_loss=round(smoothed, 5), rate=round(rate, 7), time=round(time.time()))
            if time.monotonic() - last_saved > arguments.checkpoint_s:
                # The rest of this chunk is left out where the training goes on from here.
                position.chunk += 1
                training.save()
                position.chunk -= 1
                last_saved = time.monotonic()
            if held and time.monotonic() - last_held > arguments.held_s:
                note(held_loss=training.held_losses(held))
                last_held = time.monotonic()
        if held:
            note(held_loss=training.held_losses(held))
    position.chunk += 1
    training.save()


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint, the tokenizer and the log")
    parser.add_argument("--tokens", type=int, default=20_000_000, help="to train in this run")
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument(
        "--decay", type=float, default=0.2, help="share of the run, at its end, in which the rate falls"
    )
    parser.add_argument("--warm-up", type=int, default=WARM_UP_TOKENS, help="tokens; none where a run is resumed")
    parser.add_argument("--optimiser", choices=("adamw", "muon"), default="adamw")
    parser.add_argument(
        "--shares",
        type=_shares,
        default={},
        metavar="ROLE=PARTS,...",
        help="how often roles are drawn, as corpus.SHARES",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", type=Path, help="go on where the training in this folder is")
    parser.add_argument("--grow", type=Path, help="begin with the weights of the smaller network in this folder")
    parser.add_argument("--tokenizer", type=Path, help="use this file instead of training one; --resume keeps its own")
    parser.add_argument("--most-hours", type=float, default=3.0, help="refuse a plan that takes longer; 0: any")
    parser.add_argument("--checkpoint-s", type=float, default=180.0)
    parser.add_argument("--held-s", type=float, default=600.0, help="seconds between losses on held-out samples")
    parser.add_argument("--cpu", action="store_true", help="use the CPU even where there is a GPU")
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster after the first minute")
    parser.add_argument("--fp32", action="store_true", help="no bf16 autocast")
    return parser


def _shares(text: str) -> dict[Role, int]:
    known = {str(role): role for role in MAKERS}
    found: dict[Role, int] = {}
    for entry in text.split(","):
        name, _, parts = entry.partition("=")
        if name not in known or not parts.isdigit():
            raise argparse.ArgumentTypeError(f"{entry!r}: needed is ROLE=PARTS with one of {', '.join(known)}")
        found[known[name]] = int(parts)
    return found


def main() -> None:
    """Parse the command line and train."""
    command = parser()
    options = command.parse_args()
    recipe = replace(POCKET, texts=partial(pocket_texts, shares=options.shares))
    try:
        out = train(options, recipe)
    except PlanRefusedError as error:
        command.exit(3, f"{error}\n")
    print(f"done: python -m atlas_pocket.export {out} --out models/atlas_pocket/weights/pocket.gguf")


if __name__ == "__main__":
    main()
