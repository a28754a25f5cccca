"""The state of each function in a few words, and the notification `atlas/status` that carries it.

Clients that do not announce that they read it get the same from progress, diagnostics and code lenses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from atlas_pipeline.records import Level, Provenance, Selection, Status
from atlas_server.live import State

if TYPE_CHECKING:
    from atlas_pipeline.functions import Function
    from atlas_server.results import Key, Result
    from atlas_server.server import AtlasServer
    from atlas_server.session import Session, Snapshot

STATUS = "atlas/status"
SCHEMA = 1
_LONGEST = 80

_STATES: dict[Level, State] = {Level.VERIFIED: "verified", Level.WEAK: "weak", Level.UNVERIFIED: "unverified"}


def standing(result: Result, snapshot: Snapshot) -> Function | None:
    """Return the function a result is about if its text is still what the result speaks of."""
    for fingerprint in (result.applied_fingerprint, result.task.fingerprint):
        if fingerprint and (function := snapshot.document.find(result.task.qualname, fingerprint)) is not None:
            return function
    return None


def is_in_document(result: Result, snapshot: Snapshot) -> bool:
    """Tell whether the result's code stands in the document; it was put there, and may have been undone."""
    fingerprint = result.applied_fingerprint
    return bool(fingerprint and snapshot.document.find(result.task.qualname, fingerprint))


def badge(selection: Selection) -> str:
    """Return a result in a few words: `Verified 2/2`, `Weak: 2 cases to confirm`, `Not verified: why`."""
    truth = [v for v in selection.verdicts if v.case.provenance in (Provenance.GIVEN, Provenance.PROJECT)]
    passed = sum(verdict.status is Status.PASS for verdict in truth)
    match selection.level:
        case Level.VERIFIED:
            return f"Verified {passed}/{len(truth)}"
        case Level.WEAK:
            cases = len(selection.cases_to_confirm)
            return (
                f"Weak: {cases} case{'s' * (cases != 1)} to confirm" if cases else f"Weak: {_short(selection.reason)}"
            )
        case Level.UNVERIFIED:
            return f"Not verified: {_short(selection.reason)}"


def describe(session: Session, snapshot: Snapshot, function: Function) -> tuple[State, str]:
    """Return the state of a function and the words for it; `none` and nothing where there is none."""
    key = (snapshot.uri, function.qualname)
    if (live := session.live.get(key)) is not None:
        return live.state, live.text
    failure = session.failures.get(key)
    if failure is not None and failure.fingerprint == function.fingerprint:
        return "failed", f"Failed: {_short(failure.message)}"
    result = session.results.get(*key)
    if result is None or standing(result, snapshot) != function:
        return "none", ""
    return _STATES[result.selection.level], badge(result.selection)


def tell_status(server: AtlasServer, uri: str) -> None:
    """Send the state of every function of a document that has one, or had one, where it is not what was sent last."""
    session = server.session
    snapshot = server.snapshot(uri)
    if not session.support.status or snapshot is None:
        return
    results = [(uri, result.task.qualname) for result in session.results.of(uri)]
    known = [key for key in (*session.told, *session.live, *session.failures) if key[0] == uri]
    for key in dict.fromkeys((*known, *results)):
        payload = _payload(session, snapshot, key)
        if session.told.get(key) == payload:
            continue
        if payload["state"] == "none":
            if session.told.pop(key, None) is None:
                continue
        else:
            session.told[key] = payload
        server.protocol.notify(STATUS, payload)


def tell_gone(server: AtlasServer, uri: str) -> None:
    """Send that nothing is known of a document's functions any more: it is closed."""
    session = server.session
    for key in [key for key in session.told if key[0] == uri]:
        del session.told[key]
        gone = {"schema": SCHEMA, "uri": uri, "qualname": key[1], "line": 0, "state": "none", "text": ""}
        server.protocol.notify(STATUS, gone)


def _payload(session: Session, snapshot: Snapshot, key: Key) -> dict[str, object]:
    live = session.live.get(key)
    named = [function for function in snapshot.document.functions() if function.qualname == key[1]]
    result = session.results.get(*key)
    stood = standing(result, snapshot) if result is not None else None
    function = stood or (named[-1] if named else None)
    state, text = ("none", "") if function is None else describe(session, snapshot, function)
    payload: dict[str, object] = {
        "schema": SCHEMA,
        "uri": key[0],
        "qualname": key[1],
        "line": snapshot.positions.position(function.name_start).line if function is not None else 0,
        "state": state if live is None else live.state,
        "text": text if live is None else live.text,
    }
    if live is not None:
        payload["percentage"] = live.percentage
        if live.position:
            payload["position"] = live.position
        if live.planned:
            payload["candidates"] = {"done": live.done, "planned": live.planned}
        if live.tokens_per_s is not None:
            payload["tokensPerS"] = round(live.tokens_per_s, 1)
    return payload


def _short(text: str) -> str:
    line = text.split("\n")[0]
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
