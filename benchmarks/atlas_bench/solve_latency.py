"""Seconds from "Solve this function" to first progress, first candidate and verified edit, with the bundled model.

The first solve of a server loads the model, the others find it loaded. Every solve is of a new document.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from atlas_bench.server import connect, stop

ROUNDS = 10
_SOURCE = '''def total(nums):
    """Return the sum of the squares of the even numbers in nums.

    >>> total([1, 2, 4])
    20
    """
'''
_MARKS = ("first_progress_s", "first_candidate_s", "verified_edit_s")


class _Watch:
    """Notes when each thing was first seen, in seconds since `begin`."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}
        self._began = 0.0

    def begin(self) -> None:
        self.seen = {}
        self._began = time.perf_counter()

    def mark(self, name: str) -> None:
        self.seen.setdefault(name, time.perf_counter() - self._began)

    def register(self, client: LanguageClient) -> None:
        """Answer what the server asks, as an editor would."""

        def progress(params: types.ProgressParams) -> None:
            self.mark("first_progress_s")
            value: Any = params.value
            message = value.get("message") if isinstance(value, dict) else getattr(value, "message", None)
            if message and message.startswith("candidate 1 "):
                self.mark("first_candidate_s")

        def create(_: types.WorkDoneProgressCreateParams) -> None:
            return None

        def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.mark("verified_edit_s")
            (change,) = params.edit.document_changes or ()
            assert isinstance(change, types.TextDocumentEdit)
            (edit,) = change.edits
            assert isinstance(edit, types.TextEdit)
            uri, version = change.text_document.uri, (change.text_document.version or 0) + 1
            client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=version),
                    content_changes=[types.TextDocumentContentChangePartial(range=edit.range, text=edit.new_text)],
                )
            )
            return types.ApplyWorkspaceEditResult(applied=True)

        client.feature(types.PROGRESS)(progress)
        client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(create)
        client.feature(types.WORKSPACE_APPLY_EDIT)(apply)


async def measure(*, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return the first solve's times, and medians of those after it."""
    watch = _Watch()
    capabilities = types.ClientCapabilities(
        window=types.WindowClientCapabilities(work_done_progress=True),
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=True, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
        ),
    )
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        client, _ = await connect(Path(name), capabilities=capabilities, register=watch.register)
        for number in range(rounds + 1):
            uri = (Path(name) / f"work{number}.py").as_uri()
            item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=_SOURCE)
            client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
            # `fresh`: an earlier run on this machine would be in the history, and no model would be asked.
            argument = {"uri": uri, "qualname": "total", "options": {"seed": number, "fresh": True}}
            watch.begin()
            await client.workspace_execute_command_async(
                types.ExecuteCommandParams(command="atlas.server.solve", arguments=[argument])
            )
            rows.append(watch.seen)
        await stop(client)
    cold, *warm = rows
    verified = [row for row in warm if "verified_edit_s" in row]
    return {
        "loading_the_model": {mark: round(cold[mark], 3) for mark in _MARKS if mark in cold},
        "model_loaded": {
            mark: round(statistics.median(row[mark] for row in verified), 3) for mark in _MARKS if verified
        },
        "rounds": rounds,
        "verified": len(verified),
    }
