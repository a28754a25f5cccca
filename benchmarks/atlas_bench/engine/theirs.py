"""What the engine is measured against, with its configuration: `Llama.generate`, and llama-server with k slots."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from atlas_bench.engine.report import Configuration, Form, SideName
from atlas_bench.engine.stream import BenchError, Sample, sample, unix_client

START_TIMEOUT_S = 300.0
END_TIMEOUT_S = 10.0
POLL_S = 0.1
LOG_TAIL_BYTES = 1500


class LlamaServer:
    """llama-server on a Unix socket, so that both servers are reached the same way."""

    name: SideName = "llama-server"
    forms: tuple[Form, ...] = ("one request", "concurrent requests")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def sample(self, prompt: list[int], *, k: int, form: Form, tokens: int, seed: int) -> Sample:
        """Time k sequences."""
        return await sample(self._client, prompt, k=k, form=form, tokens=tokens, seed=seed)


class LlamaGenerate:
    """`llama_cpp.Llama.generate` in a process of its own, which alone imports the library."""

    name: SideName = "Llama.generate"
    forms: tuple[Form, ...] = ("one after another",)

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def sample(self, prompt: list[int], *, k: int, form: Form, tokens: int, seed: int) -> Sample:
        """Time k calls in a row; the clock runs in that process, so the pipes cost nothing."""
        assert form in self.forms
        answer = await self.ask({"prompt": prompt, "k": k, "tokens": tokens, "seed": seed})
        return msgspec.convert(answer, _Timing).sample(k * tokens)

    def kill(self) -> None:
        """End the process in the middle of what it does."""
        self._process.kill()

    async def ask(self, request: dict[str, Any]) -> Any:
        """Send one line, return the answer's."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(request) + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise BenchError(f"Llama.generate's process ended with {_status(self._process)}.{_tail(self._log)}")
        return msgspec.json.decode(line)


class _Timing(msgspec.Struct, frozen=True):
    seconds: float
    first_token_s: float
    all_first_tokens_s: float

    def sample(self, tokens: int) -> Sample:
        return Sample(
            seconds=self.seconds,
            tokens=tokens,
            first_token_s=self.first_token_s,
            all_first_tokens_s=self.all_first_tokens_s,
        )


@asynccontextmanager
async def llama_generate(
    model: Path, folder: Path, *, threads: int, configuration: Configuration
) -> AsyncGenerator[LlamaGenerate, None]:
    """Start the process that calls `Llama.generate`; it ends with its standard input."""
    log = folder / "llama-generate.log"
    with log.open("wb") as log_file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "atlas_bench.llama_generate",
            str(model), str(threads), msgspec.json.encode(configuration).decode(),
            stdin=PIPE, stdout=PIPE, stderr=log_file, limit=1 << 20,
        )  # fmt: skip
    try:
        side = LlamaGenerate(process, log)
        await side.ask({"prompt": [], "k": 0, "tokens": 0, "seed": 0})
        yield side
    finally:
        await _end(process)


@asynccontextmanager
async def llama_server(
    program: Path, model: Path, folder: Path, *, threads: int, slots: int, configuration: Configuration
) -> AsyncGenerator[LlamaServer, None]:
    """Start llama-server and wait until it has loaded the model.

    Raises:
        BenchError: it does not start.
    """
    socket, log = folder / "llama-server.sock", folder / "llama-server.log"
    command = [
        str(program), "--model", str(model), "--host", str(socket), "--offline", "--no-ui",
        "--threads", str(threads), "--threads-batch", str(threads), "--gpu-layers", "0",
        "--ctx-size", str(configuration.context), "--parallel", str(slots), "--kv-unified",
        "--batch-size", str(configuration.batch), "--ubatch-size", str(configuration.micro_batch),
        "--flash-attn", "on" if configuration.flash_attention else "off",
        "--cache-type-k", configuration.key_type, "--cache-type-v", configuration.value_type,
        # The cache in host memory would only cost time here: no prompt comes twice.
        "--cache-ram", "0",
        *([] if configuration.repacked else ["--no-repack"]),
    ]  # fmt: skip
    try:
        with log.open("wb") as log_file:
            process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=log_file, stderr=log_file)
    except OSError as error:
        raise BenchError(f"{program} cannot be run: {error}. Give llama-server's path with --llama-server.") from error
    try:
        async with unix_client(socket) as client:
            try:
                await asyncio.wait_for(_ready(client, process), START_TIMEOUT_S)
            except (BenchError, TimeoutError) as error:
                raise BenchError(f"llama-server did not start: {error!r}.{_tail(log)}") from error
            yield LlamaServer(client)
    finally:
        await _end(process)


async def _ready(client: httpx.AsyncClient, process: Process) -> None:
    while process.returncode is None:
        try:
            if (await client.get("/health")).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(POLL_S)
    raise BenchError(f"it ended with {_status(process)}")


async def _end(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    elif process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _status(process: Process) -> str:
    code = process.returncode
    return f"signal {-code}" if code is not None and code < 0 else f"status {code}"


def _tail(log: Path) -> str:
    return f" The end of its log:\n{log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors='replace')}"
