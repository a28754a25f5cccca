"""Trains the toy model that thinks with the pocket model's own trainer and exporter; see `thinker.py`. Needs torch."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer

from atlas_pocket.calculations import CHAT_TEMPLATE, texts
from atlas_pocket.export import Label, export
from atlas_pocket.network import Shape
from atlas_pocket.tokenizer import fit
from atlas_pocket.train import Recipe, parser, train

SHAPE = Shape(
    vocabulary=320,
    layers=4,
    width=96,
    heads=4,
    kv_heads=2,
    head_dim=32,
    feed_forward=256,
    context=1024,
    initial_std=0.1,
)
"""0.47 million parameters. With weights of 0.02 at the beginning, as the pocket model has, it learned slowly."""


def train_tokenizer(seed: int) -> Tokenizer:
    """Train a tokenizer on the first samples."""
    stream = texts(seed)
    tokenizer = fit(("".join(next(stream)) for _ in range(4000)), SHAPE.vocabulary)
    if tokenizer.get_vocab_size() != SHAPE.vocabulary:
        raise ValueError(
            f"the corpus gives {tokenizer.get_vocab_size()} tokens, the network has {SHAPE.vocabulary}: "
            "lower SHAPE.vocabulary or write more words"
        )
    return tokenizer


RECIPE = Recipe(texts=texts, tokenizer=train_tokenizer, shape=SHAPE, prompt_weight=0.0, held_texts=None, roles=())
LABEL = Label(name="Atlas Thinker (toy)", chat_template=CHAT_TEMPLATE, prompt_profile="chat")


def train_thinker(out: Path, *, tokens: int, seed: int, threads: int) -> Path:
    """Train, export and return the GGUF file."""
    options = parser().parse_args(["--out", str(out), "--cpu", "--fp32", "--optimiser", "adamw", "--most-hours", "0"])
    options.tokens, options.seed, options.threads = tokens, seed, threads
    options.batch_tokens, options.learning_rate = 512, 2e-3
    path = train(options, RECIPE) / "thinker.gguf"
    export(out, path, kind="f16", label=LABEL)
    return path
