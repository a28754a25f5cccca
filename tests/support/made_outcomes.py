"""Outcomes drawn from a known law, so that what a scorer finds can be compared with what is there."""

from __future__ import annotations

import numpy as np

from atlas_lens.outcomes import Outcomes, Source

FEATURES = ("mean_logprob", "characters", "votes", "noise")
SOURCE = Source(model="Made Up", model_hash="0123456789abcdef", embedding_definition="made-up/1", made_by="a test")


def made(
    *,
    tasks: int = 200,
    k: int = 8,
    width: int = 12,
    seed: int = 0,
    linear: float = 2.0,
    crossed: float = 0.0,
    logprob: float = 0.3,
    shift: float = 0.0,
    domain: str = "home",
    name: str = "t",
) -> Outcomes:
    """Return outcomes whose log odds are linear in the first number of the vector, and in the product of two others.

    `logprob` is what the log-probability says of the log odds; `shift` moves all vectors.
    """
    rng = np.random.default_rng(seed)
    n = tasks * k
    vectors = rng.normal(size=(n, width)).astype(np.float32)
    odds = linear * vectors[:, 0] + crossed * vectors[:, 1] * vectors[:, 2]
    right = rng.random(n) < 1.0 / (1.0 + np.exp(-odds))
    said = logprob * odds + rng.normal(size=n)
    features = np.stack([said, rng.normal(size=n), rng.random(n), rng.normal(size=n)], axis=1).astype(np.float32)
    task = np.repeat([f"{name}{number}" for number in range(tasks)], k)
    return Outcomes(
        source=SOURCE,
        task=task,
        group=task,
        domain=np.repeat(domain, n),
        right=right,
        provenance=np.repeat("hidden tests", n),
        features=features,
        feature_names=FEATURES,
        vectors={"body": (vectors + np.float32(shift)).astype(np.float32)},
    )
