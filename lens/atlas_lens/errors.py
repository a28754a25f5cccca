"""What can go wrong with the Lens."""

from __future__ import annotations


class LensError(Exception):
    """The message says what is wrong and what to do."""
