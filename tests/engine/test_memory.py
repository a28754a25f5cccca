"""Free memory from trees of files as Linux would show them, and from this machine itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from atlas_pipeline.engine.memory import GIB, MIB, ask_for_devices, host_memory, vm_stat_free
from atlas_pipeline.errors import EngineError

MEMINFO = (
    "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\nHugePages_Total:       0\n"
)
V2_MOUNT = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
V1_MOUNTS = (
    "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine of 16 GiB, 8 of them available, without control groups."""
    write(tmp_path, "proc/meminfo", MEMINFO)
    return tmp_path


def write(root: Path, path: str, text: str | int) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(f"{text}\n" if isinstance(text, int) else text)


def limit_v2(root: Path, group: str, limit: int | str, usage: int, idle_files: int = 0) -> None:
    folder = f"sys/fs/cgroup{group}"
    write(root, f"{folder}/memory.max", limit if isinstance(limit, int) else f"{limit}\n")
    write(root, f"{folder}/memory.current", usage)
    write(root, f"{folder}/memory.stat", f"anon 5\ninactive_file {idle_files}\nactive_file 7\n")


def test_without_control_groups(root: Path) -> None:
    memory = host_memory(root)
    assert (memory.free_bytes, memory.total_bytes) == (8 * GIB, 16 * GIB)
    assert "MemAvailable" in memory.source


def test_the_limit_of_a_control_group_counts_if_it_is_less(root: Path) -> None:
    write(root, "proc/self/mounts", V2_MOUNT)
    write(root, "proc/self/cgroup", "0::/user/editor\n")
    limit_v2(root, "/user/editor", 4 * GIB, 3 * GIB, idle_files=GIB // 2)
    memory = host_memory(root)
    assert memory.free_bytes == 4 * GIB - 3 * GIB + GIB // 2
    assert memory.total_bytes == 4 * GIB
    assert "memory.max" in memory.source
    limit_v2(root, "/user/editor", 15 * GIB, GIB)
    assert host_memory(root).free_bytes == 8 * GIB


def test_the_limits_of_groups_above_count_too(root: Path) -> None:
    write(root, "proc/self/mounts", V2_MOUNT)
    write(root, "proc/self/cgroup", "0::/user/editor\n")
    limit_v2(root, "/user/editor", "max", GIB)
    limit_v2(root, "/user", 6 * GIB, 4 * GIB)
    assert host_memory(root).free_bytes == 2 * GIB


def test_a_container_that_sees_only_its_own_part(root: Path) -> None:
    write(root, "proc/self/mounts", V2_MOUNT)
    write(root, "proc/self/cgroup", "0::/../../docker/abc\n")
    limit_v2(root, "", 2 * GIB, GIB)
    assert host_memory(root).free_bytes == GIB


def test_control_groups_of_version_1(root: Path) -> None:
    write(root, "proc/self/mounts", V1_MOUNTS)
    write(root, "proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/job\n0::/\n")
    folder = "sys/fs/cgroup/memory"
    write(root, f"{folder}/memory.limit_in_bytes", 9223372036854771712)
    write(root, f"{folder}/memory.usage_in_bytes", 15 * GIB)
    assert host_memory(root).free_bytes == 8 * GIB
    write(root, f"{folder}/job/memory.limit_in_bytes", 3 * GIB)
    write(root, f"{folder}/job/memory.usage_in_bytes", 2 * GIB)
    write(root, f"{folder}/job/memory.stat", f"inactive_file 1\ntotal_inactive_file {256 * MIB}\n")
    assert host_memory(root).free_bytes == GIB + 256 * MIB


def test_more_used_than_allowed_leaves_nothing(root: Path) -> None:
    write(root, "proc/self/mounts", V2_MOUNT)
    write(root, "proc/self/cgroup", "0::/\n")
    limit_v2(root, "", GIB, 2 * GIB)
    assert host_memory(root).free_bytes == 0


def test_a_system_that_does_not_say(tmp_path: Path) -> None:
    write(tmp_path, "proc/meminfo", "MemTotal: 1 kB\n")
    with pytest.raises(EngineError, match="MemAvailable"):
        host_memory(tmp_path)


def test_macos_pages() -> None:
    text = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                               10.\n"
        "Pages active:                            900.\n"
        "Pages inactive:                           20.\n"
        "Pages speculative:                         3.\n"
        "Pages wired down:                        400.\n"
        "Pages purgeable:                           4.\n"
        '"Translation faults":                  12345.\n'
    )
    assert vm_stat_free(text) == 37 * 16384
    with pytest.raises(EngineError, match="vm_stat"):
        vm_stat_free("something else")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_this_machine() -> None:
    memory = host_memory()
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < memory.free_bytes <= memory.total_bytes <= pages


def test_devices_are_those_of_llama_cpp() -> None:
    script = (
        "import llama_cpp; from atlas_pipeline.engine.llama_devices import gpu_devices; "
        "print(len(gpu_devices()) > 0, bool(llama_cpp.llama_supports_gpu_offload()))"
    )
    answer = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    sees_gpus, supports_gpus = answer.stdout.split()
    assert sees_gpus == supports_gpus
    devices = ask_for_devices()
    assert str(len(devices) > 0) == sees_gpus
    assert all(0 <= device.free_bytes <= device.total_bytes for device in devices)


@pytest.fixture
def fake_binding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that processes started from here import as `llama_cpp`."""
    module = tmp_path / "llama_cpp" / "__init__.py"
    module.parent.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return module


def test_a_binding_that_cannot_be_loaded_is_named(fake_binding: Path) -> None:
    fake_binding.write_text("raise ImportError('libcudart.so.12: cannot open shared object file')")
    with pytest.raises(EngineError, match=r"llama-cpp-python cannot be loaded.*libcudart\.so\.12.*--gpu-memory"):
        ask_for_devices()


def test_a_driver_that_hangs_is_given_up(fake_binding: Path) -> None:
    fake_binding.write_text("import time; time.sleep(600)")
    with pytest.raises(EngineError, match=r"within 1 s.*--gpu-memory 0"):
        ask_for_devices(timeout_s=1.0)


def test_nonsense_is_named(fake_binding: Path) -> None:
    fake_binding.write_text("import os; print('hello', flush=True); os._exit(0)")
    with pytest.raises(EngineError, match="something unknown"):
        ask_for_devices()
