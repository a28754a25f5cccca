"""Whether the project's own environment and modules are used."""

from __future__ import annotations

from pathlib import Path

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.sandbox.workspace import Workspace

from .api import Context, Line, Mark

NAME = "sandbox imports"
_USUAL = (".venv/bin/python", "venv/bin/python", "env/bin/python")


async def check(context: Context) -> list[Line]:
    """Look for an environment in the workspace, without running anything of it."""
    settings = context.settings.sandbox
    lines = []
    there = next((name for name in _USUAL if (Path(context.workspace) / name).exists()), None)
    if there is not None and not settings.python:
        text = f"this folder has {there}, but candidates import from the environment of atlas-ls"
        remedy = f'set {{"sandbox": {{"python": "{there}"}}}}; it is then run once, outside the sandbox'
        lines.append(Line(check=NAME, mark=Mark.NOTE, text=text, remedy=remedy))
    try:
        visible = Workspace.of(context.workspace, settings.readable)
    except AtlasError as error:
        return [*lines, Line(check=NAME, mark=Mark.BAD, text=str(error))]
    if visible is None:
        remedy = 'to verify functions that import your own modules, set {"sandbox": {"readable": ["src"]}}'
        return [*lines, Line(check=NAME, mark=Mark.GOOD, text="candidates see nothing of this folder", remedy=remedy)]
    names = ", ".join(str(path.relative_to(visible.root)) for path in visible.readable)
    return [*lines, Line(check=NAME, mark=Mark.GOOD, text=f"candidates may read (not write): {names}")]
