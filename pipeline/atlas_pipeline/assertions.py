"""Reads the assertions of a test function as test cases: a call, and the literal value or exception it should give.

What a test says is read, not run. `assert f(1) == 2`, `self.assertEqual(f(1), 2)`, `pytest.raises(ValueError)` around
a call, rows of `pytest.mark.parametrize`, loops over literal tables and names bound to such values are understood. An
assertion that depends on anything else (a fixture, a patch, a file, an object that was changed before) is returned as
unread with the reason, never guessed.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from atlas_pipeline.examples import expect_value, literal
from atlas_pipeline.records import Expected, ExpectedKind, FunctionTask, Provenance, TestCase
from atlas_pipeline.sandbox.canonical import ValueTooLargeError

MOST_ROWS = 64
"""Rows of the tables of one test, all combinations counted."""
_MOST_CALL_CHARACTERS = 2000
_SHOWN = 120
HARMLESS = frozenset(
    ("abs", "all", "any", "bool", "bytes", "complex", "dict", "divmod", "enumerate", "float", "frozenset", "int",
     "isinstance", "len", "list", "max", "min", "next", "range", "repr", "reversed", "round", "set", "sorted", "str",
     "sum", "tuple", "type", "zip")
)  # fmt: skip
"""Built-in functions that mean the same everywhere and change nothing they are given (but `next` its iterator)."""
_ANY_OF = frozenset(
    ("ArithmeticError", "BaseException", "BaseExceptionGroup", "EnvironmentError", "Exception", "ExceptionGroup",
     "IOError", "LookupError", "OSError", "Warning")
)  # fmt: skip
"""Bases that are raised through their subclasses, while exceptions are compared by the name of their class."""
_EQUAL = frozenset(
    ("assertEqual", "assertEquals", "assertIs", "assertListEqual", "assertDictEqual", "assertTupleEqual",
     "assertSetEqual", "assertMultiLineEqual")
)  # fmt: skip
_PLAIN_FIXTURES = frozenset(("self", "request", "capsys", "caplog", "tmp_path", "subtests", "benchmark"))
"""Parameters of a test that change nothing about the function."""
_PATCHES = ("patch", "usefixtures", "freeze_time", "skip", "xfail", "expectedFailure", "given", "settings")
"""Decorators under which a test runs in another world, or not at all."""
_ENDS_TESTS = frozenset(("skip", "skipTest", "xfail", "fail", "exit"))
_SET_UP = frozenset(
    ("setUp", "setUpClass", "setUpModule", "setup", "setup_class", "setup_function", "setup_method", "setup_module")
)
"""Functions that a test framework calls before the tests."""


class NotReadError(Exception):
    """An assertion cannot be turned into a case; the message says why."""


class NotAboutError(Exception):
    """An assertion is about something else that has the function's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An assertion about the function that could not be turned into a case."""

    source: str
    """`tests/test_cart.py:12`; lines count from 1."""
    text: str
    reason: str


@dataclass(slots=True)
class _Local:
    """What a local name of a test stands for; None where that is not known."""

    value: ast.expr | None
    mutable: bool = False
    shares: frozenset[str] = frozenset()
    """Names that may stand for the same object, or for one that holds it."""


@dataclass(slots=True)
class Found:
    """What was read so far."""

    cases: list[TestCase] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


Scope = dict[str, _Local]
Resolve = Callable[[list[str]], "tuple[ast.expr, int] | None"]
"""From the parts of a dotted name of the test file to what it is called in the document, and how many parts that took;
None where the document has no name for it."""


class Reader:
    """Reads the tests of one file."""

    def __init__(self, task: FunctionTask, resolve: Resolve, *, source: str, other_stubs: frozenset[str]) -> None:
        """Start.

        Args:
            task: the function whose cases are looked for.
            resolve: of the names of the test file.
            source: the file, for people; empty for the document itself.
            other_stubs: names of functions of the document that are not written yet.
        """
        self.task = task
        self.resolve = resolve
        self.source = source
        self.other_stubs = other_stubs
        self.found = Found()
        self._row_line: int | None = None
        self._doubt = ""
        """Why no further assertion of the test is believed."""

    def test(self, function: ast.FunctionDef | ast.AsyncFunctionDef, constants: Scope, world: str = "") -> None:
        """Read one test function.

        Args:
            function: its syntax tree, with the line numbers of the file.
            constants: what the names of the file's top level stand for.
            world: why the tests of its file or class do not run in the ordinary world (`unusual_world`).
        """
        decorators = [*function.decorator_list]
        problem = world or self._unusual(function, decorators)
        if problem:
            self._skip(function, problem)
            return
        rows, problem = self._rows(decorators, constants)
        if problem:
            self._skip(function, problem)
            return
        for row, line in rows:
            self._row_line, self._doubt = line, ""
            self._statements(function.body, {**constants, **row})
        self._row_line = None

    def _unusual(self, function: ast.FunctionDef | ast.AsyncFunctionDef, decorators: list[ast.expr]) -> str:
        """Return why a test's world is not the ordinary one, empty where it is."""
        for decorator in decorators:
            name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if any(word in name for word in _PATCHES):
                return f"the test is under @{name}"
            if _parametrized(decorator) and "indirect=" in ast.unparse(decorator):
                return "the values of its table go through a fixture"
        given = {name for decorator in decorators for name in _parametrized(decorator)}
        parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        strange = [name for name in parameters if name not in given and name not in _PLAIN_FIXTURES]
        return f"the test uses the fixture {strange[0]}" if strange else ""

    def _rows(self, decorators: list[ast.expr], scope: Scope) -> tuple[list[tuple[Scope, int | None]], str]:
        """Return the local names of each row of the test's tables; one row without names where there is no table."""
        tables: list[list[tuple[Scope, int | None]]] = []
        for decorator in decorators:
            names = _parametrized(decorator)
            if names:
                table = self._table(names, decorator, scope)
                if table is None:
                    return [], f"the table of {', '.join(names)} is not a literal"
                tables.append(table)
        if not tables:
            return [({}, None)], ""
        count = 1
        for table in tables:
            count *= len(table)
        if count > MOST_ROWS:
            return [], f"its tables have {count} rows; at most {MOST_ROWS} are read"
        rows: list[tuple[Scope, int | None]] = []
        for combination in itertools.product(*tables):
            merged: Scope = {}
            for part, _ in combination:
                merged.update(part)
            rows.append((merged, combination[0][1] if len(tables) == 1 else None))
        return rows, ""

    def _table(self, names: list[str], decorator: ast.expr, scope: Scope) -> list[tuple[Scope, int | None]] | None:
        assert isinstance(decorator, ast.Call)
        values = decorator.args[1] if len(decorator.args) > 1 else None
        values = values or next((k.value for k in decorator.keywords if k.arg == "argvalues"), None)
        items = _items(values, scope)
        if items is None:
            return None
        rows: list[tuple[Scope, int | None]] = []
        for item in items:
            row = item
            cells: Sequence[ast.expr] | None = None
            if isinstance(item, ast.Call) and ast.unparse(item.func).endswith("param"):
                if any(keyword.arg == "marks" for keyword in item.keywords):
                    continue  # skipped or expected to fail: says nothing about what holds
                cells = item.args
            elif len(names) == 1:
                cells = [row]
            elif isinstance(item, ast.Tuple | ast.List):
                cells = item.elts
            if cells is None or len(cells) != len(names):
                return None
            local: Scope = {}
            for name, cell in zip(names, cells, strict=True):
                local[name] = self._local(cell, scope)
            rows.append((local, item.lineno))
        return rows

    def _local(self, value: ast.expr, scope: Scope) -> _Local:
        try:
            closed = self._closed(value, scope)
        except NotReadError:
            return _Local(None)
        if self._calls(closed):
            return _Local(closed, mutable=True)  # it is called anew wherever the name is used
        held = {key for key in _held(value) if key in scope and scope[key].mutable}
        shares = frozenset(held.union(*(scope[key].shares for key in held)))
        return _Local(closed, mutable=not _immutable(closed), shares=shares)

    def constants(self, statements: Sequence[ast.stmt]) -> Scope:
        """Return what the names that a file's top level binds once to a literal, and does not change, stand for."""
        scope: Scope = {}
        for statement in statements:
            if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign | ast.Delete):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Call) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                        _lose({_root(node)} if not isinstance(node, ast.Name) else set(), scope)
            for name, value in _bound(statement):
                known = name not in scope and value is not None and literal(ast.unparse(value))[0]
                scope[name] = _Local(value, mutable=not _immutable(value)) if known and value else _Local(None)
        return {name: local for name, local in scope.items() if local.value is not None}

    def _statements(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)
            if isinstance(statement, ast.Return | ast.Raise):
                return

    def _statement(self, statement: ast.stmt, scope: Scope) -> None:
        match statement:
            case ast.Assert():
                self._case(statement, scope, lambda: self._asserted(statement.test, scope))
            case ast.Expr(value=ast.Call() as call) if _method(call).startswith("assert"):
                self._case(statement, scope, lambda: self._unittest(call, scope))
            case ast.Expr(value=ast.Call() as call) if _is_raises(call) and len(call.args) > 1:
                self._case(statement, scope, lambda: self._raises_call(call, scope))
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                local = self._local(value, scope)
                self._touch(value, scope)
                scope[name] = local
            case ast.Assign(targets=[ast.Tuple() as names], value=ast.Tuple() as values) if _same_length(names, values):
                locals_ = [self._local(value, scope) for value in values.elts]
                for target, local in zip(names.elts, locals_, strict=True):
                    for name in _names(target):
                        scope[name] = local if isinstance(target, ast.Name) else _Local(None)
            case ast.With() | ast.AsyncWith():
                self._with(statement, scope)
            case ast.For() if (rows := self._loop(statement, scope)) is not None:
                for row in rows:
                    scope.update(row)
                    self._statements(statement.body, scope)
                self._forget(statement, scope)
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                self._forget(statement, scope)
            case _:
                if self._concerns(statement) and any(_asserts(node) for node in ast.walk(statement)):
                    self._unread(statement, "it stands under a condition or in a loop that is not a literal table")
                self._forget(statement, scope)
                self._touch(statement, scope)
                self._doubt = self._doubt or self._why_doubted(statement, scope)

    def _with(self, statement: ast.With | ast.AsyncWith, scope: Scope) -> None:
        call = statement.items[0].context_expr if len(statement.items) == 1 else None
        if isinstance(call, ast.Call) and _method(call) == "subTest":
            self._statements(statement.body, scope)
            return
        if isinstance(call, ast.Call) and _is_raises(call):
            self._case(statement, scope, lambda: self._raises_block(statement, call, scope))
            return
        if self._concerns(statement):
            self._unread(statement, "it runs inside another context manager")
        self._forget(statement, scope)
        self._touch(statement, scope)

    def _loop(self, statement: ast.For, scope: Scope) -> list[Scope] | None:
        items = _items(statement.iter, scope)
        if items is None or len(items) > MOST_ROWS or any(isinstance(n, ast.Break) for n in ast.walk(statement)):
            return None
        rows: list[Scope] = []
        for item in items:
            if isinstance(statement.target, ast.Name):
                rows.append({statement.target.id: self._local(item, scope)})
            elif isinstance(statement.target, ast.Tuple) and isinstance(item, ast.Tuple | ast.List):
                names = [name for target in statement.target.elts for name in _names(target)]
                if len(names) != len(item.elts) or len(names) != len(statement.target.elts):
                    return None
                rows.append({n: self._local(cell, scope) for n, cell in zip(names, item.elts, strict=True)})
            else:
                return None
        return rows

    def _case(self, statement: ast.stmt, scope: Scope, read: Callable[[], tuple[ast.expr, Expected]]) -> None:
        """Take in one assertion, if it is about the function."""
        if self._concerns(statement, scope):
            try:
                call, expected = read()
                self._add(call, expected, statement)
            except (NotReadError, ValueTooLargeError) as problem:
                self._unread(statement, str(problem))
            except NotAboutError:
                pass
        self._touch(statement, scope)

    def _asserted(self, test: ast.expr, scope: Scope) -> tuple[ast.expr, Expected]:
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._truth(operand, scope, wanted=False)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                return self._equal(left, right, scope)
            case ast.Compare(left=left, ops=[ast.NotEq() | ast.IsNot()]):
                raise NotReadError("it says what the value is not")
            case ast.Compare() | ast.BoolOp():
                raise NotReadError("it compares in another way than with ==")
            case _:
                return self._truth(test, scope, wanted=True)

    def _equal(self, left: ast.expr, right: ast.expr, scope: Scope) -> tuple[ast.expr, Expected]:
        sides = [self._closed(left, scope), self._closed(right, scope)]
        called = [self._calls(side) for side in sides]
        if all(called):
            raise NotReadError("both sides call the function")
        if not any(called):
            raise NotAboutError
        call, other = sides if called[0] else sides[::-1]
        text = ast.unparse(other)
        is_literal, value = literal(text)
        if not is_literal:
            raise NotReadError(f"the expected value {text[:_SHOWN]} is not a literal")
        return call, expect_value(value, text)

    def _truth(self, test: ast.expr, scope: Scope, *, wanted: bool) -> tuple[ast.expr, Expected]:
        """Read a bare assertion: truth, not `True`, unless the function is annotated to return a bool."""
        call = self._closed(test, scope)
        if not self._calls(call):
            raise NotAboutError
        if isinstance(call, ast.Tuple | ast.List | ast.Set | ast.Dict):
            raise NotReadError("a container with something in it is always true")
        annotated = self.task.header.replace(" ", "").replace("\n", "")
        if not (isinstance(call, ast.Call) and "->bool:" in annotated and _name(call.func) == self.task.name):
            call = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[call], keywords=[])
        return call, expect_value(wanted, repr(wanted))

    def _unittest(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, Expected]:
        name, arguments = _method(call), call.args
        if name in _EQUAL and len(arguments) >= 2:
            return self._equal(arguments[0], arguments[1], scope)
        if name in ("assertTrue", "assertFalse") and arguments:
            test = arguments[0]
            if isinstance(test, ast.Compare) and name == "assertTrue":
                return self._asserted(test, scope)
            return self._truth(test, scope, wanted=name == "assertTrue")
        if name == "assertIsNone" and arguments:
            return self._equal(arguments[0], ast.Constant(value=None), scope)
        if name == "assertRaises" and len(arguments) >= 2:
            return self._raises_call(call, scope)
        raise NotReadError(f"{name} is not one of the assertions that are read")

    def _raises_call(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, Expected]:
        """Read `assertRaises(ValueError, f, 1)` and `pytest.raises(ValueError, f, 1)`."""
        keywords = [keyword for keyword in call.keywords if keyword.arg != "match"]
        meant = ast.Call(func=call.args[1], args=call.args[2:], keywords=keywords)
        if isinstance(call.args[1], ast.Lambda) and not (call.args[2:] or keywords):
            return self._raising(call.args[0], call.args[1].body, scope)
        return self._raising(call.args[0], meant, scope)

    def _raises_block(self, block: ast.With | ast.AsyncWith, call: ast.Call, scope: Scope) -> tuple[ast.expr, Expected]:
        expected = call.args[0] if call.args else next((k.value for k in call.keywords), None)
        if expected is None or len(block.body) != 1:
            raise NotReadError("more than one statement stands where one should raise")
        match block.body[0]:
            case ast.Expr(value=value) | ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
                return self._raising(expected, value, scope)
        raise NotReadError("what should raise is not a call")

    def _raising(self, exception: ast.expr, value: ast.expr, scope: Scope) -> tuple[ast.expr, Expected]:
        name = _name(exception)
        if not name:
            raise NotReadError("it accepts several exceptions")
        if name in _ANY_OF:
            raise NotReadError(f"any kind of {name} would do, and exceptions are compared by name")
        call = self._closed(value, scope)
        if not self._calls(call):
            raise NotAboutError
        return call, Expected(kind=ExpectedKind.RAISES, text=name, shown=f"raises {name}")

    def _closed(self, expression: ast.expr, scope: Scope) -> ast.expr:
        """Return an expression with every name as the document has it.

        Raises:
            NotReadError: a name stands for something that the document cannot say.
        """
        match expression:
            case ast.Await(value=value) if self.task.is_async:  # the sandbox runs a coroutine to its end
                expression = value
            case ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="run"), args=[value], keywords=[]):
                expression = value
        return _Closer(self, scope).close(expression)

    def _calls(self, expression: ast.expr) -> bool:
        """Tell whether an expression that is closed calls the function."""
        name, receiver = self.task.name, self.task.receiver
        called = {id(node.func) for node in ast.walk(expression) if isinstance(node, ast.Call)}
        for node in ast.walk(expression):
            if receiver is None:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    return True
            elif isinstance(node, ast.Attribute) and node.attr == name:
                owner = node.value.func if isinstance(node.value, ast.Call) else node.value
                is_used = isinstance(node.value, ast.Call) or id(node) in called  # else it is the method itself
                if ast.unparse(owner) == receiver and is_used:
                    return True
        return False

    def _concerns(self, statement: ast.AST, scope: Scope | None = None) -> bool:
        """Tell whether a statement names the function, or a local name whose value calls it."""
        for node in ast.walk(statement):
            if getattr(node, "id", None) == self.task.name or getattr(node, "attr", None) == self.task.name:
                return True
            local = scope.get(node.id) if scope is not None and isinstance(node, ast.Name) else None
            if local is not None and local.value is not None and self._calls(local.value):
                return True
            resolved = self.resolve([node.id]) if isinstance(node, ast.Name) and self.task.receiver is None else None
            if resolved is not None and ast.unparse(resolved[0]) == self.task.name:
                return True
        return False

    def _touch(self, statement: ast.AST, scope: Scope) -> None:
        """Forget the objects that a call may have changed: its arguments, and the object whose method it is."""
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call) or (isinstance(node.func, ast.Name) and node.func.id in HARMLESS):
                continue
            if _method(node).startswith("assert"):
                continue  # unittest's own; calls among its arguments are met by themselves
            _lose({n.id for n in ast.walk(node) if isinstance(n, ast.Name)}, scope)

    def _why_doubted(self, statement: ast.stmt, scope: Scope) -> str:
        """Return why nothing after a statement is believed: it may end the test, or change what the function sees."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return ""
        text = ast.unparse(statement).split("\n")[0][:_SHOWN]
        for node in ast.walk(statement):
            is_end = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _ENDS_TESTS
            if is_end or isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
                return f"the test may end before it, at `{text}`"
        for node in ast.walk(statement):
            is_store = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
            changed = _root(node) if is_store else ""
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                changed = _root(node.value.func) or "?"
                if changed in (*HARMLESS, "print", "?") or self._calls(self._resolved(node.value)):
                    continue
            if changed and changed not in scope and changed not in ("self", "cls"):
                return f"`{text}` before it may have changed what the function sees"
        return ""

    def _resolved(self, call: ast.Call) -> ast.expr:
        try:
            return self._closed(call, {})
        except NotReadError:
            return call

    def _forget(self, statement: ast.AST, scope: Scope) -> None:
        """Forget every name that a statement binds, and every object it changes a part of."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
                _lose({_root(node)}, scope)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                scope[node.id] = _Local(None)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                scope[node.name] = _Local(None)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    scope.pop((alias.asname or alias.name).partition(".")[0], None)

    def _line(self, node: ast.AST) -> int:
        return (self._row_line or int(getattr(node, "lineno", 1))) - 1

    def _where(self, line: int) -> str:
        return f"{self.source or self.task.path or 'this file'}:{line + 1}"

    def _add(self, call: ast.expr, expected: Expected, statement: ast.stmt) -> None:
        if self._doubt:
            raise NotReadError(self._doubt)
        text = ast.unparse(call)
        if self.task.is_async and not (isinstance(call, ast.Call) and _name(call.func) == self.task.name):
            raise NotReadError("what is awaited stands inside another expression")
        used = {n.id if isinstance(n, ast.Name) else getattr(n, "attr", "") for n in ast.walk(call)}
        if unwritten := sorted(used & self.other_stubs - {self.task.name}):
            raise NotReadError(f"it needs {unwritten[0]}, which is not written yet")
        if len(text) > _MOST_CALL_CHARACTERS:
            raise NotReadError(f"the call has more than {_MOST_CALL_CHARACTERS} characters")
        line = self._line(statement)
        self.found.cases.append(
            TestCase(
                call=text,
                expected=expected,
                provenance=Provenance.PROJECT,
                line=None if self.source else line,
                source=self._where(line) if self.source else "",
            )
        )

    def _unread(self, node: ast.stmt, reason: str) -> None:
        text = ast.unparse(node).split("\n")[0][:_SHOWN]
        self.found.unread.append(Unread(source=self._where(self._line(node)), text=text, reason=reason))

    def _skip(self, function: ast.FunctionDef | ast.AsyncFunctionDef, reason: str) -> None:
        if self._concerns(function):
            where = self._where(function.lineno - 1)
            self.found.unread.append(Unread(source=where, text=f"{function.name}()", reason=reason))


class _Closer:
    """Writes an expression of a test in the names of the document."""

    def __init__(self, reader: Reader, scope: Scope) -> None:
        self.reader = reader
        self.scope = scope

    def close(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Constant():
                return node
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.Call(func=func, args=args, keywords=keywords):
                return ast.Call(
                    func=self.close(func),
                    args=[self.close(argument) for argument in args],
                    keywords=[ast.keyword(arg=k.arg, value=self.close(k.value)) for k in keywords],
                )
            case ast.List(elts=items):
                return ast.List(elts=[self.close(item) for item in items], ctx=ast.Load())
            case ast.Tuple(elts=items):
                return ast.Tuple(elts=[self.close(item) for item in items], ctx=ast.Load())
            case ast.Set(elts=items):
                return ast.Set(elts=[self.close(item) for item in items])
            case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
                return ast.Dict(keys=[self.close(k) for k in keys if k], values=[self.close(v) for v in values])
            case ast.Starred(value=value):
                return ast.Starred(value=self.close(value), ctx=ast.Load())
            case ast.UnaryOp(op=op, operand=operand):
                return ast.UnaryOp(op=op, operand=self.close(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return ast.BinOp(left=self.close(left), op=op, right=self.close(right))
            case ast.Subscript(value=value, slice=ast.Slice() as part):
                bounds = [self.close(b) if b is not None else None for b in (part.lower, part.upper, part.step)]
                cut = ast.Slice(lower=bounds[0], upper=bounds[1], step=bounds[2])
                return ast.Subscript(value=self.close(value), slice=cut, ctx=ast.Load())
            case ast.Subscript(value=value, slice=index):
                return ast.Subscript(value=self.close(value), slice=self.close(index), ctx=ast.Load())
            case _:
                raise NotReadError(f"{ast.unparse(node)[:_SHOWN]} is not a literal")

    def _named(self, node: ast.expr) -> ast.expr:
        parts: list[str] = []
        inner = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            base = self.close(inner)
            for part in parts:
                base = ast.Attribute(value=base, attr=part, ctx=ast.Load())
            return base
        local = self.scope.get(inner.id)
        if local is not None:
            if local.value is None:
                raise NotReadError(f"the value of {inner.id} is not known here")
            return _with_attributes(copy.deepcopy(local.value), parts)
        resolved = self.reader.resolve([inner.id, *parts])
        if resolved is not None:
            name, used = resolved
            return _with_attributes(name, [inner.id, *parts][used:])
        if inner.id in HARMLESS and not parts:
            return inner
        raise NotReadError(f"{inner.id} is nothing that the function's file knows")


def _with_attributes(base: ast.expr, parts: Sequence[str]) -> ast.expr:
    for part in parts:
        base = ast.Attribute(value=base, attr=part, ctx=ast.Load())
    return base


def unusual_world(statements: Sequence[ast.stmt]) -> str:
    """Return why the tests of a file or class do not run in the ordinary world, empty where they do."""
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if any("autouse=True" in ast.unparse(decorator) for decorator in statement.decorator_list):
                    return f"the fixture {name} runs before it"
                if name in _SET_UP and not all(map(_is_own_attribute, statement.body)):
                    return f"{name} runs before it"
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                if any(word in ast.unparse(value) for word in _PATCHES):
                    return f"the tests are under {ast.unparse(value)[:_SHOWN]}"
            case ast.Assign(targets=[ast.Attribute() as target]):
                return f"the file sets {ast.unparse(target)[:_SHOWN]}"
    return ""


def _is_own_attribute(statement: ast.stmt) -> bool:
    """Tell whether a statement of a `setUp` only gives the test an attribute, or is `super().setUp()`."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() as call):
            return ast.unparse(call).startswith("super().")
        case ast.Assign(targets=[target], value=value):
            return _root(target) in ("self", "cls") and "patch" not in ast.unparse(value)
    return False


def _lose(names: set[str], scope: Scope) -> None:
    """Forget the objects that names stand for, under all names they have."""
    for name in names:
        known = scope.get(name, _Local(None))
        for other, local in scope.items():
            if local.mutable and (other == name or name in local.shares or other in known.shares):
                scope[other] = _Local(None)


def _held(expression: ast.AST) -> set[str]:
    """Return the names in an expression that its value may hold on to: what built-in functions are given it does not."""
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name) and expression.func.id in HARMLESS:
        return set()
    if isinstance(expression, ast.Name):
        return {expression.id}
    return {name for part in ast.iter_child_nodes(expression) for name in _held(part)}


def _root(node: ast.AST) -> str:
    """Return the name that a chain of attributes, items and calls begins with, empty where it is something else."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _name(node: ast.expr) -> str:
    """Return the last part of a dotted name, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _method(call: ast.Call) -> str:
    """Return the name of a method of `self` that is called, empty for other calls."""
    func = call.func
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in ("self", "subtests"):
        return "subTest" if func.attr == "test" else func.attr
    return ""


def _is_raises(call: ast.Call) -> bool:
    return ast.unparse(call.func) in ("pytest.raises", "raises", "self.assertRaises", "self.assertRaisesRegex")


def _asserts(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _method(node).startswith("assert"))


def _parametrized(decorator: ast.expr) -> list[str]:
    """Return the names that a `pytest.mark.parametrize` gives, nothing for other decorators."""
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith("parametrize"):
        return []
    names = (
        decorator.args[0]
        if decorator.args
        else next((k.value for k in decorator.keywords if k.arg == "argnames"), None)
    )
    if isinstance(names, ast.Constant) and isinstance(names.value, str):
        return [name.strip() for name in names.value.split(",") if name.strip()]
    if isinstance(names, ast.Tuple | ast.List):
        return [item.value for item in names.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return []


def _items(node: ast.expr | None, scope: Scope) -> Sequence[ast.expr] | None:
    """Return the items of a literal table, or of a name or a dictionary's `items()` that stands for one."""
    if isinstance(node, ast.Name):
        local = scope.get(node.id)
        node = local.value if local is not None else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "items"
        and not node.args
    ):
        table = node.func.value
        if isinstance(table, ast.Name) and table.id in scope:
            table = scope[table.id].value or table
        if isinstance(table, ast.Dict) and all(key is not None for key in table.keys):
            pairs = zip(table.keys, table.values, strict=True)
            return [ast.copy_location(ast.Tuple(elts=[k, v], ctx=ast.Load()), k) for k, v in pairs if k is not None]
    if isinstance(node, ast.List | ast.Tuple) and not any(isinstance(item, ast.Starred) for item in node.elts):
        return node.elts
    return None


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names a statement binds; with a value where it is a plain assignment."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id, None


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def _same_length(a: ast.Tuple, b: ast.Tuple) -> bool:
    return len(a.elts) == len(b.elts) and not any(isinstance(item, ast.Starred) for item in (*a.elts, *b.elts))


def _immutable(value: ast.expr) -> bool:
    """Tell whether nothing a call does can change a value: a constant, or a tuple of such."""
    if isinstance(value, ast.Tuple):
        return all(_immutable(item) for item in value.elts)
    if isinstance(value, ast.UnaryOp):
        return _immutable(value.operand)
    return isinstance(value, ast.Constant)
