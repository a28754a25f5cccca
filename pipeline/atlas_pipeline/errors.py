"""The exceptions of atlas-ls.

    AtlasError
    ├── UsageError              the request cannot be carried out as it was asked (no such function, bad option)
    ├── EngineError
    │   ├── ModelFileError      missing, truncated or not a GGUF
    │   ├── EngineStartError    the engine process did not come up
    │   └── EngineLostError     the engine went away during a request
    └── SandboxError
        └── SandboxUnavailableError   no isolation to be had here; says what would give it

What untrusted code does (fails, crashes, hangs) is never an exception: it is an `Outcome`.
Every message says what happened and what the user can do about it.
"""

from __future__ import annotations


class AtlasError(Exception):
    """Base of all errors that are shown to the user as one message."""


class UsageError(AtlasError):
    """The request cannot be carried out as it was asked."""


class EngineError(AtlasError):
    """The model could not answer."""


class ModelFileError(EngineError):
    """The model file is missing, truncated or not a GGUF."""


class EngineStartError(EngineError):
    """The engine process did not come up."""


class EngineLostError(EngineError):
    """The engine went away during a request."""


class SandboxError(AtlasError):
    """The sandbox itself failed (never: the code in it)."""


class SandboxUnavailableError(SandboxError):
    """No isolation is available here; the message names the remedy."""
