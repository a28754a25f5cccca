"""Nothing is sent to another machine before the user has allowed it, by the host's name, once."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_servers import FakeServer, llama_server, outside_address, serving

from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.remote.consent import ConsentQuestion, ask_once, consent_file, remember
from atlas_pipeline.engine.remote.endpoint import Endpoint, is_loopback, read_endpoint
from atlas_pipeline.errors import RemoteAccessError, UsageError
from atlas_pipeline.settings import EngineSettings


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("ATLAS_API_KEY", raising=False)
    return tmp_path


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("NO_PROXY", "*")
    return outside_address()


@pytest.fixture
def fake(outside: str) -> Iterator[FakeServer]:
    server = FakeServer(llama_server())
    with serving(server.app(), outside) as port:
        server.port = port
        yield server


class User:
    """Answers the question and remembers it."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.asked: list[ConsentQuestion] = []

    async def __call__(self, question: ConsentQuestion) -> bool:
        self.asked.append(question)
        await asyncio.sleep(0.05)
        return self.answer


async def ask(fake: FakeServer, outside: str, user: User | None) -> str:
    engine = await connect(EngineSettings(url=f"http://{outside}:{fake.port}/v1"), consent=user)
    try:
        return (await engine.capabilities()).server
    finally:
        await engine.aclose()


async def test_refused_or_unasked_not_one_byte_is_sent(outside: str) -> None:
    """Not even a connection is made."""
    arrived = 0

    async def arrive(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        writer.close()

    async with await asyncio.start_server(arrive, outside, 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        settings = EngineSettings(url=f"http://{outside}:{port}/v1")
        nobody = await connect(settings)
        with pytest.raises(RemoteAccessError, match=f"nobody has allowed yet.*--allow-remote http://{outside}`"):
            await nobody.capabilities()
        assert not consent_file().exists()
        user = User(False)
        engine = await connect(settings, consent=user)
        for _ in range(2):
            with pytest.raises(RemoteAccessError, match="was refused, so nothing was sent"):
                await engine.capabilities()
        again = await connect(settings, consent=User(True))
        with pytest.raises(RemoteAccessError, match=f"engine allow http://{outside}`, which changes {consent_file()}"):
            await again.embed(["x"])
        assert len(user.asked) == 1
        await asyncio.sleep(0.1)
        assert arrived == 0
        with socket.create_connection((outside, port)):  # the listener would have noticed
            await asyncio.sleep(0.1)
        assert arrived == 1


async def test_an_allowed_host_is_asked_for_once(
    fake: FakeServer, outside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_API_KEY", "a-secret-key")
    first, second = User(True), User(True)
    answers = await asyncio.gather(ask(fake, outside, first), ask(fake, outside, second))
    assert answers == ["llama-server b9999"] * 2
    assert len(first.asked) + len(second.asked) == 1
    question = (first.asked + second.asked)[0]
    assert (question.host, question.encrypted) == (outside, False)
    assert outside in question.text
    assert "NOT encrypted" in question.text
    assert "the environment variable ATLAS_API_KEY is sent along" in question.text
    assert "a-secret-key" not in question.text
    assert await ask(fake, outside, None) == "llama-server b9999"
    assert consent_file().stat().st_mode & 0o777 == 0o600
    assert json.loads(consent_file().read_text())["hosts"] == {f"http://{outside}": True}


async def test_an_unencrypted_connection_is_another_question() -> None:
    secure = Endpoint(base="https://models.example.org/v1", host="models.example.org", encrypted=True)
    bare = Endpoint(base="http://models.example.org/v1", host="models.example.org")
    user = User(True)
    await ask_once(secure, user)
    with pytest.raises(RemoteAccessError):
        await ask_once(bare, None)
    await ask_once(bare, user)
    assert ["NOT encrypted" in question.text for question in user.asked] == [False, True]
    with pytest.raises(UsageError, match="not a host"):
        remember("https://models.example.org/v1", allowed=True)
    remember("models.example.org", allowed=False)
    with pytest.raises(RemoteAccessError, match="refused"):
        await ask_once(secure, user)
    await ask_once(bare, None)


async def test_a_broken_file_allows_nothing() -> None:
    endpoint = Endpoint(base="https://a.example/v1", host="a.example", encrypted=True)
    consent_file().parent.mkdir(parents=True)
    for content in ("{", "[]", '{"hosts": []}', '{"hosts": {"a.example": "yes"}}', '{"hosts": {"a.example": 1}}'):
        consent_file().write_text(content)
        with pytest.raises(RemoteAccessError, match="nobody has allowed"):
            await ask_once(endpoint, None)
    await ask_once(endpoint, User(True))
    await ask_once(endpoint, None)


async def test_a_question_that_is_not_answered_is_asked_again() -> None:
    endpoint = Endpoint(base="https://a.example/v1", host="a.example", encrypted=True)

    async def leave(_question: ConsentQuestion) -> bool:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ask_once(endpoint, leave)
    user = User(True)
    await ask_once(endpoint, user)
    assert len(user.asked) == 1


def test_what_counts_as_this_machine() -> None:
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost", "x.localhost", "::ffff:127.0.0.1"):
        assert is_loopback(host), host
    for host in (
        "0.0.0.0",
        "10.0.0.1",
        "192.168.1.5",
        "::",
        "fe80::1",
        "localhost.example",
        "127.0.0.1.nip.io",
        "127.1",
    ):
        assert not is_loopback(host), host
    assert read_endpoint("unix:/run/x.sock").is_local
    assert read_endpoint("unix:///run/x.sock").socket == "/run/x.sock"
    there = read_endpoint("https://Models.Example.org:8443/api/v1/")
    assert (there.base, there.host, there.is_local) == (
        "https://models.example.org:8443/api/v1",
        "models.example.org",
        False,
    )
    assert there.root == "https://models.example.org:8443/api"
    assert read_endpoint("http://[::1]:80").base == "http://[::1]:80/v1"
