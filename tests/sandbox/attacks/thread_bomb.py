"""Starts threads for ever, each with the smallest stack.

Ends: CRASHED or TIMEOUT or RAISED RuntimeError or MEMORY
"""

import threading
import time


def attack(facts):
    threading.stack_size(32768)
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
