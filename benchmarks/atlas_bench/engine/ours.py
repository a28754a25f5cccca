"""The engine under measurement: a process of the bench's own, started by the product's launcher, asked over HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import msgspec

from atlas_bench.engine.report import Form, SideName
from atlas_bench.engine.stream import BenchError, Sample, sample, unix_client
from atlas_pipeline.engine.answers import Health, ModelList
from atlas_pipeline.engine.launcher import lease_engine, start_error
from atlas_pipeline.settings import EngineSettings

END_TIMEOUT_S = 30.0
POLL_S = 0.05


class OurEngine:
    """A loaded engine."""

    name: SideName = "engine"
    forms: tuple[Form, ...] = ("one request", "concurrent requests")

    def __init__(self, client: httpx.AsyncClient, pid: int, log: Path) -> None:
        self.client = client
        self.pid = pid
        self.log = log

    async def sample(self, prompt: list[int], *, k: int, form: Form, tokens: int, seed: int) -> Sample:
        """Time k sequences, without speculation: the others have none."""
        return await sample(self.client, prompt, k=k, form=form, tokens=tokens, seed=seed, atlas={"draft": False})

    async def health(self) -> Health:
        """Return the counters of `GET /health`."""
        return msgspec.json.decode((await self.client.get("/health")).content, type=Health)

    async def context(self) -> int:
        """Return the tokens that one sequence can have; the cache may hold more, of several."""
        models = msgspec.json.decode((await self.client.get("/v1/models")).content, type=ModelList)
        assert models.data[0].atlas is not None
        return models.data[0].atlas.capabilities.n_ctx

    async def metrics(self) -> dict[str, float]:
        """Return the values of `GET /metrics`.

        Raises:
            BenchError: the engine has no such page.
        """
        response = await self.client.get("/metrics")
        if response.is_error:
            raise BenchError(f"GET /metrics of the engine answered {response.status_code}; it needs a newer engine.")
        return parse_metrics(response.text)

    async def until_idle(self, poll_s: float = POLL_S) -> Health:
        """Wait until nothing runs or waits."""
        while True:
            health = await self.health()
            if is_idle(health):
                return health
            await asyncio.sleep(poll_s)


def is_idle(health: Health) -> bool:
    """Return whether all slots are free and nothing waits."""
    return not (health.active or health.slots_busy or health.queued)


def parse_metrics(text: str) -> dict[str, float]:
    """Read Prometheus' text format; values that differ only in their labels are added up."""
    values: dict[str, float] = {}
    for name, value in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)", text, re.MULTILINE):
        values[name] = values.get(name, 0.0) + float(value)
    return values


@asynccontextmanager
async def our_engine(
    model: Path, *, threads: int, environment: Mapping[str, str] | None = None
) -> AsyncGenerator[OurEngine, None]:
    """Start an engine with folders of its own, so that it is never one that an editor uses; end it afterwards.

    Raises:
        BenchError: it does not end.
        AtlasError: it does not start.
    """
    settings = EngineSettings(model=str(model), threads=threads, linger_s=0.0)
    # Short, because the paths of sockets are limited.
    folder = Path(tempfile.mkdtemp(prefix="atlas-bench-"))
    own = {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder / "state"), **(environment or {})}
    try:
        with _environment(own):
            lease, address = await lease_engine(settings)
        pid = None
        try:
            async with unix_client(address.socket) as client:
                health = await _loaded(client)
                pid = health.pid
                if health.status != "ok":
                    raise start_error(address, "The engine could not load the model.")
                yield OurEngine(client, pid, address.log)
        except httpx.TransportError as error:
            if lease.is_open():
                raise BenchError(f"A server closed its connection during a measurement: {error!r}.") from error
            raise start_error(address, "The engine died during a measurement.") from error
        finally:
            lease.close()
            if pid is not None:
                await _ended(pid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables for as long as the engine is started: it inherits them."""
    saved = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in saved.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


async def _loaded(client: httpx.AsyncClient) -> Health:
    """Wait until the model is loaded or cannot be."""
    while True:
        health = msgspec.json.decode((await client.get("/health")).content, type=Health)
        if health.status != "loading":
            return health
        await asyncio.sleep(POLL_S)


async def _ended(pid: int) -> None:
    deadline = time.monotonic() + END_TIMEOUT_S
    while _is_running(pid):
        if time.monotonic() > deadline:
            raise BenchError(f"The engine {pid} still runs {END_TIMEOUT_S:.0f} s after its last lease was given back.")
        await asyncio.sleep(POLL_S)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
