"""Brings everything that is shown of a document up to date: diagnostics, `atlas/status`, code lenses, open reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from atlas_server.diagnostics import publish
from atlas_server.reports import refresh_reports
from atlas_server.status import tell_status

if TYPE_CHECKING:
    from atlas_server.live import Live
    from atlas_server.results import Key
    from atlas_server.server import AtlasServer


def show(server: AtlasServer, uri: str) -> None:
    """Show the state of a document as it is now."""
    if server.snapshot(uri) is None:
        return
    publish(server, uri)
    tell_status(server, uri)
    refresh_lenses(server)
    for key in {key for key in server.session.reports.values() if key[0] == uri}:
        refresh_reports(server, key)


def show_live(server: AtlasServer, key: Key, live: Live | None) -> None:
    """Take in what a running command has found so far, None when it has ended, and show what of it is new."""
    session = server.session
    before = session.live.get(key)
    if live is None:
        session.live.pop(key, None)
    else:
        session.live[key] = live
    if server.snapshot(key[0]) is None:
        return
    tell_status(server, key[0])
    if before is None or live is None or before.text != live.text:
        refresh_lenses(server)
    if before is None or live is None or (before.best, before.standing) != (live.best, live.standing):
        publish(server, key[0])
        refresh_reports(server, key)


def refresh_lenses(server: AtlasServer) -> None:
    """Have the client ask for the code lenses again, where it can be told so."""
    if server.session.support.lens_refresh:
        server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH)
