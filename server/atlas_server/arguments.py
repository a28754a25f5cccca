"""The one argument of every command, `docs/protocol.md`: which function, in which document, and what is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from atlas_pipeline.errors import UsageError
from atlas_server.plain_json import plain_json

if TYPE_CHECKING:
    from atlas_pipeline.functions import Function
    from atlas_server.session import Snapshot

SOLVE = "atlas.server.solve"
REPAIR = "atlas.server.repair"
TESTS = "atlas.server.tests"
CHECK = "atlas.server.check"
EXPLAIN = "atlas.server.explain"
PREVIEW = "atlas.server.preview"
APPLY = "atlas.server.apply"
REJECT = "atlas.server.reject"
CANCEL = "atlas.server.cancel"
BEST = "atlas.server.best"
CONFIRM = "atlas.server.confirm"
EXAMPLES = "atlas.server.examples"
CANDIDATES = "atlas.server.candidates"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a client may ask of one command; each command reads those that concern it."""

    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] | None = None
    samples: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    route: Literal["auto", "full"] = "auto"
    """full: plans, as many candidates without examples as with them, and every stage that the model knows."""
    fresh: bool = False
    """Ask the model, whatever the history knows."""
    case: int | None = None
    """For `CONFIRM`: index into the result's `cases_to_confirm`."""
    asked: str = ""
    """For `CONFIRM`: the case as the user saw it, `f(2) == 3`. It goes before `case`: there may be another result by now."""
    right: bool = True
    """For `CONFIRM`: whether that case is right."""
    view: Literal["page", "change"] = "page"
    """For `PREVIEW`. change: the server shows nothing, and answers with the document as it would be."""


class At(msgspec.Struct, frozen=True, kw_only=True):
    """A position in a document, as LSP counts."""

    line: int
    character: int


class FunctionArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Names a function in a version of a document: by its name and the fingerprint of its text, or by a position."""

    uri: str = ""
    qualname: str = ""
    position: At | None = None
    version: int | None = None
    fingerprint: str | None = None
    options: Options = Options()

    @property
    def names_one(self) -> bool:
        """Whether a function is named, and not just a document or nothing."""
        return bool(self.uri and (self.qualname or self.position is not None))

    def function(self, snapshot: Snapshot) -> Function:
        """Return the function that is meant.

        Raises:
            UsageError: there is none, or it is not what it was when the menu was made.
        """
        if not self.qualname and self.position is not None:
            at = types.Position(line=max(self.position.line, 0), character=max(self.position.character, 0))
            found = snapshot.document.at(snapshot.positions.offset(at))
            if found is None:
                raise UsageError(f"there is no function at line {at.line + 1}: put the cursor into one")
            return found
        if self.fingerprint is None:
            return snapshot.document.named(self.qualname)
        found = snapshot.document.find(self.qualname, self.fingerprint)
        if found is None:
            raise UsageError(f"{self.qualname} changed since the menu was opened: ask again")
        return found


def command_arguments(arguments: FunctionArguments) -> dict[str, Any]:
    """Return the arguments as plain JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(arguments)
    return plain


def read_arguments(argument: object, *, one: bool) -> FunctionArguments:
    """Read what a client sent.

    Args:
        argument: the command's argument as pygls gives it.
        one: the command needs a function; else a document, or nothing, will do.

    Raises:
        JsonRpcInvalidParams: it is not of that form.
    """
    try:
        arguments = msgspec.convert(plain_json(argument), FunctionArguments)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        raise JsonRpcInvalidParams(message=f"the command's argument: {error}") from error
    if one and not arguments.names_one:
        raise JsonRpcInvalidParams(message="the command's argument: `uri` and `qualname` or `position` are missing")
    return arguments
