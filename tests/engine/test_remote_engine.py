"""A server as the engine: what is found out about it, what is sent, how faults end. The servers are fakes."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from fake_servers import (
    FakeServer,
    Kind,
    Reply,
    event,
    fake_server,
    llama_server,
    lm_studio,
    ollama,
    strict,
    text_event,
    vllm,
)

from atlas_pipeline.engine.api import FinishReason, Message, Sampling, Thinking
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.remote import retrying
from atlas_pipeline.engine.remote.engine import RemoteEngine
from atlas_pipeline.engine.remote.retrying import Failure, Retries, retry_after_s
from atlas_pipeline.errors import EngineLostError, RemoteAccessError, RemoteEngineError, UsageError
from atlas_pipeline.settings import EngineSettings

ASKED = [Message(role="user", content="Write the body.")]
DONE = b"data: [DONE]\n\n"
END = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLAS_API_KEY", raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off in milliseconds; the counts stay."""
    monkeypatch.setattr(
        retrying.Retries.__init__, "__kwdefaults__", {"most": 5, "load_timeout_s": 0.0, "first_s": 0.01}
    )
    monkeypatch.setattr(retrying, "LOADING_DELAY_S", 0.01)


@asynccontextmanager
async def asking(fake: FakeServer, told: list[str] | None = None, **more: Any) -> AsyncIterator[RemoteEngine]:
    settings = EngineSettings(url=fake.url, **more)
    engine = await connect(settings, on_notice=told.append if told is not None else None)
    assert isinstance(engine, RemoteEngine)
    try:
        yield engine
    finally:
        await engine.aclose()


@pytest.fixture
def llama() -> Iterator[FakeServer]:
    with fake_server(llama_server()) as fake:
        yield fake


@pytest.mark.parametrize(
    ("kind", "title", "name", "n_ctx", "thinking", "missing"),
    [
        (llama_server, "llama-server b9999", "tiny.gguf", 8192, False, "thinking_budget priority deterministic embeddings"),
        (
            ollama, "Ollama 0.12.6", "qwen3:8b", 4096, True,
            "n logprobs top_k min_p grammar thinking_budget priority deterministic cache_prompt embeddings",
        ),
        (
            lm_studio, "LM Studio", "qwen/qwen3-coder-30b", 16384, False,
            "n logprobs min_p grammar thinking_budget priority deterministic cache_prompt embeddings",
        ),
        (
            vllm, "vLLM 0.24.0", "Qwen/Qwen3-4B", 40960, True,
            "thinking_budget priority deterministic cache_prompt embeddings",
        ),
    ],
)  # fmt: skip
async def test_what_is_found_out(
    kind: Callable[[], Kind], title: str, name: str, n_ctx: int, thinking: bool, missing: str
) -> None:
    told: list[str] = []
    with fake_server(kind()) as fake:
        async with asking(fake, told) as engine:
            facts = await engine.capabilities()
            assert (facts.server, facts.model, facts.n_ctx, facts.thinking) == (title, name, n_ctx, thinking)
            assert facts.missing == tuple(missing.split())
            assert (facts.prompt_profile, facts.embeddings, facts.n_embd) == ("chat", False, 0)
            assert re.fullmatch("[0-9a-f]{16}", facts.model_hash)
            asked = len(fake.seen)
            assert await engine.capabilities() is facts
            assert len(fake.seen) == asked
    assert missing.replace(" ", ", ") in told[0]
    assert any("OLLAMA_CONTEXT_LENGTH" in text for text in told) == (kind is ollama)
    assert engine.notices == tuple(told)


async def test_features_that_are_only_pretended_are_found_out() -> None:
    """A server that takes `seed`, `n`, a schema and a grammar and ignores them."""
    kind = llama_server()
    kind.seeds = kind.n = kind.schema = False
    kind.grammar = "something_else"
    with fake_server(kind) as fake:
        async with asking(fake) as engine:
            facts = await engine.capabilities()
            assert {"seed", "n", "json_schema", "grammar"} < set(facts.missing)
            await engine.chat(ASKED, Sampling(seed=5))
            assert "seed" not in fake.generations[-1]


@pytest.mark.parametrize("kind", [llama_server, ollama, lm_studio, vllm])
async def test_chat_and_complete(kind: Callable[[], Kind]) -> None:
    pieces: list[str] = []
    with fake_server(kind()) as fake:
        async with asking(fake) as engine:
            facts = await engine.capabilities()
            answer = await engine.chat(ASKED, Sampling(seed=3), on_text=pieces.append)
            assert "".join(pieces) == answer.text
            assert len(pieces) == answer.completion_tokens == 8
            assert (answer.finish, answer.prompt_tokens) == (FinishReason.STOP, 7)
            assert answer.mean_logprob == (None if "logprobs" in facts.missing else -0.5)
            assert answer.thinking == ("hm. " if facts.thinking else "")
            assert answer.thinking_tokens == 2
            assert (await engine.chat(ASKED, Sampling(seed=3))).text == answer.text
            assert (await engine.chat(ASKED, Sampling(seed=4))).text != answer.text
            raw = await engine.complete("def f(", Sampling(seed=3))
            assert raw.text
            assert raw.mean_logprob == answer.mean_logprob


async def test_fields_are_sent_as_each_server_knows_them() -> None:
    sampling = Sampling(
        top_k=40, min_p=0.1, json_schema='{"type": "object", "properties": {"a": {"enum": [1]}}}',
        thinking=Thinking(max=64, min=8), priority=2, deterministic=True, stop=("\n\n",),
    )  # fmt: skip
    told: list[str] = []
    with fake_server(llama_server()) as fake:
        async with asking(fake, told) as engine:
            await engine.chat(ASKED, sampling)
            sent = fake.generations[-1]
            assert (sent["top_k"], sent["min_p"], sent["reasoning_budget_tokens"]) == (40, 0.1, 64)
            assert sent["response_format"]["json_schema"]["schema"]["type"] == "object"
            assert sent["stop"] == ["\n\n"]
            assert not {"atlas", "priority", "grammar", "json_schema", "thinking"} & set(sent)
            assert "without: priority, deterministic, a least length of thinking." in told[-1]
            await engine.complete("x", Sampling(grammar='root ::= "yes"'))
            assert fake.generations[-1]["grammar"] == 'root ::= "yes"'
            await engine.chat(ASKED, Sampling(thinking=Thinking(max=0)))
            assert fake.generations[-1]["chat_template_kwargs"] == {"enable_thinking": False}
            assert len(told) == 2
    with fake_server(vllm()) as fake:
        async with asking(fake) as engine:
            await engine.complete("x", Sampling(grammar='root ::= "yes"'))
            assert fake.generations[-1]["structured_outputs"] == {"grammar": 'root ::= "yes"'}
    with fake_server(ollama()) as fake:
        async with asking(fake, told) as engine:
            await engine.chat(ASKED, sampling)
            assert not {"top_k", "min_p", "reasoning_budget_tokens"} & set(fake.generations[-1])
            assert "without: top_k, min_p, priority, deterministic, a least length of thinking, a limit on" in told[-1]


async def test_a_server_that_refuses_fields_is_asked_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_API_KEY", KEY)
    told: list[str] = []
    with fake_server(strict()) as fake:
        async with asking(fake, told, remote_model="big-2") as engine:
            answer = await engine.chat(ASKED, Sampling())
            assert answer.completion_tokens == len(answer.text.split())
            sent = fake.generations[-1]
            assert not {"seed", "logprobs", "top_logprobs", "max_tokens", "stream_options"} & set(sent)
            assert (sent["max_completion_tokens"], sent["model"]) == (512, "big-2")
            for name in ("seed", "logprobs", "top_logprobs", "max_tokens", "stream_options"):
                assert sum(f"`{name}`" in text for text in told) == 1
            assert any("does not count tokens" in text for text in told)
            before = len(fake.seen)
            await engine.chat(ASKED, Sampling())
            assert len(fake.seen) == before + 1
            with pytest.raises(UsageError, match="only answers chats"):
                await engine.complete("x", Sampling())


async def test_the_model_is_chosen_or_asked_for(llama: FakeServer) -> None:
    with fake_server(ollama("qwen3:8b", "phi4:latest")) as fake:
        async with asking(fake) as engine:
            with pytest.raises(
                UsageError, match=r"2 models; name one in `engine\.remote_model`.*qwen3:8b, phi4:latest"
            ):
                await engine.capabilities()
            assert fake.generations == []
        async with asking(fake, remote_model="phi4") as engine:
            assert (await engine.capabilities()).model == "phi4:latest"
        async with asking(fake, remote_model="gone:1b") as engine:
            with pytest.raises(UsageError, match=r"`gone:1b` does not exist.*There is qwen3:8b, phi4:latest"):
                await engine.capabilities()
    llama.kind.models = []
    async with asking(llama) as engine:
        with pytest.raises(UsageError, match="has no model"):
            await engine.capabilities()


async def test_embeddings(llama: FakeServer) -> None:
    async with asking(llama) as engine:
        with pytest.raises(UsageError, match="no embeddings of '/models/tiny.gguf'"):
            await engine.embed(["x"])
    llama.kind.embeddings = 5
    async with asking(llama) as engine:
        facts = await engine.capabilities()
        assert (facts.embeddings, facts.n_embd, "embeddings" in facts.missing) == (True, 5, False)
        vectors = await engine.embed(["x" * length for length in range(1, 71)])
        assert (vectors.shape, vectors.dtype) == ((70, 5), np.float32)
        assert vectors[:, 0].tolist() == list(range(1, 71))
        assert (await engine.embed([])).shape == (0, 5)
        assert facts.embedding_definitions == ()
        with pytest.raises(UsageError, match="does not say what its embeddings are, and last-final-norm/1 was asked"):
            await engine.embed(["x"], definitions=("last-final-norm/1",))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_passing_faults_are_tried_again(llama: FakeServer, status: int) -> None:
    async with asking(llama) as engine:
        await engine.capabilities()
        before = len(llama.generations)
        llama.script = [Reply(status=status, parts=[b"<html>busy</html>"], kind="text/html") for _ in range(3)]
        assert (await engine.chat(ASKED, Sampling())).text
        assert len(llama.generations) - before == 4
        llama.script = [Reply(status=status, parts=[b'{"error": "busy"}']) for _ in range(9)]
        with pytest.raises(RemoteEngineError, match=rf"answered {status}: busy It was tried 6 times"):
            await engine.chat(ASKED, Sampling())
        assert len(llama.script) == 3


@pytest.mark.usefixtures("quick")
async def test_lasting_faults_are_not_tried_again(llama: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with asking(llama) as engine:
        await engine.capabilities()
        quota = b'{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
        page = b"\x1b[31m<html>" + b"no " * 1000
        cases: list[tuple[int, bytes, type[Exception], str]] = [
            (400, b'{"object": "error", "message": "too long", "code": 400}', UsageError, "too long"),
            (400, b'{"detail": [{"loc": ["body"], "msg": "bad"}]}', UsageError, "bad"),
            (401, b"{}", RemoteAccessError, "No key was sent; set the right one .* ATLAS_API_KEY"),
            (403, b"", RemoteAccessError, "nothing"),
            (404, page, RemoteEngineError, r"\?\[31m<html>no .*\.\.\. Check `engine.url`"),
            (429, quota, RemoteEngineError, "exceeded your current quota"),
            (500, b'"boom"', RemoteEngineError, "boom"),
            (302, b"", RemoteEngineError, "redirects"),
        ]
        for status, body, error, match in cases:
            llama.script = [Reply(status=status, parts=[body], headers={"location": "https://elsewhere.example"})]
            before = len(llama.seen)
            with pytest.raises(error, match=match):
                await engine.chat(ASKED, Sampling())
            assert len(llama.seen) == before + 1


async def test_retry_after_is_honoured(llama: FakeServer) -> None:
    async with asking(llama) as engine:
        await engine.capabilities()
        llama.script = [Reply(status=429, headers={"retry-after": "1"})]
        began = time.monotonic()
        await engine.chat(ASKED, Sampling())
        assert time.monotonic() - began >= 1.0
        llama.script = [Reply(status=429, headers={"retry-after": "3600"})]
        with pytest.raises(RemoteEngineError, match="429"):
            await engine.chat(ASKED, Sampling())


def test_delays_grow_and_end() -> None:
    busy = Failure("busy", status=503)
    retries = Retries(most=4, first_s=1.0)
    delays = [retries.delay(busy) for _ in range(5)]
    assert delays[4] is None
    for delay, full in zip(delays, (1.0, 2.0, 4.0, 8.0), strict=False):
        assert delay is not None
        assert full / 2 <= delay <= full
    assert Retries().delay(Failure("no", status=400)) is None
    assert Retries().delay(Failure("no", status=501)) is None
    assert Retries().delay(Failure("no", status=429, retry_after_s=30.0)) == 30.0
    loading = Failure("Loading model", status=503)
    patient = Retries(most=0, load_timeout_s=60.0)
    assert [patient.delay(loading) for _ in range(100)] == [1.0] * 100
    assert Retries(most=0).delay(loading) is None
    assert retry_after_s("7") == 7.0
    assert retry_after_s("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert [retry_after_s(value) for value in (None, "", "soon", "inf")] == [None] * 4


@pytest.mark.usefixtures("quick")
async def test_a_cold_load_is_no_time_out(llama: FakeServer) -> None:
    llama.loading = 50
    async with asking(llama) as engine:
        await engine.capabilities()
        llama.script = [Reply(delay_s=1.5, parts=[1.0, text_event("slow"), END, DONE])]
    async with asking(llama, timeout_s=0.2, connect_timeout_s=0.5, first_byte_timeout_s=30.0) as engine:
        assert (await engine.chat(ASKED, Sampling())).text == "slow"
        llama.script = [Reply(parts=[text_event("a"), 5.0])]
        with pytest.raises(EngineLostError, match=r"silent for 0\.2 s.*engine\.timeout_s"):
            await engine.chat(ASKED, Sampling())
    async with asking(llama, first_byte_timeout_s=0.4) as engine:
        await engine.capabilities()
        llama.script = [Reply(delay_s=5.0)]
        with pytest.raises(RemoteEngineError, match=r"did not begin to answer within 0\.4 s.*first_byte_timeout_s"):
            await engine.chat(ASKED, Sampling())


async def test_keep_alive_comments_and_other_lines_are_no_answer(llama: FakeServer) -> None:
    async with asking(llama, timeout_s=0.5) as engine:
        await engine.capabilities()
        parts: list[bytes | float] = [text_event("a ")]
        parts += [b": ping\n\n", 0.3, b":\r\n\r\n", 0.3, b"event: x\r\nid: 7\r", b"\nretry: 1\n\n", 0.3]
        # One event in three pieces, its UTF-8 torn; then no `[DONE]`.
        whole = event(choices=[{"index": 0, "delta": {"content": "\u00fc"}}]).replace(b"\\u00fc", "\u00fc".encode())
        middle = whole.index("\u00fc".encode()) + 1
        parts += [whole[:10], 0.05, whole[10:middle], 0.05, whole[middle:], END]
        llama.script = [Reply(parts=parts)]
        assert (await engine.chat(ASKED, Sampling())).text == "a \u00fc"


@pytest.mark.usefixtures("quick")
async def test_streams_that_break_off(llama: FakeServer) -> None:
    shown: list[str] = []
    async with asking(llama) as engine:
        await engine.capabilities()
        for broken in (
            Reply(parts=[text_event("half")], cut=True),
            Reply(parts=[text_event("half")]),
            Reply(parts=[text_event("half"), DONE]),
            Reply(parts=[text_event("half"), b'data: {"error": {"message": "slot lost", "code": 503}}\n\n']),
            Reply(parts=[text_event("half"), b'{"error": "model runner has unexpectedly stopped"}\n']),
        ):
            shown.clear()
            llama.script = [broken]
            before = len(llama.seen)
            with pytest.raises(EngineLostError, match="broke off; ask again"):
                await engine.chat(ASKED, Sampling(), on_text=shown.append)
            assert (shown, len(llama.seen)) == (["half"], before + 1)
        # Before the first text it is asked again: cut after the head, and after an event that adds nothing.
        role = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}}])
        for broken in (Reply(parts=[], cut=True), Reply(parts=[role], cut=True), Reply(parts=[role])):
            shown.clear()
            llama.script = [broken, Reply(parts=[text_event("whole", "length"), DONE])]
            answer = await engine.chat(ASKED, Sampling(), on_text=shown.append)
            assert (answer.text, answer.finish, shown) == ("whole", FinishReason.LENGTH, ["whole"])


@pytest.mark.usefixtures("quick")
async def test_garbage_is_named(llama: FakeServer) -> None:
    async with asking(llama) as engine:
        await engine.capabilities()
        for garbage, match in (
            (Reply(parts=[b"data: {not json\n\n"]), "no OpenAI answer.*{not json"),
            (Reply(parts=[b'data: {"choices": [{"index": "x"}]}\n\n']), "no OpenAI answer"),
            (Reply(parts=[b"data: " + b"x" * (5 << 20)]), "line of more than"),
            (Reply(parts=[b"<html>Welcome</html>"], kind="text/html"), "no OpenAI answer.*Welcome"),
            (Reply(parts=[b'{"error": "Unexpected endpoint"}'], kind="application/json"), "Unexpected endpoint"),
            (Reply(parts=[b'{"hello": 1}'], kind="application/json"), "no OpenAI answer"),
            (Reply(parts=[b"[" + b" " * (1 << 20)] * 70, kind="application/json"), "more than 67,108,864 bytes"),
        ):
            llama.script = [garbage]
            with pytest.raises((RemoteEngineError, UsageError), match=match):
                await engine.chat(ASKED, Sampling())


async def test_a_server_that_does_not_stream(llama: FakeServer) -> None:
    body = b'{"choices": [{"message": {"content": "<think>\\nwell\\n</think>\\n\\nyes"}, "finish_reason": "eos"}]}'
    told: list[str] = []
    async with asking(llama, told) as engine:
        await engine.capabilities()
        llama.script = [Reply(parts=[body], kind="application/json")]
        answer = await engine.chat(ASKED, Sampling())
        assert (answer.text, answer.thinking, answer.finish) == ("yes", "well", FinishReason.STOP)
        assert any("'eos'" in text for text in told)


async def test_at_most_so_many_at_once_in_their_order(llama: FakeServer) -> None:
    llama.token_s = 0.01
    async with asking(llama, concurrency=3) as engine:
        await engine.capabilities()
        before = len(llama.generations)
        ended: list[int] = []

        async def ask(number: int) -> None:
            await engine.chat(ASKED, Sampling(seed=number))
            ended.append(number)

        await asyncio.gather(*(ask(number) for number in range(12)))
        assert llama.most_active == 3
        assert len(ended) == 12
        asked = [body["seed"] for body in llama.generations[before:]]
        assert all(abs(place - seed) < 3 for place, seed in enumerate(asked))


async def test_cancelling_closes_the_connection(llama: FakeServer) -> None:
    llama.token_s = 0.05
    async with asking(llama, concurrency=1) as engine:
        await engine.capabilities()
        began = asyncio.Event()
        request = asyncio.create_task(engine.chat(ASKED, Sampling(), on_text=lambda _: began.set()))
        waiting = asyncio.create_task(engine.chat(ASKED, Sampling()))
        await began.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert (await waiting).text
        assert (llama.closed_early, llama.active) == (1, 0)
        llama.script = [Reply(status=503, headers={"retry-after": "60"})]
        request = asyncio.create_task(engine.chat(ASKED, Sampling()))
        while llama.script:
            await asyncio.sleep(0.01)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert (await engine.chat(ASKED, Sampling())).text


async def test_a_consumer_that_fails_closes_the_connection(llama: FakeServer) -> None:
    llama.token_s = 0.05

    def fail(_text: str) -> None:
        raise ZeroDivisionError

    async with asking(llama) as engine:
        with pytest.raises(ZeroDivisionError):
            await engine.chat(ASKED, Sampling(), on_text=fail)
        while llama.active:
            await asyncio.sleep(0.01)
        assert llama.closed_early == 1


async def test_the_key_is_sent_and_told_to_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    messages: list[str] = []
    with fake_server(strict()) as fake:
        monkeypatch.setenv("MY_KEY", KEY)
        async with asking(fake, told, remote_model="big-1", api_key_env="MY_KEY") as engine:
            await engine.chat(ASKED, Sampling())
            assert set(fake.keys) == {f"Bearer {KEY}"}
            for reply in (
                Reply(status=401, parts=[b'{"error": {"message": "Incorrect API key: %s"}}' % KEY.encode()]),
                Reply(status=500, parts=[KEY.encode() + b" is not known"]),
                Reply(status=302, headers={"location": f"https://x.example/?key={KEY}"}),
                Reply(parts=[b"data: " + KEY.encode() + b"\n\n"]),
            ):
                fake.script = [reply]
                with pytest.raises((RemoteEngineError, UsageError)) as caught:
                    await engine.chat(ASKED, Sampling())
                messages += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
            assert "[api key]" in messages[0]
            assert "the environment variable MY_KEY" in messages[0]
            http = engine._http
            assert http is not None
            messages += [
                repr(http.key),
                str(http.key),
                repr(vars(engine)),
                repr(vars(http)),
                repr(http._client.headers),
            ]
        wrong = "wrong-but-also-secret"
        monkeypatch.setenv("MY_KEY", wrong)
        async with asking(fake, told, remote_model="big-1", api_key_env="MY_KEY") as engine:
            with pytest.raises(RemoteAccessError, match="Incorrect API key provided") as refused:
                await engine.capabilities()
            messages.append(str(refused.value))
        monkeypatch.setenv("MY_KEY", f"{KEY}\nX-Evil: 1")
        async with asking(fake, told, remote_model="big-1", api_key_env="MY_KEY") as engine:
            with pytest.raises(RemoteAccessError, match="no HTTP header") as refused:
                await engine.capabilities()
            messages.append(str(refused.value))
    everything = "\n".join([*told, *messages, caplog.text])
    assert len(caplog.records) > 20
    assert KEY not in everything
    assert wrong not in everything


async def test_the_key_may_be_in_the_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With a stand-in for the package `keyring`, which is optional and not installed for the tests."""
    (tmp_path / "keyring").mkdir()
    (tmp_path / "keyring" / "__init__.py").write_text(
        f"def get_password(service, name):\n    return {KEY!r} if (service, name) == ('atlas-ls', '127.0.0.1') else None\n"
    )
    (tmp_path / "keyring" / "errors.py").write_text(
        "class KeyringError(Exception): pass\nclass NoKeyringError(KeyringError): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with fake_server(strict()) as fake:
        async with asking(fake, remote_model="big-1") as engine:
            assert (await engine.chat(ASKED, Sampling())).text
        assert set(fake.keys) == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("ftp://x/v1", "must begin with"),
        ("127.0.0.1:11434", "must begin with"),
        ("http://user:geheim1@x/v1", "user name or password"),
        ("https://x/v1?key=geheim1", "without `\\?`"),
        ("http://[::1/v1", "not an address"),
        ("http://x:port/v1", "not an address"),
        ("unix:relative.sock", "absolute path"),
    ],
)
async def test_addresses_that_cannot_be_used(url: str, match: str) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        await connect(EngineSettings(url=url))
    assert "geheim1" not in str(caught.value)


def test_without_an_address_no_part_of_this_is_even_imported() -> None:
    code = (
        "import asyncio, sys; from atlas_pipeline.engine.client import connect;"
        "from atlas_pipeline.settings import EngineSettings; engine = asyncio.run(connect(EngineSettings()));"
        "print(type(engine).__name__, [name for name in sys.modules if 'engine.remote' in name or name == 'httpx'])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "LocalEngine []"


async def test_servers_that_are_none(llama: FakeServer, unused_tcp_port: int) -> None:
    engine = await connect(EngineSettings(url=f"http://127.0.0.1:{unused_tcp_port}/v1"))
    began = time.monotonic()
    with pytest.raises(RemoteEngineError, match="cannot be reached.*Is the server running"):
        await engine.capabilities()
    assert time.monotonic() - began < 5.0
    await engine.aclose()
    # A wrong path, without a model's name to go on.
    llama.kind.pages["/wrong/models"] = {"hello": "world"}
    for path, match in (("/other", "usually ends with /v1"), ("/wrong", "no OpenAI-compatible list")):
        engine = await connect(EngineSettings(url=llama.url.replace("/v1", path)))
        with pytest.raises(RemoteEngineError, match=match):
            await engine.capabilities()
        await engine.aclose()
    with pytest.raises(UsageError, match="must be at least 1"):
        await connect(EngineSettings(url=llama.url, concurrency=0))


@pytest.mark.usefixtures("quick")
async def test_a_server_that_restarts_is_waited_for(llama: FakeServer) -> None:
    """Refused connections are tried again once the server has been seen."""
    async with asking(llama) as engine:
        await engine.capabilities()
        port = llama.port
        assert engine._http is not None
        engine._endpoint = type(engine._endpoint)(base=f"http://127.0.0.1:{port + 1}/v1", host="127.0.0.1")
        with pytest.raises(RemoteEngineError, match="cannot be reached.*It was tried 6 times"):
            await engine.chat(ASKED, Sampling())
