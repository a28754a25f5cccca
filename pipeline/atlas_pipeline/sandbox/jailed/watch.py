"""Evaluates a call expression and sees what it changed in its arguments."""

from __future__ import annotations

import ast
import types
from typing import Any

from .canonical import canonical


class WatchedCall:
    """One expression, evaluated once.

    If it is a plain call, its function and its arguments are evaluated first, and the arguments are written down before
    and after. The receiver of a method is one of them, unless it is a module or a class. Iterators are not looked into:
    that would use them up.
    """

    def __init__(self, namespace: dict[str, Any], max_chars: int) -> None:
        self.namespace = namespace
        self.max_chars = max_chars
        self.arguments: dict[int | str, Any] = {}
        self.before: dict[int | str, str | None] = {}

    def evaluate(self, expression: str) -> Any:
        """Return the expression's value; what it raises goes through."""
        node = ast.parse(expression.strip(), "<call>", "eval").body
        if not isinstance(node, ast.Call):
            return self._value(node)
        function = self._function(node.func)
        positional: list[Any] = []
        for part in node.args:
            if isinstance(part, ast.Starred):
                positional.extend(self._value(part.value))
            else:
                positional.append(self._value(part))
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value)
            named.update(value if keyword.arg is None else {keyword.arg: value})
        self.arguments.update(enumerate(positional))
        self.arguments.update(named)
        self.before = {key: self._text(value) for key, value in self.arguments.items()}
        return function(*positional, **named)

    def changes(self) -> str | None:
        """Return the canonical text of a dictionary, position or name to value, of the arguments that now differ."""
        changed = []
        for key, before in self.before.items():
            after = self._text(self.arguments[key]) if before is not None else None
            if after is not None and after != before:
                changed.append(f"{canonical(key)}: {after}")
        text = "{" + ", ".join(sorted(changed)) + "}"
        return text if changed and len(text) <= self.max_chars else None

    def _function(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.Attribute):
            return self._value(node)
        receiver = self._value(node.value)
        if not issubclass(type(receiver), (type, types.ModuleType)):
            self.arguments["self"] = receiver
        return getattr(receiver, node.attr)

    def _value(self, node: ast.expr) -> Any:
        code = compile(ast.Expression(node), "<call>", "eval", dont_inherit=True)
        return eval(code, self.namespace)  # noqa: S307 - evaluating is what this process is for

    def _text(self, value: Any) -> str | None:
        try:
            return canonical(value, self.max_chars, drive=False)
        except BaseException:  # noqa: BLE001 - the value is the candidate's and may do anything
            return None
