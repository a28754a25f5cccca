"""The report for people: plain text, one block a section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from atlas_bench.engine.report import Busy, Cancel, Report

MISSED = "  MISSED"


def table(report: Report) -> str:
    """Return the report as text."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.model}, {report.threads} thread(s), {report.rounds} round(s)"
    if shared := report.configuration:
        flash = "with" if shared.flash_attention else "without"
        repacked = "repacked" if shared.repacked else "as in the file"
        yield (
            f"all sides: context {shared.context}, batch {shared.batch}, micro-batch {shared.micro_batch}, "
            f"KV {shared.key_type}/{shared.value_type}, {flash} flash attention, weights {repacked}"
        )
    if report.medians:
        yield ""
        yield from _throughput(report)
    if first := report.first_token:
        yield ""
        yield f"time to the first token of {first.k} sequences on {first.prompt_tokens:,} tokens, over that of one"
        one, concurrent = _against(first.ratio, first.target), _against(first.ratio_concurrent, first.target)
        yield f"  one sequence          {first.one_s:8.3f} s"
        yield f"  one request           {first.one_request_s:8.3f} s  {one}"
        yield f"  concurrent requests   {first.concurrent_requests_s:8.3f} s  {concurrent}"
    if over := report.overhead:
        yield ""
        yield (
            f"overhead of a decoding step at k = {over.k}: {over.step_ms:.2f} ms a step, {over.decode_ms:.2f} ms of it in "
            f"llama_decode, outside {over.overhead_fraction:.1%} (target {over.target:.0%})"
            + (MISSED if over.overhead_fraction > over.target else "")
        )
    if report.cancel:
        yield ""
        yield from _cancel(report.cancel)
    if spec := report.speculation:
        yield ""
        yield (
            f"speculation on {spec.prompts} repairs ({spec.tokens} tokens): {spec.seconds:.3f} s without drafts, "
            f"{spec.seconds_with_drafts:.3f} s with, {spec.speed_up:.2f} times as fast; "
            f"{spec.accepted} of {spec.drafted} drafted tokens accepted ({spec.acceptance:.0%}), "
            f"{spec.same_texts} of {spec.prompts} texts the same"
        )
    if memory := report.memory:
        yield ""
        yield (
            f"memory: RSS {memory.rss:.0f} MiB, PSS {memory.pss:.0f}; the model's file {memory.model_file_resident:.0f}, "
            f"weights copied {memory.weights_buffers:.0f}, KV {memory.kv_buffers:.0f}, "
            f"compute {memory.compute_buffers:.0f}, outputs {memory.output_buffers:.0f}"
        )
        yield (
            f"  beyond all those {memory.beyond:.0f} MiB; {memory.beyond_at_most:.0f} with compute and output buffers "
            f"(target {memory.target:.0f})" + (MISSED if memory.beyond > memory.target else "")
        )
    if report.busy:
        yield ""
        yield from _busy(report.busy)


def _throughput(report: Report) -> Iterator[str]:
    yield f"{'k':>3}  {'side':<15} {'form':<20} {'tokens/s':>9}  {'slowest':>8}  {'fastest':>8}  {'first tokens':>12}"
    for row in report.medians:
        yield (
            f"{row.k:>3}  {row.side:<15} {row.form:<20} {row.tokens_per_s:>9.1f}  {row.slowest:>8.1f}  "
            f"{row.fastest:>8.1f}  {row.all_first_tokens_s:>10.2f} s"
        )
    for what, one, concurrent in (
        ("Llama.generate", report.ratio_vs_llama_generate, report.ratio_concurrent_vs_llama_generate),
        ("llama-server", report.ratio_vs_llama_server, report.ratio_concurrent_vs_llama_server),
    ):
        for k, ratio in one.items():
            other = f" ({concurrent[k]:.2f} by concurrent requests)" if k in concurrent else ""
            yield f"k = {k}: {ratio:.2f} times {what}{other}"


def _cancel(rows: Sequence[Cancel]) -> Iterator[str]:
    for during in ("decoding", "prefill"):
        some = [row for row in rows if row.during == during]
        slowest = max(row.milliseconds for row in some)
        yield (
            f"cancel during {during}: slots free after at most {max(row.steps for row in some)} step(s) and "
            f"{slowest:.1f} ms; at most {max(row.prompt_tokens_after for row in some)} prompt tokens and "
            f"{max(row.tokens_after for row in some)} tokens were still decoded"
        )


def _busy(busy: Busy) -> Iterator[str]:
    yield f"{'threads':>7}  {'waiting':<8} {'load':<17} tokens/s, each round"
    seen: dict[tuple[int, str, str], list[float]] = {}
    for row in busy.rows:
        seen.setdefault((row.threads, row.wait_policy, row.load), []).append(row.tokens_per_s)
    for (threads, policy, load), rates in seen.items():
        yield f"{threads:>7}  {policy:<8} {load:<17} {'  '.join(f'{rate:.1f}' for rate in rates)}"
    yield f"holds up best: {busy.best_threads} thread(s), waiting {busy.best_wait_policy}"


def _against(ratio: float, target: float) -> str:
    return f"{ratio:.2f} times (target {target:g})" + (MISSED if ratio > target else "")
