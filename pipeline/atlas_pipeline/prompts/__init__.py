"""Prompt templates, in named profiles: `chat` for instruct models, `pocket` for the bundled one.

A profile is a folder: `profile.toml` says which roles its models know and which perturbations they take, and there is
one Jinja template per role. An undefined name in a template is an error, so a renamed field cannot silently vanish from
a prompt. `VERSION` goes into every result: raise it with every change of wording (`digest` changes with it).

Every prompt begins with the task's text, the same in all roles, so that the engine decodes it once for a whole solve.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jinja2 import Environment, Template

VERSION = 5

Profile = Literal["chat", "pocket"]
Role = Literal[
    "code",
    "repair",
    "approaches",
    "observations",
    "combinations",
    "plan",
    "code_from_plan",
    "tests",
    "inputs",
    "properties",
    "judge",
]

PerturbationKind = Literal["role", "instruction", "style"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """A sentence that changes how a function is written, not what it should do."""

    kind: PerturbationKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFacts:
    """What the models of a profile understand."""

    roles: frozenset[Role]
    perturbations: tuple[Perturbation, ...]
    """Empty: they take none."""
    perspectives: Mapping[str, str]
    """Sentences that say from where a repair looks at a wrong body, by name. Empty: they take none."""
    thinking: bool
    """Whether those that can think should, where the settings leave it open."""
    plans: bool
    """Whether the router may have them write from plans."""


@lru_cache(maxsize=8)
def facts(profile: Profile) -> ProfileFacts:
    """Return what the models of `profile` understand."""
    read = tomllib.loads((files(__name__) / profile / "profile.toml").read_text(encoding="utf-8"))
    return ProfileFacts(
        roles=frozenset(read["roles"]),
        perturbations=tuple(Perturbation(**entry) for entry in read.get("perturbations", ())),
        perspectives=read.get("perspectives", {}),
        thinking=read["thinking"],
        plans=read["plans"],
    )


def supports(profile: Profile, role: Role) -> bool:
    """Return whether the models of `profile` know `role`; what they do not know is not asked of them."""
    return role in facts(profile).roles


def render(profile: Profile, role: Role, **fields: object) -> str:
    """Render the user message of `role`.

    Raises:
        LookupError: the profile does not know the role; ask `supports` first.
        jinja2.UndefinedError: a field the template names was not given.
    """
    if not supports(profile, role):
        known = ", ".join(sorted(facts(profile).roles))
        raise LookupError(f"the prompt profile {profile!r} has no role {role!r}; it has {known}")
    return _template(profile, role).render(**fields).rstrip("\n")


def digest(profile: Profile, roles: Iterable[Role] | None = None) -> str:
    """Return a hash over the profile's templates and facts, 16 hexadecimal digits; with `roles`, over theirs alone.

    A model that was trained on a profile's wording keeps the second one: other roles may come and change.
    """
    wanted = None if roles is None else {f"{role}.jinja" for role in roles}
    hashed = hashlib.sha256()
    for file in sorted((files(__name__) / profile).iterdir(), key=lambda file: file.name):
        if file.name.endswith((".jinja", ".toml")) if wanted is None else file.name in wanted:
            # Line ends depend on how the file was checked out; they do not reach the prompt.
            text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            hashed.update(f"{file.name}\0{text}\0".encode())
    if wanted is not None and "repair.jinja" in wanted:
        hashed.update(repr(sorted(facts(profile).perspectives.items())).encode())
    return hashed.hexdigest()[:16]


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
