"""Canonical text of a value: values that are equal have equal text, whichever process wrote it.

Numbers: an int and a float that are equal have the same text; a float is rounded to 9 significant digits, or to units
where it has more digits before the point. bool is not int here, though `True == 1`. NaN equals NaN. Decimal, Fraction
and complex are numbers of their own kind. Subclasses of built-in types (named tuples, counters, int enums) are their
base type, bytearray is bytes, frozenset is set, as for `==`. Iterators that the interpreter made (generators, `map`,
`zip`) are driven and are all alike `iterator[...]`; instances of other classes are the name of the class, their fields,
and what a base written in C would pickle (of a subclass of `date`: the day). No method of a user's class is called. The
work is iterative and bounded in characters, so neither depth nor width nor cycles can hang it.
"""

from __future__ import annotations

import enum
import gc
import itertools
import math
import types
from collections import deque
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Render = Callable[[list[str]], str]
    Opened = str | tuple[Render, list[Any]]

MAX_CHARS = 64 * 1024
MAX_ITEMS = 1000
"""Items taken from an iterator; two that differ only after these are equal."""

_CYCLE_CHARS = 10
_DECIMAL_BITS = 2000  # longer ints are hexadecimal: decimal digits cost quadratic time and CPython limits them
_ITERATOR_MODULES = ("builtins", "itertools", "collections", "_collections")
_OPAQUE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.CoroutineType, types.CodeType)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


class ValueTooLargeError(ValueError):
    """The canonical text would be longer than allowed."""


def canonical(value: object, max_chars: int = MAX_CHARS, drive: bool = True) -> str:
    """Return the canonical text of `value`, ASCII only.

    Args:
        value: anything; iterators in it are consumed.
        max_chars: most characters of the text.
        drive: False leaves iterators as they are and writes only that one was there.

    Raises:
        ValueTooLargeError: the text would be longer than `max_chars`.
    """
    writer = _Writer(max_chars, drive)
    text = writer.text(value)
    writer.left = max_chars
    writer.need(len(text))  # while writing, brackets and names are counted roughly
    return text


class _Node:
    """A container that waits for the texts of its children."""

    def __init__(self, render: Render, count: int) -> None:
        self.render = render
        self.count = count


class _Writer:
    """Writes one value; `left` is the characters still to be had."""

    def __init__(self, max_chars: int, drive: bool) -> None:
        self.left = max_chars
        self.drive = drive

    def text(self, value: object) -> str:
        done: list[str] = []
        depths: dict[int, int] = {}  # of the containers that are open, by id
        todo: list[tuple[_Node | None, Any]] = [(None, value)]
        while todo:
            node, item = todo.pop()
            if node is not None:
                start = len(done) - node.count
                done[start:] = [node.render(done[start:])]
                del depths[id(item)]
                continue
            if id(item) in depths:
                self.spend(_CYCLE_CHARS)
                done.append(f"<cycle {len(depths) - depths[id(item)]}>")
                continue
            opened = self.open(item)
            if isinstance(opened, str):
                self.spend(len(opened))
                done.append(opened)
                continue
            render, children = opened
            self.spend(2 * len(children) + 2)
            depths[id(item)] = len(depths)
            todo.append((_Node(render, len(children)), item))
            todo.extend((None, child) for child in reversed(children))
        return done[0]

    def spend(self, chars: int) -> None:
        self.need(chars)
        self.left -= chars

    def need(self, chars: int) -> None:
        if chars > self.left:
            raise ValueTooLargeError("the value is too large to compare")

    def open(self, value: Any) -> Opened:
        """Return the text of a plain value, or how to write a container and what is in it."""
        kind = type(value)
        if value is None or value is Ellipsis or value is NotImplemented or kind is bool:
            return repr(value)
        if issubclass(kind, int):
            self.need(int.bit_length(value) // 4)
            return _int_text(value)
        if issubclass(kind, float):
            return _float_text(value)
        if issubclass(kind, str):
            self.need(str.__len__(value))
            return ascii(str.__str__(value))
        if issubclass(kind, (bytes, bytearray)):
            base = bytes if issubclass(kind, bytes) else bytearray
            self.need(base.__len__(value))
            return ascii(bytes(base.__getitem__(value, slice(None))))
        if kind is memoryview:
            self.need(value.nbytes)
            return ascii(value.tobytes())
        for base, render in _SEQUENCES:
            if issubclass(kind, base):
                self.need(2 * base.__len__(value))
                return render, list(base.__iter__(value))
        if issubclass(kind, dict):
            self.need(4 * dict.__len__(value))
            return _write_dict, [part for pair in dict.items(value) for part in pair]
        return self.open_number(kind, value) or self.open_other(kind, value)

    def open_number(self, kind: type, value: Any) -> Opened | None:
        if kind is complex:
            return f"complex({_float_text(value.real)}, {_float_text(value.imag)})"
        if issubclass(kind, Decimal):
            return _decimal_text(value)
        return None

    def open_other(self, kind: type, value: Any) -> Opened:
        name = _type_name(kind)
        if kind is range:
            return f"range({len(value)}, {value.start if value else 0}, {value.step if len(value) > 1 else 1})"
        if kind is slice:
            return _write_items("slice(", ")"), [value.start, value.stop, value.step]
        if issubclass(kind, type):
            return f"<class {_type_name(value)}>"
        if issubclass(kind, types.ModuleType) or kind in _OPAQUE:
            return f"<{name} {_plain_name(getattr(value, '__name__', ''))}>"
        if issubclass(kind, PurePath):  # its fields are caches, filled by being looked at
            return _write_items(name + "(", ")"), [PurePath.__str__(value)]
        if kind is types.MappingProxyType:
            return _write_items("mappingproxy(", ")"), gc.get_referents(value)
        if kind in _VIEWS:
            self.need(2 * len(value))
            return _write_items(name + "[", "]", sort=kind is not type({}.values())), list(value)
        if kind.__module__ == "numpy" or str(kind.__module__).startswith("numpy."):
            return self.open_numpy(kind, name, value)
        if kind.__module__ in _ITERATOR_MODULES and hasattr(kind, "__next__"):
            return self.open_iterator(value)
        return self.open_instance(kind, name, value)

    def open_numpy(self, kind: type, name: str, value: Any) -> Opened:
        if not hasattr(kind, "tolist"):
            return self.open_instance(kind, name, value)
        self.need(int(value.size))
        plain = value.tolist()
        if name == "ndarray":
            return _write_items("ndarray(", ")"), [plain]
        # A scalar that Python has no type for (longdouble) gives itself and must not be opened for ever.
        return f"<{name}>" if type(plain) is kind else self.open(plain)

    def open_iterator(self, value: Any) -> Opened:
        if not self.drive:
            return "<iterator>"
        items: list[Any] = []
        for item in itertools.islice(value, MAX_ITEMS):
            items.append(item)
            self.need(2 * len(items))
        return _write_items("iterator[", ", ...]" if len(items) == MAX_ITEMS else "]"), items

    def open_instance(self, kind: type, name: str, value: Any) -> Opened:
        fields = _fields(kind, value)
        if fields is None:
            return self.open_reduced(name, value)
        if issubclass(kind, enum.Enum):
            member = fields.get("_name_")
            if isinstance(member, str):
                return f"<{name} {_plain_name(member)}>"
            return _write_items(f"<{name} ", ">"), [fields.get("_value_")]  # several flags at once have no name
        if issubclass(kind, BaseException):
            fields["args"] = BaseException.__dict__["args"].__get__(value)
        else:
            fields.update(_native_state(kind, value))
        names = sorted(fields)
        self.spend(len(name) + sum(map(len, names)))
        return _write_instance(name, names), [fields[field] for field in names]

    def open_reduced(self, name: str, value: Any) -> Opened:
        """Open an instance of a class written in C (a date, an array) by what pickle would rebuild it from."""
        try:
            reduced = value.__reduce_ex__(2)
        except Exception:  # noqa: BLE001 - whatever a C class raises, there is nothing to be seen in it
            return f"<{name}>"
        parts = reduced[1:] if isinstance(reduced, tuple) else ()
        return _write_items(name + "(", ")"), [part for part in parts if part is not None]


def _int_text(value: int) -> str:
    return int.__format__(value, "d" if int.bit_length(value) <= _DECIMAL_BITS else "#x")


def _float_text(value: float) -> str:
    number = float.__add__(value, 0.0)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    text = float.__format__(number, ".9g")
    return _int_text(round(number)) if "e+" in text or number.is_integer() else text


def _decimal_text(value: Decimal) -> str:
    sign, digits, exponent = Decimal.as_tuple(value)
    minus = "-" if sign else ""
    if not isinstance(exponent, int):
        return f"Decimal({minus}inf)" if exponent == "F" else "Decimal(nan)"
    text = "".join(map(str, digits))
    stripped = text.rstrip("0")
    return f"Decimal({minus}{stripped}e{exponent + len(text) - len(stripped)})" if stripped else "Decimal(0)"


def _type_name(kind: type) -> str:
    return _plain_name(type.__dict__["__name__"].__get__(kind))


def _plain_name(name: object) -> str:
    """Return `name`, quoted where it is not a plain identifier, so that a class named `4` is not a 4."""
    return name if type(name) is str and name.isidentifier() and name.isascii() else ascii(str(name))


def _fields(kind: type, value: object) -> dict[str, Any] | None:
    """Return the fields of an instance without calling its attribute hooks, None where it can have none."""
    found: dict[str, Any] = {}
    slotted = False
    for base in type.__dict__["__mro__"].__get__(kind):
        names = type.__dict__["__dict__"].__get__(base)
        slotted = slotted or "__slots__" in names
        for name, member in list(names.items()):
            if type(member) is types.MemberDescriptorType and not name.startswith("__"):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    continue  # a slot that was never set
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return found if slotted or found else None
    if isinstance(own, dict):
        found.update((name, item) for name, item in dict.items(own) if type(name) is str)
    return found


def _native_state(kind: type, value: object) -> dict[str, Any]:
    """Return, as a field, the state that a base written in C keeps out of sight; no field where there is none."""
    for base in type.__dict__["__mro__"].__get__(kind)[:-1]:  # the last is `object`
        names = type.__dict__["__dict__"].__get__(base)
        for name, *arguments in (("__reduce_ex__", 2), ("__reduce__",), ("__getstate__",)):
            if type(names.get(name)) is types.MethodDescriptorType:
                try:
                    state = names[name](value, *arguments)
                except MemoryError:
                    raise
                except Exception:  # noqa: BLE001 - whatever a C class raises, there is nothing to be seen in it
                    return {}
                if isinstance(state, tuple) and name != "__getstate__":
                    state = state[1:]  # without the function that would rebuild it
                return {"()": state}
    return {}


def _write_items(opening: str, closing: str, sort: bool = False) -> Render:
    def write(parts: list[str]) -> str:
        return opening + ", ".join(sorted(parts) if sort else parts) + closing

    return write


def _write_tuple(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _write_set(parts: list[str]) -> str:
    return "{" + ", ".join(sorted(parts)) + "}" if parts else "set()"


def _write_dict(parts: list[str]) -> str:
    return "{" + ", ".join(sorted(f"{parts[at]}: {parts[at + 1]}" for at in range(0, len(parts), 2))) + "}"


def _write_instance(name: str, fields: list[str]) -> Render:
    def write(parts: list[str]) -> str:
        return "<" + " ".join([name, *(f"{_plain_name(fields[at])}={part}" for at, part in enumerate(parts))]) + ">"

    return write


_SEQUENCES: tuple[tuple[Any, Render], ...] = (
    (list, _write_items("[", "]")),
    (tuple, _write_tuple),
    (set, _write_set),
    (frozenset, _write_set),
    (deque, _write_items("deque(", ")")),
)
