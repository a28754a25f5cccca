"""S*: settles a close race between behaviours by comparing what they do on one distinguishing call.

    ranked candidates -> contenders (the leaders of the closest behaviour clusters)
    pair of contenders -> a call on which they differ -> "which output is right?", asked twice, order swapped -> winner

Source: S*, arXiv 2502.14382; tournament over clusters as in ExPairT-LLM, arXiv 2511.10855. Unlike both, the judge never
sees a program, only the specification, the call and the two outputs: models judge single outputs better than programs.
Calls already observed come first; new ones are made by mutation, then asked of the model from the specification alone.

Whatever is unclear changes nothing: the ranking stands unless a contender beats the first one directly and nobody wins
more comparisons. Examples cannot be overruled: contenders pass all of them.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from atlas_pipeline.ask import Ask, Question
from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.engine.api import FinishReason
from atlas_pipeline.errors import TokensUsedUpError
from atlas_pipeline.events import Event, QuestionAnswered, QuestionAsked, Who
from atlas_pipeline.inputs import mutated_calls
from atlas_pipeline.records import (
    Candidate,
    Expected,
    ExpectedKind,
    FunctionTask,
    Provenance,
    RankedCandidate,
    TestCase,
)
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.selection import Evidence
from atlas_pipeline.settings import SolveSettings
from atlas_pipeline.static_evidence import static_faults
from atlas_pipeline.verification import behaviour, describe

MOST_CONTENDERS = 3
MOST_SHOWN = 400
"""Characters of a call or an output in a question; longer ones are not asked about."""
_JUDGE_SEED = 900
"""Judge requests take the last hundred seeds of a solve."""
_NONE = canonical(None)

Side = Literal[0, 1]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a judge said to a question with two options."""

    choice: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What came of the comparison."""

    ranked: tuple[RankedCandidate, ...]
    """As before, with the winner moved to the front."""
    changed: bool
    reason: str
    confirmed: TestCase | None = None
    """The output the user chose: from now on a given example."""


class Judge(Protocol):
    """Says which of two outputs of a call is right."""

    async def prefer(self, question: Question) -> Answer:
        """Return the choice, None where it is unclear.

        Raises:
            EngineError: the model cannot be loaded or went away.
        """
        ...


Observe = Callable[[Candidate, Iterable[str]], Awaitable[Mapping[str, Outcome]]]
"""`Verifier.observe`."""
MoreCalls = Callable[[], Awaitable[Sequence[str]]]
"""Calls the model writes from the specification alone."""


def why_no_judge(asker: Asker, settings: SolveSettings) -> str | None:
    """Return why the model is not asked to judge, None where it is."""
    if not settings.s_star:
        return "switched off by the setting solve.s_star"
    if not asker.supports("judge"):
        return f"this model, of the prompt profile {asker.profile!r}, was not trained to judge outputs; instruct models can"
    return None


# The decision, apart from whoever is asked.


def contenders(ranked: Sequence[RankedCandidate], evidence: Evidence, *, gap: float) -> tuple[RankedCandidate, ...]:
    """Return the best candidate of each behaviour cluster that comes within `gap` of the best score, best first.

    Fewer than two: there is nothing to settle. Nobody races where the best fails an example: nothing is offered then.
    """
    if not ranked or ranked[0].examples_passed < ranked[0].examples:
        return ()
    found: list[RankedCandidate] = []
    seen: set[object] = set()
    for entry in ranked:
        equal = _tier(entry, evidence) == _tier(ranked[0], evidence)
        vector = evidence.behaviours(entry.candidate)
        if equal and ranked[0].score - entry.score < gap and vector not in seen:
            seen.add(vector)
            found.append(entry)
    return tuple(found[:MOST_CONTENDERS])


def _tier(entry: RankedCandidate, evidence: Evidence) -> tuple[int, bool, bool]:
    """Return what counts more than the score in the ranking, and so cannot be made up for by a judge."""
    decisive = any(fault.kind.is_decisive for fault in static_faults(entry.candidate.body, evidence.task))
    return entry.examples_passed, entry.self_reported is False, decisive


def distinguishing_calls(evidence: Evidence, group: Sequence[Candidate]) -> list[Question]:
    """Return a question for each observed call that tells all of `group` apart, most telling first.

    First calls on which nobody fails, then those whose outcomes most candidates share, then short ones. A call with a
    given expected value is no question: its answer is known.
    """
    known = {case.call for case in evidence.task.examples if case.expected is not None}
    questions: list[tuple[tuple[bool, int, int], Question]] = []
    for call in evidence.calls():
        outcomes = [evidence.observations[candidate.index][call] for candidate in group]
        question = make_question(evidence.task, call, group, outcomes)
        if call in known or question is None:
            continue
        votes = Counter(
            behaviour(evidence.observations[candidate.index][call], evidence.task.docstring)
            for candidate in evidence.candidates
        )
        did = [behaviour(outcome, evidence.task.docstring) for outcome in outcomes]
        shared = sum(votes[what] for what in set(did) if what is not None)
        questions.append(((None in did, -shared, len(call)), question))
    return [question for _, question in sorted(questions, key=lambda entry: entry[0])]


def make_question(
    task: FunctionTask, call: str, group: Sequence[Candidate], outcomes: Sequence[Outcome]
) -> Question | None:
    """Return the question which outcome of `call` is right; None where they cannot be told apart by reading."""
    did = [behaviour(outcome, task.docstring) for outcome in outcomes]
    options = tuple(output(outcome) for outcome in outcomes)
    different = len(set(did)) == len(set(options)) == len(group)
    if not different or max(map(len, (call, *options))) > MOST_SHOWN or did.count(None) == len(did):
        return None
    return Question(
        function=task.qualname, call=call, options=options, candidates=tuple(candidate.index for candidate in group)
    )


def output(outcome: Outcome) -> str:
    """Say on one line what a call gives: value, what is printed, arguments changed, or the exception's type."""
    if outcome.kind is OutcomeKind.RAISED and outcome.exception is not None:
        return f"raises {outcome.exception.type_name}"
    if outcome.kind is not OutcomeKind.RETURNED:
        return describe(outcome)
    parts = [] if outcome.value == _NONE and (outcome.stdout or outcome.changed_arguments) else [outcome.shown]
    if outcome.stdout:
        parts.append(f"prints {outcome.stdout!r}")
    if outcome.changed_arguments:
        parts.append(f"changes its arguments to {outcome.changed_arguments}")
    return ", ".join(" ".join(part.split("\n")) for part in parts)


def winner(count: int, results: Mapping[Pair, Side | None]) -> int:
    """Return who wins the tournament: most comparisons won (an open one is half a win each), ties as ranked.

    The first of the ranking is replaced only by somebody who beat it directly.

    Args:
        count: contenders, numbered as ranked.
        results: for a pair (a, b) with a < b: 0 where a won, 1 where b won, None or missing where it stayed open.
    """
    wins = [0.0] * count
    for a in range(count):
        for b in range(a + 1, count):
            result = results.get((a, b))
            wins[a] += 0.5 if result is None else float(result == 0)
            wins[b] += 0.5 if result is None else float(result == 1)
    eligible = [0, *(b for b in range(1, count) if results.get((0, b)) == 1)]
    return max(eligible, key=lambda number: (wins[number], -number))


def pairs(count: int) -> list[Pair]:
    """Return the comparisons in the order to ask: against the first, then among the others."""
    return [(a, b) for a in range(count) for b in range(a + 1, count)]


def needless(pair: Pair, results: Mapping[Pair, Side | None]) -> bool:
    """Tell whether a comparison cannot matter any more: both are challengers and neither has beaten the first."""
    return pair[0] > 0 and all(results.get((0, number)) != 1 for number in pair)


def confirmed_case(call: str, outcome: Outcome) -> TestCase | None:
    """Return the example that follows from a confirmed outcome; None where an example could not say it."""
    if outcome.kind is OutcomeKind.RAISED and outcome.exception is not None:
        name = outcome.exception.type_name
        expected = Expected(kind=ExpectedKind.RAISES, text=name, shown=f"raises {name}")
    elif outcome.kind is not OutcomeKind.RETURNED or outcome.changed_arguments:
        return None
    elif outcome.stdout.strip() and outcome.value == _NONE:
        text = outcome.stdout.rstrip()
        expected = Expected(kind=ExpectedKind.PRINTED, text=text, shown=text)
    else:
        expected = Expected(kind=ExpectedKind.VALUE, text=outcome.value or "", shown=outcome.shown)
    return TestCase(call=call, expected=expected, provenance=Provenance.GIVEN)


# Whoever is asked.

_ANSWER = re.compile(
    r"\b(?i:answer)\W*(?:(?i:is)\W+)?(?:(?i:output|boxed|text)\W*)*\b(A|B|(?i:neither))\W*$", re.MULTILINE
)
"""At the end of a line, and A and B as capitals: "the answer a caller expects" is no answer."""


def read_answer(text: str) -> Literal["a", "b", "neither"] | None:
    """Return the last answer in a judge's text, None where there is none."""
    found = _ANSWER.findall(text)
    if not found:
        return None
    return "a" if found[-1] == "A" else "b" if found[-1] == "B" else "neither"


class ModelJudge:
    """Asks the model twice, the second time with the outputs swapped; counts only what it says both times."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self._asked = 0

    async def prefer(self, question: Question) -> Answer:
        """Return the option that the model chose in both orders."""
        first, second = question.options
        seed = _JUDGE_SEED + self._asked % 100
        self._asked += 2
        tasks = [
            asyncio.create_task(self._ask(question.call, first, second, seed)),
            asyncio.create_task(self._ask(question.call, second, first, seed + 1)),
        ]
        try:
            straight, swapped = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return combine(straight, swapped)

    async def _ask(self, call: str, a: str, b: str, seed: int) -> str | None:
        fields = {"call": call, "output_a": a, "output_b": b}
        answer = await self.asker.ask(Stage.JUDGE, "judge", temperature=0.0, seed=seed, fields=fields)
        # A text that was cut off may hold an answer only by accident, as part of the reasoning.
        return None if answer.finish is FinishReason.LENGTH else read_answer(answer.text)


def combine(straight: str | None, swapped: str | None) -> Answer:
    """Return what follows from two answers, the second to the question with its outputs swapped."""
    if straight is None or swapped is None:
        return Answer(choice=None, reason="an answer could not be read")
    if (straight, swapped) == ("a", "b"):
        return Answer(choice=0, reason="chosen in both orders")
    if (straight, swapped) == ("b", "a"):
        return Answer(choice=1, reason="chosen in both orders")
    if straight == swapped == "neither":
        return Answer(choice=None, reason="neither output is right, or the description does not say")
    return Answer(choice=None, reason="the answer changed with the order of the outputs")


class SStar:
    """Compares the leaders of the closest clusters; yields events and then one `Decision`.

    Args:
        judge: None where the model knows no such role; then only the user can be asked.
        ask: whom to ask once, where the judge left the race open.
        gap: how close in score a cluster has to come.
        rounds: most calls asked about for each pair.
        more_calls: where observed and mutated calls do not tell two candidates apart.
    """

    def __init__(
        self,
        *,
        judge: Judge | None,
        ask: Ask,
        observe: Observe,
        gap: float,
        rounds: int,
        more_calls: MoreCalls,
        seed: int = 0,
    ) -> None:
        self.judge = judge
        self.ask = ask
        self.observe = observe
        self.gap = gap
        self.rounds = rounds
        self.seed = seed
        self.more_calls = more_calls

    async def settle(
        self, ranked: Sequence[RankedCandidate], evidence: Evidence, stop: asyncio.Event
    ) -> AsyncGenerator[Event | Decision, None]:
        """Compare until a winner is found or everything was asked; no further question once `stop` is set."""
        group = contenders(ranked, evidence, gap=self.gap)
        if len(group) < 2:
            yield Decision(ranked=tuple(ranked), changed=False, reason="no other behaviour comes close")
            return
        results: dict[Pair, Side | None] = {}
        for pair in pairs(len(group)) if self.judge else ():
            if needless(pair, results):
                continue
            if stop.is_set():
                break
            questions = await self._questions(evidence, [group[number].candidate for number in pair])
            for question in questions[: self.rounds]:
                if stop.is_set():
                    break
                yield _asked(question, "model")
                answer = await self._judged(question, stop)
                yield QuestionAnswered(call=question.call, who="model", choice=answer.choice, reason=answer.reason)
                if answer.choice is not None:
                    results[pair] = 0 if answer.choice == 0 else 1
                    break
        best = winner(len(group), results)
        if any(result is not None for result in results.values()):
            yield _decision(ranked, group[best])
            return
        async for item in self._ask_user(ranked, evidence, group, stop):
            yield item

    async def _judged(self, question: Question, stop: asyncio.Event) -> Answer:
        assert self.judge is not None
        answer = await unless(stop, self.judge.prefer(question))
        return answer or Answer(choice=None, reason="stopped before the answer")

    async def _ask_user(
        self,
        ranked: Sequence[RankedCandidate],
        evidence: Evidence,
        group: Sequence[RankedCandidate],
        stop: asyncio.Event,
    ) -> AsyncGenerator[Event | Decision, None]:
        """Ask the user one question: about all contenders where an observed call tells them apart, else about two."""
        if stop.is_set():
            yield Decision(ranked=tuple(ranked), changed=False, reason="stopped before the question")
            return
        asked = group
        questions = distinguishing_calls(evidence, [entry.candidate for entry in asked])
        if not questions:
            asked = group[:2]
            questions = await self._questions(evidence, [entry.candidate for entry in asked])
        if not questions:
            yield Decision(ranked=tuple(ranked), changed=False, reason="no call tells the closest behaviours apart")
            return
        question = questions[0]
        yield _asked(question, "user")
        choice = await unless(stop, self.ask.choose(question))
        if choice is None or not 0 <= choice < len(asked):
            reason = "no answer" if choice is None else f"{choice} is none of {len(asked)} options"
            yield QuestionAnswered(call=question.call, who="user", choice=None, reason=reason)
            yield Decision(ranked=tuple(ranked), changed=False, reason="nobody could say which output is right")
            return
        yield QuestionAnswered(call=question.call, who="user", choice=choice, reason="the user chose this output")
        chosen = asked[choice]
        seen = await self.observe(chosen.candidate, [question.call])
        yield Decision(
            ranked=_first(ranked, chosen),
            changed=chosen is not ranked[0],
            reason=f"you said that {question.call} gives {question.options[choice]}",
            confirmed=confirmed_case(question.call, seen[question.call]),
        )

    async def _questions(self, evidence: Evidence, group: Sequence[Candidate]) -> list[Question]:
        """Return questions about the group: from observed calls, else from mutated ones, else from the model's."""
        if found := distinguishing_calls(evidence, group):
            return found
        known = evidence.calls()
        mutated = mutated_calls(known, seed=self.seed)
        if found := await self._try(evidence.task, group, mutated):
            return found
        return await self._try(evidence.task, group, [c for c in await self.more_calls() if c not in known])

    async def _try(self, task: FunctionTask, group: Sequence[Candidate], calls: Sequence[str]) -> list[Question]:
        seen = [await self.observe(candidate, calls) for candidate in group] if calls else []
        made = [make_question(task, call, group, [of[call] for of in seen]) for call in calls]
        return sorted((question for question in made if question is not None), key=lambda question: len(question.call))


_Result = TypeVar("_Result")


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Return what `work` gives, None where `stop` is set or the tokens are used up first; nothing is left running."""
    if stop.is_set():
        work.close()
        return None
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    except TokensUsedUpError:
        return None
    finally:
        working.cancel()
        stopped.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)


def _asked(question: Question, who: Who) -> QuestionAsked:
    return QuestionAsked(call=question.call, options=question.options, who=who, candidates=question.candidates)


def _first(ranked: Sequence[RankedCandidate], chosen: RankedCandidate) -> tuple[RankedCandidate, ...]:
    return (chosen, *(entry for entry in ranked if entry is not chosen))


def _decision(ranked: Sequence[RankedCandidate], chosen: RankedCandidate) -> Decision:
    changed = chosen is not ranked[0]
    reason = "a close contender's output was judged right" if changed else "comparing outputs confirmed the first"
    return Decision(ranked=_first(ranked, chosen), changed=changed, reason=reason)
