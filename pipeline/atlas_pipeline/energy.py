"""Energy that this machine's counters say was used: RAPL (processor packages) and NVML (NVIDIA GPUs).

    counters at the start -> (read now and then, because RAPL's begin again at 0) -> joules, and whose they are

The counters are of whole devices, whatever else ran on them. What cannot be read is left out, and `Energy.sources` says
what was counted; with nothing to read there is no `Energy`. Nothing is estimated from times or rated powers.

RAPL: https://docs.kernel.org/power/powercap/powercap.html. Linux lets only root read `energy_uj` since 5.10.
NVML: `nvmlDeviceGetTotalEnergyConsumption`, millijoules since the driver was loaded, Volta and later (`nvidia-ml-py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atlas_pipeline.records import Energy

logger = logging.getLogger(__name__)

POWERCAP = Path("/sys/class/powercap")
JOULES_PER_KWH = 3.6e6
READ_S = 2.0
"""Longer nobody waits for a counter; a driver that hangs costs the figure, not the solve."""


class LostError(Exception):
    """A counter that was readable is not any more, so that the difference is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One counter of a device."""

    name: str
    read: Callable[[], int]
    """Returns its value; raises `LostError`."""
    joules_per_unit: float
    most: Callable[[], int] | None = None
    """Returns the value after which it begins again at 0; raises `LostError`. None where it does not."""


class Meter:
    """Sums up what counters count from now on. Reading blocks."""

    def __init__(self, counters: Sequence[Counter]) -> None:
        self._counters = counters
        self._last = [counter.read() for counter in counters]
        self._units = [0] * len(counters)

    def read(self) -> Energy:
        """Return what was used since the start. Has to be called before a counter has begun anew twice.

        Raises:
            LostError: a counter cannot be read any more.
        """
        for number, counter in enumerate(self._counters):
            now, last = counter.read(), self._last[number]
            if now < last:
                if counter.most is None:
                    raise LostError(f"{counter.name} went back from {last} to {now}")
                last -= counter.most()
            self._units[number] += now - last
            self._last[number] = now
        units = zip(self._units, self._counters, strict=True)
        return Energy(
            joules=sum(count * counter.joules_per_unit for count, counter in units),
            sources=tuple(counter.name for counter in self._counters),
        )


def open_meter(*, powercap: Path = POWERCAP, load_nvml: Callable[[], Any] | None = None) -> Meter | None:
    """Return a meter of all counters that can be read here; None where there is none. Blocks.

    Args:
        powercap: where the kernel shows RAPL.
        load_nvml: returns the module `pynvml`; None: it is imported, if it is installed.
    """
    counters = [*_rapl(powercap), *_nvml(load_nvml or _import_nvml)]
    readable = []
    for counter in counters:
        with contextlib.suppress(LostError):
            counter.read()
            readable.append(counter)
    try:
        return Meter(readable) if readable else None
    except LostError:
        return None


def _rapl(powercap: Path) -> list[Counter]:
    """Return the counters of packages.

    Cores are part of a package, memory may be, depending on the processor; `psys` holds the packages, and
    `intel-rapl-mmio` is the package again.
    """
    found = []
    for zone in sorted(powercap.glob("intel-rapl:*")):
        try:
            name = (zone / "name").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if name.startswith("package-"):
            read, most = _file(zone / "energy_uj"), _file(zone / "max_energy_range_uj")
            found.append(Counter(name=f"RAPL {name}", read=read, most=most, joules_per_unit=1e-6))
    return found


def _file(path: Path) -> Callable[[], int]:
    def read() -> int:
        try:
            return int(path.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise LostError(f"{path} cannot be read: {error}") from error

    return read


def _import_nvml() -> Any:
    return importlib.import_module("pynvml")


def _nvml(load: Callable[[], Any]) -> list[Counter]:
    try:
        nvml = load()
    except ImportError:
        return []
    try:
        nvml.nvmlInit()  # counted by NVML, and not undone: another solve may be reading
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return []
    return [
        Counter(name=f"NVML GPU {index}", read=_gpu(nvml, handle), joules_per_unit=1e-3)
        for index, handle in enumerate(handles)
    ]


def _gpu(nvml: Any, handle: Any) -> Callable[[], int]:
    def read() -> int:
        try:
            return int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        except nvml.NVMLError as error:
            raise LostError(f"NVML says: {error}") from error

    return read


class EnergyUse:
    """The energy of one solve, read in a thread. Once a counter is lost or hangs, there is no figure."""

    def __init__(self) -> None:
        self.used: Energy | None = None
        self._meter: Meter | None = None

    async def start(self, opener: Callable[[], Meter | None] = open_meter) -> None:
        """Begin to count, where anything can be read."""
        with contextlib.suppress(TimeoutError, LostError):
            async with asyncio.timeout(READ_S):
                self._meter = await asyncio.to_thread(opener)

    async def update(self) -> None:
        """Bring `used` up to date."""
        if self._meter is None:
            return
        try:
            async with asyncio.timeout(READ_S):
                self.used = await asyncio.to_thread(self._meter.read)
        except (TimeoutError, LostError) as error:
            logger.info("the energy of this solve is not known: %s", error or "a counter does not answer")
            self._meter = self.used = None
