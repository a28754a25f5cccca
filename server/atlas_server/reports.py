"""Shows results as Markdown documents: virtual ones where the client reads them, else files in the user's cache folder.

atlas-report:/preview/<document>/<function>.md     the change, and the cases it rests on
atlas-report:/report/<document>/<function>.md      everything
atlas-report:/change/<document>/<function>.py      the whole document with the change made, for clients that compare
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import platformdirs
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.edit import replacement
from atlas_pipeline.records import Candidate, FunctionTask
from atlas_server.pages import full_report, preview, preview_of_live
from atlas_server.results import Key
from atlas_server.server import AtlasServer
from atlas_server.tasks import task_of

logger = logging.getLogger(__name__)

SCHEME = "atlas-report"
Kind = Literal["preview", "report", "change"]
_PAGES: tuple[Kind, ...] = ("preview", "report", "change")
_MOST_FILES = 50


def uri_of(kind: Kind, key: Key) -> str:
    """Return the URI of a function's report."""
    document = hashlib.sha256(key[0].encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{SCHEME}:/{kind}/{document}/{quote(key[1], safe='')}.{'py' if kind == 'change' else 'md'}"


def _kind_of(uri: str) -> Kind:
    named = uri.removeprefix(f"{SCHEME}:/").split("/", 1)[0]
    return next(kind for kind in _PAGES if kind == named)


def text_of(server: AtlasServer, uri: str) -> str | None:
    """Return the text of a report as it is now; None where nothing is known of that function any more."""
    key = server.session.reports.get(uri)
    if key is None:
        return None
    return _text(_kind_of(uri), server, key)


def _text(kind: Kind, server: AtlasServer, key: Key) -> str | None:
    if kind == "change":
        return changed_text(server, key)
    live = server.session.live.get(key)
    if live is not None:
        return preview_of_live(live)
    result = server.session.results.get(*key)
    if result is None:
        return None
    return preview(result) if kind == "preview" else full_report(result, uri=key[0])


def changed_text(server: AtlasServer, key: Key) -> str | None:
    """Return a document as it would be with a function's solution, or with the best so far; None where there is none.

    Where the function was changed since, or the solution is in it, that is the document as it is.
    """
    snapshot = server.snapshot(key[0])
    live, result = server.session.live.get(key), server.session.results.get(*key)
    task: FunctionTask | None = None
    best: Candidate | None = None
    if live is not None:
        task, best = live.task, live.best
    elif result is not None and result.selection.best is not None:
        task, best = result.task, result.selection.best.candidate
    if snapshot is None or task is None or best is None:
        return None
    text = snapshot.document.text
    function = snapshot.document.find(task.qualname, task.fingerprint)
    if function is None:
        return text
    now = task_of(snapshot, function)
    return text[: now.body.start] + replacement(now, best.body) + text[now.body.end :]


def offer_change(server: AtlasServer, key: Key) -> str | None:
    """Return the URI of a document with its change made, to be read by the client; None where there is no change."""
    if changed_text(server, key) is None:
        return None
    uri = uri_of("change", key)
    server.session.reports[uri] = key
    return uri


async def open_report(server: AtlasServer, kind: Kind, key: Key) -> str | None:
    """Open a report in the client, or tell where it is; return its URI, None where there is nothing to report.

    Raises:
        OSError: the cache folder cannot be written.
    """
    text = _text(kind, server, key)
    if text is None:
        return None
    virtual = uri_of(kind, key)
    server.session.reports[virtual] = key
    support = server.session.support
    if support.virtual_documents and support.show_document and await _shown(server, virtual):
        return virtual
    path = await asyncio.to_thread(_write, kind, key, text)
    uri = path.as_uri()
    if not (support.show_document and await _shown(server, uri)):
        server.tell(types.MessageType.Info, f"the solution and its evidence: {path}")
    return uri


def refresh_reports(server: AtlasServer, key: Key) -> None:
    """Bring the open reports of a function up to date."""
    for uri, known in server.session.reports.items():
        if known != key:
            continue
        if server.session.support.virtual_documents:
            parameters = types.TextDocumentContentRefreshParams(uri=uri)
            server.protocol.send_request(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, parameters)
            continue
        text = text_of(server, uri)
        try:
            if text is not None:
                _write(_kind_of(uri), key, text)
        except OSError as error:
            logger.warning("%s was not brought up to date: %s", uri, error)


async def _shown(server: AtlasServer, uri: str) -> bool:
    try:
        answer = await server.window_show_document_async(types.ShowDocumentParams(uri=uri, take_focus=False))
    except JsonRpcException:
        return False
    return answer.success


def _write(kind: Kind, key: Key, text: str) -> Path:
    folder = Path(platformdirs.user_cache_dir("atlas-ls")) / "reports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = uri_of(kind, key).split("/")[-2]
    name = "".join(character if character.isalnum() else "-" for character in key[1])[:80]
    path = folder / f"{name}-{document}-{kind}.md"
    path.write_text(text, encoding="utf-8", errors="replace")
    for old in sorted(folder.glob("*.md"), key=lambda p: p.stat().st_mtime, reverse=True)[_MOST_FILES:]:
        old.unlink(missing_ok=True)
    return path
