"""`python -m atlas_pipeline.engine.template_worker`: renders chat templates within hard limits of time and memory.

One JSON object a line in, one out. What is covered: endless loops and huge values, in native code too, because the
kernel enforces the limits; files, because no descriptor is left to open one with. Ends with its standard input.
"""

from __future__ import annotations

import resource
import signal
import sys
from typing import Any

import jinja2.debug  # noqa: F401  (imported lazily by jinja2 when a template fails; no file can be opened by then)
import msgspec

from atlas_pipeline.engine.chat_template import TemplateRefusedError, render

RENDER_TIMEOUT_S = 2.0
MEMORY_BYTES = 512 << 20


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """A template and what to render it with."""

    template: str
    messages: list[dict[str, Any]]
    variables: dict[str, Any]


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The prompt, or why there is none."""

    text: str = ""
    error: str = ""


def main() -> None:
    """Render until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm_up()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    for line in sys.stdin.buffer:
        # No handler: the alarm ends the process, even inside one long native call.
        signal.setitimer(signal.ITIMER_REAL, RENDER_TIMEOUT_S)
        answer = msgspec.json.encode(_answer(line))
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _answer(line: bytes) -> Rendered:
    request = msgspec.json.decode(line, type=Rendering)
    try:
        return Rendered(text=render(request.template, request.messages, request.variables))
    except TemplateRefusedError as error:
        return Rendered(error=str(error)[:2000])


def _warm_up() -> None:
    """Import everything that rendering imports on first use."""
    for template in ("{{ [1] | tojson }}{{ strftime_now('%Y') }}", "{{ ''.__class__ }}", "{% if %}", "{{ 1 / 0 }}"):
        try:
            render(template, [], {})
        except TemplateRefusedError:
            continue


if __name__ == "__main__":
    main()
