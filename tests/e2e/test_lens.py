"""The Lens from the shell: real engine, pocket model with its own embeddings, real sandbox."""

import asyncio
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drifted_history import WIDTH, believer, keep_solves
from jsonschema import Draft202012Validator
from lsp_editor import OPTIONS, environment, start_editor, stop_editor
from solve_sources import NO_EXAMPLE

from atlas_lens import recalibrations, weights
from atlas_lens.calibration import Platt
from atlas_lens.familiarity import Neighbours, Reach
from atlas_lens.outcomes import Source
from atlas_lens.scorers import Logistic, Space, Standard
from atlas_lens.store import Store
from atlas_lens.weights import Weights
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.engine.model_shape import read_shape
from atlas_pipeline.events import json_schema


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("lens"))


def atlas(home, *arguments):
    command = [sys.executable, "-m", "atlas_server", *map(str, arguments)]
    return subprocess.run(command, env=home, capture_output=True, timeout=240, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Weights for the bundled model, drawn at random: what they say is worth nothing, that they say it is what counts."""
    model = read_header(model_path(""))
    width = read_shape(model).width
    rng = np.random.default_rng(0)
    space = Space("in answer", (), Standard(np.zeros(width), np.ones(width)))
    made = Weights(
        source=Source(
            model="Atlas Pocket",
            model_hash=model.digest,
            embedding_definition="mean-final-norm/1",
            made_by="a test",
            last_token_definition="last-final-norm/1",
        ),
        version=7,
        made_at="2026-11-22T00:00:00+00:00",
        name="logistic, in answer",
        scorer=Logistic(space, rng.normal(size=width + 1) * 0.1),
        calibration=Platt(1.0, 0.0),
        reach=Reach(space=space, distance=Neighbours(np.zeros((1, width), np.float32)), threshold=1e6),
        trained_on={},
        earned=False,
    )
    folder = tmp_path_factory.mktemp("weights")
    weights.save(made, folder / "near.npz")
    weights.save(dataclasses.replace(made, reach=dataclasses.replace(made.reach, threshold=1e-6)), folder / "far.npz")
    at_the_end = dataclasses.replace(space, view="last of answer")
    last = dataclasses.replace(
        made, scorer=Logistic(at_the_end, made.scorer.weights), reach=dataclasses.replace(made.reach, space=at_the_end)
    )
    weights.save(last, folder / "last.npz")
    other = dataclasses.replace(last.source, last_token_definition="last-final-norm/0")
    weights.save(dataclasses.replace(last, source=other), folder / "other.npz")
    return folder


def solved(home, tmp_path, *settings):
    path = tmp_path / "work.py"
    path.write_text(NO_EXAMPLE)
    chosen = [part for setting in settings for part in ("--set", setting)]
    done = atlas(home, "solve", f"{path}::biggest", "--json-events", "--fresh", *chosen)
    assert done.returncode in (0, 1), done.stderr.decode()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    validator = Draft202012Validator(json_schema())
    for event in events:
        validator.validate(event)
    return events


def of(events, kind):
    return [event for event in events if event["event"] == kind]


def test_every_candidate_gets_a_probability_from_the_models_own_embedding(home, tmp_path, drawn):
    events = solved(home, tmp_path, 'lens.selection="weak"', f"lens.weights={json.dumps(str(drawn / 'near.npz'))}")
    said = of(events, "LensScored")[-1]
    assert (said["scorer"], said["version"], said["abstained"]) == ("logistic, in answer", 7, 0)
    assert len(said["judgements"]) == len(of(events, "CandidateMade"))
    assert all(0.0 < each["probability"] < 1.0 for each in said["judgements"])
    assert events[-1]["selection"]["best"]["prior"] is not None


def test_a_scorer_of_the_last_token_gets_its_own_vectors(home, tmp_path, drawn):
    settings = ('lens.selection="weak"', "lens.weights=" + json.dumps(str(drawn / "last.npz")))
    said = of(solved(home, tmp_path, *settings), "LensScored")[-1]
    assert said["abstained"] == 0
    candidates = json.loads(atlas(home, "history", "export").stdout.splitlines()[-1])["candidates"]
    assert {each["embedding_definition"] for each in candidates} == {"last-final-norm/1"}
    # The scorer is linear: from what was kept one gets what was said.
    line = weights.load(drawn / "last.npz").scorer.weights
    for each in candidates[: len(said["judgements"])]:
        vector = np.frombuffer(bytes.fromhex(each["embedding"]), "<f2").astype(float)
        odds = vector @ line[:-1] + line[-1]
        told = next(one["probability"] for one in said["judgements"] if one["candidate"] == each["number"])
        assert 1.0 / (1.0 + np.exp(-odds)) == pytest.approx(told, abs=0.01)


def test_a_scorer_of_another_definition_is_refused(home, tmp_path, drawn):
    events = solved(home, tmp_path, 'lens.selection="ties"', f"lens.weights={json.dumps(str(drawn / 'other.npz'))}")
    (skipped,) = [event for event in of(events, "StageSkipped") if event["stage"] == "lens"]
    assert "'last-final-norm/0'" in skipped["reason"] and "last-final-norm/1" in skipped["reason"]


def test_the_history_keeps_the_vectors_that_were_scored(home, tmp_path, drawn):
    def kept():
        lines = atlas(home, "history", "export").stdout.splitlines()
        return json.loads(lines[-1])["candidates"]

    solved(home, tmp_path, 'lens.selection="weak"', f"lens.weights={json.dumps(str(drawn / 'near.npz'))}")
    vectors = [np.frombuffer(bytes.fromhex(each["embedding"]), "<f2") for each in kept()]
    assert {vector.shape for vector in vectors} == {(WIDTH,)} and all(np.isfinite(vector).all() for vector in vectors)
    assert {each["embedding_definition"] for each in kept()} == {"mean-final-norm/1"}
    assert {each["embedding_view"] for each in kept()} == {"in answer"}
    solved(home, tmp_path)
    assert {each["embedding"] for each in kept()} == {None}


def test_it_abstains_and_says_so(home, tmp_path, drawn):
    events = solved(home, tmp_path, 'lens.selection="weak"', f"lens.weights={json.dumps(str(drawn / 'far.npz'))}")
    said = of(events, "LensScored")[-1]
    assert said["abstained"] == len(said["judgements"]) > 0
    assert events[-1]["selection"]["best"]["prior"] is None


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """The bundled model under another name, which makes it another model."""
    path = tmp_path_factory.mktemp("model") / "stranger.gguf"
    path.write_bytes(model_path("").read_bytes().replace(b"Atlas Pocket v1", b"Another Pocket ", 1))
    return path


def test_without_a_lens_for_the_model_a_solve_says_so_and_goes_on(home, tmp_path, stranger):
    events = solved(home, tmp_path, 'lens.selection="ties"', f"engine.model={json.dumps(str(stranger))}")
    (skipped,) = [event for event in of(events, "StageSkipped") if event["stage"] == "lens"]
    assert "nobody trained a Lens for Another Pocket" in skipped["reason"]
    assert not of(events, "LensScored")


def test_the_shipped_one_stays_out_of_the_ranking_and_says_so(home, tmp_path):
    events = solved(home, tmp_path, 'lens.selection="ties"')
    (skipped,) = [event for event in of(events, "StageSkipped") if event["stage"] == "lens"]
    assert "was not shown to be better than log-probability" in skipped["reason"]
    assert not of(events, "LensScored")
    report = json.loads(atlas(home, "lens", "status", "--json").stdout)
    assert (report["in_use"]["shipped"], report["in_use"]["earned"]) == (True, False)
    path = Path(report["in_use"]["path"])
    assert path.stem == read_header(model_path("")).digest
    assert path.stat().st_size < 5_000_000
    assert report["in_use"]["trained_on"]["candidates calibrated on"] > 10_000


async def test_the_server_adapts_it_to_the_history_when_it_is_idle(tmp_path):
    own = environment(tmp_path)
    store = Store(Path(own["XDG_DATA_HOME"]) / "atlas-ls/lens", read_header(model_path("")).digest)
    store.add(believer(store.model_hash))
    keep_solves(Path(own["XDG_DATA_HOME"]) / "atlas-ls/history/history.sqlite3", store.model_hash)
    uri = (tmp_path / "work.py").as_uri()
    lens = {"selection": "weak", "recalibrate_idle_s": 0.05}
    editor = await start_editor("vscode", tmp_path, options={**OPTIONS, "lens": lens})
    try:
        seen_meanwhile = []
        editor.open(uri, NO_EXAMPLE)
        running = asyncio.create_task(editor.solve(uri, "def biggest", fresh=True))
        while not running.done():
            seen_meanwhile.append(recalibrations.last(store.folder))
            await asyncio.wait({running}, timeout=0.02)
        assert (await running)["status"] in ("weak", "unverified", "verified")
        assert set(seen_meanwhile) == {None}  # not while a solve runs, though the Lens has scored long since

        def adapted():
            return [each.message for each in editor.client.log_messages if "the Lens was adapted" in each.message]

        await editor.until(adapted)
        (said,) = adapted()
        assert "Version 2 is in use" in said
        status = json.loads(atlas(own, "lens", "status", "--json").stdout)
        assert status["versions"] == [1, 2]
        assert status["in_use"]["recalibrated"]["from_version"] == 1
        assert status["last_try"]["swapped"] is True
        assert status["last_try"]["challenger"] < status["last_try"]["champion"]

        await editor.solve(uri, "def biggest", fresh=True)  # by the new version, and nothing is new
        assert (
            json.loads(atlas(own, "lens", "train", "--recalibrate", "--after", "50", "--json").stdout)["version"]
            is None
        )
        assert store.versions() == [1, 2] and len(adapted()) == 1
        assert atlas(own, "lens", "rollback").returncode == 0
        assert store.load().weights.version == 1
    finally:
        await stop_editor(editor)


def test_status_without_a_lens(home, stranger):
    done = atlas(home, "lens", "status", "--model", stranger, "--json")
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert (report["schema"], report["versions"], report["in_use"]) == (1, [], None)
