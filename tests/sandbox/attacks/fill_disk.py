"""Fills the disk through every descriptor and folder there is.

Ends: RETURNED 0
"""

import os
import tempfile


def attack(facts):
    written = 0
    for folder in (None, "/tmp", "/var/tmp", "/dev/shm", ".", facts["home"], facts["folder"]):
        try:
            with tempfile.NamedTemporaryFile(dir=folder) as file:
                written += file.write(b"x" * 10**6)
        except OSError:
            continue
    for number in range(7, 64):
        try:
            written += os.pwrite(number, b"x", 10**9)
        except OSError:
            continue
    return written
