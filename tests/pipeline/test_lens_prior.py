"""The Lens in a solve: where its word counts, where it has none, and that either is told."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest
from scripted import ScriptedEngine

from atlas_lens import weights
from atlas_lens.calibration import Platt
from atlas_lens.familiarity import Neighbours, Reach
from atlas_lens.features import NAMES
from atlas_lens.outcomes import Source
from atlas_lens.scorers import Logistic, Space, Standard
from atlas_lens.store import Store
from atlas_lens.weights import Weights
from atlas_pipeline.errors import AtlasError, EngineLostError, UsageError
from atlas_pipeline.events import (
    CandidateMade,
    Finished,
    LensScored,
    RouteChosen,
    StageSkipped,
    StoppedEarly,
    to_json,
)
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.history import History, store
from atlas_pipeline.history.reading import read
from atlas_pipeline.history.recall import Remembering, solve_with_history
from atlas_pipeline.lens_files import lens_folder
from atlas_pipeline.lens_prior import open_lens
from atlas_pipeline.settings import HistorySettings, LensSettings, Settings, SolveSettings
from atlas_pipeline.solving import solve

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = 'def double(x):\n    """Double x."""\n'
GIVEN = 'def double(x):\n    """Double x.\n\n    >>> double(1)\n    2\n    """\n'
WIDTH = 4
HASH = "0" * 16
SHORT, LONG = "return x * 2", "result = x + 1\nreturn result"


def lens_weights(*, model_hash=HASH, earned=True, reach=1e6, view="body") -> Weights:
    """Weights that like long bodies: the scripted engine's vectors are the lengths of the texts."""
    space = Space(view, () if view else NAMES[:WIDTH], Standard(np.zeros(WIDTH), np.ones(WIDTH)))
    return Weights(
        source=Source(
            model="scripted",
            model_hash=model_hash,
            embedding_definition="length/1",
            made_by="a test",
            last_token_definition="code/1",
        ),
        version=1,
        made_at="2026-11-22T00:00:00+00:00",
        name=f"logistic, {view}",
        scorer=Logistic(space, np.array([1.0, 0.0, 0.0, 0.0, -20.0])),
        calibration=Platt(1.0, 0.0),
        reach=Reach(space=space, distance=Neighbours(np.zeros((1, WIDTH), np.float32)), threshold=reach)
        if view
        else None,
        trained_on={"training tasks": 1},
        earned=earned,
    )


class Embedding(ScriptedEngine):
    """Writes a short and a long body in turn, and no tests; its vectors are lengths, or the codes of the first letter."""

    def __init__(self, *, fails: AtlasError | None = None):
        super().__init__(self.answer)
        self.embedded: list[str] = []
        self.fails = fails

    def answer(self, prompt, sampling):
        if "Write the body" not in prompt:
            return "nothing"
        return "    " + (LONG if sampling.seed % 2 else SHORT).replace("\n", "\n    ")

    async def capabilities(self):
        return replace(
            await super().capabilities(),
            embedding_definition="length/1",
            embedding_definitions=("length/1", "code/1"),
            embeddings=True,
        )

    async def embed(self, texts, *, definitions=()):
        if self.fails is not None:
            raise self.fails
        self.embedded += texts
        number = {"length/1": len, "code/1": lambda text: ord(text[0])}[definitions[0]]
        return np.array([[number(text)] * WIDTH for text in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))


@pytest.fixture
def written(tmp_path):
    """Return a function that writes weights and returns the settings that name their file."""

    def write(**how) -> LensSettings:
        path = tmp_path / "lens.npz"
        weights.save(lens_weights(**how), path)
        return LensSettings(selection="ties", weights=str(path))

    return write


def double(source=SOURCE):
    document = Document(source)
    return make_task(document, document.named("double"))


async def run(sandbox, lens, *, engine=None, samples=2, source=SOURCE, **solving):
    task = double(source)
    settings = Settings(solve=SolveSettings(**{"samples": samples, "first_samples": samples, **solving}), lens=lens)
    stream = solve(task, engine=engine or Embedding(), sandbox=sandbox, settings=settings)
    async with aclosing(stream) as events:
        found = [event async for event in events]
    assert isinstance(found[-1], Finished)
    return found


def scored(events):
    return [event for event in events if isinstance(event, LensScored)]


def skipped(events):
    return [event.reason for event in events if isinstance(event, StageSkipped) and event.stage == "lens"]


def best(events):
    return events[-1].selection.best


async def test_off_asks_for_no_embedding(sandbox):
    engine = Embedding()
    events = await run(sandbox, LensSettings(), engine=engine)
    assert not scored(events) and not skipped(events) and not engine.embedded
    assert best(events).candidate.body == SHORT  # both behave alone: the median of two sizes, then the first
    assert best(events).prior is None


async def test_a_tie_goes_to_the_likelier_one_and_an_event_says_so(sandbox, written):
    engine = Embedding()
    events = await run(sandbox, written(), engine=engine)
    (said,) = scored(events)
    assert (said.scorer, said.version, said.abstained) == ("logistic, body", 1, 0)
    # Lengths 12 and 28: sigmoid(-8) and sigmoid(8).
    assert [round(each.probability, 4) for each in said.judgements] == [0.0003, 0.9997]
    assert to_json(said)["judgements"][0] == {"candidate": 0, "probability": pytest.approx(0.000335, rel=1e-2)}
    assert best(events).candidate.body == LONG
    assert best(events).prior == pytest.approx(0.9997, abs=1e-4)
    assert events[-1].selection.level.value == "UNVERIFIED"  # a prior is no evidence


async def test_a_text_is_embedded_once(sandbox, written):
    engine = Embedding()
    await run(sandbox, written(), engine=engine, samples=5)
    assert sorted(engine.embedded) == sorted([SHORT, LONG])


async def test_a_view_of_the_last_token_gets_vectors_of_its_own_definition(sandbox, written):
    (said,) = scored(await run(sandbox, written(view="last of function")))
    # Both texts begin with "def": sigmoid(100 - 20).
    assert [each.probability for each in said.judgements] == [pytest.approx(1.0)] * 2


async def remembered(sandbox, lens, path, engine=None):
    """Return the candidates of the one solve that the history has."""
    settings = Settings(solve=SolveSettings(samples=2, first_samples=2), lens=lens)
    history = History(HistorySettings(), path=path)

    async def connect():
        return engine or Embedding()

    stream = solve_with_history(
        double(), remembering=Remembering(history=history), connect=connect, sandbox=sandbox, settings=settings
    )
    async with aclosing(stream) as events:
        async for _ in events:
            pass
    history.close()
    (solve,) = read(path, lambda connection: list(store.export(connection)))
    return solve["candidates"]


async def test_the_history_keeps_what_was_scored_and_of_what_it_is(sandbox, written, tmp_path):
    candidates = await remembered(sandbox, written(), tmp_path / "history/history.sqlite3")
    for candidate in candidates:
        vector = np.frombuffer(bytes.fromhex(candidate["embedding"]), "<f2")
        assert vector.tolist() == [len(candidate["body"])] * WIDTH
        assert (candidate["embedding_view"], candidate["embedding_definition"]) == ("body", "length/1")
    assert {candidate["body"] for candidate in candidates} == {SHORT, LONG}


async def test_of_a_view_of_the_last_token_its_own_definition_is_kept(sandbox, written, tmp_path):
    lens = written(view="last of function, centred")
    for candidate in await remembered(sandbox, lens, tmp_path / "history/history.sqlite3"):
        assert np.frombuffer(bytes.fromhex(candidate["embedding"]), "<f2").tolist() == [ord("d")] * WIDTH
        assert (candidate["embedding_view"], candidate["embedding_definition"]) == ("last of function", "code/1")


@pytest.mark.parametrize("kind", ["off", "features", "too long"])
async def test_where_nothing_is_embedded_nothing_is_kept(sandbox, written, tmp_path, kind):
    engine = Embedding(fails=UsageError("3000 tokens") if kind == "too long" else None)
    lens = LensSettings() if kind == "off" else written(view="" if kind == "features" else "body")
    for candidate in await remembered(sandbox, lens, tmp_path / "history/history.sqlite3", engine):
        assert [candidate[name] for name in ("embedding", "embedding_view", "embedding_definition")] == [None] * 3
    assert not engine.embedded


async def test_it_abstains_from_what_is_far_and_leaves_the_order_alone(sandbox, written):
    events = await run(sandbox, written(reach=1.0))
    (said,) = scored(events)
    assert said.abstained == 2
    assert [each.probability for each in said.judgements] == [None, None]
    assert best(events).candidate.body == SHORT
    assert best(events).prior is None


class Short(Embedding):
    """Writes short bodies only, of which the Lens thinks little, each a little longer than the one before."""

    def answer(self, prompt, sampling):
        return f"    return x * {2 + sampling.seed % 4}" if "Write the body" in prompt else "nothing"


@pytest.mark.parametrize(
    ("below", "reach", "source", "made"),
    [
        (0.0, 1e6, SOURCE, 8),
        (0.001, 1e6, SOURCE, 3),
        (0.0002, 1e6, SOURCE, 8),  # sigmoid(-8) = 0.0003
        (0.5, 1.0, SOURCE, 8),  # it says nothing of these
        (0.5, 1e6, GIVEN, 8),  # one passes what is given
    ],
)
async def test_no_more_is_drawn_where_nothing_is_likely(sandbox, written, below, reach, source, made):
    lens = LensSettings(stop_below=below, weights=written(reach=reach).weights)
    events = await run(sandbox, lens, engine=Short(), samples=8, first_samples=3, source=source, resamples=0)
    assert sum(isinstance(event, CandidateMade) for event in events) == made
    said = [event.reason for event in events if isinstance(event, StoppedEarly)]
    assert [reason.endswith("more are not drawn (lens.stop_below)") for reason in said] == [True] * (made < 8)


@pytest.mark.parametrize(("route", "reach", "passed"), [(False, 1e6, 0.5), (True, 1e6, 0.0003), (True, 1.0, 0.5)])
async def test_the_router_is_told_what_is_likely_where_nothing_is_given(sandbox, written, route, reach, passed):
    lens = LensSettings(route=route, stop_below=1e-9, weights=written(reach=reach).weights)
    events = await run(sandbox, lens, engine=Short(), route="auto")
    (chosen,) = [event for event in events if isinstance(event, RouteChosen)]
    assert chosen.features["passed"] == pytest.approx(passed, abs=1e-4)


async def test_weights_of_another_model_are_refused_with_both_hashes(sandbox, written):
    events = await run(sandbox, written(model_hash="feedbeef"))
    assert not scored(events)
    (reason,) = skipped(events)
    assert "feedbeef" in reason and HASH in reason and "atlas-ls lens train" in reason


async def test_a_text_that_is_too_long_ends_nothing(sandbox, written):
    engine = Embedding(fails=UsageError("the text has 3000 tokens, the context 2048"))
    events = await run(sandbox, written(), engine=engine)
    assert "3000 tokens" in skipped(events)[0]
    assert best(events).candidate.body == SHORT


async def test_an_engine_that_fails_at_it_takes_no_candidate_with_it(sandbox, written):
    engine = Embedding(fails=EngineLostError("The engine has gone twice."))
    with pytest.raises(EngineLostError, match="gone twice"):  # UNVERIFIED: nothing can be offered
        await run(sandbox, written(), engine=engine)
    given = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
    events = await run(sandbox, written(), engine=engine, source=given)
    assert "engine that embeds them has failed" in skipped(events)[0]
    assert best(events).candidate.body == SHORT
    assert events[-1].selection.level.value == "WEAK"


async def capabilities():
    return await Embedding().capabilities()


async def test_without_weights_it_says_how_to_get_some():
    found = open_lens(LensSettings(selection="ties"), await capabilities())
    assert isinstance(found, StageSkipped)
    assert "nobody trained a Lens for scripted" in found.reason and "atlas-ls lens train" in found.reason


async def test_a_missing_or_damaged_file_is_named(tmp_path):
    for content, said in ((None, "There are no Lens weights at"), (b"x", "is damaged")):
        path = tmp_path / "some.npz"
        if content is not None:
            path.write_bytes(content)
        found = open_lens(LensSettings(selection="ties", weights=str(path)), await capabilities())
        assert isinstance(found, StageSkipped) and said in found.reason and str(path) in found.reason


async def test_what_did_not_earn_its_place_stays_out_unless_it_is_named(written):
    Store(lens_folder(), HASH).add(lens_weights(earned=False))
    found = open_lens(LensSettings(selection="ties"), await capabilities())
    assert isinstance(found, StageSkipped) and "not shown to be better than log-probability" in found.reason
    named = written(earned=False)
    assert not isinstance(open_lens(named, await capabilities()), StageSkipped)
    Store(lens_folder(), HASH).add(lens_weights())
    assert not isinstance(open_lens(LensSettings(selection="ties"), await capabilities()), StageSkipped)


async def test_an_engine_without_embeddings_is_refused_where_they_are_needed(written):
    without = replace(await capabilities(), embeddings=False)
    found = open_lens(written(), without)
    assert isinstance(found, StageSkipped) and "'none'" in found.reason
