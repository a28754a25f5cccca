"""One "Write tests for this function": puts what is known of it into the project's test file, as a change of its own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import from_fs_path, to_fs_path

from atlas_pipeline import written_tests
from atlas_pipeline.checking import PRESENT, voters_of
from atlas_pipeline.edit import present_body
from atlas_pipeline.errors import UsageError
from atlas_pipeline.placing_tests import file_of_tests, import_name
from atlas_pipeline.rechecking import Found, write
from atlas_pipeline.records import Candidate, FunctionTask, Origin
from atlas_pipeline.sandbox.api import Outcome, Sandbox
from atlas_pipeline.settings import Settings
from atlas_pipeline.surroundings import Surroundings
from atlas_pipeline.verification import Verifier, limits_of
from atlas_pipeline.written_tests import WrittenTests
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer
from atlas_server.positions import Positions
from atlas_server.status import standing


class TestsJob(FunctionJob):
    """Writes tests for one function of an open document."""

    __test__ = False  # pytest would collect it

    title = "Write tests for"
    doing = "Writing tests"

    async def work(self, surroundings: Surroundings) -> Answer:
        """Find out what can be tested, with what an earlier solve found where there is one."""
        task, settings = surroundings.task, self.settings()
        if not task.path:
            raise UsageError("the document is in no file yet: save it, so that a test can import it")
        path = Path(task.path)
        root = surroundings.root or path.parent
        target = await asyncio.to_thread(file_of_tests, path, root)
        module = import_name(path)
        sandbox = await self.open_sandbox(settings)
        found, model = await self._found(task, sandbox, settings)
        tests = await self._gather(task, found, sandbox, settings)
        if not tests.count:
            raise UsageError(f"nothing is known for sure of {task.qualname}: give an example in its docstring")
        self._made = (target, module, task, tests, model)
        return {"status": "written"}

    async def conclude(self, answer: Answer) -> Answer:
        """Have the editor make the change."""
        target, module, task, tests, model = self._made
        uri = self._open_uri(target) or from_fs_path(str(target)) or target.as_uri()
        await self.session.quiet(uri)
        text, version, exists = await self._text(uri, target)
        taken = frozenset(re.findall(r"^\s*(?:async\s+)?def\s+(\w+)", text, re.MULTILINE))
        rendered = written_tests.render(task, tests, model=model, taken=taken)
        whole = written_tests.into(text, written_tests.imports(task, tests, module), rendered)
        answer = {
            **answer,
            "uri": uri,
            "given": len(tests.given),
            "agreed": len(tests.agreed),
            "properties": len(tests.properties),
            "code": rendered,
        }
        refused = await self._apply(uri, text, whole, version=version, exists=exists)
        left_out = f"; {tests.against_body} calls on which it differs from the samples were left out" * bool(
            tests.against_body
        )
        if refused is None:
            message = f"{tests.count} tests of {task.qualname} are in {target.name}{left_out}"
            self.server.tell(types.MessageType.Info, message)
            return {**answer, "message": message}
        message = f"the tests of {task.qualname} were not written: {refused}"
        self.server.tell(types.MessageType.Warning, message)
        return {**answer, "status": "not applied", "message": message}

    async def _found(self, task: FunctionTask, sandbox: Sandbox, settings: Settings) -> tuple[Found, str]:
        """Return what the model wrote: in an earlier solve of the same text that came to tests, else now."""
        result = self.session.results.get(self.uri, self.function.qualname)
        if result is not None and standing(result, self.snapshot) == self.function and result.found.tests:
            return result.found, result.selection.model
        engine = await self.engine()
        found = Found()
        writing = write(task, engine=engine, sandbox=sandbox, settings=settings, control=self.job.control)
        async with aclosing(writing) as events:
            async for event in events:
                found = found.after(event)
                self.take(event)
        return found, (await engine.capabilities()).model

    async def _gather(self, task: FunctionTask, found: Found, sandbox: Sandbox, settings: Settings) -> WrittenTests:
        of_laws = (call for law in found.properties for call in law.calls)
        cases = [case.call for case in (*task.examples, *found.tests)]
        calls = tuple(dict.fromkeys([*cases, *of_laws, *found.inputs]))
        verifier = Verifier(task, sandbox, limits_of(settings.sandbox))
        seen = await asyncio.gather(*(verifier.observe(candidate, calls) for candidate in found.candidates))
        observed: dict[int, Mapping[str, Outcome]] = {
            candidate.index: each for candidate, each in zip(found.candidates, seen, strict=True)
        }
        own = None
        if not task.is_stub:
            body = Candidate(index=PRESENT, body=present_body(task), origin=Origin.PRESENT)
            own = await verifier.observe(body, calls)
        voters = [observed[index] for index in voters_of(task, found.candidates, observed)]
        return written_tests.gather(task, calls, found.properties, voters, own)

    def _open_uri(self, target: Path) -> str | None:
        """Return the URI under which the client has the file open."""
        uris = [document.uri for document in self.server.workspace.text_documents.values()]
        return next((uri for uri in uris if (path := to_fs_path(uri)) and Path(path) == target), None)

    async def _text(self, uri: str, target: Path) -> tuple[str, int | None, bool]:
        """Return the file's text and version as the editor has it, else the text on disk, and whether there is one."""
        snapshot = self.server.snapshot(uri)
        if snapshot is not None:
            return snapshot.positions.text, snapshot.version, True
        try:
            return await asyncio.to_thread(_read, target), None, True
        except FileNotFoundError:
            return "", None, False
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{target} cannot be read: {error}") from error

    async def _apply(self, uri: str, text: str, whole: str, *, version: int | None, exists: bool) -> str | None:
        """Have the editor make the change; return None, or why it was not made."""
        support = self.session.support
        if not (support.apply_edit and support.versioned_edits):
            return "this editor does not accept versioned edits from a language server"
        if not exists and not support.create_files:
            return f"this editor does not make new files; make {uri} yourself and ask again"
        changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
        if not exists:
            changes.append(types.CreateFile(uri=uri, options=types.CreateFileOptions(ignore_if_exists=True)))
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
        start, end, new_text = _difference(text, whole)
        at = Positions(text, self.session.encoding).range(start, end)
        changes.append(
            types.TextDocumentEdit(text_document=identifier, edits=[types.TextEdit(range=at, new_text=new_text)])
        )
        edit = types.WorkspaceEdit(document_changes=changes)
        try:
            answer = await self.server.workspace_apply_edit_async(
                types.ApplyWorkspaceEditParams(label=f"Tests of {self.function.name}", edit=edit)
            )
        except JsonRpcException as error:
            return f"the editor refused the edit: {error}"
        return None if answer.applied else (answer.failure_reason or "the editor did not take the edit")


def _difference(before: str, after: str) -> tuple[int, int, str]:
    """Return the one change that makes one text of another: from where to where, and what comes there."""
    pairs = enumerate(zip(before, after, strict=False))
    start = next((at for at, (old, new) in pairs if old != new), min(len(before), len(after)))
    if before[start - 1 : start] == "\r":  # not into the middle of a line end
        start -= 1
    return start, len(before), after[start:]


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
