"""Takes a lease on a file that it may read, so that whoever wants to write to it has to wait.

Ends: RETURNED []
"""

import fcntl
import os


def attack(facts):
    taken = []
    for path in (os.__file__, "/usr"):
        descriptor = os.open(path, os.O_RDONLY)
        for command, argument in ((fcntl.F_SETLEASE, fcntl.F_RDLCK), (fcntl.F_NOTIFY, fcntl.DN_MODIFY)):
            try:
                fcntl.fcntl(descriptor, command, argument)
                taken.append((path, command))
            except OSError:
                pass
    return taken
