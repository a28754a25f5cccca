"""The notification `atlas/engine`: which model there is, whether it is being loaded, and why not.

Clients that do not announce that they read it see the same in the progress of the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    from atlas_server.server import AtlasServer

ENGINE = "atlas/engine"

EngineState = Literal["idle", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """The model's process as this connection knows it."""

    schema: int = 1
    state: EngineState = "idle"
    """idle: nothing has asked for it yet, or the settings name another one now."""
    model: str = ""
    """As the engine names it, once it is loaded; before that as the settings do."""
    bundled: bool = True
    """The pocket model that comes with the package."""
    remote: bool = False
    """`engine.url` is set."""
    message: str = ""
    """Why it failed."""


def status_for(settings: EngineSettings) -> EngineStatus:
    """Return the status of an engine that nothing has asked for yet."""
    named = settings.remote_model or settings.url or settings.model.replace("\\", "/").rsplit("/", 1)[-1]
    return EngineStatus(model=named, bundled=not settings.url and not settings.model, remote=bool(settings.url))


def tell_engine(server: AtlasServer, status: EngineStatus) -> None:
    """Send a status, where it is not what was sent last."""
    if server.session.support.engine and status != server.session.engine_told:
        server.session.engine_told = status
        server.protocol.notify(ENGINE, msgspec.to_builtins(status))
