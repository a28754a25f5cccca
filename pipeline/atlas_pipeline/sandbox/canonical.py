"""Canonical text of values, for the trusted side; the code itself also runs in the jail (`jailed.canonical`)."""

from __future__ import annotations

from .jailed.canonical import MAX_CHARS, MAX_ITEMS, ValueTooLargeError, canonical

__all__ = ["MAX_CHARS", "MAX_ITEMS", "ValueTooLargeError", "canonical"]
