"""What the engine bench reports: one record with a JSON schema, every single measurement in it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

SideName = Literal["engine", "llama-server", "Llama.generate"]
Policy = Literal["default", "short", "passive"]
Form = Literal["one request", "concurrent requests", "one after another"]
"""How k sequences are asked for: one request with n = k, k requests at the same time, or k calls in a row."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: k sequences from one prompt."""

    side: SideName
    form: Form
    k: int
    round: int
    seconds: float
    """From sending the first request to the last byte: prefill and HTTP included."""
    tokens: int
    """Of all sequences together; the prompt does not count."""
    tokens_per_s: float
    first_token_s: float
    """Until the first text of any sequence."""
    all_first_tokens_s: float
    """Until every sequence has shown its first text."""


class Median(msgspec.Struct, frozen=True, kw_only=True):
    """The middle one of the rounds, with the slowest and the fastest."""

    side: SideName
    form: Form
    k: int
    rounds: int
    tokens_per_s: float
    slowest: float
    fastest: float
    all_first_tokens_s: float


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What all sides were run with: read from the log of the engine and given to the others."""

    context: int
    batch: int
    micro_batch: int
    flash_attention: bool
    key_type: str
    value_type: str
    repacked: bool
    """Whether ggml laid the weights out anew for this processor (AMX or repacked buffers)."""


class FirstToken(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds until all of k sequences on one prompt have shown their first text; medians."""

    prompt_tokens: int
    k: int
    one_s: float
    one_request_s: float
    concurrent_requests_s: float
    ratio: float
    """k sequences in one request over one sequence."""
    ratio_concurrent: float
    target: float = 1.3


class Overhead(msgspec.Struct, frozen=True, kw_only=True):
    """What a decoding step costs outside `llama_decode`: sampling, texts, bookkeeping; medians of the rounds."""

    k: int
    steps: int
    """Of all rounds together."""
    step_ms: float
    decode_ms: float
    overhead_fraction: float
    target: float = 0.08


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """From closing the connection to an engine whose slots are all free."""

    during: Literal["decoding", "prefill"]
    round: int
    milliseconds: float
    steps: int
    """Scheduler steps that ended after the connection was closed, with the one that was running."""
    prompt_tokens_after: int
    """Prompt tokens that were still decoded."""
    tokens_after: int
    """Tokens that were still drawn, of all sequences together."""


class Speculation(msgspec.Struct, frozen=True, kw_only=True):
    """Repairs by the pocket model, greedy, with drafts and without; medians of the rounds."""

    prompts: int
    tokens: int
    """Of one round, without drafts."""
    seconds: float
    seconds_with_drafts: float
    speed_up: float
    drafted: int
    accepted: int
    acceptance: float
    """Of the drafted tokens; 0 where nothing was drafted."""
    same_texts: int
    """Prompts whose text was the same with and without drafts."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's process after a full load, in MiB."""

    rss: float
    pss: float
    model_file_resident: float
    """Pages of the model's file: shared with every other process that maps it."""
    weights_buffers: float
    """Weights that ggml copied out of the file."""
    kv_buffers: float
    compute_buffers: float
    output_buffers: float
    beyond: float
    """RSS without all of those."""
    beyond_at_most: float
    """RSS without the file, the weights and the KV cache: compute and output buffers may not be touched in full."""
    target: float = 150.0


class BusyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's throughput beside a second program."""

    threads: int
    wait_policy: Policy
    """For how long the threads of the engine's process spin at barriers before they sleep."""
    load: Literal["none", "spinning", "second llama.cpp"]
    round: int
    tokens_per_s: float


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """What a second program does to the engine, by thread setting."""

    rows: list[BusyRow]
    best_threads: int
    """The setting whose worst median over all loads is the best, with its wait policy."""
    best_wait_policy: Policy


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was measured; sections that were not asked for are null."""

    schema: Literal[1] = 1
    threads: int
    model: str
    rounds: int
    rows: list[Row]
    ratio_vs_llama_generate: dict[str, float]
    """By k: median throughput of the engine, one request, over that of `Llama.generate` called k times."""
    ratio_vs_llama_server: dict[str, float]
    """By k: the same over the faster of llama-server's two forms."""
    ratio_concurrent_vs_llama_generate: dict[str, float]
    ratio_concurrent_vs_llama_server: dict[str, float]
    medians: list[Median]
    configuration: Configuration | None = None
    first_token: FirstToken | None = None
    overhead: Overhead | None = None
    cancel: list[Cancel] | None = None
    speculation: Speculation | None = None
    memory: Memory | None = None
    busy: Busy | None = None


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of `Report`."""
    return msgspec.json.schema(Report)


def medians(rows: Iterable[Row]) -> list[Median]:
    """Return one median for each side, form and k."""
    groups: dict[tuple[SideName, Form, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.side, row.form, row.k), []).append(row)
    return [
        Median(
            side=side,
            form=form,
            k=k,
            rounds=len(group),
            tokens_per_s=round(statistics.median(row.tokens_per_s for row in group), 2),
            slowest=round(min(row.tokens_per_s for row in group), 2),
            fastest=round(max(row.tokens_per_s for row in group), 2),
            all_first_tokens_s=round(statistics.median(row.all_first_tokens_s for row in group), 4),
        )
        for (side, form, k), group in sorted(groups.items(), key=lambda item: (item[0][2], item[0][0], item[0][1]))
    ]


def ratios(of: Sequence[Median], *, form: Form, rival: SideName) -> dict[str, float]:
    """Return, by k, the engine's throughput in `form` over the best form of `rival`; k with only one of them is left out."""
    found = {}
    for k in sorted({median.k for median in of}):
        ours = [median.tokens_per_s for median in of if (median.side, median.form, median.k) == ("engine", form, k)]
        theirs = [median.tokens_per_s for median in of if (median.side, median.k) == (rival, k)]
        if ours and theirs:
            found[str(k)] = round(ours[0] / max(theirs), 3)
    return found
