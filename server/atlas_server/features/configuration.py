"""`workspace/didChangeConfiguration` and `workspace/configuration`: settings that change while the server runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.settings import parse_settings
from atlas_server.engine_status import status_for, tell_engine
from atlas_server.plain_json import plain_json
from atlas_server.server import AtlasServer

logger = logging.getLogger(__name__)

SECTION = "atlas"


def register(server: AtlasServer) -> None:
    """Register the handlers."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change(ls: AtlasServer, params: types.DidChangeConfigurationParams) -> None:
        """Loop. Ask for the settings where the client can be asked, else take those it sent."""
        if ls.session.support.configuration:
            await pull(ls)
        else:
            sent = plain_json(params.settings)
            take(ls, sent.get(SECTION, sent) if isinstance(sent, dict) else sent)

    @server.feature(types.INITIALIZED)
    async def initialized(ls: AtlasServer, _: types.InitializedParams) -> None:
        """Loop. Tell what was wrong with the options, ask for the settings, and to be told when they change."""
        for problem in ls.session.setting_problems:
            ls.tell(types.MessageType.Warning, f"setting ignored: {problem}")
        tell_engine(ls, status_for(ls.session.settings.engine))
        if ls.session.support.configuration:
            await pull(ls)
        if ls.session.support.configuration_changes:
            wanted = types.Registration(
                id="atlas-configuration",
                method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                register_options=types.DidChangeConfigurationRegistrationOptions(section=SECTION),
            )
            try:
                await ls.client_register_capability_async(types.RegistrationParams(registrations=[wanted]))
            except JsonRpcException as error:
                logger.warning("the client does not tell of changed settings: %s", error)


async def pull(ls: AtlasServer) -> None:
    """Ask the client for our section of its settings."""
    item = types.ConfigurationItem(section=SECTION)
    try:
        (answer,) = await ls.workspace_configuration_async(types.ConfigurationParams(items=[item]))
    except (JsonRpcException, ValueError, TypeError) as error:
        logger.warning("the client did not give its settings: %s", error)
        return
    take(ls, plain_json(answer))


def take(ls: AtlasServer, sent: Any) -> None:
    """Use new settings from the next command on: what the client sent, on top of the initialization options."""
    if not sent:
        sent = {}
    settings, problems = parse_settings(merged(ls.session.options, sent) if isinstance(sent, dict) else sent)
    if problems and problems != ls.session.setting_problems:
        for problem in problems:
            ls.tell(types.MessageType.Warning, f"setting ignored: {problem}")
    ls.session.setting_problems = problems
    is_new = settings.engine != ls.session.settings.engine
    ls.session.settings = settings
    if is_new:
        tell_engine(ls, status_for(settings.engine))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one settings object on top of another, section by section."""
    found: dict[str, Any] = dict(under)
    for name, item in over.items():
        below = found.get(name)
        found[name] = {**below, **item} if isinstance(below, dict) and isinstance(item, dict) else item
    return found
