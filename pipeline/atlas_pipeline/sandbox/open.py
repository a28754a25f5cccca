"""Opens a sandbox with the strongest layers that work here, and says what works and what does not."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from atlas_pipeline.errors import SandboxUnavailableError
from atlas_pipeline.settings import SandboxSettings

from .bubblewrap import find_bubblewrap
from .interpreter import Interpreter, find_interpreter
from .isolated import IsolatedSandbox, default_slots
from .jail import Jail, JailSpec
from .workspace import Workspace

_logger = logging.getLogger(__name__)

Layers = Literal["auto", "bubblewrap", "landlock"]

_REMEDIES = {
    "bubblewrap": "install bubblewrap (apt install bubblewrap); where it is installed, unprivileged user namespaces are"
    " switched off: on Ubuntu allow them for bwrap with an AppArmor profile, in Docker run with"
    " --security-opt seccomp=unconfined --security-opt apparmor=unconfined",
    "landlock": "use Linux 5.13 or later with Landlock switched on (`lsm=` boot parameter), on x86_64 or aarch64",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReport:
    """Whether one set of layers works here."""

    name: str
    works: bool
    layers: tuple[str, ...] = ()
    """What is on when it works, outermost first."""
    reason: str = ""
    """Why it does not work."""
    remedy: str = ""


async def open_sandbox(
    settings: SandboxSettings,
    *,
    workspace: Path | None = None,
    layers: Layers = "auto",
    bubblewrap: str | None = None,
    preload: Sequence[str] = (),
    hash_seed: int = 0,
    slots: int = 0,
) -> IsolatedSandbox:
    """Start a jail and return the sandbox around it, warm.

    Args:
        settings: the interpreter and what may be read; limits are given with each run.
        workspace: folder that `settings.readable` and a relative `settings.python` start from.
        layers: "auto" tries bubblewrap and falls back, visibly, to Landlock.
        bubblewrap: path of bubblewrap. None: the one on PATH.
        preload: modules to import once, before any program is forked, for example numpy.
        hash_seed: of the interpreter, which decides the order of sets of strings.
        slots: programs at a time. 0: all processors but one.

    Raises:
        SandboxUnavailableError: nothing isolates here; the message says what would.
        UsageError: `settings.readable` names what is not in the workspace.
    """
    interpreter = await _interpreter(settings, workspace)
    visible = Workspace.of(workspace, settings.readable)
    reasons = []
    for name in ("bubblewrap", "landlock") if layers == "auto" else (layers,):
        try:
            spec = _spec(name, interpreter, bubblewrap, (*settings.preload, *preload), hash_seed, visible)
            spec = dataclasses.replace(spec, node=settings.node)
            jail = await Jail.start(spec)
        except SandboxUnavailableError as error:
            reasons.append(f"{name}: {error} (remedy: {_REMEDIES[name]})")
            if name != layers:
                _logger.warning("the sandbox runs without %s: %s", name, error)
            continue
        _logger.info("the sandbox is isolated by %s", ", ".join(jail.layers))
        return IsolatedSandbox(spec, jail, slots or default_slots(), notice="; ".join(reasons))
    if layers == "auto" and settings.dangerously_run_code_without_isolation:
        spec = _spec("none", interpreter, None, (*settings.preload, *preload), hash_seed, visible)
        notice = "NOTHING isolates the code that is run, as sandbox.dangerously_run_code_without_isolation demands"
        _logger.warning("%s", notice)
        return IsolatedSandbox(spec, await Jail.start(spec), slots or default_slots(), notice=notice)
    raise SandboxUnavailableError("no isolation here, so no code is run. " + "; ".join(reasons))


async def probe(
    settings: SandboxSettings, *, workspace: Path | None = None, bubblewrap: str | None = None
) -> list[LayerReport]:
    """Start each set of layers once and report what came of it; the first one that works is the one that is used.

    Raises:
        SandboxUnavailableError: the interpreter cannot be used, or the platform cannot isolate at all.
    """
    interpreter = await _interpreter(settings, workspace)
    reports = []
    for name in ("bubblewrap", "landlock"):
        try:
            jail = await Jail.start(_spec(name, interpreter, bubblewrap, (), 0, None))
        except SandboxUnavailableError as error:
            reports.append(LayerReport(name=name, works=False, reason=str(error), remedy=_REMEDIES[name]))
        else:
            reports.append(LayerReport(name=name, works=True, layers=jail.layers))
            await jail.close()
    return reports


async def _interpreter(settings: SandboxSettings, workspace: Path | None) -> Interpreter:
    if sys.platform != "linux":
        raise SandboxUnavailableError(
            f"code cannot be isolated on {sys.platform} yet, so no code is run; use Linux, in a container or WSL 2 too"
        )
    return await find_interpreter(settings.python, workspace)


def _spec(
    name: str,
    interpreter: Interpreter,
    bubblewrap: str | None,
    preload: Sequence[str],
    hash_seed: int,
    workspace: Workspace | None,
) -> JailSpec:
    path = None
    if name == "bubblewrap":
        path = find_bubblewrap(bubblewrap)
        if path is None:
            raise SandboxUnavailableError(f"{bubblewrap or 'bwrap'} is not there")
    return JailSpec(
        interpreter=interpreter,
        bubblewrap=path,
        preload=tuple(preload),
        hash_seed=hash_seed,
        workspace=workspace,
        is_isolated=name != "none",
    )
