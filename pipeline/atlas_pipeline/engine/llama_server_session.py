"""One client's connection to a llama-server that stands in for our engine: its supervisor's lease, and its HTTP API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from atlas_pipeline.engine.address import EngineAddress
from atlas_pipeline.engine.api import Capabilities, Completion, Message, Sampling
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.lease import Lease
from atlas_pipeline.engine.llama_server import requests_socket
from atlas_pipeline.engine.model_facts import profile_of, roles_of
from atlas_pipeline.engine.notices import OnNotice
from atlas_pipeline.engine.remote.endpoint import Endpoint
from atlas_pipeline.engine.remote.engine import RemoteEngine
from atlas_pipeline.engine.session import OnLoad, engine_http, wait_until_loaded
from atlas_pipeline.engine.streamed import Gathering
from atlas_pipeline.errors import EngineLostError, RemoteEngineError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_REQUESTS = 64
"""Requests under way at once; llama-server queues what its slots cannot take."""
CLOSING_S = 2.0
"""How long a lease may outlive the llama-server that it is for."""
POLL_S = 0.01

Result = TypeVar("Result")


class LlamaServerSession:
    """A lease on a loaded llama-server, and the requests made under it; the same methods as `Session`."""

    def __init__(self, lease: Lease, address: EngineAddress, remote: RemoteEngine) -> None:
        self.capabilities: Capabilities
        self._lease = lease
        self._address = address
        self._remote = remote
        self._lost = False

    @classmethod
    async def open(
        cls,
        lease: Lease,
        address: EngineAddress,
        settings: EngineSettings,
        on_load: OnLoad | None,
        on_notice: OnNotice,
    ) -> LlamaServerSession:
        """Wait until the model is loaded; takes the lease over, and gives it back if that fails.

        Raises:
            EngineStartError: llama-server ended while it loaded, or took too long.
            EngineLostError: it ended right after.
        """
        place = Endpoint(base="http://localhost/v1", host="", socket=str(requests_socket(address.socket)))
        known = msgspec.structs.replace(settings, remote_model="", api_key_env="", concurrency=MOST_REQUESTS)
        # Without retries: one that is gone does not come back by itself, it is started again.
        session = cls(lease, address, RemoteEngine(known, endpoint=place, on_notice=on_notice, retries=0))
        try:
            async with engine_http(address) as http:
                await wait_until_loaded(http, address, settings.load_timeout_s, on_load)
            session.capabilities = await session._facts()
        except BaseException:
            await session.aclose()
            raise
        return session

    def is_alive(self) -> bool:
        """Return whether llama-server is still there."""
        return not self._lost and self._lease.is_open()

    async def complete(self, prompt: str, sampling: Sampling, answer: Gathering) -> Completion:
        """See `Engine.complete`; text is shown through `answer`."""
        return await self._unless_lost(self._remote.complete(prompt, sampling, on_text=answer.show))

    async def chat(self, messages: Sequence[Message], sampling: Sampling, answer: Gathering) -> Completion:
        """See `Engine.chat`; text is shown through `answer`."""
        return await self._unless_lost(self._remote.chat(messages, sampling, on_text=answer.show))

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """See `Engine.embed`."""
        return await self._unless_lost(self._remote.embed(texts, definitions=definitions))

    async def aclose(self) -> None:
        """Give the lease back and close all connections."""
        self._lease.close()
        await self._remote.aclose()

    async def _facts(self) -> Capabilities:
        """Return what llama-server can do, and of its model what the file says: it is here, unlike a remote one."""
        facts = await self._unless_lost(self._remote.capabilities())
        header = await asyncio.to_thread(read_header, self._address.model)
        name = header.text("general.name") or header.path.stem
        return replace(
            facts, model=name, model_hash=header.digest, prompt_profile=profile_of(header), roles=roles_of(header)
        )

    async def _unless_lost(self, work: Awaitable[Result]) -> Result:
        """Return what `work` returns.

        Raises:
            EngineLostError: llama-server went away.
        """
        try:
            return await work
        except (EngineLostError, RemoteEngineError) as error:
            if not await self._is_gone() and not isinstance(error, EngineLostError):
                raise
            self._lost = True
            raise EngineLostError(f"{error} The log of llama-server is {self._address.log}.") from error

    async def _is_gone(self) -> bool:
        """Wait a little for the lease to close: the process that holds it notices the end a moment later."""
        deadline = time.monotonic() + CLOSING_S
        while self._lease.is_open():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_S)
        return True
