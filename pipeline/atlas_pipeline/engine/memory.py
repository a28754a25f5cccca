"""Free memory: of the host, as the operating system and control groups allow; of GPUs, as llama.cpp reports it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from atlas_pipeline.errors import EngineError

MIB = 1 << 20
GIB = 1 << 30

NO_LIMIT = 1 << 60
"""Control groups of version 1 write a huge number where there is no limit."""

CGROUP_FILES = {
    "cgroup": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    "cgroup2": ("memory.max", "memory.current", "inactive_file"),
}
"""File system of the version -> files with limit and usage, and the line of memory.stat with idle file pages."""

VM_STAT_TIMEOUT_S = 5.0
DEVICES_TIMEOUT_S = 60.0
"""The first start of a GPU's driver takes seconds; a broken one never ends."""
DEVICES_MODULE = "atlas_pipeline.engine.llama_devices"


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuDevice:
    """A GPU that llama.cpp would use."""

    name: str
    """llama.cpp's name: CUDA0, Vulkan1, MTL0."""
    description: str
    integrated: bool
    free_bytes: int
    total_bytes: int

    @property
    def shares_host(self) -> bool:
        """Whether it has no memory of its own: integrated, or Apple's."""
        return self.integrated or self.name.startswith("MTL")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """The host's memory that this process may use."""

    free_bytes: int
    total_bytes: int
    source: str
    """What set the number, in plain words."""


def ask_for_devices(*, timeout_s: float = DEVICES_TIMEOUT_S) -> tuple[GpuDevice, ...]:
    """Return llama.cpp's GPUs, from a process of its own: this one loads no native code.

    Raises:
        EngineError: llama-cpp-python cannot be loaded, or does not answer.
    """
    command = [sys.executable, "-P", "-m", DEVICES_MODULE]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=timeout_s, check=True, stdin=subprocess.DEVNULL)
        return msgspec.json.decode(answer.stdout, type=tuple[GpuDevice, ...])
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"llama.cpp did not list its GPUs within {timeout_s:.0f} s; a GPU driver may hang. "
            "`--gpu-memory 0` plans without a GPU."
        ) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        why = lines[-1] if lines else f"it ended with status {error.returncode} and said nothing"
        raise EngineError(
            f"llama-cpp-python cannot be loaded, so its GPUs are unknown: {why}. Reinstall llama-cpp-python, or name "
            "the GPU memory yourself with `--gpu-memory`."
        ) from error
    except msgspec.DecodeError as error:
        raise EngineError(f"`python -m {DEVICES_MODULE}` wrote something unknown: {error}.") from error


def host_memory(root: Path = Path("/")) -> HostMemory:
    """Return the host's free memory; `root` is where `proc` and `sys` are looked for.

    Raises:
        EngineError: this system does not say.
    """
    if (root / "proc/meminfo").is_file():
        system = _linux(root)
        limits = [system, *_cgroup_limits(root, system.total_bytes)]
        return min(limits, key=lambda memory: memory.free_bytes)
    if sys.platform == "darwin":
        return _macos()
    raise EngineError(f"How much memory is free cannot be found out on {sys.platform}.")


def _linux(root: Path) -> HostMemory:
    text = (root / "proc/meminfo").read_text()
    sizes = {name: int(count) * 1024 for name, count in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemAvailable" not in sizes:
        raise EngineError(f"{root / 'proc/meminfo'} has no MemAvailable: the kernel is older than 3.14.")
    return HostMemory(
        free_bytes=sizes["MemAvailable"], total_bytes=sizes["MemTotal"], source="MemAvailable of /proc/meminfo"
    )


def _cgroup_limits(root: Path, total: int) -> Iterator[HostMemory]:
    """Give what each control group that this process is in leaves of its limit."""
    for folder, limit_file, usage_file, cache_key in _cgroup_folders(root):
        limit = _number(folder / limit_file)
        usage = _number(folder / usage_file)
        if limit is None or usage is None or limit >= min(NO_LIMIT, total):
            continue
        # Pages of files that nobody has used lately are given back under pressure.
        free = max(0, limit - usage + _stat(folder / "memory.stat", cache_key))
        yield HostMemory(free_bytes=min(free, limit), total_bytes=limit, source=f"the control group's {limit_file}")


def _cgroup_folders(root: Path) -> Iterator[tuple[Path, str, str, str]]:
    """Give the folders from this process's control group up to the topmost, with the names of their files."""
    mounts = _mounts(root)
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        kind = "cgroup2" if controllers == "" else "cgroup" if "memory" in controllers.split(",") else ""
        if kind not in mounts:
            continue
        # Inside a container the path may be the one outside, where the mount shows only the container's own part.
        steps = [step for step in path.split("/") if step not in ("", "..")]
        for count in range(len(steps), -1, -1):
            folder = (root / mounts[kind].lstrip("/")).joinpath(*steps[:count])
            if folder.is_dir():
                yield folder, *CGROUP_FILES[kind]


def _mounts(root: Path) -> dict[str, str]:
    """Return where the control groups with the memory controller are mounted: version's file system -> folder."""
    found: dict[str, str] = {}
    try:
        lines = (root / "proc/self/mounts").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        _device, folder, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "memory" in options.split(",")):
            found.setdefault(kind, folder)
    return found


def _number(path: Path) -> int | None:
    """Return a file's number; None if there is no such file or it says "max"."""
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _stat(path: Path, key: str) -> int:
    try:
        match = re.search(rf"^{key} (\d+)$", path.read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(match[1]) if match else 0


def _macos() -> HostMemory:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        report = subprocess.run(["vm_stat"], capture_output=True, text=True, timeout=VM_STAT_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"How much memory is free cannot be found out: vm_stat failed ({error}).") from error
    return HostMemory(
        free_bytes=vm_stat_free(report.stdout),
        total_bytes=total,
        source="vm_stat: free, inactive, purgeable and speculative pages; how far macOS would compress others is unknown",
    )


def vm_stat_free(report: str) -> int:
    """Return the bytes that macOS can give away at once, from the output of `vm_stat`.

    Raises:
        EngineError: it is not of the known form.
    """
    page = re.search(r"page size of (\d+) bytes", report)
    pages = {name: int(count) for name, count in re.findall(r"^Pages (\w+):\s+(\d+)\.$", report, re.MULTILINE)}
    if page is None or "free" not in pages:
        raise EngineError("How much memory is free cannot be found out: vm_stat wrote something unknown.")
    return int(page[1]) * sum(pages.get(name, 0) for name in ("free", "inactive", "purgeable", "speculative"))
