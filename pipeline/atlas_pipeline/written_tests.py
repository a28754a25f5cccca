"""Turns what is known of a function into tests for its project's test suite, each marked with where it comes from.

    given cases, properties, generated calls with their outcomes -> lines of a test file

A case that was not given is written only if at least three samples, and at least 70 % of them, agree on it, and the body
that stands in the document, where there is one, does the same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from atlas_pipeline.examples import literal
from atlas_pipeline.expressions import plain_source
from atlas_pipeline.functions import Document
from atlas_pipeline.properties import holds
from atlas_pipeline.records import ExpectedKind, FunctionTask, Property, Provenance, TestCase
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind

LEAST_VOTES = 3
LEAST_SHARE = 0.7
MOST_AGREED = 8
MOST_PROPERTIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTests:
    """The tests of one function."""

    given: tuple[TestCase, ...]
    agreed: tuple[tuple[str, str, int], ...]
    """Call, source of the value, samples that agree."""
    properties: tuple[tuple[Property, int], ...]
    """With the number of samples it holds for."""
    voters: int
    against_body: int = 0
    """Calls on which the samples agree, and the body does something else: these are faults, or else no tests."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.given) + len(self.agreed) + len(self.properties)


def gather(
    task: FunctionTask,
    calls: Sequence[str],
    properties: Sequence[Property],
    voters: Sequence[Mapping[str, Outcome]],
    own: Mapping[str, Outcome] | None,
) -> WrittenTests:
    """Return what may be written.

    Args:
        task: whose given cases are taken; those of the project stand in a test file already.
        calls: to be written with the outcome that the samples agree on.
        properties: to be written where they hold.
        voters: what each sample that passes the examples does.
        own: what the body in the document does; None where there is none.
    """
    known = {case.call for case in task.examples}
    agreed: list[tuple[str, str, int]] = []
    against = 0
    for call in (call for call in calls if call not in known):
        found = _agreed(call, voters)
        if found is None:
            continue
        value, votes = found
        if own is not None and (own[call].kind is not OutcomeKind.RETURNED or own[call].value != value):
            against += 1
            continue
        source = _source(value)
        if source is not None:
            agreed.append((call, source, votes))
    laws = []
    for law in properties:
        votes = sum(holds(law, seen) is True for seen in voters)
        sound = own is None or holds(law, own) is True
        if _enough(votes, len(voters)) and sound and _is_expression(law.shown):
            laws.append((law, votes))
    given = tuple(case for case in task.examples if case.provenance is Provenance.GIVEN and case.expected is not None)
    return WrittenTests(
        given=given,
        agreed=tuple(_varied(agreed)),
        properties=tuple(laws[:MOST_PROPERTIES]),
        voters=len(voters),
        against_body=against,
    )


def _enough(votes: int, voters: int) -> bool:
    return votes >= LEAST_VOTES and votes >= LEAST_SHARE * voters


def _agreed(call: str, voters: Sequence[Mapping[str, Outcome]]) -> tuple[str, int] | None:
    """Return the value that enough samples return and change nothing else; None where there is none."""
    values = Counter(
        seen[call].value
        for seen in voters
        if seen[call].kind is OutcomeKind.RETURNED and not seen[call].changed_arguments and not seen[call].stdout
    )
    if not values:
        return None
    value, votes = values.most_common(1)[0]
    return (value, votes) if value is not None and _enough(votes, len(voters)) else None


def _varied(agreed: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
    """Yield cases with different values first, as many as are wanted: ten inputs that all give None test little."""
    seen: set[str] = set()
    first: list[tuple[str, str, int]] = []
    rest: list[tuple[str, str, int]] = []
    for case in sorted(agreed, key=lambda case: len(case[0])):
        (rest if case[1] in seen else first).append(case)
        seen.add(case[1])
    yield from [*first, *rest][:MOST_AGREED]


def _source(value: str) -> str | None:
    is_plain, found = literal(value)
    return plain_source(found) if is_plain else None


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return "\n" not in text


def names_to_import(task: FunctionTask, tests: WrittenTests) -> tuple[str, ...]:
    """Return which names of the document the tests mention."""
    texts = [case.call for case in tests.given]
    texts += [call for call, _, _ in tests.agreed] + [law.shown for law, _ in tests.properties]
    mentioned: set[str] = set()
    for text in texts:
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        mentioned |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return tuple(sorted(mentioned & _defined(task.source)))


def _defined(source: str) -> set[str]:
    """Return the names bound at the top level of a document, whatever else in it is broken."""
    document = Document(source)
    names: set[str] = set()
    for node in document.root.children:
        inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
        if inner is None:
            continue
        name = inner.child_by_field_name("name")
        if inner.type in ("function_definition", "class_definition") and name is not None:
            names.add(document.node_text(name))
        for child in inner.children if inner.type == "expression_statement" else ():
            left = child.child_by_field_name("left") if child.type == "assignment" else None
            if left is not None and left.type == "identifier":
                names.add(document.node_text(left))
    return names


def render(task: FunctionTask, tests: WrittenTests, *, model: str, taken: frozenset[str] = frozenset()) -> str:
    """Return the test functions as source text.

    Args:
        task: the function under test.
        tests: what to write.
        model: who wrote what was not given.
        taken: names that the test file has already.
    """
    base = "test_" + task.qualname.replace(".", "_").lower()
    names = _fresh(base, taken)
    blocks = []
    if tests.given:
        blocks.append([f"# Given in the docstring of {task.qualname}.", *_given(task, tests.given)])
        if any(case.expected is not None and case.expected.kind is ExpectedKind.PRINTED for case in tests.given):
            blocks[-1].insert(0, "capsys")
    if tests.agreed:
        said = f"# Not given: what the samples of {model} agree on, how many of them stands behind each."
        lines = [
            f"assert {_called(task, call)} {_is(value)}  # {votes} of {tests.voters}"
            for call, value, votes in tests.agreed
        ]
        blocks.append([said, *lines])
    if tests.properties:
        said = f"# Properties that {model} wrote, and that hold for so many of its samples."
        lines = [f"assert {law.shown}  # {votes} of {tests.voters}" for law, votes in tests.properties]
        blocks.append([said, *lines])
    rendered = []
    for name, block in zip(names, blocks, strict=False):
        argument, lines = ("capsys", block[1:]) if block[0] == "capsys" else ("", block)
        rendered.append("\n".join([f"def {name}({argument}):", *(f"    {line}" for line in lines)]))
    return "\n\n\n".join(rendered) + "\n"


def _fresh(base: str, taken: frozenset[str]) -> list[str]:
    names: list[str] = []
    number = 0
    while len(names) < 3:
        number += 1
        name = base if number == 1 else f"{base}_{number}"
        if name not in taken:
            names.append(name)
    return names


def _given(task: FunctionTask, cases: Sequence[TestCase]) -> Iterator[str]:
    for case in cases:
        expected = case.expected
        if expected is None:
            continue
        call = _called(task, case.call)
        match expected.kind:
            case ExpectedKind.VALUE:
                yield f"assert {call} {_is(_source(expected.text) or expected.shown)}"
            case ExpectedKind.SHOWN:
                yield f'assert " ".join(repr({call}).split()) == {expected.text!r}'
            case ExpectedKind.PRINTED:
                yield call
                yield f"assert capsys.readouterr().out.strip() == {expected.text!r}"
            case ExpectedKind.RAISES:
                yield f"with pytest.raises({expected.text.split('.')[-1]}):"
                yield f"    {call}"


def _is(value: str) -> str:
    return f"is {value}" if value in ("None", "True", "False") else f"== {value}"


def _called(task: FunctionTask, call: str) -> str:
    return f"asyncio.run({call})" if task.is_async else call


def imports(task: FunctionTask, tests: WrittenTests, module: str) -> list[str]:
    """Return the import lines that the rendered tests need."""
    found = ["import asyncio"] if task.is_async else []
    kinds = {case.expected.kind for case in tests.given if case.expected is not None}
    if ExpectedKind.RAISES in kinds:
        found.append("import pytest")
    names = names_to_import(task, tests)
    return [*found, *([f"from {module} import {', '.join(names)}"] if names else [])]


def into(text: str, lines: Sequence[str], tests: str) -> str:
    """Return a test file with further imports and tests; an empty text makes a new file."""
    newline = "\r\n" if "\r\n" in text else "\n"
    present = {line.strip() for line in text.split("\n")}
    missing = [line for line in lines if line not in present]
    body = text.replace("\r\n", "\n")
    if missing:
        rows = body.split("\n")
        at = _after_imports(body)
        rows[at:at] = [*missing, *([""] if at == 0 and body.strip() else [])]
        body = "\n".join(rows)
    body = (body.rstrip("\n") + "\n\n\n" if body.strip() else "") + tests
    return body.lstrip("\n").replace("\n", newline)


def _after_imports(text: str) -> int:
    """Return the line (0-based) behind the last import at the top of a file, its docstring at least."""
    document = Document(text)
    line = 0
    for node in document.root.children:
        is_docstring = node.type == "expression_statement" and node.children and node.children[0].type == "string"
        if node.type in ("import_statement", "import_from_statement", "future_import_statement") or (
            is_docstring and line == 0
        ):
            line = node.end_point[0] + 1
        elif node.type != "comment":
            break
    return line
