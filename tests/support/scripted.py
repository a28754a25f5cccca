"""An engine that answers from a script, for unit tests of logic. No claim rests on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.api import Capabilities, Completion, FinishReason, Message, OnText, Sampling
from atlas_pipeline.errors import EngineError

Answer = str | EngineError
Script = Callable[[str, Sampling], Answer]
"""From the last message and the sampling parameters to the answer, or to the error to raise."""


class ScriptedEngine:
    """Answers `chat` and `complete` by calling `script`; tokens are counted as words."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, Sampling]] = []
        self.roles: tuple[str, ...] = ("code", "tests", "repair")
        """Prompts that it was trained on."""

    async def capabilities(self) -> Capabilities:
        """Return the capabilities of a small model that uses the `pocket` prompts."""
        return Capabilities(
            model="scripted",
            model_hash="0" * 16,
            n_ctx=4096,
            n_embd=4,
            prompt_profile="pocket",
            roles=self.roles,
            thinking=False,
            embeddings=True,
        )

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """Answer from the script."""
        self.asked.append((prompt, sampling))
        answer = self.script(prompt, sampling)
        if isinstance(answer, EngineError):
            raise answer
        if on_text is not None:
            on_text(answer)
        return Completion(
            text=answer,
            finish=FinishReason.STOP,
            prompt_tokens=len(prompt.split()),
            completion_tokens=len(answer.split()),
            mean_logprob=None,
        )

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """Answer the last message from the script."""
        return await self.complete(messages[-1].content, sampling, on_text=on_text)

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """Return zeros, (n, 4) float32 for each definition."""
        return np.zeros((len(texts), 4 * max(1, len(definitions))), dtype=np.float32)

    async def aclose(self) -> None:
        """Do nothing: there is no process."""


class ChatEngine(ScriptedEngine):
    """An instruct model: it is shown the code around the function, and knows every role."""

    async def capabilities(self) -> Capabilities:
        """Return the capabilities of a model that uses the `chat` prompts."""
        return replace(await super().capabilities(), prompt_profile="chat", roles=None)
