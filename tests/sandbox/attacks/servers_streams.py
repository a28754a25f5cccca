"""Reads and writes the standard streams of the server, which are its protocol.

Ends: RETURNED []
"""

import os


def attack(facts):
    done = []
    for pid in (facts["parent"], os.getppid(), 1):
        for number in range(3):
            for flags in (os.O_RDONLY, os.O_WRONLY):
                try:
                    os.open("/proc/%d/fd/%d" % (pid, number), flags)
                    done.append((pid, number))
                except OSError:
                    continue
    for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/pts/0", "/dev/stdin"):
        try:
            os.write(os.open(path, os.O_RDWR | os.O_NOCTTY), b"Content-Length: 2\r\n\r\n{}")
            done.append(path)
        except OSError:
            continue
    return [entry for entry in done if entry != "/dev/stdin"]
