"""What the server promises about itself: imports, logs, progress tokens, layers."""

import asyncio
import subprocess
import sys
from types import SimpleNamespace

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError
from pygls.feature_manager import is_thread_function
from pygls.progress import Progress

from atlas_server.progress import CommandProgress
from atlas_server.server import create_server


def test_starting_imports_neither_torch_nor_llama_cpp():
    code = (
        "import sys; from atlas_server.server import create_server; create_server();"
        "heavy = {'torch', 'llama_cpp', 'numpy', 'httpx', 'jinja2', 'starlette', 'uvicorn', 'rich'} & set(sys.modules);"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_layers_and_forbidden_imports():

    linter = subprocess.run(["lint-imports"], capture_output=True, text=True, check=False, env=_path())
    assert linter.returncode == 0, linter.stdout


def _path():
    import os
    from pathlib import Path

    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_commands_are_the_servers_own_names():
    """VS Code refuses a second registration of a command, so the ids may not be those an extension contributes."""
    own = "solve repair tests check explain preview apply reject cancel best confirm examples candidates".split()
    assert set(create_server().protocol.fm.commands) == {f"atlas.server.{name}" for name in own}


class _Lsp:
    """Records what would be sent."""

    def __init__(self, *, refuse=False):
        self.sent = []
        self.refuse = refuse

    async def send_request_async(self, method, params):
        if self.refuse:
            raise JsonRpcInternalError("no")
        self.sent.append((method, params.token))

    def notify(self, method, params):
        self.sent.append((params.value.kind, params.value.message, getattr(params.value, "percentage", None)))


def make(lsp, token=None, *, supported=True):
    progress = Progress(lsp)
    return progress, CommandProgress(SimpleNamespace(work_done_progress=progress), token, supported=supported)


async def test_progress_tokens_are_forgotten_at_the_end():
    lsp = _Lsp()
    progress, command = make(lsp)
    await command.begin("T", "starting", lambda: None)
    assert len(progress.tokens) == 1
    command.report("one", 0.5)
    command.report("two", 0.25)
    command.end("done")
    command.report("late", 0.9)
    assert progress.tokens == {}
    assert lsp.sent[1:] == [
        ("begin", "starting", 0),
        ("report", "one", 50),
        ("report", "two", 50),
        ("end", "done", None),
    ]


async def test_nothing_is_sent_after_a_refused_create_or_without_support():
    for lsp, supported in ((_Lsp(refuse=True), True), (_Lsp(), False)):
        _, command = make(lsp, supported=supported)
        await command.begin("T", "starting", lambda: None)
        command.report("one", 0.5)
        command.end("done")
        assert lsp.sent == []


async def test_a_clients_token_is_used_as_it_is_and_can_cancel():
    lsp = _Lsp()
    progress, command = make(lsp, token="theirs", supported=False)
    cancelled = []
    await command.begin("T", "starting", lambda: cancelled.append(True))
    assert lsp.sent == [("begin", "starting", 0)]
    progress.tokens["theirs"].cancel()
    await asyncio.sleep(0)
    assert cancelled == [True]


async def test_ending_is_not_cancelling():
    _, command = make(_Lsp())
    cancelled = []
    await command.begin("T", "starting", lambda: cancelled.append(True))
    command.end("done")
    await asyncio.sleep(0)
    assert cancelled == []


def test_message_bodies_are_not_logged():
    """pygls logs every message at INFO; they hold the user's code."""
    secret = "SECRET_IN_THE_CODE"
    message = (
        '{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.py",'
        f'"languageId":"python","version":1,"text":"{secret}"}}}}}}'
    )
    first = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}'
    )
    sent = "".join(f"Content-Length: {len(text)}\r\n\r\n{text}" for text in (first, message))
    done = subprocess.run(
        [sys.executable, "-m", "atlas_server", "--stdio", "--log-level", "debug"],
        input=sent.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b'"capabilities"' in done.stdout
    assert secret.encode() not in done.stderr
    assert done.stdout.startswith(b"Content-Length: ")


@pytest.mark.parametrize("kind", list(types.PositionEncodingKind))
def test_every_encoding_can_be_negotiated(kind):
    initialize = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,'
        f'"capabilities":{{"general":{{"positionEncodings":["{kind.value}"]}}}}}}}}'
    )
    done = subprocess.run(
        [sys.executable, "-m", "atlas_server"],
        input=f"Content-Length: {len(initialize)}\r\n\r\n{initialize}".encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert f'"positionEncoding": "{kind.value}"'.encode() in done.stdout.replace(b'":"', b'": "')


def test_no_handler_runs_on_the_thread_pool():
    """pygls reads standard input on the same pool: a long handler there would keep a cancel from being read."""
    manager = create_server().protocol.fm
    handlers = [*manager.features.values(), *manager.commands.values()]
    assert handlers
    assert not [handler for handler in handlers if is_thread_function(handler)]
