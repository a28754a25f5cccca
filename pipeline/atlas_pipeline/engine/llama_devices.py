"""The GPUs that llama.cpp would use, and their memory. `python -P -m atlas_pipeline.engine.llama_devices` prints JSON.

A part of the llama adapter: it imports `llama_cpp`. Processes that may not run it (`memory.ask_for_devices`).
"""

from __future__ import annotations

import ctypes
import sys

import llama_cpp
import msgspec
from llama_cpp._ggml import libggml

from atlas_pipeline.engine.memory import GpuDevice

CPU, GPU, INTEGRATED_GPU = 0, 1, 2
"""`enum ggml_backend_dev_type` of llama.cpp 0.5 (`ggml/include/ggml-backend.h`)."""


def gpu_devices() -> tuple[GpuDevice, ...]:
    """Return the GPUs in llama.cpp's order: integrated ones count only if there is no other."""
    llama_cpp.llama_backend_init()
    _declare()
    found = [_device(libggml.ggml_backend_dev_get(index)) for index in range(libggml.ggml_backend_dev_count())]
    gpus = [device for device in found if device is not None]
    own_memory = [device for device in gpus if not device.integrated]
    return tuple(own_memory or gpus)


def _device(handle: int) -> GpuDevice | None:
    kind = libggml.ggml_backend_dev_type(handle)
    if kind not in (GPU, INTEGRATED_GPU):
        return None
    free, total = ctypes.c_size_t(0), ctypes.c_size_t(0)
    libggml.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    # Some report nothing; llama.cpp then takes the host's memory for theirs.
    tells = total.value > 0
    if not tells:
        host = libggml.ggml_backend_dev_by_type(CPU)
        libggml.ggml_backend_dev_memory(host, ctypes.byref(free), ctypes.byref(total))
    return GpuDevice(
        name=libggml.ggml_backend_dev_name(handle).decode(errors="replace"),
        description=libggml.ggml_backend_dev_description(handle).decode(errors="replace"),
        integrated=kind == INTEGRATED_GPU or not tells,
        free_bytes=free.value,
        total_bytes=total.value,
    )


def _declare() -> None:
    """Tell ctypes the signatures, which the binding does not: pointers would be cut to 32 bits."""
    pointer, size, text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
    signatures = {
        "ggml_backend_dev_count": (size, []),
        "ggml_backend_dev_get": (pointer, [size]),
        "ggml_backend_dev_by_type": (pointer, [ctypes.c_int]),
        "ggml_backend_dev_type": (ctypes.c_int, [pointer]),
        "ggml_backend_dev_name": (text, [pointer]),
        "ggml_backend_dev_description": (text, [pointer]),
        "ggml_backend_dev_memory": (None, [pointer, ctypes.POINTER(size), ctypes.POINTER(size)]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(libggml, name)
        function.restype, function.argtypes = result, arguments


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(gpu_devices()).decode() + "\n")
