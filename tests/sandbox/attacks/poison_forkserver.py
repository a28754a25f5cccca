"""Patches built-ins, the standard library and the runner's own objects, for the next program.

Ends: RETURNED or RAISED or CRASHED or TIMEOUT
"""

import builtins
import gc
import json
import os
import sys


def attack(facts):
    sys.modules["collections"] = sys.modules["math"] = None
    json.dumps = json.loads = json.JSONEncoder.encode = lambda *_, **__: "poison"
    os.environ["POISON"] = "1"
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "_Forkserver" in thing:
            thing["_Forkserver"] = thing["run_child"] = thing["LoadedProgram"] = None
    for name in dir(builtins):
        if name not in ("dir", "setattr", "builtins", "name", "isinstance", "getattr"):
            try:
                setattr(builtins, name, lambda *_, **__: "poison")
            except TypeError:
                continue
    return "poisoned"
