"""Which sets of isolation layers work, and which one is used."""

from __future__ import annotations

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.sandbox import LayerReport, probe

from .api import Context, Line, Mark

NAME = "sandbox layers"


async def check(context: Context) -> list[Line]:
    """Start each set of layers once."""
    try:
        reports = await probe(context.settings.sandbox, workspace=context.workspace)
    except AtlasError as error:
        return [Line(check=NAME, mark=Mark.BAD, text=f"no code can be run: {error}")]
    used = next((report for report in reports if report.works), None)
    if used is None:
        reasons = "; ".join(f"{report.name}: {report.reason}" for report in reports)
        loud = context.settings.sandbox.dangerously_run_code_without_isolation
        text = (
            f"nothing isolates here ({reasons}), so no code is run"
            if not loud
            else f"NOTHING isolates here ({reasons})"
        )
        return [Line(check=NAME, mark=Mark.BAD, text=text, remedy=reports[-1].remedy)]
    return [_line(report, report is used) for report in reports]


def _line(report: LayerReport, is_used: bool) -> Line:
    if not report.works:
        return Line(
            check=NAME, mark=Mark.NOTE, text=f"{report.name} does not work: {report.reason}", remedy=report.remedy
        )
    use = "used" if is_used else "works alone, too"
    return Line(check=NAME, mark=Mark.GOOD, text=f"{', '.join(report.layers)} ({use})")
