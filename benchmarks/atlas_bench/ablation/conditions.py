"""The conditions that are compared, each a change of the settings of `solve`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from atlas_pipeline.settings import LensSettings, SolveSettings, StageThinking, ThinkingBudget, ThinkingSettings

GREEDY = 1e-4
"""Temperature of a single answer: the settings know no 0, because samples that are all alike agree about nothing."""
MOST_SAMPLES = 64
"""Of plain resampling, where tokens are the limit."""
HOPELESS = 0.15
"""P(right) by the Lens below which condition S draws no more: of five tried on training tasks the one that loses least for
each sample saved (benchmarks/RESULTS.md)."""
_BARE: Mapping[str, object] = {
    "test_samples": 0,
    "input_samples": 0,
    "property_samples": 0,
    "mutants": 0,
    "s_star": False,
}
_CAPPED = ThinkingBudget(mode="capped")
_THINKING = ThinkingSettings(full=StageThinking(code=_CAPPED))
_DIVERSE: Mapping[str, object] = {
    "tier": "full",
    "planned_share": 0.5,
    "perturbed_share": 0.5,
    "thinking": ThinkingSettings(full=StageThinking(code=_CAPPED, tests=_CAPPED, judge=_CAPPED, repair=_CAPPED)),
}
_NO_LENS = LensSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One way to solve."""

    name: str
    says: str
    changes: Mapping[str, object]
    as_many_tokens_as: str = ""
    """The condition whose tokens on the same task and seed are the budget of this one."""
    thinks: bool = False
    """Only for models that think."""
    lens: LensSettings = _NO_LENS
    """What the Lens is used for; a condition that uses it is only for models that have one."""

    def settings(self, settings: SolveSettings, *, seed: int, budget: int = 0) -> SolveSettings:
        """Return the settings of one solve."""
        limited = {"token_budget": budget} if budget else {}
        return msgspec.structs.replace(settings, **{**self.changes, **limited, "seed": seed})


CONDITIONS: dict[str, Condition] = {
    condition.name: condition
    for condition in (
        Condition(
            name="A",
            says="one greedy answer",
            changes={**_BARE, "samples": 1, "first_samples": 1, "resamples": 0, "temperature": GREEDY},
        ),
        Condition(
            name="A'",
            says="one greedy answer, thinking",
            changes={
                **_BARE,
                "samples": 1,
                "first_samples": 1,
                "resamples": 0,
                "temperature": GREEDY,
                "tier": "full",
                "thinking": _THINKING,
            },
            thinks=True,
        ),
        Condition(name="P", says="the defaults: plain samples, self-written tests, selection", changes={}),
        Condition(
            name="C",
            says="P with the Lens, where evidence is equal or nothing is given",
            changes={},
            lens=LensSettings(selection="weak"),
        ),
        Condition(
            name="S",
            says="P, with no more samples where the Lens gives none a chance",
            changes={},
            lens=LensSettings(stop_below=HOPELESS),
        ),
        Condition(name="B", says="P with plans, perturbed prompts and thinking budgets", changes=_DIVERSE),
        Condition(name="D", says="B with repairs", changes={**_DIVERSE, "repair_rounds": 1}),
        Condition(
            name="E",
            says="the router chooses",
            changes={"route": "auto"},
        ),
        Condition(
            name="F",
            says="E with the Lens in the router's estimate",
            changes={"route": "auto"},
            lens=LensSettings(route=True),
        ),
        Condition(
            name="R",
            says="plain samples for as many tokens as E, chosen by examples and agreement",
            changes={
                **_BARE,
                "first_samples": MOST_SAMPLES,
                **dict.fromkeys(("samples", "unchecked_samples"), MOST_SAMPLES),
            },
            as_many_tokens_as="E",
        ),
    )
}
"""In the order in which they run: a condition comes after the one whose tokens it may use."""


def chosen(names: str, *, thinks: bool, no_lens: str = "") -> tuple[list[Condition], list[str]]:
    """Return the conditions that are named, in their order, and why others are left out.

    Args:
        names: separated by commas; empty for all.
        thinks: whether the model thinks.
        no_lens: why the model has no Lens; empty where it has one.

    Raises:
        ValueError: a name is unknown, or a condition is named without the one whose tokens it may use.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()] or list(CONDITIONS)
    if unknown := [name for name in wanted if name not in CONDITIONS]:
        raise ValueError(f"there is no condition {', '.join(unknown)}; there are {', '.join(CONDITIONS)}")
    found, left_out = [], []
    for name, condition in CONDITIONS.items():
        if name not in wanted:
            continue
        if condition.thinks and not thinks:
            left_out.append(f"{name}: this model does not think")
            continue
        if condition.lens.is_used and no_lens:
            left_out.append(f"{name}: {no_lens}")
            continue
        if condition.as_many_tokens_as and condition.as_many_tokens_as not in wanted:
            raise ValueError(f"{name} may use as many tokens as {condition.as_many_tokens_as}: run that, too")
        found.append(condition)
    return found, left_out
