"""Shows a result as a Markdown file in the user's cache folder: every client can open a file."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import platformdirs
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_server.report import preview
from atlas_server.results import Result
from atlas_server.server import AtlasServer

_MOST_PREVIEWS = 50


def write(result: Result) -> Path:
    """Write the preview and return its path.

    Raises:
        OSError: the cache folder cannot be written.
    """
    folder = Path(platformdirs.user_cache_dir("atlas-ls")) / "previews"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = re.sub(r"\W+", "-", result.task.qualname).strip("-")
    path = folder / f"{name}-{result.task.fingerprint}.md"
    path.write_text(preview(result.task, result.selection), encoding="utf-8")
    for old in sorted(folder.glob("*.md"), key=lambda p: p.stat().st_mtime, reverse=True)[_MOST_PREVIEWS:]:
        old.unlink(missing_ok=True)
    return path


async def show(server: AtlasServer, result: Result) -> str:
    """Open the preview in the client, or tell where it is; return its URI."""
    path = await asyncio.to_thread(write, result)
    uri = path.as_uri()
    if server.session.support.show_document:
        try:
            answer = await server.window_show_document_async(types.ShowDocumentParams(uri=uri, take_focus=False))
        except JsonRpcException:
            answer = None
        if answer is not None and answer.success:
            return uri
    server.tell(types.MessageType.Info, f"the solution and its evidence: {path}")
    return uri
