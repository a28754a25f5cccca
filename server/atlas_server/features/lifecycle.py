"""`initialize`, `shutdown`: settings in, processes out."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from lsprotocol import types

from atlas_pipeline.settings import parse_settings
from atlas_server.client import support_of
from atlas_server.plain_json import plain_json
from atlas_server.positions import use_lsp_line_ends
from atlas_server.server import AtlasServer

logger = logging.getLogger(__name__)

PARENT_CHECK_S = 2.0


def register(server: AtlasServer) -> None:
    """Register the handlers."""

    @server.feature(types.INITIALIZE)
    def initialize(ls: AtlasServer, params: types.InitializeParams) -> None:
        """Loop. Read the client's capabilities and settings."""
        use_lsp_line_ends(ls.workspace)
        ls.session.root = Path(ls.workspace.root_path) if ls.workspace.root_path else None
        ls.session.support = support_of(params.capabilities)
        ls.session.encoding = ls.workspace.position_encoding or types.PositionEncodingKind.Utf16
        options = plain_json(params.initialization_options)
        ls.session.options = options if isinstance(options, dict) else {}
        settings, problems = parse_settings(options)
        ls.session.settings = settings
        ls.session.setting_problems = problems
        if params.process_id:
            ls.session.parent_watch = asyncio.get_running_loop().create_task(_watch_parent(ls, params.process_id))

    @server.feature(types.SHUTDOWN)
    async def shutdown(ls: AtlasServer, *_: object) -> None:
        """Loop. End solves, sandbox and engine lease before the answer, so that no process is left behind."""
        await ls.session.aclose()


async def _watch_parent(server: AtlasServer, process_id: int) -> None:
    """End the server when the editor is gone without closing our input (LSP `processId`)."""
    while True:
        await asyncio.sleep(PARENT_CHECK_S)
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            logger.warning("the client (process %d) is gone", process_id)
            await server.session.aclose()
            sys.stderr.flush()
            os._exit(1)
        except PermissionError:
            return  # it lives, under another user
