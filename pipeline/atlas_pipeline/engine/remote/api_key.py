"""The server's API key: from the environment, else from the system keyring. It appears in no message and no log."""

from __future__ import annotations

import importlib.util
import os

from atlas_pipeline.engine.remote.endpoint import Endpoint
from atlas_pipeline.errors import RemoteAccessError

KEYRING_SERVICE = "atlas-ls"
HIDDEN = "[api key]"
MIN_REDACTED = 4
"""A shorter key would be found in every other word of a message."""


class ApiKey:
    """A secret that only `header` gives out."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str) -> None:
        self._value = value
        self.source = source
        """Where it came from, for messages."""

    def __repr__(self) -> str:
        return f"ApiKey({HIDDEN} from {self.source})"

    def __bool__(self) -> bool:
        return bool(self._value)

    @property
    def headers(self) -> dict[str, str]:
        """The header that carries it."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def redact(self, text: str) -> str:
        """Take the key out of what a server wrote: some repeat it in their errors."""
        return text.replace(self._value, HIDDEN) if len(self._value) >= MIN_REDACTED else text


def find_api_key(variable: str, endpoint: Endpoint) -> ApiKey:
    """Return the key for `endpoint`; an empty one if there is none: most local servers want none.

    Raises:
        RemoteAccessError: there is one, but it cannot be sent or the keyring cannot be read.
    """
    value, source = os.environ.get(variable, "").strip() if variable else "", f"the environment variable {variable}"
    if not value and endpoint.host:
        value, source = _from_keyring(endpoint.host), f"the keyring entry {KEYRING_SERVICE} / {endpoint.host}"
    if not value:
        return ApiKey("", f"neither {variable or 'an environment variable'} nor the keyring")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise RemoteAccessError(f"The API key in {source} has characters that no HTTP header can hold. Set it again.")
    return ApiKey(value, source)


def _from_keyring(host: str) -> str:
    if importlib.util.find_spec("keyring") is None:
        return ""
    import keyring
    import keyring.errors

    try:
        return (keyring.get_password(KEYRING_SERVICE, host) or "").strip()
    except keyring.errors.NoKeyringError:
        return ""
    except keyring.errors.KeyringError as error:
        raise RemoteAccessError(
            f"The system keyring could not be read ({type(error).__name__}). Unlock it, or set the environment "
            "variable that `engine.api_key_env` names."
        ) from error
