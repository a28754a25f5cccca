"""Leaves threads behind that print, spin and write to the channel after the answer.

Ends: RETURNED 'left'
"""

import os
import threading


def _talk():
    while True:
        os.write(1, b"x" * 1000)


def attack(facts):
    for _ in range(3):
        threading.Thread(target=_talk, daemon=True).start()
    return "left"
