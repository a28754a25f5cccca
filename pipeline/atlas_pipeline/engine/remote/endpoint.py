"""The setting `engine.url` as an address, and whether it is this machine."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from atlas_pipeline.errors import UsageError

EXAMPLES = "`http://127.0.0.1:11434/v1`, `https://models.example.org/v1` or `unix:/run/vllm.sock`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where requests go."""

    base: str
    """Address of the API, without a slash at its end; for a Unix socket with the host `localhost`."""
    host: str
    """What consent is asked for; empty for a Unix socket."""
    socket: str = ""
    """Path of the Unix socket, if it is one."""
    encrypted: bool = False

    @property
    def root(self) -> str:
        """Address of what servers offer besides OpenAI's API."""
        return self.base.removesuffix("/v1")

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this machine. Names are not looked up: that alone would tell a name server."""
        return bool(self.socket) or is_loopback(self.host)

    @property
    def name(self) -> str:
        """The address for messages."""
        return f"unix:{self.socket}" if self.socket else self.base


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by its notation alone."""
    if host == "localhost" or host.endswith(".localhost"):  # reserved for loopback by RFC 6761
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def read_endpoint(url: str) -> Endpoint:
    """Return the address that `engine.url` names.

    Raises:
        UsageError: it is none that can be used. The message does not repeat what may be a secret.
    """
    if url.startswith("unix:"):
        path = url.removeprefix("unix:").removeprefix("//")
        if not path.startswith("/"):
            raise UsageError("`engine.url` with `unix:` needs an absolute path, for example `unix:/run/vllm.sock`.")
        return Endpoint(base="http://localhost/v1", host="", socket=path)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"`engine.url` is not an address. Write it like {EXAMPLES}.") from error
    _check(parts, host)
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    path = parts.path.rstrip("/") or "/v1"
    return Endpoint(base=f"{parts.scheme}://{place}{path}", host=host, encrypted=parts.scheme == "https")


def _check(parts: SplitResult, host: str) -> None:
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"`engine.url` must begin with http://, https:// or unix:. Write it like {EXAMPLES}.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "`engine.url` holds a user name or password, which would end up in logs. Put the key into the "
            "environment variable that `engine.api_key_env` names."
        )
    if parts.query or parts.fragment:
        raise UsageError(f"`engine.url` must end with a path, without `?` and `#`. Write it like {EXAMPLES}.")
