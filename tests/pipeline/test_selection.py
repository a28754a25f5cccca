"""The selection rule and the levels, on evidence small enough to work out by hand."""

import dataclasses

import pytest

from atlas_pipeline.calibration import CalibrationTable, Cell
from atlas_pipeline.examples import expect_value
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Level, Origin, Property, Provenance, RankedCandidate, TestCase
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, RaisedException
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.selection import (
    Evidence,
    after_confirming,
    cases_to_confirm,
    enough,
    level_of,
    probability_of,
    rank,
    round_sizes,
    runners_up,
    verdicts_of,
)
from atlas_pipeline.settings import SolveSettings


def task(docstring="Doc.\n\n    >>> f(1)\n    10\n    "):
    document = Document(f'def f(x):\n    """{docstring}"""\n')
    return make_task(document, document.functions()[0])


def returned(value):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value))


def raised(name="ValueError", *, explicit=False):
    return Outcome(kind=OutcomeKind.RAISED, exception=RaisedException(type_name=name, message="", explicit=explicit))


def evidence(rows, *, tests=(), inputs=(), docstring=None, calls):
    """Build evidence from one row of outcomes per candidate, in the order of `calls`."""
    candidates = tuple(Candidate(index=i, body=f"return {i}", origin=Origin.SAMPLE) for i in range(len(rows)))
    observations = {
        i: {call: cell if isinstance(cell, Outcome) else returned(cell) for call, cell in zip(calls, row, strict=True)}
        for i, row in enumerate(rows)
    }
    return Evidence(
        task=task() if docstring is None else task(docstring),
        candidates=candidates,
        tests=tuple(tests),
        inputs=tuple(inputs),
        observations=observations,
    )


def generated(call, value):
    return TestCase(call=call, expected=expect_value(value, repr(value)), provenance=Provenance.GENERATED)


def test_scores_by_hand():
    # f(1) is the given example; f(2) == 20 is right, f(3) == 0 is a wrong test that one candidate passes.
    data = evidence(
        [[10, 20, 30, 40], [10, 20, 30, 41], [10, 21, 0, 40], [11, 20, 30, 40]],
        tests=[generated("f(2)", 20), generated("f(3)", 0)],
        inputs=["f(4)"],
        calls=["f(1)", "f(2)", "f(3)", "f(4)"],
    )
    ranked = rank(data)
    by_index = {r.candidate.index: r for r in ranked}
    # Votes: f(2) == 20 passed by 3 of 4, f(3) == 0 by 1 of 4: weights .75 and .25, together 1.
    assert by_index[0].tests_passed == pytest.approx(0.75)
    assert by_index[2].tests_passed == pytest.approx(0.25)
    # Shares per call for candidate 0: 3/4, 3/4, 3/4, 3/4; for 2: 3/4, 1/4, 1/4, 3/4; for 3: 1/4, 3/4, 3/4, 3/4.
    assert by_index[0].agreement == pytest.approx(0.75)
    assert by_index[2].agreement == pytest.approx(0.5)
    assert by_index[3].agreement == pytest.approx(0.625)
    assert by_index[0].cluster == by_index[3].cluster == 1
    # Nobody shares a whole behaviour: each cluster is 1 of 4.
    assert by_index[0].score == pytest.approx(0.75 + 0.75 + 0.25)
    # Candidate 3 fails the example and comes last, whatever its score.
    assert [r.candidate.index for r in ranked] == [0, 1, 2, 3]
    assert by_index[3].score > by_index[2].score


def test_identical_behaviour_makes_a_cluster_and_samples_count_each():
    data = evidence([[10, 2], [10, 2], [10, 2], [10, 3]], inputs=["f(2)"], calls=["f(1)", "f(2)"])
    ranked = rank(data)
    assert [r.cluster for r in ranked] == [3, 3, 3, 1]
    assert ranked[0].score == pytest.approx(0 + (1 + 0.75) / 2 + 0.75)
    assert level_of(ranked[0])[0] is Level.VERIFIED
    assert runners_up(ranked, data)[0].candidate.index == 3


def test_constant_behaviour_is_no_evidence():
    rows = [[10, 10, 10]] * 5
    ranked = rank(evidence(rows, inputs=["f(2)", "f(3)"], calls=["f(1)", "f(2)", "f(3)"]))
    assert ranked[0].cluster == 1
    assert level_of(ranked[0])[0] is Level.WEAK


def test_implicit_exceptions_are_errors_explicit_and_named_ones_are_behaviour():
    calls = ["f(1)", "f(2)", "f(3)"]
    implicit = rank(evidence([[10, raised(), 1]] * 3, inputs=calls[1:], calls=calls))
    assert implicit[0].agreement == pytest.approx(2 / 3)
    explicit = rank(evidence([[10, raised(explicit=True), 1]] * 3, inputs=calls[1:], calls=calls))
    assert explicit[0].agreement == pytest.approx(1.0)
    named = "Raises ValueError.\n\n    >>> f(1)\n    10\n    "
    assert rank(evidence([[10, raised(), 1]] * 3, inputs=calls[1:], calls=calls, docstring=named))[
        0
    ].agreement == pytest.approx(1.0)


def test_mostly_failing_candidates_are_in_no_cluster():
    calls = [f"f({i})" for i in range(1, 12)]
    rows = [[10, *[raised("TypeError")] * 10]] * 3
    ranked = rank(evidence(rows, inputs=calls[1:], calls=calls))
    assert ranked[0].cluster == 1  # 10 of 11 calls fail: more than 90 %
    rows = [[10, 5, *[raised("TypeError")] * 9]] * 3
    assert rank(evidence(rows, inputs=calls[1:], calls=calls))[0].cluster == 3  # 9 of 11: 82 %


def test_low_votes_are_dropped():
    # One of 11 candidates passes the odd test: its share is 9.1 %, below a tenth.
    tests = [generated("f(2)", 20), generated("f(2)", 99)]
    rows = [[10, 20]] * 10 + [[10, 99]]
    ranked = {r.candidate.index: r for r in rank(evidence(rows, tests=tests, calls=["f(1)", "f(2)"]))}
    assert ranked[10].tests_passed == 0
    assert ranked[0].tests_passed == pytest.approx(1.0)
    rows = [[10, 20]] * 6 + [[10, 99]]
    few = {r.candidate.index: r for r in rank(evidence(rows, tests=tests, calls=["f(1)", "f(2)"]))}
    assert few[6].tests_passed == pytest.approx(1 / 7)


def test_ties_go_to_the_median_size_then_to_the_first():
    candidates = (
        Candidate(index=0, body="return x", origin=Origin.SAMPLE),
        Candidate(index=1, body="y = x\nreturn y", origin=Origin.SAMPLE),
        Candidate(index=2, body="y = x\nz = y\nreturn z", origin=Origin.SAMPLE),
    )
    data = dataclasses.replace(evidence([[10, 2]] * 3, inputs=["f(2)"], calls=["f(1)", "f(2)"]), candidates=candidates)
    assert [r.candidate.index for r in rank(data)] == [1, 0, 2]


def test_ties_go_to_the_likelier_answer_before_size_counts():
    # Each behaves alone: equal scores. 1 has the median size; nothing is known of how likely 0 was.
    logprobs = (None, -0.4, -0.1)
    candidates = tuple(
        Candidate(index=i, body=body, origin=Origin.SAMPLE, mean_logprob=logprob)
        for i, (body, logprob) in enumerate(
            zip(("return x", "y = x\nreturn y", "y = x\nz = y\nreturn z"), logprobs, strict=True)
        )
    )
    rows = [[10, 2], [10, 3], [10, 4]]
    data = dataclasses.replace(evidence(rows, inputs=["f(2)"], calls=["f(1)", "f(2)"]), candidates=candidates)
    assert order(data) == [2, 1, 0]
    assert order(dataclasses.replace(data, prior={0: 0.5, 1: 0.9, 2: 0.5})) == [1, 2, 0]


def order(data):
    return [entry.candidate.index for entry in rank(data)]


def test_the_prior_decides_between_equal_evidence_only():
    # 0 and 1 agree, 2 and 3 agree: equal scores. 4 has the best prior and fails the example.
    rows = [[10, 2], [10, 2], [10, 3], [10, 3], [11, 9]]
    data = evidence(rows, inputs=["f(2)"], calls=["f(1)", "f(2)"])
    assert order(data) == [0, 1, 2, 3, 4]
    told = dataclasses.replace(data, prior={0: 0.2, 1: 0.3, 2: 0.1, 3: 0.6, 4: 0.99})
    assert order(told) == [3, 1, 0, 2, 4]
    # A fifth sample on the side of the first two: the evidence outweighs whatever the Lens says.
    more = evidence([*rows[:4], [10, 2]], inputs=["f(2)"], calls=["f(1)", "f(2)"])
    assert order(dataclasses.replace(more, prior={3: 0.99, 2: 0.9}))[:3] == [0, 1, 4]


def test_what_the_lens_does_not_know_is_neither_better_nor_worse():
    rows = [[10, 2], [10, 3], [10, 4]]
    data = evidence(rows, inputs=["f(2)"], calls=["f(1)", "f(2)"])
    # 1 is unknown: it stands at the mean of the others, 0.5.
    told = rank(dataclasses.replace(data, prior={0: 0.2, 2: 0.8}))
    assert [entry.candidate.index for entry in told] == [2, 1, 0]
    assert [entry.prior for entry in told] == [0.8, None, 0.2]
    assert [entry.score for entry in told] == [entry.score for entry in rank(data)]


def test_without_anything_given_the_prior_may_be_part_of_the_score():
    rows = [[1, 2], [1, 2], [5, 6]]
    data = evidence(rows, inputs=["f(1)", "f(2)"], docstring="Doc.", calls=["f(1)", "f(2)"])
    # Agreement and cluster: 2/3 + 2/3 for 0 and 1, 1/3 + 1/3 for 2, which needs 2/3 more.
    weak = dataclasses.replace(data, prior={0: 0.1, 1: 0.1, 2: 0.7}, prior_counts=True)
    assert order(weak) == [0, 1, 2]  # 0.6 more is not enough
    certain = dataclasses.replace(weak, prior={0: 0.1, 1: 0.1, 2: 0.8})
    assert order(certain) == [2, 0, 1]
    assert rank(certain)[0].score == pytest.approx(1 / 3 + 1 / 3 + 0.8)
    assert order(dataclasses.replace(certain, prior_counts=False)) == [0, 1, 2]
    assert level_of(rank(certain)[0])[0] is Level.UNVERIFIED  # it is no evidence


def test_with_an_example_the_prior_is_never_part_of_the_score():
    data = evidence([[10, 2], [10, 2], [10, 6]], inputs=["f(2)"], calls=["f(1)", "f(2)"])
    told = dataclasses.replace(data, prior={0: 0.0, 1: 0.0, 2: 1.0}, prior_counts=True)
    assert order(told) == [0, 1, 2]


def ranked_candidate(*, passed, examples, cluster, tests=None, candidates=5, self_reported=None):
    return RankedCandidate(
        candidate=Candidate(index=0, body="return 1", origin=Origin.SAMPLE),
        examples_passed=passed,
        examples=examples,
        tests_passed=tests,
        agreement=0.0,
        cluster=cluster,
        score=0.0,
        candidates=candidates,
        self_reported=self_reported,
    )


@pytest.mark.parametrize(
    ("passed", "examples", "cluster", "tests", "level"),
    [
        (2, 2, 3, None, Level.VERIFIED),
        (1, 1, 3, 0.0, Level.VERIFIED),
        (2, 2, 2, 1.0, Level.WEAK),
        (2, 2, 1, None, Level.WEAK),
        (1, 2, 8, 1.0, Level.UNVERIFIED),
        (0, 1, 8, 1.0, Level.UNVERIFIED),
        (0, 0, 3, 0.5, Level.WEAK),
        (0, 0, 8, 1.0, Level.WEAK),
        (0, 0, 3, 0.49, Level.UNVERIFIED),
        (0, 0, 2, 1.0, Level.UNVERIFIED),
        (0, 0, 3, None, Level.UNVERIFIED),
    ],
)
def test_levels(passed, examples, cluster, tests, level):
    best = ranked_candidate(passed=passed, examples=examples, cluster=cluster, tests=tests)
    assert level_of(best)[0] is level
    assert enough(best) is (level is Level.VERIFIED or (level is Level.WEAK and not examples))


def test_nothing_is_unverified():
    assert rank(evidence([], calls=[])) == []
    assert level_of(None)[0] is Level.UNVERIFIED
    assert not enough(None)


def test_a_differing_second_run_is_weak():
    assert after_confirming(Level.VERIFIED, "r", None) == (Level.VERIFIED, "r")
    level, reason = after_confirming(Level.VERIFIED, "r", "f(2)")
    assert level is Level.WEAK
    assert "f(2)" in reason
    assert after_confirming(Level.UNVERIFIED, "r", "f(2)")[0] is Level.UNVERIFIED


def test_cases_to_confirm_prefer_disagreement_and_different_answers():
    tests = [generated("f(2)", 20), generated("f(3)", 20), generated("f(4)", 7)]
    rows = [[10, 20, 20, 7, 1]] * 3 + [[10, 20, 20, 8, 1]]
    data = evidence(rows, tests=tests, inputs=["f(5)"], calls=["f(1)", "f(2)", "f(3)", "f(4)", "f(5)"])
    best = rank(data)[0]
    shown = [(v.case.call, v.case.expected.shown) for v in cases_to_confirm(data, best)]
    assert shown == [("f(4)", "7"), ("f(2)", "20"), ("f(5)", "1")]
    assert [v.case.call for v in verdicts_of(data, best)] == ["f(1)", "f(2)", "f(3)", "f(4)"]


def test_cases_that_a_body_that_does_nothing_passes_are_confirmed_last():
    data = evidence(
        [[None, 5]] * 3 + [[0, 5]], inputs=["f(1)", "f(22)"], calls=["f(1)", "f(22)"], docstring="No example."
    )
    shown = [v.case.call for v in cases_to_confirm(data, rank(data)[0])]
    assert shown == ["f(22)", "f(1)"]  # though the samples disagree on f(1)


def bodies(data, *texts):
    """Give the candidates of some evidence other bodies."""
    candidates = tuple(Candidate(index=i, body=text, origin=Origin.SAMPLE) for i, text in enumerate(texts))
    return dataclasses.replace(data, candidates=candidates)


def with_logprobs(data, *logprobs):
    candidates = tuple(dataclasses.replace(c, mean_logprob=p) for c, p in zip(data.candidates, logprobs, strict=True))
    return dataclasses.replace(data, candidates=candidates)


def test_where_nothing_is_given_log_probability_is_in_the_sum():
    rows = [[1, 2], [1, 2], [1, 3], [5, 6]]
    data = evidence(rows, inputs=["f(1)", "f(2)"], docstring="Do.", calls=["f(1)", "f(2)"])
    ranked = rank(with_logprobs(data, -0.5, -0.2, -3.0, None))
    # Agreement: (3/4 + 2/4) / 2, the same, (3/4 + 1/4) / 2, (1/4 + 1/4) / 2; clusters: 2/4, 2/4, 1/4, 1/4. -3 counts as -1; None
    # as the mean of -0.5, -0.2 and -1.
    expected = {0: 0.625 + 0.5 - 0.5, 1: 0.625 + 0.5 - 0.2, 2: 0.5 + 0.25 - 1.0, 3: 0.25 + 0.25 - 1.7 / 3}
    assert {r.candidate.index: r.score for r in ranked} == pytest.approx(expected)
    assert [r.candidate.index for r in ranked] == [1, 0, 3, 2]
    # A likely candidate that stands alone goes before unlikely ones that agree.
    assert rank(with_logprobs(data, -0.9, -0.9, -0.9, -0.01))[0].candidate.index == 3


def test_where_something_is_given_it_is_not():
    data = evidence([[10, 2], [10, 2], [10, 3]], inputs=["f(2)"], calls=["f(1)", "f(2)"])
    ranked = rank(with_logprobs(data, -0.9, -0.9, -0.01))
    assert ranked[0].candidate.index == 0
    assert ranked[0].score == pytest.approx((1.0 + 2 / 3) / 2 + 2 / 3)


def test_candidates_with_decisive_faults_neither_win_nor_vote():
    # Three stubs agree with each other and with a wrong test; two sound candidates agree with the right one.
    tests = [generated("f(2)", 20), generated("f(2)", 0)]
    rows = [[10, 0, 5]] * 3 + [[10, 20, 30]] * 2
    data = evidence(rows, tests=tests, inputs=["f(3)"], calls=["f(1)", "f(2)", "f(3)"])
    data = bodies(data, *["return nowhere"] * 3, "return x * 10", "y = x\nreturn y * 10")
    ranked = rank(data)
    assert [r.candidate.index for r in ranked[:2]] == [3, 4]
    assert ranked[0].tests_passed == pytest.approx(1.0)  # the wrong test has no vote left
    assert ranked[0].agreement == pytest.approx(1.0)
    assert ranked[0].cluster == 2
    assert ranked[0].score == pytest.approx(3.0)
    assert ranked[2].cluster == 1
    assert ranked[2].agreement == pytest.approx(1 / 3)  # all five agree on f(1), but only two vote
    assert ranked[2].faults == ("a parameter is never used: x", "a name is defined nowhere: nowhere")
    assert ranked[0].faults == ()
    # More examples passed go before faults: a fault may be a misunderstanding, an example is not.
    worse = bodies(evidence([[10, 1], [11, 2]], inputs=["f(2)"], calls=["f(1)", "f(2)"]), "return nowhere", "return x")
    assert [r.candidate.index for r in rank(worse)] == [0, 1]


def test_where_all_have_faults_all_vote():
    data = bodies(evidence([[10, 2]] * 3, inputs=["f(2)"], calls=["f(1)", "f(2)"]), *["return nowhere"] * 3)
    assert [r.cluster for r in rank(data)] == [3, 3, 3]


def test_printing_is_a_fault_that_is_told_but_not_decisive():
    data = bodies(
        evidence([[10, 2], [10, 2]], inputs=["f(2)"], calls=["f(1)", "f(2)"]), "print(x)\nreturn x", "return x"
    )
    ranked = {r.candidate.index: r for r in rank(data)}
    assert ranked[0].faults == ("it prints or reads input: print",)
    assert ranked[0].cluster == ranked[1].cluster == 2


def test_properties_are_weighed_as_tests_are():
    # f(2) == 20 has 2 of 4 votes, the property 0 <= f(3) has 3 of 4: weights .5 and .75.
    law = Property(calls=("f(3)",), predicate="0 <= _0", shown="0 <= f(3)")
    rows = [[10, 20, 3], [10, 20, -3], [10, 1, 3], [10, 2, 3]]
    data = evidence(rows, tests=[generated("f(2)", 20)], calls=["f(1)", "f(2)", "f(3)"])
    data = dataclasses.replace(data, properties=(law,))
    assert data.calls() == ("f(1)", "f(2)", "f(3)")
    ranked = {r.candidate.index: r for r in rank(data)}
    assert ranked[0].tests_passed == pytest.approx(1.0)
    assert ranked[1].tests_passed == pytest.approx(0.5 / 1.25)
    assert ranked[2].tests_passed == pytest.approx(0.75 / 1.25)


def project_test(call, value):
    return TestCase(
        call=call, expected=expect_value(value, repr(value)), provenance=Provenance.PROJECT, source="t.py:1"
    )


def test_project_tests_count_with_the_examples():
    rows = [[10, 20, 3]] * 3 + [[10, 21, 3]] * 4
    data = evidence(rows, inputs=["f(3)"], calls=["f(1)", "f(2)", "f(3)"])
    data = dataclasses.replace(data, project_tests=(project_test("f(2)", 20),))
    best = rank(data)[0]
    assert (best.candidate.index, best.examples_passed, best.examples) == (0, 2, 2)
    assert level_of(best)[0] is Level.VERIFIED
    assert [v.case.provenance for v in verdicts_of(data, best)] == [Provenance.GIVEN, Provenance.PROJECT]
    assert "f(2)" not in [v.case.call for v in cases_to_confirm(data, best)]
    alone = evidence([[20, 3]] * 3, inputs=["f(3)"], calls=["f(2)", "f(3)"], docstring="No example.")
    alone = dataclasses.replace(alone, project_tests=(project_test("f(2)", 20),))
    assert level_of(rank(alone)[0])[0] is Level.VERIFIED


def test_what_reports_on_itself_can_refute_but_never_verifies():
    rows = [[10, 2]] * 4 + [[10, 3]] * 3
    data = evidence(rows, inputs=["f(2)"], calls=["f(1)", "f(2)"])
    assert rank(data)[0].candidate.index == 0
    data = dataclasses.replace(data, self_reported=dict.fromkeys(range(4), False) | dict.fromkeys(range(4, 7), True))
    best = rank(data)[0]
    assert (best.candidate.index, best.self_reported) == (4, True)
    failing = ranked_candidate(passed=1, examples=1, cluster=5, self_reported=False)
    assert level_of(failing)[0] is level_of(failing, 0.99)[0] is Level.WEAK
    assert "test of the project fails" in level_of(failing)[1]
    assert level_of(ranked_candidate(passed=0, examples=0, cluster=5, self_reported=True))[0] is Level.UNVERIFIED


@pytest.mark.parametrize(
    ("cluster", "candidates", "level"),
    [
        (3, 3, Level.VERIFIED),
        (3, 7, Level.VERIFIED),  # 0.43 of them
        (3, 8, Level.WEAK),  # 0.375
        (4, 10, Level.VERIFIED),  # 0.4
        (4, 11, Level.WEAK),
        (8, 20, Level.VERIFIED),
    ],
)
def test_two_in_five_have_to_agree(cluster, candidates, level):
    best = ranked_candidate(passed=2, examples=2, cluster=cluster, candidates=candidates)
    assert level_of(best)[0] is level
    assert level is Level.VERIFIED or f"only {cluster} of {candidates} samples" in level_of(best)[1]


@pytest.mark.parametrize(
    ("passed", "examples", "cluster", "probability", "level"),
    [
        (1, 1, 1, 0.95, Level.VERIFIED),  # a calibrated model may need fewer than three that agree
        (1, 1, 5, 0.9499, Level.WEAK),  # or more
        (1, 2, 5, 0.99, Level.UNVERIFIED),
        (0, 0, 5, 0.99, Level.UNVERIFIED),
    ],
)
def test_levels_with_a_table(passed, examples, cluster, probability, level):
    best = ranked_candidate(passed=passed, examples=examples, cluster=cluster)
    assert level_of(best, probability)[0] is level
    assert enough(best, probability) is (level is Level.VERIFIED)


def test_the_reason_says_the_probability():
    best = ranked_candidate(passed=1, examples=1, cluster=2)
    assert "97.4%" in level_of(best, 0.9737)[1]


def test_probability_of():
    cells = (Cell(examples="all", candidates="4-5", cluster="2", n=9, right=9),)
    table = CalibrationTable(model="m", source="s", cells=cells)
    best = ranked_candidate(passed=2, examples=2, cluster=2)
    assert probability_of(best, table) == pytest.approx(0.95)
    assert probability_of(ranked_candidate(passed=1, examples=2, cluster=2), table) is None
    assert probability_of(dataclasses.replace(best, cluster=1), table) is None
    assert probability_of(dataclasses.replace(best, candidates=6), table) is None
    assert probability_of(best, None) is None
    assert probability_of(None, table) is None


@pytest.mark.parametrize(
    ("samples", "unchecked", "first", "background", "checked", "not_checked", "in_background"),
    [
        (20, 8, 3, 20, [3, 5, 8, 12, 16, 20], [3, 5, 8], [3, 5, 8, 12, 16, 20]),
        (8, 5, 3, 10, [3, 5, 8], [3, 5], [3, 5, 8, 10]),
        (4, 8, 3, 20, [3, 4], [3, 4], [3, 5, 8, 12, 16, 20]),
        (2, 2, 3, 0, [2], [2], [2]),
        (1, 1, 1, 1, [1], [1], [1]),
        (20, 9, 8, 8, [8, 10, 12, 16, 20], [8, 9], [8, 9]),
    ],
)
def test_rounds(samples, unchecked, first, background, checked, not_checked, in_background):
    settings = SolveSettings(
        samples=samples, unchecked_samples=unchecked, first_samples=first, background_samples=background
    )
    assert round_sizes(settings, checked=True) == checked
    assert round_sizes(settings, checked=False) == not_checked
    assert round_sizes(settings, checked=False, in_background=True) == in_background


def test_of_two_that_behave_the_same_the_one_without_a_fault_is_first():
    data = evidence([[10, 2], [10, 2]], inputs=["f(2)"], calls=["f(1)", "f(2)"])
    ranked = rank(bodies(data, "return x + z", "return x + 1"))
    assert ranked[0].score == ranked[1].score
    assert [r.candidate.index for r in ranked] == [1, 0]
