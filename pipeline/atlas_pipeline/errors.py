"""The exceptions of atlas-ls.

    AtlasError
    ├── UsageError              the request cannot be carried out as it was asked (no such function, bad option)
    ├── TokensUsedUpError       no more may be asked in this solve; its stages end, and it says so once
    ├── EngineError
    │   ├── ModelFileError      missing, truncated or not a GGUF
    │   ├── DoesNotFitError     the model needs more memory than there is
    │   ├── EngineStartError    the engine process did not come up
    │   ├── EngineLostError     the engine went away during a request
    │   └── RemoteEngineError   the configured server cannot be used now: unreachable, overloaded, too slow
    │       └── RemoteAccessError   nobody allowed it: no consent to send code there, or the key was refused
    ├── SandboxError
    │   └── SandboxUnavailableError   no isolation to be had here; says what would give it
    └── HistoryError            the history cannot be used; a solve goes on without it

What untrusted code does (fails, crashes, hangs) is never an exception: it is an `Outcome`.
Every message says what happened and what the user can do about it.
"""

from __future__ import annotations


class AtlasError(Exception):
    """Base of all errors that are shown to the user as one message."""


class UsageError(AtlasError):
    """The request cannot be carried out as it was asked."""


class TokensUsedUpError(AtlasError):
    """The tokens of `solve.token_budget` are used up, so the model is asked no more."""


class EngineError(AtlasError):
    """The model could not answer."""


class ModelFileError(EngineError):
    """The model file is missing, truncated or not a GGUF."""


class DoesNotFitError(EngineError):
    """The model needs more memory than there is, with any placement that the settings allow."""

    def __init__(self, message: str, *, needed_bytes: int, usable_bytes: int) -> None:
        super().__init__(message)
        self.needed_bytes = needed_bytes
        """What the most frugal placement needs of the memory that is short."""
        self.usable_bytes = usable_bytes
        """What of that memory can be used."""


class EngineStartError(EngineError):
    """The engine process did not come up."""


class EngineLostError(EngineError):
    """The engine went away during a request."""


class RemoteEngineError(EngineError):
    """The configured server cannot be used now: unreachable, overloaded, too slow, or not what it should be."""


class RemoteAccessError(RemoteEngineError):
    """The user has not allowed code to be sent there, or the server refused the key."""


class SandboxError(AtlasError):
    """The sandbox itself failed (never: the code in it)."""


class SandboxUnavailableError(SandboxError):
    """No isolation is available here; the message names the remedy."""


class HistoryError(AtlasError):
    """The history of earlier solves cannot be used; the message says why, and what of it was left alone."""
