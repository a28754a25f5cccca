"""Asks the model for tests, inputs, properties and reference versions, from the specification alone.

No request ever contains a candidate. What the model's prompt profile does not know is not asked.
"""

from __future__ import annotations

from atlas_pipeline import prompts
from atlas_pipeline.asking import Asker, Stage, side_by_side
from atlas_pipeline.engine.api import Completion, FinishReason
from atlas_pipeline.events import StageSkipped
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.inputs import more_inputs
from atlas_pipeline.records import Candidate, FunctionTask, Origin, TestCase
from atlas_pipeline.selftests import SelfTests, merge, read_laws, read_self_tests

_TEST_SEED = 500
"""Tests are sampled from the upper half of a solve's seeds, 100 for each kind of request."""
_INPUT_SEED = 600
_MORE_SEED = 650
_PROPERTY_SEED = 700
_REFERENCE_SEED = 800
_TEMPERATURE = 0.5
_REFERENCE_TEMPERATURE = 0.2
_FIRST_REFERENCE = 20_000
"""References are numbered from here on, so that none is taken for a candidate."""
_OF_CALLS: tuple[prompts.Role, ...] = ("tests", "inputs")
"""Kinds of requests whose answers hold calls of the function."""
_MOST_LAW_INPUTS = 8
"""Calls on which each property is checked."""
_REFERENCE = (
    "Write the version that is the easiest to check against the description, word by word: brute force, no formula, "
    "no shortcut. It may be as slow as it likes."
)


class SelfTestWriter:
    """Has the model write evidence for one task."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self._answers: dict[tuple[prompts.Role, int], Completion] = {}
        """By the kind of request and its seed, as they come in."""
        self._references: list[Candidate] = []

    async def write(self, task: FunctionTask) -> SelfTests:
        """Ask for tests, inputs, properties and references; return what they come to.

        Properties are not asked of methods: over any object they could not be written as a call.

        Raises:
            TokensUsedUpError: `solve.token_budget` is used up; `so_far` has what was answered before.
            EngineError: the model cannot be loaded or went away.
        """
        await side_by_side([self._ask(role, task, seed, count) for role, seed, count in self._requests(task)])
        self._references = await self._ask_for_references(task, self.asker.settings.reference_samples)
        return self.so_far(task)

    def so_far(self, task: FunctionTask) -> SelfTests:
        """Return what the answers so far come to.

        The inputs include mutated ones, and where nothing gave an input, some made from the annotations: these cost no
        tokens.
        """
        settings = self.asker.settings
        read = [read_self_tests(answer.text, task) for role in _OF_CALLS for answer in self._answers_to(role)]
        found = merge(read, known=task.examples)
        calls = [*_calls(task.examples), *_calls(found.tests), *found.inputs]
        mutated = more_inputs(task, calls, seed=settings.seed)
        lawful = list(dict.fromkeys((*calls, *mutated)))[:_MOST_LAW_INPUTS]
        laws = [read_laws(answer.text, task, lawful) for answer in self._answers_to("properties")]
        return merge(
            [*read, *laws, SelfTests(inputs=mutated, references=tuple(self._references))],
            known=task.examples,
        )

    async def more_calls(self, task: FunctionTask) -> tuple[str, ...]:
        """Return further calls, of one more request for inputs alone; none where the model does not know how.

        Raises:
            TokensUsedUpError: `solve.token_budget` is used up.
            EngineError: the model went away.
        """
        answers = await self._ask("inputs", task, _MORE_SEED, 1)
        return merge([read_self_tests(answer.text, task) for answer in answers], known=task.examples).inputs

    def skipped(self, task: FunctionTask) -> tuple[StageSkipped, ...]:
        """Return what the settings ask for and this model does not know."""
        lacking = [role for role in self._wanted(task) if not self.asker.supports(role)]
        if not lacking:
            return ()
        reason = f"this model was not trained to write {' or '.join(lacking)}; instruct models can"
        return (StageSkipped(stage="tests", reason=reason),)

    def can_write(self, task: FunctionTask) -> bool:
        """Tell whether the settings ask for anything that the model knows to write."""
        references = self.asker.settings.reference_samples > 0 and self._takes_sentences()
        return references or any(self.asker.supports(role) for role in self._wanted(task))

    def _requests(self, task: FunctionTask) -> tuple[tuple[prompts.Role, int, int], ...]:
        """Return each kind of request with its first seed, and how many of it the settings ask for."""
        settings = self.asker.settings
        return (
            ("tests", _TEST_SEED, settings.test_samples),
            ("inputs", _INPUT_SEED, settings.input_samples),
            ("properties", _PROPERTY_SEED, 0 if task.receiver else settings.property_samples),
        )

    def _wanted(self, task: FunctionTask) -> list[prompts.Role]:
        return [role for role, _, count in self._requests(task) if count]

    def _answers_to(self, role: prompts.Role) -> list[Completion]:
        """Return the answers to one kind of request, in the order of their seeds."""
        return [self._answers[key] for key in sorted(self._answers) if key[0] == role]

    async def _ask(self, role: prompts.Role, task: FunctionTask, seed: int, count: int) -> list[Completion]:
        if count == 0 or not self.asker.supports(role):
            return []
        # A method is tested through an object: the prompt shows `Stack(...).pop(...)`.
        fields = {"name": f"{task.receiver}(...).{task.name}"} if task.receiver and self._takes_sentences() else {}

        async def kept(seed: int) -> Completion:
            answer = await self.asker.ask(Stage.TESTS, role, temperature=_TEMPERATURE, seed=seed, fields=fields)
            self._answers[role, seed] = answer
            return answer

        return await side_by_side([kept(seed + number) for number in range(count)])

    def _takes_sentences(self) -> bool:
        """Tell whether the model understands wording it was not trained on."""
        return bool(prompts.facts(self.asker.profile).perturbations)

    async def _ask_for_references(self, task: FunctionTask, count: int) -> list[Candidate]:
        if count == 0 or not self._takes_sentences():
            return []
        answers = await side_by_side(
            [
                self.asker.ask(
                    Stage.TESTS,
                    "code",
                    temperature=_REFERENCE_TEMPERATURE,
                    seed=_REFERENCE_SEED + number,
                    fields={"back": _REFERENCE},
                )
                for number in range(count)
            ]
        )
        bodies = [
            extract_body(answer.text, task, truncated=answer.finish is FinishReason.LENGTH).body for answer in answers
        ]
        return [
            Candidate(
                index=_FIRST_REFERENCE + number, body=body, origin=Origin.REFERENCE, tokens=answer.completion_tokens
            )
            for number, (body, answer) in enumerate(zip(bodies, answers, strict=True))
            if body is not None
        ]


def _calls(cases: tuple[TestCase, ...]) -> list[str]:
    return [case.call for case in cases]
