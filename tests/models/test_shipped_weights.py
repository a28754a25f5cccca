"""The weights in the package were trained on the prompts in the package."""

from __future__ import annotations

from dataclasses import replace

from atlas_pipeline import prompts
from atlas_pipeline.engine.gguf_header import GgufHeader, read_header
from atlas_pipeline.engine.model_facts import FIRST_ROLES, profile_of, roles_of
from atlas_pipeline.engine.model_file import model_path

FIRST_PROMPTS = "ea6e2dea4c15e1c4"
"""Digest of the prompts of v0, whose header does not say it."""
MOST_BYTES = 28 * 1024 * 1024


def header() -> GgufHeader:
    return read_header(model_path(""))


def test_prompts_did_not_change_without_the_weights():
    """Train the weights anew on the changed prompts (`python -m atlas_pocket.train`), or take the change back."""
    shipped = header()
    roles = roles_of(shipped)
    assert roles is not None
    assert set(roles) <= prompts.facts("pocket").roles
    assert (shipped.text("atlas.prompts") or FIRST_PROMPTS) == prompts.digest("pocket", roles)


def test_the_shipped_file_is_small_and_says_what_it_is():
    shipped = header()
    assert profile_of(shipped) == "pocket"
    assert shipped.file_bytes <= MOST_BYTES
    assert "Atlas Pocket" in shipped.text("general.name")


def test_weights_that_do_not_say_their_roles_are_asked_what_the_first_ones_knew():
    def roles(**metadata: str) -> tuple[str, ...] | None:
        return roles_of(replace(header(), metadata={f"atlas.{key}": value for key, value in metadata.items()}))

    assert roles(prompt_profile="pocket") == FIRST_ROLES == ("code", "tests", "repair")
    assert roles(prompt_profile="pocket", roles="code judge") == ("code", "judge")
    assert roles() is None
