"""Functions cut out of open documents."""

from __future__ import annotations

from pathlib import PurePosixPath

from pygls.uris import to_fs_path

from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Function, make_task
from atlas_pipeline.records import FunctionTask
from atlas_server.session import Snapshot


def module_name(uri: str) -> str:
    """Return the name under which the document's code is loaded in the sandbox."""
    path = to_fs_path(uri)
    stem = PurePosixPath(path.replace("\\", "/")).stem if path else ""
    return stem if stem.isidentifier() and stem != "__main__" else "module"


def task_of(snapshot: Snapshot, function: Function) -> FunctionTask:
    """Cut a function out of an open document.

    Raises:
        UsageError: it cannot be solved; the message says why.
    """
    if snapshot.problem is not None:
        raise UsageError(snapshot.problem)
    path = to_fs_path(snapshot.uri) or ""
    return make_task(
        snapshot.document, function, module_name=module_name(snapshot.uri), path=path, version=snapshot.version
    )
