"""What a model needs of each memory, given what is put where: weights, caches, buffers, in bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from atlas_pipeline.engine.context_memory import (
    FLOAT_BYTES,
    ContextShape,
    compute_bytes,
    kv_layer_bytes,
    mask_bytes,
    output_bytes,
    state_layer_bytes,
)
from atlas_pipeline.engine.gguf_header import GgufHeader
from atlas_pipeline.engine.memory import GIB, MIB, GpuDevice
from atlas_pipeline.engine.model_shape import ModelShape

MARGIN_PART = 8
MAX_GPU_MARGIN = GIB
"""An eighth of what is free stays free, on a GPU at most this: for its driver, its scratch memory and the desktop.

Of host memory the whole eighth: for the sandbox, the page cache, this process, and because llama.cpp repacks matrices
for the CPU, by which Q8_0 grows by 12 % on CPUs with AMX.
"""

OFFLOAD_TOKENS = 32
"""From this many tokens on, llama.cpp computes the host's layers on the GPU and sends their matrices there."""

PIPELINE_COPIES = 4
"""Copies of a step's inputs that llama.cpp keeps if several GPUs share all layers."""

INPUT_TENSORS = ("token_embd.weight", "position_embd.", "token_types.", "per_layer_token_embd.")
"""Always on the host: looked up, not multiplied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryParts:
    """What is needed in one kind of memory, in bytes."""

    weights: int = 0
    kv: int = 0
    state: int = 0
    """Recurrent states."""
    compute: int = 0
    """An estimate; it errs towards too much."""
    outputs: int = 0
    """Logits of one step."""
    embeddings: int = 0
    """The second, small context that is made when embeddings are first asked for."""

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return self.weights + self.kv + self.state + self.compute + self.outputs + self.embeddings


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBill:
    """What a placement needs, in bytes, and what there is."""

    gpu: MemoryParts
    """All GPUs together."""
    host: MemoryParts
    gpu_totals: tuple[int, ...]
    """Needed on each GPU."""
    gpu_usable: tuple[int, ...]
    """Free on each GPU, less the margin."""
    host_total: int
    """Needed of the host; where a GPU has no memory of its own, with what it needs."""
    host_usable: int
    """Free on the host, less the margin."""

    @property
    def fits(self) -> bool:
        """Whether every memory holds what it must."""
        on_gpus = all(needed <= usable for needed, usable in zip(self.gpu_totals, self.gpu_usable, strict=True))
        return on_gpus and self.host_total <= self.host_usable


class Accountant:
    """Writes the bill of one model on one machine."""

    def __init__(self, header: GgufHeader, model: ModelShape, devices: Sequence[GpuDevice], host_free: int) -> None:
        self._model = model
        self._weights = _Weights(header, len(model.layers))
        self._devices = tuple(devices)
        self._gpu_usable = tuple(device.free_bytes - gpu_margin(device.free_bytes) for device in devices)
        self._host_usable = host_free - host_margin(host_free)

    def bill(self, gpu_layers: int, context: ContextShape, small: ContextShape) -> MemoryBill:
        """Return what is needed with `gpu_layers` on the GPUs, the context, and the `small` one for embeddings."""
        owners = self._owners(gpu_layers)
        gpus = [self._gpu_parts(gpu, owners, context, small) for gpu in range(len(self._devices))]
        host = self._host_parts(owners, context, small)
        shared = sum(parts.total for parts, device in zip(gpus, self._devices, strict=True) if device.shares_host)
        return MemoryBill(
            gpu=_added(gpus),
            host=host,
            gpu_totals=tuple(parts.total for parts in gpus),
            gpu_usable=self._gpu_usable,
            host_total=host.total + shared,
            host_usable=self._host_usable,
        )

    def _owners(self, gpu_layers: int) -> tuple[int, ...]:
        """Return the GPU of each layer, of the output last; -1: the host.

        llama.cpp's rule (`load_tensors` in `src/llama-model.cpp`): the last layers go to the GPUs, shared out in order
        by their free memory.
        """
        last = len(self._model.layers)
        first = last + 1 - gpu_layers
        ends = list(accumulate(device.free_bytes for device in self._devices))
        owners = []
        for layer in range(last + 1):
            if layer < first or not self._devices:
                owners.append(-1)
                continue
            position = (layer - first) / gpu_layers * ends[-1]
            owners.append(next((gpu for gpu, end in enumerate(ends) if position < end), len(ends) - 1))
        return tuple(owners)

    def _gpu_parts(self, gpu: int, owners: tuple[int, ...], context: ContextShape, small: ContextShape) -> MemoryParts:
        if gpu not in owners:
            return MemoryParts()
        staging = self._weights.largest(owners) if context.micro_batch >= OFFLOAD_TOKENS else 0
        several = len(set(owners)) > 1 and -1 not in owners
        copies = (PIPELINE_COPIES - 1) * mask_bytes(self._model, context) if several else 0
        return MemoryParts(
            weights=self._weights.on(gpu, owners),
            kv=self._kv(gpu, owners, context),
            state=self._state(gpu, owners, context),
            compute=compute_bytes(self._model, context) + staging + copies,
            embeddings=self._kv(gpu, owners, small)
            + self._state(gpu, owners, small)
            + compute_bytes(self._model, small)
            + staging,
        )

    def _host_parts(self, owners: tuple[int, ...], context: ContextShape, small: ContextShape) -> MemoryParts:
        partly = -1 in owners
        return MemoryParts(
            weights=self._weights.input + self._weights.on(-1, owners),
            kv=self._kv(-1, owners, context),
            state=self._state(-1, owners, context),
            compute=self._host_compute(context, partly=partly),
            outputs=output_bytes(self._model, context.outputs),
            embeddings=self._kv(-1, owners, small)
            + self._state(-1, owners, small)
            + self._host_compute(small, partly=partly)
            + output_bytes(self._model, small.outputs, embeddings=True),
        )

    def _host_compute(self, context: ContextShape, *, partly: bool) -> int:
        if partly:
            return compute_bytes(self._model, context)
        # Only the inputs of a step: masks and embeddings.
        return mask_bytes(self._model, context) + 2 * FLOAT_BYTES * self._model.width * context.micro_batch

    def _kv(self, owner: int, owners: tuple[int, ...], context: ContextShape) -> int:
        layers = zip(self._model.layers, owners[:-1], strict=True)
        return sum(kv_layer_bytes(self._model, layer, context) for layer, place in layers if place == owner)

    def _state(self, owner: int, owners: tuple[int, ...], context: ContextShape) -> int:
        layers = zip(self._model.layers, owners[:-1], strict=True)
        return sum(state_layer_bytes(self._model, layer, context) for layer, place in layers if place == owner)


class _Weights:
    """Bytes of the tensors by where llama.cpp puts them."""

    def __init__(self, header: GgufHeader, layers: int) -> None:
        self.input = 0
        self._layers = [0] * (layers + 1)
        self._largest = [0] * (layers + 1)
        names = {tensor.name for tensor in header.tensors}
        for tensor in header.tensors:
            if tensor.name.startswith(INPUT_TENSORS):
                self.input += tensor.size_bytes
                # Without an output matrix the embeddings are loaded once more in its place.
                if tensor.name != INPUT_TENSORS[0] or "output.weight" in names:
                    continue
            place = tensor.layer if tensor.layer is not None and tensor.layer < layers else layers
            self._layers[place] += tensor.size_bytes
            self._largest[place] = max(self._largest[place], tensor.size_bytes)

    def on(self, owner: int, owners: tuple[int, ...]) -> int:
        """Return the bytes of the layers that belong to `owner`."""
        return sum(bytes_ for bytes_, place in zip(self._layers, owners, strict=True) if place == owner)

    def largest(self, owners: tuple[int, ...]) -> int:
        """Return the largest single tensor of the layers that stay on the host."""
        return max((bytes_ for bytes_, place in zip(self._largest, owners, strict=True) if place == -1), default=0)


def gpu_margin(free: int) -> int:
    """Return how many of `free` bytes of a GPU are left alone."""
    return min(free // MARGIN_PART, MAX_GPU_MARGIN)


def host_margin(free: int) -> int:
    """Return how many of `free` bytes of the host are left alone."""
    return free // MARGIN_PART


def size(count: int) -> str:
    """Return bytes for people."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.1f} MiB"


def _added(parts: Sequence[MemoryParts]) -> MemoryParts:
    return MemoryParts(
        weights=sum(part.weights for part in parts),
        kv=sum(part.kv for part in parts),
        state=sum(part.state for part in parts),
        compute=sum(part.compute for part in parts),
        outputs=sum(part.outputs for part in parts),
        embeddings=sum(part.embeddings for part in parts),
    )
