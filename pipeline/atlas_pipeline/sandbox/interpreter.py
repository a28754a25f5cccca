"""The interpreter that runs the candidates: found, tried, and asked which folders it lives on."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from atlas_pipeline.errors import SandboxUnavailableError

_OLDEST = (3, 8)
_PROBE_TIMEOUT_S = 60.0
_LIBRARY_MODULES = "ctypes, decimal, json, hashlib, lzma, sqlite3, ssl, zlib"
"""Extension modules whose shared libraries may lie outside the usual folders."""

_PROBE = f"""
import json, os, site, sys
for name in {_LIBRARY_MODULES!r}.split(", "):
    try:
        __import__(name)
    except ImportError:
        pass
libraries = set()
try:
    with open("/proc/self/maps") as maps:
        libraries = {{line.split(None, 5)[5].strip() for line in maps if ".so" in line}}
except OSError:
    pass
print(json.dumps({{
    "executable": os.path.abspath(sys.executable), "version": list(sys.version_info[:3]),
    "implementation": sys.implementation.name, "has_ctypes": "ctypes" in sys.modules,
    "prefix": sys.prefix, "prefixes": [sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix],
    "standard_library": os.path.dirname(os.__file__), "site_folders": site.getsitepackages(),
    "user_site": site.getusersitepackages() if site.ENABLE_USER_SITE else None, "libraries": sorted(libraries),
}}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """What a Python interpreter said about itself."""

    executable: str
    version: tuple[int, int, int]
    implementation: str
    has_ctypes: bool
    prefix: str
    """The virtual environment, where there is one; else the first of `prefixes`."""
    prefixes: tuple[str, ...]
    standard_library: str
    site_folders: tuple[str, ...]
    user_site: str | None
    """Folder of `pip install --user`, None where this interpreter does not use it."""
    libraries: tuple[str, ...]
    """Shared libraries that were loaded, wherever they are."""


async def find_interpreter(python: str, folder: Path | None = None) -> Interpreter:
    """Run `python` (empty: our own interpreter) once, outside the sandbox, and return what it is.

    A relative path starts in `folder`.

    Raises:
        SandboxUnavailableError: it cannot be run, or it is not one that the sandbox can use.
    """
    command = _command(python, folder)
    try:
        output, complaint = await _run_probe(command)
    except OSError as error:
        raise SandboxUnavailableError(
            f"the interpreter {command} cannot be run ({error.strerror}); set sandbox.python to a CPython 3.8 or later"
        ) from error
    try:
        interpreter = msgspec.json.decode(output, type=Interpreter)
    except msgspec.DecodeError as error:
        said = (complaint.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise SandboxUnavailableError(
            f"{command} is not a Python that works ({said[:200]}); set sandbox.python to CPython 3.8 or later"
        ) from error
    return _checked(interpreter)


def _command(python: str, folder: Path | None) -> str:
    # A path is made absolute but not resolved: the link in a virtual environment is what makes it one.
    if os.sep not in python:
        return python or sys.executable
    return str((folder or Path()).absolute() / Path(python).expanduser())


async def _run_probe(command: str) -> tuple[bytes, bytes]:
    """Return what the probe prints; what it did not print in time is empty."""
    process = await asyncio.create_subprocess_exec(
        command,
        "-c",
        _PROBE,
        cwd="/",  # the workspace is no place to start from: it may hold a `json.py`
        env={name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            return await process.communicate()
    except TimeoutError:
        return b"", b"it did not answer in time"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _checked(interpreter: Interpreter) -> Interpreter:
    version = ".".join(map(str, interpreter.version))
    if interpreter.implementation != "cpython" or interpreter.version < _OLDEST:
        raise SandboxUnavailableError(
            f"{interpreter.executable} is {interpreter.implementation} {version};"
            " set sandbox.python to CPython 3.8 or later"
        )
    if not interpreter.has_ctypes:
        raise SandboxUnavailableError(
            f"{interpreter.executable} was built without ctypes, which the sandbox needs to confine it;"
            " install libffi and rebuild it, or set sandbox.python to another"
        )
    return interpreter


def readable_paths(interpreter: Interpreter) -> list[str]:
    """Return the files and folders a candidate may read: the system's libraries and what the interpreter needs.

    Of a prefix only the parts that an installation owns are taken: a prefix can be the home folder (`~/.local`) or,
    with a virtual environment made in place, the workspace.
    """
    found = list(_SYSTEM)
    library = f"lib/python{interpreter.version[0]}.{interpreter.version[1]}"
    for prefix in dict.fromkeys(interpreter.prefixes):
        is_environment = (Path(prefix) / "pyvenv.cfg").exists()
        parts = ("pyvenv.cfg", library, library.replace("lib", "lib64", 1)) if is_environment else ("lib", "lib64")
        found += [str(Path(prefix) / part) for part in parts]
    found += [interpreter.standard_library, *interpreter.site_folders, *interpreter.libraries]
    found += [str(path) for path in executable_chain(interpreter)]
    if interpreter.user_site:
        found.append(interpreter.user_site)
    return [path for path in dict.fromkeys(found) if Path(path).exists()]


def executable_chain(interpreter: Interpreter) -> list[Path]:
    """Return the executable and every file it is a link to."""
    chain = [Path(interpreter.executable)]
    while chain[-1].is_symlink() and len(chain) < 40:  # the kernel's own bound on links
        chain.append(chain[-1].parent / chain[-1].readlink())
    return list(dict.fromkeys([*chain, Path(interpreter.executable).resolve()]))


_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/alternatives",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
