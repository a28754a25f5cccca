"""Diagnostics of what a solve could not verify: on the function's name, and on each given example that failed."""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_pipeline.records import Level, Status
from atlas_server.report import describe_verdict, headline, question
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.status import standing

SOURCE = "atlas-ls"


def publish(server: AtlasServer, uri: str) -> None:
    """Publish the diagnostics of a document at its current version; those of changed functions are gone."""
    snapshot = server.snapshot(uri)
    if snapshot is None:
        return
    diagnostics = [
        diagnostic
        for result in server.session.results.of(uri)
        if (function := standing(result, snapshot)) is not None
        for diagnostic in _of(result, function, snapshot)
    ]
    version = snapshot.version if server.session.support.diagnostic_versions else None
    server.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics, version=version)
    )


def _of(result: Result, function: Function, snapshot: Snapshot) -> list[types.Diagnostic]:
    selection = result.selection
    if selection.level is Level.VERIFIED and result.applied:
        return []
    message = headline(selection)
    if selection.cases_to_confirm:
        message += "\nRight? " + "  ".join(question(verdict) for verdict in selection.cases_to_confirm)
    found = [
        types.Diagnostic(
            range=snapshot.positions.range(function.name_start, function.name_end),
            severity=types.DiagnosticSeverity.Information,
            source=SOURCE,
            code=selection.level.value.lower(),
            message=message,
        )
    ]
    shift = snapshot.positions.position(function.start).line - result.task.source.count("\n", 0, result.task.start)
    found += [
        types.Diagnostic(
            range=snapshot.positions.line_range(verdict.case.line + shift),
            severity=types.DiagnosticSeverity.Information,
            source=SOURCE,
            code="example",
            message=f"best candidate: {describe_verdict(verdict)}",
        )
        for verdict in selection.verdicts
        if verdict.case.line is not None and verdict.status is not Status.PASS
    ]
    return found
