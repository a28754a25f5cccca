"""Goes through links that the system has: /proc/self/root, /proc/self/cwd, /dev/fd, thread folders.

Ends: RETURNED []
"""

import os


def attack(facts):
    found = []
    for base in (
        "/proc/self/root",
        "/proc/self/cwd",
        "/proc/thread-self/root",
        "/proc/self/task/%d/root" % os.getpid(),
    ):
        for path in (facts["secret"], "/etc/shadow", facts["home"] + "/.bashrc"):
            try:
                found.append(open(base + path).read(10))
            except OSError:
                continue
    for number in range(64):
        for name in ("..", "../../../../../.." + facts["secret"]):
            try:
                found.append(os.open(name, os.O_RDONLY, dir_fd=number))
            except OSError:
                continue
    return found
