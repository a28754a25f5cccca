"""A Lens that thinks nearly everything right, and a history in which most of it was not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from solve_records import DOUBLE, solve_record

from atlas_lens.calibration import Platt
from atlas_lens.familiarity import Neighbours, Reach
from atlas_lens.outcomes import Source
from atlas_lens.scorers import Logistic, Space, Standard
from atlas_lens.weights import Weights
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.engine.model_shape import read_shape
from atlas_pipeline.history.history import History
from atlas_pipeline.history.records import Outcome
from atlas_pipeline.records import Embedded, Status
from atlas_pipeline.settings import HistorySettings

WIDTH = read_shape(read_header(model_path(""))).width
"""Of the bundled model's embeddings."""
VIEW, DEFINITION = "in answer", "mean-final-norm/1"


def believer(model_hash: str) -> Weights:
    """Weights that say 0.95 of whatever they are shown."""
    space = Space(VIEW, (), Standard(np.zeros(WIDTH), np.ones(WIDTH)))
    return Weights(
        source=Source(model="Pocket", model_hash=model_hash, embedding_definition=DEFINITION, made_by="a test"),
        version=1,
        made_at="2026-11-22T00:00:00+00:00",
        name=f"logistic, {VIEW}",
        scorer=Logistic(space, np.append(np.zeros(WIDTH), 3.0)),
        calibration=Platt(1.0, 0.0),
        reach=Reach(space=space, distance=Neighbours(np.zeros((1, WIDTH), np.float32)), threshold=1e6),
        trained_on={"training tasks": 1},
        metrics={"calibration_error": 0.02},
        earned=True,
    )


def keep_solves(path, model_hash, *, first=0, n=120, embedded=True, outcome=Outcome.REJECTED, passes=True):
    """Write solves of which the user accepted three in ten and rejected the others; without `outcome` said nothing."""
    rng = np.random.default_rng(first)
    history = History(HistorySettings(), path=path)
    for number in range(first, first + n):
        record = solve_record(f"s{number}", source=DOUBLE.replace("double", f"double_{number}"))
        vector = rng.normal(size=WIDTH).astype("<f2").tobytes()
        vectors = Embedded(view=VIEW, definition=DEFINITION, vectors={0: vector}) if embedded else None
        if not passes:
            record = replace(record, verdicts=tuple(replace(each, status=Status.FAIL) for each in record.verdicts))
        history.add(replace(record, key=replace(record.key, model_hash=model_hash), embedded=vectors))
        if outcome is not None:
            history.outcome(f"s{number}", Outcome.ACCEPTED if number % 10 < 3 else outcome)
    history.close()
