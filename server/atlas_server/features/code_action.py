"""`textDocument/codeAction`: what can be done with the function at the cursor. Answers at once, without the model."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_pipeline.records import Level, Status
from atlas_server import arguments as names
from atlas_server.arguments import FunctionArguments, Options, command_arguments
from atlas_server.report import case_shown
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.status import is_in_document, standing

REWRITE = "refactor.rewrite.atlas"
SOURCE = "source.atlas"
QUICK_FIX = types.CodeActionKind.QuickFix.value


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(
            code_action_kinds=[REWRITE, SOURCE, types.CodeActionKind.QuickFix], resolve_provider=False
        ),
    )
    def code_action(ls: AtlasServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        """Loop. Milliseconds: one lookup in a parsed document."""
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot is None or not is_python(snapshot):
            return []
        function = snapshot.document.at(snapshot.positions.offset(params.range.start))
        if function is None:
            return []
        offer = _Offer(ls, snapshot, function, params.context)
        result = ls.session.results.get(snapshot.uri, function.qualname)
        of_result = list(offer.of_result(result)) if result is not None else []
        return [*of_result, *offer.of_function()]


def is_python(snapshot: Snapshot) -> bool:
    """Tell whether a document is Python, by its language or else by its name."""
    return snapshot.language_id == "python" or (not snapshot.language_id and snapshot.uri.endswith((".py", ".pyi")))


class _Offer:
    """Makes the actions for one function, as far as the client asks for their kind and can show them."""

    def __init__(
        self, server: AtlasServer, snapshot: Snapshot, function: Function, context: types.CodeActionContext
    ) -> None:
        self.session = server.session
        self.support = server.session.support
        self.snapshot = snapshot
        self.function = function
        self.problem = snapshot.problem or function.problem
        self.only = [kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in context.only or []]
        self.automatic = context.trigger_kind is types.CodeActionTriggerKind.Automatic

    def _asked_for(self, kind: str) -> bool:
        return not self.only or any(kind == only or kind.startswith(f"{only}.") or not only for only in self.only)

    def of_function(self) -> Iterator[types.CodeAction]:
        """Yield what can be done with any function. Unasked, only a stub has something: a quick fix."""
        is_stub = self.function.is_stub
        if is_stub and self._asked_for(QUICK_FIX):
            yield from self._one("Solve this function", names.SOLVE, QUICK_FIX, preferred=True)
        else:
            yield from self._one("Solve this function", names.SOLVE, REWRITE)
        full = Options(route="full")
        yield from self._one("Solve with the full pipeline", names.SOLVE, REWRITE, options=full, is_extra=True)
        if not is_stub:
            if self._fails and self._asked_for(QUICK_FIX):
                yield from self._one("Repair this function", names.REPAIR, QUICK_FIX, preferred=True)
            else:
                yield from self._one("Repair this function", names.REPAIR, REWRITE, is_extra=True)
            yield from self._one("Check this function", names.CHECK, f"{SOURCE}.check", is_extra=True)
        yield from self._one("Write tests for this function", names.TESTS, f"{SOURCE}.tests", is_extra=True)

    def of_result(self, result: Result) -> Iterator[types.CodeAction]:
        """Yield what can be done with what a solve found."""
        kind = QUICK_FIX if self._asked_for(QUICK_FIX) else REWRITE
        level = result.selection.level
        if self._asked_for(kind) and level is not Level.UNVERIFIED and result.selection.best is not None:
            yield from self._of_solution(result, kind)
        if not self.automatic and self._asked_for(f"{SOURCE}.explain"):
            yield self._action("Explain the evidence", names.EXPLAIN, f"{SOURCE}.explain")

    def _of_solution(self, result: Result, kind: str) -> Iterator[types.CodeAction]:
        if is_in_document(result, self.snapshot):
            if result.confirmed:
                yield self._action("Add the confirmed cases to the docstring", names.EXAMPLES, kind)
            return
        if standing(result, self.snapshot) is None:
            title = "Verify the solution again for the changed function, and apply it"
            if not self.automatic and self.problem is None:
                yield self._action(title, names.APPLY, kind)
            return
        is_weak = result.selection.level is Level.WEAK
        yield self._action("Apply (unconfirmed)" if is_weak else "Apply the verified solution", names.APPLY, kind)
        yield self._action("Preview the solution and its evidence", names.PREVIEW, kind)
        for index, verdict in enumerate(result.selection.cases_to_confirm):
            case = case_shown(verdict)
            yield self._action(f"Confirm: {case}", names.CONFIRM, kind, options=Options(case=index, asked=case))
            wrong = Options(case=index, asked=case, right=False)
            yield self._action(f"Wrong: {case}", names.CONFIRM, kind, options=wrong)
        yield self._action("Drop the solution", names.REJECT, kind)

    @property
    def _fails(self) -> bool:
        """Whether the body is known to be wrong."""
        key = (self.snapshot.uri, self.function.qualname)
        present, checked = self.session.present.get(key), self.session.findings.get(key)
        fingerprint = self.function.fingerprint
        fails = present is not None and any(verdict.status is not Status.PASS for verdict in present.verdicts)
        return (fails and present is not None and present.task.fingerprint == fingerprint) or (
            checked is not None and bool(checked.findings) and checked.task.fingerprint == fingerprint
        )

    def _one(
        self,
        title: str,
        command: str,
        kind: str,
        *,
        preferred: bool = False,
        options: Options | None = None,
        is_extra: bool = False,
    ) -> Iterator[types.CodeAction]:
        """Yield an action if it is asked for: with its reason where it is not possible and the client can show that."""
        quick = kind == QUICK_FIX
        if not self._asked_for(kind) or (self.automatic and not quick and not self.only):
            return
        if self.problem is not None and (is_extra or self.automatic or not self.support.disabled_actions):
            return
        yield self._action(title, command, kind, preferred=preferred, disabled=self.problem, options=options)

    def _action(
        self,
        title: str,
        command: str,
        kind: str,
        *,
        preferred: bool = False,
        disabled: str | None = None,
        options: Options | None = None,
    ) -> types.CodeAction:
        arguments = FunctionArguments(
            uri=self.snapshot.uri,
            version=self.snapshot.version,
            qualname=self.function.qualname,
            fingerprint=self.function.fingerprint,
            options=options or Options(),
        )
        return types.CodeAction(
            title=title,
            kind=kind,
            is_preferred=True if preferred and disabled is None and self.support.preferred_actions else None,
            disabled=types.CodeActionDisabled(reason=disabled) if disabled is not None else None,
            command=(
                types.Command(title=title, command=command, arguments=[command_arguments(arguments)])
                if disabled is None
                else None
            ),
            tags=[types.CodeActionTag.LlmGenerated] if self.support.generated_tag else None,
        )
