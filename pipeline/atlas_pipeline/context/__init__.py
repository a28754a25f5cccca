"""What the model sees of the project around a function: `ProjectContext(Modules(task, files)).gather(task, tokens=n)`."""

from __future__ import annotations

from atlas_pipeline.context.api import (
    CHARACTERS_PER_TOKEN,
    Context,
    ContextSource,
    Kind,
    LeftOut,
    Passage,
    Piece,
    Retriever,
    estimated_tokens,
)
from atlas_pipeline.context.files import SECRETS, Refusal, Secret, WorkspaceFiles, secret
from atlas_pipeline.context.gather import ProjectContext
from atlas_pipeline.context.modules import Module, Modules, Origin
from atlas_pipeline.context.retrieval import NearestUses

__all__ = [
    "CHARACTERS_PER_TOKEN",
    "SECRETS",
    "Context",
    "ContextSource",
    "Kind",
    "LeftOut",
    "Module",
    "Modules",
    "NearestUses",
    "Origin",
    "Passage",
    "Piece",
    "ProjectContext",
    "Refusal",
    "Retriever",
    "Secret",
    "WorkspaceFiles",
    "estimated_tokens",
    "secret",
]
