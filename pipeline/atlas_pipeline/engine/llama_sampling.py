"""Draws tokens: a chain of llama.cpp's samplers for each sequence, and grammars that are asked last."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf
from numpy.typing import NDArray

from atlas_pipeline.engine.generation import SamplingParameters
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import LlamaContext
from atlas_pipeline.errors import EngineError

MAX_SEED = 0xFFFF_FFFE
"""0xFFFFFFFF asks llama.cpp for a random seed."""

MAX_GRAMMAR_BYTES = 256 << 10
MAX_SCHEMA_DEPTH = 64

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""llama_token_data."""


class GrammarError(ValueError):
    """A grammar or JSON schema that cannot be used."""


class GrammarEndedError(Exception):
    """The grammar allows no further token, and no end of text either."""


class Sampler:
    """How one sequence's tokens are drawn."""

    def __init__(self, model: LlamaModel, parameters: SamplingParameters, seed: int, *, grammar: str = "") -> None:
        self._model = model
        self._plainly_greedy = (
            parameters.temperature <= 0.0
            and not parameters.logit_bias
            and not parameters.ignore_eos
            and not _penalises(parameters)
        )
        self._grammar = _compile(model, grammar) if grammar else None
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for sampler in self._samplers(parameters, seed):
            llama_cpp.llama_sampler_chain_add(self._chain, sampler)
        self._candidates: NDArray[Any] | None = None

    def draw(self, context: LlamaContext, row: int, *, free: bool = False) -> int:
        """Draw a token from a row's logits; `free` leaves the grammar aside.

        Raises:
            EngineError: the logits are no numbers.
            GrammarEndedError: the grammar allows nothing.
        """
        logits = context.logits(row)
        best = int(logits.argmax())
        # llama_sampler_sample aborts the process if the chain is left with nothing to choose from.
        if not np.isfinite(logits[best]):
            raise EngineError("The model's output is not a number; its file is damaged or its quantisation broken.")
        if self._grammar is not None and not free:
            return self._draw_by_grammar(self._grammar, logits)
        if self._plainly_greedy:
            return best
        return int(llama_cpp.llama_sampler_sample(self._chain, context.handle, row))

    def note(self, token: int) -> None:
        """Take a token that was not drawn into account, for the penalties."""
        llama_cpp.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        """Free the native samplers."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar is not None:
            llama_cpp.llama_sampler_free(self._grammar)

    def _draw_by_grammar(self, grammar: object, logits: NDArray[np.float32]) -> int:
        # Most tokens are what the grammar wants anyway, and to check one is much cheaper than to check them all.
        token = self._choose(logits, None)
        alone = np.zeros(1, dtype=CANDIDATE)
        alone[0] = (token, 1.0, 0.0)
        llama_cpp.llama_sampler_apply(grammar, ctypes.byref(_array(alone)))
        if not np.isfinite(alone[0]["logit"]):
            token = self._choose(logits, grammar)
        llama_cpp.llama_sampler_accept(grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def _choose(self, logits: NDArray[np.float32], grammar: object | None) -> int:
        if self._candidates is None:
            self._candidates = np.zeros(len(logits), dtype=CANDIDATE)
        candidates = self._candidates
        candidates["id"] = np.arange(len(logits), dtype=np.int32)
        candidates["logit"] = logits
        candidates["p"] = 0.0
        array = _array(candidates)
        if grammar is not None:
            llama_cpp.llama_sampler_apply(grammar, ctypes.byref(array))
            if not np.isfinite(candidates["logit"].max()):
                raise GrammarEndedError
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        if not 0 <= array.selected < array.size:
            raise GrammarEndedError
        return int(candidates[array.selected]["id"])

    def _samplers(self, parameters: SamplingParameters, seed: int) -> Iterator[object]:
        size = self._model.vocabulary_size
        bias = dict(parameters.logit_bias)
        if parameters.ignore_eos:
            bias |= dict.fromkeys(self._model.end_tokens(), -np.inf)
        if bias:
            entries = [llama_cpp.llama_logit_bias(token, value) for token, value in bias.items()]
            array = (llama_cpp.llama_logit_bias * len(entries))(*entries)
            yield llama_cpp.llama_sampler_init_logit_bias(size, len(entries), array)
        if _penalises(parameters):
            yield llama_cpp.llama_sampler_init_penalties(
                size,
                parameters.repeat_last_n,
                parameters.repeat_penalty,
                parameters.frequency_penalty,
                parameters.presence_penalty,
            )
        if parameters.temperature <= 0.0:
            yield llama_cpp.llama_sampler_init_greedy()
            return
        if parameters.top_k > 0:
            yield llama_cpp.llama_sampler_init_top_k(parameters.top_k)
        if parameters.typical_p < 1.0:
            yield llama_cpp.llama_sampler_init_typical(parameters.typical_p, 1)
        if parameters.top_p < 1.0:
            yield llama_cpp.llama_sampler_init_top_p(parameters.top_p, 1)
        if parameters.min_p > 0.0:
            yield llama_cpp.llama_sampler_init_min_p(parameters.min_p, 1)
        yield llama_cpp.llama_sampler_init_temp(parameters.temperature)
        yield llama_cpp.llama_sampler_init_dist(seed % MAX_SEED)


def check_grammar(model: LlamaModel, grammar: str) -> None:
    """Parse a GBNF grammar for its errors; from any thread.

    Raises:
        GrammarError: it is too long, or llama.cpp refuses it.
    """
    if len(grammar.encode()) > MAX_GRAMMAR_BYTES:
        raise GrammarError(f"the grammar is longer than {MAX_GRAMMAR_BYTES:,} bytes")
    llama_cpp.llama_sampler_free(_compile(model, grammar))


def schema_grammar(schema: Any) -> str:
    """Return the GBNF grammar of the JSON texts that `schema` describes.

    Raises:
        GrammarError: it is no JSON schema, or uses what cannot be put into a grammar.
    """
    if _depth(schema) > MAX_SCHEMA_DEPTH:
        raise GrammarError(f"the schema is nested more than {MAX_SCHEMA_DEPTH} levels deep")
    try:
        grammar: str = json_schema_to_gbnf(json.dumps(schema))
    except RecursionError:
        raise GrammarError("the schema refers to itself without end") from None
    except Exception as error:
        raise GrammarError(f"the schema cannot be turned into a grammar ({error!r})") from error
    return grammar


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the natural log-probabilities of `logits`, (n_vocab,) float32."""
    shifted = logits - logits.max()
    result: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(dtype=np.float64)).astype(np.float32)
    return result


def _compile(model: LlamaModel, grammar: str) -> object:
    if "\0" in grammar:
        raise GrammarError("the grammar contains a null character")
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    if not sampler:
        raise GrammarError(
            "llama.cpp cannot parse the grammar; it must be GBNF, define `root` and every rule it uses, and have no "
            "left recursion. The engine's log says where it stopped"
        )
    return sampler


def _penalises(parameters: SamplingParameters) -> bool:
    changes = (parameters.frequency_penalty, parameters.presence_penalty, parameters.repeat_penalty)
    return changes != (0.0, 0.0, 1.0)


def _array(candidates: NDArray[Any]) -> llama_cpp.llama_token_data_array:
    data = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    return llama_cpp.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        item, level = stack.pop()
        deepest = max(deepest, level)
        if isinstance(item, dict):
            stack.extend((child, level + 1) for child in item.values())
        elif isinstance(item, list):
            stack.extend((child, level + 1) for child in item)
    return deepest
