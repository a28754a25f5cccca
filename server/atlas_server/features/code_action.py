"""`textDocument/codeAction`: what can be done with the function at the cursor. Answers at once, without the model."""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_pipeline.records import Level
from atlas_server.arguments import APPLY, PREVIEW, SOLVE, FunctionArguments, command_arguments
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.status import standing

REWRITE = "refactor.rewrite.atlas"
QUICK_FIX = types.CodeActionKind.QuickFix.value


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[REWRITE, types.CodeActionKind.QuickFix], resolve_provider=False),
    )
    def code_action(ls: AtlasServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        """Loop. Milliseconds: one lookup in a parsed document."""
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot is None or not _is_python(snapshot):
            return []
        function = snapshot.document.at(snapshot.positions.offset(params.range.start))
        if function is None:
            return []
        offer = _Offer(ls, snapshot, function, params.context)
        actions: list[types.CodeAction | types.Command] = []
        result = ls.session.results.get(snapshot.uri, function.qualname)
        if result is not None and not result.applied and result.selection.best is not None:
            actions += offer.result(result)
        return [*actions, *offer.solve()]


def _is_python(snapshot: Snapshot) -> bool:
    return snapshot.language_id == "python" or (not snapshot.language_id and snapshot.uri.endswith((".py", ".pyi")))


class _Offer:
    """Makes the actions for one function, as far as the client asks for their kind and can show them."""

    def __init__(
        self, server: AtlasServer, snapshot: Snapshot, function: Function, context: types.CodeActionContext
    ) -> None:
        self.support = server.session.support
        self.snapshot = snapshot
        self.function = function
        self.only = [kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in context.only or []]
        self.automatic = context.trigger_kind is types.CodeActionTriggerKind.Automatic

    def _asked_for(self, kind: str) -> bool:
        return not self.only or any(kind == only or kind.startswith(f"{only}.") or not only for only in self.only)

    def _kind(self) -> tuple[str, bool] | None:
        """Return the kind to offer and whether it is preferred: on a stub a quick fix, else a rewrite when invoked."""
        if self.function.is_stub and self._asked_for(QUICK_FIX):
            return QUICK_FIX, True
        if self._asked_for(REWRITE) and (self.only or not self.automatic):
            return REWRITE, False
        return None

    def solve(self) -> list[types.CodeAction]:
        kind = self._kind()
        if kind is None:
            return []
        problem = self.function.problem
        if problem is not None and (self.automatic or not self.support.disabled_actions):
            return []
        return [self._action("Solve this function", SOLVE, *kind, disabled=problem)]

    def result(self, result: Result) -> list[types.CodeAction]:
        if not self._asked_for(QUICK_FIX) and not self._asked_for(REWRITE):
            return []
        kind = QUICK_FIX if self._asked_for(QUICK_FIX) else REWRITE
        level = result.selection.level
        if level is Level.UNVERIFIED:
            return []
        changed = None
        if standing(result, self.snapshot) is None:
            changed = "the function changed since it was solved: solve it again"
            if self.automatic or not self.support.disabled_actions:
                return []
        title = "Apply (unconfirmed)" if level is Level.WEAK else "Apply the verified solution"
        return [
            self._action(title, APPLY, kind, False, disabled=changed),
            self._action("Preview the solution and its evidence", PREVIEW, kind, False, disabled=changed),
        ]

    def _action(
        self, title: str, command: str, kind: str, preferred: bool, *, disabled: str | None
    ) -> types.CodeAction:
        arguments = FunctionArguments(
            uri=self.snapshot.uri,
            version=self.snapshot.version,
            qualname=self.function.qualname,
            fingerprint=self.function.fingerprint,
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
