"""The language server from outside: time to `initialize`, code-action latency, memory of server and engine.

Memory is the proportional set size (`/proc/PID/smaps_rollup`): pages shared with other processes count by their share.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SCHEMA = 1
_LINES = 5000
_MEBIBYTE = 1024 * 1024


def text_of_lines(lines: int = _LINES) -> str:
    """Return a file of about so many lines, with a comment first and a stub in its middle."""
    function = 'def f{}(x: int, y: int = 2) -> int:\n    """Return x plus {}."""\n    z = x + {}\n    return z\n\n'
    half = lines // 10
    before = "".join(function.format(i, i, i) for i in range(half))
    stub = 'def target(nums):\n    """Return the sum of the even numbers in nums."""\n    ...\n\n\n'
    after = "".join(function.format(i, i, i) for i in range(half, 2 * half - 1))
    return "#\n" + before + stub + after


def resident(pid: int) -> dict[str, float]:
    """Return the resident and the proportional set size of a process, in MiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = {name: int(kilobytes) * 1024 / _MEBIBYTE for name, kilobytes in re.findall(r"(\w+):\s+(\d+) kB", rollup)}
    return {"rss_mib": round(sizes["Rss"], 1), "pss_mib": round(sizes["Pss"], 1)}


async def connect(
    folder: Path,
    command: Sequence[str] = (),
    *,
    capabilities: types.ClientCapabilities | None = None,
    register: Callable[[LanguageClient], None] | None = None,
) -> tuple[LanguageClient, float]:
    """Start a server, ours by default; return the client, and the seconds from its start to the `initialize` result."""
    client = LanguageClient("atlas-bench", "1")

    for method in (types.WINDOW_LOG_MESSAGE, types.WINDOW_SHOW_MESSAGE, types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS):
        client.feature(method)(lambda _: None)
    if register is not None:
        register(client)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    began = time.perf_counter()
    await client.start_io(*(command or (sys.executable, "-m", "atlas_server", "--stdio")), env=environment)
    await client.initialize_async(types.InitializeParams(capabilities=capabilities or types.ClientCapabilities()))
    took = time.perf_counter() - began
    client.initialized(types.InitializedParams())
    return client, took


async def stop(client: LanguageClient) -> None:
    """End a server as an editor does."""
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]


async def measure(*, rounds: int, jedi: str | None = None) -> dict[str, Any]:
    """Return medians over `rounds`, and code action latencies beside those of jedi-language-server."""
    from atlas_bench import code_actions, solve_latency

    starts, first, after_change = [], [], []
    text = text_of_lines()
    lines = text.split("\n")
    line = lines.index("def target(nums):")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(rounds):
            client, took = await connect(folder)
            starts.append(took)
            if number == 0:
                await asyncio.sleep(1)
                assert client._server is not None
                idle = resident(client._server.pid)
            uri = (folder / "large.py").as_uri()
            item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
            client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
            first.append(await ask_actions(client, uri, line, (6, 6)))
            for version in range(2, 12):
                client.text_document_did_change(typed(uri, version))
                after_change.append(await ask_actions(client, uri, line, (6, 6)))
            if number == rounds - 1:
                engine = await _engine_memory(client, uri, folder)
            await stop(client)
    return {
        "schema": SCHEMA,
        "rounds": rounds,
        "initialize_s": round(statistics.median(starts), 3),
        "code_action_first_ms": round(1000 * statistics.median(first), 2),
        "code_action_after_change_ms": round(1000 * statistics.median(after_change), 2),
        "code_action_lines": len(lines),
        "server_idle": idle,
        "engine_loaded": engine,
        "code_actions": await code_actions.measure(jedi=jedi),
        "solve": await solve_latency.measure(),
    }


def typed(uri: str, version: int, *, column: int = 0) -> types.DidChangeTextDocumentParams:
    """Return a character typed into the comment in the first line, so that the file stays the same otherwise."""
    place = types.Position(0, column)
    change = types.TextDocumentContentChangePartial(range=types.Range(place, place), text="#")
    identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[change])


async def ask_actions(client: LanguageClient, uri: str, line: int, columns: tuple[int, int]) -> float:
    """Return the seconds that the code actions for a part of a line took."""
    parameters = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=types.Range(types.Position(line, columns[0]), types.Position(line, columns[1])),
        context=types.CodeActionContext(diagnostics=[], trigger_kind=types.CodeActionTriggerKind.Invoked),
    )
    began = time.perf_counter()
    actions = await client.text_document_code_action_async(parameters)
    took = time.perf_counter() - began
    assert actions, "no code action was offered"
    return took


async def _engine_memory(client: LanguageClient, uri: str, folder: Path) -> dict[str, float]:
    """Solve once, so that the engine is loaded and warm, and return its memory."""
    await client.workspace_execute_command_async(
        types.ExecuteCommandParams(command="atlas.server.solve", arguments=[{"uri": uri, "qualname": "target"}])
    )
    return resident(_engine_of(folder))


def _engine_of(folder: Path) -> int:
    """Return the process id of the engine that was started with this runtime folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"atlas_pipeline.engine.process" in command and str(folder).encode() in environment:
            return int(entry.name)
    raise RuntimeError("the engine is not running")
