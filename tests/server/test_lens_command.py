"""`atlas-ls lens`: training without torch, what is said about it, and going back."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from drifted_history import believer, keep_solves
from made_outcomes import made

from atlas_lens import outcomes, recalibrations, weights
from atlas_lens.features import NAMES
from atlas_lens.outcomes import STANDS_FOR, Source
from atlas_lens.store import Store
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.history.files import history_path
from atlas_pipeline.history.labels import labels, later
from atlas_pipeline.history.lens_outcomes import outcomes_of
from atlas_pipeline.lens_files import lens_folder
from atlas_server.cli import parser
from atlas_server.lens_command import run_lens

HASH = read_header(model_path("")).digest


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))


def run(*arguments):
    return run_lens(parser().parse_args(["lens", *map(str, arguments)]))


def outcomes_file(path, *, model_hash=HASH, **how):
    """Outcomes of the bundled model with the real features' names."""
    made_up = made(**how)
    columns = np.random.default_rng(1).normal(size=(len(made_up), len(NAMES))).astype(np.float32)
    columns[:, NAMES.index("mean_logprob")] = made_up.feature("mean_logprob")
    source = Source(model="Pocket", model_hash=model_hash, embedding_definition="mean-final-norm/1", made_by="a test")
    outcomes.save(dataclasses.replace(made_up, source=source, features=columns, feature_names=NAMES), path)
    return path


def said(capsys):
    return json.loads(capsys.readouterr().out)


def test_train_status_evaluate_export_and_rollback(tmp_path, capsys):
    data = outcomes_file(tmp_path / "outcomes.npz", tasks=1200)
    assert run("train", data, "--json", "--report", tmp_path / "report.json") == 0
    trained = said(capsys)
    assert (trained["schema"], trained["version"]) == (1, 1)
    assert trained["report"]["earned"]
    assert json.loads((tmp_path / "report.json").read_text()) == trained["report"]

    assert run("status", "--json") == 0
    status = said(capsys)
    assert status["in_use"]["scorer"] == trained["report"]["default"]
    assert status["in_use"]["trained_on"]["labelled by hidden tests"] > 0
    assert status["history"] == {"candidates": 0}
    counts = status["in_use"]["trained_on"]
    assert run("status") == 0
    shown = capsys.readouterr().out
    assert (
        f"Measured on {counts['test tasks']} held-out tasks, calibrated on {counts['validation tasks']} others" in shown
    )
    assert (
        f"anew on all {counts['candidates calibrated on']} candidates of {counts['tasks calibrated on']} tasks" in shown
    )
    assert counts["tasks calibrated on"] == counts["validation tasks"] + counts["test tasks"]

    fresh = outcomes_file(tmp_path / "fresh.npz", tasks=100, seed=5)
    assert run("evaluate", fresh, "--json") == 0
    measured = said(capsys)
    assert set(measured["scorers"]) == {"lens", "random", "log-probability"}
    assert measured["scorers"]["lens"]["picked_right_minus_log_probability"]["low"] > 0

    assert run("export", tmp_path / "copy.npz", "--json") == 0
    assert said(capsys)["version"] == 1
    assert weights.load(tmp_path / "copy.npz").source.model_hash == HASH
    assert run("export", tmp_path / "copy.npz") == 2
    assert "exists; name a new file" in capsys.readouterr().err

    assert run("train", data, "--json") == 0
    assert said(capsys)["version"] == 2
    assert run("rollback", "--json") == 0
    assert said(capsys) == {"schema": 1, "before": 2, "version": 1}
    assert run("rollback") == 0
    assert "what is shipped, if anything" in capsys.readouterr().out
    assert run("rollback") == 2
    assert "nothing to undo" in capsys.readouterr().err


def test_recalibration_adds_a_version_only_where_it_gains(tmp_path, capsys):
    assert run("train", outcomes_file(tmp_path / "outcomes.npz", tasks=1200), "--json") == 0
    said(capsys)
    same = outcomes_file(tmp_path / "same.npz", tasks=60, seed=4)
    assert run("train", same, "--recalibrate", "--json") == 1
    found = said(capsys)
    assert (found["swapped"], found["version"]) == (False, None) and "may be chance" in found["reason"]
    turned = outcomes_file(tmp_path / "turned.npz", tasks=60, linear=-2.0, seed=4)
    assert run("train", turned, "--recalibrate", "--json") == 0
    assert said(capsys)["version"] == 2
    assert run("rollback", "--json") == 0
    assert said(capsys)["version"] == 1
    assert run("train", turned, "--recalibrate") == 0
    assert "version 3 is in use" in capsys.readouterr().out


def test_recalibration_from_the_history_counts_what_is_new(tmp_path, capsys):
    store = Store(lens_folder(), HASH)
    store.add(believer(HASH))
    keep_solves(history_path(), HASH, n=49)
    keep_solves(history_path(), HASH, first=100, n=30, embedded=False)
    keep_solves(history_path(), "feedbeef", first=200, n=30)
    assert run("train", "--recalibrate", "--after", "50", "--json") == 1
    found = said(capsys)
    assert (found["new_outcomes"], found["reason"], found["version"]) == (49, "49 of 50 new outcomes are there", None)
    assert run("status", "--json") == 0
    assert said(capsys)["last_try"] is None
    keep_solves(history_path(), HASH, first=300, n=71)
    assert run("train", "--recalibrate", "--after", "50", "--json") == 0
    found = said(capsys)
    assert (found["new_outcomes"], found["swapped"], found["version"]) == (120, True, 2)
    assert found["challenger"] < found["champion"]
    assert run("train", "--recalibrate", "--after", "1", "--json") == 1
    assert said(capsys)["reason"] == "0 of 1 new outcomes are there"

    assert run("status", "--json") == 0
    status = said(capsys)
    assert status["last_try"]["outcomes"] == 120 and status["last_try"]["challenger"] == found["challenger"]
    adapted = status["in_use"]["recalibrated"]
    assert (adapted["from_version"], adapted["outcomes"]) == (1, 120)
    assert (adapted["squared_error_before"], adapted["squared_error"]) == (found["champion"], found["challenger"])
    drift = status["history"]
    assert (drift["candidates"], drift["scored"], drift["calibration_error_when_trained"]) == (150, 120, 0.02)
    assert run("status") == 0
    shown = capsys.readouterr().out
    assert "from version 1, on 120 outcomes: squared error" in shown and "with 120 new outcomes" in shown
    assert "0.020 when it was trained" in shown
    assert run("rollback", "--json") == 0
    said(capsys)
    assert run("status", "--json") == 0
    assert said(capsys)["in_use"]["recalibrated"] is None


def test_what_nobody_judged_is_no_drift_and_nothing_to_learn_from(capsys):
    store = Store(lens_folder(), HASH)
    store.add(believer(HASH))
    keep_solves(history_path(), HASH, n=30, outcome=None, passes=False)
    assert run("status", "--json") == 0
    assert said(capsys)["history"] == {"candidates": 30, "judged": 0, "right": None}
    assert run("status") == 0
    assert "knows 30 outcomes, 0 of solves that the user judged." in capsys.readouterr().out
    assert run("train", "--recalibrate", "--json") == 1
    assert "0 outcomes are too few" in said(capsys)["reason"]
    assert run("train") == 2
    assert "none of a solve that somebody judged" in capsys.readouterr().err


def test_outcomes_without_the_embeddings_in_use_say_so(tmp_path, capsys):
    Store(lens_folder(), HASH).add(believer(HASH))
    keep_solves(history_path(), HASH, embedded=False)
    assert run("train", "--recalibrate") == 2
    assert "0 of the 120 outcomes of the history have embeddings of 'in answer'" in capsys.readouterr().err
    assert run("train", "--recalibrate", "--after", "5", tmp_path / "some.npz") == 2
    assert "--after counts the outcomes of the history" in capsys.readouterr().err


def test_two_processes_do_not_recalibrate_at_once(capsys):
    store = Store(lens_folder(), HASH)
    store.add(believer(HASH))
    keep_solves(history_path(), HASH)
    with recalibrations.alone(store.folder):
        assert run("train", "--recalibrate") == 2
    assert "Another process is recalibrating" in capsys.readouterr().err
    assert run("train", "--recalibrate") == 0


def test_after_a_training_on_the_history_its_outcomes_are_not_new(capsys):
    keep_solves(history_path(), HASH)
    assert run("train") == 1
    capsys.readouterr()
    assert run("train", "--recalibrate", "--after", "1", "--json") == 1
    assert said(capsys)["reason"] == "0 of 1 new outcomes are there"


def test_a_damaged_note_of_the_last_try_is_named(capsys):
    store = Store(lens_folder(), HASH)
    store.add(believer(HASH))
    (store.folder / "last-try.json").write_text("{}")
    assert run("status") == 2
    assert "last-try.json is damaged" in capsys.readouterr().err


def test_people_are_shown_a_table_and_the_verdict(tmp_path, capsys):
    data = outcomes_file(tmp_path / "outcomes.npz", tasks=300)
    assert run("train", data) == 1
    shown = capsys.readouterr().out
    assert "log-probability" in shown and "inconclusive" in shown and "--cost-field does" in shown
    assert run("status") == 0
    shown = capsys.readouterr().out
    assert "stays out of the ranking" in shown and "knows no outcome of this model yet" in shown


def test_outcomes_of_another_model_are_refused(tmp_path, capsys):
    data = outcomes_file(tmp_path / "outcomes.npz", tasks=50, model_hash="feedbeeffeedbeef")
    assert run("train", data) == 2
    assert "feedbeeffeedbeef" in capsys.readouterr().err


def test_without_any_outcome_it_says_where_to_get_some(capsys, monkeypatch):
    monkeypatch.setattr("atlas_lens.store.SHIPPED", "nothing")
    assert run("train") == 2
    assert "atlas_pocket.outcomes" in capsys.readouterr().err
    assert run("evaluate", "missing.npz") == 2
    assert "There is no Lens" in capsys.readouterr().err
    assert run("status") == 0
    assert "atlas-ls lens train OUTCOMES" in capsys.readouterr().out


def test_without_torch_it_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("atlas_server.lens_command.importlib.util.find_spec", lambda name: None)
    data = outcomes_file(tmp_path / "outcomes.npz", tasks=50)
    assert run("train", data, "--cost-field") == 2
    assert "pip install 'atlas-ls[train]'" in capsys.readouterr().err


def solve_row(uid="s1", *, outcomes=("accepted",), model_hash=HASH, answered_from="", vectors=(), view="body"):
    def candidate(number, *, chosen=False, passed=1, origin="sample"):
        is_there = number < len(vectors)
        return {
            "embedding": np.full(2, vectors[number], "<f2").tobytes().hex() if is_there else None,
            "embedding_view": view if is_there else None,
            "embedding_definition": "mean-final-norm/1" if is_there else None,
            "number": number,
            "body": f"return {number}",
            "origin": origin,
            "tokens": 3,
            "mean_logprob": -0.1,
            "chosen": chosen,
            "examples_passed": passed,
            "examples": 1,
        }

    return {
        "uid": uid,
        "model": "Pocket",
        "answered_from": answered_from,
        "began_at": 100.0,
        "seconds": 5.0,
        "task": {"model_hash": model_hash, "task_hash": "t", "header": "def f(x):", "qualname": "f"},
        "candidates": [
            candidate(0, chosen=True),
            candidate(1, passed=0),
            candidate(2),
            candidate(3, passed=0, origin="repair"),
        ],
        "outcomes": [{"what": what, "at": 200.0 + number} for number, what in enumerate(outcomes)],
    }


@pytest.mark.parametrize(
    ("happened", "labels"),
    [
        # What the user said of the chosen one goes for the other one that passes, too.
        (("verified", "accepted"), [(True, "accepted", 2), (False, "given example", 1)]),
        (("accepted", "reverted"), [(False, "reverted", 2), (False, "given example", 1)]),
        (("rejected",), [(False, "rejected", 2), (False, "given example", 1)]),
        (("accepted", "edited"), [(False, "given example", 0)]),
        (("verified",), [(False, "given example", 0)]),
        ((), [(False, "given example", 0)]),
    ],
)
def test_what_the_history_knows(happened, labels):
    found = outcomes_of([solve_row(outcomes=happened)], HASH)
    known = (found.right.tolist(), found.provenance.tolist(), found.evidence[STANDS_FOR].tolist())
    assert list(zip(*known, strict=True)) == labels
    assert set(found.task.tolist()) == {"s1"}
    assert found.features[0, NAMES.index("unused_parameters")] == pytest.approx(np.log(2))


SOURCE = Source(model="Pocket", model_hash=HASH, embedding_definition="mean-final-norm/1", made_by="a test")


def test_of_a_view_only_what_has_its_vectors_is_learned_from():
    rows = [solve_row("s1", vectors=(1.0, 3.0, 8.0)), solve_row("s2"), solve_row("s3", vectors=(2.0,))]
    found = outcomes_of(rows, HASH, view="body, centred", source=SOURCE)
    assert found.task.tolist() == ["s1", "s1", "s3"]
    assert found.vectors["body"].tolist() == [[1.0, 1.0], [3.0, 3.0], [2.0, 2.0]]
    # Less the mean of all that were drawn, whether or not anything is known of them.
    assert found.vectors["body, centred"].tolist() == [[-3.0, -3.0], [-1.0, -1.0], [0.0, 0.0]]
    assert (found.source.embedding_definition, found.source.made_by) == ("mean-final-norm/1", "the history of solves")
    assert outcomes_of(rows, HASH, view="answer", source=SOURCE) is None
    other = dataclasses.replace(SOURCE, embedding_definition="mean-final-norm/2")
    assert outcomes_of(rows, HASH, view="body", source=other) is None
    assert not outcomes_of(rows, HASH).vectors and len(outcomes_of(rows, HASH)) == 6


def test_since_when_a_label_is_known():
    (accepted, failed) = labels(solve_row(outcomes=("verified", "accepted")))
    assert (accepted.right, accepted.at, failed.provenance, failed.at) == (True, 201.0, "given example", 105.0)


def test_of_a_solve_with_something_new_only_that_is_new():
    row = solve_row(outcomes=("accepted",))
    assert [label.provenance for label in later([row], 0.0)] == ["accepted"]  # nobody judged the other one
    assert [label.provenance for label in later([row], 199.0)] == ["accepted"]
    assert not list(later([row], 200.0))


def test_other_models_and_answers_from_the_history_teach_nothing():
    rows = [solve_row(model_hash="beef"), solve_row(answered_from="s0")]
    assert outcomes_of(rows, HASH) is None
