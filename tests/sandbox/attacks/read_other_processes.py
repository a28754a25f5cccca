"""Reads the environment, the memory map and the open files of every process in /proc.

Ends: RETURNED []
"""

import os


def attack(facts):
    found = []
    for pid in {*range(1, 50), facts["parent"], os.getppid()} - {os.getpid()}:
        for name in ("environ", "maps", "fd/0", "cwd/secret", "root/etc/passwd"):
            try:
                found.append(open("/proc/%s/%s" % (pid, name), "rb").read(20))
            except OSError:
                continue
    return [content for content in found if content]
