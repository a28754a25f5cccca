"""Tests the model writes itself, from the specification alone, never with a candidate in view.

What comes out is a hypothesis: it is weighed by agreement in `selection.py` and never counted as truth. An assertion
whose expected side is not a literal still gives an input.
"""

from __future__ import annotations

import ast

from atlas_pipeline.examples import expect_value, literal
from atlas_pipeline.records import Expected, FunctionTask, Provenance, TestCase

MOST_TESTS = 40
_MOST_LINES = 12
"""Lines one assertion may span."""
_MOST_CALL_CHARACTERS = 2000


def read_tests(text: str, task: FunctionTask) -> tuple[list[TestCase], int]:
    """Return the tests in `text` and the number of assertions that could not be read."""
    lines = text.replace("\r\n", "\n").split("\n")
    tests: list[TestCase] = []
    unreadable = 0
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("assert "):
            number += 1
            continue
        statement, used = _assertion(lines, number)
        test = _test(statement, task) if statement is not None else None
        if test is None:
            unreadable += 1
        else:
            tests.append(test)
        number += used
    return tests, unreadable


def merge_tests(batches: list[list[TestCase]], *, known: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
    """Return the distinct tests of several answers that are not given cases already, at most `MOST_TESTS`."""
    seen = {(case.call, case.expected) for case in known}
    merged: list[TestCase] = []
    for batch in batches:
        for test in batch:
            key = (test.call, test.expected)
            if key not in seen:
                seen.add(key)
                merged.append(test)
    return tuple(merged[:MOST_TESTS])


def _assertion(lines: list[str], start: int) -> tuple[ast.Assert | None, int]:
    for count in range(1, min(_MOST_LINES, len(lines) - start) + 1):
        source = "\n".join([lines[start].lstrip(), *lines[start + 1 : start + count]])
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if len(tree.body) == 1 and isinstance(tree.body[0], ast.Assert):
            return tree.body[0], count
    return None, 1


def _test(statement: ast.Assert, task: FunctionTask) -> TestCase | None:
    call, expected = _sides(statement.test, task)
    if call is None:
        return None
    source = ast.unparse(call)
    if len(source) > _MOST_CALL_CHARACTERS:
        return None
    return TestCase(call=source, expected=expected, provenance=Provenance.GENERATED)


def _sides(test: ast.expr, task: FunctionTask) -> tuple[ast.expr | None, Expected | None]:
    """Split an assertion into the call and the value expected of it."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _is_call(test.operand, task):
        return test.operand, expect_value(False, "False")
    if _is_call(test, task):
        return test, expect_value(True, "True")
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        if _is_call(right, task) and not _is_call(left, task):
            left, right = right, left
        if _is_call(left, task):
            is_literal, value = literal(ast.unparse(right))
            if is_literal and isinstance(test.ops[0], ast.Eq | ast.Is):
                return left, expect_value(value, ast.unparse(right))
            return left, None
    inner = next((node for node in ast.walk(test) if isinstance(node, ast.expr) and _is_call(node, task)), None)
    return inner, None


def _is_call(node: ast.expr, task: FunctionTask) -> bool:
    """Tell whether an expression is a call of the function whose arguments say everything (no free names)."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if task.receiver is None:
        if not (isinstance(function, ast.Name) and function.id == task.name):
            return False
    elif not (isinstance(function, ast.Attribute) and function.attr == task.name):
        return False
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(literal(ast.unparse(argument))[0] for argument in arguments)
