"""PR-CoT: a body that fails what is given is looked at from several sides, and a repair is written from each.

    failing candidate -> (perspective -> repair -> run on what is given) one after the other, each shown what came before
                      -> fresh samples for as many tokens: the control -> Repairs, which says who got further

Source: PR-CoT, arXiv 2601.07780, with one request for the look and the repair together. Repairs are written only towards
what is given, crashes first, never towards tests the model wrote itself, which are wrong too often (benchmarks/RESULTS.md).
What a body passed already is an anchor: a repair that fails any of it is dropped. A repair was led to the examples, so
that it passes them says less than of a sample, and it does not vote (`selection.rank`).
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from atlas_pipeline import layout
from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.engine.api import FinishReason
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.records import Candidate, FunctionTask, Origin, Status, Verdict
from atlas_pipeline.verification import Verifier, syntax_key

TEMPERATURE = 0.4
MOST_SHOWN = 3
"""Failures in one prompt."""
SEED = 850
"""Requests for repairs take the seeds of a solve from here on, fifty of them."""
MOST_TRIED = 3
"""Failed attempts that the analysis is shown beside the body that is to be repaired."""
MOST_TRIED_CHARACTERS = 4000
"""Of their bodies together; those that do not fit are left out."""
ANALYSIS = "analysis"
"""The perspective of the round that looks at all failed attempts together."""

_ORDER = (Status.ERROR, Status.MEMORY, Status.TIMEOUT, Status.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A body and what it does on what is given."""

    candidate: Candidate
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> frozenset[str]:
        """The calls on which it does what is expected."""
        return frozenset(verdict.case.call for verdict in self.verdicts if verdict.status is Status.PASS)

    @property
    def failures(self) -> list[Verdict]:
        """What it fails, crashes first."""
        failed = [verdict for verdict in self.verdicts if verdict.status is not Status.PASS]
        return sorted(failed, key=lambda verdict: _ORDER.index(verdict.status))

    @property
    def behaviour(self) -> tuple[str, ...]:
        """What it does on each of what is given."""
        return tuple(verdict.actual for verdict in self.verdicts)

    def is_anchored_in(self, parent: Attempt) -> bool:
        """Tell whether it passes everything that `parent` passes."""
        return self.passed >= parent.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One repair."""

    attempt: Attempt
    perspective: str
    is_kept: bool
    """It passes what its parent passes, and is another body than all before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """An answer without a body."""

    perspective: str
    reason: str


def told(verdict: Verdict, *, briefly: bool) -> str:
    """Return a failure as the prompts show it: `f([1]) raises IndexError, expected 1`.

    Args:
        verdict: of a case that failed.
        briefly: leave out the exception's message, as small models were trained.
    """
    expected = verdict.case.expected
    actual = verdict.actual if verdict.status is not Status.FAIL else f"gives {verdict.actual}"
    if briefly and verdict.status is Status.ERROR:
        actual = actual.split(": ")[0]
    return f"{verdict.case.call} {actual}, expected {expected.shown if expected is not None else 'an answer'}"


class Repairer:
    """Writes repairs for one task."""

    def __init__(self, task: FunctionTask, asker: Asker, verifier: Verifier, perspectives: Mapping[str, str]) -> None:
        self.task = task
        self.asker = asker
        self.verifier = verifier
        self.perspectives = perspectives
        self._asked = 0

    async def repairs(
        self,
        parent: Attempt,
        seen: Sequence[Candidate],
        names: Sequence[str],
        *,
        first_index: int,
        failed: Sequence[Attempt] = (),
    ) -> AsyncGenerator[Tried | Unusable, None]:
        """Yield one repair for each of the named perspectives, run; ends with one that passes everything.

        A repair that is kept and passes more takes its parent's place. The prompt for the next one shows what became of
        the last.

        Args:
            parent: what is to be repaired.
            seen: bodies that need not be written again.
            names: perspectives, in their order.
            first_index: of the candidates that are made.
            failed: what was tried before and is wrong, too; the prompts show it, in this order.
        """
        known = {syntax_key(candidate.body) for candidate in (*seen, parent.candidate)}
        last: Attempt | None = None
        for number, name in enumerate(names):
            answer = await self.asker.ask(
                Stage.REPAIR,
                "repair",
                temperature=TEMPERATURE,
                seed=SEED + self._asked % 50,
                fields=self._fields(parent, [*failed, last] if last is not None else failed, name),
            )
            self._asked += 1
            extracted = extract_body(answer.text, self.task, truncated=answer.finish is FinishReason.LENGTH)
            if extracted.body is None:
                yield Unusable(perspective=name, reason=extracted.reason)
                continue
            candidate = Candidate(
                index=first_index + number,
                body=extracted.body,
                origin=Origin.REPAIR,
                parent=parent.candidate.index,
                tokens=answer.completion_tokens,
                mean_logprob=answer.mean_logprob,
            )
            last = Attempt(candidate=candidate, verdicts=await self.verifier.judge(candidate, self.task.examples))
            key = syntax_key(candidate.body)
            kept = last.is_anchored_in(parent) and key not in known
            known.add(key)
            yield Tried(attempt=last, perspective=name, is_kept=kept)
            if not last.failures:
                return
            if kept and len(last.passed) > len(parent.passed):
                parent, last = last, None

    def _fields(self, parent: Attempt, tried: Sequence[Attempt], name: str) -> dict[str, object]:
        return {
            **self._shown(parent),
            "perspective": self.perspectives[name],
            "tried": [self._shown(attempt) for attempt in tried],
        }

    def _shown(self, attempt: Attempt) -> dict[str, str]:
        """Return a body as the prompts show it: small models were trained on it as it stands in the function."""
        is_small, body = self.asker.profile == "pocket", attempt.candidate.body
        return {
            "body": layout.indent(body, by=layout.UNIT) if is_small else body,
            "failure": "\n".join(told(verdict, briefly=is_small) for verdict in attempt.failures[:MOST_SHOWN]),
        }


def most_telling(failed: Sequence[Attempt], parent: Attempt) -> list[Attempt]:
    """Return the failed attempts that say most about what was misunderstood, those that pass most first.

    Each does something else on what is given than `parent` and than those before it: the same mistake in other words
    tells nothing new. Of attempts that do the same the shortest stands for all.
    """
    shown, room = {parent.behaviour}, MOST_TRIED_CHARACTERS
    found: list[Attempt] = []
    for attempt in sorted(failed, key=lambda each: (-len(each.passed), len(each.candidate.body))):
        length = len(attempt.candidate.body)
        if attempt.failures and attempt.behaviour not in shown and length <= room and len(found) < MOST_TRIED:
            shown.add(attempt.behaviour)
            room -= length
            found.append(attempt)
    return found


def fresh_samples_for(tokens: int, sampled: Sequence[Candidate]) -> int:
    """Return how many fresh samples cost as many tokens as were spent, at least one.

    Args:
        tokens: spent on repairs.
        sampled: candidates whose tokens are known.
    """
    known = [candidate.tokens for candidate in sampled if candidate.tokens]
    mean = sum(known) / len(known) if known else tokens
    return max(1, math.ceil(tokens / mean)) if tokens else 0


__all__ = ["ANALYSIS", "Attempt", "Repairer", "Tried", "Unusable", "fresh_samples_for", "most_telling", "told"]
