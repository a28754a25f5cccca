"""What a loaded model is, from its header and its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from atlas_pipeline.engine.api import Capabilities
from atlas_pipeline.engine.gguf_header import GgufHeader
from atlas_pipeline.engine.thinking import TAGS

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

TEMPLATE_KEY = "tokenizer.chat_template"
PROFILE_KEY = "atlas.prompt_profile"
ROLES_KEY = "atlas.roles"
"""Names of the prompts that the model was trained on, with spaces between them."""
FIRST_ROLES = ("code", "tests", "repair")
"""Of models for the `pocket` prompts that do not say theirs: the first one knew these."""

EMBEDDING_DEFINITION = "mean-final-norm/1"
"""What the numbers of an embedding mean; what was learned from one definition is of no use with another.

Version 1: the mean over the text's tokens, control tokens left out and a leading begin-of-text token with them, of the
hidden states after the model's final norm; not normalised; the text tokenised by itself, without a template. With F16
weights they equal those of torch within 0.01; with Q8_0 llama.cpp quantises the activations too: 1.6 % off for the
bundled model.
"""
LAST_STATE_DEFINITION = "last-final-norm/1"
"""Version 1: as `EMBEDDING_DEFINITION`, but the hidden state of the last token that is no control token alone."""
EMBEDDING_DEFINITIONS = (EMBEDDING_DEFINITION, LAST_STATE_DEFINITION)
"""All that an embedding may be asked for as; without a word it is the first."""


def profile_of(header: GgufHeader) -> Literal["chat", "pocket"]:
    """Return which prompt templates a model was made for."""
    return "pocket" if header.text(PROFILE_KEY) == "pocket" else "chat"


def capabilities(header: GgufHeader, core: DecodingCore) -> Capabilities:
    """Return what the model is and can do."""
    name = header.text("general.name") or header.path.stem
    return Capabilities(
        model=f"{name} {core.model.file_type}".strip(),
        model_hash=header.digest,
        n_ctx=core.n_ctx,
        n_embd=core.model.n_embd,
        prompt_profile=profile_of(header),
        roles=roles_of(header),
        thinking=core.tags is not None and any(start in header.text(TEMPLATE_KEY) for start, _ in TAGS),
        embeddings=True,
        embedding_definition=EMBEDDING_DEFINITION,
        embedding_definitions=EMBEDDING_DEFINITIONS,
        drafts=core.drafts,
        without_drafts=core.without_drafts,
    )


def roles_of(header: GgufHeader) -> tuple[str, ...] | None:
    """Return which prompts of its profile the model was trained on; None where it may be asked them all."""
    named = tuple(header.text(ROLES_KEY).split())
    return named or (FIRST_ROLES if profile_of(header) == "pocket" else None)


def template_variables(header: GgufHeader, core: DecodingCore) -> dict[str, str]:
    """Return the special texts that chat templates may write themselves."""
    # Without these keys llama.cpp reports the token numbers of some other vocabulary.
    return {
        "bos_token": core.model.bos if "tokenizer.ggml.bos_token_id" in header.metadata else "",
        "eos_token": core.model.eos if "tokenizer.ggml.eos_token_id" in header.metadata else "",
    }
