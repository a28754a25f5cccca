"""Renders a GGUF's chat template. The template is code from a download (CVE-2024-34359): jinja2's sandbox, no loader.

Covered here: no access to attributes that lead out of the template, no change of the values given to it, a bounded
result. Not covered here: time and memory, which only a process can bound; see `template_process`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.ext import Extension
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEMPLATE_CHARS = 256 << 10
MAX_RENDERED_CHARS = 8 << 20


class TemplateRefusedError(Exception):
    """The template cannot be rendered, or tries what it may not."""


def render(template: str, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
    """Return the prompt for `messages`, ending where the assistant's answer begins.

    Raises:
        TemplateRefusedError: the template is too long, faulty, refuses these messages, or leaves the sandbox.
    """
    if len(template) > MAX_TEMPLATE_CHARS:
        raise TemplateRefusedError(f"it has {len(template):,} characters; at most {MAX_TEMPLATE_CHARS:,} are accepted")
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", GenerationTag]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    values = {"add_generation_prompt": True, **variables, "messages": messages}
    try:
        return _bounded(environment.from_string(template).generate(**values))
    except TemplateRefusedError:
        raise
    # A template can provoke any of Python's own errors; none of them is a fault of ours.
    except Exception as error:
        raise TemplateRefusedError(f"{type(error).__name__}: {error}") from error


def _bounded(pieces: Iterable[str]) -> str:
    taken: list[str] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size > MAX_RENDERED_CHARS:
            raise TemplateRefusedError(f"its result is longer than {MAX_RENDERED_CHARS:,} characters")
    return "".join(taken)


class GenerationTag(Extension):
    """`{% generation %}`: marks the assistant's text for training; here it stands for what it encloses."""

    tags = {"generation"}  # noqa: RUF012  (jinja2's own declaration)

    def parse(self, parser: Parser) -> list[Node]:
        """Return what stands between the tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


# The three below are what Hugging Face's `apply_chat_template` offers to templates.
def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _strftime_now(pattern: str) -> str:
    return datetime.now().strftime(pattern)
