"""A very small editor: speaks LSP to the real server over stdio, holds one document, applies edits to it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Union

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter

from atlas_server import __version__
from atlas_server.plain_json import plain_json
from atlas_server.positions import Positions

if TYPE_CHECKING:
    from cattrs import Converter

OnProgress = Callable[[str, int], None]
"""Called with the message and the percentage."""


def _converter() -> Converter:
    """Return pygls's converter, made to tell a code action from a command: lsprotocol takes every one for a command."""
    converter: Converter = default_converter()
    either = Union[types.Command, types.CodeAction]  # noqa: UP007 - the type that lsprotocol itself registers

    def structure(value: Any, _: object) -> Any:
        kind = types.Command if isinstance(value.get("command"), str) else types.CodeAction
        return converter.structure(value, kind)

    converter.register_structure_hook(either, structure)
    return converter


class DemoEditor:
    """One open document and a connection to a language server that runs as its own process."""

    def __init__(self, uri: str, text: str, on_progress: OnProgress) -> None:
        self.uri = uri
        self.text = text
        self.version = 1
        self.edits = 0
        self.messages: list[str] = []
        self._on_progress = on_progress
        self._client = LanguageClient("atlas-ls-demo", __version__, converter_factory=_converter)
        self._register()

    def _register(self) -> None:
        client = self._client

        @client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            return self._apply(params.edit)

        @client.feature(types.PROGRESS)
        def progress(params: types.ProgressParams) -> None:
            value: Any = params.value
            read = value.get if isinstance(value, dict) else lambda name: getattr(value, name, None)
            if read("message"):
                self._on_progress(str(read("message")), int(read("percentage") or 0))

        @client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(_: types.WorkDoneProgressCreateParams) -> None:
            return None

        @client.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @client.feature(types.WINDOW_LOG_MESSAGE)
        def log(_: types.LogMessageParams) -> None:
            return None

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(_: types.PublishDiagnosticsParams) -> None:
            return None

    def _apply(self, edit: types.WorkspaceEdit) -> types.ApplyWorkspaceEditResult:
        for change in edit.document_changes or []:
            if not isinstance(change, types.TextDocumentEdit) or change.text_document.version != self.version:
                return types.ApplyWorkspaceEditResult(applied=False, failure_reason="the document is newer")
            for text_edit in change.edits:
                positions = Positions(self.text, types.PositionEncodingKind.Utf16)
                start, end = positions.offset(text_edit.range.start), positions.offset(text_edit.range.end)
                assert isinstance(text_edit, types.TextEdit)
                self.text = self.text[:start] + text_edit.new_text + self.text[end:]
                self.version += 1
                self.edits += 1
                self._client.text_document_did_change(
                    types.DidChangeTextDocumentParams(
                        text_document=types.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                        content_changes=[
                            types.TextDocumentContentChangePartial(range=text_edit.range, text=text_edit.new_text)
                        ],
                    )
                )
        return types.ApplyWorkspaceEditResult(applied=True)

    async def start(self, options: dict[str, Any]) -> None:
        """Start the server, say what this editor can do, and open the document."""
        await self._client.start_io(sys.executable, "-m", "atlas_server", "--stdio")
        capabilities = types.ClientCapabilities(
            window=types.WindowClientCapabilities(work_done_progress=True),
            workspace=types.WorkspaceClientCapabilities(
                apply_edit=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
            ),
        )
        await self._client.initialize_async(
            types.InitializeParams(
                capabilities=capabilities, process_id=os.getpid(), initialization_options=options, root_uri=None
            )
        )
        self._client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(uri=self.uri, language_id="python", version=self.version, text=self.text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    async def solve(self, offset: int) -> dict[str, Any] | None:
        """Ask for the code actions at an offset and run "Solve this function"; None where it is not offered."""
        at = Positions(self.text, types.PositionEncodingKind.Utf16).position(offset)
        actions = await self._client.text_document_code_action_async(
            types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=self.uri),
                range=types.Range(start=at, end=at),
                context=types.CodeActionContext(diagnostics=[], trigger_kind=types.CodeActionTriggerKind.Invoked),
            ),
        )
        for action in actions or []:
            if isinstance(action, types.CodeAction) and action.title == "Solve this function" and action.command:
                answer = await self._client.workspace_execute_command_async(
                    types.ExecuteCommandParams(command=action.command.command, arguments=action.command.arguments)
                )
                return dict(plain_json(answer))
        return None

    async def stop(self) -> None:
        """Shut the server down as an editor does."""
        await asyncio.wait_for(self._client.shutdown_async(None), 30)
        self._client.exit(None)
        await asyncio.wait_for(self._client.stop(), 30)
