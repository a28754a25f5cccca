"""More inputs from those at hand, by changing literals according to their type. Costs no tokens.

Inputs without expected values still tell behaviours apart: agreement on them is evidence (MBR-exec, arXiv 2204.11454).
The changes follow the types of evalplus's mutation (arXiv 2305.01210). What the signature and the docstring say of a
parameter is kept to where it is simple: `int | None`, `Literal`, "non-negative", "sorted list", "of equal length".
"""

from __future__ import annotations

import ast
import itertools
import math
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from atlas_pipeline.examples import literal
from atlas_pipeline.records import FunctionTask

MOST_INPUTS = 60
_DEPTH = 4
_MOST_GROWTH = 200
"""Characters a mutated call may be longer than the call it comes from."""
_MOST_PARSED = 400_000
"""Characters of calls that are parsed for one set of inputs; only calls of thousands of characters come near it."""
_TRIES = 4
"""Changes tried for each input wanted; some give nothing new or something the docstring excludes."""

_NAMES = {
    "int": frozenset("n k i j m x y a b num number count size index total limit target".split()),
    "str": frozenset("s t text string word name char sentence line key message".split()),
    "list[int]": frozenset("lst arr nums numbers values items xs array l data seq elements".split()),
}
"""What parameters without annotation usually are, by their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What is known of one parameter."""

    name: str
    annotation: ast.expr | None = None
    is_non_negative: bool = False
    is_positive: bool = False
    is_sorted: bool = False
    is_required: bool = True

    def accepts(self, value: object) -> bool:
        """Tell whether the docstring allows a value, as far as it was understood."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value > 0 if self.is_positive else value >= 0 or not self.is_non_negative
        if isinstance(value, list) and (self.is_positive or self.is_non_negative or self.is_sorted):
            inner = Parameter(name=self.name, is_non_negative=self.is_non_negative, is_positive=self.is_positive)
            return all(inner.accepts(item) for item in value) and (not self.is_sorted or _is_sorted(value))
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What is known of the inputs of a function."""

    parameters: tuple[Parameter, ...] = ()
    lengths_are_equal: bool = False
    """Its lists, or its strings, have one length."""

    def at(self, position: int | str) -> Parameter | None:
        """Return the parameter of an argument, by position or keyword."""
        if isinstance(position, int):
            return self.parameters[position] if position < len(self.parameters) else None
        return next((parameter for parameter in self.parameters if parameter.name == position), None)

    def accepts(self, values: dict[int | str, object]) -> bool:
        """Tell whether the docstring allows these arguments together."""
        for position, value in values.items():
            parameter = self.at(position)
            if parameter is not None and not parameter.accepts(value):
                return False
        if not self.lengths_are_equal:
            return True
        for kind in (list, str):
            lengths = {len(value) for value in values.values() if isinstance(value, kind)}
            if len(lengths) > 1:
                return False
        return True


def signature_of(task: FunctionTask) -> Signature:
    """Return what signature and docstring say of the inputs."""
    try:
        tree = ast.parse(f"{task.header.rstrip()}\n    ...\n").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return Signature(parameters=tuple(Parameter(name=name) for name in task.parameters))
    if not isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        return Signature(parameters=tuple(Parameter(name=name) for name in task.parameters))
    return Signature(
        parameters=_parameters(tree.args, task.docstring, without_first=task.receiver is not None),
        lengths_are_equal=bool(re.search(r"\b(?:same|equal) (?:length|size)\b", task.docstring, re.IGNORECASE)),
    )


def _parameters(arguments: ast.arguments, docstring: str, *, without_first: bool) -> tuple[Parameter, ...]:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    listed = [(argument, number < required) for number, argument in enumerate(positional)]
    if without_first and listed and listed[0][0].arg in ("self", "cls"):
        listed = listed[1:]
    listed += [(a, default is None) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return tuple(_parameter(argument, docstring, is_required=needed) for argument, needed in listed)


def _parameter(argument: ast.arg, docstring: str, *, is_required: bool) -> Parameter:
    annotation = argument.annotation
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            annotation = None
    kind = ast.unparse(annotation) if annotation is not None else ""
    numbers = not kind or re.search(r"\b(?:int|float)\b", kind)
    lists = not kind or re.search(r"(?i)\b(?:list|sequence)\b", kind)
    said = docstring.lower()
    return Parameter(
        name=argument.arg,
        annotation=annotation,
        is_non_negative=bool(numbers and re.search(r"\bnon-?\s?negative\b", said)),
        is_positive=bool(
            numbers
            and re.search(
                r"(?<!non-)(?<!non)\bpositive\s+(?:\w+\s+)?(?:int|number|\w*\s*integer)|\bnatural number", said
            )
        ),
        is_sorted=bool(
            lists
            and re.search(
                r"\b(?:given|takes?|accepts?|from|of|in)\s+an?\s+(?:already\s+)?sorted\s+(?:list|array|sequence)", said
            )
        ),
        is_required=is_required,
    )


def _is_sorted(items: Sequence[object]) -> bool:
    try:
        return all(a <= b for a, b in itertools.pairwise(items))  # type: ignore[operator]
    except TypeError:
        return True


def mutated_calls(
    calls: Sequence[str], *, seed: int, most: int = MOST_INPUTS, signature: Signature | None = None
) -> tuple[str, ...]:
    """Return at most `most` new calls, each one of `calls` with one of its literal arguments changed.

    Arguments of every call in the expression are changed: of `Stack([1]).push(2)` the list and the number.
    """
    rng = random.Random(seed)  # noqa: S311 - inputs for tests, not secrets
    signature = signature or Signature()
    known = set(calls)
    found: list[str] = []
    sources = [call for call in calls if _with_literals(call) is not None]
    ingredients = Ingredients.of(map(_parsed, sources))
    for _ in range(_tries(most, sources)):
        original = rng.choice(sources)
        call = _mutated(_parsed(original), rng, signature, ingredients)
        if call is not None and call not in known and len(call) <= len(original) + _MOST_GROWTH:
            known.add(call)
            found.append(call)
        if len(found) == most:
            break
    return tuple(found)


def more_inputs(task: FunctionTask, calls: Sequence[str], *, seed: int, most: int = MOST_INPUTS) -> tuple[str, ...]:
    """Return new inputs for a function: in turn a mutated call and a small one, `calls` first having been made up.

    Calls are made from the annotations where there are none at hand.
    """
    signature = signature_of(task)
    made: tuple[str, ...] = ()
    if not any(_with_literals(call) is not None for call in calls):
        made = calls = calls_from_annotations(task, seed=seed, most=max(1, most // 2))
    mutated = mutated_calls(calls, seed=seed, most=most, signature=signature)
    small = small_calls(calls, seed=seed, most=most, signature=signature)
    in_turn = [call for pair in itertools.zip_longest(mutated, small) for call in pair if call is not None]
    return tuple(dict.fromkeys([*made, *in_turn]))[:most]


def small_calls(
    calls: Sequence[str], *, seed: int, most: int = MOST_INPUTS, signature: Signature | None = None
) -> tuple[str, ...]:
    """Return at most `most` new calls that are like some of `calls`, with small values of the same types everywhere.

    Most faults show on small values (the small-scope hypothesis; SmallCheck, Runciman et al. 2008): empty and short lists
    and texts, numbers around zero. Texts are put together from characters that occur in `calls`.
    """
    rng = random.Random(seed)  # noqa: S311 - inputs for tests, not secrets
    signature = signature or Signature()
    sources = [call for call in calls if _with_literals(call) is not None]
    occurring = {char for text in Ingredients.of(map(_parsed, sources)).texts for char in text}
    alphabet = "".join(sorted(occurring)) or _SMALL_ALPHABET
    known = set(calls)
    found: list[str] = []
    for _ in range(_tries(most, sources)):
        call = _with_small_values(_parsed(rng.choice(sources)), rng, alphabet, signature)
        if call is not None and call not in known:
            known.add(call)
            found.append(call)
        if len(found) == most:
            break
    return tuple(found)


def _tries(most: int, sources: Sequence[str]) -> int:
    longest = max(map(len, sources), default=0)
    return min(most * _TRIES, 8 + _MOST_PARSED // longest) if longest else 0


def _parsed(call: str) -> ast.expr:
    return ast.parse(call, mode="eval").body


def _with_small_values(tree: ast.expr, rng: random.Random, alphabet: str, signature: Signature) -> str | None:
    slots = _slots(tree)
    for call, position in slots:
        value = _small(_argument(call, position), rng, alphabet)
        if call is tree and (parameter := signature.at(position)) is not None:
            value = _by_annotation(value, parameter, rng)
        text = repr(value)
        if not literal(text)[0]:
            return None
        _set_argument(call, position, _parsed(text))
    outer: dict[int | str, object] = {p: _argument(call, p) for call, p in slots if call is tree}
    return ast.unparse(tree) if signature.accepts(outer) else None


def _small(value: object, rng: random.Random, alphabet: str) -> object:
    """Return a small value of the type of `value`, with items like its own."""
    match value:
        case bool():
            return rng.random() < 0.5
        case int():
            return rng.randint(-2, 12)
        case float():
            return rng.randint(-4, 12) / 2
        case str():
            return "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 6)))
        case list():
            return [_small(rng.choice(value) if value else 0, rng, alphabet) for _ in range(rng.randint(0, 5))]
        case tuple():
            return tuple(_small(item, rng, alphabet) for item in value)
        case dict():
            return {key: _small(item, rng, alphabet) for key, item in value.items() if rng.random() < 0.7}
        case _:
            return mutate(value, rng)


def _with_literals(call: str) -> ast.expr | None:
    """Return the expression if there is anything in it to change."""
    try:
        tree = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _slots(tree) else None


def _slots(tree: ast.expr) -> list[tuple[ast.Call, int | str]]:
    """Return the literal arguments of all calls in an expression, the innermost calls' first."""
    slots: list[tuple[ast.Call, int | str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            slots += [(node, i) for i, argument in enumerate(node.args) if _is_literal(argument)]
            slots += [(node, k.arg) for k in node.keywords if k.arg is not None and _is_literal(k.value)]
    return slots


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _mutated(tree: ast.expr, rng: random.Random, signature: Signature, ingredients: Ingredients) -> str | None:
    slots = _slots(tree)
    call, position = rng.choice(slots)
    is_outer = call is tree
    parameter = signature.at(position) if is_outer else None
    of_this_call = replace(ingredients, numbers=Ingredients.of([tree]).numbers)
    value = mutate(_argument(call, position), rng, ingredients=rng.choice((of_this_call, ingredients)))
    if parameter is not None:
        value = _by_annotation(value, parameter, rng)
    text = repr(value)
    if not literal(text)[0]:
        return None
    _set_argument(call, position, ast.parse(text, mode="eval").body)
    if is_outer and isinstance(tree, ast.Call):
        values: dict[int | str, object] = {p: _argument(call, p) for c, p in slots if c is call}
        if not signature.accepts(values):
            return None
    return ast.unparse(tree)


def _argument(call: ast.Call, position: int | str) -> object:
    if isinstance(position, int):
        return ast.literal_eval(call.args[position])
    return next(ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg == position)


def _set_argument(call: ast.Call, position: int | str, value: ast.expr) -> None:
    if isinstance(position, int):
        call.args[position] = value
        return
    for keyword in call.keywords:
        if keyword.arg == position:
            keyword.value = value


def _by_annotation(value: object, parameter: Parameter, rng: random.Random) -> object:
    """Return another value where the annotation says what mutation by value cannot: None, a `Literal`, an empty list."""
    annotation = parameter.annotation
    if parameter.is_sorted and isinstance(value, list):
        try:
            value = sorted(value)
        except TypeError:
            return value
    if annotation is None:
        return value
    kinds = _kinds(annotation)
    names = [_kind_name(kind) for kind in kinds]
    if "Literal" in names or value is None or value == [] or (len(kinds) > 1 and rng.random() < 0.2):
        made = generate(annotation, rng)
        return made if made is not _UNKNOWN else value
    return value


# Values from annotations


class _Unknown:
    """The type of `_UNKNOWN`."""


_UNKNOWN = _Unknown()
"""An annotation that says nothing here."""


def _kinds(annotation: ast.expr) -> list[ast.expr]:
    """Return the alternatives of a union, None for its `None`."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [*_kinds(annotation.left), *_kinds(annotation.right)]
    if isinstance(annotation, ast.Subscript):
        name = _kind_name(annotation)
        if name == "Optional":
            return [*_kinds(annotation.slice), ast.Constant(None)]
        if name == "Union" and isinstance(annotation.slice, ast.Tuple):
            return [kind for part in annotation.slice.elts for kind in _kinds(part)]
    return [annotation]


def _kind_name(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.Subscript):
        return _kind_name(annotation.value)
    if isinstance(annotation, ast.Attribute):
        return annotation.attr
    if isinstance(annotation, ast.Constant):
        return "None" if annotation.value is None else ""
    return annotation.id if isinstance(annotation, ast.Name) else ""


def generate(annotation: ast.expr, rng: random.Random, depth: int = 0) -> object:
    """Return a small value of an annotated type, `_UNKNOWN` where the type is not a plain one."""
    kind = rng.choice(_kinds(annotation))
    name = _kind_name(kind)
    inner = kind.slice if isinstance(kind, ast.Subscript) else None
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner] if inner is not None else []
    match name:
        case "int":
            return rng.choice((0, 1, 2, 3, 5, 7, 10, 12, 25, 100, -1, -4))
        case "float":
            return rng.choice((0.0, 0.5, 1.0, 2.5, 10.0, -1.5))
        case "complex":
            return complex(rng.randint(-3, 3), rng.randint(-3, 3))
        case "bool":
            return rng.random() < 0.5
        case "str":
            return rng.choice(("", "a", "ab", "aba", "Hello World", "abcabc", "12", "a b c", "Zz"))
        case "bytes":
            return rng.choice((b"", b"a", b"ab\x00", b"hello"))
        case "None":
            return None
        case "Literal":
            return ast.literal_eval(rng.choice(parts)) if parts and all(map(_is_literal, parts)) else _UNKNOWN
        case "Any" | "object":
            return rng.choice((0, "a", [1]))
    return _generated_container(name, parts, rng, depth)


def _generated_container(name: str, parts: list[ast.expr], rng: random.Random, depth: int) -> object:
    size = rng.choice((0, 1, 2, 3, 3, 5)) if depth == 0 else rng.choice((0, 1, 2, 3))
    if depth > _DEPTH:
        return _UNKNOWN

    def several(part: ast.expr | None, count: int) -> list[object]:
        kind = part if part is not None else ast.Name("int")
        return [generate(kind, rng, depth + 1) for _ in range(count)]

    items: list[object]
    match name:
        case "list" | "List" | "Sequence" | "Iterable" | "MutableSequence" | "Collection" | "Iterator":
            items = several(parts[0] if parts else None, size)
            return items if _UNKNOWN not in items else _UNKNOWN
        case "tuple" | "Tuple":
            is_uniform = len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is Ellipsis
            items = several(parts[0], size) if is_uniform else [one for part in parts for one in several(part, 1)]
            return tuple(items) if _UNKNOWN not in items else _UNKNOWN
        case "set" | "Set" | "frozenset" | "FrozenSet" | "AbstractSet":
            items = several(parts[0] if parts else None, max(1, size))
            if _UNKNOWN in items:
                return _UNKNOWN
            try:
                return set(items)
            except TypeError:
                return _UNKNOWN
        case "dict" | "Dict" | "Mapping" | "MutableMapping" | "defaultdict" | "Counter":
            keys = several(parts[0] if parts else ast.Name("str"), size)
            items = several(parts[1] if len(parts) > 1 else None, size)
            if _UNKNOWN in keys or _UNKNOWN in items:
                return _UNKNOWN
            try:
                return dict(zip(keys, items, strict=True))
            except TypeError:
                return _UNKNOWN
    return _UNKNOWN


def calls_from_annotations(task: FunctionTask, *, seed: int, most: int = MOST_INPUTS) -> tuple[str, ...]:
    """Return calls made from the annotations alone, from usual parameter names where there are none.

    Methods are called on an object whose constructor is annotated or needs nothing. Empty where a required parameter
    is of a type that has no literals.
    """
    rng = random.Random(seed)  # noqa: S311 - inputs for tests, not secrets
    signature = signature_of(task)
    constructor = _constructor(task) if task.receiver is not None else ()
    if constructor is None:
        return ()
    found: dict[str, None] = {}
    for _ in range(most * _TRIES):
        arguments = _generated_arguments(signature.parameters, rng)
        if arguments is None:
            return ()
        if not signature.accepts(dict(enumerate(arguments))):
            continue
        inside = ", ".join(map(repr, arguments))
        call = f"{task.name}({inside})"
        if task.receiver is not None:
            made = _generated_arguments(constructor, rng)
            if made is None:
                return ()
            call = f"{task.receiver}({', '.join(map(repr, made))}).{call}"
        if literal(f"({inside},)" if inside else "()")[0] or "set()" in inside:
            found.setdefault(call)
        if len(found) == most:
            break
    return tuple(found)


def _generated_arguments(parameters: Sequence[Parameter], rng: random.Random) -> list[object] | None:
    values: list[object] = []
    for parameter in parameters:
        if not parameter.is_required:
            break
        annotation = parameter.annotation or _usual_type(parameter.name)
        value = generate(annotation, rng) if annotation is not None else _UNKNOWN
        if value is _UNKNOWN:
            return None
        if parameter.is_sorted and isinstance(value, list) and not _is_sorted(value):
            value = sorted(value)
        values.append(value)
    return values


def _usual_type(name: str) -> ast.expr | None:
    for kind, names in _NAMES.items():
        if name in names:
            return ast.parse(kind, mode="eval").body
    return None


def _constructor(task: FunctionTask) -> tuple[Parameter, ...] | None:
    """Return the constructor's parameters, None where they cannot be known."""
    try:
        tree = ast.parse(task.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    name = (task.receiver or "").split(".")[-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    return _parameters(item.args, "", without_first=True)
            return () if not node.bases and not node.decorator_list else None
    return None


# Mutation by value


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """Numbers and texts that occur in the calls at hand, to be used again elsewhere (as in evalplus).

    A number that is both the limit and in the list is what tells `<` from `<=`.
    """

    numbers: tuple[int | float, ...] = ()
    texts: tuple[str, ...] = ()
    mixes_numbers: bool = False
    """The same argument is an int in one call and a float in another, so that `2.0` in place of `2` is a fair input."""

    @classmethod
    def of(cls, calls: Iterable[ast.expr]) -> Ingredients:
        """Return those in some expressions, each once."""
        calls = list(calls)
        found = [node.value for call in calls for node in ast.walk(call) if isinstance(node, ast.Constant)]
        numbers = [v for v in found if isinstance(v, int | float) and not isinstance(v, bool)]
        texts = [value for value in found if isinstance(value, str)]
        kinds: dict[int, set[type]] = {}
        for call in calls:
            for position, argument in enumerate(call.args if isinstance(call, ast.Call) else ()):
                if _is_literal(argument):
                    kinds.setdefault(position, set()).add(type(ast.literal_eval(argument)))
        return cls(
            numbers=tuple(dict.fromkeys(numbers)),
            texts=tuple(dict.fromkeys(texts)),
            mixes_numbers=any({int, float} <= of_argument for of_argument in kinds.values()),
        )

    def like(self, value: object, rng: random.Random) -> object | None:
        """Return one of the type of `value`, now and then; None otherwise."""
        if isinstance(value, bool) or rng.random() >= _REUSED:
            return None
        if isinstance(value, int | float) and self.numbers:
            number = rng.choice(self.numbers)
            return _as_float(number) if isinstance(value, float) else _as_int(number)
        return rng.choice(self.texts) if isinstance(value, str) and self.texts else None


def _of_other_type(value: object) -> int | float | None:
    """Return the same number as a float or an int; None where there is none."""
    if isinstance(value, float):
        return _as_int(value)
    return _as_float(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _as_int(number: int | float) -> int | None:
    if isinstance(number, int):
        return number
    return int(number) if math.isfinite(number) and number == int(number) else None


def _as_float(number: int | float) -> float | None:
    try:
        return float(number)
    except OverflowError:
        return None


_SMALL_ALPHABET = "abA 1"
_REUSED = 0.3
"""Share of the changed numbers and texts that are taken from elsewhere in the calls."""
_RETYPED = 0.3
"""Share of the changed numbers that become the same number of the other type, where calls mix the types."""
_NO_INGREDIENTS = Ingredients()


def mutate(value: object, rng: random.Random, depth: int = 0, ingredients: Ingredients = _NO_INGREDIENTS) -> object:
    """Return a value of the same type, near the given one or put together from values at hand."""
    if (taken := ingredients.like(value, rng)) is not None and taken != value:
        return taken
    if ingredients.mixes_numbers and rng.random() < _RETYPED and (other := _of_other_type(value)) is not None:
        return other
    match value:
        case bool():
            return not value
        case int():
            return rng.choice((value + 1, value - 1, -value, 0, value * 2, value + rng.randint(2, 9)))
        case float():
            return rng.choice((value + 1.0, -value, 0.0, value / 2, value * 10))
        case str():
            return _mutate_text(value, rng)
        case bytes():
            return _mutate_text(value.decode("latin-1"), rng).encode("latin-1")
        case list():
            return _mutate_list(value, rng, depth, ingredients)
        case tuple():
            items = list(value)
            if items:
                position = rng.randrange(len(items))
                items[position] = mutate(items[position], rng, depth + 1, ingredients)
            return tuple(items)
        case dict():
            changed = dict(value)
            if changed:
                key = rng.choice(list(changed))
                if rng.random() < 0.3:
                    del changed[key]
                else:
                    changed[key] = mutate(changed[key], rng, depth + 1, ingredients)
            return changed
        case set():
            return set(_mutate_list(sorted(value, key=repr), rng, depth, ingredients))
        case _:
            return value


def _mutate_text(text: str, rng: random.Random) -> str:
    if not text:
        return rng.choice(("a", "A b", "1"))
    position = rng.randrange(len(text))
    return rng.choice((
        "",
        text[::-1],
        text + text[position],
        text[:position] + text[position + 1 :],
        text.swapcase(),
        text[:position] + " " + text[position:],
    ))  # fmt: skip


def _mutate_list(items: list[object], rng: random.Random, depth: int, ingredients: Ingredients) -> list[object]:
    changed = list(items)
    if not changed or depth > _DEPTH:
        return changed
    position = rng.randrange(len(changed))
    match rng.randrange(6):
        case 0:
            del changed[position]
        case 1:
            changed.insert(position, changed[position])
        case 2:
            changed.reverse()
        case 3:
            changed.append(mutate(changed[position], rng, depth + 1, ingredients))
        case 4 if rng.random() < 0.25:
            changed = []
        case _:
            changed[position] = mutate(changed[position], rng, depth + 1, ingredients)
    return changed
