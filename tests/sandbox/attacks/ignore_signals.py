"""Ignores and blocks every signal, takes back every timer, catches every exception, and goes on.

Ends: TIMEOUT
"""

import signal


def attack(facts):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        try:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)
        except BaseException:
            continue
