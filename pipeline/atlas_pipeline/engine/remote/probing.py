"""Finds out which server answers, which model it has, and what of our requests it honours.

What an answer shows is tried with requests of a few tokens (seeds, log-probabilities, several answers, raw prompts,
grammars, schemas, embeddings); the rest comes from the server's own description and its documentation (`servers`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from atlas_pipeline.engine.answers import AtlasModel
from atlas_pipeline.engine.api import Capabilities, Feature
from atlas_pipeline.engine.remote import servers
from atlas_pipeline.engine.remote.http import RemoteHttp
from atlas_pipeline.engine.remote.retrying import Failure
from atlas_pipeline.engine.remote.servers import Dialect, Fields
from atlas_pipeline.engine.streamed import Chunk, Gathering
from atlas_pipeline.errors import RemoteEngineError, UsageError

ALL_FEATURES: tuple[Feature, ...] = (
    "seed", "n", "logprobs", "top_k", "min_p", "grammar", "json_schema", "thinking_budget", "priority",
    "deterministic", "cache_prompt", "completions", "embeddings",
)  # fmt: skip
MAX_LISTED = 20
TRIAL_TOKENS = 12
TRIAL_SAMPLING: Fields = {"temperature": 1.5, "top_p": 1.0}
"""So hot that two answers are the same only if the seed makes them so."""
FORCED = "atlas"
TRIAL_GRAMMAR = f'root ::= "{FORCED}"'
TRIAL_SCHEMA: Fields = {
    "type": "object",
    "properties": {FORCED: {"type": "integer", "enum": [7]}},
    "required": [FORCED],
    "additionalProperties": False,
}
SCHEMA_TOKENS = 96

Post = Callable[[str, Fields], Awaitable[Any]]
"""Sends a request and returns its JSON, with retries; raises `Failure`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteModel:
    """One model of one server."""

    id: str
    """Its name in requests; empty where the server has one model and no list."""
    dialect: Dialect
    capabilities: Capabilities
    without: frozenset[str] = frozenset()
    """Standard fields that the server refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """What a server says about itself."""

    dialect: Dialect
    title: str
    entry: dict[str, Any]
    """The model's entry in `/v1/models`; empty where there is no list."""
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Description:
    n_ctx: int = 0
    thinks: bool = False


class Prober:
    """Asks one server about itself."""

    def __init__(self, http: RemoteHttp, get: Callable[[str], Awaitable[Any]], post: Post, wanted: str) -> None:
        self._http = http
        self._get = get
        self._post = post
        self._wanted = wanted
        self._base, self._root = http.endpoint.base, http.endpoint.root

    async def model(self) -> RemoteModel:
        """Return the model and what can be done with it; makes the server load it.

        Raises:
            Failure: the server could not be asked.
            UsageError: it has several models and none is named, or not the one that is named.
            RemoteEngineError: it is no OpenAI-compatible server.
        """
        server = await self._identify()
        if "atlas" in server.entry:
            model = msgspec.convert(server.entry["atlas"], AtlasModel)
            return RemoteModel(id=str(server.entry["id"]), dialect=servers.ATLAS, capabilities=model.capabilities)
        name = str(server.entry.get("id") or self._wanted)
        trials = _Trials(self._post, self._base, name, server.dialect)
        await trials.run(server.listed)
        # After the trials: some servers know their context only once the model is loaded.
        described = await self._describe(server, name)
        missing = tuple(
            feature
            for feature in ALL_FEATURES
            if feature not in trials.has and feature not in server.dialect.documented
        )
        return RemoteModel(
            id=name,
            dialect=server.dialect,
            without=frozenset(trials.refused),
            capabilities=Capabilities(
                model=name.rpartition("/")[2] if name.startswith("/") else name or server.title,
                model_hash=hashlib.sha256(f"{self._base}\n{name}".encode()).hexdigest()[:16],
                n_ctx=described.n_ctx,
                n_embd=trials.n_embd,
                prompt_profile="chat",
                thinking=trials.thinks or described.thinks,
                embeddings="embeddings" not in missing,
                server=server.title,
                missing=missing,
            ),
        )

    async def _identify(self) -> _Server:
        listing = await self._models()
        entries = [entry for entry in listing if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
        owners = {str(entry.get("owned_by", "")) for entry in entries}
        if any(isinstance(entry.get("atlas"), dict) for entry in entries):
            return self._chosen(servers.ATLAS, servers.ATLAS.name, entries)
        if "llamacpp" in owners:
            props = await self._said(f"{self._root}/props")
            build = props.get("build_info", "")
            return self._chosen(servers.LLAMA_SERVER, f"llama-server {build}".strip(), entries)
        if "vllm" in owners:
            version = await self._said(f"{self._root}/version")
            return self._chosen(servers.VLLM, f"vLLM {version.get('version', '')}".strip(), entries)
        ollama = await self._said(f"{self._root}/api/version")
        if "version" in ollama:
            return self._chosen(servers.OLLAMA, f"Ollama {ollama['version']}", entries)
        models = (await self._said(f"{self._root}/api/v1/models")).get("models")
        if isinstance(models, list) and models:
            return self._chosen(servers.LM_STUDIO, servers.LM_STUDIO.name, _generating(entries, models))
        return self._chosen(servers.OPENAI, servers.OPENAI.name, entries)

    async def _models(self) -> list[Any]:
        try:
            listing = await self._get(f"{self._base}/models")
        except Failure as failure:
            if failure.status in (404, 405, 501) and self._wanted:
                return []
            if failure.status in (400, 404, 405, 501):
                raise RemoteEngineError(
                    f"{failure.message} It was asked for its models at {self._base}/models. Check the path of "
                    "`engine.url` (it usually ends with /v1), or name the model in `engine.remote_model`."
                ) from failure
            raise
        data = listing.get("data") if isinstance(listing, dict) else None
        if not isinstance(data, list):
            raise RemoteEngineError(
                f"{self._base}/models is no OpenAI-compatible list of models. Check the path of `engine.url`; "
                "it usually ends with /v1."
            )
        return data

    def _chosen(self, dialect: Dialect, title: str, entries: list[dict[str, Any]]) -> _Server:
        """Choose the model: the one that is named, or the only one.

        Raises:
            UsageError: none is named and there is not exactly one.
        """
        names = tuple(str(entry["id"]) for entry in entries)
        entry: dict[str, Any] = {}
        if self._wanted:
            # A name that is not listed is tried all the same: servers in front of others do not list everything.
            same = [one for one in entries if one["id"] in (self._wanted, f"{self._wanted}:latest")]
            entry = same[0] if same else {"id": self._wanted}
        elif len(entries) == 1:
            entry = entries[0]
        else:
            raise UsageError(
                f"{title} at {self._http.endpoint.name} has {len(names)} models; name one in `engine.remote_model`. "
                f"There is {listed(names)}."
                if names
                else f"{title} at {self._http.endpoint.name} has no model. Load or download one there first."
            )
        return _Server(dialect=dialect, title=title, entry=entry, listed=names)

    async def _said(self, url: str) -> dict[str, Any]:
        """Return what a server says about itself; nothing, if it does not know the address."""
        try:
            value = await self._get(url)
        except Failure as failure:
            if failure.lost:
                raise
            return {}
        return value if isinstance(value, dict) else {}

    async def _describe(self, server: _Server, name: str) -> _Description:
        match server.dialect.name:
            case servers.LLAMA_SERVER.name:
                props = await self._said(f"{self._root}/props")
                settings = props.get("default_generation_settings")
                n_ctx = settings.get("n_ctx") if isinstance(settings, dict) else 0
                thinks = "enable_thinking" in str(props.get("chat_template", ""))
                return _Description(n_ctx=_count(n_ctx), thinks=thinks)
            case servers.VLLM.name:
                return _Description(n_ctx=_count(server.entry.get("max_model_len")))
            case servers.OLLAMA.name:
                return await self._describe_ollama(name)
            case servers.LM_STUDIO.name:
                models = (await self._said(f"{self._root}/api/v1/models")).get("models", [])
                model = next((one for one in models if isinstance(one, dict) and _is_model(one, name)), {})
                loaded = [one.get("config", {}).get("context_length") for one in model.get("loaded_instances", [])]
                return _Description(n_ctx=_count(loaded[0] if loaded else model.get("max_context_length")))
        return _Description()

    async def _describe_ollama(self, name: str) -> _Description:
        try:
            shown = await self._post(f"{self._root}/api/show", {"model": name})
        except Failure as failure:
            if failure.lost:
                raise
            shown = {}
        can = shown.get("capabilities") if isinstance(shown, dict) else None
        running = (await self._said(f"{self._root}/api/ps")).get("models", [])
        # What it has loaded with, not what the model could have: Ollama cuts longer prompts without a word.
        loaded = [one for one in running if isinstance(one, dict) and name in (one.get("name"), one.get("model"))]
        return _Description(
            n_ctx=_count(loaded[0].get("context_length")) if loaded else 0, thinks="thinking" in (can or ())
        )


class _Trials:
    """Requests of a few tokens whose answers show what works."""

    def __init__(self, post: Post, base: str, model: str, dialect: Dialect) -> None:
        self.has: set[Feature] = set()
        self.refused: set[str] = set()
        self.thinks = False
        self.n_embd = 0
        self._post = post
        self._base = base
        self._model = model
        self._dialect = dialect

    async def run(self, names: tuple[str, ...]) -> None:
        """Try everything. The first request is the one that loads the model; if it fails, so does the server."""
        first = await self._try_chat(names)
        others = (
            self._try_seed(_text(first)), self._try_n(), self._try_raw(), self._try_grammar(), self._try_schema(),
            self._try_embeddings(),
        )  # fmt: skip
        trials = [asyncio.create_task(trial) for trial in others]
        try:
            await asyncio.gather(*trials)
        finally:
            for trial in trials:
                trial.cancel()
            await asyncio.gather(*trials, return_exceptions=True)

    async def _try_chat(self, names: tuple[str, ...]) -> Chunk:
        """Ask with everything that our requests always have; a refused field is left out from then on.

        Raises:
            UsageError: the server does not have the model.
            RemoteEngineError: it answers no chat.
        """
        body: Fields = TRIAL_SAMPLING | {"seed": 1, "logprobs": True, "top_logprobs": 1}
        while True:
            try:
                chunk = await self._send("chat/completions", self._messages() | _without(body, self.refused))
                break
            except Failure as failure:
                refused = refused_field(failure, body.keys() | {"max_tokens"}, self.refused)
                if refused is None:
                    there = f" There is {listed(names)}." if names else ""
                    if failure.status in (400, 404, 422):
                        raise UsageError(
                            f"{failure.message} It was asked for the model {self._model!r}.{there}"
                        ) from failure
                    raise
                self.refused.add(refused)
        answer = Gathering()
        answer.add(chunk)
        if not chunk.choices:
            raise RemoteEngineError(f"{self._base} answers a chat without choices; it cannot be used.")
        result = answer.result()
        self.thinks = bool(result.thinking) or result.text.lstrip().startswith("<think>")
        if result.mean_logprob is not None:
            self.has.add("logprobs")
        return chunk

    async def _try_seed(self, first: str) -> None:
        again = await self._chat({"seed": 1})
        if again is not None and _text(again) == first and "seed" not in self.refused:
            self.has.add("seed")

    async def _try_n(self) -> None:
        if _choices(await self._chat({"n": 2})) == 2:
            self.has.add("n")

    async def _try_raw(self) -> None:
        raw = await self._complete({"logprobs": 1})
        if raw is not None and raw.choices:
            self.has.add("completions")

    async def _try_grammar(self) -> None:
        if self._dialect.grammar is not None:
            forced = await self._complete(self._dialect.grammar(TRIAL_GRAMMAR) | {"max_tokens": TRIAL_TOKENS})
            if forced is not None and _text(forced).strip() == FORCED:
                self.has.add("grammar")

    async def _try_schema(self) -> None:
        extra = {"response_format": servers.response_format(TRIAL_SCHEMA), "max_tokens": SCHEMA_TOKENS}
        chunk = await self._chat(extra | (self._dialect.no_thinking or {}))
        try:
            if chunk is not None and msgspec.json.decode(_content(chunk)) == {FORCED: 7}:
                self.has.add("json_schema")
        except msgspec.DecodeError:
            return

    async def _try_embeddings(self) -> None:
        try:
            value = await self._post(f"{self._base}/embeddings", {"model": self._model, "input": ["def f(): pass"]})
            vector = value["data"][0]["embedding"]
            answered_by = str(value.get("model") or self._model)
        except (Failure, LookupError, TypeError, AttributeError) as error:
            if isinstance(error, Failure) and error.lost:
                raise
            return
        # Another model's vectors are of no use: the Lens reads the generating model's own.
        if isinstance(vector, list) and vector and answered_by.startswith(self._model):
            self.n_embd = len(vector)
            self.has.add("embeddings")

    async def _chat(self, extra: Fields) -> Chunk | None:
        fields = _without(TRIAL_SAMPLING | extra, self.refused)
        return await self._tried("chat/completions", self._messages() | fields)

    async def _complete(self, extra: Fields) -> Chunk | None:
        return await self._tried("completions", {"model": self._model, "prompt": "def f(", "max_tokens": 4} | extra)

    def _messages(self) -> Fields:
        turn = {"role": "user", "content": "Write twelve random letters."}
        return limited({"model": self._model, "messages": [turn], "max_tokens": TRIAL_TOKENS}, self.refused)

    async def _tried(self, path: str, body: Fields) -> Chunk | None:
        try:
            return await self._send(path, body)
        except Failure as failure:
            if failure.lost:
                raise
            return None

    async def _send(self, path: str, body: Fields) -> Chunk:
        value = await self._post(f"{self._base}/{path}", body)
        try:
            return msgspec.convert(value, Chunk)
        except msgspec.ValidationError as error:
            raise Failure(f"{self._base}/{path} wrote what is no OpenAI answer ({error}).", status=400) from error


def refused_field(failure: Failure, sent: set[str], already: set[str]) -> str | None:
    """Return the field of a request that the server's refusal names, if one can be left out."""
    if failure.status not in (400, 422):
        return None
    names = sorted(sent - already, key=len, reverse=True)
    return next((name for name in names if name in failure.message), None)


def limited(body: Fields, refused: set[str] | frozenset[str]) -> Fields:
    """Name the limit of tokens as the server wants it: OpenAI's newer models refuse the older name."""
    if "max_tokens" not in refused:
        return body
    return _without(body, {"max_tokens"}) | {"max_completion_tokens": body["max_tokens"]}


def listed(names: tuple[str, ...]) -> str:
    """Return names for a message."""
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more


def _without(fields: Fields, names: set[str] | frozenset[str]) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def _text(chunk: Chunk) -> str:
    return "".join(choice.thought + choice.content for choice in (chunk.choices or ())[:1])


def _content(chunk: Chunk) -> str:
    return "".join(choice.content for choice in (chunk.choices or ())[:1])


def _choices(chunk: Chunk | None) -> int:
    return len(chunk.choices or ()) if chunk is not None else 0


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _generating(entries: list[dict[str, Any]], models: list[Any]) -> list[dict[str, Any]]:
    """Leave out LM Studio's embedding models; where one model is loaded, leave out all others."""
    known = [one for one in models if isinstance(one, dict) and one.get("type") == "llm"]
    loaded = [one for one in known if one.get("loaded_instances")]
    wanted = loaded if len(loaded) == 1 else known
    return [entry for entry in entries if any(_is_model(one, str(entry["id"])) for one in wanted)]


def _is_model(described: dict[str, Any], name: str) -> bool:
    instances = described.get("loaded_instances") or []
    return name == described.get("key") or any(one.get("id") == name for one in instances if isinstance(one, dict))
