"""The process that renders chat templates, kept warm and replaced when a template has used up its limits."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from atlas_pipeline.engine.chat_template import MAX_RENDERED_CHARS, TemplateRefusedError
from atlas_pipeline.engine.template_worker import RENDER_TIMEOUT_S, Rendered, Rendering

MAX_LINE_BYTES = 6 * MAX_RENDERED_CHARS + 4096
"""JSON writes a character in six bytes at most."""

ANSWER_TIMEOUT_S = RENDER_TIMEOUT_S + 8.0
"""The worker ends itself sooner; this covers its start on a busy machine."""


class TemplateProcess:
    """Renders one chat template."""

    def __init__(self, template: str, variables: Mapping[str, Any]) -> None:
        self._template = template
        self._variables = dict(variables)
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def render(self, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        """Return the prompt for `messages`.

        Raises:
            TemplateRefusedError: the template is faulty, refuses these messages, or exceeds its limits.
        """
        request = Rendering(
            template=self._template,
            messages=[dict(message) for message in messages],
            variables=self._variables | dict(variables),
        )
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    line = await self._ask(msgspec.json.encode(request) + b"\n")
            except (TimeoutError, ValueError, ConnectionError):
                line = b""
            except asyncio.CancelledError:
                # Its answer would be taken for the next request's.
                await self._stop()
                raise
            if not line.endswith(b"\n"):
                await self._stop()
                raise TemplateRefusedError(f"it did not end within {RENDER_TIMEOUT_S:g} s or its memory limit")
        rendered = msgspec.json.decode(line, type=Rendered)
        if rendered.error:
            raise TemplateRefusedError(rendered.error)
        return rendered.text

    async def aclose(self) -> None:
        """End the process."""
        async with self._turn:
            await self._stop()

    async def _ask(self, line: bytes) -> bytes:
        if self._process is not None and self._process.returncode is not None:
            await self._stop()  # it ended between two requests: that says nothing about this template
        if self._process is None:
            # -P: the folder this process was started in must not shadow our modules.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "atlas_pipeline.engine.template_worker",
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=MAX_LINE_BYTES,
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        await self._process.stdin.drain()
        return await self._process.stdout.readline()

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
