"""A small editor for tests: it drives the real server over stdio, with the recorded capabilities of real clients.

It applies edits as VS Code or as Neovim would: both check the version of an edit, but Neovim answers `applied: true`
for an edit that it dropped.
"""

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Union

import psutil
from lsprotocol import types
from pygls.protocol import default_converter
from pygls.uris import to_fs_path
from pytest_lsp import LanguageClient, client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

LINGER_S = 1.0

_LINE_END = re.compile(r"\r\n|\n|\r")


def starts(text):
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def units(text, encoding):
    if encoding == "utf-8":
        return len(text.encode())
    return len(text) if encoding == "utf-32" else len(text.encode("utf-16-le")) // 2


def to_offset(text, position, encoding):
    begin = starts(text)
    line = begin[position.line]
    column = 0
    while units(text[line : line + column], encoding) < position.character:
        column += 1
    return line + column


def to_position(text, offset, encoding):
    begin = [start for start in starts(text) if start <= offset]
    return types.Position(line=len(begin) - 1, character=units(text[begin[-1] : offset], encoding))


class Editor:
    """Opens documents, takes edits, and remembers everything the server said."""

    def __init__(self, client: LanguageClient, kind: str):
        self.client = client
        self.kind = kind
        self.encoding = "utf-16"
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.diagnostics: dict[str, types.PublishDiagnosticsParams] = {}
        self.progress: list = []
        self.progress_begun = asyncio.Event()
        self.published: list[types.PublishDiagnosticsParams] = []
        self.statuses: list[dict] = []
        self.engines: list[dict] = []
        self.more_candidates: list[dict] = []
        self.refreshed: list[str] = []
        self.questions: list[types.ShowMessageRequestParams] = []
        self.choose = None
        self.created: list[str] = []
        self.before_edit = None
        self.undo: dict[str, list[str]] = {}
        self._register()

    def _register(self):
        @self.client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams):
            return self._apply(params)

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams):
            self.diagnostics[params.uri] = params
            self.published.append(params)

        @self.client.feature("atlas/status")
        def status(params):
            self.statuses.append(plain(params))

        @self.client.feature("atlas/engine")
        def engine(params):
            self.engines.append(plain(params))

        @self.client.feature("atlas/candidates")
        def candidates(params):
            self.more_candidates.append(plain(params))

        @self.client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
        def refresh(*_):
            self.refreshed.append("lenses")

        @self.client.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH)
        def refresh_content(params: types.TextDocumentContentRefreshParams):
            self.refreshed.append(params.uri)

        @self.client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
        def question(params: types.ShowMessageRequestParams):
            self.questions.append(params)
            chosen = self.choose(params) if self.choose is not None else None
            return types.MessageActionItem(title=chosen) if chosen is not None else None

        @self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: types.WorkDoneProgressCreateParams):
            self.token = params.token

        @self.client.feature(types.PROGRESS)
        def progress(params: types.ProgressParams):
            self.token = params.token
            self.progress.append(params.value)
            if "writing candidates" in (field(params.value, "message") or ""):
                self.progress_begun.set()

        @self.client.feature(types.WINDOW_SHOW_DOCUMENT)
        def show(params: types.ShowDocumentParams):
            self.client.shown_documents.append(params)
            return types.ShowDocumentResult(success=True)

        own = self.client.protocol.fm.features
        register_lsp_features(
            self.client, {name: handler for name, handler in DEFAULT_CLIENT_FEATURES.items() if name not in own}
        )

    async def initialize(self, capabilities, options, folders=()):
        result = await self.client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities,
                process_id=os.getpid(),
                root_uri=None,
                workspace_folders=[types.WorkspaceFolder(uri=f.as_uri(), name=f.name) for f in folders],
                initialization_options=options,
            )
        )
        self.encoding = result.capabilities.position_encoding or "utf-16"
        action = capabilities.text_document and capabilities.text_document.code_action
        self.shows_disabled = bool(action and action.disabled_support)
        return result

    def open(self, uri, text, language="python"):
        self.texts[uri], self.versions[uri], self.undo[uri] = text, 1, []
        item = types.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def change(self, uri, start, end, new):
        """Edit as the user would: one incremental change."""
        text = self.texts[uri]
        edit = types.TextDocumentContentChangePartial(
            range=types.Range(start=to_position(text, start, self.encoding), end=to_position(text, end, self.encoding)),
            text=new,
        )
        self.undo[uri].append(text)
        self.texts[uri] = text[:start] + new + text[end:]
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri]),
                content_changes=[edit],
            )
        )

    def insert(self, uri, needle, new):
        at = self.texts[uri].index(needle)
        self.change(uri, at, at, new)

    def _apply(self, params):
        self.edits.append(params)
        if self.before_edit is not None:
            action, self.before_edit = self.before_edit, None
            action()
        assert params.edit.changes is None, "unversioned edits may land on newer text"
        *created, change = params.edit.document_changes
        uri, version = change.text_document.uri, change.text_document.version
        for new in created:
            assert type(new) is types.CreateFile
            assert new.uri == uri
            assert not Path(to_fs_path(uri)).exists()
            self.created.append(uri)
        if uri not in self.versions:  # not open: as on disk
            assert version is None
            path = Path(to_fs_path(uri))
            text = "" if created else path.read_bytes().decode()
            (edit,) = change.edits
            start = to_offset(text, edit.range.start, self.encoding)
            end = to_offset(text, edit.range.end, self.encoding)
            self.texts[uri] = text[:start] + edit.new_text + text[end:]
            return types.ApplyWorkspaceEditResult(applied=True)
        assert isinstance(version, int)
        if version != self.versions[uri]:
            return types.ApplyWorkspaceEditResult(applied=self.kind.startswith("neovim"))
        (edit,) = change.edits
        assert type(edit) is types.TextEdit, "an annotated edit without its annotation crashes Neovim"
        text = self.texts[uri]
        start = to_offset(text, edit.range.start, self.encoding)
        end = to_offset(text, edit.range.end, self.encoding)
        self.change(uri, start, end, edit.new_text)
        return types.ApplyWorkspaceEditResult(applied=True)

    async def actions(self, uri, needle, *, only=None, automatic=False, shift=0):
        text = self.texts[uri]
        at = to_position(text, text.index(needle) + shift, self.encoding)
        kind = types.CodeActionTriggerKind.Automatic if automatic else types.CodeActionTriggerKind.Invoked
        return (
            await self.client.text_document_code_action_async(
                types.CodeActionParams(
                    text_document=types.TextDocumentIdentifier(uri=uri),
                    range=types.Range(start=at, end=at),
                    context=types.CodeActionContext(diagnostics=[], only=only, trigger_kind=kind),
                )
            )
            or []
        )

    async def action(self, uri, needle, title="Solve this function"):
        found = [a for a in await self.actions(uri, needle) if a.title == title]
        assert found, [a.title for a in await self.actions(uri, needle)]
        return found[0]

    async def titles(self, uri, needle):
        return [action.title for action in await self.actions(uri, needle)]

    async def command(self, name, **arguments):
        """Run a command of the server by its last name."""
        params = types.ExecuteCommandParams(command=f"atlas.server.{name}", arguments=[arguments])
        return plain(await self.client.workspace_execute_command_async(params))

    async def lenses(self, uri):
        """Return the titles of the code lenses with the text of the line they stand on."""
        params = types.CodeLensParams(text_document=types.TextDocumentIdentifier(uri=uri))
        lenses = await self.client.text_document_code_lens_async(params) or []
        lines = self.texts[uri].split("\n")
        return [(lines[lens.range.start.line], lens.command.title) for lens in lenses]

    async def hover(self, uri, needle, shift=0):
        text = self.texts[uri]
        at = to_position(text, text.index(needle) + shift, self.encoding)
        params = types.HoverParams(text_document=types.TextDocumentIdentifier(uri=uri), position=at)
        found = await self.client.text_document_hover_async(params)
        return found.contents.value if found is not None else None

    async def report(self, uri):
        """Return the text of a document the server shows."""
        if uri.startswith("file:"):
            return Path(to_fs_path(uri)).read_text(encoding="utf-8")
        params = types.TextDocumentContentParams(uri=uri)
        return (await self.client.workspace_text_document_content_async(params)).text

    async def until(self, condition, within_s=60.0):
        """Wait until the server has said what makes a condition true."""
        end = time.monotonic() + within_s
        while not (found := condition()):
            assert time.monotonic() < end, "the server never said it"
            await asyncio.sleep(0.02)
        return found

    async def run(self, action, token=None):
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(
                command=action.command.command, arguments=action.command.arguments, work_done_token=token
            )
        )

    async def solve(self, uri, needle, **options):
        action = await self.action(uri, needle)
        if options:
            action.command.arguments = [{**plain(action.command.arguments[0]), "options": options}]
        return plain(await self.run(action))

    def function(self, uri, name):
        namespace: dict = {}
        exec(compile(self.texts[uri], "m", "exec"), namespace)
        return namespace[name]


def converter():
    """Return pygls's converter with one fault of lsprotocol put right: it takes every code action for a command."""
    made = default_converter()
    either = Union[types.Command, types.CodeAction]  # noqa: UP007 - the very type lsprotocol registers

    def structure(value, _):
        kind = types.Command if isinstance(value.get("command"), str) else types.CodeAction
        return made.structure(value, kind)

    made.register_structure_hook(either, structure)
    return made


def field(value, name):
    """Return a field of a progress value, whichever way the client library made it."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def plain(value):
    """Turn what the client library made of a JSON object back into a dictionary."""
    if hasattr(value, "_asdict"):
        return {key: plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with its own home and its own runtime folder, so that engines are not shared with the user's."""
    for name in ("home", "run"):
        (tmp_path / name).mkdir(mode=0o700, exist_ok=True)
    return {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CACHE_HOME": str(tmp_path / "home/.cache"),
        "XDG_DATA_HOME": str(tmp_path / "home/.data"),
        "XDG_STATE_HOME": str(tmp_path / "home/.state"),
    }


class Processes:
    """The processes that belong to one server: its descendants, and the engines of its runtime folder.

    The sandbox's processes have no environment of ours, the engine is no descendant: hence the two ways.
    """

    def __init__(self, server: psutil.Process, runtime: Path):
        self.server = server
        self.runtime = runtime
        self.known: set[psutil.Process] = set()

    def look(self) -> list[psutil.Process]:
        """Return the live ones among all that were ever seen."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.known.update([self.server, *self.server.children(recursive=True)])
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.environ().get("XDG_RUNTIME_DIR") == str(self.runtime):
                    self.known.update([process, *process.children(recursive=True)])
        return [process for process in self.known if alive(process)]

    def engines(self) -> list[psutil.Process]:
        """Return the engines; what one of them has just forked has its command line until it executes another program."""
        found: dict[int, psutil.Process] = {}
        for process in self.look():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "atlas_pipeline.engine.process" in process.cmdline():
                    found[process.pid] = process
        forked = set()
        for process in found.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.ppid() in found:
                    forked.add(process.pid)
        return [process for pid, process in found.items() if pid not in forked]

    def sandboxes(self) -> list[psutil.Process]:
        return [
            p for p in self.look() if p != self.server and not any("atlas_pipeline.engine" in a for a in p.cmdline())
        ]

    async def gone(self, within_s: float) -> bool:
        self.look()
        end = time.monotonic() + within_s
        while time.monotonic() < end and self.look():
            await asyncio.sleep(0.1)
        return not self.look()


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


OPTIONS = {"engine": {"linger_s": LINGER_S, "threads": 1}}


def able(kind: str = "visual-studio-code") -> types.ClientCapabilities:
    """Return a client's capabilities with all that the server can make use of."""
    capabilities = client_capabilities(kind)
    capabilities.experimental = {"atlas": {"status": 1}}
    capabilities.workspace.text_document_content = types.TextDocumentContentClientCapabilities()
    capabilities.workspace.code_lens = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    capabilities.text_document.publish_diagnostics.version_support = True
    return capabilities


RECORDED = Path(__file__).parents[1] / "data/clients"
"""What clients sent in `initialize`: Neovim's `vim.lsp.protocol.make_client_capabilities()`."""
CLIENTS = ("vscode", "neovim-0.12")
"""Clients of most tests."""
ALL_CLIENTS = ("vscode", "neovim-0.10", "neovim-0.12", "minimal")


def capabilities_of(kind: str) -> types.ClientCapabilities:
    """Return what a client sends: recorded, or as little as a client that takes edits can send."""
    if kind == "vscode":
        return client_capabilities("visual-studio-code")
    if kind == "minimal":
        edits = types.WorkspaceEditClientCapabilities(document_changes=True)
        workspace = types.WorkspaceClientCapabilities(apply_edit=True, workspace_edit=edits)
        return types.ClientCapabilities(workspace=workspace)
    recorded = json.loads((RECORDED / f"{'neovim-0.12' if kind == 'neovim' else kind}.json").read_text())
    return converter().structure(recorded["capabilities"], types.ClientCapabilities)


async def start_editor(kind: str, tmp_path: Path, options=OPTIONS, capabilities=None, folders=()) -> Editor:
    client = LanguageClient(converter_factory=converter)
    editor = Editor(client, kind)
    await client.start_io(sys.executable, "-m", "atlas_server", "--stdio", env=environment(tmp_path))
    editor.processes = Processes(psutil.Process(client._server.pid), tmp_path / "run")
    await editor.initialize(capabilities or capabilities_of(kind), options, folders)
    return editor


async def stop_editor(editor: Editor) -> None:
    editor.processes.look()
    await editor.client.shutdown_session()
    await asyncio.wait_for(editor.client.stop(), 10)
