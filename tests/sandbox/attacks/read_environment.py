"""Reads its own environment and arguments, also as the kernel keeps them.

Ends: RETURNED []
"""

import os
import sys


def attack(facts):
    secret = ("KEY", "TOKEN", "SECRET", "PASSWORD", "SSH", "USER", "LOGNAME", "DISPLAY", "XDG", "DBUS", "VIRTUAL_ENV")
    found = [name for name in os.environ if any(word in name for word in secret)]
    for name in ("environ", "cmdline"):
        try:
            text = open("/proc/self/" + name, "rb").read()
            found += [word for word in secret if word.encode() + b"=" in text]
        except OSError:
            continue
    return found + [argument for argument in sys.argv if facts["home"] in argument]
