"""Sleeps for ever and uses no processor time.

Ends: TIMEOUT
"""

import time


def attack(facts):
    time.sleep(1e6)
