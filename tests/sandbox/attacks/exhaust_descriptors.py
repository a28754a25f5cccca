"""Opens and passes on descriptors until nobody has any left.

Ends: RETURNED 'bounded'
"""

import os
import select


def attack(facts):
    made = []
    for make in (os.pipe, select.epoll, lambda: os.open("/dev/null", os.O_RDONLY)):
        try:
            for _ in range(10_000):
                made.append(make())
        except OSError:
            continue
    return "bounded" if len(made) < 100 else len(made)
