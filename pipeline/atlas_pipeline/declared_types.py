"""Tells whether a value is of a declared type, for the types that literals can have. What is not understood is not."""

from __future__ import annotations

import ast

_ANY = frozenset(("Any", "object"))
_PLAIN: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "complex": (int, float, complex),
    "bool": (bool,),
    "str": (str,),
    "bytes": (bytes,),
    "None": (type(None),),
}
_LISTS: dict[str, tuple[type, ...]] = {
    "list": (list,),
    "List": (list,),
    "set": (set,),
    "Set": (set,),
    "frozenset": (frozenset,),
    "Sequence": (list, tuple),
    "Iterable": (list, tuple, set),
    "Collection": (list, tuple, set),
}
_MAPPINGS = frozenset(("dict", "Dict", "Mapping"))
_TUPLES = frozenset(("tuple", "Tuple"))


def conforms(value: object, annotation: ast.expr) -> bool:
    """Tell whether `value` is of the type that an annotation declares."""
    if isinstance(annotation, ast.Constant):
        if isinstance(annotation.value, str):
            return _by_text(value, annotation.value)
        return annotation.value is None and value is None
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return conforms(value, annotation.left) or conforms(value, annotation.right)
    name = _name(annotation.value if isinstance(annotation, ast.Subscript) else annotation)
    if not isinstance(annotation, ast.Subscript):
        return _plain(value, name)
    inner = annotation.slice
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Optional":
        return value is None or conforms(value, parts[0])
    if name == "Union":
        return any(conforms(value, part) for part in parts)
    if name == "Literal":
        return any(isinstance(part, ast.Constant) and part.value == value for part in parts)
    if name in _LISTS:
        return isinstance(value, _LISTS[name]) and all(conforms(item, parts[0]) for item in _items(value))
    if name in _MAPPINGS and len(parts) == 2:
        return isinstance(value, dict) and all(
            conforms(key, parts[0]) and conforms(item, parts[1]) for key, item in value.items()
        )
    if name in _TUPLES and isinstance(value, tuple):
        if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is Ellipsis:
            return all(conforms(item, parts[0]) for item in value)
        return len(value) == len(parts) and all(conforms(i, p) for i, p in zip(value, parts, strict=True))
    return False


def _plain(value: object, name: str) -> bool:
    if name in _ANY:
        return True
    if name in _PLAIN:
        return isinstance(value, _PLAIN[name]) and (name == "bool" or not isinstance(value, bool))
    if name in _LISTS:
        return isinstance(value, _LISTS[name])
    if name in _MAPPINGS:
        return isinstance(value, dict)
    return name in _TUPLES and isinstance(value, tuple)


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


def _by_text(value: object, text: str) -> bool:
    try:
        return conforms(value, ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return False


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
