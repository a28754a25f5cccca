"""Announces a frame of four gigabytes and lets the trusted side wait for it.

Ends: CRASHED
"""

import os
import time


def attack(facts):
    os.write(3, b"\xff\xff\xff\xff")
    time.sleep(1000)
