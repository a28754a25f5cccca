"""Connected editors; after each test no process of ours may be left."""

import pytest
import pytest_asyncio
from lsp_editor import CLIENTS, LINGER_S, able, start_editor, stop_editor


@pytest_asyncio.fixture(params=CLIENTS)
async def editor(request, tmp_path):
    """A connected editor; afterwards no process of ours is left."""
    editor = await start_editor(request.param, tmp_path)
    yield editor
    await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()


@pytest_asyncio.fixture
async def vscode(tmp_path):
    editor = await start_editor("vscode", tmp_path)
    yield editor
    await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()


@pytest_asyncio.fixture
async def rich(tmp_path):
    """An editor that can do everything the server makes use of."""
    editor = await start_editor("vscode", tmp_path, capabilities=able())
    yield editor
    await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()


@pytest.fixture
def uri(tmp_path):
    return (tmp_path / "work.py").as_uri()
