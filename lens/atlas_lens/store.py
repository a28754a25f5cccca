"""Where trained weights are kept, one folder a model: every version stays, and `current` names the one in use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from atlas_lens import weights
from atlas_lens.errors import LensError
from atlas_lens.weights import Weights

SHIPPED = "data"
_CURRENT = "current"
_NAME = re.compile(r"v(\d{1,6})\.npz")
_HASH = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Weights with the file they are in."""

    path: Path
    weights: Weights
    is_shipped: bool


class Store:
    """The versions of one model's Lens, in a folder that is made when something is written."""

    def __init__(self, folder: Path, model_hash: str) -> None:
        """Use the folder of one model below `folder`.

        Raises:
            LensError: the hash is none.
        """
        if not _HASH.fullmatch(model_hash):
            raise LensError(f"{model_hash!r} is no hash of a model; the engine's capabilities have it.")
        self.folder = folder / model_hash
        self.model_hash = model_hash

    def versions(self) -> list[int]:
        """Return the versions that are kept, rising."""
        if not self.folder.is_dir():
            return []
        found = (_NAME.fullmatch(entry.name) for entry in self.folder.iterdir())
        return sorted(int(name[1]) for name in found if name)

    def current(self) -> int | None:
        """Return the version in use; None where the shipped weights are, or none.

        Raises:
            LensError: it is not there any more.
        """
        try:
            said = (self.folder / _CURRENT).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not said.isdigit() or int(said) not in self.versions():
            kept = ", ".join(map(str, self.versions())) or "none"
            raise LensError(
                f"{self.folder / _CURRENT} names version {said!r}, but the versions kept are {kept}; "
                "write one of them into that file, or remove it to use what is shipped."
            )
        return int(said)

    def path(self, version: int) -> Path:
        """Return the file of a version."""
        return self.folder / f"v{version:04}.npz"

    def add(self, trained: Weights) -> Found:
        """Keep weights as the next version, and use them from now on.

        Raises:
            LensError: they are of another model.
        """
        if trained.source.model_hash != self.model_hash:
            raise LensError(
                f"These weights are for {trained.source.model} ({trained.source.model_hash}), not for {self.model_hash}."
            )
        version = max(self.versions(), default=0) + 1
        numbered = replace(trained, version=version)
        weights.save(numbered, self.path(version))
        self._use(version)
        return Found(path=self.path(version), weights=numbered, is_shipped=False)

    def rollback(self) -> int | None:
        """Use the version before the one in use; return it, None for the shipped weights.

        Raises:
            LensError: there is none before it.
        """
        now = self.current()
        if now is None:
            raise LensError(
                f"No trained version of the Lens for {self.model_hash} is in use; there is nothing to undo."
            )
        before = [version for version in self.versions() if version < now]
        if before:
            self._use(before[-1])
            return before[-1]
        (self.folder / _CURRENT).unlink()
        return None

    def load(self) -> Found | None:
        """Return the weights in use: the user's own, else the shipped ones; None where there are neither.

        Raises:
            LensError: the file is damaged, or of another version of the format.
        """
        now = self.current()
        if now is not None:
            return Found(path=self.path(now), weights=weights.load(self.path(now)), is_shipped=False)
        with resources.as_file(resources.files("atlas_lens") / SHIPPED / f"{self.model_hash}.npz") as path:
            if not path.is_file():
                return None
            return Found(path=path, weights=weights.load(path), is_shipped=True)

    def _use(self, version: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{_CURRENT}"
        beside.write_text(f"{version}\n", encoding="utf-8")
        beside.replace(self.folder / _CURRENT)
