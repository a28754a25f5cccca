"""A self-test of the interpreter that runs the candidates, in the sandbox."""

from __future__ import annotations

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.sandbox import Call, Limits, OutcomeKind, Program, open_sandbox

from .api import Context, Line, Mark

NAME = "sandbox python"
_SOURCE = """
import platform, sys
def version(): return platform.python_version()
def spin():
    while True: pass
def out():
    import socket
    socket.socket()
"""


async def check(context: Context) -> list[Line]:
    """Run a program that answers, one that must be ended and one that must be refused."""
    calls = [Call(expression=f"{name}()") for name in ("version", "spin", "out")]
    try:
        async with await open_sandbox(context.settings.sandbox, workspace=context.workspace) as sandbox:
            version, spin, out = await sandbox.run(Program(source=_SOURCE), calls, Limits(cpu_s=0.5))
            executable, is_open = sandbox.interpreter, "rlimits" in sandbox.layers[:1]
    except AtlasError as error:
        return [Line(check=NAME, mark=Mark.BAD, text=str(error))]
    refused = out.exception is not None and out.exception.type_name == "PermissionError"
    if version.kind is not OutcomeKind.RETURNED:
        return [Line(check=NAME, mark=Mark.BAD, text=f"{executable}: a program that answers gave {version}")]
    if spin.kind is not OutcomeKind.TIMEOUT or not (refused or is_open):
        text = f"{executable}: an endless loop gave {spin.kind.value}, opening a socket {out.kind.value}"
        return [Line(check=NAME, mark=Mark.BAD, text=text, remedy="report this: the sandbox does not hold")]
    text = (
        f"CPython {version.shown.strip(chr(39))} ({executable}) answers, an endless loop is ended, a socket is refused"
    )
    return [Line(check=NAME, mark=Mark.GOOD, text=text)]
