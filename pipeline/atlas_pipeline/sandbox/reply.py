"""What a candidate's process may answer: two frames of fixed form, read strictly and cut to size.

The process is hostile, so nothing in them is used but as an answer of that one program; what is malformed is an error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeVar

import msgspec

from .api import Limits, Outcome, OutcomeKind, RaisedException

_T = TypeVar("_T")

_NAME_CHARS = 200
_SHOWN_CHARS = 200
_MESSAGE_CHARS = 500


class MalformedReplyError(ValueError):
    """The frame is not an answer to what was asked."""


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    seq: int
    kind: Literal["returned", "raised", "load_failed", "memory"]
    value: str | None = None
    changed: str | None = None
    type_name: str = ""
    line: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    explicit: bool = False


class _Remark(msgspec.Struct, forbid_unknown_fields=True):
    seq: int
    text: str


def max_frame_bytes(limits: Limits) -> int:
    """Return the size of the largest honest frame: two canonical texts, at most doubled by JSON, and an exception."""
    return 4 * limits.output_bytes + 16 * 1024


def parse_report(frame: bytes, seq: int, limits: Limits) -> Outcome:
    """Return the outcome that the first frame of an answer reports, without stdout and time.

    Raises:
        MalformedReplyError: it is not an answer to question `seq`.
    """
    report = _decode(frame, _Report)
    texts = [text for text in (report.value, report.changed) if text is not None]
    if report.seq != seq or any(len(text) > limits.output_bytes or not text.isascii() for text in texts):
        raise MalformedReplyError("an answer to another question, or of the wrong size")
    kind = OutcomeKind(report.kind)
    if kind is OutcomeKind.RETURNED:
        return Outcome(kind=kind, value=report.value, changed_arguments=report.changed)
    raised = RaisedException(
        type_name=report.type_name[:_NAME_CHARS], message="", line=report.line, explicit=report.explicit
    )
    return Outcome(kind=kind, changed_arguments=report.changed, exception=raised)


def add_remark(outcome: Outcome, frame: bytes, seq: int) -> Outcome:
    """Return `outcome` with the text for people that the second frame brings.

    Raises:
        MalformedReplyError: it does not belong to question `seq`.
    """
    remark = _decode(frame, _Remark)
    if remark.seq != seq:
        raise MalformedReplyError("a remark on another question")
    if outcome.exception is None:
        return replace(outcome, shown=remark.text[:_SHOWN_CHARS])
    return replace(outcome, exception=replace(outcome.exception, message=remark.text[:_MESSAGE_CHARS]))


def _decode(frame: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(frame, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedReplyError("not an answer at all") from error
