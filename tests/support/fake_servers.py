"""HTTP servers that answer like llama-server, Ollama, LM Studio, vLLM and stricter ones, from their documentation.

They are fakes: they show that our client copes with these shapes, not that the real servers have them. What they
"generate" depends on the messages and the seed alone. A test can script what the next generations do instead.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

STANDARD = {
    "model", "messages", "prompt", "stream", "stream_options", "max_tokens", "temperature", "top_p", "seed", "stop",
    "n", "logprobs", "top_logprobs", "response_format", "input", "encoding_format",
}  # fmt: skip
WORDS = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibex", "jay", "koi", "lynx", "mole", "newt", "owl")


@dataclass
class Kind:
    """How one kind of server behaves."""

    owner: str
    models: list[dict[str, Any]]
    pages: dict[str, Any] = field(default_factory=dict)
    """What GET (or POST, for `/api/show`) answers at other paths."""
    logprobs: bool = True
    n: bool = True
    seeds: bool = True
    schema: bool = True
    grammar: str = ""
    """The field for GBNF, with a dot where it is nested."""
    raw: bool = True
    refuses: frozenset[str] = frozenset()
    """Fields that are a 400; all others that it does not know are ignored."""
    embeddings: Any = None
    """None: 404. A number: vectors of that length. Else what the endpoint answers, with its status."""
    thinks_in: str = ""
    """The field that carries thinking."""
    unknown_path: tuple[int, Any] = (404, {"detail": "Not Found"})
    key: str = ""


def llama_server() -> Kind:
    """tools/server of llama.cpp: owned_by `llamacpp`, /props, errors with a number as their code, 501 for embeddings."""
    name = "/models/tiny.gguf"
    refusal = {
        "code": 501,
        "message": "This server does not support embeddings. Start it with `--embeddings`",
        "type": "not_supported_error",
    }
    return Kind(
        owner="llamacpp",
        models=[{"id": name, "meta": {"n_ctx_train": 32768}}],
        pages={"/props": {"default_generation_settings": {"n_ctx": 8192}, "build_info": "b9999", "chat_template": ""}},
        grammar="grammar",
        embeddings=(501, {"error": refusal}),
    )


def ollama(*names: str) -> Kind:
    """docs.ollama.com/api: no log-probabilities here, no `n`, thinking in `reasoning`, `/api/ps` with the real context."""
    models = [{"id": name} for name in names or ("qwen3:8b",)]
    shown = {"capabilities": ["completion", "thinking"], "model_info": {"qwen3.context_length": 40960}}
    running = [{"name": models[0]["id"], "model": models[0]["id"], "context_length": 4096}]
    return Kind(
        owner="library",
        models=models,
        pages={"/api/version": {"version": "0.12.6"}, "/api/show": shown, "/api/ps": {"models": running}},
        logprobs=False,
        n=False,
        embeddings=(400, {"error": {"message": "this model does not support embeddings", "type": "api_error"}}),
        thinks_in="reasoning",
    )


def lm_studio() -> Kind:
    """lmstudio.ai/docs/developer: 200 for unknown paths, all downloaded models listed, embeddings by another model."""
    model = {"type": "llm", "key": "qwen/qwen3-coder-30b", "max_context_length": 262144}
    loaded = [{"id": "qwen/qwen3-coder-30b", "config": {"context_length": 16384}}]
    embedder = "text-embedding-nomic-embed-text-v1.5"
    pages = {
        "/api/v1/models": {
            "models": [
                model | {"loaded_instances": loaded},
                {"type": "llm", "key": "google/gemma-3-4b", "max_context_length": 8192, "loaded_instances": []},
                {"type": "embedding", "key": embedder, "max_context_length": 2048, "loaded_instances": []},
            ]
        }
    }
    vector = {"object": "list", "model": embedder, "data": [{"index": 0, "embedding": [0.5] * 8}]}
    return Kind(
        owner="organization_owner",
        models=[{"id": "qwen/qwen3-coder-30b"}, {"id": "google/gemma-3-4b"}, {"id": embedder}],
        pages=pages,
        logprobs=False,
        n=False,
        embeddings=(200, vector),
        unknown_path=(200, {"error": "Unexpected endpoint or method. (GET /x). Returning 200 anyway"}),
    )


def vllm() -> Kind:
    """docs.vllm.ai: max_model_len, ignores what it does not know, structured_outputs, 200 with an error (issue 21704)."""
    error = {
        "message": "The model does not support Embeddings API",
        "type": "BadRequestError",
        "param": None,
        "code": 400,
    }
    return Kind(
        owner="vllm",
        models=[{"id": "Qwen/Qwen3-4B", "max_model_len": 40960}],
        pages={"/version": {"version": "0.24.0"}},
        grammar="structured_outputs.grammar",
        embeddings=(200, {"object": "error"} | error),
        thinks_in="reasoning",
    )


def strict() -> Kind:
    """A hosted service: refuses fields by name, one at a time, and speaks only chat."""
    return Kind(
        owner="somebody",
        models=[{"id": "big-1"}, {"id": "big-2"}],
        refuses=frozenset({"seed", "top_logprobs", "logprobs", "max_tokens", "stream_options", "top_k"}),
        schema=False,
        raw=False,
        key="sk-very-secret-0123456789",
    )


@dataclass
class Reply:
    """A scripted answer to a generation: bytes are sent, numbers are seconds of silence."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes | float] = field(default_factory=list)
    cut: bool = False
    """Break the connection instead of ending the answer."""
    kind: str = "text/event-stream"
    delay_s: float = 0.0
    """Before the first byte of the head."""


class FakeServer:
    """One running fake."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.script: list[Reply] = []
        self.says: Callable[[dict[str, Any]], str] | None = None
        """What a streamed generation writes, from its body; None: words drawn by its seed."""
        self.seen: list[tuple[str, dict[str, Any]]] = []
        """Path and body of every request."""
        self.keys: list[str] = []
        self.active = 0
        self.most_active = 0
        self.closed_early = 0
        """Streams that the client left."""
        self.token_s = 0.0
        self.loading = 0
        """How many requests are still told that the model is loading."""
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def generations(self) -> list[dict[str, Any]]:
        """The bodies of all requests that generate."""
        return [body for path, body in self.seen if path.endswith("completions")]

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        body = json.loads(await request.body() or b"{}")
        self.seen.append((path, body))
        self.keys.append(request.headers.get("authorization", ""))
        kind = self.kind
        if self.loading:
            self.loading -= 1
            error = {"message": "Loading model", "type": "unavailable_error", "code": 503}
            return JSONResponse({"error": error}, 503)
        if kind.key and self.keys[-1] != f"Bearer {kind.key}":
            return _error(401, f"Incorrect API key provided: {self.keys[-1].removeprefix('Bearer ')}.")
        if path == "/v1/models":
            entries = [{"object": "model", "owned_by": kind.owner} | model for model in kind.models]
            return JSONResponse({"object": "list", "data": entries})
        if path in kind.pages:
            return JSONResponse(kind.pages[path])
        if path == "/v1/embeddings" and kind.embeddings is not None:
            return self._embeddings(body)
        if path == "/v1/chat/completions" or (path == "/v1/completions" and kind.raw):
            return await self._generation(path, body)
        status, page = kind.unknown_path
        return JSONResponse(page, status)

    def _embeddings(self, body: dict[str, Any]) -> Response:
        answer = self.kind.embeddings
        if isinstance(answer, int):
            rows = [
                {"index": index, "embedding": [float(len(text))] * answer} for index, text in enumerate(body["input"])
            ]
            return JSONResponse({"model": body["model"], "data": rows[::-1]})
        status, page = answer
        return JSONResponse(page, status)

    async def _generation(self, path: str, body: dict[str, Any]) -> Response:
        kind = self.kind
        if body["model"] not in [model["id"] for model in kind.models]:
            return _error(404, f"The model `{body['model']}` does not exist.", code="model_not_found")
        for name in body:
            if name in kind.refuses:
                return _error(400, f"Unsupported parameter: '{name}' is not supported.", param=name)
        # The trials are not streamed; scripts are for what tests ask.
        if self.script and body.get("stream"):
            return await self._scripted(self.script.pop(0))
        chat = path.endswith("chat/completions")
        texts = [self._words(body, index) for index in range(body.get("n", 1) if kind.n else 1)]
        if body.get("stream"):
            return StreamingResponse(self._stream(texts[0], body, chat), media_type="text/event-stream")
        choices = [self._choice(index, text, body, chat) for index, text in enumerate(texts)]
        return JSONResponse({"model": body["model"], "choices": choices, "usage": _usage(texts[0])})

    async def _scripted(self, reply: Reply) -> Response:
        await asyncio.sleep(reply.delay_s)

        async def parts() -> AsyncIterator[bytes]:
            for part in reply.parts:
                if isinstance(part, bytes):
                    yield part
                else:
                    await asyncio.sleep(part)
            if reply.cut:
                raise ConnectionAbortedError("the test cuts the connection")

        return StreamingResponse(parts(), reply.status, headers=reply.headers, media_type=reply.kind)

    def _words(self, body: dict[str, Any], index: int) -> list[str]:
        kind = self.kind
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is not None and kind.schema:
            return [json.dumps({name: item["enum"][0] for name, item in schema["properties"].items()})]
        grammar: Any = body
        for part in kind.grammar.split(".") if kind.grammar else ():
            grammar = grammar.get(part, {}) if isinstance(grammar, dict) else {}
        if kind.grammar and isinstance(grammar, str):
            return [grammar.split('"')[1]]
        if self.says is not None and body.get("stream"):
            return [self.says(body)]
        seed = body.get("seed") if kind.seeds else None
        draw = time.monotonic_ns() if seed is None else seed
        text = json.dumps([body.get("messages"), body.get("prompt"), draw, index])
        digest = hashlib.sha256(text.encode()).digest()
        return [WORDS[byte % len(WORDS)] + " " for byte in digest[: min(8, body.get("max_tokens", 8))]]

    def _choice(self, index: int, words: list[str], body: dict[str, Any], chat: bool) -> dict[str, Any]:
        text = "".join(words)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self.kind.thinks_in and chat:
            message[self.kind.thinks_in] = "hm. "
        choice = {"index": index, "finish_reason": "stop"} | ({"message": message} if chat else {"text": text})
        return choice | self._logprobs(words, body, chat)

    def _logprobs(self, words: list[str], body: dict[str, Any], chat: bool) -> dict[str, Any]:
        if not self.kind.logprobs or not body.get("logprobs"):
            return {}
        content = [{"token": word, "logprob": -0.5} for word in words]
        # llama-server gives raw completions the shape of chats.
        if chat or self.kind.owner == "llamacpp":
            return {"logprobs": {"content": content}}
        return {"logprobs": {"tokens": words, "token_logprobs": [-0.5] * len(words)}}

    async def _stream(self, words: list[str], body: dict[str, Any], chat: bool) -> AsyncIterator[bytes]:
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        ended = False
        try:
            yield b": keep-alive\n\n"
            if self.kind.thinks_in and chat:
                yield event(choices=[{"index": 0, "delta": {"role": "assistant", self.kind.thinks_in: "hm. "}}])
            for word in words:
                await asyncio.sleep(self.token_s)
                added = {"delta": {"content": word}} if chat else {"text": word}
                yield event(choices=[{"index": 0, "finish_reason": None} | added | self._logprobs([word], body, chat)])
            last = {"delta": {}} if chat else {"text": ""}
            yield event(choices=[{"index": 0, "finish_reason": "stop"} | last])
            if body.get("stream_options", {}).get("include_usage"):
                yield event(choices=[], usage=_usage(words))
            ended = True
            yield b"data: [DONE]\n\n"
        finally:
            self.active -= 1
            self.closed_early += not ended


def event(**fields: Any) -> bytes:
    """Return one server-sent event."""
    return b"data: " + json.dumps({"id": "x", "object": "chat.completion.chunk", **fields}).encode() + b"\n\n"


def text_event(text: str, finish: str | None = None) -> bytes:
    """Return an event that adds text to a chat."""
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": finish}])


def _usage(words: list[str]) -> dict[str, Any]:
    return {"prompt_tokens": 7, "completion_tokens": len(words), "completion_tokens_details": {"reasoning_tokens": 2}}


def _error(status: int, message: str, **more: Any) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", **more}}, status)


def outside_address() -> str:
    """Return an address of this machine that is not loopback; without a network, one that only looks so."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family == socket.AF_INET and not ipaddress.ip_address(one.address).is_loopback:
                return one.address
    return "0.0.0.0"  # Linux and macOS connect to themselves


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def serving(app: Starlette, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve `app` in a thread; give its port."""
    listener = socket.create_server((host, 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = _Quiet(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()


@contextmanager
def fake_server(kind: Kind) -> Iterator[FakeServer]:
    """Run a fake of this kind."""
    fake = FakeServer(kind)
    with serving(fake.app()) as port:
        fake.port = port
        yield fake
