"""The state of one editor connection: settings, documents, the engine, the sandbox, running and finished solves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path

from atlas_pipeline.functions import Document
from atlas_pipeline.history import History, Outcome, open_history
from atlas_pipeline.settings import Settings
from atlas_server.client import ClientSupport
from atlas_server.engine_status import EngineStatus
from atlas_server.jobs import Jobs
from atlas_server.live import Live
from atlas_server.positions import Positions
from atlas_server.recalibrating import OnLog, Recalibrator
from atlas_server.results import Failure, Findings, Key, Present, Result, Results
from atlas_server.trail import Trail

if TYPE_CHECKING:
    from pygls.workspace import Workspace

    from atlas_pipeline.engine.api import Engine
    from atlas_pipeline.engine.notices import OnNotice
    from atlas_pipeline.engine.remote.consent import Consent
    from atlas_pipeline.sandbox import IsolatedSandbox

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 5_000_000
"""Longer documents are not looked into: parsing them at every key would block the editor."""
QUIET_S = 0.5
"""A finished edit waits until the user has not typed for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An open document at one version. Nothing in it changes while the user goes on typing."""

    uri: str
    version: int
    language_id: str
    document: Document
    positions: Positions
    problem: str | None = None
    """Why nothing in it can be solved; None where that depends on the function."""


class Session:
    """Everything that lives as long as the connection."""

    def __init__(
        self,
        *,
        on_notice: OnNotice | None = None,
        on_log: OnLog = logger.info,
        consent: Consent | None = None,
    ) -> None:
        """Start a connection's state.

        Args:
            on_notice: shows what the engine has to say besides answers and errors.
            on_log: writes to the client's log what nobody has to see at once.
            consent: asks before code is sent to another machine.
        """
        self._on_notice = on_notice
        self._consent = consent
        self.settings = Settings()
        self.options: dict[str, Any] = {}
        """The client's initialization options, under whatever settings it gives later."""
        self.root: Path | None = None
        """The workspace's folder."""
        self.support = ClientSupport()
        self.encoding: types.PositionEncodingKind | str = types.PositionEncodingKind.Utf16
        self.results = Results()
        self.jobs = Jobs()
        self.recalibrator = Recalibrator(self, on_log)
        self.live: dict[Key, Live] = {}
        """What the running commands have found so far."""
        self.present: dict[Key, Present] = {}
        """What the bodies that stand in the documents do on their examples, where it was looked at."""
        self.findings: dict[Key, Findings] = {}
        """What checks found."""
        self.failures: dict[Key, Failure] = {}
        """Commands that ended with an error, until the function changes or another is run."""
        self.trails: dict[Key, Trail] = {}
        """What the newest solve of each function tried."""
        self.engine_told: EngineStatus | None = None
        """The last `atlas/engine`."""
        self.reports: dict[str, Key] = {}
        """Reports that a client has open, by their URI."""
        self.told: dict[Key, dict[str, object]] = {}
        """The last `atlas/status` of each function."""
        self._snapshots: dict[str, Snapshot] = {}
        self._edited_at: dict[str, float] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._engine: Engine | None = None
        self._engine_settings = self.settings.engine
        self._sandbox_settings = self.settings.sandbox
        self._sandboxes: dict[Path | None, IsolatedSandbox] = {}
        self._history: History | None = None
        self._history_settings = self.settings.history
        self._starting = asyncio.Lock()
        self.sandbox_notice: str | None = None
        """What isolation is missing, to be told once."""
        self.setting_problems: list[str] = []
        self.parent_watch: asyncio.Task[None] | None = None

    def snapshot(self, workspace: Workspace, uri: str) -> Snapshot | None:
        """Return the open document at its current version, None if it is not open."""
        document = workspace.text_documents.get(unquote(uri))  # as pygls keeps them
        if document is None or document.version is None:
            return None
        known = self._snapshots.get(uri)
        if known is not None and known.version == document.version and known.document.text == document.source:
            return known
        text = document.source
        snapshot = Snapshot(
            uri=uri,
            version=document.version,
            language_id=document.language_id or "",
            document=Document(text if len(text) <= MOST_CHARACTERS else ""),
            positions=Positions(text if len(text) <= MOST_CHARACTERS else "", self.encoding),
            problem=_problem(uri, len(text)),
        )
        self._snapshots[uri] = snapshot
        return snapshot

    def folder_of(self, workspace: Workspace, path: str) -> Path | None:
        """Return the workspace folder that a file is in, the innermost of several; None where it is in none."""
        if not path:
            return None
        folders = [Path(found) for uri in workspace.folders if (found := to_fs_path(uri))]
        inside = [
            folder for folder in (*folders, *([self.root] if self.root else [])) if Path(path).is_relative_to(folder)
        ]
        return max(inside, key=lambda folder: len(folder.parts), default=None)

    def texts(self, workspace: Workspace) -> dict[Path, str]:
        """Return the texts of the open documents, by path: what is on disk may be older."""
        texts = {}
        for document in workspace.text_documents.values():
            path = to_fs_path(document.uri)
            if path and document.version is not None:
                texts[Path(path)] = document.source
        return texts

    def shows(self, uri: str) -> bool:
        """Tell whether anything is shown of a document's functions."""
        known = (*self.live, *self.failures, *self.told, *self.present, *self.findings)
        return any(key[0] == uri for key in known) or bool(self.results.of(uri))

    def edited(self, uri: str) -> None:
        """Note that the document changed just now, and wake whoever waits for that."""
        self._edited_at[uri] = asyncio.get_running_loop().time()
        self._changed.pop(uri, asyncio.Event()).set()

    def closed(self, uri: str) -> None:
        """Forget a document."""
        self._snapshots.pop(uri, None)
        self._edited_at.pop(uri, None)
        self.results.close(uri)
        for kept in (self.failures, self.told, self.present, self.findings, self.trails):
            for key in [key for key in kept if key[0] == uri]:
                del kept[key]
        self._changed.pop(uri, asyncio.Event()).set()

    async def change(self, uri: str, timeout_s: float) -> bool:
        """Wait for the next change of a document; return whether there was one in time."""
        event = self._changed.setdefault(uri, asyncio.Event())
        try:
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the event.
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def quiet(self, uri: str) -> None:
        """Wait until the user has not typed in the document for `QUIET_S`."""
        loop = asyncio.get_running_loop()
        while (rest := self._edited_at.get(uri, -QUIET_S) + QUIET_S - loop.time()) > 0:  # noqa: ASYNC110 - time passes
            await asyncio.sleep(rest)

    async def engine(self) -> Engine:
        """Return the engine, connecting on first use; the model is loaded when it is first asked.

        Raises:
            EngineError: the model file cannot be used, or the engine does not start.
        """
        from atlas_pipeline.engine.client import connect  # imported late: the server starts without an HTTP client

        async with self._starting:
            if self._engine is not None and self._engine_settings != self.settings.engine:
                await self.release_engine()  # nobody uses it: commands take turns, and this one's has come
            if self._engine is None:
                self._engine_settings = self.settings.engine
                self._engine = await connect(self.settings.engine, on_notice=self._on_notice, consent=self._consent)
            return self._engine

    async def sandbox(self, folder: Path | None) -> IsolatedSandbox:
        """Return the sandbox for the files of a workspace folder, opening it on first use.

        Raises:
            SandboxUnavailableError: there is no isolation here; the message says what would give it.
        """
        from atlas_pipeline.sandbox.open import open_sandbox

        workspace = folder or self.root
        async with self._starting:
            if self._sandbox_settings != self.settings.sandbox:
                await self.release_sandboxes()
            self._sandbox_settings = self.settings.sandbox
            if workspace not in self._sandboxes:
                opened = await open_sandbox(self.settings.sandbox, workspace=workspace)
                self._sandboxes[workspace] = opened
                self.sandbox_notice = opened.notice
            return self._sandboxes[workspace]

    async def history(self) -> History | None:
        """Return the history of solves, None where it is switched off."""
        async with self._starting:
            if self._history_settings != self.settings.history:
                await self.release_history()
            self._history_settings = self.settings.history
            if self._history is None:
                self._history = open_history(self.settings.history, on_notice=self._told_from_a_thread())
            return self._history

    def keep_outcome(self, result: Result, outcome: Outcome, detail: str = "") -> None:
        """Keep what became of a result, where its solve is in the history."""
        if self._history is not None and result.solve:
            self._history.outcome(result.solve, outcome, detail)
            self.recalibrator.outcome_kept()

    def _told_from_a_thread(self) -> OnNotice:
        """Return what shows a notice when it is called in another thread than the loop's."""
        loop, tell = asyncio.get_running_loop(), self._on_notice

        def told(text: str) -> None:
            if tell is not None:
                with contextlib.suppress(
                    RuntimeError
                ):  # the loop has ended, and with it the connection; it is in the log
                    loop.call_soon_threadsafe(tell, text)

        return told

    async def aclose(self) -> None:
        """Cancel what runs, give back the engine and the sandbox, and write what the history has not written yet."""
        await self.jobs.aclose()
        await self.recalibrator.aclose()
        await self.release_history()
        await self.release_sandboxes()
        await self.release_engine()

    async def release_history(self) -> None:
        """Close the history; the next command opens it as the settings say then."""
        history, self._history = self._history, None
        if history is not None:
            await history.aclose()

    async def release_engine(self) -> None:
        """Give back the engine; the next command connects again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.aclose()

    async def release_sandboxes(self) -> None:
        """Close the sandboxes; the next command opens what it needs."""
        sandboxes, self._sandboxes = self._sandboxes, {}
        for sandbox in sandboxes.values():
            await sandbox.aclose()


def _problem(uri: str, characters: int) -> str | None:
    """Say why nothing in a document can be solved."""
    if uri.startswith(("vscode-notebook-cell:", "untitled-notebook-cell:", "jupyter-notebook-cell:")):
        return "a notebook's cell cannot be solved: it depends on the cells that were run before it; use a .py file"
    if characters > MOST_CHARACTERS:
        return f"the file has {characters:,} characters, more than the {MOST_CHARACTERS:,} that are looked at"
    return None
