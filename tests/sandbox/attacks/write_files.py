"""Makes files in every place that is usually writable, among them the interpreter's own folders.

Ends: RETURNED []
"""

import os
import sys


def attack(facts):
    made = []
    places = [
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/dev",
        "/run",
        "/",
        ".",
        facts["home"],
        sys.prefix,
        os.path.dirname(os.__file__),
    ]
    for place in [*places, *sys.path, facts["folder"]]:
        for make in (_write, _directory, _link, _fifo):
            try:
                make(os.path.join(place, "atlas-attack"))
                made.append((place, make.__name__))
            except OSError:
                continue
    return made


def _write(path):
    open(path, "w").write("x")


def _directory(path):
    os.mkdir(path)


def _link(path):
    os.symlink("/etc/passwd", path)


def _fifo(path):
    os.mkfifo(path)
