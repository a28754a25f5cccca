"""What a solve tells while it runs: a closed union of typed events, each with `schema: 1`, extended only by addition.

The same stream drives the editor, `atlas-ls solve --json-events` and the trace file (`trace.py`). `Finished` is the last
event of a solve that came to an end. `json_schema` describes the JSON form; `docs/events.md` explains it to readers, and
`python -m atlas_pipeline.events` prints the schema that is kept beside it.

By addition: a new field has a default, so that streams recorded earlier still match the schema; a new kind of event may
appear anywhere before the last, so readers skip the kinds they do not know.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

import msgspec

from atlas_pipeline.records import (
    Candidate,
    Cost,
    Plan,
    Property,
    RankedCandidate,
    Repairs,
    Selection,
    TestCase,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlas_pipeline.asking import Stage, StageUse

SCHEMA = 1

Who: TypeAlias = Literal["model", "user"]
"""Who is asked which of several outputs is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """What one stage has used so far: requests to the model, their tokens, and the seconds it took to write them."""

    stage: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    decoding_s: float
    """Seconds between first and last token, summed over requests; requests that ran side by side count each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPiece:
    """A part of the project that the prompts show."""

    kind: str
    """imports, class, type, helper, related_type, sibling or passage."""
    name: str
    path: str
    """Relative to the workspace; empty for the document itself."""
    line: int
    """Line (0-based) where it begins."""
    why: str
    tokens: int
    """Estimated."""
    shortened: bool
    """The budget had no room for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextGathered:
    """What was read of the project before the solve: the context of the prompts, and cases from the project's tests."""

    workspace: str
    """The folder; empty where the document alone was looked at."""
    tokens: int
    """Estimated, of all pieces."""
    pieces: tuple[ShownPiece, ...]
    left_out: tuple[str, ...]
    """What `solve.context_tokens` had no room for, and why it would have been shown."""
    project_cases: tuple[TestCase, ...]
    unread_tests: tuple[str, ...]
    """Assertions about the function that could not be turned into cases: where, what, why."""
    notes: tuple[str, ...]
    """What was not looked at, and why."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The model is loaded and the solve begins."""

    qualname: str
    model: str
    examples: tuple[TestCase, ...]
    unread_examples: tuple[str, ...]
    sandbox_layers: tuple[str, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAnswerJudged:
    """The history holds a VERIFIED answer to the same function, context, model and prompts; it was judged again.

    Where it is VERIFIED again, the solve ends with it, and what follows tells of it. Else all of it is dropped, and the
    solve begins afterwards.
    """

    solve: str
    """Identity of the earlier solve in the history."""
    solved_at: str
    """When that ended: ISO 8601, UTC."""
    candidates: int
    """How many were drawn then; all of them were judged."""
    verified: bool
    reason: str
    """Why it holds, or why it does not."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChosen:
    """How much is going to be tried."""

    route: str
    samples: int
    reason: str
    features: dict[str, float] = field(default_factory=dict)
    """What the router looked at (`routing.Features`), to learn from later; empty where the route was set."""
    learned_from: int = 0
    """Outcomes of earlier solves that the router has learned from."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSkipped:
    """A stage that the settings or the evidence called for was left out; `reason` says why and what would change it."""

    stage: str
    reason: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTestsRun:
    """The project's own tests that name the function ran on a candidate. They share its process and report on themselves."""

    candidate: int
    passed: tuple[str, ...]
    """Node ids."""
    failed: tuple[str, ...]
    """Node ids, each with the last line of its message."""
    ended: str
    """How pytest ended, in a few words."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansMade:
    """The model wrote plans to write code from; `unreadable` answers or parts of them held none."""

    plans: tuple[Plan, ...]
    unreadable: int
    duplicates: int = 0
    """Plans left out because they say the same as another."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMade:
    """A candidate was decoded; it is unverified until tested."""

    candidate: Candidate
    done: int
    """Candidates asked for and decoded so far, usable or not."""
    planned: int
    """Candidates of the rounds begun so far."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRejected:
    """The model's text held no usable body; nothing was run."""

    reason: str
    done: int
    planned: int
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsMade:
    """What candidates are run on beside what is given; the last one holds. `unreadable` lines of the model are no test."""

    __test__: ClassVar[bool] = False

    tests: tuple[TestCase, ...]
    unreadable: int
    inputs: tuple[str, ...] = ()
    """Further calls, without an expected value."""
    properties: tuple[Property, ...] = ()
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTested:
    """A candidate ran on the given examples."""

    candidate: int
    verdicts: tuple[Verdict, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class LensJudgement:
    """What the Lens says of one candidate."""

    candidate: int
    probability: float | None
    """P(right) before anything is run; None: it is too far from what the Lens was trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensScored:
    """The Lens scored all candidates so far, where one of the settings `lens.*` asks for it."""

    scorer: str
    """Which of the scorers it was: the one that was best on held-out tasks."""
    version: int
    """Of its weights."""
    judgements: tuple[LensJudgement, ...]
    abstained: int
    """Candidates of which it says nothing."""
    schema: int = SCHEMA

    def known(self) -> dict[int, float]:
        """Return P(right) by candidate, without those of which the Lens says nothing."""
        return {said.candidate: said.probability for said in self.judgements if said.probability is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class BestChanged:
    """Another candidate leads, or the leader has new evidence."""

    best: RankedCandidate
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairTried:
    """A repair was written and run on the given examples."""

    candidate: Candidate
    """Its `parent` is the body that it repairs."""
    verdicts: tuple[Verdict, ...]
    perspective: str = ""
    """From where the model was asked to look: logic, completeness, assumptions, alternatives or analysis."""
    kept: bool = True
    """It passes all that its parent passes, and is another body than those before; else it is dropped."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRejected:
    """The answer to a request for a repair held no usable body."""

    perspective: str
    reason: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairsCompared:
    """A round of repairs is over, and so are the fresh samples that were drawn for as many tokens."""

    repairs: Repairs
    winner: Literal["repair", "fresh", "both", "neither"]
    """Who passes more examples than the body before."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """The model or the user is asked which output of a call is right (S*, arXiv 2502.14382)."""

    call: str
    options: tuple[str, ...]
    """What the call gives, one option for each behaviour; never a program."""
    who: Who = "user"
    candidates: tuple[int, ...] = ()
    """One candidate for each option that behaves this way."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    """What came of the question before it."""

    call: str
    who: Who
    choice: int | None
    """Index into the question's options; None where nothing follows from the answer."""
    reason: str
    """Why the choice counts, or why nothing is changed."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUsed:
    """What has been spent so far."""

    cost: Cost
    tokens_per_s: float | None
    stages: tuple[StageCost, ...] = ()
    """The stages that asked the model."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedEarly:
    """The solve ends before its time with the best it has; what could still raise its level is not tried.

    By the engine: it failed after something was found that can be offered. By the evidence: `solve.abandon_after`.
    """

    by: Literal["user", "deadline", "tokens", "engine", "evidence"]
    reason: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event of every solve that was not cancelled."""

    selection: Selection
    stages: tuple[StageCost, ...] = ()
    """What each stage used in all; stages that asked nothing are left out."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The last line of a recorded stream that ended without a result. `solve` raises; whoever records it writes this."""

    error: str
    """Name of the error's class, `EngineLostError`; `Cancelled` where the solve was cancelled."""
    message: str
    schema: int = SCHEMA


Event: TypeAlias = (
    ContextGathered
    | Started
    | EarlierAnswerJudged
    | RouteChosen
    | StageSkipped
    | PlansMade
    | CandidateMade
    | CandidateRejected
    | TestsMade
    | CandidateTested
    | LensScored
    | BestChanged
    | ProjectTestsRun
    | RepairTried
    | RepairRejected
    | RepairsCompared
    | QuestionAsked
    | QuestionAnswered
    | BudgetUsed
    | StoppedEarly
    | Finished
    | Failed
)

KINDS: tuple[type[Any], ...] = get_args(Event)


def stage_costs(use: Mapping[Stage, StageUse]) -> tuple[StageCost, ...]:
    """Return what the stages that asked the model have used, in the order of `Stage`."""
    return tuple(
        StageCost(
            stage=stage.value,
            requests=spent.requests,
            prompt_tokens=spent.prompt_tokens,
            completion_tokens=spent.completion_tokens,
            decoding_s=spent.decoding_s,
        )
        for stage, spent in use.items()
        if spent.requests
    )


def to_json(event: Event) -> dict[str, Any]:
    """Return the event as plain JSON types, with its class name under `event`."""
    return {"event": type(event).__name__, **msgspec.to_builtins(event)}


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of what `to_json` gives: one of the events, told apart by `event`."""
    _, definitions = msgspec.json.schema_components(KINDS, ref_template="#/$defs/{name}")
    for kind in KINDS:
        definition = definitions[kind.__name__]
        properties = {"event": {"const": kind.__name__}, **definition["properties"]}
        properties["schema"] = {"const": SCHEMA}
        definition["properties"] = properties
        definition["required"] = ["event", *definition["required"], "schema"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of a solve by atlas-ls",
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in KINDS],
        "$defs": definitions,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
