"""One engine per user and model: how it starts, is shared, dies and leaves."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from atlas_pipeline.engine.address import engine_address
from atlas_pipeline.engine.answers import Health
from atlas_pipeline.engine.api import Message, Sampling
from atlas_pipeline.engine.client import LocalEngine, connect
from atlas_pipeline.engine.file_lock import try_lock, unlock
from atlas_pipeline.engine.launcher import SPIN_COUNT, engine_environment, lease_engine
from atlas_pipeline.errors import EngineError, EngineLostError, EngineStartError, ModelFileError, UsageError
from atlas_pipeline.settings import EngineSettings

CLIENT = """
import asyncio, sys, msgspec
from atlas_pipeline.engine.client import connect
from atlas_pipeline.settings import EngineSettings

async def main():
    engine = await connect(msgspec.json.decode(sys.argv[1], type=EngineSettings))
    await engine.capabilities()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def ask(settings: EngineSettings) -> Health:
    """Return the health of the engine for these settings, without a lease."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(engine_address(settings).socket))
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    return msgspec.json.decode(answer.split(b"\r\n\r\n", 1)[1], type=Health)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


async def test_clients_share_one_process_which_ends_after_the_last(
    own_settings: EngineSettings, task: list[Message]
) -> None:
    first, second = await connect(own_settings), await connect(own_settings)
    answers = await asyncio.gather(*(client.chat(task, Sampling(temperature=0.0)) for client in (first, second)))
    assert answers[0].text == answers[1].text
    health = ask(own_settings)
    assert health.leases == 2
    pid = health.pid
    await first.aclose()
    await until(lambda: ask(own_settings).leases == 1)
    await asyncio.sleep(own_settings.linger_s + 0.5)
    assert ask(own_settings).pid == pid
    assert os.getsid(pid) == pid
    await second.aclose()
    await until(lambda: not is_running(pid))
    assert not engine_address(own_settings).socket.exists()


async def test_the_linger_time_is_used_up_before_the_engine_ends(own_settings: EngineSettings) -> None:
    client = await connect(own_settings)
    await client.capabilities()
    pid = ask(own_settings).pid
    await client.aclose()
    closed = time.monotonic()
    await until(lambda: not is_running(pid))
    assert time.monotonic() - closed > own_settings.linger_s * 0.9


async def test_an_engine_whose_runtime_folder_is_removed_still_ends(
    own_settings: EngineSettings, engine_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Log-out removes `XDG_RUNTIME_DIR` while the engine lingers: an engine that failed there lived for ever."""
    runtime = engine_folders / "gone"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    client = await connect(own_settings)
    await client.capabilities()
    pid = ask(own_settings).pid
    assert engine_address(own_settings).socket.is_relative_to(runtime)
    shutil.rmtree(runtime)
    await client.aclose()
    await asyncio.wait_for(until(lambda: not is_running(pid)), own_settings.linger_s + 20)


async def test_a_client_that_comes_back_in_time_finds_the_engine(own_settings: EngineSettings) -> None:
    client = await connect(own_settings)
    await client.capabilities()
    pid = ask(own_settings).pid
    await client.aclose()
    await client.capabilities()
    assert ask(own_settings).pid == pid
    await client.aclose()
    await until(lambda: not is_running(pid))


async def test_the_lease_of_a_killed_client_closes(own_settings: EngineSettings) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-P", "-c", CLIENT, msgspec.json.encode(own_settings).decode()], stdout=subprocess.PIPE
    )
    try:
        assert starter.stdout is not None
        assert await asyncio.to_thread(starter.stdout.readline) == b"ready\n"
        pid = ask(own_settings).pid
        other = await connect(own_settings)
        await other.capabilities()
    finally:
        starter.kill()
        starter.communicate()
    await until(lambda: ask(own_settings).leases == 1)
    assert ask(own_settings).pid == pid
    await other.aclose()
    await until(lambda: not is_running(pid))


async def test_many_clients_starting_at_once_start_one_engine(own_settings: EngineSettings) -> None:
    clients = [await connect(own_settings) for _ in range(8)]
    await asyncio.gather(*(client.capabilities() for client in clients))
    health = ask(own_settings)
    assert health.leases == 8
    for client in clients:
        await client.aclose()
    await until(lambda: not is_running(health.pid))


async def test_an_engine_killed_during_a_request_is_started_again_by_the_next(
    own_settings: EngineSettings, task: list[Message], rambling: Sampling, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connect(own_settings)
    await client.capabilities()
    pid = ask(own_settings).pid
    with pytest.raises(EngineLostError, match="next request starts it again"):
        await client.complete("def f(", rambling, on_text=lambda _text: send(pid, signal.SIGKILL))
    answer = await client.chat(task, Sampling(temperature=0.0))
    assert answer.text
    assert sum("starting it again" in record.message for record in caplog.records) == 1
    again = ask(own_settings).pid
    assert again != pid
    assert not is_running(pid)
    await client.aclose()
    await until(lambda: not is_running(again))


async def test_sigterm_ends_the_engine_and_removes_its_socket(own_settings: EngineSettings, rambling: Sampling) -> None:
    client = await connect(own_settings)
    await client.capabilities()
    pid = ask(own_settings).pid
    with suppress(EngineError):
        await client.complete("def f(", rambling, on_text=lambda _text: send(pid, signal.SIGTERM))
    await until(lambda: not is_running(pid))
    assert not engine_address(own_settings).socket.exists()
    await client.aclose()


async def test_a_stale_socket_is_replaced(own_settings: EngineSettings) -> None:
    path = engine_address(own_settings).socket
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    client = await connect(own_settings)
    assert (await client.capabilities()).n_ctx == 1024
    await client.aclose()


async def test_cancelling_the_start_leaves_no_engine(own_settings: EngineSettings) -> None:
    client = await connect(own_settings)
    request = asyncio.create_task(client.capabilities())
    lock = engine_address(own_settings).lock
    await until(lambda: lock.exists())
    await asyncio.sleep(0.05)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await client.aclose()
    descriptor = try_lock(lock)
    assert descriptor is not None
    unlock(descriptor)


async def test_settings_have_engines_of_their_own_except_for_times(own_settings: EngineSettings) -> None:
    address = engine_address(own_settings)
    patient = msgspec.structs.replace(own_settings, linger_s=99.0, load_timeout_s=1.0)
    assert engine_address(patient) == address
    assert engine_address(msgspec.structs.replace(own_settings, context=512)) != address
    os.utime(own_settings.model, (1, 1))
    assert engine_address(own_settings) != address


async def test_the_context_setting_is_honoured_and_progress_reported(own_settings: EngineSettings) -> None:
    progress: list[float] = []
    client = await connect(msgspec.structs.replace(own_settings, context=256), on_load=progress.append)
    assert (await client.capabilities()).n_ctx == 256
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    await client.aclose()


async def test_a_model_that_llama_cpp_refuses_is_reported_with_its_log(own_settings: EngineSettings) -> None:
    data = Path(own_settings.model).read_bytes()
    Path(own_settings.model).write_bytes(data.replace(b"qwen3", b"qwenX"))
    client = await connect(own_settings)
    with pytest.raises(ModelFileError, match=r"unknown model architecture: 'qwenX'"):
        await client.capabilities()
    await client.aclose()
    await until(lambda: not engine_address(own_settings).socket.exists())


async def test_settings_that_contradict_each_other_are_reported_as_they_are(own_settings: EngineSettings) -> None:
    client = await connect(msgspec.structs.replace(own_settings, kv_tokens=256, context=512))
    with pytest.raises(UsageError, match=r"^`engine.kv_tokens` 256 cannot hold one sequence"):
        await client.capabilities()
    await client.aclose()


async def test_an_engine_whose_load_failed_does_not_linger(own_settings: EngineSettings) -> None:
    """Neither after its clients have gone, whatever they asked for, nor while they keep their leases."""
    data = Path(own_settings.model).read_bytes()
    Path(own_settings.model).write_bytes(data.replace(b"qwen3", b"qwenX"))
    settings = msgspec.structs.replace(own_settings, linger_s=600.0)
    lease, _ = await lease_engine(settings)
    pid = ask(settings).pid
    lease.close()
    await until(lambda: not is_running(pid))
    lease, _ = await lease_engine(settings)
    pid = ask(settings).pid
    assert lease.is_open()
    await until(lambda: not is_running(pid))
    assert not lease.is_open()
    lease.close()


def test_an_engine_leaves_the_processor_to_others_unless_the_user_says_so() -> None:
    assert engine_environment({"HOME": "/h", "GGML_NO_BACKTRACE": "0"}) == {
        "HOME": "/h",
        "GOMP_SPINCOUNT": "10000",
        "GGML_NO_BACKTRACE": "1",
    }
    assert engine_environment({"GOMP_SPINCOUNT": "7"})["GOMP_SPINCOUNT"] == "7"
    assert "GOMP_SPINCOUNT" not in engine_environment({"OMP_WAIT_POLICY": "active"})


async def test_the_environment_reaches_the_engine(settings: EngineSettings, shared_address: object) -> None:
    variables = Path(f"/proc/{ask(settings).pid}/environ").read_bytes().split(b"\0")
    assert f"GOMP_SPINCOUNT={os.environ.get('GOMP_SPINCOUNT', SPIN_COUNT)}".encode() in variables


async def test_a_template_that_cannot_be_used_is_a_fault_of_the_model_file(
    own_settings: EngineSettings, task: list[Message]
) -> None:
    data = Path(own_settings.model).read_bytes()
    old = b"{% for message in messages %}"
    assert old in data
    Path(own_settings.model).write_bytes(data.replace(old, b"{{ ''.__class__ }}".ljust(len(old))))
    client = await connect(own_settings)
    with pytest.raises(ModelFileError, match="chat template was refused"):
        await client.chat(task, Sampling())
    assert (await client.complete("def f(", Sampling(max_tokens=3))).text
    await client.aclose()


async def test_a_broken_file_is_named_before_any_process_starts(tmp_path: Path, engine_folders: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF")
    client = await connect(EngineSettings(model=str(path)))
    with pytest.raises(ModelFileError, match="truncated"):
        await client.capabilities()
    missing = await connect(EngineSettings(model=str(tmp_path / "none.gguf")))
    with pytest.raises(ModelFileError, match="no model file"):
        await missing.capabilities()
    assert not list((engine_folders / "run" / "atlas-ls").glob("*.log"))


async def test_an_engine_that_dies_at_the_start_is_reported_with_its_log(
    own_settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    client = await connect(own_settings)
    with pytest.raises(EngineStartError, match=r"ended with status 1 while it started\. The end of its log"):
        await client.capabilities()


async def test_a_runtime_folder_of_somebody_else_is_refused(
    own_settings: EngineSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "atlas-ls").mkdir(mode=0o755)
    (tmp_path / "atlas-ls").chmod(0o755)
    with pytest.raises(EngineStartError, match="mode 0755"):
        engine_address(own_settings)
    (tmp_path / "atlas-ls").rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "atlas-ls").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineStartError, match="no link"):
        engine_address(own_settings)


async def test_long_runtime_folders_fall_back_to_the_temporary_one(
    own_settings: EngineSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    if len(str(tmp_path)) < 60:
        assert engine_address(own_settings).socket.parent.parent == tmp_path / "t"
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with pytest.raises(EngineStartError, match="longer than 103 bytes"):
        engine_address(own_settings)


async def test_the_socket_is_the_owners_alone(shared_address: object, settings: EngineSettings) -> None:
    path = engine_address(settings).socket
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    await until(lambda: ask(settings).status == "ok")


async def test_nothing_is_written_to_standard_output(settings: EngineSettings, shared_address: object) -> None:
    await until(lambda: ask(settings).status == "ok")
    pid = ask(settings).pid
    files = [str(Path(f"/proc/{pid}/fd/{number}").readlink()) for number in range(3)]
    log = engine_address(settings).log
    assert files == ["/dev/null", "/dev/null", str(log)]
    assert "llama_model_loader" in log.read_text()


async def test_the_process_is_small(settings: EngineSettings, shared_address: object) -> None:
    client = LocalEngine(settings)
    await client.embed(["x"])
    status = Path(f"/proc/{ask(settings).pid}/status").read_text()
    rss_kib = int(status.split("VmRSS:")[1].split()[0])
    await client.aclose()
    assert rss_kib < 300 * 1024
