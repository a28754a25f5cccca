"""Prompt templates, in named profiles: `chat` for instruct models, `pocket` for the bundled one.

A profile is a folder of Jinja templates, one per role. An undefined name in a template is an error, so a renamed field
cannot silently vanish from a prompt. `VERSION` goes into every result: raise it with every change of wording.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jinja2 import Environment, Template

VERSION = 1

Profile = Literal["chat", "pocket"]
Role = Literal["code", "tests", "repair"]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # imported late: the server starts without it

    # The templates are our own and render plain text for a model, so HTML escaping would corrupt code.
    return Environment(
        loader=PackageLoader("atlas_pipeline", "prompts"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        keep_trailing_newline=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=64)
def _template(profile: Profile, role: Role) -> Template:
    return _environment().get_template(f"{profile}/{role}.jinja")


def render(profile: Profile, role: Role, **fields: object) -> str:
    """Render the user message of `role`.

    Raises:
        jinja2.UndefinedError: a field the template names was not given.
        jinja2.TemplateNotFound: the profile has no such role.
    """
    return _template(profile, role).render(**fields)
