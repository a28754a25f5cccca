"""What is said while a solve runs: stages, candidates, tests passed, speed, time left."""

import io
from dataclasses import replace

from atlas_pipeline.events import (
    BudgetUsed,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    EarlierAnswerJudged,
    Started,
    StoppedEarly,
)
from atlas_pipeline.records import Candidate, Cost, Origin, Provenance, Status, TestCase, Verdict
from atlas_server.bounded_input import MOST_BYTES, BoundedInput
from atlas_server.features.configuration import merged
from atlas_server.live import Live
from atlas_server.narrator import Narrator

CANDIDATE = Candidate(index=0, body="return 1", origin=Origin.SAMPLE)
CASE = TestCase(call="f(1)", expected=None, provenance=Provenance.GIVEN)


def verdict(status):
    return Verdict(candidate=0, case=CASE, status=status, actual="2", cpu_s=0.0)


def test_what_is_said_of_candidates():
    now = [0.0]
    narrator = Narrator(clock=lambda: now[0])
    started = Started(qualname="f", model="Tiny Q4", examples=(), unread_examples=(), sandbox_layers=())
    assert narrator.say(started) == "Tiny Q4: writing candidates"
    now[0] = 4.0
    assert narrator.say(CandidateMade(candidate=CANDIDATE, done=1, planned=5)) == "candidate 1 of 5, unverified"
    cost = Cost(seconds=4, prompt_tokens=9, completion_tokens=80, candidates=1, programs_run=1)
    assert narrator.say(BudgetUsed(cost=cost, tokens_per_s=20.4)) is None
    tested = CandidateTested(candidate=0, verdicts=(verdict(Status.PASS), verdict(Status.FAIL)))
    assert narrator.say(tested) == "candidate 1: 1/2 examples, 20 tokens/s"
    now[0] = 6.0
    said = narrator.say(CandidateMade(candidate=CANDIDATE, done=2, planned=5))
    assert said == "candidate 2 of 5, unverified, 20 tokens/s, about 9 s left"
    rejected = CandidateRejected(reason="no code in the answer", done=3, planned=5)
    assert narrator.say(rejected) == "candidate 3 of 5: no code in the answer"
    assert (narrator.done, narrator.planned) == (3, 5)
    assert narrator.say(CandidateTested(candidate=0, verdicts=())) is None
    assert "you asked" in narrator.say(StoppedEarly(by="user", reason="you asked for the best so far"))


def test_what_is_said_of_an_answer_from_the_history():
    held = EarlierAnswerJudged(
        solve="a", solved_at="2026-11-20T10:00:00+00:00", candidates=3, verified=True, reason="its example passes"
    )
    started = Started(qualname="f", model="Tiny Q4", examples=(), unread_examples=(), sandbox_layers=())
    made = CandidateMade(candidate=CANDIDATE, done=1, planned=3)
    narrator = Narrator()
    assert narrator.say(held) == "solved before (2026-11-20), and verified again: no model needed"
    assert (narrator.say(started), narrator.say(made)) == (None, None)
    narrator = Narrator()
    said = narrator.say(replace(held, verified=False, reason="the best candidate passes 1 of 2 examples"))
    assert said == (
        "solved before (2026-11-20), but it does not hold any more: the best candidate passes 1 of 2 examples"
    )
    assert narrator.say(made) == "candidate 1 of 3, unverified"


def test_the_share_never_falls():
    narrator, shares = Narrator(), []
    for done, planned in ((1, 3), (2, 3), (3, 3), (4, 8), (5, 8), (8, 20), (20, 20)):
        narrator.say(CandidateMade(candidate=CANDIDATE, done=done, planned=planned))
        shares.append(narrator.share)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_the_short_text():
    assert Live(task=None).text == "Solving"
    assert Live(task=None, done=2, planned=5).text == "Solving 2/5"
    assert Live(task=None, done=2, planned=5, position=3).text == "Queued: 3 before it"
    live = Live(task=None, verdicts=(verdict(Status.PASS), verdict(Status.TIMEOUT), verdict(Status.FAIL)))
    assert live.counterexample.status is Status.TIMEOUT
    assert Live(task=None).counterexample is None


def test_settings_lie_on_top_of_each_other():
    under = {"engine": {"model": "a", "threads": 2}, "solve": {"samples": 3}}
    assert merged(under, {"engine": {"model": "b"}, "sandbox": {"cpu_s": 2}}) == {
        "engine": {"model": "b", "threads": 2},
        "solve": {"samples": 3},
        "sandbox": {"cpu_s": 2},
    }
    assert merged(under, {"engine": None})["engine"] is None
    assert under["engine"]["model"] == "a"


def test_a_body_that_is_too_long_is_skipped_not_kept():
    class Endless(io.BytesIO):
        """A stream that would give any length, in pieces."""

        asked = 0

        def read(self, size=-1):
            assert size <= 2**20
            Endless.asked += size
            return b" " * size

    assert BoundedInput(Endless()).read(MOST_BYTES + 1) == b"null"
    assert Endless.asked == MOST_BYTES + 1
    assert BoundedInput(io.BytesIO(b"abc")).read(2) == b"ab"
    assert BoundedInput(io.BytesIO(b"ab")).read(MOST_BYTES * 2) == b"null"
    assert len(BoundedInput(io.BytesIO(b"x" * 200_000)).readline()) == 65536
