"""Files without a name that nobody can change, to hand text to a process."""

from __future__ import annotations

import os


def sealed_file(content: bytes) -> int:
    """Return a descriptor of a file without a name that holds `content`, is at its beginning and cannot be changed."""
    import fcntl  # here: Windows has no such module, and imports this one too

    writing = os.memfd_create("atlas", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(writing, "wb", closefd=False) as file:
            file.write(content)
        seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(writing, fcntl.F_ADD_SEALS, seals)
        return os.open(f"/proc/self/fd/{writing}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writing)
