"""Ranked retrieval over the workspace: the seam, and one plain ranking behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from atlas_pipeline import outline
from atlas_pipeline.context.api import Passage
from atlas_pipeline.context.files import WorkspaceFiles, distance, is_test_file
from atlas_pipeline.functions import Document
from atlas_pipeline.records import FunctionTask

_MOST_FILES = 2000
_MOST_PASSAGES = 3


class NearestUses:
    """Functions that call one of the task's name, nearest folder first: they show what it is for.

    Goes by the name alone, so a common name finds strangers; what it finds is shown last and counts least.
    """

    def passages(self, task: FunctionTask, files: WorkspaceFiles) -> Iterator[Passage]:
        """Yield at most three, from other modules than the task's own."""
        own = files.relative(files.root / task.path) if task.path else None
        names = [name for name in files.python_files() if name != own and not is_test_file(name)]
        names.sort(key=lambda name: (distance(own or "", name), name))
        call = re.compile(rf"(?<![\w]){re.escape(task.name)}\s*\(")
        found = 0
        for name in names[:_MOST_FILES]:
            text = files.text(name)
            if text is None or task.name not in text or not call.search(text):
                continue
            for passage in _uses(Document(text), call, task.name, name):
                yield passage
                found += 1
                if found == _MOST_PASSAGES:
                    return


def _uses(document: Document, call: re.Pattern[str], task_name: str, path: str) -> Iterator[Passage]:
    for function in document.functions():
        node = document.node_of(function)
        text = outline.text_of(document, outline.with_decorators(node))
        if function.name != task_name and ".<locals>" not in function.qualname and call.search(text):
            why = f"{function.qualname} in {path} calls a {task_name}"
            yield Passage(path=path, line=node.start_point.row, text=text, why=why)
