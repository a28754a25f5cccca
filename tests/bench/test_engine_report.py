"""The engine bench's arithmetic, on numbers made by hand, and its report."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import msgspec
import pytest

from atlas_bench.engine.busy import Load, Policy, best
from atlas_bench.engine.llama_log import Buffers, buffers, configuration
from atlas_bench.engine.memory import Resident, account, resident
from atlas_bench.engine.ours import parse_metrics
from atlas_bench.engine.overhead import difference
from atlas_bench.engine.report import (
    BusyRow,
    Cancel,
    FirstToken,
    Form,
    Overhead,
    Report,
    Row,
    SideName,
    json_schema,
    medians,
    ratios,
)
from atlas_bench.engine.stream import BenchError
from atlas_bench.engine.table import table

LOG = """\
2026 INFO llama: load_tensors:          AMX model buffer size =   603.70 MiB
2026 INFO llama: load_tensors:   CPU_Mapped model buffer size =   530.80 MiB
2026 INFO llama: llama_context: constructing llama_context
2026 INFO llama: llama_context: n_ctx                 = 8192
2026 INFO llama: llama_context: n_ctx_seq             = 8192
2026 INFO llama: llama_context: n_batch               = 512
2026 INFO llama: llama_context: n_ubatch              = 256
2026 INFO llama: llama_context: flash_attn            = auto
2026 INFO llama: llama_context:        CPU  output buffer size =     9.25 MiB
2026 INFO llama: llama_kv_cache:        CPU KV buffer size =   768.00 MiB
2026 INFO llama: llama_kv_cache: size =  768.00 MiB (  8192 cells,  24 layers, 16/1 seqs), K (f16):  384.00 MiB, V (q8_0):  384.00 MiB
2026 INFO llama: resolve_fused_ops: Flash Attention enabled
2026 INFO llama: sched_reserve:        CPU compute buffer size =    17.00 MiB
2026 INFO llama: sched_reserve:        CPU compute buffer size =    18.00 MiB
2026 INFO llama: llama_context: constructing llama_context
2026 INFO llama: llama_context: n_batch               = 64
2026 INFO llama: llama_kv_cache:        CPU KV buffer size =     2.00 MiB
2026 INFO llama: sched_reserve:        CPU compute buffer size =     1.50 MiB
"""

SMAPS = """\
7f00-7f10 r--s 00000000 fe:00 77                         /models/big.gguf
Size:             600000 kB
Rss:              512000 kB
Pss:              256000 kB
Pss_Dirty:             0 kB
7f10-7f20 rw-p 00000000 00:00 0
Rss:             1024000 kB
Pss:             1024000 kB
7f20-7f30 r-xp 00000000 fe:00 78                         /lib/libc.so.6
Rss:                2048 kB
Pss:                1024 kB
VmFlags: rd ex
"""


def row(side: SideName, form: Form, k: int, number: int, rate: float) -> Row:
    return Row(
        side=side,
        form=form,
        k=k,
        round=number,
        seconds=100 / rate,
        tokens=100,
        tokens_per_s=rate,
        first_token_s=0.1,
        all_first_tokens_s=0.2 * (number + 1),
    )


ROWS = [
    *(row("engine", "one request", 8, number, rate) for number, rate in enumerate((90.0, 100.0, 500.0))),
    *(row("engine", "concurrent requests", 8, number, rate) for number, rate in enumerate((70.0, 80.0, 90.0))),
    *(row("Llama.generate", "one after another", 8, number, rate) for number, rate in enumerate((50.0, 10.0, 40.0))),
    *(row("llama-server", "one request", 8, number, rate) for number, rate in enumerate((60.0, 62.0, 64.0))),
    *(row("llama-server", "concurrent requests", 8, number, rate) for number, rate in enumerate((125.0, 120.0, 130.0))),
    row("engine", "one request", 16, 0, 200.0),
    row("engine", "one request", 1, 0, 30.0),
    row("Llama.generate", "one after another", 1, 0, 40.0),
]


def report() -> Report:
    of = medians(ROWS)
    return Report(
        threads=2,
        model="some model",
        rounds=3,
        rows=ROWS,
        ratio_vs_llama_generate=ratios(of, form="one request", rival="Llama.generate"),
        ratio_vs_llama_server=ratios(of, form="one request", rival="llama-server"),
        ratio_concurrent_vs_llama_generate=ratios(of, form="concurrent requests", rival="Llama.generate"),
        ratio_concurrent_vs_llama_server=ratios(of, form="concurrent requests", rival="llama-server"),
        medians=of,
        configuration=configuration(LOG),
        first_token=FirstToken(
            prompt_tokens=1000,
            k=8,
            one_s=2.0,
            one_request_s=2.2,
            concurrent_requests_s=3.0,
            ratio=1.1,
            ratio_concurrent=1.5,
        ),
        overhead=Overhead(k=8, steps=127, step_ms=60.0, decode_ms=57.0, overhead_fraction=0.05),
        cancel=[
            Cancel(during="decoding", round=0, milliseconds=30.0, steps=1, prompt_tokens_after=0, tokens_after=8),
            Cancel(during="prefill", round=0, milliseconds=300.0, steps=1, prompt_tokens_after=256, tokens_after=0),
        ],
    )


def test_ratios_are_of_medians_and_against_the_rivals_better_form() -> None:
    of = medians(ROWS)
    assert ratios(of, form="one request", rival="Llama.generate") == {"1": 0.75, "8": 2.5}
    assert ratios(of, form="concurrent requests", rival="Llama.generate") == {"8": 2.0}
    assert ratios(of, form="one request", rival="llama-server") == {"8": 0.8}


def test_a_median_names_its_slowest_and_fastest_round() -> None:
    found = {(one.side, one.form, one.k): one for one in medians(ROWS)}
    ours = found["engine", "one request", 8]
    assert (ours.slowest, ours.tokens_per_s, ours.fastest, ours.rounds) == (90.0, 100.0, 500.0, 3)
    assert ours.all_first_tokens_s == pytest.approx(0.4)


def test_the_json_is_as_its_schema_says() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    found = msgspec.to_builtins(report())
    jsonschema.validate(found, schema)
    for name in ("schema", "rows", "ratio_vs_llama_generate", "ratio_vs_llama_server", "threads"):
        assert name in found
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"schema": 2}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"rows": [{"side": "engine"}]}, schema)


def test_the_table_says_ratios_and_missed_targets() -> None:
    text = table(report())
    assert "k = 8: 2.50 times Llama.generate (2.00 by concurrent requests)" in text
    assert "k = 8: 0.80 times llama-server (0.64 by concurrent requests)" in text
    assert "1.10 times (target 1.3)\n" in text
    assert "1.50 times (target 1.3)  MISSED" in text
    assert "outside 5.0% (target 8%)" in text
    assert "cancel during prefill: slots free after at most 1 step(s) and 300.0 ms; at most 256 prompt tokens" in text


def test_the_configuration_is_that_of_the_first_context() -> None:
    found = configuration(LOG)
    assert (found.context, found.batch, found.micro_batch) == (8192, 512, 256)
    assert (found.key_type, found.value_type) == ("f16", "q8_0")
    assert found.flash_attention
    assert found.repacked
    plain = configuration(LOG.replace("AMX model", "CPU model").replace("Attention enabled", "Attention disabled"))
    assert not plain.flash_attention
    assert not plain.repacked


def test_a_log_of_another_version_is_refused() -> None:
    with pytest.raises(BenchError, match="does not say how llama.cpp's context was made"):
        configuration(LOG.replace("n_ubatch", "n_micro"))
    with pytest.raises(BenchError, match="names no buffers"):
        buffers("nothing")


def test_a_buffer_made_anew_counts_once_and_mapped_weights_not_at_all() -> None:
    found = buffers(LOG)
    assert (found.weights, found.kv, found.compute, found.output) == (603.7, 770.0, 19.5, 9.25)


def test_memory_beyond_the_buffers() -> None:
    process = resident(SMAPS, Path("/models/big.gguf"))
    assert (process.rss, process.pss, process.model_file) == (1502.0, 1251.0, 500.0)
    found = account(
        Resident(rss=1502.0, pss=1251.0, model_file=500.0), Buffers(weights=600.0, kv=300.0, compute=20.0, output=10.0)
    )
    assert found.beyond_at_most == 102.0
    assert found.beyond == 72.0


def test_metrics_with_labels_are_added_up() -> None:
    text = '# HELP a_total Sum.\n# TYPE a_total counter\na_total{x="1"} 2\na_total{x="2"} 3.5\nb 1e3 1700000000\n'
    assert parse_metrics(text) == {"a_total": 5.5, "b": 1000.0}


def test_overhead_is_the_difference_of_two_readings() -> None:
    names = ("atlas_engine_steps_total", "atlas_engine_step_seconds_total", "atlas_engine_decode_seconds_total")
    before = dict(zip(names, (10.0, 1.0, 0.5), strict=True))
    assert difference(before, dict(zip(names, (30.0, 3.0, 2.25), strict=True))) == (20, 2.0, 1.75)
    with pytest.raises(BenchError, match="lacks atlas_engine_decode_seconds_total"):
        difference(before, dict.fromkeys(names[:2], 1.0))
    with pytest.raises(BenchError, match="counted no step"):
        difference(before, before)


def test_the_best_setting_is_the_one_with_the_best_worst_case() -> None:
    rates: dict[tuple[int, Policy], dict[Load, tuple[float, ...]]] = {
        (1, "default"): {"none": (60.0, 62.0), "spinning": (30.0, 32.0)},
        (2, "default"): {"none": (100.0, 120.0), "spinning": (5.0, 90.0, 6.0)},
        (2, "passive"): {"none": (90.0, 90.0), "spinning": (33.0, 31.0)},
    }
    rows = [
        BusyRow(threads=threads, wait_policy=policy, load=load, round=number, tokens_per_s=rate)
        for (threads, policy), loads in rates.items()
        for load, some in loads.items()
        for number, rate in enumerate(some)
    ]
    assert best(rows) == (2, "passive")
