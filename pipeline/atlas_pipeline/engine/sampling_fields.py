"""`Sampling` as the fields of a request. Fields that have their default are left out: not every server knows them."""

from __future__ import annotations

from typing import Any

import msgspec

from atlas_pipeline.engine.api import Sampling
from atlas_pipeline.errors import UsageError

DEFAULT = Sampling()


def openai_fields(sampling: Sampling) -> dict[str, Any]:
    """Return the fields that every OpenAI-compatible server has, for a streamed answer with its usage."""
    fields: dict[str, Any] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
    }
    return fields | ({"stop": list(sampling.stop)} if sampling.stop else {})


def engine_fields(sampling: Sampling) -> dict[str, Any]:
    """Return the fields for our own engine: OpenAI's, llama-server's, and the `atlas` object.

    Raises:
        UsageError: `json_schema` is not JSON.
    """
    fields = openai_fields(sampling)
    for name in ("top_k", "min_p", "grammar"):
        if (value := getattr(sampling, name)) != getattr(DEFAULT, name):
            fields[name] = value
    if sampling.json_schema:
        fields["json_schema"] = schema_of(sampling)
    own: dict[str, Any] = {}
    if sampling.thinking is not None:
        limits = {"min": sampling.thinking.min, "max": sampling.thinking.max, "max_waits": sampling.thinking.max_waits}
        own["thinking"] = {name: value for name, value in limits.items() if value is not None}
    for name in ("priority", "deterministic"):
        if (value := getattr(sampling, name)) != getattr(DEFAULT, name):
            own[name] = value
    return fields | ({"atlas": own} if own else {})


def schema_of(sampling: Sampling) -> Any:
    """Return the JSON schema as an object.

    Raises:
        UsageError: it is not JSON.
    """
    try:
        return msgspec.json.decode(sampling.json_schema)
    except msgspec.DecodeError as error:
        raise UsageError(f"The JSON schema of a request is not JSON: {error}.") from error
