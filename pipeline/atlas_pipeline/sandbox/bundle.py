"""Puts the code of `jailed` into one text that a bare interpreter loads as a package from its standard input.

So the jail needs no access to where atlas-ls is installed, and the code runs on another interpreter than ours.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

_MODULES = (
    "kernel",
    "landlock",
    "syscalls",
    "seccomp",
    "canonical",
    "watch",
    "program",
    "imports",
    "child",
    "forkserver",
)
"""In the order in which they can be loaded."""

BOOTSTRAP = """
def start():
    import sys
    sys.path[:] = [folder for folder in sys.path if folder]
    import builtins, json, types
    bundle = json.loads(sys.stdin.buffer.read())
    package = sys.modules["atlas_jailed"] = types.ModuleType("atlas_jailed")
    package.__path__ = []
    own = dict(vars(builtins))
    for name, source in bundle["modules"]:
        full = "atlas_jailed." + name
        module = sys.modules[full] = types.ModuleType(full)
        module.__package__ = "atlas_jailed"
        module.__builtins__ = own
        setattr(package, name, module)
        exec(compile(source, "<atlas " + name + ">", "exec", dont_inherit=True), vars(module))
    for name in [name for name in sys.modules if name.startswith("atlas_jailed")]:
        del sys.modules[name]
    del globals()["start"]
    module.main(bundle["config"])

start()
"""
"""Loads the bundle. The modules get built-ins of their own, so a candidate that patches `builtins` misses theirs."""


def bundle(config: dict[str, Any]) -> bytes:
    """Return what the interpreter reads: every module's source, and what `forkserver.main` is to be given."""
    folder = resources.files(__package__) / "jailed"
    modules = [(name, (folder / f"{name}.py").read_text("utf-8")) for name in _MODULES]
    return json.dumps({"modules": modules, "config": config}).encode()
