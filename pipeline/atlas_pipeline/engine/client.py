"""The `Engine` of the settings: a process of our own on this machine, or a server that the user named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from atlas_pipeline.engine.api import Capabilities, Completion, Engine, Message, OnText, Sampling
from atlas_pipeline.engine.launcher import lease_engine
from atlas_pipeline.engine.llama_server import find_program, import_problem, is_installed, no_engine, stand_in_notice
from atlas_pipeline.engine.notices import Notices, OnNotice
from atlas_pipeline.engine.session import OnLoad, Session
from atlas_pipeline.engine.streamed import Gathering
from atlas_pipeline.errors import EngineLostError, EngineStartError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from atlas_pipeline.engine.llama_server_session import LlamaServerSession
    from atlas_pipeline.engine.remote.consent import Consent

Result = TypeVar("Result")


async def connect(
    settings: EngineSettings,
    *,
    on_load: OnLoad | None = None,
    on_notice: OnNotice | None = None,
    consent: Consent | None = None,
) -> Engine:
    """Return an engine for `settings`. Its process is found or started, or its server asked, by the first request.

    Args:
        settings: with `url` set, the engine is that server; nothing is sent over a network otherwise.
        on_load: told how much of the model is loaded.
        on_notice: told what the user should know besides answers and errors.
        consent: asks the user before anything is sent to another machine. None: such machines are refused,
            unless they were allowed before.

    Raises:
        UsageError: `url` or `concurrency` cannot be used.
    """
    if settings.url:
        from atlas_pipeline.engine.remote.engine import RemoteEngine

        return RemoteEngine(settings, consent=consent, on_notice=on_notice)
    return LocalEngine(settings, on_load=on_load, on_notice=on_notice)


class LocalEngine:
    """An `Engine` whose model runs in a process on this machine, shared with all other clients of this user.

    A process that dies is started again, and a request of which no text was shown yet is asked once more.
    """

    def __init__(
        self, settings: EngineSettings, *, on_load: OnLoad | None = None, on_notice: OnNotice | None = None
    ) -> None:
        self._settings = settings
        self._on_load = on_load
        self._notices = Notices(on_notice)
        self._restarts = 0
        self._turn = asyncio.Lock()
        self._session: Session | LlamaServerSession | None = None
        self._program: Path | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user was told: restarts, and which program stands in for ours."""
        return self._notices.told

    async def capabilities(self) -> Capabilities:
        """See `Engine.capabilities`."""
        return (await self._connected()).capabilities

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """See `Engine.complete`."""
        return await self._generate(lambda session, answer: session.complete(prompt, sampling, answer), on_text)

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """See `Engine.chat`."""
        return await self._generate(lambda session, answer: session.chat(messages, sampling, answer), on_text)

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """See `Engine.embed`."""
        return await self._retried(lambda session: session.embed(texts, definitions=definitions), lambda: False)

    async def aclose(self) -> None:
        """See `Engine.aclose`."""
        async with self._turn:
            await self._disconnect()

    async def _generate(
        self, ask: Callable[[Session | LlamaServerSession, Gathering], Awaitable[Completion]], on_text: OnText | None
    ) -> Completion:
        answer = Gathering(on_text)

        async def attempt(session: Session | LlamaServerSession) -> Completion:
            nonlocal answer
            answer = Gathering(on_text)
            return await ask(session, answer)

        return await self._retried(attempt, lambda: answer.shown)

    async def _retried(
        self, ask: Callable[[Session | LlamaServerSession], Awaitable[Result]], shown: Callable[[], bool]
    ) -> Result:
        """Ask, and once more if the engine is lost before anything was shown.

        Raises:
            EngineLostError: it was lost twice, or after text had been shown.
        """
        try:
            return await ask(await self._connected())
        except EngineLostError:
            if shown():
                raise
        try:
            return await ask(await self._connected())
        except EngineLostError as error:
            again = "" if shown() else " It was lost a second time during the same request, which is not tried again."
            raise EngineLostError(f"{error}{again}") from error

    async def _connected(self) -> Session | LlamaServerSession:
        async with self._turn:
            if self._session is not None and not self._session.is_alive():
                self._restarts += 1
                count = f" ({self._restarts} times so far)" if self._restarts > 1 else ""
                self._notices.tell(f"The engine has gone; starting it again{count}.")
                await self._disconnect()
            if self._session is None:
                self._session = await self._open()
            return self._session

    async def _open(self) -> Session | LlamaServerSession:
        """Connect to our own engine; where llama-cpp-python cannot be imported, to llama-server in its stead.

        Raises:
            ModelFileError, EngineStartError: neither comes up.
        """
        if self._program is None and not is_installed():
            self._use_llama_server("llama-cpp-python is not installed")
        if self._program is None:
            try:
                lease, address = await lease_engine(self._settings)
                return await Session.open(lease, address, self._settings.load_timeout_s, self._on_load)
            except EngineStartError:
                # Asked only now: it takes a moment, and an engine that comes up answers the question.
                problem = await import_problem()
                if problem is None:
                    raise
                self._use_llama_server(problem)
        from atlas_pipeline.engine.llama_server_session import LlamaServerSession

        lease, address = await lease_engine(self._settings, llama_server=self._program)
        return await LlamaServerSession.open(lease, address, self._settings, self._on_load, self._notices.tell)

    def _use_llama_server(self, problem: str) -> None:
        self._program = find_program(self._settings)
        if self._program is None:
            raise no_engine(problem)
        self._notices.tell(stand_in_notice(problem, self._program))

    async def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()
