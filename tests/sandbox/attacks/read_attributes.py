"""Reads the extended attributes of files elsewhere, which Landlock does not guard.

Ends: RETURNED []
"""

import os


def attack(facts):
    read = []
    for path in (facts["secret"], facts["folder"], facts["home"], "/tmp"):
        for look in (os.listxattr, lambda at: os.getxattr(at, "user.note")):
            try:
                read.append(look(path))
            except OSError:
                pass
    return read
