"""The pocket model's tokenizer: byte-level BPE, trained on the corpus, digits one by one.

The pre-tokenizer is Qwen2's regular expression, because llama.cpp knows it as `tokenizer.ggml.pre = "qwen2"`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from atlas_pocket.corpus import samples

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
VOCABULARY_SIZE = 2048
"""A multiple of 32, so that the embedding can be quantised by blocks."""

QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(seed: int = 0, *, sample_count: int = 12_000) -> Tokenizer:
    """Train the tokenizer on the first samples of the corpus, plus made-up words."""
    return fit(_texts(seed, sample_count), VOCABULARY_SIZE)


def fit(texts: Iterator[str], size: int) -> Tokenizer:
    """Train a tokenizer of `size` tokens on `texts`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _texts(seed: int, count: int) -> Iterator[str]:
    stream = samples(seed)
    for _ in range(count):
        sample = next(stream)
        if sample.role == "copy":  # made-up words would take the room of real ones
            continue
        yield sample.prompt + "\n" + sample.answer
    # Names the corpus does not use still have to be copied: words of common letter pairs keep them short.
    rng = random.Random(seed)
    for _ in range(count // 8):
        yield "".join(rng.choice("bcdfghklmnprstvw") + rng.choice("aeiou") for _ in range(rng.randint(1, 4)))


def load(path: Path) -> Tokenizer:
    """Read a tokenizer that `save` wrote."""
    return Tokenizer.from_file(str(path))
