"""Latency of `textDocument/codeAction`, side by side with another language server in the same run.

Both servers have the same file open and are asked in turn, at the same place: again and again in the same text, and after
every typed character. jedi-language-server is the usual choice for comparison: it, too, is pygls and parses Python. In the
large file it takes seconds for each answer, hence the fewer rounds there.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from atlas_bench.server import ask_actions, connect, stop, text_of_lines, typed

ROUNDS = {1_000: 30, 10_000: 5}
"""How often each is asked, by the lines of the file."""
EXPRESSION = (8, 13)
"""Columns of an expression in a body: jedi offers to extract it, atlas-ls to work on the function around it."""


async def measure(*, jedi: str | None) -> dict[str, Any]:
    """Return medians and 95th percentiles in milliseconds, for each server and size of file."""
    commands = {"atlas-ls": [sys.executable, "-m", "atlas_server", "--stdio"]}
    if jedi:
        commands["jedi-language-server"] = [jedi]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        clients = {server: (await connect(Path(name), command))[0] for server, command in commands.items()}
        for lines, rounds in ROUNDS.items():
            text = text_of_lines(lines)
            uri = (Path(name) / f"lines{lines}.py").as_uri()
            (Path(name) / f"lines{lines}.py").write_text(text, encoding="utf-8")
            line = text.split("\n").index("def target(nums):") - 3  # `z = x + 499`, in the function above it
            found[str(lines)] = {"rounds": rounds, **await _side_by_side(clients, uri, text, line, rounds)}
        for client in clients.values():
            await stop(client)
    return found


async def _side_by_side(
    clients: dict[str, LanguageClient], uri: str, text: str, line: int, rounds: int
) -> dict[str, dict[str, float]]:
    item = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
    took: dict[str, dict[str, list[float]]] = {
        server: {"first": [], "same_text": [], "after_change": []} for server in clients
    }
    for server, client in clients.items():
        client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
        took[server]["first"].append(await ask_actions(client, uri, line, EXPRESSION))
    for number in range(rounds):
        for server, client in clients.items():
            took[server]["same_text"].append(await ask_actions(client, uri, line, EXPRESSION))
        for server, client in clients.items():
            client.text_document_did_change(typed(uri, number + 2, column=1))
            took[server]["after_change"].append(await ask_actions(client, uri, line, EXPRESSION))
    return {
        server: {
            f"{what}_{name}": round(1000 * value, 2)
            for what, times in kinds.items()
            for name, value in (("median_ms", statistics.median(times)), ("p95_ms", _p95(times)))
        }
        for server, kinds in took.items()
    }


def _p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]
