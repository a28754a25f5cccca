"""How a classic is written down, and how its parameters are renamed.

Bodies, near misses and properties are ordinary Python over the first names of the parameters; phrasings, notes, plans
and thoughts name them in braces, `{n}`. Entries stay short by these rules:

* `says`: one phrasing a line. One that begins with a lower-case letter or a parameter is preceded by a verb ("Return",
  "Compute" …; "Check" … before "whether", "Find out" … before a question); one that begins with a capital stands as
  it is.
* `note`: what every phrasing needs said besides, such as what an empty list gives; ways to say it, separated by " | ".
* `bodies`, `wrong`: programs separated by a line `---`; a recursive one calls the function by the entry's key.
* `plan`: steps separated by " | ".
"""

from __future__ import annotations

import random
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atlas_pocket.classics.given import Given
from atlas_pocket.problem import Tier

_TOKEN = re.compile(
    r"""(?P<string>(?<!\w)[rbfRBF]{0,2}(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))|(?<![\w.])(?P<name>[A-Za-z_]\w*)"""
)
_FIELD = re.compile(r"\{(?P<expression>[^{}:]+)(?P<format>(?::(?:[^{}]|\{[^{}]*\})*)?)\}")
"""A field of an f-string; its expression holds no colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classic:
    """One classic function."""

    key: str
    tier: Tier
    names: str
    """What the function is likely called, separated by spaces."""
    given: tuple[Given, ...]
    returns: str
    says: str
    note: str = ""
    bodies: str
    wrong: str
    reference: Callable[..., Any]
    draw: Callable[[random.Random], tuple[Any, ...]] | None = None
    """Draws all arguments where they depend on each other; None where each parameter draws its own."""
    plan: str
    steps: Callable[..., Sequence[Any]] | None = None
    """From the arguments, the values between them and the answer; None where there are none to follow."""
    properties: tuple[str, ...] = ()
    thought: str = ""

    def phrasings(self) -> list[str]:
        """Return the phrasings, without the note."""
        return [line.strip() for line in self.says.strip().splitlines()]

    def notes(self) -> list[str]:
        """Return the ways to say the note; one empty string where there is none."""
        return self.note.split(" | ")

    def arguments(self, rng: random.Random) -> tuple[Any, ...]:
        """Draw the arguments of a call."""
        if self.draw is not None:
            return self.draw(rng)
        return tuple(given.draw(rng) for given in self.given)


def programs(text: str) -> list[str]:
    """Split `bodies` or `wrong` into bodies indented by four spaces."""
    parts = re.split(r"^\s*---\s*$", text, flags=re.MULTILINE)
    return [textwrap.indent(textwrap.dedent(part).strip("\n").rstrip(), "    ") for part in parts]


def renamed(source: str, names: Mapping[str, str]) -> str:
    """Rename variables of Python source, those in the fields of f-strings too; attributes and strings stay."""

    def rename_field(field: re.Match[str]) -> str:
        return f"{{{renamed(field['expression'], names)}{_FIELD.sub(rename_field, field['format'])}}}"

    def rename(match: re.Match[str]) -> str:
        if (name := match["name"]) is not None:
            return names.get(name, name)
        text = match["string"]
        return _FIELD.sub(rename_field, text) if _is_formatted(text) else text

    return _TOKEN.sub(rename, source)


def identifiers(source: str) -> set[str]:
    """Return every name of Python source that another might clash with."""
    found = set()
    for match in _TOKEN.finditer(source):
        if match["name"] is not None:
            found.add(match["name"])
        elif _is_formatted(match["string"]):
            for field in re.findall(r"\{([^{}]+)", match["string"]):
                found |= identifiers(field)
    return found


def _is_formatted(literal: str) -> bool:
    return "f" in literal.split(literal[-1], 1)[0].lower()


def filled(text: str, names: Mapping[str, str], *, quote: str = "") -> str:
    """Put the parameters' names in place of their braces."""
    return re.sub(r"\{(\w+)\}", lambda match: f"{quote}{names.get(match[1], match[0])}{quote}", text)
