"""Writes a `Spec` as the body of a Python function, in the styles people use."""

from __future__ import annotations

from typing import Literal

from atlas_pocket.world import Spec

Style = Literal["comprehension", "steps", "loop"]
STYLES: tuple[Style, ...] = ("comprehension", "steps", "loop")

_LIST_TO_ANSWER = {
    "sum": "sum({})",
    "count": "len({})",
    "distinct": "len(set({}))",
    "minimum": "min({})",
    "maximum": "max({})",
    "first": "{}[0]",
    "list": "{}",
    "ascending": "sorted({})",
    "descending": "sorted({}, reverse=True)",
    "reversed": "{}[::-1]",
    "sortedset": "sorted(set({}))",
}


def body(spec: Spec, *, items: str, style: Style) -> str:
    """Return the body, indented by four spaces. `items` is the name of the list parameter."""
    x = "v" if items == "x" or spec.bound == "x" else "x"
    condition = spec.filter.code.format(x=x, c=spec.bound)
    value = spec.map.code.format(x=x)
    if spec.reduction.name == "product" and style == "comprehension":
        style = "loop"
    match style:
        case "comprehension":
            lines = _comprehension(spec, items, x, condition, value)
        case "steps":
            lines = _steps(spec, items, x, condition, value)
        case "loop":
            lines = _loop(spec, items, x, condition, value)
    return "\n".join("    " + line for line in lines)


def _generator(items: str, x: str, condition: str, value: str) -> str:
    return f"{value} for {x} in {items}" + (f" if {condition}" if condition else "")


def _comprehension(spec: Spec, items: str, x: str, condition: str, value: str) -> list[str]:
    inner = _generator(items, x, condition, value)
    name = spec.reduction.name
    if name in ("minimum", "maximum") and spec.has_default:
        return [f"return {name[:3]}(({inner}), default={spec.default})"]
    if name == "first" and spec.has_default:
        return [f"return next(({inner}), {spec.default})"]
    if name in ("sum", "minimum", "maximum", "ascending"):
        return [f"return {_LIST_TO_ANSWER[name].format(inner)}"]
    if name == "descending":
        return [f"return sorted(({inner}), reverse=True)"]
    if name == "distinct":
        return [f"return len({{{inner}}})"]
    if name == "sortedset":
        return [f"return sorted({{{inner}}})"]
    return [f"return {_LIST_TO_ANSWER[name].format(f'[{inner}]')}"]


def _steps(spec: Spec, items: str, x: str, condition: str, value: str) -> list[str]:
    lines: list[str] = []
    last = items
    if condition:
        lines.append(f"kept = [{x} for {x} in {last} if {condition}]")
        last = "kept"
    if value != x:
        lines.append(f"mapped = [{value} for {x} in {last}]")
        last = "mapped"
    if last == items:
        lines.append(f"kept = list({items})")
        last = "kept"
    return lines + _finish(spec, last)


def _finish(spec: Spec, last: str) -> list[str]:
    if spec.reduction.name == "product":
        return ["result = 1", f"for y in {last}:", "    result *= y", "return result"]
    guard = [f"if not {last}:", f"    return {spec.default}"] if spec.has_default else []
    return [*guard, f"return {_LIST_TO_ANSWER[spec.reduction.name].format(last)}"]


def _loop(spec: Spec, items: str, x: str, condition: str, value: str) -> list[str]:
    step = {
        "sum": ("result = 0", f"result += {value}"),
        "product": ("result = 1", f"result *= {value}"),
        "count": ("result = 0", "result += 1"),
    }.get(spec.reduction.name, ("result = []", f"result.append({value})"))
    lines = [step[0], f"for {x} in {items}:"]
    if condition:
        lines += [f"    if {condition}:", f"        {step[1]}"]
    else:
        lines += [f"    {step[1]}"]
    if step[0] != "result = []":
        return [*lines, "return result"]
    return lines + _finish(spec, "result")
