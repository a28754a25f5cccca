"""Whether JavaScript and TypeScript can be run."""

from __future__ import annotations

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.sandbox import Call, Limits, OutcomeKind, Program, open_sandbox

from .api import Context, Line, Mark

NAME = "sandbox node"


async def check(context: Context) -> list[Line]:
    """Run a TypeScript function."""
    program = Program(source="function version(): string { return process.version }", language="typescript")
    try:
        async with await open_sandbox(context.settings.sandbox, workspace=context.workspace) as sandbox:
            (outcome,) = await sandbox.run(program, [Call(expression="version()")], Limits(cpu_s=5))
    except AtlasError as error:
        return [Line(check=NAME, mark=Mark.NOTE, text=f"JavaScript and TypeScript are not run: {error}")]
    if outcome.kind is not OutcomeKind.RETURNED:
        return [Line(check=NAME, mark=Mark.NOTE, text=f"JavaScript and TypeScript do not run: {outcome}")]
    return [
        Line(check=NAME, mark=Mark.GOOD, text=f"Node {outcome.shown.strip(chr(39))} runs JavaScript and TypeScript")
    ]
