"""Empties, renames, deletes and re-dates files that it may read or knows of.

Ends: RETURNED []
"""

import os


def attack(facts):
    done = []
    for path in (os.__file__, facts["secret"]):
        for change in (
            lambda path: os.truncate(path, 0),
            lambda path: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)),
            lambda path: os.close(os.open(path, os.O_RDWR)),
            lambda path: os.chmod(path, 0o777),
            lambda path: os.chown(path, 1, 1),
            lambda path: os.utime(path, (0, 0)),
            lambda path: os.rename(path, path + "x"),
            lambda path: os.link(path, path + "x"),
            lambda path: os.setxattr(path, "user.x", b"x"),
            os.remove,
        ):
            try:
                change(path)
                done.append((path, change))
            except OSError:
                continue
    return done
