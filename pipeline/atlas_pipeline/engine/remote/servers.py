"""Which server answers at an address, and what its documentation says it understands.

Facts and where they are from: llama-server: tools/server of llama.cpp (server-schema.cpp, server-context.cpp, README);
Ollama: docs.ollama.com/api and openai/openai.go; LM Studio: lmstudio.ai/docs/developer; vLLM: its OpenAI-compatible
server's documentation and protocol.py. What can be seen from an answer is not taken from here but tried: `probing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from atlas_pipeline.engine.api import Feature, Sampling
from atlas_pipeline.engine.sampling_fields import schema_of

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a kind of server has beyond OpenAI's fields, and how it is written there."""

    name: str
    """As the user knows it."""
    documented: frozenset[Feature] = frozenset()
    """Features that no answer shows, so that its documentation has to be believed."""
    grammar: Callable[[str], Fields] | None = None
    """From GBNF to the fields that force it; whether it works is tried."""
    thinking: Callable[[int], Fields] | None = None
    """From the most tokens of thinking to the fields for it."""
    no_thinking: Fields | None = None
    """The fields that switch thinking off."""


OPENAI = Dialect(name="an OpenAI-compatible server")
ATLAS = Dialect(name="atlas-ls")
LLAMA_SERVER = Dialect(
    name="llama-server",
    documented=frozenset({"top_k", "min_p", "cache_prompt"}),
    grammar=lambda grammar: {"grammar": grammar},
    thinking=lambda most: {"reasoning_budget_tokens": most},
    no_thinking={"chat_template_kwargs": {"enable_thinking": False}},
)
VLLM = Dialect(
    name="vLLM",
    documented=frozenset({"top_k", "min_p"}),
    # `guided_grammar` was removed in 0.12 and is ignored since; this is ignored before, which the trial shows.
    grammar=lambda grammar: {"structured_outputs": {"grammar": grammar}},
    no_thinking={"chat_template_kwargs": {"enable_thinking": False}},
)
OLLAMA = Dialect(name="Ollama", no_thinking={"reasoning_effort": "none"})
LM_STUDIO = Dialect(name="LM Studio", documented=frozenset({"top_k"}))


def request_fields(sampling: Sampling, dialect: Dialect, missing: frozenset[Feature]) -> Fields:
    """Return the fields beyond OpenAI's that `sampling` asks for and the server has.

    Raises:
        UsageError: the JSON schema is not JSON.
    """
    fields: Fields = {}
    if sampling.top_k and "top_k" not in missing:
        fields["top_k"] = sampling.top_k
    if sampling.min_p and "min_p" not in missing:
        fields["min_p"] = sampling.min_p
    if sampling.grammar and dialect.grammar is not None and "grammar" not in missing:
        fields |= dialect.grammar(sampling.grammar)
    if sampling.json_schema and "json_schema" not in missing:
        fields["response_format"] = response_format(schema_of(sampling))
    if sampling.thinking is not None and sampling.thinking.max is not None:
        if sampling.thinking.max == 0:
            fields |= dialect.no_thinking or {}
        elif dialect.thinking is not None:
            fields |= dialect.thinking(sampling.thinking.max)
    return fields


def response_format(schema: Any) -> Fields:
    """Return OpenAI's form of a JSON schema, which llama-server, Ollama, LM Studio and vLLM understand too."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def lost_by(sampling: Sampling, dialect: Dialect, missing: frozenset[Feature]) -> list[str]:
    """Return what `sampling` asks for and does not get, in words."""
    lost: list[str] = [
        name for name in ("top_k", "min_p", "grammar", "json_schema") if getattr(sampling, name) and name in missing
    ]
    lost += [name for name in ("priority", "deterministic") if getattr(sampling, name) and name in missing]
    if (thinking := sampling.thinking) is not None and "thinking_budget" in missing:
        if thinking.min or thinking.max_waits:
            lost.append("a least length of thinking")
        if thinking.max == 0 and dialect.no_thinking is None:
            lost.append("no thinking")
        elif thinking.max and dialect.thinking is None:
            lost.append("a limit on thinking")
    return lost
