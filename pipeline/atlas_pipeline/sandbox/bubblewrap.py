"""The command line of bubblewrap: namespaces of its own for the jail, and a file system with nothing else in it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

_NOBODY = "65534"


def find_bubblewrap(path: str | None = None) -> str | None:
    """Return the full path of the bubblewrap to use: `path`, or the one on PATH, or None."""
    found = shutil.which(path or "bwrap")
    return str(Path(found).absolute()) if found else None


def bubblewrap_command(
    bubblewrap: str, readable: list[str], devices: list[str], extra: Sequence[str] = (), folder: str = "/"
) -> list[str]:
    """Return the arguments that come before the program to be run in the jail.

    Network, process, user, IPC, host-name and control-group namespaces are new; the root is an empty, read-only file
    system with `readable` at its own place, and what the options `extra` add. The program starts in `folder`.
    """
    command = [
        bubblewrap,
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"),
        # Without a process of bubblewrap's own in the jail, which a candidate could trace where there is no Landlock.
        "--as-pid-1",
        *("--uid", _NOBODY, "--gid", _NOBODY),
        *extra,  # first: what is readable may lie beneath a `/tmp` of the jail's own
    ]
    for path in _outermost(readable):
        if not Path(path).exists():
            continue
        # /lib and /bin are links into /usr on most systems, and the interpreter's own path goes through them.
        kind = "--symlink" if Path(path).is_symlink() and Path(path).is_dir() else "--ro-bind"
        command += [kind, str(Path(path).readlink()) if kind == "--symlink" else path, path]
    for device in devices:
        command += ["--dev-bind-try", device, device]
    # Whoever is root outside owns /proc/sys in every namespace, and `core_pattern` in it starts programs outside.
    return [*command, "--proc", "/proc", "--remount-ro", "/proc", "--chdir", folder, "--remount-ro", "/", "--"]


def _outermost(paths: list[str]) -> list[str]:
    """Leave out what lies beneath another of `paths`: mounting it again would only cost time."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(Path(path).is_relative_to(other) for other in kept):
            kept.append(path)
    return kept
