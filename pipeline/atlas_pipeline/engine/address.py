"""Where the engine of one user, model and configuration listens, locks and logs.

The socket's folder is reachable by its owner alone: that is the engine's whole access control.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.errors import EngineStartError, ModelFileError
from atlas_pipeline.settings import EngineSettings

API_VERSION = 1
"""Raised when client and engine of two releases could not talk to each other."""

MAX_SOCKET_PATH = 103
"""Bytes of a Unix socket's path: 104 on macOS with the final NUL, a little more on Linux."""

KEY_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAddress:
    """The files that belong to one engine."""

    model: Path
    socket: Path
    log: Path

    @property
    def lock(self) -> Path:
        """Held while an engine is looked for, started or ends itself. Never deleted: that would let two hold it."""
        return lock_path(self.socket)


def lock_path(socket: Path) -> Path:
    """Return the lock file that belongs to `socket`."""
    return socket.with_suffix(".lock")


def engine_address(settings: EngineSettings) -> EngineAddress:
    """Return the address that all clients with these settings share.

    Raises:
        ModelFileError: there is no model file to be named.
        EngineStartError: no private folder for the socket can be had.
    """
    model = model_path(settings.model)
    try:
        facts = model.stat()
    except OSError as error:
        raise ModelFileError(f"There is no model file at {model}: {error.strerror}. Check `engine.model`.") from error
    # linger_s is left out: each lease brings its own, and a different one is no reason to load the model twice.
    identity = (
        API_VERSION,
        str(model.resolve()),
        facts.st_size,
        facts.st_mtime_ns,
        settings.context,
        settings.threads,
        settings.gpu_layers,
        settings.slots,
        settings.kv_tokens,
        settings.kv_type,
        settings.idle_unload_s,
        str(Path(settings.draft_model).expanduser().resolve()) if settings.draft_model else "",
        settings.rollback,
    )
    key = hashlib.sha256(msgspec.json.encode(identity)).hexdigest()[:KEY_DIGITS]
    return EngineAddress(model=model, socket=_socket_path(f"{key}.sock"), log=_log_directory() / f"engine-{key}.log")


def _socket_path(name: str) -> Path:
    user = os.getuid()
    candidates = [Path(tempfile.gettempdir()) / f"atlas-ls-{user}"]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK | os.X_OK):
        candidates.insert(0, Path(runtime) / "atlas-ls")
    for folder in candidates:
        if len(os.fsencode(folder / name)) <= MAX_SOCKET_PATH:
            _make_private(folder, user)
            return folder / name
    raise EngineStartError(
        f"The path of the engine's socket would be longer than {MAX_SOCKET_PATH} bytes in "
        f"{' and in '.join(map(str, candidates))}. Set TMPDIR or XDG_RUNTIME_DIR to a shorter path."
    )


def _make_private(folder: Path, user: int) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != user or facts.st_mode & 0o077:
        raise EngineStartError(
            f"{folder} must be a folder that only you can enter (mode 0700, your own, no link); "
            f"it has mode {stat.S_IMODE(facts.st_mode):04o} and owner {facts.st_uid}. Remove it and try again."
        )


def _log_directory() -> Path:
    return platformdirs.user_log_path("atlas-ls", appauthor=False)
