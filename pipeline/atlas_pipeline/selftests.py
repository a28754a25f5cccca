"""Tests the model writes itself, from the specification alone, never with a candidate in view.

What comes out is a hypothesis: it is weighed by agreement in `selection.py` and never counted as truth. An assertion
becomes a call with an expected value where one side is a plain value (`sorted(f(x)) == [1, 2]`), else a property of the
values of its calls (`0 <= f(x) <= 1`), else the calls in it are at least inputs. Comparison is left to the trusted side.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from atlas_pipeline.closing import Bindings, ClosedNames, NotClosedError, Target
from atlas_pipeline.examples import literal, read_examples
from atlas_pipeline.expressions import NotEvaluableError, can_evaluate, evaluate, is_known
from atlas_pipeline.pieces import pieces, without_thinking
from atlas_pipeline.records import Candidate, Expected, ExpectedKind, FunctionTask, Property, Provenance, TestCase
from atlas_pipeline.sandbox.canonical import ValueTooLargeError, canonical

MOST_TESTS = 40
MOST_LAWS = 8
_MOST_CALL_CHARACTERS = 2000
_MOST_ROUNDS = 50
"""Values of a loop, or rows of a parametrized test, that are read."""
_SHOWN_CHARACTERS = 200
_COMMENTED_VALUE = re.compile(
    r"^(?:(?:=>|->|==>|→|==|=|:|should|returns?|outputs?|expected|expect|prints?|gives?|be|is|result|value)\s*)*",
    re.IGNORECASE,
)
_INVERSE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_UNITTEST_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "assertEqual": ast.Eq,
    "assertEquals": ast.Eq,
    "assertListEqual": ast.Eq,
    "assertDictEqual": ast.Eq,
    "assertSetEqual": ast.Eq,
    "assertTupleEqual": ast.Eq,
    "assertSequenceEqual": ast.Eq,
    "assertMultiLineEqual": ast.Eq,
    "assert_equal": ast.Eq,
    "assert_array_equal": ast.Eq,
    "assertNotEqual": ast.NotEq,
    "assertIs": ast.Is,
    "assertIsNot": ast.IsNot,
    "assertIn": ast.In,
    "assertNotIn": ast.NotIn,
    "assertGreater": ast.Gt,
    "assertGreaterEqual": ast.GtE,
    "assertLess": ast.Lt,
    "assertLessEqual": ast.LtE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTests:
    """What the model wrote as evidence."""

    tests: tuple[TestCase, ...] = ()
    """Calls with an expected value or exception."""
    inputs: tuple[str, ...] = ()
    """Calls without one; those of the tests are not repeated."""
    properties: tuple[Property, ...] = ()
    references: tuple[Candidate, ...] = ()
    """Slow versions to compare with (`properties.reference_tests`); they are no candidates."""
    unreadable: tuple[str, ...] = ()
    """Assertions that could not be understood, shortened."""

    def adds_to(self, other: SelfTests) -> bool:
        """Tell whether there is something here that `other` does not have."""
        pairs = ((self.tests, other.tests), (self.inputs, other.inputs), (self.properties, other.properties))
        return any(set(here) - set(there) for here, there in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """An assertion over any arguments: `f(f(x)) == f(x)`."""

    test: ast.expr
    variables: tuple[str, ...]
    """Names in it that stand for the positional arguments of a call."""


def read_self_tests(text: str, task: FunctionTask) -> SelfTests:
    """Return what can be used of an answer that holds tests."""
    reader = _Reader(task)
    reader.read(text)
    return reader.result()


def read_laws(text: str, task: FunctionTask, calls: Sequence[str]) -> SelfTests:
    """Return what can be used of an answer that holds properties over free arguments.

    Args:
        text: The answer; `assert f(f(x)) == f(x)`.
        task: The function.
        calls: Calls whose arguments are put in the place of the free ones.
    """
    reader = _Reader(task, with_laws=True)
    reader.read(text)
    for law in reader.laws[:MOST_LAWS]:
        for call in calls:
            reader.apply(law, call)
    return reader.result()


def read_tests(text: str, task: FunctionTask) -> tuple[list[TestCase], int]:
    """Return the tests in `text`, inputs alone among them, and the number of assertions that could not be read."""
    found = read_self_tests(text, task)
    inputs = [TestCase(call=call, expected=None, provenance=Provenance.GENERATED) for call in found.inputs]
    return [*found.tests, *inputs], len(found.unreadable)


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


def merge(found: Iterable[SelfTests], *, known: tuple[TestCase, ...]) -> SelfTests:
    """Return several answers' tests as one, without repetitions and given cases."""
    batches = list(found)
    tests = merge_tests([list(one.tests) for one in batches], known=known)
    taken = {case.call for case in (*tests, *known)}
    calls = dict.fromkeys(call for one in batches for call in one.inputs if call not in taken)
    properties = {(law.calls, law.predicate): law for one in batches for law in one.properties}
    return SelfTests(
        tests=tests,
        inputs=tuple(calls)[:MOST_TESTS],
        properties=tuple(properties.values())[:MOST_TESTS],
        references=tuple(reference for one in batches for reference in one.references),
        unreadable=tuple(text for one in batches for text in one.unreadable),
    )


@dataclass(slots=True)
class _Reader:
    """Reads one answer: walks its statements and collects what they say of the function."""

    task: FunctionTask
    with_laws: bool = False
    applies_law: bool = False
    """What is read is a law with arguments in it: a property, whatever its form."""
    laws: list[Law] = field(default_factory=list)
    tests: dict[tuple[str, str], TestCase] = field(default_factory=dict)
    inputs: dict[str, None] = field(default_factory=dict)
    properties: dict[tuple[tuple[str, ...], str], Property] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    names: ClosedNames = field(init=False)
    target: Target = field(init=False)

    def __post_init__(self) -> None:
        self.target = Target(self.task)
        self.names = ClosedNames(self.task, self.target)

    def result(self) -> SelfTests:
        taken = {case.call for case in self.tests.values()}
        return SelfTests(
            tests=tuple(self.tests.values()),
            inputs=tuple(call for call in self.inputs if call not in taken),
            properties=tuple(self.properties.values()),
            unreadable=tuple(self.unreadable),
        )

    def read(self, text: str) -> None:
        bindings = Bindings()
        prose: list[str] = []
        for piece in pieces(text):
            if piece.statement is not None:
                self._statement(piece.statement, bindings, piece.comment)
            elif re.match(r"\s*assert\b", piece.text):
                if piece.text.strip().removeprefix("assert").strip():
                    self._salvage(piece.text.strip())
            else:
                prose.append(piece.text)
        self._prose("\n".join(prose))
        if not without_thinking(text).strip() and text.strip():
            self._not_read("the answer ended while the model was still thinking")

    def _prose(self, text: str) -> None:
        if self.task.name not in text:
            return
        cases, _ = read_examples(text, name=self.task.name, is_method=self.task.receiver is not None, prints=False)
        for case in cases:
            self._add(ast.parse(case.call, mode="eval").body, case.expected, Bindings())

    def _salvage(self, line: str) -> None:
        """Take what can be had out of an assertion that does not parse: without its message, else the calls as inputs."""
        for match in list(re.finditer(r",\s*f?[\"']", line))[::-1][:_MOST_ROUNDS]:
            try:
                statement = ast.parse(line[: match.start()]).body[0]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if isinstance(statement, ast.Assert):
                self._assertion(statement.test, Bindings())
                return
        found = False
        for match in re.finditer(rf"(?<![\w.]){re.escape(self.task.name)}\(", line):
            for end in [m.end() for m in re.finditer(r"\)", line[match.start() :])][:_MOST_ROUNDS]:
                try:
                    tree = ast.parse(line[match.start() : match.start() + end], mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
                found = self._inputs(tree, Bindings()) or found
                break
        if not found:
            self._not_read(line)

    def _not_read(self, text: str) -> None:
        self.unreadable.append(text.split("\n")[0][:_SHOWN_CHARACTERS])

    # Statements

    def _statements(self, body: Iterable[ast.stmt], bindings: Bindings) -> None:
        for statement in body:
            self._statement(statement, bindings)

    def _statement(self, node: ast.stmt, bindings: Bindings, comment: str = "") -> None:
        match node:
            case ast.Assert():
                self._assertion(node.test, bindings)
            case ast.Assign(targets=[target]):
                bindings.assign(target, node.value, self.names)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                bindings.assign(target, value, self.names)
            case ast.AugAssign() | ast.Delete():
                bindings.forget(node)
            case ast.Expr():
                self._expression(node.value, bindings, comment)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, bindings)
            case ast.ClassDef():
                self._class(node, bindings)
            case ast.For():
                for scope in bindings.rounds(node.target, node.iter, self.names, most=_MOST_ROUNDS):
                    self._statements(node.body, scope)
            case ast.With() | ast.AsyncWith():
                self._with(node, bindings)
            case ast.Try():
                self._try(node, bindings)
            case ast.If():
                self._if(node, bindings)

    def _expression(self, node: ast.expr, bindings: Bindings, comment: str) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print" and node.args:
            node = node.args[0]
        if isinstance(node, ast.Compare):
            if self.target.is_in(node):
                self._assertion(node, bindings)
        elif isinstance(node, ast.Call) and (check := self._unittest(node)) is not None:
            self._assertion(check, bindings)
        elif isinstance(node, ast.Call) and _last_name(node.func) == "assertRaises" and len(node.args) > 1:
            call = node.args[1]
            call = call.body if isinstance(call, ast.Lambda) else ast.Call(call, node.args[2:], node.keywords)
            self._raises(node.args[0], call, bindings)
        elif self.target.is_in(node):
            text = _COMMENTED_VALUE.sub("", comment, count=1) if comment else ""
            is_literal, value = literal(text) if text else (False, None)
            if is_literal:
                self._add(node, _expect(value, text), bindings)
            elif not bindings.happens(node):
                self._inputs(node, bindings)
        else:
            bindings.happens(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, bindings: Bindings) -> None:
        if node.name == self.task.name:
            return  # the model wrote the function as well: that is no test
        scope = bindings.copy()
        arguments = [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]
        if len(arguments) == 1 and arguments[0] in ("candidate", "func", "fn", "function", "f", "solution"):
            scope.put(arguments[0], ast.Name(self.task.name))
        scopes = [scope]
        for decorator in node.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and _last_name(decorator.func) == "parametrize"
                and len(decorator.args) > 1
            ):
                target = _parameters(decorator.args[0])
                rows = _without_param(decorator.args[1])
                scopes = [r for s in scopes for r in s.rounds(target, rows, self.names, most=_MOST_ROUNDS)][
                    :_MOST_ROUNDS
                ]
        for one in scopes:
            self._statements(node.body, one)

    def _class(self, node: ast.ClassDef, bindings: Bindings) -> None:
        scope = bindings.copy()
        methods = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
        for method in methods:
            if method.name in ("setUp", "setup_method"):
                self._statements(method.body, scope)
        for method in methods:
            if method.name not in ("setUp", "setup_method", "__init__"):
                self._function(method, scope)

    def _with(self, node: ast.With | ast.AsyncWith, bindings: Bindings) -> None:
        manager = node.items[0].context_expr
        if isinstance(manager, ast.Call) and _last_name(manager.func) in (
            "raises",
            "assertRaises",
            "assertRaisesRegex",
        ):
            last = node.body[-1]
            value = last.value if isinstance(last, ast.Expr | ast.Assign) else None
            if value is not None and manager.args:
                self._statements(node.body[:-1], bindings)
                self._raises(manager.args[0], value, bindings)
        else:
            self._statements(node.body, bindings)

    def _try(self, node: ast.Try, bindings: Bindings) -> None:
        caught = node.handlers[0].type if len(node.handlers) == 1 else None
        value = node.body[0].value if isinstance(node.body[0], ast.Expr | ast.Assign) else None
        if caught is not None and value is not None and self.target.is_in(value):
            self._raises(caught, value, bindings)
        else:
            self._statements(node.body, bindings)

    def _if(self, node: ast.If, bindings: Bindings) -> None:
        if "__name__" in ast.unparse(node.test):
            self._statements(node.body, bindings)
            return
        try:
            holds = bool(evaluate(self.names.close(node.test, bindings)))
        except (NotEvaluableError, NotClosedError):
            return
        self._statements(node.body if holds else node.orelse, bindings)

    def _unittest(self, node: ast.Call) -> ast.expr | None:
        """Return the condition that an assertion function checks."""
        name, arguments = _last_name(node.func), node.args
        if name in ("assertTrue", "assertFalse") and arguments:
            return arguments[0] if name == "assertTrue" else ast.UnaryOp(ast.Not(), arguments[0])
        if name in ("assertIsNone", "assertIsNotNone") and arguments:
            op = ast.Is() if name == "assertIsNone" else ast.IsNot()
            return ast.Compare(arguments[0], [op], [ast.Constant(None)])
        if len(arguments) < 2:
            return None
        left, right = arguments[:2]
        if name in _UNITTEST_COMPARISONS:
            return ast.Compare(left, [_UNITTEST_COMPARISONS[name]()], [right])
        if name == "assertCountEqual":
            counted = [ast.Call(ast.Name("Counter"), [side], []) for side in (left, right)]
            return ast.Compare(counted[0], [ast.Eq()], [counted[1]])
        if name == "assertIsInstance":
            return ast.Call(ast.Name("isinstance"), [left, right], [])
        if name in ("assertAlmostEqual", "assert_almost_equal", "assert_allclose"):
            return _almost_equal(node)
        return None

    def _raises(self, kind: ast.expr, call: ast.expr, bindings: Bindings) -> None:
        name = _last_name(kind)
        if name and self.target.is_in(call):
            expected = Expected(kind=ExpectedKind.RAISES, text=name, shown=f"raises {name}")
            self._add(call, expected, bindings)

    # Assertions

    def _assertion(self, test: ast.expr, bindings: Bindings) -> None:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for part in test.values:
                self._assertion(part, bindings)
            return
        if (rounds := _rounds_of_all(test)) is not None:
            element, loop = rounds
            if self.target.is_in(element):
                scopes = list(bindings.rounds(loop.target, loop.iter, self.names, most=_MOST_ROUNDS))
                for scope in scopes:
                    self._assertion(element, scope)
                if scopes:
                    return
        try:
            self._closed(self.names.close(_normal(test), bindings), bindings)
        except NotClosedError as problem:
            if self.with_laws and not self.applies_law and (law := self._law(test, problem.names)) is not None:
                self.laws.append(law)
            elif not self._inputs(test, bindings):
                self._not_read(f"assert {ast.unparse(test)}")
        bindings.happens(test, only_objects=True)

    def _closed(self, test: ast.expr, bindings: Bindings) -> None:
        if not self.target.is_in(test):
            self._not_read(f"assert {ast.unparse(test)}")
            return
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        inner = test.operand if isinstance(test, ast.UnaryOp) and negated else test
        if self.target.is_observed(inner) and not self.applies_law:
            self._keep(inner, _expect(not negated, repr(not negated)))
            return
        is_equality = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is)
        if is_equality and isinstance(test, ast.Compare) and not self.applies_law:
            left, right = test.left, test.comparators[0]
            if self.target.is_in(right) and not self.target.is_in(left):
                left, right = right, left
            if not self.target.is_in(right) and self._value_test(left, right):
                return
        law = self._property(test)
        if law is not None:
            self.properties.setdefault((law.calls, law.predicate), law)
        if not self._inputs(test, Bindings()) and law is None:
            self._not_read(f"assert {ast.unparse(test)}")

    def _value_test(self, call: ast.expr, value_node: ast.expr) -> bool:
        if self.task.is_async and not self.target.is_observed(call):
            return False  # in `sorted(f(x))` nobody would await the call
        try:
            value = evaluate(value_node)
            expected = _expect(value, ast.unparse(value_node))
        except NotEvaluableError:
            return False
        if not self._keep(call, expected):
            return False
        if not self.target.is_observed(call):
            self._inputs(call, Bindings())
        return True

    def _property(self, test: ast.expr) -> Property | None:
        calls: list[ast.expr] = []
        predicate = self.target.split(test, calls)
        sources = tuple(dict.fromkeys(ast.unparse(call) for call in calls))
        if not calls or any(len(source) > _MOST_CALL_CHARACTERS for source in sources):
            return None
        free = self.names.free(predicate) - {f"_{number}" for number in range(len(calls))}
        if any(not is_known(name) for name in free) or not can_evaluate(predicate):
            return None
        return Property(calls=self.target.sources(calls), predicate=ast.unparse(predicate), shown=ast.unparse(test))

    def _law(self, test: ast.expr, free: frozenset[str]) -> Law | None:
        """Return an assertion over free names as a law, if one call of the function takes just these."""
        if (
            isinstance(test, ast.Compare)
            and self.target.is_observed(test.left)
            and isinstance(test.ops[0], ast.Eq | ast.Is)
            and isinstance(test.comparators[0], ast.Constant)
        ):
            return None  # "always the same" describes no function
        for node in ast.walk(test):
            if isinstance(node, ast.Call) and self.target.is_observed(node) and not node.keywords:
                names = [argument.id for argument in node.args if isinstance(argument, ast.Name)]
                if len(names) == len(node.args) == len(set(names)) and free <= set(names):
                    return None if test is node else Law(test=test, variables=tuple(names))
        return None

    def apply(self, law: Law, call: str) -> None:
        """Read a law with the arguments of `call` in the place of its variables."""
        try:
            tree = ast.parse(call, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        if not isinstance(tree, ast.Call) or tree.keywords or len(tree.args) != len(law.variables):
            return
        bindings = Bindings()
        for name, argument in zip(law.variables, tree.args, strict=True):
            bindings.put(name, argument)
        before = len(self.unreadable)
        self.applies_law = True
        self._assertion(law.test, bindings)
        self.applies_law = False
        del self.unreadable[before:]  # the law was read; that it does not fit an argument is no fault of the text

    # Results

    def _add(self, call: ast.expr, expected: Expected | None, bindings: Bindings) -> None:
        try:
            closed = self.names.close(_normal(call), bindings)
        except NotClosedError:
            self._not_read(ast.unparse(call))
            return
        if expected is None or not self.target.is_in(closed) or not self._keep(closed, expected):
            self._not_read(ast.unparse(call))

    def _keep(self, call: ast.expr, expected: Expected) -> bool:
        source = ast.unparse(call)
        if len(source) > _MOST_CALL_CHARACTERS:
            return False
        case = TestCase(call=source, expected=expected, provenance=Provenance.GENERATED)
        self.tests.setdefault((source, f"{expected.kind.value} {expected.text}"), case)
        return True

    def _inputs(self, node: ast.expr, bindings: Bindings) -> bool:
        """Keep the closed calls of the function in an expression as inputs; tell whether there were any."""
        found = False
        for part in ast.walk(node):
            if not (isinstance(part, ast.expr) and self.target.is_observed(part)):
                continue
            try:
                source = ast.unparse(self.names.close(part, bindings))
            except NotClosedError:
                continue
            if len(source) <= _MOST_CALL_CHARACTERS:
                found = True
                self.inputs.setdefault(source)
        return found


def _expect(value: object, shown: str) -> Expected:
    """Return the expectation of a value.

    Raises:
        NotEvaluableError: it is too large to be compared.
    """
    try:
        return Expected(kind=ExpectedKind.VALUE, text=canonical(value), shown=shown)
    except ValueTooLargeError as error:
        raise NotEvaluableError(str(error)) from error


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _normal(test: ast.expr) -> ast.expr:
    """Return a condition with `not (a == b)`, `isclose`, `approx` and single-element forms in one shape each."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Compare):
        inner = test.operand
        if len(inner.ops) == 1 and type(inner.ops[0]) in _INVERSE:
            return ast.Compare(inner.left, [_INVERSE[type(inner.ops[0])]()], inner.comparators)
    if isinstance(test, ast.Call) and _last_name(test.func) in ("isclose", "allclose") and len(test.args) > 1:
        return _almost_equal(test)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        sides = [test.left, test.comparators[0]]
        for near, other in (sides, sides[::-1]):
            if isinstance(near, ast.Call) and _last_name(near.func) == "approx" and near.args:
                keywords = {keyword.arg: keyword.value for keyword in near.keywords}
                return _close(other, near.args[0], keywords.get("rel", 1e-6), keywords.get("abs", 1e-12))
    if (
        isinstance(test, ast.Call)
        and _last_name(test.func) == "all"
        and not test.args
        and isinstance(test.func, ast.Attribute)
    ):
        return test.func.value  # `(f(x) == [1]).all()`, as of arrays
    return test.value if isinstance(test, ast.Await) else test


def _almost_equal(node: ast.Call) -> ast.expr:
    """Return the comparison of two numbers as unittest, math and numpy make it, each with its own default tolerance."""
    name, (left, right) = _last_name(node.func), node.args[:2]
    keywords: dict[str | None, ast.expr | float] = {keyword.arg: keyword.value for keyword in node.keywords}
    if name in ("assertAlmostEqual", "assert_almost_equal"):
        if "delta" in keywords:
            return _close(left, right, 0.0, keywords["delta"])
        places: ast.expr | float = node.args[2] if len(node.args) > 2 else keywords.get("places", 7.0)
        try:
            digits = int(evaluate(places) if isinstance(places, ast.expr) else places)
        except (NotEvaluableError, TypeError, ValueError):
            digits = 7
        return _close(left, right, 0.0, 0.5 * 10.0 ** -min(max(digits, 0), 20))
    is_math = isinstance(node.func, ast.Name) or (
        isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "math"
    )
    if name == "isclose" and is_math:
        return _close(left, right, keywords.get("rel_tol", 1e-9), keywords.get("abs_tol", 0.0))
    default = 1e-7 if name == "assert_allclose" else 1e-5
    return _close(left, right, keywords.get("rtol", default), keywords.get("atol", 0.0 if "assert" in name else 1e-8))


def _close(left: ast.expr, right: ast.expr, relative: ast.expr | float, absolute: ast.expr | float) -> ast.expr:
    tolerances = [t if isinstance(t, ast.expr) else ast.Constant(t) for t in (relative, absolute)]
    return ast.Call(ast.Name("close_to"), [left, right, *tolerances], [])


def _rounds_of_all(test: ast.expr) -> tuple[ast.expr, ast.comprehension] | None:
    """Return the element and the loop of `all(... for x in ...)`."""
    if isinstance(test, ast.Call) and _last_name(test.func) == "all" and len(test.args) == 1:
        inner = test.args[0]
        if isinstance(inner, ast.GeneratorExp | ast.ListComp) and len(inner.generators) == 1:
            loop = inner.generators[0]
            return None if loop.ifs else (inner.elt, loop)
    return None


def _parameters(node: ast.expr) -> ast.expr:
    """Return the names of a parametrized test as a loop target."""
    names: list[str] = []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        names = [name.strip() for name in node.value.split(",") if name.strip()]
    elif isinstance(node, ast.List | ast.Tuple):
        names = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    targets: list[ast.expr] = [ast.Name(name) for name in names]
    return targets[0] if len(targets) == 1 else ast.Tuple(targets)


def _without_param(rows: ast.expr) -> ast.expr:
    """Return the rows of a parametrized test with `pytest.param(a, b, id=...)` as plain tuples."""
    if not isinstance(rows, ast.List | ast.Tuple):
        return rows
    return ast.List(
        [
            (row.args[0] if len(row.args) == 1 else ast.Tuple(row.args))
            if isinstance(row, ast.Call) and _last_name(row.func) == "param"
            else row
            for row in rows.elts
        ]
    )
