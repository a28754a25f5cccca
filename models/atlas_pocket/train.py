"""Train the pocket model: `python -m atlas_pocket.train --out runs/pocket`.

Reproducible from its seed on one device and thread count. Prints its plan (tokens, FLOPs) before it starts, checkpoints
every ten minutes and can go on from a checkpoint with `--resume`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from atlas_pocket import tokenizer as tokenizers_
from atlas_pocket.corpus import samples
from atlas_pocket.network import Network, Shape

PROMPT_WEIGHT = 0.3
"""Loss weight of prompt tokens. With 0.05 the model did not learn to copy names out of the prompt."""
CHUNK = 4096
"""Samples sorted by length together before they are cut into batches."""
CHECKPOINT_S = 600.0
POCKET_SHAPE = Shape(vocabulary=tokenizers_.VOCABULARY_SIZE)


def pocket_texts(seed: int) -> Iterator[tuple[str, str]]:
    """Yield the pocket corpus as (prompt, answer) for ever."""
    return (sample.text() for sample in samples(seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained on what; the defaults are the pocket model."""

    texts: Callable[[int], Iterator[tuple[str, str]]] = pocket_texts
    """From a seed, an endless stream of (prompt, answer)."""
    tokenizer: Callable[[int], Tokenizer] = tokenizers_.train
    """From a seed."""
    shape: Shape = POCKET_SHAPE
    prompt_weight: float = PROMPT_WEIGHT


POCKET = Recipe()


def batches(
    tokenizer: Tokenizer, *, seed: int, batch_tokens: int, recipe: Recipe = POCKET
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield (inputs, targets, weights), each (B, T): samples of similar length, padded, at most `batch_tokens` together."""
    stream = recipe.texts(seed)
    rng = random.Random(seed)
    while True:
        chunk = [next(stream) for _ in range(CHUNK)]
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
        rng.shuffle(cut)
        for group in cut:
            yield _pad(group, recipe.prompt_weight)


def _pad(group: list[tuple[list[int], int]], prompt_weight: float) -> tuple[Tensor, Tensor, Tensor]:
    width = max(len(ids) for ids, _ in group)
    tokens = torch.zeros(len(group), width, dtype=torch.int64)
    weights = torch.zeros(len(group), width)
    for i, (ids, prompt_length) in enumerate(group):
        tokens[i, : len(ids)] = torch.tensor(ids)
        weights[i, : len(ids)] = 1.0
        weights[i, :prompt_length] = prompt_weight
    return tokens[:, :-1], tokens[:, 1:], weights[:, 1:]


def learning_rate(done: float, *, peak: float) -> float:
    """Return the rate after the share `done` of the run: linear warm-up over 3 %, then a cosine down to 2 %."""
    if done < 0.03:
        return peak * done / 0.03
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - 0.03) / 0.97)))


def loss_of(network: Network, inputs: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the weighted loss and the plain mean loss on answer tokens, both scalars."""
    logits = network(inputs).float()
    each = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(weights)
    answer = weights == 1.0
    return (each * weights).sum() / weights.sum(), each[answer].mean().detach()


def train(arguments: argparse.Namespace, recipe: Recipe = POCKET) -> Path:
    """Run the training and return the folder of its result."""
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() and not arguments.cpu else "cpu")
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    resumed = torch.load(arguments.resume / "checkpoint.pt", weights_only=True) if arguments.resume else None
    tokenizer_path = (arguments.resume or out) / "tokenizer.json"
    tokenizer = tokenizers_.load(tokenizer_path) if arguments.resume else recipe.tokenizer(arguments.seed)
    tokenizer.save(str(out / "tokenizer.json"))
    network = Network(recipe.shape).to(device)
    if resumed is not None:
        network.load_state_dict(resumed["model"])
    if arguments.compile:
        network.compile(dynamic=True)
    flops = 6 * network.parameter_count() * arguments.tokens
    print(
        f"{network.parameter_count():,} parameters, {arguments.tokens:,} tokens, about {flops:.1e} FLOPs, "
        f"{device}, {torch.get_num_threads()} threads",
        flush=True,
    )
    decayed = [p for p in network.parameters() if p.dim() > 1]
    plain = [p for p in network.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": plain, "weight_decay": 0.0}],
        lr=0.0,
        betas=(0.9, 0.95),
        fused=True,
    )
    seen, step, last_saved, smoothed = 0, 0, time.monotonic(), float("nan")
    log = (out / "log.jsonl").open("a", encoding="utf-8")
    with log, tqdm(total=arguments.tokens, unit="tok", unit_scale=True, mininterval=10) as bar:
        for inputs, targets, weights in batches(
            tokenizer, seed=arguments.seed + 1, batch_tokens=arguments.batch_tokens, recipe=recipe
        ):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(seen / arguments.tokens, peak=arguments.learning_rate)
            autocast = (
                torch.autocast(device.type, dtype=torch.bfloat16) if not arguments.fp32 else contextlib.nullcontext()
            )
            with autocast:
                loss, answer_loss = loss_of(network, inputs.to(device), targets.to(device), weights.to(device))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            seen, step = seen + inputs.numel(), step + 1
            bar.update(inputs.numel())
            value = float(answer_loss)
            smoothed = value if math.isnan(smoothed) else 0.98 * smoothed + 0.02 * value
            if step % 50 == 0:
                bar.set_postfix(loss=f"{smoothed:.4f}")
                log.write(json.dumps({"step": step, "tokens": seen, "answer_loss": round(smoothed, 5)}) + "\n")
                log.flush()
            if seen >= arguments.tokens:
                break
            if time.monotonic() - last_saved > CHECKPOINT_S:
                save(network, out)
                last_saved = time.monotonic()
    save(network, out)
    return out


def save(network: Network, out: Path) -> None:
    """Write the checkpoint whole or not at all."""
    temporary = out / "checkpoint.tmp"
    torch.save({"model": network.state_dict(), "shape": asdict(network.shape)}, temporary)
    temporary.replace(out / "checkpoint.pt")


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint, the tokenizer and the log")
    parser.add_argument("--tokens", type=int, default=10_500_000)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", type=Path, help="go on from the weights and the tokenizer of this folder")
    parser.add_argument("--cpu", action="store_true", help="use the CPU even where there is a GPU")
    parser.add_argument("--compile", action="store_true", help="torch.compile: 1.4 times faster on one CPU thread")
    parser.add_argument("--fp32", action="store_true", help="no bf16 autocast")
    out = train(parser.parse_args())
    print(f"done: python -m atlas_pocket.export {out} --out models/atlas_pocket/weights/pocket.gguf")


if __name__ == "__main__":
    main()
