"""Ranks candidates by their evidence and says how far the best can be trusted. Pure functions of what was observed.

The rule, in order:
    0. repairs were led to the examples: they are ranked, but do not vote, unless there is nothing else;
    1. more given examples and project tests passed;
    2. no failure in tests that report on themselves;
    3. no decisive fault (`static_evidence`): a candidate with one does not vote either, unless all have one;
    4. the larger sum of: the vote-weighted share of self-written tests and properties passed, soft agreement (mean over
       inputs of the share of candidates with the same outcome), and the share of candidates with identical behaviour; where
       nothing is given, of the mean log-probability too, -1 at the least: without a check it says which mistake is likely;
    5. where `lens.selection` says so, the larger P(right) by the Lens; with "weak" and nothing given it is part of the sum;
    6. the larger mean log-probability; 7. nearest to the median size, then the one sampled first.
Soft agreement is MBR-exec (arXiv 2204.11454), clusters and tests follow CodeT (arXiv 2207.10397) with votes for weights.
`python -m atlas_bench replay` measures the rule on recorded outputs of a real model.

Levels:
    VERIFIED    every given example and project test passes (there is one), a body that does nothing fails one of them,
                and a confirming run agrees; and with a
                calibration table for the model P(right) is at least .95, without one at least three samples, and two
                in five of all, behave identically on every input, some of them not given, and not the same way on all.
    WEAK        the examples pass, but one of the other conditions fails; or there is no example, and a cluster of three
                or more passes at least half of the weighted tests.
    UNVERIFIED  anything else. Nothing is offered.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from atlas_pipeline.calibration import CALIBRATED_FOR_VERIFIED, CalibrationTable
from atlas_pipeline.properties import holds
from atlas_pipeline.records import (
    Candidate,
    Expected,
    ExpectedKind,
    FunctionTask,
    Level,
    Origin,
    Property,
    Provenance,
    RankedCandidate,
    TestCase,
    Verdict,
)
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.settings import SolveSettings
from atlas_pipeline.static_evidence import static_faults
from atlas_pipeline.verification import NONE, Behaviour, behaviour, judge, passes, syntax_size

CLUSTER_FOR_TRUST = 3
SHARE_FOR_TRUST = 0.4
"""Samples that must behave identically, and their share of all: of ten samples three often share a mistake. With examples
passed, 96 % of such picks were right among 5 samples and 97 % among 10 (three of ten: 95 %; benchmarks/RESULTS.md)."""
TESTS_FOR_WEAK = 0.5
"""Vote-weighted share of tests a result without examples has to pass."""
MOST_ERRORS = 0.9
"""A candidate that fails on more than this share of the inputs belongs to no cluster."""
LEAST_LOGPROB = -1.0
"""In the sum no candidate loses more by its log-probability than by failing every test."""
LOW_VOTE = 0.1
"""Tests passed by less than this share of the candidates are dropped; that takes more than ten candidates."""
_LATER_ROUNDS = (8, 12, 16)
"""Candidates after the third round and those that follow it."""

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
    properties: tuple[Property, ...] = ()
    """Written by the model, too: hypotheses that are weighed as tests are."""
    project_tests: tuple[TestCase, ...] = ()
    """Tests of the project that say what is expected; they count as given examples do."""
    self_reported: Mapping[int, bool] = field(default_factory=dict)
    """Candidate index to whether the project's tests that report on themselves passed."""
    prior: Mapping[int, float] = field(default_factory=dict)
    """Candidate index to P(right) by the Lens; candidates that it does not know are left out."""
    prior_counts: bool = False
    """It is added to the score where nothing is given, instead of deciding between equal scores only."""

    def truth(self) -> tuple[TestCase, ...]:
        """Return the cases that were not written by the model."""
        return (*self.task.examples, *self.project_tests)

    def calls(self) -> tuple[str, ...]:
        """Return every distinct call, given examples first."""
        cases = (*self.truth(), *self.tests)
        of_properties = (call for law in self.properties for call in law.calls)
        return tuple(dict.fromkeys([*(case.call for case in cases), *of_properties, *self.inputs]))

    def behaviours(self, candidate: Candidate) -> tuple[Behaviour | None, ...]:
        """Return the candidate's behaviour on every call."""
        observed = self.observations[candidate.index]
        return tuple(behaviour(observed[call], self.task.docstring) for call in self.calls())


def rank(evidence: Evidence) -> list[RankedCandidate]:
    """Return the candidates with their evidence, best first."""
    candidates = evidence.candidates
    if not candidates:
        return []
    faults = {c.index: static_faults(c.body, evidence.task) for c in candidates}
    sound = [c for c in candidates if not any(fault.kind.is_decisive for fault in faults[c.index])]
    sampled = [c for c in candidates if c.origin is not Origin.REPAIR]
    voters = [c for c in sound if c.origin is not Origin.REPAIR] or sound or list(candidates)
    vectors = {c.index: evidence.behaviours(c) for c in candidates}
    voting = [vectors[c.index] for c in voters]
    given = {case.call for case in evidence.truth()}
    further = [call not in given for call in evidence.calls()]
    clusters = Counter(vector for vector in voting if not _no_evidence(vector, further))
    votes = [Counter(column) for column in zip(*voting, strict=True)]
    weighed = _weighed(evidence, voters)
    total_weight = sum(weight for weight, _ in weighed)
    # A candidate that the Lens does not know is neither better nor worse for that.
    neutral = statistics.fmean(evidence.prior.values()) if evidence.prior else 0.0
    priors = {c.index: evidence.prior.get(c.index, neutral) for c in candidates}
    adds = evidence.prior_counts and not evidence.truth()
    likelihoods = {} if evidence.truth() else _log_probabilities(candidates)
    ranked: list[RankedCandidate] = []
    for candidate in candidates:
        observed = evidence.observations[candidate.index]
        vector = vectors[candidate.index]
        passed = sum(weight for weight, passing in weighed if candidate.index in passing)
        tests = passed / total_weight if total_weight else None
        shares = [votes[i][b] / len(voters) if b is not None else 0.0 for i, b in enumerate(vector)]
        agreement = sum(shares) / len(shares) if shares else 0.0
        cluster = clusters.get(vector, 0)
        ranked.append(
            RankedCandidate(
                candidate=candidate,
                examples_passed=sum(passes(observed[case.call], case) for case in evidence.truth()),
                examples=len(evidence.truth()),
                tests_passed=tests,
                agreement=agreement,
                cluster=max(cluster, 1),
                score=(tests or 0.0)
                + agreement
                + cluster / len(voters)
                + likelihoods.get(candidate.index, 0.0)
                + (priors[candidate.index] if adds else 0.0),
                candidates=len(sampled) or len(candidates),
                faults=tuple(str(fault) for fault in faults[candidate.index]),
                self_reported=evidence.self_reported.get(candidate.index),
                prior=evidence.prior.get(candidate.index),
            )
        )
    sizes = {c.index: syntax_size(c.body) for c in candidates}
    median = statistics.median(sizes.values())
    sound_indices = {c.index for c in sound}
    return sorted(
        ranked,
        key=lambda r: (
            -r.examples_passed,
            r.self_reported is False,
            r.candidate.index not in sound_indices,
            -round(r.score, 9),  # equal sums of fractions differ in their last bits
            -priors[r.candidate.index],
            -(r.candidate.mean_logprob if r.candidate.mean_logprob is not None else -math.inf),
            abs(sizes[r.candidate.index] - median),
            r.candidate.index,
        ),
    )


def _log_probabilities(candidates: Sequence[Candidate]) -> dict[int, float]:
    """Return each candidate's mean log-probability, at least -1; where it is not known, the mean of the others."""
    known = {c.index: max(LEAST_LOGPROB, c.mean_logprob) for c in candidates if c.mean_logprob is not None}
    usual = statistics.fmean(known.values()) if known else 0.0
    return {c.index: known.get(c.index, usual) for c in candidates}


def _no_evidence(vector: tuple[Behaviour | None, ...], further: Sequence[bool]) -> bool:
    """Tell whether a behaviour says nothing: mostly errors, or the same whatever the input (one input is not enough).

    Nor does it where every call that is not a given example is an error: on the examples all agree that pass them.
    """
    if not any(b is not None for b, is_further in zip(vector, further, strict=True) if is_further):
        return True
    if not vector or sum(b is None for b in vector) > MOST_ERRORS * len(vector):
        return True
    return len({did for did in vector if did is not None}) <= 1  # an input that nobody could take tells nothing apart


def _weighed(evidence: Evidence, voters: Sequence[Candidate]) -> list[tuple[float, frozenset[int]]]:
    """Return weight and passing candidates of each self-written test that expects something, and of each property.

    The weight is the share of voters that pass.
    """
    seen = evidence.observations
    everyone = evidence.candidates
    passing = [
        frozenset(c.index for c in everyone if passes(seen[c.index][case.call], case))
        for case in evidence.tests
        if case.expected is not None
    ]
    passing += [frozenset(c.index for c in everyone if holds(law, seen[c.index])) for law in evidence.properties]
    weighed = [(sum(c.index in indices for c in voters) / len(voters), indices) for indices in passing]
    return [(weight, indices) for weight, indices in weighed if weight >= LOW_VOTE]


def level_of(best: RankedCandidate | None, probability: float | None = None) -> tuple[Level, str]:
    """Return the level before the confirming run, with the reason in one sentence.

    Args:
        best: The first of the ranking.
        probability: P(right) from the model's calibration table; None without one.
    """
    if best is None:
        return Level.UNVERIFIED, "the model wrote no usable body"
    together = f"{best.cluster} samples behave identically on every input"
    if best.examples:
        if best.examples_passed < best.examples:
            return Level.UNVERIFIED, f"the best candidate passes {best.examples_passed} of {best.examples} examples"
        passed = "its example passes" if best.examples == 1 else f"all {best.examples} examples pass"
        if best.self_reported is False:
            return Level.WEAK, f"{passed}, but a test of the project fails"
        if probability is not None:
            said = f"such results were right in {probability:.1%} of the tasks this model was calibrated on"
            if probability >= CALIBRATED_FOR_VERIFIED:
                return Level.VERIFIED, f"{passed}, and {said}"
            return Level.WEAK, f"{passed}, but {said}"
        if best.cluster < CLUSTER_FOR_TRUST:
            return Level.WEAK, f"{passed}, but fewer than {CLUSTER_FOR_TRUST} samples agree on other inputs"
        if best.cluster < SHARE_FOR_TRUST * best.candidates:
            return Level.WEAK, f"{passed}, but only {best.cluster} of {best.candidates} samples agree on other inputs"
        return Level.VERIFIED, f"{passed} and {together}"
    if best.cluster >= CLUSTER_FOR_TRUST and best.tests_passed is not None and best.tests_passed >= TESTS_FOR_WEAK:
        return Level.WEAK, f"there is no example to check; {together}"
    if best.cluster >= CLUSTER_FOR_TRUST and best.tests_passed is None:
        return Level.UNVERIFIED, f"there is no example to check, and no test of the model's own; {together}"
    return (
        Level.UNVERIFIED,
        "there is no example to check, and the samples do not agree with each other and their tests",
    )


def probability_of(best: RankedCandidate | None, table: CalibrationTable | None) -> float | None:
    """Return P(right) of the first of a ranking, None without a table or where it has nothing like it."""
    if best is None or table is None:
        return None
    return table.probability(
        examples=best.examples,
        examples_passed=best.examples_passed,
        candidates=best.candidates,
        cluster=best.cluster,
    )


def after_confirming(
    level: Level, reason: str, differs_on: str | None, *, says_something: bool = True
) -> tuple[Level, str]:
    """Return the level after the confirming run.

    Args:
        level: Before it.
        reason: Why that.
        differs_on: The first call that gave something else.
        says_something: A body that does nothing fails an example (`Verifier.says_something`).
    """
    if level is Level.VERIFIED and not says_something:
        return (
            Level.WEAK,
            f"{reason}, but a body that does nothing passes as much: the examples do not look at what it does",
        )
    if level is Level.VERIFIED and differs_on is not None:
        return Level.WEAK, f"{reason}, but a second run gave something else for {differs_on}"
    return level, reason


def enough(best: RankedCandidate | None, probability: float | None = None) -> bool:
    """Tell whether more samples could no longer raise the level."""
    level, _ = level_of(best, probability)
    if best is None or level is Level.UNVERIFIED:
        return False
    return level is Level.VERIFIED or not best.examples


def round_sizes(settings: SolveSettings, *, checked: bool, in_background: bool = False) -> list[int]:
    """Return how many candidates there should be after each round: by default 3, 5, 8, and on to 20 where `checked`.

    After each round the evidence is looked at, and sampling ends where it is `enough`.

    Args:
        settings: `samples`, `unchecked_samples`, `first_samples` and `background_samples` count.
        checked: there are examples, in the docstring or in the project's tests.
        in_background: nobody waits.
    """
    most = settings.samples if checked else min(settings.samples, settings.unchecked_samples)
    most = max(most, settings.background_samples) if in_background else most
    first = min(settings.first_samples, most)
    steps = (first + 2, *_LATER_ROUNDS)
    return sorted({first, *(step for step in steps if first < step < most), most})


def verdicts_of(evidence: Evidence, best: RankedCandidate) -> tuple[Verdict, ...]:
    """Return the verdicts on the best candidate: given examples and project tests first, then the tests the model wrote."""
    observed = evidence.observations[best.candidate.index]
    cases = [*evidence.truth(), *(case for case in evidence.tests if case.expected is not None)]
    return tuple(judge(best.candidate, case, observed[case.call]) for case in cases)


def cases_to_confirm(evidence: Evidence, best: RankedCandidate, *, most: int = 3) -> tuple[Verdict, ...]:
    """Return the concrete cases a WEAK result rests on, phrased with what the candidate does.

    First the inputs on which samples disagree, then those with a test that agrees; short calls and new answers first.
    Answers of None come last: a body that does nothing gives them too, so confirming one verifies nothing.
    """
    given = {case.call for case in evidence.truth()}
    agreeing = {
        case.call for case in evidence.tests if passes(evidence.observations[best.candidate.index][case.call], case)
    }
    options: list[tuple[tuple[int, int, int, int], str, Outcome]] = []
    for position, call in enumerate(evidence.calls()):
        outcome = evidence.observations[best.candidate.index][call]
        if call in given or outcome.kind is not OutcomeKind.RETURNED or outcome.value is None:
            continue
        different = {
            behaviour(evidence.observations[c.index][call], evidence.task.docstring) for c in evidence.candidates
        }
        says_little = outcome.value == NONE
        order = (says_little, -min(len(different), 2), -(call in agreeing), len(call) + position // 8)
        options.append((order, call, outcome))
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
