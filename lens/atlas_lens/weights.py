"""The file of a trained Lens: one scorer, its calibration and where it abstains, bound to one model by its hash."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas_lens import familiarity, scorers, views
from atlas_lens.calibration import Calibration, Isotonic, Platt
from atlas_lens.errors import LensError
from atlas_lens.familiarity import Reach
from atlas_lens.outcomes import Source, read_arrays, write_arrays
from atlas_lens.scorers import Scorer, Space

FORMAT = 1
_SCORER, _SPACE, _FAMILIARITY = "scorer:", "space:", "familiarity:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A trained Lens."""

    source: Source
    """The model that it is for, and the data it was trained on."""
    version: int
    """Counts the trainings for this model; a recalibration adds one."""
    made_at: str
    """ISO 8601, UTC."""
    name: str
    """Of the scorer, as the report has it."""
    scorer: Scorer
    calibration: Calibration
    """On more outcomes than `metrics` were measured with: on all that the scorer was not fitted to."""
    reach: Reach | None
    """Outside of it the scorer abstains; None where it looks at no embedding: a log-probability is never unfamiliar."""
    trained_on: Mapping[str, int]
    """Tasks and candidates of each side, and how many of what provenance."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """Of the study: on the held-out tasks, calibrated on the validation side."""
    earned: bool
    """Whether it was measured to be better than log-probability on at least 300 held-out tasks; else it is not used."""
    recalibrated: Mapping[str, Any] = field(default_factory=dict)
    """When it was last adapted, from which version, and the squared errors then; empty where it is as it was trained."""


def save(weights: Weights, path: Path) -> None:
    """Write a file; what stood there is replaced at the end only."""
    reach = weights.reach
    calibration: dict[str, Any]
    match weights.calibration:
        case Platt() as platt:
            calibration = {"kind": "platt", **asdict(platt)}
        case Isotonic() as steps:
            calibration = {"kind": "isotonic", "starts": steps.starts.tolist(), "values": steps.values.tolist()}
    meta = {
        "format": FORMAT,
        "source": asdict(weights.source),
        "version": weights.version,
        "made_at": weights.made_at,
        "name": weights.name,
        "scorer": weights.scorer.kind,
        "calibration": calibration,
        "familiarity": reach.distance.kind if reach is not None else "",
        "threshold": reach.threshold if reach is not None else None,
        "trained_on": dict(weights.trained_on),
        "metrics": dict(weights.metrics),
        "earned": weights.earned,
        "recalibrated": dict(weights.recalibrated),
    }
    arrays: dict[str, NDArray[np.generic]] = {"meta": np.array(json.dumps(meta))}
    arrays |= {f"{_SCORER}{name}": each for name, each in weights.scorer.arrays().items()}
    if reach is not None:
        arrays |= {f"{_SPACE}{name}": each for name, each in reach.space.arrays().items()}
        arrays |= {f"{_FAMILIARITY}{name}": each for name, each in reach.distance.arrays().items()}
    write_arrays(path, arrays)


def load(path: Path) -> Weights:
    """Read a file, whatever model it is for.

    Raises:
        LensError: it is missing, damaged or of another version.
    """
    arrays = read_arrays(path, "Lens weights")
    try:
        meta = json.loads(str(arrays["meta"]))
        if meta["format"] != FORMAT:
            raise LensError(
                f"{path} has format {meta['format']}, this version reads {FORMAT}; train anew with `atlas-ls lens train`."
            )
        said = meta["calibration"]
        calibration: Calibration = (
            Platt(said["slope"], said["offset"])
            if said["kind"] == "platt"
            else Isotonic(np.array(said["starts"]), np.array(said["values"]))
        )
        scorer = scorers.of_arrays(meta["scorer"], _part(arrays, _SCORER))
        return Weights(
            source=Source(**meta["source"]),
            version=meta["version"],
            made_at=meta["made_at"],
            name=meta["name"],
            scorer=scorer,
            calibration=calibration,
            # Earlier files also have a distance for scorers of no embedding; it is not looked at.
            reach=_reach(meta, arrays) if scorer.space.view else None,
            trained_on=meta["trained_on"],
            metrics=meta["metrics"],
            earned=meta["earned"],
            recalibrated=meta.get("recalibrated", {}),  # files from before it
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LensError(f"{path} holds no Lens weights: {error!r}. Train anew with `atlas-ls lens train`.") from error


def _reach(meta: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Reach:
    return Reach(
        space=Space.of_arrays(_part(arrays, _SPACE)),
        distance=familiarity.of_arrays(meta["familiarity"], _part(arrays, _FAMILIARITY)),
        threshold=meta["threshold"],
    )


def _part(arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> dict[str, NDArray[np.generic]]:
    return {name[len(prefix) :]: each for name, each in arrays.items() if name.startswith(prefix)}


def definition_of(weights: Weights) -> str:
    """Return what the vectors have to be that weights score; empty where they score none."""
    view = weights.scorer.space.view
    return views.definition_of(view, weights.source) if view else ""


def unfit(weights: Weights, *, model: str, model_hash: str, embedding_definitions: Sequence[str]) -> str | None:
    """Return why weights cannot score the candidates of a model, and what to do; None where they can."""
    source = weights.source
    train = "collect outcomes of it and run `atlas-ls lens train`"
    if source.model_hash != model_hash:
        return (
            f"the Lens was trained for {source.model} ({source.model_hash}), the loaded model is {model} ({model_hash}); "
            f"nothing is scored. To have one for this model, {train}"
        )
    if weights.scorer.space.view and definition_of(weights) not in embedding_definitions:
        return (
            f"the Lens was trained on embeddings {definition_of(weights)!r}, the engine gives "
            f"{', '.join(embedding_definitions) or 'none'!r}; nothing is scored. To have one for these, {train}"
        )
    return None
