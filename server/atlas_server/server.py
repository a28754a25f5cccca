"""Builds the language server. It is constructed, not imported: tests make as many as they like."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from atlas_server import __version__
from atlas_server.consent import ask_editor
from atlas_server.protocol import AtlasProtocol
from atlas_server.session import Session, Snapshot

logger = logging.getLogger(__name__)


class AtlasServer(LanguageServer):
    """A pygls server with its session."""

    protocol: AtlasProtocol

    def __init__(self) -> None:
        super().__init__(
            "atlas-ls",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=AtlasProtocol,
        )
        self.session = Session(
            on_notice=lambda text: self.tell(types.MessageType.Warning, text),
            on_log=lambda text: self.window_log_message(
                types.LogMessageParams(type=types.MessageType.Info, message=text)
            ),
            consent=lambda question: ask_editor(self, question),
        )

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log an error of the protocol layer, without the message's text: that is the user's code.

        As pygls has it, each one is also shown to the user as a message that helps nobody.
        """
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.warning("%s (%s)\n%s", type(error).__name__, getattr(source, "__name__", source), where)
        if isinstance(error, ValueError | RecursionError) and source is JsonRpcException:
            self.protocol.refuse_unreadable()

    def snapshot(self, uri: str) -> Snapshot | None:
        """Return an open document at its current version."""
        return self.session.snapshot(self.workspace, uri)

    def tell(self, kind: types.MessageType, message: str) -> None:
        """Show a message to the user and write it to the log."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=f"atlas-ls: {message}"))
        self.window_log_message(types.LogMessageParams(type=kind, message=message))


def create_server() -> AtlasServer:
    """Return a server with every feature registered."""
    from atlas_server.features import (
        code_action,
        code_lens,
        commands,
        configuration,
        documents,
        hover,
        inline_completion,
        lifecycle,
        text_document_content,
    )

    server = AtlasServer()
    features = (
        lifecycle,
        configuration,
        documents,
        code_action,
        code_lens,
        hover,
        inline_completion,
        text_document_content,
        commands,
    )
    for feature in features:
        feature.register(server)
    return server
