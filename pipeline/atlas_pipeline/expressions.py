"""Evaluates small expressions over plain values on the trusted side, without `eval` and within bounds.

Tests that a model wrote say `len([1, 2]) * 2`, and properties compare what calls returned: both are untrusted text. Only
what is named here can be called, nothing can be imported or assigned, and all work is paid from one budget: every node
that is visited, and every item of every container that an operation makes, so neither size nor nesting can hang it.
"""

from __future__ import annotations

import ast
import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_BUDGET = 200_000
"""Nodes and items one evaluation may touch."""
_MOST_BITS = 4096
_MOST_CHARACTERS = 20_000


class NotEvaluableError(Exception):
    """The expression is not one of those that can be evaluated here, or its operations fail on these values."""


def evaluate(source: str | ast.expr, names: Mapping[str, object] | None = None) -> Any:
    """Return the value of an expression.

    Args:
        source: the expression.
        names: values of the free names in it.

    Raises:
        NotEvaluableError: it is not allowed, fails, or is too large.
    """
    try:
        tree = ast.parse(source, mode="eval").body if isinstance(source, str) else source
        value = _Evaluator().value(tree, dict(names or {}))
    except NotEvaluableError:
        raise
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise NotEvaluableError(f"{type(error).__name__}: {error}") from error
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise NotEvaluableError(type(error).__name__) from error
    if callable(value):
        raise NotEvaluableError("a function is no plain value")
    return value


def plain_source(value: object) -> str | None:
    """Return source text that evaluates to a plain value, None where there is none (NaN, an unknown type)."""
    text = repr(value)
    if len(text) > _MOST_CHARACTERS:
        return None
    try:
        return text if evaluate(text) == value else None
    except NotEvaluableError:
        return None


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.RShift: operator.rshift,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda a, b: a is b or (type(a) is type(b) and a == b),
    ast.IsNot: lambda a, b: not (a is b or (type(a) is type(b) and a == b)),
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}

_TYPES: dict[str, type] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "set": set,
    "bytes": bytes,
}


def _is_instance(value: object, kind: object) -> bool:
    """Tell what `isinstance` would, of a value that came as canonical text: there `2.0` and `2` are the same."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, int) and not isinstance(value, bool) and (float in kinds) != (int in kinds):
        raise NotEvaluableError("whether an equal int or float was returned is not observed")
    return isinstance(value, kinds)


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and abs(exponent) * max(1, base.bit_length()) > _MOST_BITS:
        raise NotEvaluableError("the power is too large")
    return base**exponent


def _bounded_factorial(number: int) -> int:
    if number > 300:
        raise NotEvaluableError("the factorial is too large")
    return math.factorial(number)


def _bounded_round(number: Any, digits: int | None = None) -> Any:
    if digits is not None and abs(digits) > 400:
        raise NotEvaluableError("too many digits to round to")
    return round(number, digits)


def _bounded_product(numbers: Iterable[Any], start: Any = 1) -> Any:
    for number in numbers:
        start *= number
        if isinstance(start, int) and start.bit_length() > _MOST_BITS:
            raise NotEvaluableError("the number is too large")
    return start


def _bounded_range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > _MOST_CHARACTERS:
        raise NotEvaluableError("the range is too long")
    return list(numbers)


def _close_to(left: Any, right: Any, relative: float, absolute: float) -> bool:
    """Tell whether numbers, or containers of numbers, differ by no more than the larger of both tolerances."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(
            _close_to(a, b, relative, absolute) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_close_to(left[k], right[k], relative, absolute) for k in left)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=relative, abs_tol=absolute)
    return bool(left == right)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "sorted": sorted,
    "sum": sum,
    "min": min,
    "max": max,
    "abs": abs,
    "round": _bounded_round,
    "all": all,
    "any": any,
    "reversed": lambda items: list(items)[::-1],
    "range": _bounded_range,
    "zip": lambda *rows: list(zip(*rows, strict=False)),
    "enumerate": lambda items, start=0: list(enumerate(items, start)),
    "map": lambda function, *rows: list(map(function, *rows)),
    "filter": lambda function, items: list(filter(function, items)),
    "ord": ord,
    "chr": chr,
    "divmod": divmod,
    "pow": _power,
    "isinstance": _is_instance,
    "frozenset": set,
    "Counter": lambda items=(): dict(Counter(items)),
    "gcd": math.gcd,
    "sqrt": math.sqrt,
    "floor": math.floor,
    "ceil": math.ceil,
    "factorial": _bounded_factorial,
    "isclose": math.isclose,
    "close_to": _close_to,
    "isnan": math.isnan,
    "prod": _bounded_product,
    "log": math.log,
    "exp": math.exp,
    "sin": math.sin,
    "cos": math.cos,
    "hypot": math.hypot,
    **_TYPES,
}
_MODULES = ("math", "collections")
_CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "tau": math.tau}
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        (
            "lower upper strip lstrip rstrip split join replace startswith endswith count find rfind index isdigit isalpha "
            "isalnum isupper islower isspace isnumeric title capitalize swapcase splitlines casefold"
        ).split()
    ),
    list: frozenset(("count", "index", "copy")),
    tuple: frozenset(("count", "index")),
    dict: frozenset(("keys", "values", "items", "get", "copy")),
    set: frozenset(("union", "intersection", "difference", "issubset", "issuperset", "isdisjoint", "copy")),
}


def is_known(name: str) -> bool:
    """Tell whether an expression may use this name."""
    return name in _FUNCTIONS or name in _MODULES


def can_evaluate(node: ast.expr) -> bool:
    """Tell whether the syntax of an expression, and the methods in it, are among those that can be evaluated."""
    methods = frozenset[str]().union(*_METHODS.values())
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            in_module = isinstance(part.value, ast.Name) and part.value.id in _MODULES
            if part.attr not in methods and not (in_module and (part.attr in _CONSTANTS or part.attr in _FUNCTIONS)):
                return False
        if isinstance(part, ast.expr) and not hasattr(_Evaluator, f"_{type(part).__name__.lower()}"):
            return False
    return True


class _Evaluator:
    """Evaluates one expression."""

    def __init__(self) -> None:
        self.left = _BUDGET

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise NotEvaluableError("the expression takes too long")

    def checked(self, value: Any) -> Any:
        """Pay for every item of `value`; aliased parts count every time, as comparing them would."""
        if isinstance(value, int):
            if value.bit_length() > _MOST_BITS:
                raise NotEvaluableError("the number is too large")
            return value
        todo = [value]
        while todo:
            item = todo.pop()
            if isinstance(item, str | bytes):
                if len(item) > _MOST_CHARACTERS:
                    raise NotEvaluableError("the text is too long")
                self.spend(1 + len(item) // 16)
            elif isinstance(item, dict):
                self.spend(1 + 2 * len(item))
                todo.extend(item)
                todo.extend(item.values())
            elif isinstance(item, list | tuple | set | frozenset):
                self.spend(1 + len(item))
                todo.extend(item)
        return value

    def value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        self.spend(1)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise NotEvaluableError(f"{type(node).__name__} cannot be evaluated here")
        return method(node, names)

    def _constant(self, node: ast.Constant, names: dict[str, Any]) -> Any:
        return self.checked(node.value)

    def _name(self, node: ast.Name, names: dict[str, Any]) -> Any:
        if node.id in names:
            return names[node.id]
        if node.id in _FUNCTIONS:
            return _FUNCTIONS[node.id]
        raise NotEvaluableError(f"{node.id} is not known here")

    def _attribute(self, node: ast.Attribute, names: dict[str, Any]) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES and node.value.id not in names:
            if node.attr in _CONSTANTS:
                return _CONSTANTS[node.attr]
            if node.attr in _FUNCTIONS:
                return _FUNCTIONS[node.attr]
        raise NotEvaluableError(f"{node.attr} is not known here")

    def _list(self, node: ast.List, names: dict[str, Any]) -> list[Any]:
        return [self.value(item, names) for item in node.elts]

    def _tuple(self, node: ast.Tuple, names: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(self.value(item, names) for item in node.elts)

    def _set(self, node: ast.Set, names: dict[str, Any]) -> set[Any]:
        return {self.value(item, names) for item in node.elts}

    def _dict(self, node: ast.Dict, names: dict[str, Any]) -> dict[Any, Any]:
        if any(key is None for key in node.keys):
            raise NotEvaluableError("unpacking cannot be evaluated here")
        keys = [self.value(key, names) for key in node.keys if key is not None]
        return dict(zip(keys, (self.value(item, names) for item in node.values), strict=True))

    def _boolop(self, node: ast.BoolOp, names: dict[str, Any]) -> Any:
        stop_at = isinstance(node.op, ast.Or)
        result: Any = None
        for part in node.values:
            result = self.value(part, names)
            if bool(result) is stop_at:
                break
        return result

    def _unaryop(self, node: ast.UnaryOp, names: dict[str, Any]) -> Any:
        return _OPERATORS[type(node.op)](self.value(node.operand, names))

    def _binop(self, node: ast.BinOp, names: dict[str, Any]) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        match node.op:
            case ast.Pow():
                return _power(left, right)
            case ast.Mult():
                return self.checked(self._product(left, right))
            case ast.LShift():
                return self.checked(left << right) if right <= _MOST_BITS else self.checked(1 << (_MOST_BITS + 1))
            case ast.Mod() if isinstance(left, str | bytes):
                raise NotEvaluableError("formatting cannot be evaluated here")
            case ast.Mod():
                return left % right
            case _ if type(node.op) in _OPERATORS:
                return self.checked(_OPERATORS[type(node.op)](left, right))
        raise NotEvaluableError(f"{type(node.op).__name__} cannot be evaluated here")

    def _product(self, left: Any, right: Any) -> Any:
        for items, times in ((left, right), (right, left)):
            if isinstance(items, str | bytes | list | tuple) and isinstance(times, int):
                self.spend(len(items) * max(times, 0))
        return left * right

    def _compare(self, node: ast.Compare, names: dict[str, Any]) -> bool:
        left = self.value(node.left, names)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, names)
            self.checked(left)
            self.checked(right)
            if not _OPERATORS[type(op)](left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp, names: dict[str, Any]) -> Any:
        return self.value(node.body if self.value(node.test, names) else node.orelse, names)

    def _subscript(self, node: ast.Subscript, names: dict[str, Any]) -> Any:
        return self.checked(self.value(node.value, names)[self.value(node.slice, names)])

    def _slice(self, node: ast.Slice, names: dict[str, Any]) -> slice:
        lower, upper, step = (
            self.value(n, names) if n is not None else None for n in (node.lower, node.upper, node.step)
        )
        return slice(lower, upper, step)

    def _lambda(self, node: ast.Lambda, names: dict[str, Any]) -> Callable[..., Any]:
        parameters = [argument.arg for argument in node.args.args]

        def call(*values: Any) -> Any:
            return self.value(node.body, {**names, **dict(zip(parameters, values, strict=True))})

        return call

    def _call(self, node: ast.Call, names: dict[str, Any]) -> Any:
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise NotEvaluableError("unpacking cannot be evaluated here")
        arguments = [self.value(argument, names) for argument in node.args]
        keywords = {keyword.arg: self.value(keyword.value, names) for keyword in node.keywords if keyword.arg}
        if len(keywords) != len(node.keywords):
            raise NotEvaluableError("unpacking cannot be evaluated here")
        for argument in arguments:
            self.checked(argument)
        is_method = isinstance(node.func, ast.Attribute) and not (
            isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
        )
        function = self._method(node.func, arguments, names) if is_method else self.value(node.func, names)  # type: ignore[arg-type]
        if not callable(function):
            raise NotEvaluableError("only functions can be called")
        return self.checked(function(*arguments, **keywords))

    def _method(self, node: ast.Attribute, arguments: list[Any], names: dict[str, Any]) -> Callable[..., Any]:
        owner = self.checked(self.value(node.value, names))
        if node.attr not in _METHODS.get(type(owner), ()):
            raise NotEvaluableError(f"the method {node.attr} cannot be evaluated here")
        if node.attr == "replace":
            self.spend((len(owner) + 1) * len(arguments[1]) if len(arguments) > 1 else 0)
        if node.attr == "join" and arguments:
            self.spend(len(owner) * len(arguments[0]))
        found = getattr(owner, node.attr)
        if node.attr in ("keys", "values", "items"):
            return lambda: list(found())
        return found  # type: ignore[no-any-return]

    def _listcomp(self, node: ast.ListComp, names: dict[str, Any]) -> list[Any]:
        return [self.value(node.elt, scope) for scope in self._scopes(node.generators, names)]

    def _generatorexp(self, node: ast.GeneratorExp, names: dict[str, Any]) -> list[Any]:
        return [self.value(node.elt, scope) for scope in self._scopes(node.generators, names)]

    def _setcomp(self, node: ast.SetComp, names: dict[str, Any]) -> set[Any]:
        return {self.value(node.elt, scope) for scope in self._scopes(node.generators, names)}

    def _dictcomp(self, node: ast.DictComp, names: dict[str, Any]) -> dict[Any, Any]:
        scopes = self._scopes(node.generators, names)
        return {self.value(node.key, scope): self.value(node.value, scope) for scope in scopes}

    def _scopes(self, generators: list[ast.comprehension], names: dict[str, Any]) -> Iterable[dict[str, Any]]:
        first, rest = generators[0], generators[1:]
        items = self.checked(self.value(first.iter, names))
        if callable(items):
            raise NotEvaluableError("only containers can be iterated over")
        for item in items:
            scope = {**names, **bind(first.target, item)}
            if all(self.value(condition, scope) for condition in first.ifs):
                yield from self._scopes(rest, scope) if rest else (scope,)


def bind(target: ast.expr, item: Any) -> dict[str, Any]:
    """Return the names that the loop target binds to the parts of `item`.

    Raises:
        NotEvaluableError: the target is something else than names, or does not fit.
    """
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple | ast.List):
        parts = list(item)
        if len(parts) == len(target.elts):
            return {name: v for t, part in zip(target.elts, parts, strict=True) for name, v in bind(t, part).items()}
    raise NotEvaluableError("this target cannot be bound")
