"""llama-server in our engine's stead: when, how it starts, is shared, dies and leaves.

The program is a fake that takes the same options (`fake_llama_server`), unless ATLAS_TEST_LLAMA_SERVER names a real one.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

import atlas_pipeline.engine.llama_server as stand_in
from atlas_pipeline.engine.address import engine_address
from atlas_pipeline.engine.api import Message, Sampling
from atlas_pipeline.engine.client import LocalEngine
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.launcher import stand_in_address
from atlas_pipeline.engine.llama_server_process import Options, command
from atlas_pipeline.errors import EngineLostError, EngineStartError
from atlas_pipeline.settings import EngineSettings

REAL = os.environ.get("ATLAS_TEST_LLAMA_SERVER", "")
WHY = "libggml.so: cannot open shared object file"


@pytest.fixture
def broken_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Child processes find a llama_cpp that cannot be imported; this one does not look for it."""
    package = tmp_path / "broken_package" / "llama_cpp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"raise OSError({WHY!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    if REAL:
        return Path(REAL)
    path = tmp_path / "bin" / "llama-server"
    path.parent.mkdir()
    script = Path(__file__).parent.parent / "support" / "fake_llama_server.py"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def settings(own_settings: EngineSettings, program: Path) -> EngineSettings:
    return msgspec.structs.replace(own_settings, llama_server=str(program), slots=2)


def processes(settings: EngineSettings) -> dict[str, psutil.Process]:
    """Return the supervisor and the llama-server of this model, as far as they run."""
    found: dict[str, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if settings.model not in line or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if "atlas_pipeline.engine.llama_server_process" in line:
                found["supervisor"] = process
            elif "--ctx-size" in line:  # not our own engine, which was tried first and leaves
                found["program"] = process
        except psutil.Error:
            continue
    return found


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def client_of(settings: EngineSettings, told: list[str]) -> AsyncIterator[LocalEngine]:
    """A client; afterwards nothing is left. The limit is generous: this machine may be busy."""
    client = LocalEngine(settings, on_notice=told.append)
    try:
        yield client
    finally:
        await client.aclose()
        await until(lambda: not processes(settings))
        place = stand_in_address(engine_address(settings)).socket
        assert not place.exists()
        assert not stand_in.requests_socket(place).exists()


@pytest.mark.usefixtures("broken_package")
async def test_it_stands_in_and_says_so(settings: EngineSettings, program: Path, task: list[Message]) -> None:
    told: list[str] = []
    progress: list[float] = []
    async with client_of(settings, told) as client:
        client._on_load = progress.append
        facts = await client.capabilities()
        assert facts.server.startswith("llama-server")
        assert facts.model.startswith("Atlas Pocket")
        assert (facts.prompt_profile, facts.embeddings) == ("pocket", False)
        assert facts.model_hash == read_header(Path(settings.model)).digest
        assert facts.n_ctx == 1024
        assert told[0] == (
            f"{program} is used as the engine, because llama-cpp-python cannot be imported (OSError: {WHY})."
        )
        assert "lacks" in told[1]
        assert progress[-1] == 1.0
        pieces: list[str] = []
        answer = await client.chat(task, Sampling(temperature=0.0), on_text=pieces.append)
        assert "".join(pieces) == answer.text != ""
        running = processes(settings)
        assert set(running) == {"supervisor", "program"}
        assert os.getsid(running["program"].pid) == running["supervisor"].pid
        assert running["program"].cmdline()[-1] == "--jinja"
        other = LocalEngine(settings)
        await other.capabilities()
        assert processes(settings) == running
        await other.aclose()
        assert (await client.complete("def f(", Sampling(max_tokens=3))).text
        if REAL:
            assert answer.text.startswith("    ")


@pytest.mark.usefixtures("broken_package")
async def test_it_is_started_again_when_it_is_killed(
    settings: EngineSettings, task: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TOKEN_S", "0.2")
    told: list[str] = []
    long = Sampling(max_tokens=900, temperature=1.5)
    async with client_of(settings, told) as client:
        await client.capabilities()
        before = processes(settings)
        request = asyncio.create_task(client.complete("def f(", long))
        await asyncio.sleep(0.3)
        before["program"].kill()
        assert (await request).text
        assert sum("The engine has gone" in text for text in told) == 1
        after = processes(settings)
        assert {one.pid for one in after.values()} & {one.pid for one in before.values()} == set()
        with pytest.raises(EngineLostError, match="llama-server"):
            await client.complete("def f(", long, on_text=lambda _: after["program"].kill())
        assert (await client.chat(task, Sampling(max_tokens=4))).text
        assert sum("The engine has gone" in text for text in told) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
@pytest.mark.usefixtures("broken_package")
async def test_it_does_not_outlive_its_supervisor(settings: EngineSettings) -> None:
    told: list[str] = []
    client = LocalEngine(settings, on_notice=told.append)
    await client.capabilities()
    processes(settings)["supervisor"].send_signal(signal.SIGKILL)
    await until(lambda: not processes(settings))
    async with client_of(settings, told) as again:  # what was left of the sockets is no hindrance
        await again.capabilities()
    await client.aclose()


@pytest.mark.usefixtures("broken_package")
async def test_a_model_that_it_cannot_load(settings: EngineSettings) -> None:
    broken = Path(settings.model).with_name("broken.gguf")
    broken.write_bytes(Path(settings.model).read_bytes().replace(b"qwen3", b"qwenX"))
    there = msgspec.structs.replace(settings, model=str(broken))
    async with client_of(there, []) as client:
        with pytest.raises(
            EngineStartError, match=r"ended with status 1 while it loaded the model.*failed to load model|load"
        ):
            await client.capabilities()


@pytest.mark.usefixtures("broken_package")
async def test_it_is_found_on_the_path_or_missed(
    own_settings: EngineSettings, program: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    client = LocalEngine(own_settings)
    with pytest.raises(
        EngineStartError, match=rf"cannot be imported \(OSError: {WHY}\), and llama-server is not on PATH"
    ):
        await client.capabilities()
    elsewhere = LocalEngine(msgspec.structs.replace(own_settings, llama_server=str(tmp_path / "no-program")))
    with pytest.raises(EngineStartError, match="There is no program at .*no-program"):
        await elsewhere.capabilities()
    folder = tmp_path / "on_path"
    folder.mkdir()
    (folder / "llama-server").symlink_to(program)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    told: list[str] = []
    async with client_of(own_settings, told) as found:
        assert (await found.capabilities()).server.startswith("llama-server")
        assert str(folder / "llama-server") in told[0]


async def test_without_the_package_ours_is_not_even_tried(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "PACKAGE", "llama_cpp_that_nobody_has")
    told: list[str] = []
    async with client_of(settings, told) as client:
        await client.capabilities()
        assert "because llama-cpp-python is not installed." in told[0]
        assert not engine_address(settings).log.exists()


async def test_our_own_engine_comes_first(settings: EngineSettings) -> None:
    client = LocalEngine(settings)
    assert (await client.capabilities()).server == "atlas-ls"
    assert client.notices == ()
    await client.aclose()


def test_settings_become_its_options(pocket: Path, tmp_path: Path) -> None:
    options = Options(
        program=Path("/usr/bin/llama-server"),
        model=pocket,
        context=0,
        threads=3,
        gpu_layers=-1,
        slots=0,
        kv_type="auto",
    )
    line = command(options, read_header(pocket), tmp_path / "x.sock")
    assert line == [
        "/usr/bin/llama-server", "--model", str(pocket), "--host", str(tmp_path / "x.sock"), "--ctx-size", "4096",
        "--parallel", "4", "--threads", "3", "--n-gpu-layers", "999", "--jinja",
    ]  # fmt: skip
    options = Options(program=Path("l"), model=pocket, context=512, threads=1, gpu_layers=7, slots=2, kv_type="q8_0")
    line = command(options, read_header(pocket), tmp_path / "x.sock")
    assert line[5:] == [
        "--ctx-size", "1024", "--parallel", "2", "--threads", "1", "--n-gpu-layers", "7", "--jinja",
        "-ctk", "q8_0", "-ctv", "q8_0",
    ]  # fmt: skip
