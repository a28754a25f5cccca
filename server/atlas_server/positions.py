r"""Converts between LSP positions and character offsets, in the encoding negotiated with the client.

Lines end at `\n`, `\r\n` or `\r` and nowhere else (LSP 3.17, "Text Documents"): not at form feeds or U+2028, at which
`str.splitlines` splits too.
"""

from __future__ import annotations

import re
from itertools import accumulate
from types import MethodType

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

_LINE_END = re.compile(r"\r\n|\n|\r")
_ONLY_PYTHON_SPLITS_AT = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as LSP counts them, each with its line end."""
    if not any(character in text for character in _ONLY_PYTHON_SPLITS_AT):
        return text.splitlines(keepends=True)  # the same, ten times faster
    lines: list[str] = []
    start = 0
    for match in _LINE_END.finditer(text):
        lines.append(text[start : match.end()])
        start = match.end()
    if start < len(text):
        lines.append(text[start:])
    return lines


def _units(text: str, encoding: types.PositionEncodingKind | str) -> int:
    if encoding == types.PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    if encoding == types.PositionEncodingKind.Utf32:
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


class Positions:
    """Positions in one text; the line starts are found once."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str) -> None:
        self.text = text
        self.encoding = encoding
        lines = split_lines(text)
        self._starts = list(accumulate((len(line) for line in lines), initial=0))
        if lines and not lines[-1].endswith(("\n", "\r")):
            self._starts.pop()  # no line begins at the end of the text

    def line_text(self, line: int) -> str:
        """Return a line without its end; empty past the last line."""
        if not 0 <= line < len(self._starts):
            return ""
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[line] : end].rstrip("\r\n")

    def offset(self, position: types.Position) -> int:
        """Return the character offset of a position; positions outside the text are moved to its nearest place."""
        if position.line >= len(self._starts):
            return len(self.text)
        line = self.line_text(max(position.line, 0))
        column, units = 0, 0
        while column < len(line) and units < position.character:
            units += _units(line[column], self.encoding)
            column += 1
        return self._starts[max(position.line, 0)] + column

    def position(self, offset: int) -> types.Position:
        """Return the position of a character offset."""
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return types.Position(line=low, character=_units(self.text[self._starts[low] : offset], self.encoding))

    def range(self, start: int, end: int) -> types.Range:
        """Return the range between two character offsets."""
        return types.Range(start=self.position(start), end=self.position(end))

    def line_range(self, line: int) -> types.Range:
        """Return the range of a line without its indentation and its end."""
        text = self.line_text(line)
        start = self._starts[min(line, len(self._starts) - 1)]
        return self.range(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))


class _Document(TextDocument):
    """A pygls document that splits lines where LSP does, so that incremental changes land where the client made them."""

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(split_lines(self.source))


def use_lsp_line_ends(workspace: Workspace) -> None:
    """Make a pygls workspace create documents that split lines as LSP does."""

    def create(
        self: Workspace,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return _Document(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=types.TextDocumentSyncKind.Incremental,
            position_codec=self.position_codec,
        )

    workspace._create_text_document = MethodType(create, workspace)  # type: ignore[method-assign]
