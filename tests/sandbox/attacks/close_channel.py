"""Closes every descriptor and stays.

Ends: CRASHED
"""

import os
import time


def attack(facts):
    os.closerange(0, 1024)
    time.sleep(1000)
