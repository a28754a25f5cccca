"""What a loaded model is, from its header and its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from atlas_pipeline.engine.api import Capabilities
from atlas_pipeline.engine.gguf_header import GgufHeader

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

TEMPLATE_KEY = "tokenizer.chat_template"
PROFILE_KEY = "atlas.prompt_profile"


def capabilities(header: GgufHeader, core: DecodingCore) -> Capabilities:
    """Return what the model is and can do."""
    name = header.text("general.name") or header.path.stem
    profile: Literal["chat", "pocket"] = "pocket" if header.text(PROFILE_KEY) == "pocket" else "chat"
    return Capabilities(
        model=f"{name} {core.model.file_type}".strip(),
        model_hash=header.digest,
        n_ctx=core.n_ctx,
        n_embd=core.model.n_embd,
        prompt_profile=profile,
        thinking="<think>" in header.text(TEMPLATE_KEY),
        embeddings=True,
    )


def template_variables(header: GgufHeader, core: DecodingCore) -> dict[str, str]:
    """Return the special texts that chat templates may write themselves."""
    # Without these keys llama.cpp reports the token numbers of some other vocabulary.
    return {
        "bos_token": core.model.bos if "tokenizer.ggml.bos_token_id" in header.metadata else "",
        "eos_token": core.model.eos if "tokenizer.ggml.eos_token_id" in header.metadata else "",
    }
