"""A job for the decoding core, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from atlas_pipeline.engine.decoding_core import DecodingCore
from atlas_pipeline.engine.generation import (
    ChoiceEnded,
    Cost,
    Ended,
    Event,
    Failed,
    GenerationJob,
    Piece,
    SampledToken,
    SamplingParameters,
)

GREEDY = SamplingParameters(temperature=0.0)
ENDLESS = SamplingParameters(temperature=0.0, ignore_eos=True)


class Recorder:
    """The events of one job."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tokens(self, choice: int = 0) -> list[SampledToken]:
        return [t for e in self.events if isinstance(e, Piece) and e.choice == choice for t in e.tokens]

    def ids(self, choice: int = 0) -> list[int]:
        return [token.token for token in self.tokens(choice)]

    def text(self, choice: int = 0) -> str:
        return "".join(e.text for e in self.events if isinstance(e, Piece) and e.choice == choice)

    def finish(self, choice: int = 0) -> str:
        return next(e.finish for e in self.events if isinstance(e, ChoiceEnded) and e.choice == choice)

    @property
    def ended(self) -> int:
        """How many of the completions are complete."""
        return sum(isinstance(event, ChoiceEnded) for event in self.events)

    @property
    def cost(self) -> Cost:
        last = self.events[-1]
        assert not isinstance(last, Failed), last
        assert isinstance(last, Ended)
        return last.cost


class Request(Recorder):
    """A job with its events; two best logits of each token are kept, to find near ties."""

    def __init__(
        self,
        core: DecodingCore,
        prompt: str | list[int],
        sampling: SamplingParameters = GREEDY,
        *,
        then: Callable[[Event], None] | None = None,
        **options: object,
    ) -> None:
        super().__init__()
        self._then = then
        defaults = {"seed": 1, "max_tokens": 80, "logprobs": True, "top_logprobs": 2}
        reuse = {"reuse_cache": not options.get("deterministic", False)}
        tokens = core.model.tokenize(prompt) if isinstance(prompt, str) else prompt
        fields = defaults | reuse | options
        self.job = GenerationJob(emit=self._take, prompt=tokens, sampling=sampling, **fields)  # type: ignore[arg-type]

    def _take(self, event: Event) -> None:
        self.events.append(event)
        if self._then is not None:
            self._then(event)
