"""Placements: numbers worked out by hand, orders that must hold on any machine, and what llama.cpp itself reports."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_report import MIB, Report, report
from random_models import write_hybrid, write_recurrent, write_sliding_window
from sparse_models import write_gemma3, write_qwen3, write_qwen3moe, write_qwen35

from atlas_pipeline.engine.context_memory import (
    ContextShape,
    KvType,
    compute_bytes,
    kv_layer_bytes,
    kv_types,
    output_bytes,
    state_layer_bytes,
)
from atlas_pipeline.engine.gguf_header import GgufHeader, TensorInfo, Value, read_header
from atlas_pipeline.engine.memory import GIB, GpuDevice
from atlas_pipeline.engine.memory_bill import gpu_margin, host_margin
from atlas_pipeline.engine.model_shape import ModelShape, read_shape
from atlas_pipeline.engine.placement import Placement
from atlas_pipeline.engine.placement import plan as plan_with_cache
from atlas_pipeline.errors import DoesNotFitError, UsageError
from atlas_pipeline.settings import EngineSettings

# The hand-computed numbers are those of the slots alone.
plan = functools.partial(plan_with_cache, cached_sequences=0)

PLENTY = 1024 * GIB
AUTO = EngineSettings()


def header_of(architecture: str, *tensors: tuple[str, int], vocabulary: int = 1000, **keys: Value) -> GgufHeader:
    """A header without a file; `a__b` in a key stands for `a.b`."""
    metadata: dict[str, Value] = {"general.architecture": architecture}
    metadata |= {f"{architecture}.{key.replace('__', '.')}": value for key, value in keys.items()}
    return GgufHeader(
        path=Path("model.gguf"),
        version=3,
        tensor_count=len(tensors),
        metadata=metadata,
        vocabulary_size=vocabulary,
        tensors=tuple(TensorInfo(name=name, shape=(size,), size_bytes=size) for name, size in tensors),
        file_bytes=sum(size for _, size in tensors),
        digest="",
    )


def gpu(gib: float, name: str = "CUDA0", *, integrated: bool = False) -> GpuDevice:
    count = int(gib * GIB)
    return GpuDevice(name=name, description="", integrated=integrated, free_bytes=count, total_bytes=count)


def kv(model: ModelShape, context: ContextShape) -> int:
    return sum(kv_layer_bytes(model, layer, context) for layer in model.layers)


def state(model: ModelShape, context: ContextShape) -> int:
    return sum(state_layer_bytes(model, layer, context) for layer in model.layers)


def one_token(model: ModelShape, kv_type: KvType = "f16") -> int:
    """Bytes of the KV cache per token."""
    return kv(model, ContextShape(cells=256, sequences=1, micro_batch=16, outputs=1, kv_type=kv_type)) // 256


@pytest.fixture(scope="module")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> GgufHeader:
    """Qwen3-8B in Q8_0."""
    return read_header(write_qwen3(tmp_path_factory.mktemp("qwen3") / "qwen3-8b.gguf"))


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> GgufHeader:
    """Qwen3.5-0.8B in Q8_0."""
    return read_header(write_qwen35(tmp_path_factory.mktemp("hybrid") / "qwen35.gguf"))


# What a model keeps, by hand.


def test_attention_keeps_keys_and_values_of_every_layer(qwen3: GgufHeader) -> None:
    model = read_shape(qwen3)
    # 36 layers, keys and values, 8 heads of 128 numbers; 2 bytes each, or 34 for 32.
    assert one_token(model, "f16") == 36 * 2 * 8 * 128 * 2 == 147_456
    assert one_token(model, "q8_0") == 36 * 2 * 8 * 128 * 34 // 32 == 78_336
    assert model.vocabulary == 151_936
    assert model.trained_context == 32_768
    assert not model.is_recurrent


def test_a_hybrid_keeps_keys_in_every_fourth_layer_and_a_state_in_the_others(hybrid: GgufHeader) -> None:
    model = read_shape(hybrid)
    assert one_token(model) == 6 * 2 * 2 * 256 * 2
    # Convolution: 3 tokens of 2048 + 2 * 16 * 128 channels; state: 128 for each of 2048 channels; float32; 18 layers.
    each = 18 * (3 * (2048 + 2 * 16 * 128) + 128 * 2048) * 4
    one = ContextShape(cells=256, sequences=1, micro_batch=16, outputs=1)
    assert state(model, one) == each == 20_201_472
    assert state(model, replace(one, sequences=16, kv_type="q8_0")) == 16 * each
    assert state(model, replace(one, rollback=4)) == 5 * each


def test_latent_attention_keeps_one_row_and_no_values() -> None:
    keys: dict[str, Value] = {
        "block_count": 27, "embedding_length": 2048, "attention__head_count": 16, "attention__head_count_kv": 1,
        "attention__key_length": 576, "attention__value_length": 512,
        "attention__key_length_mla": 192, "attention__value_length_mla": 128,
    }  # fmt: skip
    assert one_token(read_shape(header_of("deepseek2", **keys))) == 27 * 576 * 2
    # A file from before the latent form was stored keeps all heads, keys of 192 and values of 128.
    old = keys | {"attention__head_count_kv": 16, "attention__key_length": 192, "attention__value_length": 128}
    old = {key: value for key, value in old.items() if not key.endswith("_mla")}
    assert one_token(read_shape(header_of("deepseek2", **old))) == 27 * 16 * (192 + 128) * 2


def test_head_counts_may_differ_from_layer_to_layer() -> None:
    jamba = header_of(
        "jamba", block_count=4, embedding_length=64, attention__head_count=4, attention__head_count_kv=(0, 2, 0, 0),
        ssm__conv_kernel=4, ssm__inner_size=128, ssm__state_size=16,
    )  # fmt: skip
    model = read_shape(jamba)
    assert [layer.recurrent for layer in model.layers] == [True, False, True, True]
    assert one_token(model) == 2 * 2 * 16 * 2
    assert model.state_values == 3 * 128 + 16 * 128
    variable = header_of(
        "llama", block_count=3, embedding_length=64, attention__head_count=(4, 4, 4), attention__head_count_kv=(4, 2, 1)
    )
    assert one_token(read_shape(variable)) == 2 * (4 + 2 + 1) * 16 * 2


def test_defaults_of_heads_and_head_lengths() -> None:
    model = read_shape(header_of("llama", block_count=1, embedding_length=4096, attention__head_count=32))
    assert one_token(model) == 2 * 32 * 128 * 2


@pytest.mark.parametrize(
    ("architecture", "keys", "full"),
    [
        ("gemma3", {}, [5, 11]),
        ("gpt-oss", {}, [1, 3, 5, 7, 9, 11]),
        ("smallthinker", {}, [0, 4, 8]),
        ("gemma3", {"attention__sliding_window_pattern": 4}, [3, 7, 11]),
        ("gemma4", {"attention__sliding_window_pattern": (True, False) * 6}, [1, 3, 5, 7, 9, 11]),
        ("gemma3", {"attention__sliding_window": 0}, list(range(12))),
        # llama.cpp does not know of windows in these, whatever the header says.
        ("qwen2", {}, list(range(12))),
        ("phi3", {}, list(range(12))),
    ],
)
def test_which_layers_have_windows(architecture: str, keys: dict[str, Value], full: list[int]) -> None:
    base: dict[str, Value] = {
        "block_count": 12, "embedding_length": 64, "attention__head_count": 4, "attention__sliding_window": 128,
    }  # fmt: skip
    model = read_shape(header_of(architecture, **(base | keys)))
    assert [index for index, layer in enumerate(model.layers) if not layer.windowed] == full


def test_prediction_layers_keep_nothing() -> None:
    model = read_shape(
        header_of("glm4moe", block_count=3, nextn_predict_layers=1, embedding_length=64, attention__head_count=4)
    )
    assert [layer.key_values for layer in model.layers] == [64, 64, 0]


@pytest.mark.parametrize(("head", "types"), [(64, ("f16", "q8_0")), (80, ("f16",)), (16, ("f16",))])
def test_a_quantised_cache_needs_heads_of_whole_blocks(head: int, types: tuple[str, ...]) -> None:
    keys: dict[str, Value] = {
        "block_count": 1, "embedding_length": 64, "attention__head_count": 4,
        "attention__key_length": head, "attention__value_length": head,
    }  # fmt: skip
    header = header_of("llama", **keys)
    assert kv_types(read_shape(header)) == types
    if types == ("f16",):
        with pytest.raises(UsageError, match=rf"kv_type.*multiples of 32.*\[{head}\]"):
            plan(header, [], PLENTY, EngineSettings(kv_type="q8_0"))


# What is chosen.


def test_with_plenty_of_memory(qwen3: GgufHeader) -> None:
    placement = plan(qwen3, [], PLENTY, AUTO)
    assert (placement.gpu_layers, placement.all_layers) == (0, 37)
    assert (placement.context, placement.slots, placement.sequences) == (8192, 16, 16)
    assert placement.kv_tokens == 8192 + 15 * 1024 == 23_552
    assert (placement.kv_type, placement.flash_attention) == ("f16", "auto")
    assert (placement.micro_batch, placement.n_outputs_max) == (256, 32)
    # 64 MiB of logits in a step of the embedding context.
    assert placement.embedding_micro_batch == (64 << 20) // (4 * 151_936) == 110
    host = placement.bill.host
    assert host.kv == 23_552 * 147_456
    assert host.state == 0
    assert host.outputs == 32 * 151_936 * 4
    assert host.weights == sum(tensor.size_bytes for tensor in qwen3.tensors)
    assert placement.bill.gpu.total == 0


def test_the_whole_model_goes_to_a_gpu_that_holds_it(qwen3: GgufHeader) -> None:
    placement = plan(qwen3, [gpu(24)], PLENTY, AUTO)
    assert placement.gpu_layers == placement.all_layers == 37
    embedding = 151_936 * 4096 // 32 * 34
    bill = placement.bill
    assert bill.host.weights == embedding
    assert bill.gpu.weights == sum(tensor.size_bytes for tensor in qwen3.tensors) - embedding
    assert bill.gpu.kv == 23_552 * 147_456
    assert bill.host.kv == 0
    assert bill.gpu_usable == (23 * GIB,)


def test_tied_embeddings_are_loaded_twice() -> None:
    header = header_of(
        "qwen3", ("token_embd.weight", 1000), ("output_norm.weight", 10), ("blk.0.attn_q.weight", 100),
        block_count=1, embedding_length=64, attention__head_count=2,
    )  # fmt: skip
    bill = plan(header, [gpu(8)], PLENTY, AUTO).bill
    assert (bill.gpu.weights, bill.host.weights) == (1000 + 10 + 100, 1000)


def test_the_last_layers_go_first(qwen3: GgufHeader) -> None:
    bill = plan(qwen3, [gpu(24)], PLENTY, EngineSettings(gpu_layers=2)).bill
    last = sum(tensor.size_bytes for tensor in qwen3.tensors if tensor.layer == 35)
    output = sum(t.size_bytes for t in qwen3.tensors if t.name in ("output.weight", "output_norm.weight"))
    assert bill.gpu.weights == last + output
    assert bill.gpu.kv == bill.host.kv // 35


def test_two_gpus_share_the_layers_by_their_free_memory(qwen3: GgufHeader) -> None:
    bill = plan(qwen3, [gpu(6, "CUDA0"), gpu(18, "CUDA1")], PLENTY, AUTO).bill
    first, second = bill.gpu_totals
    # A quarter of 37 places is 9.25: layers 0 to 9 on the first, 10 to 35 and the output on the second.
    layer = sum(tensor.size_bytes for tensor in qwen3.tensors if tensor.layer == 0)
    cache = bill.gpu.kv // 36
    assert 10 * (layer + cache) < first < 11 * (layer + cache)
    assert second > 26 * (layer + cache)


def test_short_gpu_memory_takes_slots_then_the_cache_type_then_layers(qwen3: GgufHeader) -> None:
    sizes = (16.0, 11.5, 10.3, 10.1, 10.0, 9.9, 8.0, 4.0)
    placements = [plan(qwen3, [gpu(size)], PLENTY, AUTO) for size in sizes]
    assert [rank(placement) for placement in placements] == sorted(map(rank, placements), reverse=True)
    assert placements[0].slots == 16
    fewer = placements[1]
    assert (fewer.gpu_layers, fewer.kv_type) == (37, "f16")
    assert 4 <= fewer.slots < 16
    quantised = [placement for placement in placements if placement.kv_type == "q8_0" and placement.gpu_layers == 37]
    assert quantised
    assert all(placement.flash_attention == "enabled" for placement in quantised)
    assert placements[-1].gpu_layers < 37
    assert any("f16 does not fit" in reason for reason in quantised[0].reasons)


def test_memory_that_is_shared_with_the_host_counts_there_too(qwen3: GgufHeader) -> None:
    own = plan(qwen3, [gpu(24)], 16 * GIB, AUTO)
    shared = plan(qwen3, [gpu(24, "MTL0")], 16 * GIB, AUTO)
    assert own.bill.host_total == own.bill.host.total
    assert shared.bill.host_total == shared.bill.host.total + shared.bill.gpu.total <= shared.bill.host_usable
    assert gpu(1, integrated=True).shares_host


def test_settings_are_kept(qwen3: GgufHeader) -> None:
    placement = plan(
        qwen3, [gpu(80)], PLENTY, EngineSettings(context=1000, slots=5, kv_tokens=5000, kv_type="q8_0", gpu_layers=7)
    )
    assert (placement.context, placement.slots, placement.gpu_layers) == (1000, 5, 7)
    assert (placement.kv_tokens, placement.kv_type) == (5120, "q8_0")
    reasons = "; ".join(placement.reasons)
    assert all(
        f"as set (engine.{name})" in reasons for name in ("gpu_layers", "context", "slots", "kv_tokens", "kv_type")
    )


def test_slots_that_were_asked_for_share_a_smaller_cache_before_anything_is_refused(qwen3: GgufHeader) -> None:
    settings_ = EngineSettings(slots=16, kv_type="f16")
    caches = []
    for gib in (64.0, 12.3, 11.8):
        placement = plan(qwen3, [], int(gib * GIB), settings_)
        assert placement.slots == 16
        caches.append(placement.kv_tokens)
    assert caches == sorted(caches, reverse=True)
    assert caches[-1] < caches[0]
    assert caches[-1] >= placement.context


def test_a_draft_model_is_placed_first(qwen3: GgufHeader, hybrid: GgufHeader) -> None:
    small = header_of("llama", block_count=2, context_length=512, embedding_length=64, attention__head_count=2)
    alone, beside = plan(qwen3, [], PLENTY, AUTO), plan(qwen3, [], PLENTY, AUTO, draft=small)
    # 2 layers, keys and values of 64 numbers of 2 bytes; 512 cells for one sequence and each of two more.
    assert beside.draft_host_bytes > 2 * 2 * 64 * 2 * 3 * 512
    free = PLENTY - beside.draft_host_bytes
    assert beside.bill == plan(qwen3, [], free, AUTO).bill
    assert (beside.draft_gpu_layers, beside.draft_gpu_bytes, alone.draft_host_bytes) == (0, 0, 0)
    with pytest.raises(DoesNotFitError, match=r"draft model .* does not fit: .*`engine.draft_model`"):
        plan(qwen3, [], beside.draft_host_bytes, AUTO, draft=small)


@pytest.mark.parametrize(
    ("architecture", "rollback", "words"),
    [
        ("hybrid", 0, "no speculation: engine.rollback is 0; 3 would take"),
        ("hybrid", 2, "speculation: 2 further copies of each state"),
        ("qwen3", 2, "engine.rollback is not needed"),
    ],
)
def test_what_rollback_costs_is_said(
    qwen3: GgufHeader, hybrid: GgufHeader, architecture: str, rollback: int, words: str
) -> None:
    header = hybrid if architecture == "hybrid" else qwen3
    reasons = plan(header, [], PLENTY, EngineSettings(rollback=rollback)).reasons
    assert sum(words in reason for reason in reasons) == 1
    assert not any("speculation" in reason for reason in plan(qwen3, [], PLENTY, AUTO).reasons)


def test_a_short_context_bounds_the_share_of_a_slot() -> None:
    header = header_of("llama", block_count=1, context_length=512, embedding_length=64, attention__head_count=2)
    placement = plan(header, [], PLENTY, AUTO)
    assert placement.context == 512
    assert placement.kv_tokens == 16 * 512


def test_cached_sequences_and_snapshots_are_paid_for(hybrid: GgufHeader, qwen3: GgufHeader) -> None:
    plain, kept = (
        plan(hybrid, [], PLENTY, AUTO),
        plan(hybrid, [], PLENTY, EngineSettings(rollback=2), cached_sequences=16),
    )
    assert (kept.sequences, kept.slots) == (32, 16)
    assert kept.bill.host.state == 2 * 3 * plain.bill.host.state
    # llama.cpp aborts if there are fewer.
    assert kept.n_outputs_max >= kept.sequences
    plain, kept = plan(qwen3, [], PLENTY, AUTO), plan(qwen3, [], PLENTY, AUTO, cached_sequences=16)
    assert kept.bill.host.kv == plain.bill.host.kv
    assert kept.bill.host.outputs > plain.bill.host.outputs


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (EngineSettings(context=4096, kv_tokens=1024), r"`engine.kv_tokens` 1024 .*`engine.context` 4096"),
        (EngineSettings(slots=300), r"`engine.slots` 300 .* 256"),
    ],
)
def test_contradictions_are_named(qwen3: GgufHeader, wrong: EngineSettings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(qwen3, [], PLENTY, wrong)


def test_a_cache_smaller_than_the_usual_context_shortens_it(qwen3: GgufHeader) -> None:
    placement = plan(qwen3, [], PLENTY, EngineSettings(kv_tokens=2048))
    assert (placement.context, placement.kv_tokens) == (2048, 2048)


# What is refused.


def test_a_refusal_has_the_numbers_and_a_way_out(qwen3: GgufHeader) -> None:
    with pytest.raises(DoesNotFitError) as caught:
        plan(qwen3, [], 6 * GIB, AUTO)
    message = str(caught.value)
    assert "weights 8.1 GiB" in message
    assert "6.0 GiB free 5.2 GiB can be used" in message
    assert "engine.model" in message
    assert caught.value.needed_bytes > 8 * GIB > caught.value.usable_bytes == 6 * GIB - host_margin(6 * GIB)


def test_a_refusal_names_the_context_that_would_fit(qwen3: GgufHeader) -> None:
    settings_ = EngineSettings(context=65_536)
    with pytest.raises(DoesNotFitError, match=r"`engine.context` to (16384|32768|8192)") as caught:
        plan(qwen3, [], 12 * GIB, settings_)
    context = int(str(caught.value).split("`engine.context` to ")[1].split(",")[0])
    assert plan(qwen3, [], 12 * GIB, EngineSettings(context=context)).context == context


def test_a_refusal_names_the_settings_in_the_way(qwen3: GgufHeader) -> None:
    in_the_way = EngineSettings(gpu_layers=37, slots=16, kv_type="f16", kv_tokens=65_536)
    with pytest.raises(DoesNotFitError) as caught:
        plan(qwen3, [gpu(8)], PLENTY, in_the_way)
    message = str(caught.value)
    assert "CUDA0 would need" in message
    assert all(name in message for name in ("gpu_layers", "slots", "kv_tokens", "kv_type"))


# What holds on any machine.


def rank(placement: Placement) -> tuple[int, bool, int, int]:
    """The order of preference among placements with at least 4 slots."""
    return placement.gpu_layers, placement.kv_type == "f16", placement.slots, placement.kv_tokens


def try_plan(
    header: GgufHeader, devices: list[GpuDevice], host: int, chosen: EngineSettings = AUTO
) -> Placement | None:
    try:
        return plan(header, devices, host, chosen)
    except DoesNotFitError as error:
        assert error.needed_bytes > error.usable_bytes
        return None


gibs = st.floats(min_value=0.05, max_value=48.0)
any_settings = st.builds(
    EngineSettings,
    context=st.sampled_from((0, 300, 4096, 20_000)),
    slots=st.sampled_from((0, 1, 7, 40)),
    kv_type=st.sampled_from(("auto", "f16", "q8_0")),
    gpu_layers=st.sampled_from((-1, 0, 5, 100)),
)
on_any_machine = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@on_any_machine
@given(gpus=st.lists(gibs, max_size=2), host=gibs, chosen=any_settings, is_hybrid=st.booleans())
def test_what_is_planned_fits(
    qwen3: GgufHeader, hybrid: GgufHeader, gpus: list[float], host: float, chosen: EngineSettings, is_hybrid: bool
) -> None:
    devices = [gpu(gib, f"CUDA{index}") for index, gib in enumerate(gpus)]
    header, free = (hybrid if is_hybrid else qwen3), int(host * GIB)
    placement = try_plan(header, devices, free, chosen)
    if placement is None:
        return
    bill = placement.bill
    for device, needed in zip(devices, bill.gpu_totals, strict=True):
        assert needed <= device.free_bytes - gpu_margin(device.free_bytes)
    assert bill.host.total <= free - host_margin(free)
    assert sum(bill.gpu_totals) == bill.gpu.total
    weights = sum(tensor.size_bytes for tensor in header.tensors)
    assert weights <= bill.gpu.weights + bill.host.weights
    assert placement.context <= placement.kv_tokens
    assert placement.kv_tokens % 256 == 0
    assert placement.sequences <= placement.n_outputs_max <= max(placement.micro_batch, placement.sequences)
    assert all(reason for reason in placement.reasons)


@on_any_machine
@given(sizes=st.tuples(gibs, gibs), is_hybrid=st.booleans())
def test_more_host_memory_never_gives_less(
    qwen3: GgufHeader, hybrid: GgufHeader, sizes: tuple[float, float], is_hybrid: bool
) -> None:
    header = hybrid if is_hybrid else qwen3
    less, more = (try_plan(header, [], int(gib * GIB)) for gib in sorted(sizes))
    if less is not None:
        assert more is not None
        fewer_than_worthwhile = less.slots < 4
        assert fewer_than_worthwhile or rank(more) >= rank(less)
        assert not fewer_than_worthwhile or more.slots >= less.slots
    for kv_type in ("f16", "q8_0"):
        chosen = EngineSettings(kv_type=kv_type)
        less, more = (try_plan(header, [], int(gib * GIB), chosen) for gib in sorted(sizes))
        if less is not None:
            assert more is not None
            assert more.slots >= less.slots


def test_more_gpu_memory_never_gives_less(qwen3: GgufHeader) -> None:
    placements = [plan(qwen3, [gpu(step / 4)], 64 * GIB, AUTO) for step in range(1, 64)]
    assert placements[0].gpu_layers == 0
    assert placements[-1].gpu_layers == 37
    for less, more in pairwise(placements):
        assert more.gpu_layers >= less.gpu_layers
        assert rank(more) >= rank(less)


# What llama.cpp says.

CONTEXTS: list[dict[str, Any]] = [
    {"n_ctx": 8192, "n_batch": 256, "n_ubatch": 256, "n_seq_max": 16, "n_outputs_max": 32},
    {"n_ctx": 8192, "n_batch": 256, "n_ubatch": 256, "n_seq_max": 1, "n_outputs_max": 17},
    {"n_ctx": 23552, "n_batch": 256, "n_ubatch": 256, "n_seq_max": 12, "n_outputs_max": 256},
    {"n_ctx": 4096, "n_batch": 64, "n_ubatch": 64, "n_seq_max": 4, "n_outputs_max": 20, "n_rs_seq": 4},
    {"n_ctx": 2048, "n_batch": 110, "n_ubatch": 110, "n_seq_max": 16, "n_outputs_max": 0, "embeddings": True},
    {"n_ctx": 32768, "n_batch": 256, "n_ubatch": 256, "n_seq_max": 3, "n_outputs_max": 19, "swa_full": False},
]
QUANTISED: dict[str, Any] = CONTEXTS[0] | {"flash_attn_type": 1, "type_k": 8, "type_v": 8}


def shape_of(context: dict[str, Any]) -> ContextShape:
    return ContextShape(
        cells=context["n_ctx"],
        sequences=context["n_seq_max"],
        micro_batch=context["n_ubatch"],
        outputs=context["n_outputs_max"] or context["n_batch"],
        kv_type="q8_0" if context.get("type_k") == 8 else "f16",
        rollback=context.get("n_rs_seq", 0),
        full_windows=context.get("swa_full", True),
    )


def compare(model: ModelShape, context: dict[str, Any], real: Report) -> None:
    shape = shape_of(context)
    rounding = 0.011 * MIB
    # A model with windows has two caches, each with a line of its own in the log.
    assert kv(model, shape) == pytest.approx(real.kv, abs=2 * rounding)
    assert state(model, shape) == pytest.approx(real.state, abs=rounding)
    # The buffer begins with a row for each sequence and grows to `n_outputs_max` rows when they are asked for.
    rows = output_bytes(model, shape.sequences, embeddings=context.get("embeddings", False))
    assert rows == pytest.approx(real.output, abs=rounding)
    estimate = compute_bytes(model, shape)
    assert 0.9 * real.compute - rounding <= estimate <= 1.5 * real.compute + MIB, (context, estimate / real.compute)


@pytest.mark.parametrize("write", [None, write_recurrent, write_sliding_window, write_hybrid])
def test_small_models_take_what_llama_cpp_reports(
    write: Callable[[Path], None] | None, pocket: Path, tmp_path: Path
) -> None:
    path = pocket
    if write is not None:
        path = tmp_path / "model.gguf"
        write(path)
    model = read_shape(read_header(path))
    contexts = [*CONTEXTS, *([QUANTISED] if "q8_0" in kv_types(model) else [])]
    for context, real in zip(contexts, report(path, contexts, weights=True), strict=True):
        compare(model, context, real)


@pytest.mark.parametrize("write", [write_qwen3, write_qwen3moe, write_gemma3, write_qwen35])
def test_large_models_take_what_llama_cpp_reports(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path / "model.gguf")
    model = read_shape(read_header(path))
    contexts = [*CONTEXTS, QUANTISED]
    for context, real in zip(contexts, report(path, contexts, weights=False), strict=True):
        compare(model, context, real)


def test_a_planned_context_can_be_made(pocket: Path) -> None:
    header = read_header(pocket)
    placement = plan(header, [], PLENTY, EngineSettings(kv_type="q8_0"))
    parameters = {
        "n_ctx": placement.kv_tokens,
        "n_batch": placement.micro_batch,
        "n_ubatch": placement.micro_batch,
        "n_seq_max": placement.sequences,
        "n_outputs_max": placement.n_outputs_max,
        "type_k": 8,
        "type_v": 8,
        "flash_attn_type": {"auto": -1, "enabled": 1}[placement.flash_attention],
    }
    (real,) = report(pocket, [parameters], weights=True)
    assert placement.bill.host.kv == pytest.approx(real.kv, abs=0.011 * MIB)
    assert placement.bill.host.compute >= 0.9 * real.compute
