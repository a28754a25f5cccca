"""What the ablation asks its scorer. Apart from it: whoever solves may not even import what reads hidden tests."""

from __future__ import annotations

import msgspec


class Question(msgspec.Struct):
    """Documents to be scored."""

    id: str
    documents: list[str]


class Scores(msgspec.Struct):
    """Which of them are right."""

    id: str
    right: list[bool]
