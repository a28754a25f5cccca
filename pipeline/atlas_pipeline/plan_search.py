"""Searches over plans in prose instead of over programs: PlanSearch, arXiv 2409.03733.

    task -> first-order observations -> subsets of up to two -> second-order observations derived from each subset
         -> subsets of either order -> a plan for each -> (code from each plan: `generation.py`)

As in the authors' code, plans are made from subsets of the first-order observations and from subsets of what was derived
from one of them. Left out: the empty subset (plain samples are mixed in instead), the extra requests that filter and
format observations, and pseudocode between plan and code. The smallest size asks once for a few different approaches.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal

from atlas_pipeline.asking import Asker, Stage, side_by_side
from atlas_pipeline.engine.api import Completion, FinishReason
from atlas_pipeline.engine.thinking import TAGS
from atlas_pipeline.prompts import Role
from atlas_pipeline.records import Plan

MOST_ITEM_CHARACTERS = 800
MOST_SKETCH_CHARACTERS = 4000
"""Longer texts are no item and no sketch; they would crowd the task out of the context."""
SAME_PLAN = 0.8
"""Plans that share more than this part of their words (Jaccard index of the two sets) are one plan."""

_TEMPERATURE = 0.9
"""The paper's authors use 0.9 for all their requests."""
_FIRST_SEED = 300
_SEEDS = 200
"""Plans are sampled from seeds 300 to 499 of a solve. Two requests may share one: their prompts differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSizes:
    """How far to search."""

    plans: int
    """Most plans."""
    observations: int = 0
    """First-order observations to ask for. 0: none, one request lists `plans` approaches, and each is a plan."""
    subset: int = 2
    """Most observations that are combined."""
    derivations: int = 0
    """Most subsets to derive second-order observations from. 0: first order only."""
    derived: int = 0
    """Most second-order observations from one subset."""


PRESETS: dict[Literal["small", "medium", "paper"], PlanSizes] = {
    "small": PlanSizes(plans=4),
    "medium": PlanSizes(plans=6, observations=5, derivations=3, derived=3),
    "paper": PlanSizes(plans=200, observations=10, derivations=55, derived=5),
}
"""paper: ten observations give 10 + 45 subsets. How many observations are derived from each is up to the model there;
200 plans are what the paper's largest figure, pass@200, needs."""

ROLES: dict[Literal["small", "medium", "paper"], tuple[Role, ...]] = {
    "small": ("approaches", "code_from_plan"),
    "medium": ("observations", "combinations", "plan", "code_from_plan"),
    "paper": ("observations", "combinations", "plan", "code_from_plan"),
}
"""What the model has to know for each size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansFound:
    """What a search came to."""

    plans: tuple[Plan, ...]
    unreadable: int
    """Answers that held no list, or no plan."""
    duplicates: int
    """Plans left out because they say the same as an earlier one."""


async def search_plans(asker: Asker, sizes: PlanSizes, *, most: int) -> PlansFound:
    """Return different plans for the asker's task, at most `most`.

    Raises:
        EngineError: the model cannot be loaded or went away.
    """
    return await _Search(asker, sizes, min(most, sizes.plans)).run()


class _Search:
    """The state of one search."""

    def __init__(self, asker: Asker, sizes: PlanSizes, most: int) -> None:
        self._asker = asker
        self._sizes = sizes
        self._most = most
        self._rng = random.Random(asker.settings.seed)  # noqa: S311 - reproducible, no secret
        self._asked = 0
        self._unreadable = 0

    async def run(self) -> PlansFound:
        if self._most <= 0:
            return PlansFound(plans=(), unreadable=0, duplicates=0)
        plans = await self._approaches() if self._sizes.observations == 0 else await self._from_observations()
        different = distinct_plans(plans)
        return PlansFound(
            plans=tuple(different[: self._most]),
            unreadable=self._unreadable,
            duplicates=len(plans) - len(different),
        )

    async def _approaches(self) -> list[Plan]:
        (approaches,) = await self._lists("approaches", self._sizes.plans, [{}])
        return [Plan(observations=(), sketch=approach) for approach in approaches]

    async def _from_observations(self) -> list[Plan]:
        sizes = self._sizes
        (first,) = await self._lists("observations", sizes.observations, [{}])
        subsets = self._subsets(first)
        parents = subsets[: sizes.derivations]
        derived = await self._lists("combinations", sizes.derived, [{"observations": parent} for parent in parents])
        second = chain.from_iterable(self._subsets(observations) for observations in derived)
        leaves = _different_subsets([*subsets, *second])
        self._rng.shuffle(leaves)
        leaves = leaves[: self._most]
        answers = await self._ask("plan", [{"observations": leaf} for leaf in leaves])
        sketches = [read_sketch(answer.text) for answer in answers]
        self._unreadable += sketches.count("")
        return [Plan(observations=leaf, sketch=sketch) for leaf, sketch in zip(leaves, sketches, strict=True) if sketch]

    def _subsets(self, observations: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the subsets of one up to the allowed size, in random order."""
        sizes = range(1, min(self._sizes.subset, len(observations)) + 1)
        subsets = list(chain.from_iterable(combinations(observations, size) for size in sizes))
        self._rng.shuffle(subsets)
        return subsets

    async def _lists(self, role: Role, count: int, fields: Sequence[Mapping[str, object]]) -> list[list[str]]:
        """Ask for a list of up to `count` items once for each of `fields`; return the lists."""
        answers = await self._ask(role, [{"count": count, **each} for each in fields])
        lists = [read_list(answer.text, truncated=answer.finish is FinishReason.LENGTH) for answer in answers]
        self._unreadable += lists.count([])
        return [items[:count] for items in lists]

    async def _ask(self, role: Role, fields: Sequence[Mapping[str, object]]) -> list[Completion]:
        seeds = [_FIRST_SEED + (self._asked + number) % _SEEDS for number in range(len(fields))]
        self._asked += len(fields)
        return await side_by_side(
            [
                self._asker.ask(Stage.PLAN, role, temperature=_TEMPERATURE, seed=seed, fields=each)
                for seed, each in zip(seeds, fields, strict=True)
            ]
        )


def distinct_plans(plans: Iterable[Plan], *, same: float = SAME_PLAN) -> list[Plan]:
    """Return the plans without those whose sketch says the same as an earlier one's.

    Args:
        plans: in the order they are preferred.
        same: sketches whose word sets have a Jaccard index above this say the same.
    """
    kept: list[tuple[Plan, str, frozenset[str]]] = []
    for plan in plans:
        normal = _normalised(plan.sketch)
        words = frozenset(normal.split())
        if not any(normal == other or _jaccard(words, others) > same for _, other, others in kept):
            kept.append((plan, normal, words))
    return [plan for plan, _, _ in kept]


def _different_subsets(subsets: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the subsets without those that hold the same observations, in other words or another order."""
    seen: dict[frozenset[str], tuple[str, ...]] = {}
    for subset in subsets:
        seen.setdefault(frozenset(map(_normalised, subset)), subset)
    return list(seen.values())


def _normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


_NUMBERED = re.compile(
    r"""
    ^(?P<indent>[ \t]*) (?P<mark>\#{1,6}[ \t]+)? (?P<bold>\*\*)? [ \t]*
    (?P<word>(?:observation|approach|idea|insight|hint|method|option|solution|plan)[ \t]*\#?)?
    \(?(?P<number>\d{1,3})
    (?: (?P<closed>\*\*)?[.):\]] | (?:\*\*)?[ \t]+[-–—] | (?(word)(?=(?:\*\*)?[ \t]*$)|(?!)) )
    (?P<rest>[* \t].*)?$
    """,
    re.I | re.X,
)
_BULLET = re.compile(r"^(?P<indent>[ \t]*)[-*+•‣◦–—][ \t]+(?P<rest>\S.*)$")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
_FENCED_CODE = re.compile(
    r"^[ \t]*(```|~~~)[ \t]*(?:python|py)\b[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.S | re.M | re.I
)


def read_list(text: str, *, truncated: bool = False) -> list[str]:
    """Return the items of the list in a model's answer, each as one line without markup; none if there is no list.

    Numbered lists, headings with numbers ("### Observation 2") and bullets are understood, with prose before and after
    them, and so is a Python or JSON list of strings. Points below an item belong to it. Items that say the same are one.

    Args:
        text: what the model wrote, with its thinking or without.
        truncated: the model was cut off, so the last of several items is not complete.
    """
    answer = _without_thinking(text).replace("\r\n", "\n")
    literal = _literal_list(answer)
    if literal is not None:
        return _different_items(literal)
    lines = [line for line in _FENCED_CODE.sub("", answer).split("\n") if not _FENCE.match(line)]
    items = _items(lines, _NUMBERED) or _items(lines, _BULLET)
    if truncated and len(items) > 1:
        items.pop()
    return _different_items(items)


def read_sketch(text: str) -> str:
    """Return the plan in a model's answer, without thinking and without code; empty if there is none."""
    prose = _FENCED_CODE.sub("", _without_thinking(text).replace("\r\n", "\n"))
    prose = "\n".join(line.rstrip() for line in prose.split("\n") if not _FENCE.match(line)).strip()
    prose = re.sub(r"\n{3,}", "\n\n", prose)
    if len(prose) > MOST_SKETCH_CHARACTERS:
        # Not in the middle of a line, unless the plan is one.
        cut = prose.rfind("\n", 0, MOST_SKETCH_CHARACTERS)
        prose = prose[: cut if cut > 0 else MOST_SKETCH_CHARACTERS].rstrip()
    return prose if re.search(r"\w", prose) else ""


def _without_thinking(text: str) -> str:
    """Return the answer behind the thinking; empty if the thinking never ended."""
    for start, end in TAGS:
        if end in text:
            return text.rsplit(end, 1)[1]
        if text.lstrip().startswith(start):
            return ""
    return text


def _literal_list(answer: str) -> list[str] | None:
    found = re.search(r"^[ \t]*(?:\w+[ \t]*=[ \t]*)?(\[\s*[\"'].*[\"'],?\s*\])[ \t]*$", answer, re.S | re.M)
    if found is None or len(found[1]) > 100 * MOST_ITEM_CHARACTERS:
        return None
    try:
        value = ast.literal_eval(found[1])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _items(lines: Sequence[str], marker: re.Pattern[str]) -> list[str]:
    """Return the texts of the outermost items that `marker` finds."""
    found = [(number, match) for number, line in enumerate(lines) if (match := marker.match(line))]
    # "Approach 1" with numbered steps below it: the steps are part of the approach.
    found = [(number, match) for number, match in found if _is_heading(match)] or found
    if not found:
        return []
    least = min(_width(match["indent"]) for _, match in found)
    starts = [(number, match) for number, match in found if _width(match["indent"]) < least + 2]
    ends = [*(number for number, _ in starts[1:]), len(lines)]
    return [
        _item_text(match, lines[number + 1 : end], least) for (number, match), end in zip(starts, ends, strict=True)
    ]


def _is_heading(match: re.Match[str]) -> bool:
    return match.re is _NUMBERED and bool(match["mark"] or match["word"])


def _item_text(match: re.Match[str], below: Sequence[str], indent: int) -> str:
    """Return an item: its own line, points and indented text below it, and a first paragraph if the line is a title."""
    numbered = match.re is _NUMBERED
    own = (match["rest"] or "").strip()
    if numbered and match["bold"] and not match["closed"]:
        own = own.removeprefix("**").lstrip() if own.startswith("**") else f"**{own}"
    is_title = _is_heading(match) or not _plain(own) or bool(re.fullmatch(r"\*\*[^*]+\*\*:?|.*:", own))
    taken = [own]
    paragraph_open = True
    for line in below:
        if not line.strip():
            # A title's paragraph may come after an empty line; behind it, only points and indented lines belong here.
            paragraph_open = is_title and len(taken) == 1
            continue
        is_point = numbered and bool(_BULLET.match(line) or (_is_heading(match) and _NUMBERED.match(line)))
        belongs = _width(line[: len(line) - len(line.lstrip())]) >= indent + 2
        if not (belongs or is_point or paragraph_open):
            break
        paragraph_open = True
        taken.append(line.strip())
    return " ".join(taken)


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))


def _plain(item: str) -> str:
    """Return an item as one line without Markdown's emphasis, quotes around it, and a colon behind it."""
    item = re.sub(r"(?<!\w)\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\w)", r"\1", re.sub(r"\s+", " ", item)).strip()
    if len(item) > 1 and item[0] == item[-1] and item[0] in "\"'":
        item = item[1:-1]
    return item.strip(" :")


def _different_items(items: Iterable[str]) -> list[str]:
    plain = (_plain(item)[:MOST_ITEM_CHARACTERS].rstrip() for item in items)
    different: dict[str, str] = {}
    for item in plain:
        normal = _normalised(item)
        if normal:
            different.setdefault(normal, item)
    return list(different.values())
