"""Writes frames without end: one that says it is four gigabytes long, one nested without end, and rubbish.

Ends: CRASHED
"""

import os
import struct


def attack(facts):
    nested = b"[" * 50_000
    os.write(3, struct.pack(">I", len(nested)) + nested)
    while True:
        os.write(3, b"\xff" * 65536)
