"""llama-server as a stand-in for our own engine where llama-cpp-python cannot be imported: a way in without a compiler.

Nothing is imported here to find out: the language server never loads native code.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from atlas_pipeline.errors import EngineStartError
from atlas_pipeline.settings import EngineSettings

PACKAGE = "llama_cpp"
PROGRAM = "llama-server"
IMPORT_TIMEOUT_S = 60.0


def is_installed() -> bool:
    """Return whether llama-cpp-python is there at all; it may still not load."""
    return importlib.util.find_spec(PACKAGE) is not None


async def import_problem() -> str | None:
    """Return why llama-cpp-python cannot be imported, found out in another process; None if it can be."""
    if not is_installed():
        return "llama-cpp-python is not installed"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", f"import {PACKAGE}", stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd="/"
    )
    try:
        async with asyncio.timeout(IMPORT_TIMEOUT_S):
            _, written = await child.communicate()
    except TimeoutError:
        return f"importing llama-cpp-python took longer than {IMPORT_TIMEOUT_S:.0f} s"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    last = written.decode(errors="replace").strip().rpartition("\n")[2].strip()
    status = child.returncode or 0
    if status < 0:  # a build for another processor, for example: illegal instruction
        return f"importing llama-cpp-python ended with {signal.Signals(-status).name}"
    # A Python that fails without a word is not the package's fault.
    return f"llama-cpp-python cannot be imported ({last})" if status > 0 and last else None


def find_program(settings: EngineSettings) -> Path | None:
    """Return llama-server: the one of the settings, else the one on PATH; None if there is none.

    Raises:
        EngineStartError: the settings name one that cannot be run.
    """
    if not settings.llama_server:
        found = shutil.which(PROGRAM)
        return Path(found).absolute() if found else None
    path = Path(settings.llama_server).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise EngineStartError(f"There is no program at {path}. Check `engine.llama_server`.")
    return path


def no_engine(problem: str) -> EngineStartError:
    """Return the error for a machine on which nothing can run a model."""
    return EngineStartError(
        f"No engine can be started: {problem}, and {PROGRAM} is not on PATH. Install llama-cpp-python "
        f"(`pip install llama-cpp-python`), or install llama.cpp's {PROGRAM} and put it on PATH or into "
        "`engine.llama_server`, or name a server in `engine.url`."
    )


def stand_in_notice(problem: str, program: Path) -> str:
    """Return what the user is told when llama-server stands in."""
    return f"{program} is used as the engine, because {problem}."


def requests_socket(supervisor: Path) -> Path:
    """Return the socket of the llama-server whose supervisor listens at `supervisor`."""
    # llama-server takes a host for a Unix socket if it ends with .sock.
    return supervisor.with_name(f"{supervisor.stem}s.sock")
