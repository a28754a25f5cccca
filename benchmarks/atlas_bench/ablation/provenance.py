"""What an outcome was made with: outcomes of other code, settings, prompts or weights are never mixed with new ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import msgspec

import atlas_lens
import atlas_pipeline
from atlas_bench.ablation.conditions import Condition
from atlas_lens.store import Store
from atlas_pipeline import prompts
from atlas_pipeline.engine.api import Capabilities
from atlas_pipeline.lens_files import lens_folder
from atlas_pipeline.settings import Settings

_DIGITS = 16


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes, 16 hexadecimal digits each."""

    code: str
    """Of the sources of `atlas_pipeline` and `atlas_lens`."""
    settings: str
    """Of the condition, its seed and budget apart."""
    prompts: str
    """Of the model's profile."""
    lens: str
    """Of the weights' file; empty where the condition uses none."""

    def differing(self, other: Provenance) -> list[str]:
        """Return what is not the same."""
        return [name for name in self.__struct_fields__ if getattr(self, name) != getattr(other, name)]


def provenance_of(condition: Condition, settings: Settings, facts: Capabilities) -> Provenance:
    """Return what a run of `condition` is made with, now."""
    solve = msgspec.json.encode(condition.settings(settings.solve, seed=0))
    return Provenance(
        code=code_hash(),
        settings=_hash([solve, msgspec.json.encode(condition.lens)]),
        prompts=prompts.digest(facts.prompt_profile),
        lens=_hash([_weights_file(settings, facts).read_bytes()]) if condition.lens.is_used else "",
    )


def code_hash() -> str:
    """Return a hash of the sources whose change may change an outcome."""
    files = (
        path
        for package in (atlas_pipeline, atlas_lens)
        for path in sorted(Path(str(resources.files(package))).rglob("*.py"))
    )
    return _hash(part for path in files for part in (path.name.encode(), path.read_bytes()))


def _weights_file(settings: Settings, facts: Capabilities) -> Path:
    if settings.lens.weights:
        return Path(settings.lens.weights).expanduser()
    found = Store(lens_folder(), facts.model_hash).load()
    assert found is not None, "conditions that use the Lens are left out where there is none"
    return found.path


def _hash(parts: Iterable[bytes]) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(f"{len(part)}\0".encode() + part)
    return hashed.hexdigest()[:_DIGITS]
