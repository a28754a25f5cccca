"""Reads a file of the workspace by its full path, through a handle of the folder, and through /proc.

Ends: RAISED PermissionError or RAISED FileNotFoundError
"""

import os


def attack(facts):
    folder, name = os.path.split(facts["secret"])
    for path in ("/proc/self/root" + facts["secret"], "/proc/1/root" + facts["secret"], "/.." + facts["secret"]):
        try:
            return open(path).read()
        except OSError:
            continue
    try:
        handle = os.open(folder, os.O_PATH)
        return os.read(os.open(name, os.O_RDONLY, dir_fd=handle), 100)
    except OSError:
        return open(facts["secret"]).read()
