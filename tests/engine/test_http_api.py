"""The API as the official `openai` client and plain HTTP see it, over the engine's own socket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest

from atlas_pipeline.engine.address import EngineAddress

CHAT = [{"role": "user", "content": 'def double(x):\n    """Return twice x."""\n\nWrite the body.'}]
PLAIN: dict[str, Any] = {"atlas": {"draft": False}}
"""Log-probabilities are compared to the last bit: which steps check drafts is a matter of measured times."""

PROMPT = "<|im_start|>user\n" + CHAT[0]["content"] + "<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture
async def client(shared_address: EngineAddress) -> AsyncIterator[openai.AsyncOpenAI]:
    transport = httpx.AsyncHTTPTransport(uds=str(shared_address.socket))
    async with openai.AsyncOpenAI(
        api_key="none",
        base_url="http://engine/v1",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=transport, timeout=None),
    ) as client:
        yield client


async def test_models(client: openai.AsyncOpenAI, http: httpx.AsyncClient) -> None:
    models = (await client.models.list()).data
    assert len(models) == 1
    facts = (await http.get("/v1/models")).json()["data"][0]["atlas"]["capabilities"]
    assert facts["model"] == models[0].id
    assert facts["n_ctx"] == 1024
    assert facts["prompt_profile"] == "pocket"
    assert len(facts["model_hash"]) == 16


async def test_chat_whole_and_streamed_are_equal(client: openai.AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(
        model="any", messages=CHAT, temperature=0, logprobs=True, top_logprobs=2, extra_body=PLAIN
    )
    stream = await client.chat.completions.create(
        model="any", messages=CHAT, temperature=0, logprobs=True, top_logprobs=2, stream=True,
        stream_options={"include_usage": True}, extra_body=PLAIN,
    )  # fmt: skip
    text, tokens, finish, usage, role = "", [], None, None, None
    async for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            role = choice.delta.role or role
            text += choice.delta.content or ""
            tokens += choice.logprobs.content if choice.logprobs else []
            finish = choice.finish_reason or finish
    assert text == whole.choices[0].message.content
    assert text.startswith("    ")
    assert (role, finish) == ("assistant", whole.choices[0].finish_reason)
    assert tokens == whole.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == text
    assert all(len(token.top_logprobs) == 2 for token in tokens)
    assert tokens[0].logprob == tokens[0].top_logprobs[0].logprob
    assert usage.completion_tokens == whole.usage.completion_tokens == len(tokens) + 1
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


async def test_completion_whole_and_streamed_are_equal(client: openai.AsyncOpenAI) -> None:
    whole = await client.completions.create(
        model="", prompt=PROMPT, temperature=0, max_tokens=200, logprobs=1, extra_body=PLAIN
    )
    pieces = [
        chunk.choices[0]
        async for chunk in await client.completions.create(
            model="", prompt=PROMPT, temperature=0, max_tokens=200, logprobs=1, stream=True, extra_body=PLAIN
        )
    ]
    assert "".join(piece.text for piece in pieces) == whole.choices[0].text
    streamed = [logprob for piece in pieces if piece.logprobs for logprob in piece.logprobs.token_logprobs]
    assert streamed == whole.choices[0].logprobs.token_logprobs
    offsets = [offset for piece in pieces if piece.logprobs for offset in piece.logprobs.text_offset]
    assert offsets == whole.choices[0].logprobs.text_offset


async def test_chat_is_the_template_and_a_completion(client: openai.AsyncOpenAI) -> None:
    chat = await client.chat.completions.create(model="", messages=CHAT, temperature=0)
    completion = await client.completions.create(model="", prompt=PROMPT, temperature=0)
    assert completion.choices[0].text == chat.choices[0].message.content
    assert completion.usage.prompt_tokens == chat.usage.prompt_tokens


async def test_n_choices_and_seeds(client: openai.AsyncOpenAI) -> None:
    async def texts(**options: Any) -> list[str]:
        answer = await client.chat.completions.create(
            model="", messages=CHAT, temperature=100.0, max_tokens=9, **options
        )
        assert [choice.index for choice in answer.choices] == list(range(options.get("n", 1)))
        return [choice.message.content for choice in answer.choices]

    first = await texts(n=3, seed=11)
    assert await texts(n=3, seed=11) == first
    assert await texts(seed=12) == first[1:2]
    assert len(set(first)) == 3
    streamed = ["", "", ""]
    stream = await client.chat.completions.create(
        model="", messages=CHAT, temperature=100.0, max_tokens=9, n=3, seed=11, stream=True
    )
    async for chunk in stream:
        for choice in chunk.choices:
            streamed[choice.index] += choice.delta.content or ""
    assert streamed == first


async def test_the_reported_seed_repeats_an_unseeded_answer(http: httpx.AsyncClient) -> None:
    body = {"messages": CHAT, "temperature": 100.0, "max_tokens": 9}
    answer = (await http.post("/v1/chat/completions", json=body)).json()
    seed = answer["usage"]["atlas"]["seed"]
    again = (await http.post("/v1/chat/completions", json=body | {"seed": seed})).json()
    assert again["choices"] == answer["choices"]


async def test_stop_strings(client: openai.AsyncOpenAI) -> None:
    whole = (await client.chat.completions.create(model="", messages=CHAT, temperature=0)).choices[0].message.content
    stop = whole[6:9]
    stream = await client.chat.completions.create(model="", messages=CHAT, temperature=0, stop=[stop], stream=True)
    text = "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])
    assert text == whole[: whole.index(stop)]


async def test_a_stream_that_is_left_in_the_middle_frees_its_slots(
    client: openai.AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    """By closing it, and by cancelling the task that reads it."""
    long = {"model": "", "prompt": "def f(", "temperature": 5.0, "max_tokens": 900, "n": 4, "stream": True}
    body = {"extra_body": {"ignore_eos": True}}

    async def read(seen: asyncio.Event) -> None:
        async for _chunk in await client.completions.create(**long, **body):
            seen.set()

    for cancelling in (False, True):
        before = (await http.get("/health")).json()["decoded_tokens"]
        if cancelling:
            seen = asyncio.Event()
            reading = asyncio.create_task(read(seen))
            await seen.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
        else:
            stream = await client.completions.create(**long, **body)
            async for _chunk in stream:
                break
            await stream.close()
        while (now := (await http.get("/health")).json())["slots_busy"] or now["active"] or now["queued"]:
            await asyncio.sleep(0.005)
        assert now["decoded_tokens"] - before < 4 * 900 / 2


async def test_embeddings_in_both_encodings(client: openai.AsyncOpenAI, http: httpx.AsyncClient) -> None:
    texts = ["def f(x): return x", "completely different"]
    decoded = [row.embedding for row in (await client.embeddings.create(model="", input=texts)).data]
    plain = [
        row.embedding for row in (await client.embeddings.create(model="", input=texts, encoding_format="float")).data
    ]
    np.testing.assert_allclose(decoded, plain, rtol=1e-6)
    assert decoded[0] != decoded[1]
    answer = (await http.post("/v1/embeddings", json={"input": texts[0], "encoding_format": "base64"})).json()
    vector = np.frombuffer(base64.b64decode(answer["data"][0]["embedding"]), dtype="<f4")
    np.testing.assert_array_equal(vector, np.array(decoded[0], dtype=np.float32))
    assert answer["usage"]["prompt_tokens"] > 0


async def test_fields_of_the_official_client_are_accepted(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="gpt-4o",
        messages=[
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}], "name": "me"},
            *CHAT,
        ],
        max_completion_tokens=3,
        frequency_penalty=0.1,
        presence_penalty=0.1,
        logit_bias={"30": -5},
        metadata={"a": "b"},
        modalities=["text"],
        parallel_tool_calls=False,
        prompt_cache_key="k",
        reasoning_effort="low",
        response_format={"type": "text"},
        safety_identifier="s",
        seed=1,
        service_tier="auto",
        stop=None,
        store=False,
        temperature=0.5,
        top_p=0.9,
        user="u",
        verbosity="low",
    )
    assert answer.usage.completion_tokens <= 3


async def test_llama_servers_and_our_own_fields_are_accepted(http: httpx.AsyncClient) -> None:
    body = {
        "prompt": PROMPT, "n_predict": 4, "top_k": 40, "min_p": 0.05, "typical_p": 0.9, "repeat_penalty": 1.1,
        "repeat_last_n": 32, "cache_prompt": False, "ignore_eos": True, "n_probs": 2, "temperature": 0.7,
        "atlas": {"priority": 3, "draft": False, "deterministic": True},
    }  # fmt: skip
    answer = (await http.post("/v1/completions", json=body)).json()
    assert answer["usage"]["completion_tokens"] == 4
    assert len(answer["choices"][0]["logprobs"]["top_logprobs"][0]) == 2
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert {"seed", "queued_s", "prefill_s", "decode_s", "drafted", "accepted"} <= set(answer["usage"]["atlas"])


@pytest.mark.parametrize(
    ("path", "body", "param", "part"),
    [
        ("/v1/chat/completions", {"messages": CHAT, "tempreature": 1}, "tempreature", "unknown field"),
        ("/v1/chat/completions", {"messages": CHAT, "atlas": {"prio": 1}}, "atlas.prio", "unknown field"),
        ("/v1/chat/completions", {"messages": [{"role": "user", "text": ""}]}, "messages[0].text", "unknown field"),
        ("/v1/chat/completions", {"messages": []}, "messages", "length"),
        ("/v1/chat/completions", {"messages": [{"role": "robot"}]}, "messages[0].role", "robot"),
        ("/v1/chat/completions", {"messages": CHAT, "n": 0}, "n", ">= 1"),
        ("/v1/chat/completions", {"messages": CHAT, "temperature": -1}, "temperature", ">= 0"),
        ("/v1/chat/completions", {"messages": CHAT, "tools": [{"type": "function"}]}, "tools", "not supported"),
        ("/v1/chat/completions", {"messages": CHAT, "grammar": "root ::= x"}, "grammar", "cannot parse the grammar"),
        ("/v1/chat/completions", {"messages": CHAT, "grammar": 'root ::= "a" | missing'}, "grammar", "every rule"),
        ("/v1/chat/completions", {"messages": CHAT, "grammar": "root ::= root"}, "grammar", "left recursion"),
        ("/v1/chat/completions", {"messages": CHAT, "grammar": "x" * 300_000}, "grammar", "longer than"),
        ("/v1/chat/completions", {"messages": CHAT, "grammar": 'root ::= "a"', "json_schema": {}}, "grammar", "both"),
        ("/v1/chat/completions", {"messages": CHAT, "json_schema": {"type": "nothing"}}, "json_schema", "schema"),
        ("/v1/chat/completions", {"messages": CHAT, "json_schema": {"$ref": "#/a"}}, "json_schema", "schema"),
        ("/v1/chat/completions", {"messages": CHAT, "response_format": {"type": "xml"}}, "response_format", "'xml'"),
        ("/v1/chat/completions", {"messages": CHAT, "atlas": {"thinking": {"min": 9, "max": 8}}}, "atlas.thinking", "9"),
        ("/v1/chat/completions", {"messages": CHAT, "atlas": {"thinking": {"max": -1}}}, "atlas.thinking.max", ">= 0"),
        ("/v1/chat/completions", {"messages": CHAT, "top_logprobs": 3}, "top_logprobs", "logprobs: true"),
        ("/v1/chat/completions", {"messages": CHAT, "logit_bias": {"9999": 1}}, "logit_bias", "9999"),
        ("/v1/chat/completions", {"messages": CHAT, "logit_bias": {"a": 1}}, "logit_bias", "token numbers"),
        ("/v1/completions", {}, "prompt", "missing required field"),
        ("/v1/completions", {"prompt": "a", "echo": True}, "echo", "not supported"),
        ("/v1/completions", {"prompt": ""}, "prompt", "is empty"),
        ("/v1/completions", {"prompt": [1, 99999]}, "prompt", "99999"),
        ("/v1/completions", {"prompt": ["a", "b"]}, "prompt", "One prompt"),
        ("/v1/completions", {"prompt": [1, "b"]}, "prompt", "list of tokens"),
        ("/v1/completions", {"prompt": "a", "max_tokens": 0}, "max_tokens", ">= 1"),
        ("/v1/embeddings", {"input": ["a", ""]}, "input[1]", "is empty"),
        ("/v1/embeddings", {"input": []}, "input", "not empty"),
        ("/v1/embeddings", {"input": "a", "dimensions": 3}, "dimensions", "Vectors of this model have"),
        ("/v1/embeddings", {"input": "a", "atlas": {"definitions": ["x/1"]}}, "atlas.definitions", "no embeddings 'x/1'"),
    ],
)  # fmt: skip
async def test_refusals_name_the_field(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], param: str, part: str
) -> None:
    answer = await http.post(path, json=body)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["param"] == param
    assert part in error["message"]
    assert error["type"] == "invalid_request_error"


async def test_other_errors_have_the_same_shape(http: httpx.AsyncClient) -> None:
    for answer, status in (
        (await http.get("/v1/nothing"), 404),
        (await http.get("/v1/completions"), 405),
        (await http.post("/v1/completions", content=b"{"), 400),
        (await http.post("/v1/completions", content=b"[" * 100_000), 400),
        (await http.get("/atlas/lease?linger_s=soon"), 400),
    ):
        assert answer.status_code == status
        assert answer.json()["error"]["message"]


async def test_the_openai_client_raises_its_own_error(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="unknown field `nonsense`"):
        await client.chat.completions.create(model="", messages=CHAT, extra_body={"nonsense": 1})


async def test_prompts_that_do_not_fit_are_refused_with_numbers(http: httpx.AsyncClient) -> None:
    tokens = [30] * 1024
    answer = await http.post("/v1/completions", json={"prompt": tokens, "max_tokens": 1})
    assert answer.json()["error"]["code"] == "context_length_exceeded"
    assert "1,025 tokens" in answer.json()["error"]["message"]
    assert "1,024" in answer.json()["error"]["message"]
    fits = await http.post("/v1/completions", json={"prompt": tokens[:-1], "max_tokens": 50, "ignore_eos": True})
    assert fits.json()["usage"]["completion_tokens"] == 1
    too_long = await http.post("/v1/embeddings", json={"input": [[30] * 1025]})
    assert too_long.json()["error"]["code"] == "context_length_exceeded"


async def test_streamed_events_are_well_formed(http: httpx.AsyncClient) -> None:
    body = {"messages": CHAT, "stream": True, "max_tokens": 5}
    text = (await http.post("/v1/chat/completions", json=body)).text
    events = [line for line in text.split("\n\n") if line]
    assert events[-1] == "data: [DONE]"
    assert all(event.startswith("data: ") for event in events)
    chunks = [json.loads(event[6:]) for event in events[:-1]]
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
