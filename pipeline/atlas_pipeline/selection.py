"""Ranks candidates by their evidence and says how far the best can be trusted. Pure functions of what was observed.

The rule was measured on real model outputs (82 HumanEval tasks, CodeGen-16B): examples first, then vote-weighted tests
plus soft agreement plus the share of the behaviour cluster. Soft agreement is MBR-exec (arXiv 2204.11454), clusters and
tests follow CodeT (arXiv 2207.10397) with votes for weights.

Levels:
    VERIFIED    every given example passes (there is one), at least three samples behave identically on every input and
                not the same way on all of them, and a confirming run agrees.
    WEAK        the examples pass but fewer than three samples agree; or there is no example, and a cluster of three or
                more passes at least half of the weighted tests; or the confirming run differed.
    UNVERIFIED  anything else. Nothing is offered.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from atlas_pipeline.records import (
    Candidate,
    Expected,
    ExpectedKind,
    FunctionTask,
    Level,
    Provenance,
    RankedCandidate,
    TestCase,
    Verdict,
)
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.verification import Behaviour, behaviour, judge, passes, syntax_size

CLUSTER_FOR_TRUST = 3
"""Samples that must behave identically: with examples passed, 94 to 100 % of such picks were right."""
TESTS_FOR_WEAK = 0.5
"""Vote-weighted share of tests a result without examples has to pass."""
MOST_ERRORS = 0.9
"""A candidate that fails on more than this share of the inputs belongs to no cluster."""
LOW_VOTE = 0.1
"""Tests passed by less than this share of the candidates are dropped; that takes more than ten candidates."""

Observations = Mapping[int, Mapping[str, Outcome]]
"""Candidate index to call to outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything selection may look at."""

    task: FunctionTask
    candidates: tuple[Candidate, ...]
    tests: tuple[TestCase, ...]
    inputs: tuple[str, ...]
    """Further calls without expected values."""
    observations: Observations

    def calls(self) -> tuple[str, ...]:
        """Return every distinct call, given examples first."""
        cases = (*self.task.examples, *self.tests)
        return tuple(dict.fromkeys([*(case.call for case in cases), *self.inputs]))

    def behaviours(self, candidate: Candidate) -> tuple[Behaviour | None, ...]:
        """Return the candidate's behaviour on every call."""
        observed = self.observations[candidate.index]
        return tuple(behaviour(observed[call], self.task.docstring) for call in self.calls())


def rank(evidence: Evidence) -> list[RankedCandidate]:
    """Return the candidates with their evidence, best first."""
    candidates = evidence.candidates
    if not candidates:
        return []
    count = len(candidates)
    vectors = {c.index: evidence.behaviours(c) for c in candidates}
    clusters = Counter(vector for vector in vectors.values() if not _no_evidence(vector))
    votes = [Counter(column) for column in zip(*vectors.values(), strict=True)]
    weights = _test_weights(evidence)
    total_weight = sum(weights.values())
    ranked: list[RankedCandidate] = []
    for candidate in candidates:
        observed = evidence.observations[candidate.index]
        vector = vectors[candidate.index]
        examples = sum(passes(observed[case.call], case) for case in evidence.task.examples)
        passed = sum(weight for case, weight in weights.items() if passes(observed[case.call], case))
        tests = passed / total_weight if total_weight else None
        shares = [votes[i][b] / count if b is not None else 0.0 for i, b in enumerate(vector)]
        agreement = sum(shares) / len(shares) if shares else 0.0
        cluster = clusters.get(vector, 0)
        ranked.append(
            RankedCandidate(
                candidate=candidate,
                examples_passed=examples,
                examples=len(evidence.task.examples),
                tests_passed=tests,
                agreement=agreement,
                cluster=max(cluster, 1),
                score=(tests or 0.0) + agreement + cluster / count,
            )
        )
    median = statistics.median(syntax_size(c.body) for c in candidates)
    return sorted(
        ranked,
        key=lambda r: (
            -r.examples_passed,
            -r.score,
            abs(syntax_size(r.candidate.body) - median),
            r.candidate.index,
        ),
    )


def _no_evidence(vector: tuple[Behaviour | None, ...]) -> bool:
    """Tell whether a behaviour says nothing: mostly errors, or the same whatever the input (one input is not enough)."""
    if not vector or sum(b is None for b in vector) > MOST_ERRORS * len(vector):
        return True
    return len(set(vector)) == 1


def _test_weights(evidence: Evidence) -> dict[TestCase, float]:
    """Return the weight of each self-written test that has an expected value: the share of candidates that pass it."""
    count = len(evidence.candidates)
    weights: dict[TestCase, float] = {}
    for case in evidence.tests:
        if case.expected is None:
            continue
        votes = sum(passes(evidence.observations[c.index][case.call], case) for c in evidence.candidates)
        weight = votes / count
        if weight >= LOW_VOTE:
            weights[case] = weight
    return weights


def level_of(best: RankedCandidate | None) -> tuple[Level, str]:
    """Return the level before the confirming run, with the reason in one sentence."""
    if best is None:
        return Level.UNVERIFIED, "the model wrote no usable body"
    together = f"{best.cluster} samples behave identically on every input"
    if best.examples:
        if best.examples_passed < best.examples:
            return Level.UNVERIFIED, f"the best candidate passes {best.examples_passed} of {best.examples} examples"
        passed = "its example passes" if best.examples == 1 else f"all {best.examples} examples pass"
        if best.cluster >= CLUSTER_FOR_TRUST:
            return Level.VERIFIED, f"{passed} and {together}"
        return Level.WEAK, f"{passed}, but fewer than {CLUSTER_FOR_TRUST} samples agree on other inputs"
    if best.cluster >= CLUSTER_FOR_TRUST and best.tests_passed is not None and best.tests_passed >= TESTS_FOR_WEAK:
        return Level.WEAK, f"there is no example to check; {together}"
    return (
        Level.UNVERIFIED,
        "there is no example to check, and the samples do not agree with each other and their tests",
    )


def after_confirming(level: Level, reason: str, differs_on: str | None) -> tuple[Level, str]:
    """Return the level after the confirming run."""
    if level is Level.VERIFIED and differs_on is not None:
        return Level.WEAK, f"{reason}, but a second run gave something else for {differs_on}"
    return level, reason


def enough(best: RankedCandidate | None) -> bool:
    """Tell whether more samples could no longer raise the level."""
    level, _ = level_of(best)
    if best is None or level is Level.UNVERIFIED:
        return False
    return level is Level.VERIFIED or not best.examples


def verdicts_of(evidence: Evidence, best: RankedCandidate) -> tuple[Verdict, ...]:
    """Return the verdicts on the best candidate: given examples first, then the tests the model wrote."""
    observed = evidence.observations[best.candidate.index]
    cases = [*evidence.task.examples, *(case for case in evidence.tests if case.expected is not None)]
    return tuple(judge(best.candidate, case, observed[case.call]) for case in cases)


def cases_to_confirm(evidence: Evidence, best: RankedCandidate, *, most: int = 3) -> tuple[Verdict, ...]:
    """Return the concrete cases a WEAK result rests on, phrased with what the candidate does.

    First the inputs on which samples disagree, then those with a test that agrees; short calls and new answers first.
    """
    given = {case.call for case in evidence.task.examples}
    agreeing = {
        case.call for case in evidence.tests if passes(evidence.observations[best.candidate.index][case.call], case)
    }
    options: list[tuple[tuple[int, int, int], str, Outcome]] = []
    for position, call in enumerate(evidence.calls()):
        outcome = evidence.observations[best.candidate.index][call]
        if call in given or outcome.kind is not OutcomeKind.RETURNED or outcome.value is None:
            continue
        different = {
            behaviour(evidence.observations[c.index][call], evidence.task.docstring) for c in evidence.candidates
        }
        options.append(((-min(len(different), 2), -(call in agreeing), len(call) + position // 8), call, outcome))
    chosen: list[Verdict] = []
    answers: set[str | None] = set()
    for repeat in (False, True):
        for _, call, outcome in sorted(options, key=lambda option: option[0]):
            taken = any(verdict.case.call == call for verdict in chosen)
            if len(chosen) == most or taken or (outcome.value in answers) != repeat:
                continue
            answers.add(outcome.value)
            expected = Expected(kind=ExpectedKind.VALUE, text=outcome.value or "", shown=outcome.shown)
            case = TestCase(call=call, expected=expected, provenance=Provenance.GENERATED)
            chosen.append(judge(best.candidate, case, outcome))
    return tuple(chosen)


def runners_up(ranked: Sequence[RankedCandidate], evidence: Evidence, *, most: int = 3) -> tuple[RankedCandidate, ...]:
    """Return the best candidates that behave differently from the first and from each other."""
    seen = {evidence.behaviours(ranked[0].candidate)} if ranked else set()
    others: list[RankedCandidate] = []
    for entry in ranked[1:]:
        vector = evidence.behaviours(entry.candidate)
        if vector not in seen and len(others) < most:
            seen.add(vector)
            others.append(replace(entry))
    return tuple(others)
