"""A runtime folder of the tests' own, a copy of the pocket model, and one engine shared by the tests that only ask."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from unquantised import write_unquantised

from atlas_pipeline.engine.address import EngineAddress
from atlas_pipeline.engine.api import Engine, Message, Sampling
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.launcher import lease_engine
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.settings import EngineSettings

# Nearly uniform over the vocabulary: long and varied, and what it draws hardly depends on how the model was trained.
RAMBLING = Sampling(temperature=100.0, top_p=1.0, seed=5, max_tokens=1000)

TASK = 'def total(nums):\n    """Return the sum of the even numbers in nums."""\n\nWrite the body.'


def engine_pids(folder: Path) -> list[int]:
    """Return the engines whose socket is in `folder`; zombies do not count."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"atlas_pipeline.engine.process" in command and os.fsencode(folder) in command:
            found.append(int(entry.name))
    return found


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Poll; the limit is only there to end a broken test."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def engine_folders() -> Iterator[Path]:
    """XDG folders of the tests' own; short, because socket paths are. Checks that no engine outlives the tests."""
    folder = Path(tempfile.mkdtemp(prefix="atl", dir="/tmp"))
    (folder / "run").mkdir(mode=0o700)
    saved = {name: os.environ.get(name) for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME")}
    os.environ |= {"XDG_RUNTIME_DIR": str(folder / "run"), "XDG_STATE_HOME": str(folder / "state")}
    yield folder
    wait_until(lambda: not engine_pids(folder))
    for name, value in saved.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pocket(engine_folders: Path) -> Path:
    """A copy of the pocket model, in F16 (see `unquantised`): the original may be trained anew at any moment."""
    return write_unquantised(model_path(""), engine_folders / "pocket.gguf")


@pytest.fixture(scope="session")
def settings(pocket: Path) -> EngineSettings:
    return EngineSettings(model=str(pocket), threads=1, linger_s=1.0)


@pytest.fixture(scope="session")
def shared_address(settings: EngineSettings) -> Iterator[EngineAddress]:
    """The address of an engine that lives as long as the tests."""
    lease, address = asyncio.run(lease_engine(settings))
    yield address
    lease.close()


@pytest.fixture
async def engine(settings: EngineSettings, shared_address: EngineAddress) -> AsyncIterator[Engine]:
    """A client of the shared engine."""
    client = await connect(settings)
    yield client
    await client.aclose()


@pytest.fixture
async def http(shared_address: EngineAddress) -> AsyncIterator[httpx.AsyncClient]:
    """Plain HTTP to the shared engine."""
    transport = httpx.AsyncHTTPTransport(uds=str(shared_address.socket))
    async with httpx.AsyncClient(transport=transport, base_url="http://engine", timeout=None) as client:
        yield client


@pytest.fixture(scope="session")
def task() -> list[Message]:
    return [Message(role="user", content=TASK)]


@pytest.fixture(scope="session")
def rambling() -> Sampling:
    return RAMBLING


@pytest.fixture
def own_settings(pocket: Path, tmp_path: Path) -> EngineSettings:
    """Settings that lead to an engine that no other test uses."""
    return EngineSettings(model=str(shutil.copy(pocket, tmp_path / "own.gguf")), threads=1, linger_s=1.0)
