"""Replaces and closes the standard streams, and gives them to itself again under other numbers.

Ends: RETURNED 'replaced'
"""

import io
import os
import sys


class Stream(io.TextIOBase):
    def write(self, text):
        os._exit(0)

    def flush(self):
        os._exit(0)


def attack(facts):
    sys.stdout = sys.stderr = sys.__stdout__ = Stream()
    for number in (0, 1, 2):
        os.dup2(os.open("/dev/null", os.O_RDWR), number)
    return "replaced"
