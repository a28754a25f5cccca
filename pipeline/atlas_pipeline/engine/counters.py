"""What the engine has done since its model was loaded; the metrics' source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Written by the scheduler's thread, read by others: each is a single number, so no lock is needed."""

    prompt_tokens: int = 0
    """Tokens that completions began with, each time they got a place in the memory."""
    cached_tokens: int = 0
    """Tokens among them that the memory held already."""
    prefilled: int = 0
    """Prompt tokens decoded."""
    decoded: int = 0
    """Tokens written."""
    steps: int = 0
    step_seconds: float = 0.0
    decode_seconds: float = 0.0
    """Time within llama_decode."""
    draft_seconds: float = 0.0
    """Time for drafts, except for looking them up."""
    drafted: int = 0
    accepted: int = 0
    finished: int = 0
    """Requests carried out."""
    cancelled: int = 0
    failed: int = 0
    preempted: int = 0
    embedded: int = 0
    """Tokens embedded."""
