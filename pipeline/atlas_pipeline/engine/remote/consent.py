"""Asks once, by host name, before code is sent to another machine, and remembers the answer.

The answers are in one JSON file that only the user can read. Unencrypted and encrypted connections to the same host
are two questions.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from atlas_pipeline.engine.file_lock import file_lock
from atlas_pipeline.engine.remote.endpoint import Endpoint
from atlas_pipeline.errors import RemoteAccessError, UsageError

FILE_NAME = "remote-hosts.json"
SCHEMA = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentQuestion:
    """May code be sent to this host?"""

    host: str
    url: str
    encrypted: bool
    key_source: str = ""
    """Where the API key that is sent along comes from; empty: none is."""

    @property
    def subject(self) -> str:
        """What the answer is remembered for."""
        return self.host if self.encrypted else f"http://{self.host}"

    @property
    def text(self) -> str:
        """The question as the user reads it."""
        question = f"May atlas-ls send code from your files to {self.host} ({self.url}), the server in `engine.url`?"
        if self.key_source:
            question += f" The API key from {self.key_source} is sent along."
        if not self.encrypted:
            question += " The connection is NOT encrypted: everybody on the way can read it."
        return question


Consent = Callable[[ConsentQuestion], Awaitable[bool]]
"""Asks the user. Raises or is cancelled if there is no answer; that is remembered as none."""


def consent_file() -> Path:
    """Return the file that holds the answers."""
    return platformdirs.user_config_path("atlas-ls", appauthor=False) / FILE_NAME


async def ask_once(endpoint: Endpoint, consent: Consent | None, *, key_source: str = "") -> None:
    """Return if code may be sent to `endpoint`: a local one, one allowed earlier, or one the user allows now.

    Raises:
        RemoteAccessError: the user has not allowed it.
    """
    if endpoint.is_local:
        return
    question = ConsentQuestion(
        host=endpoint.host, url=endpoint.base, encrypted=endpoint.encrypted, key_source=key_source
    )
    subject = question.subject
    path = consent_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a lock, so that several windows that start at once ask one question.
    async with file_lock(path.with_suffix(".lock")):
        allowed = _read(path).get(subject)
        if allowed is None and consent is not None:
            allowed = await consent(question)
            remember(subject, allowed=allowed, path=path)
    if allowed is None:
        raise RemoteAccessError(
            f"Code would be sent to {endpoint.host}, which nobody has allowed yet, and there is nobody to ask. "
            f"Nothing was sent. Allow it with `atlas-ls engine allow {subject}` or the option `--allow-remote {subject}`, "
            "or unset `engine.url`."
        )
    if not allowed:
        raise RemoteAccessError(
            f"Sending code to {endpoint.host} was refused, so nothing was sent. To allow it after all, run "
            f"`atlas-ls engine allow {subject}`, which changes {path}; to use the local engine, unset `engine.url`."
        )


def remember(subject: str, *, allowed: bool, path: Path | None = None) -> None:
    """Store an answer. `subject` is a host name, with `http://` before it for unencrypted connections.

    Raises:
        UsageError: it is something else, for example a whole address.
    """
    host = subject.removeprefix("http://")
    if not host or any(character in host for character in "/?#@ ") or host != host.lower():
        raise UsageError(
            f"{subject!r} is not a host. Give its name alone in small letters, for example models.example.org, or "
            "http://models.example.org for unencrypted connections."
        )
    path = path or consent_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"schema": SCHEMA, "hosts": _read(path) | {subject: allowed}}
    # mkstemp makes it 0600; renamed over the old one, so that a crash leaves one of the two whole.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE_NAME}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, sort_keys=True)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, bool]:
    try:
        hosts = json.loads(path.read_text(encoding="utf-8"))["hosts"]
        return {str(host): allowed for host, allowed in hosts.items() if isinstance(allowed, bool)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%s): every host is asked for again", path, error)
        return {}
