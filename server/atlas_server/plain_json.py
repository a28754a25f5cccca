"""pygls makes named tuples of JSON objects it has no type for; this makes them JSON again."""

from __future__ import annotations

from typing import Any


def plain_json(value: Any) -> Any:
    """Return dictionaries, lists and scalars only."""
    if hasattr(value, "_asdict"):
        return {key: plain_json(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    return value
