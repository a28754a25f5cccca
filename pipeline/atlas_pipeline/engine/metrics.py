"""`GET /metrics`: the engine's counters in Prometheus' text format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator

from atlas_pipeline.engine.decoder import Decoder

PREFIX = "atlas_engine_"


def metrics_text(decoder: Decoder, *, leases: int) -> str:
    """Return all metrics. Counters begin anew when the model is loaded again, as Prometheus expects of a restart."""
    return "".join(_lines(decoder, leases))


def _lines(decoder: Decoder, leases: int) -> Iterator[str]:
    core = decoder.core
    counters = decoder.counters()
    book = core.scheduler.book if core else None
    yield _metric("model_loaded", "gauge", "Whether the model is in memory.", int(core is not None))
    yield _metric("model_loads_total", "counter", "How often the model was loaded.", decoder.loads)
    yield _metric("leases", "gauge", "Clients that keep the engine alive.", leases)
    yield _metric("slots", "gauge", "Completions that can be decoded at a time.", core.slots if core else 0)
    yield _metric("slots_busy", "gauge", "Completions that are decoded.", core.running if core else 0)
    yield _metric("queue_length", "gauge", "Completions that wait for a slot.", core.waiting if core else 0)
    yield _metric("embedding_requests", "gauge", "Embedding requests in work.", core.embedding if core else 0)
    yield _metric("cache_cells", "gauge", "Tokens that the memory can hold.", book.cells if book else 0)
    yield _metric("cache_cells_used", "gauge", "Tokens that the memory holds.", book.used if book else 0)
    yield _metric(
        "cache_cells_running", "gauge", "Tokens among them of running completions.", book.needed if book else 0
    )
    yield _metric("cache_entries", "gauge", "Sequences that wait to be used again.", book.cached if book else 0)
    yield _metric("cache_evictions_total", "counter", "Cache entries given up.", book.evicted if book else 0)
    drafts = core.drafts if core else ()
    for name, source in (("lookup", "prompt lookup"), ("model", "draft model"), ("mtp", "MTP")):
        yield _metric(f"drafts_by_{name}", "gauge", f"Whether drafts come from {source}.", int(source in drafts))
    if core is not None:
        for rows, name in ((1, "one"), (5, "five")):
            if (seconds := core.scheduler.prices.seconds(rows)) is not None:
                yield _metric(f"step_seconds_of_{name}", "gauge", f"Median time of a step of {name} rows.", seconds)
        for name, record in (("lookup", core.records.looked_up), ("model", core.records.by_model)):
            help_text = "How often a guess is right if those before it were, lately."
            yield _metric(f"acceptance_by_{name}", "gauge", help_text, record.value)
    for name, help_text, value in (
        ("prompt_tokens_total", "Tokens that completions began with.", counters.prompt_tokens),
        ("cached_tokens_total", "Tokens among them that the memory held already.", counters.cached_tokens),
        ("prefilled_tokens_total", "Prompt tokens decoded.", counters.prefilled),
        ("decoded_tokens_total", "Tokens written.", counters.decoded),
        ("embedded_tokens_total", "Tokens embedded.", counters.embedded),
        ("steps_total", "Batches decoded.", counters.steps),
        ("step_seconds_total", "Time for batches, with all that is done around decoding.", counters.step_seconds),
        ("decode_seconds_total", "Time for batches within llama.cpp.", counters.decode_seconds),
        ("draft_seconds_total", "Time for drafts by models.", counters.draft_seconds),
        ("drafted_tokens_total", "Tokens speculated.", counters.drafted),
        ("accepted_tokens_total", "Speculated tokens that the model agreed with.", counters.accepted),
        ("requests_finished_total", "Requests carried out.", counters.finished),
        ("requests_cancelled_total", "Requests whose client went away.", counters.cancelled),
        ("requests_failed_total", "Requests that failed.", counters.failed),
        ("preemptions_total", "Times a completion gave up its place for a while.", counters.preempted),
    ):
        yield _metric(name, "counter", help_text, value)


def _metric(name: str, kind: str, help_text: str, value: float) -> str:
    number = f"{value:.6f}" if isinstance(value, float) else str(value)
    return f"# HELP {PREFIX}{name} {help_text}\n# TYPE {PREFIX}{name} {kind}\n{PREFIX}{name} {number}\n"
