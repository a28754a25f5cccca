"""Candidates whose truth is known: what the Lens is trained on and measured by. One `.npz` without pickles."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atlas_lens.errors import LensError

Floats: TypeAlias = NDArray[np.float32]
Texts: TypeAlias = NDArray[np.str_]
Flags: TypeAlias = NDArray[np.bool_]

FORMAT = 1
STANDS_FOR = "stands for"
"""Evidence: of how many of the task's candidates a label says something; 0 where it is known for its outcome only."""
_VECTOR = "vector:"
_EVIDENCE = "evidence:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where outcomes come from."""

    model: str
    """Name for people."""
    model_hash: str
    """As in the engine's capabilities; outcomes of two models are never put together."""
    embedding_definition: str
    """What the engine's vectors are; empty where there are none."""
    made_by: str
    """Command or store, for people."""
    last_token_definition: str = ""
    """What those vectors are that are of one token; empty where there are none."""

    def goes_with(self, other: Source) -> bool:
        """Tell whether outcomes of both can be put together; views that only one of them has are no hindrance."""
        last = {self.last_token_definition, other.last_token_definition} - {""}
        return (self.model_hash, self.embedding_definition) == (other.model_hash, other.embedding_definition) and len(
            last
        ) < 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """n candidates, those of one task side by side and in the order they were drawn."""

    source: Source
    task: Texts
    """(n,): identity of the request; a scorer's task is to tell its candidates apart."""
    group: Texts
    """(n,): tasks that ask for the same in other words share it, and are never on two sides of a split."""
    domain: Texts
    """(n,): part of the world."""
    right: Flags
    """(n,)"""
    provenance: Texts
    """(n,): who says whether it is right: `hidden tests`, `user accepted` and so on."""
    features: Floats
    """(n, f); NaN where unknown."""
    feature_names: tuple[str, ...]
    vectors: Mapping[str, Floats] = field(default_factory=dict)
    """By view, (n, n_embd)."""
    evidence: Mapping[str, Floats] = field(default_factory=dict)
    """What running the candidates showed, by name, (n,); NaN where there is none."""

    def __len__(self) -> int:
        return len(self.right)

    def where(self, chosen: Flags | NDArray[np.int64]) -> Outcomes:
        """Return some of them, by mask or by index."""
        return dataclasses.replace(
            self,
            task=self.task[chosen],
            group=self.group[chosen],
            domain=self.domain[chosen],
            right=self.right[chosen],
            provenance=self.provenance[chosen],
            features=self.features[chosen],
            vectors={name: each[chosen] for name, each in self.vectors.items()},
            evidence={name: each[chosen] for name, each in self.evidence.items()},
        )

    def representative(self) -> Outcomes:
        """Return those from which P(right) can be learned: not what is known only because it is wrong (`STANDS_FOR`).

        In a solve that the user judged, wrong bodies are known by the examples, and of the others the chosen one by the
        user: it stands for all of them. By every label too few would be right, by the chosen ones alone too many.
        """
        return self.where(self.evidence[STANDS_FOR] > 0) if STANDS_FOR in self.evidence else self

    def expanded(self) -> Outcomes:
        """Return each as often as it stands for a candidate."""
        if STANDS_FOR not in self.evidence:
            return self
        return self.where(np.repeat(np.arange(len(self)), self.evidence[STANDS_FOR].astype(np.int64)))

    def tasks(self) -> list[NDArray[np.int64]]:
        """Return the indices of each task's candidates, in the order of the tasks' first ones."""
        return rows_of(self.task)

    def feature(self, name: str) -> Floats:
        """Return one column of the features, (n,)."""
        return self.features[:, self.feature_names.index(name)]


def rows_of(names: Texts) -> list[NDArray[np.int64]]:
    """Return the indices of each distinct name, in the order of first occurrence."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    return [parts[number] for number in np.argsort(first)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Three sides that share no group."""

    train: Outcomes
    validation: Outcomes
    """Chooses between views, ridges and scorers, and calibrates."""
    test: Outcomes
    """Is looked at once."""


def split(outcomes: Outcomes, *, validation: float = 0.2, test: float = 0.3, salt: str = "lens") -> Split:
    """Split by group, by hash: a group stays on its side whatever else is added later."""
    sides = np.array([_share(group, salt) for group in outcomes.group])
    return Split(
        train=outcomes.where(sides >= validation + test),
        validation=outcomes.where((sides >= test) & (sides < validation + test)),
        test=outcomes.where(sides < test),
    )


def _share(name: str, salt: str) -> float:
    return int.from_bytes(hashlib.sha256(f"{salt}/{name}".encode()).digest()[:6], "big") / 2**48


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """Put outcomes of one model together, with the views and the evidence that all of them have.

    Raises:
        LensError: they are of different models, or were taken with different features.
    """
    if not parts:
        raise LensError("There are no outcomes to put together.")
    first = parts[0]
    for other in parts[1:]:
        if not first.source.goes_with(other.source):
            raise LensError(
                f"Outcomes of {first.source.model} ({first.source.model_hash}) and of {other.source.model} "
                f"({other.source.model_hash}) do not go together; train one Lens for each model."
            )
        if other.feature_names != first.feature_names:
            raise LensError(
                "The outcomes were taken with different features, by two versions of atlas-ls; take them anew."
            )
    shared = [name for name in first.vectors if all(name in part.vectors for part in parts)]
    seen = [name for name in first.evidence if all(name in part.evidence for part in parts)]

    def all_of(get: Callable[[Outcomes], NDArray[np.generic]]) -> Any:
        return np.concatenate([get(part) for part in parts])

    return dataclasses.replace(
        first,
        task=all_of(lambda part: part.task),
        group=all_of(lambda part: part.group),
        domain=all_of(lambda part: part.domain),
        right=all_of(lambda part: part.right),
        provenance=all_of(lambda part: part.provenance),
        features=all_of(lambda part: part.features),
        vectors={name: np.concatenate([part.vectors[name] for part in parts]) for name in shared},
        evidence={name: np.concatenate([part.evidence[name] for part in parts]) for name in seen},
    )


def save(outcomes: Outcomes, path: Path) -> None:
    """Write a file; vectors as float16, which their scores do not notice. What stood there is replaced at the end only."""
    arrays: dict[str, NDArray[np.generic]] = {
        "meta": np.array(
            json.dumps(
                {
                    "format": FORMAT,
                    "source": dataclasses.asdict(outcomes.source),
                    "feature_names": outcomes.feature_names,
                }
            )
        ),
        "task": outcomes.task,
        "group": outcomes.group,
        "domain": outcomes.domain,
        "right": outcomes.right,
        "provenance": outcomes.provenance,
        "features": outcomes.features.astype(np.float32),
    }
    arrays |= {f"{_VECTOR}{name}": each.astype(np.float16) for name, each in outcomes.vectors.items()}
    arrays |= {f"{_EVIDENCE}{name}": each.astype(np.float32) for name, each in outcomes.evidence.items()}
    write_arrays(path, arrays)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write an `.npz` beside its place and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its other argument is a flag
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path: Path) -> Outcomes:
    """Read a file.

    Raises:
        LensError: it is missing, damaged or of another version.
    """
    arrays = read_arrays(path, "outcomes")
    try:
        meta = json.loads(str(arrays["meta"]))
        if meta["format"] != FORMAT:
            raise LensError(f"{path} has format {meta['format']}, this version reads {FORMAT}; make it anew.")
        return Outcomes(
            source=Source(**meta["source"]),
            task=arrays["task"],
            group=arrays["group"],
            domain=arrays["domain"],
            right=arrays["right"],
            provenance=arrays["provenance"],
            features=arrays["features"],
            feature_names=tuple(meta["feature_names"]),
            vectors={n[len(_VECTOR) :]: v.astype(np.float32) for n, v in arrays.items() if n.startswith(_VECTOR)},
            evidence={n[len(_EVIDENCE) :]: v for n, v in arrays.items() if n.startswith(_EVIDENCE)},
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LensError(f"{path} holds no outcomes: {error!r}. Make it anew.") from error


def read_arrays(path: Path, what: str) -> dict[str, Any]:
    """Return all arrays of an `.npz`; nothing in it is ever executed.

    Raises:
        LensError: it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise LensError(f"There are no {what} at {path}.") from None
    except OSError as error:
        raise LensError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # zipfile, zlib and numpy each have their own; numpy's text advises to load it unsafely
        raise LensError(f"{path} is damaged, or holds no {what}. Make it anew, or restore it.") from error
