"""Diagnostics: how a solve stands, on the function's name; examples that fail, on their lines. Changed text loses them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_pipeline.records import FunctionTask, Level, Status, Verdict
from atlas_server.live import Live
from atlas_server.report import describe_verdict, headline, question
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.session import Session, Snapshot
from atlas_server.status import is_in_document, standing

SOURCE = "atlas-ls"


def publish(server: AtlasServer, uri: str) -> None:
    """Publish the diagnostics of a document at its current version; those of changed functions are gone."""
    snapshot = server.snapshot(uri)
    if snapshot is None:
        return
    version = snapshot.version if server.session.support.diagnostic_versions else None
    diagnostics = list(_all(server.session, snapshot))
    server.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri=uri, diagnostics=diagnostics, version=version)
    )


def _all(session: Session, snapshot: Snapshot) -> Iterator[types.Diagnostic]:
    for key, live in session.live.items():
        if key[0] == snapshot.uri and (function := _unchanged(live.task, snapshot)) is not None:
            yield from _of_live(live, function, snapshot)
    for result in session.results.of(snapshot.uri):
        if (snapshot.uri, result.task.qualname) in session.live:
            continue
        if (function := standing(result, snapshot)) is not None:
            yield from _of_result(result, function, snapshot)
    for key, present in session.present.items():
        if key[0] == snapshot.uri and (function := _unchanged(present.task, snapshot)) is not None:
            for at, verdict in _failing(present.task, present.verdicts, function, snapshot):
                yield _diagnostic(at, "failing-example", f"fails: {describe_verdict(verdict)}", is_fault=True)
    for key, checked in session.findings.items():
        if key[0] == snapshot.uri and (function := _unchanged(checked.task, snapshot)) is not None:
            name = snapshot.positions.range(function.name_start, function.name_end)
            for finding in checked.findings:
                if finding.line is None:  # the others stand on their example's line already
                    yield _diagnostic(name, f"check-{finding.kind.value}", finding.message, is_fault=True)


def _unchanged(task: FunctionTask, snapshot: Snapshot) -> Function | None:
    return snapshot.document.find(task.qualname, task.fingerprint)


def _of_live(live: Live, function: Function, snapshot: Snapshot) -> Iterator[types.Diagnostic]:
    if live.best is None:
        return
    message = f"best so far, unverified: {live.standing}"
    if live.counterexample is not None:
        message += f"\nfails: {describe_verdict(live.counterexample)}"
    yield _diagnostic(snapshot.positions.range(function.name_start, function.name_end), "solving", message)


def _of_result(result: Result, function: Function, snapshot: Snapshot) -> Iterator[types.Diagnostic]:
    selection = result.selection
    if selection.level is Level.VERIFIED and is_in_document(result, snapshot):
        return
    message = headline(selection)
    if selection.cases_to_confirm:
        message += "\nRight? " + "  ".join(question(verdict) for verdict in selection.cases_to_confirm)
    name = snapshot.positions.range(function.name_start, function.name_end)
    yield _diagnostic(name, selection.level.value.lower(), message)
    for at, verdict in _failing(result.task, selection.verdicts, function, snapshot):
        yield _diagnostic(at, "example", f"best candidate: {describe_verdict(verdict)}")


def _failing(
    task: FunctionTask, verdicts: Iterable[Verdict], function: Function, snapshot: Snapshot
) -> Iterator[tuple[types.Range, Verdict]]:
    """Yield the examples of the docstring that were not passed, each with its line as it is now."""
    shift = snapshot.positions.position(function.start).line - task.source.count("\n", 0, task.start)
    for verdict in verdicts:
        if verdict.case.line is not None and verdict.status is not Status.PASS:
            yield snapshot.positions.line_range(verdict.case.line + shift), verdict


def _diagnostic(at: types.Range, code: str, message: str, *, is_fault: bool = False) -> types.Diagnostic:
    severity = types.DiagnosticSeverity.Warning if is_fault else types.DiagnosticSeverity.Information
    return types.Diagnostic(range=at, severity=severity, source=SOURCE, code=code, message=message)
