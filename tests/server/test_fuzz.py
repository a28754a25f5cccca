"""Malformed and hostile messages: the server answers every request that can be told apart, and goes on.

`ATLAS_FUZZ_MESSAGES` sets how many; ten thousand are part of the measurements.
"""

import asyncio
import json
import os
import random
import sys

import pytest
from lsp_editor import environment

COUNT = int(os.environ.get("ATLAS_FUZZ_MESSAGES", "1500"))
ROUND = 100
"""After so many messages the server is asked something it has to answer rightly."""

SOURCE = 'def total(nums):\n    """Return the sum.\n\n    >>> total([1])\n    1\n    """\n'
METHODS = """initialize initialized textDocument/didOpen textDocument/didChange textDocument/didClose textDocument/didSave
textDocument/codeAction textDocument/codeLens textDocument/hover textDocument/inlineCompletion workspace/executeCommand
workspace/didChangeConfiguration workspace/didChangeWorkspaceFolders workspace/textDocumentContent $/cancelRequest $/setTrace
window/workDoneProgress/cancel notebookDocument/didOpen textDocument/completion no/such atlas/status workspace/symbol
textDocument/inlineCompletion completionItem/resolve workspace/didChangeWatchedFiles $/progress""".split()
COMMANDS = "cancel best apply reject preview explain confirm examples nope".split()
URIS = ["file:///a.py", "file:///b%20c.py", "file://[::1", "untitled:1", "", "\x00", "a" * 5000, "file:///\ud800.py",
        "vscode-notebook-cell:/a.ipynb#x", "http://example.org/a.py", "file:///../../etc/passwd", "atlas-report:/report/0/f.md"]  # fmt: skip
ODD = [None, True, -1, 0, 1, 2**31, 2**64, -(2**70), 1.5, 1e308, "", "x", "\ud83d", "\x00", "é" * 3000, [], {}, [[]],
       {"a": {"b": []}}, {"jsonrpc": "2.0"}, {"jsonrpc": "2.0", "id": 1, "method": "exit"}, {"class": 1, "_x": 2, "a b": 3}]  # fmt: skip
TEXTS = [SOURCE, "", "def f(", "\x00", "\ud800", "(" * 3000, "def f():\n" + " " * 2000 + "x", "class A:\n" * 300,
         "\r\r\n\n\u2028", 'def f(x):\n    """' + "{" * 2000]  # fmt: skip


def position(rng):
    numbers = [0, 1, 3, 10**9, 2**31 - 1, 2**32, -1, 1.5, "1", None]
    return {"line": rng.choice(numbers), "character": rng.choice(numbers)}


def span(rng):
    return {"start": position(rng), "end": position(rng)}


def params(rng, method):
    uri = rng.choice(URIS)
    document = {"uri": uri, "version": rng.choice([1, 2, 0, -5, 2**40, None, "1"]), "languageId": rng.choice(["python", "lua", 1]),
                "text": rng.choice(TEXTS)}  # fmt: skip
    if method == "workspace/executeCommand":
        argument = {"uri": uri, "qualname": rng.choice(["nothing", "a.b", "", 1, "é"]), "position": position(rng),
                    "options": rng.choice(ODD)}  # fmt: skip
        for name in rng.sample(sorted(argument), rng.randrange(4)):
            del argument[name]
        name = rng.choice(COMMANDS)
        return {
            "command": f"atlas.server.{name}",
            "arguments": rng.choice([[argument], [argument] * 2, [], None, argument, [rng.choice(ODD)]]),
        }
    if method == "textDocument/didChange":
        change = rng.choice([{"text": rng.choice(TEXTS)}, {"range": span(rng), "text": rng.choice(TEXTS)}, {}, None])
        return {"textDocument": document, "contentChanges": [change] * rng.randrange(3)}
    if method == "$/cancelRequest":
        return {"id": rng.choice([*ODD, 1, "ping-3"])}
    if method == "initialize":
        return {"processId": None, "rootUri": uri, "capabilities": rng.choice(ODD)}
    return {"textDocument": document, "position": position(rng), "range": span(rng), "context": rng.choice([{"diagnostics": []}, *ODD]),
            "uri": uri, "token": rng.choice(ODD), "settings": rng.choice(ODD), "event": rng.choice(ODD), "value": "off"}  # fmt: skip


def spoil(rng, value, depth=0):
    """Change one thing somewhere in a JSON value."""
    if isinstance(value, dict) and value and depth < 6:
        name = rng.choice(sorted(value))
        kind = rng.randrange(4)
        if kind == 0:
            return {key: item for key, item in value.items() if key != name}
        if kind == 1:
            return {**value, name: rng.choice(ODD)}
        return {**value, name: spoil(rng, value[name], depth + 1)}
    if isinstance(value, list) and value and depth < 6:
        return [spoil(rng, value[0], depth + 1), *value[1:]]
    return rng.choice(ODD)


def message(rng, number):
    """Return bytes to send, and the id that has to be answered, None where nothing has to be."""
    method = rng.choice(METHODS)
    made = {"jsonrpc": "2.0", "method": method, "params": params(rng, method)}
    answered = rng.random() < 0.6
    if answered:
        made["id"] = f"fuzz-{number}"
    kind = rng.randrange(10)
    if kind < 4:
        made["params"] = spoil(rng, made["params"])
    elif kind == 4:
        made = spoil(rng, made)
    elif kind == 5:
        made = rng.choice([*ODD, [made], {"jsonrpc": "2.0", "id": rng.choice(ODD), "result": rng.choice(ODD)},
                           {"jsonrpc": "2.0", "id": rng.choice(ODD), "error": rng.choice(ODD)}])  # fmt: skip
    body = json.dumps(made).encode()
    if rng.random() < 0.05:
        body = rng.choice(
            [b"{", b"\xff\xfe", b"[" * 100_000, b"nul", b"\x00" * 10, body[: len(body) // 2], b'{"jsonrpc"']
        )
        made = None
    known = isinstance(made, dict) and made.get("jsonrpc") == "2.0" and isinstance(made.get("method"), str)
    id_ = made.get("id") if known else None
    # "exit" as a nested or top-level method would rightly end the server.
    if known and made["method"] == "exit":
        return message(rng, number)
    expected = id_ if isinstance(id_, str) and id_.startswith("fuzz-") else None
    return body, expected


class Raw:
    """The server's process, spoken to in bytes."""

    def __init__(self, process):
        self.process = process
        self.answers = {}
        self.reader = asyncio.create_task(self._read())

    def send(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def ask(self, id_, method, **parameters):
        self.send(json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": parameters}).encode())

    async def _read(self):
        stdout = self.process.stdout
        while header := await stdout.readline():
            assert header.lower().startswith(b"content-length:"), header
            length = int(header.split(b":")[1])
            while (await stdout.readline()).strip():
                pass
            received = json.loads(await stdout.readexactly(length))
            if "method" not in received:
                self.answers[received["id"]] = received
            elif "id" in received:
                self.send(json.dumps({"jsonrpc": "2.0", "id": received["id"], "result": None}).encode())

    async def answer(self, id_):
        while id_ not in self.answers:
            assert self.process.returncode is None, "the server ended"
            assert not self.reader.done(), self.reader.exception()
            await asyncio.sleep(0.01)
        return self.answers[id_]


@pytest.fixture
async def server(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "atlas_server", "--stdio", stdin=-1, stdout=-1, stderr=asyncio.subprocess.DEVNULL,
        env=environment(tmp_path), limit=2**26,
    )  # fmt: skip
    raw = Raw(process)
    yield raw
    if process.returncode is None:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 60)
    await asyncio.gather(raw.reader, return_exceptions=True)


CAPABILITIES = {"workspace": {"applyEdit": True}, "window": {"workDoneProgress": True}}


async def start(server):
    server.ask("start", "initialize", processId=None, rootUri=None, capabilities=CAPABILITIES)
    await server.answer("start")


async def ping(server, number):
    """Ask for the actions of a document that is opened anew."""
    uri = f"file:///ping{number}.py"
    item = {"uri": uri, "languageId": "python", "version": 1, "text": SOURCE}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}
    server.send(json.dumps(opened).encode())
    at = {"line": 0, "character": 5}
    server.ask(
        f"ping-{number}", "textDocument/codeAction", textDocument={"uri": uri}, range={"start": at, "end": at},
        context={"diagnostics": []},
    )  # fmt: skip
    answer = await asyncio.wait_for(server.answer(f"ping-{number}"), 60)
    assert answer["result"][0]["title"] == "Solve this function"


@pytest.mark.timeout(1800)
async def test_hostile_messages(server):
    await start(server)
    rng = random.Random(20261121)
    expected = {}
    for number in range(COUNT):
        body, id_ = message(rng, number)
        server.send(body)
        if id_ is not None:
            expected[id_] = body
        if number % ROUND == ROUND - 1:
            await server.process.stdin.drain()
            await ping(server, number)
    await ping(server, "last")
    # All that was sent before the last ping was dealt with, but commands may still wait for something.
    for _ in range(500):
        if not (missing := [body[:2000] for id_, body in expected.items() if id_ not in server.answers]):
            break
        await asyncio.sleep(0.02)
    assert not missing, missing
    assert len(expected) > COUNT / 3
    server.ask("down", "shutdown")
    assert (await asyncio.wait_for(server.answer("down"), 60)).get("error") is None


async def test_before_initialize_and_after_shutdown_requests_are_refused(server):
    server.ask(1, "textDocument/hover")
    assert (await server.answer(1))["error"]["code"] == -32002
    await start(server)
    server.ask(2, "initialize", processId=None, rootUri=None, capabilities={})
    assert (await server.answer(2))["error"]["code"] == -32600
    server.ask(3, "shutdown")
    await server.answer(3)
    server.ask(4, "textDocument/hover")
    assert (await server.answer(4))["error"]["code"] == -32600


async def test_wrong_parameters_are_named_and_do_not_repeat_the_code(server):
    await start(server)
    server.ask(1, "textDocument/hover", textDocument={"uri": 3, "text": "SECRET"}, position={"line": "SECRET"})
    error = (await server.answer(1))["error"]
    assert error["code"] == -32602
    assert "position" in error["message"]
    assert "SECRET" not in json.dumps(error)


async def test_what_is_not_json_is_answered_and_what_is_too_long_is_skipped(server):
    await start(server)
    server.send(b"{no json")
    assert (await server.answer(None))["error"]["code"] == -32700
    server.process.stdin.write(b"Content-Length: %d\r\n\r\n" % (300 * 2**20))
    for _ in range(300):
        server.process.stdin.write(b" " * 2**20)
        await server.process.stdin.drain()
    await ping(server, "after")


async def test_an_id_that_is_none_is_refused(server):
    await start(server)
    for odd in ({}, [], 1.5, None, True):
        server.answers.pop(None, None)
        server.ask(odd, "textDocument/hover")
        assert (await server.answer(None))["error"]["code"] == -32600
