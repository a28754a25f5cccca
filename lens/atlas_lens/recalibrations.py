"""The last recalibration of a model's Lens from the history: which outcomes it saw, and what came of it. Needs no numpy."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from atlas_lens.errors import LensError

_FILE = "last-try.json"
_LOCK = "recalibrating.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalibration:
    """One recalibration, whether or not it changed anything."""

    at: str
    """ISO 8601, UTC."""
    until: float
    """When the newest outcome that it saw became known, in seconds since the epoch; later ones are new."""
    outcomes: int
    """How many were new since the try before."""
    swapped: bool
    reason: str
    held_out: int
    champion: float | None
    """Squared error on the held-out ones of what was in use; None where there were too few."""
    challenger: float | None


def last(folder: Path) -> Recalibration | None:
    """Return the last one in a model's folder; None where there was none.

    Raises:
        LensError: its file cannot be read.
    """
    path = folder / _FILE
    try:
        return Recalibration(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LensError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, TypeError) as error:
        raise LensError(f"{path} is damaged: {error}. Remove it; all outcomes then count as new.") from error


def note(folder: Path, done: Recalibration) -> None:
    """Keep a try as the last one."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{_FILE}.{os.getpid()}"
    beside.write_text(json.dumps(asdict(done)) + "\n", encoding="utf-8")
    beside.replace(folder / _FILE)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from recalibrating the same Lens.

    Raises:
        LensError: another one is at it, or there are no locks here.
    """
    try:
        import fcntl  # here, because servers also start where there is none
    except ImportError as error:
        raise LensError("The Lens cannot be recalibrated on this system: files cannot be locked.") from error
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LensError("Another process is recalibrating this Lens; try again when it is done.") from None
        yield
    finally:
        os.close(descriptor)
