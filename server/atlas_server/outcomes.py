"""Notes what becomes of results that were put into a document: kept, changed, or undone. The history learns from it.

Only the text says so: after our edit the function has a fingerprint that is known, and so had it before. Where it has
neither, its body says whether it was changed: comments, blank lines and the docstring do not count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from atlas_pipeline.edit import body_of, solved_document, solved_function
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document
from atlas_pipeline.history import Outcome
from atlas_pipeline.records import Level

if TYPE_CHECKING:
    from atlas_server.results import Result
    from atlas_server.server import AtlasServer
    from atlas_server.session import Snapshot


def note_outcomes(server: AtlasServer, uri: str) -> None:
    """Keep what has become of each of a document's results, where that is not what it was when last looked at."""
    session = server.session
    results = [result for result in session.results.of(uri) if result.solve]
    snapshot = server.snapshot(uri) if results else None
    if snapshot is None:
        return
    for result in results:
        seen = _if_taken(result, snapshot)
        now = what_became(seen, snapshot.document)
        if now is not None and now is not seen.outcome:
            session.results.update(uri, replace(seen, outcome=now))
            session.keep_outcome(seen, now, "" if seen is result else "as the editor's own insertion")


def what_became(result: Result, document: Document) -> Outcome | None:
    """Return what a document says of a result; None where its code was never in it, or cannot be read as it is now."""
    if result.applied_fingerprint is None:
        return None
    qualname = result.task.qualname
    if document.find(qualname, result.applied_fingerprint) is not None:
        return Outcome.ACCEPTED
    if document.find(qualname, result.task.fingerprint) is not None:
        return Outcome.REVERTED
    try:
        return Outcome.ACCEPTED if _has_its_body(result, document) else Outcome.EDITED
    except UsageError:  # half a line was typed
        return None


def _has_its_body(result: Result, document: Document) -> bool:
    """Tell whether the function still does what the result's code says, word for word.

    Raises:
        UsageError: what stands there is not Python.
    """
    task, best = result.task, result.selection.best
    if best is None:
        return False
    own = body_of(solved_function(task, best.candidate.body), task.qualname)
    there = [function for function in document.functions() if function.qualname == task.qualname]
    starts = [document.text.rfind("\n", 0, function.start) + 1 for function in there]
    return any(
        body_of(document.text[start : function.end], task.qualname) == own
        for start, function in zip(starts, there, strict=True)
    )


def _if_taken(result: Result, snapshot: Snapshot) -> Result:
    """Return a result as applied where it stands in the document and we did not put it there: ghost text, accepted."""
    task, best = result.task, result.selection.best
    if result.applied or best is None or result.selection.level is not Level.VERIFIED:
        return result
    if snapshot.document.find(task.qualname, task.fingerprint) is not None:
        return result  # as it was; nothing has to be parsed to know
    solved = Document(solved_document(task, best.candidate.body)).at(task.start)
    if solved is None or snapshot.document.find(task.qualname, solved.fingerprint) is None:
        return result
    return replace(result, applied_fingerprint=solved.fingerprint)
