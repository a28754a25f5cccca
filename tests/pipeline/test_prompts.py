"""Prompts: what the templates need, their version, and the `chat` profile in the chat templates of real models.

`ATLAS_WRITE_GOLDEN=1 pytest tests/pipeline/test_prompts.py` writes the golden files anew; read the difference before
committing it. If the wording changed, it first wants a higher `prompts.VERSION`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, PackageLoader, UndefinedError, meta
from scripted import ScriptedEngine

from atlas_pipeline import prompts
from atlas_pipeline.asking import Asker, Stage, side_by_side
from atlas_pipeline.div_sampling import Draw
from atlas_pipeline.engine import chat_template
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, FinishReason, Thinking
from atlas_pipeline.engine.client import connect
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.settings import (
    EngineSettings,
    SolveSettings,
    StageThinking,
    ThinkingBudget,
    ThinkingSettings,
    parse_settings,
)

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = Path(__file__).parent / "data" / "chat_templates"
MODELS = {
    "qwen2.5": "Qwen-Qwen2.5-7B-Instruct",
    "qwen3": "Qwen-Qwen3-0.6B",
    "qwen3-coder": "Qwen3-Coder",
    "qwen3.5": "Qwen3.5-4B",
}
THINKER = Path(__file__).parents[1] / "engine" / "data" / "thinker.gguf"
WRITE = os.environ.get("ATLAS_WRITE_GOLDEN") == "1"

PROFILES = get_args(prompts.Profile)
ROLES = get_args(prompts.Role)

SOURCE = '''class Queue:
    @staticmethod
    def merged(first: list[int], second: list[int]) -> list[int]:
        """Merge two sorted lists into one.

        >>> Queue.merged([1, 4], [2])
        [1, 2, 4]
        """
'''
CONTEXT = '''import heapq


class Queue:
    """A queue of jobs."""

    @property
    def size(self) -> int: ...


# jobs.py
LIMIT = 8'''
"""Given, so that the golden files do not change with what the product finds around a function."""

FIELDS: dict[str, dict[str, object]] = {
    "code": {},
    "repair": {
        "body": "return first + second",
        "failure": "Queue.merged([1, 4], [2]) gives [1, 4, 2], expected [1, 2, 4]",
        "perspective": "Follow the failing call through the body step by step.",
        "tried": [
            {
                "body": "return second + first",
                "failure": "Queue.merged([1, 4], [2]) gives [2, 1, 4], expected [1, 2, 4]",
            }
        ],
    },
    "approaches": {"count": 4},
    "observations": {"count": 5},
    "combinations": {"count": 3, "observations": ("Both lists are sorted.", "Either may be empty.")},
    "plan": {"observations": ("Both lists are sorted.", "Either may be empty.")},
    "code_from_plan": {
        "observations": ("Both lists are sorted.", "Either may be empty."),
        "sketch": "Keep an index into each list.\nTake the smaller head until one list ends, then the rest of the other.",
    },
    "tests": {},
    "inputs": {},
    "properties": {},
    "judge": {"call": "Queue.merged([1], [1])", "output_a": "[1, 1]", "output_b": "[1]"},
}
"""What each role is given beside the task's own fields."""


FIRST_ROLES = ("code", "tests", "repair")
"""What the first pocket model was trained on."""


def asker(
    profile: prompts.Profile = "chat",
    *,
    thinks: bool = False,
    roles: tuple[str, ...] | None = None,
    **settings: object,
) -> tuple[Asker, ScriptedEngine]:
    document = Document(SOURCE)
    task = replace(make_task(document, document.named("Queue.merged")), context=CONTEXT)
    capabilities = Capabilities(
        model="m",
        model_hash="0" * 16,
        n_ctx=4096,
        n_embd=0,
        prompt_profile=profile,
        thinking=thinks,
        embeddings=False,
        roles=roles,
    )
    engine = ScriptedEngine(lambda prompt, sampling: "answer")
    return Asker(task, engine, capabilities, SolveSettings(**settings)), engine


def prompts_of_a_solve() -> dict[str, str]:
    """One prompt for each role, and the code prompt with a perturbation."""
    one, _ = asker()
    written = {role: one.prompt(role, FIELDS[role]) for role in ROLES}
    perturbed = Draw(temperature=0.8, perturbation=prompts.facts("chat").perturbations[0])
    return written | {"code, perturbed": one.prompt("code", perturbed.fields(SolveSettings()))}


def rendered(model: str, prompt: str, thinking: Thinking | None) -> str:
    """What the engine makes of a prompt: see `http_app`, which sets the same variable."""
    template = (TEMPLATES / f"{MODELS[model]}.jinja").read_text(encoding="utf-8")
    variables = {} if thinking is None else {"enable_thinking": thinking.max != 0}
    return chat_template.render(template, [{"role": "user", "content": prompt}], variables)


def common_prefix(texts: list[str]) -> str:
    """What all texts begin with, in whole characters."""
    same = [len(set(column)) == 1 for column in zip(*texts, strict=False)]
    return texts[0][: (*same, False).index(False)]


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if WRITE:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no golden file {name}: {__doc__}"
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; {__doc__}"


def test_wording_does_not_change_without_a_new_version() -> None:
    path = GOLDEN / "versions.json"
    now = {"version": prompts.VERSION, **{profile: prompts.digest(profile) for profile in PROFILES}}
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"version": 0}
    changed = [profile for profile in PROFILES if now[profile] != known.get(profile)]
    if changed:
        assert known["version"] < prompts.VERSION, f"the prompts of {changed} changed: raise prompts.VERSION"
    if WRITE:
        path.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    else:
        assert now == known, f"the prompts have a new version: {__doc__}"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_template_for_each_of_its_roles_and_no_others(profile: prompts.Profile) -> None:
    folder = Path(prompts.__file__).parent / profile
    files = {path.stem for path in folder.glob("*.jinja") if not path.name.startswith("_")}
    assert files == set(prompts.facts(profile).roles)
    assert set(prompts.facts(profile).roles) <= set(ROLES)


def test_both_profiles_know_every_role_and_one_takes_sentences_beside_the_task() -> None:
    assert prompts.facts("chat").roles == set(ROLES)
    assert prompts.facts("pocket").roles == set(ROLES)
    assert prompts.facts("pocket").perturbations == ()
    assert list(prompts.facts("pocket").perspectives) == ["logic", "completeness", "assumptions", "alternatives"]
    assert {each.kind for each in prompts.facts("chat").perturbations} == set(get_args(prompts.PerturbationKind))


def test_roles_a_model_was_not_trained_for_are_never_rendered() -> None:
    one, engine = asker("pocket", roles=FIRST_ROLES)
    assert one.supports("code", "tests")
    assert not one.supports("code", "plan")
    with pytest.raises(LookupError, match="not trained for the role 'plan'; it knows code, repair, tests"):
        one.prompt("plan", {"observations": ()})
    assert engine.asked == []
    every, _ = asker("pocket")
    assert every.supports(*ROLES)


def test_a_digest_over_roles_changes_with_their_templates_alone() -> None:
    digests = [
        prompts.digest("pocket", roles) for roles in (("plan",), ("code_from_plan",), ("plan", "code"), ("repair",))
    ]
    assert len(set(digests)) == len(digests)
    assert prompts.digest("pocket", ("code", "plan")) == prompts.digest("pocket", ("plan", "code"))
    assert prompts.digest("pocket", ()) != prompts.digest("pocket")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("role", ROLES)
def test_no_field_can_go_missing(profile: prompts.Profile, role: prompts.Role) -> None:
    if not prompts.supports(profile, role):
        with pytest.raises(LookupError):
            prompts.render(profile, role)
        return
    with pytest.raises(UndefinedError):
        prompts.render(profile, role)
    one, _ = asker(profile)
    for name in FIELDS[role]:
        if name in fields_named_by(profile, role):
            with pytest.raises(UndefinedError, match=name):
                one.prompt(role, {key: value for key, value in FIELDS[role].items() if key != name})


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_given_what_its_template_names_and_nothing_else(role: prompts.Role) -> None:
    common = {"task", "decorators", "context", "name", "parameters", "front", "back"}
    assert fields_named_by("chat", role) - common == set(FIELDS[role])


def fields_named_by(profile: str, role: str) -> set[str]:
    """The fields of a template and of what it includes."""
    environment = Environment(loader=PackageLoader("atlas_pipeline", "prompts"), autoescape=False)
    assert environment.loader is not None
    tree = environment.parse(environment.loader.get_source(environment, f"{profile}/{role}.jinja")[0])
    included = [
        name.removeprefix(f"{profile}/").removesuffix(".jinja") for name in meta.find_referenced_templates(tree) if name
    ]
    return set(meta.find_undeclared_variables(tree)).union(*(fields_named_by(profile, name) for name in included))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
        lambda text: text.strip("\n") == text
    )
)
def test_text_reaches_the_prompt_unchanged(text: str) -> None:
    """Braces, quotes and angle brackets in code are not markup."""
    fields = {"decorators": "", "context": "", "name": "f", "parameters": "", "front": "", "back": ""}
    assert f"```python\n{text}\n```" in prompts.render("chat", "code", task=text, **fields)


def test_the_first_pocket_prompts_stay_as_they_were() -> None:
    fields = {
        "task": 'def f(x):\n    """Do."""',
        "name": "f",
        "parameters": "x",
        "decorators": "",
        "context": "import os",
    }
    head = 'def f(x):\n    """Do."""\n\n'
    assert prompts.render("pocket", "code", **fields) == head + "Write the body of f(x)."
    assert prompts.render("pocket", "tests", **fields) == head + "Write tests for f(x)."
    wrong = {"body": "    return 1", "failure": "f(1) gives 1, expected 2", **fields}
    repair = prompts.render("pocket", "repair", perspective="", **wrong)
    assert repair == head + "This body is wrong:\n    return 1\nf(1) gives 1, expected 2\n\nFix the body of f(x)."
    looking = prompts.render("pocket", "repair", perspective="Look.", **wrong)
    assert looking == repair.replace("expected 2\n", "expected 2\nLook.\n")


@pytest.mark.parametrize("thinking", ["on", "off"])
@pytest.mark.parametrize("model", MODELS)
def test_chat_prompts_in_the_templates_of_real_models(model: str, thinking: str) -> None:
    budget = Thinking(max=0 if thinking == "off" else 2048)
    sections = [
        f"################ {role}\n{rendered(model, prompt, budget)}\n" for role, prompt in prompts_of_a_solve().items()
    ]
    check_golden(f"{model}_thinking_{thinking}.txt", "".join(sections))


def test_how_real_templates_switch_thinking() -> None:
    """The endings that the golden files show, stated once."""
    endings = {
        (model, budget): rendered(model, "Hi", bounds).rpartition("<|im_start|>assistant\n")[2]
        for model in MODELS
        for budget, bounds in (("none", None), ("off", Thinking(max=0)), ("on", Thinking(max=9)))
    }
    closed = "<think>\n\n</think>\n\n"
    assert {key: ending for key, ending in endings.items() if ending} == {
        ("qwen3", "off"): closed,
        ("qwen3.5", "none"): "<think>\n",
        ("qwen3.5", "off"): closed,
        ("qwen3.5", "on"): "<think>\n",
    }


@pytest.mark.parametrize("model", MODELS)
def test_all_prompts_of_a_solve_begin_with_the_whole_task(model: str) -> None:
    """So the engine decodes the task once for all stages."""
    texts = [rendered(model, prompt, Thinking(max=0)) for prompt in prompts_of_a_solve().values()]
    task = asker()[0].task
    shared = common_prefix(texts)
    assert f"```python\n{task.decorators}\n{task.header}\n```" in shared
    assert task.context in shared


def test_in_front_a_perturbation_leaves_no_common_prefix() -> None:
    settings = SolveSettings(perturbation_position="front")
    one, _ = asker()
    perturbations = prompts.facts("chat").perturbations[:5:4]  # a role and an instruction
    texts = [one.prompt("code", Draw(temperature=1.0, perturbation=each).fields(settings)) for each in perturbations]
    assert common_prefix(texts) == ""
    assert all(one.task.header in text and each.text in text for text, each in zip(texts, perturbations, strict=True))


def test_prompts_are_tidy() -> None:
    for role, prompt in prompts_of_a_solve().items():
        assert prompt == prompt.strip(), role
        assert "\n\n\n" not in prompt.replace(asker()[0].task.context, ""), role
        assert not any(line != line.rstrip() for line in prompt.split("\n")), role


# Thinking budgets of the stages.


@pytest.mark.parametrize("tier", ["fast", "full"])
async def test_nothing_is_sent_to_a_model_that_does_not_think(tier: str) -> None:
    one, engine = asker(tier=tier)
    for stage in Stage:
        await one.ask(stage, "code", temperature=0.5, seed=1)
    assert [sampling.thinking for _, sampling in engine.asked] == [None] * len(Stage)
    assert {sampling.max_tokens for _, sampling in engine.asked} == {768}


async def test_the_fast_tier_does_not_think() -> None:
    one, engine = asker(thinks=True)
    for stage in Stage:
        await one.ask(stage, "code", temperature=0.5, seed=1)
    assert {sampling.thinking for _, sampling in engine.asked} == {Thinking(max=0)}
    assert {sampling.max_tokens for _, sampling in engine.asked} == {768}


async def test_the_full_tier_caps_thinking_and_leaves_room_for_the_answer() -> None:
    one, engine = asker(thinks=True, tier="full", max_tokens=500)
    for stage in Stage:
        await one.ask(stage, "code", temperature=0.5, seed=1)
    asked = dict(zip(Stage, (sampling for _, sampling in engine.asked), strict=True))
    assert asked.pop(Stage.PLAN).thinking == Thinking(max=0)
    assert {sampling.thinking for sampling in asked.values()} == {Thinking(max=2048)}
    assert {sampling.max_tokens for sampling in asked.values()} == {2548}


async def test_the_bundled_model_thinks_only_where_it_is_told_to() -> None:
    one, _ = asker("pocket", thinks=True, tier="full")
    assert {one.thinking(stage) for stage in Stage} == {Thinking(max=0)}
    capped = ThinkingSettings(full=StageThinking(code=ThinkingBudget(mode="capped", max_tokens=64)))
    told, _ = asker("pocket", thinks=True, tier="full", thinking=capped)
    assert told.thinking(Stage.CODE) == Thinking(max=64)


async def test_extended_thinking_is_set_for_one_stage() -> None:
    budget = ThinkingBudget(mode="extended", min_tokens=10, max_tokens=40, max_waits=3)
    one, _ = asker(thinks=True, thinking=ThinkingSettings(fast=StageThinking(judge=budget)))
    assert one.thinking(Stage.JUDGE) == Thinking(min=10, max=40, max_waits=3)
    assert one.thinking(Stage.CODE) == Thinking(max=0)


def test_a_budget_is_read_from_settings_and_an_impossible_one_is_reported() -> None:
    sent = {"solve": {"tier": "full", "thinking": {"full": {"tests": {"mode": "capped", "max_tokens": 64}}}}}
    settings, problems = parse_settings(sent)
    assert problems == []
    assert settings.solve.thinking.full.tests == ThinkingBudget(mode="capped", max_tokens=64)
    sent["solve"]["thinking"] = {"fast": {"code": {"mode": "extended", "max_tokens": 64}}}
    settings, (problem,) = parse_settings(sent)
    assert settings.solve.thinking == ThinkingSettings()
    assert settings.solve.tier == "full"
    assert "at least 512 and at most 64 tokens" in problem


@pytest.fixture
async def thinker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """The toy model that thinks, in an engine of the test's own."""
    with tempfile.TemporaryDirectory(prefix="atl", dir="/tmp") as folder:  # socket paths are short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.setenv("XDG_STATE_HOME", folder)
        engine = await connect(EngineSettings(model=str(THINKER), threads=1, linger_s=0.0))
        yield engine
        await engine.aclose()


async def test_a_real_engine_holds_the_budgets(thinker: Engine) -> None:
    off, capped = ThinkingBudget(), ThinkingBudget(mode="capped", max_tokens=5)
    extended = ThinkingBudget(mode="extended", min_tokens=20, max_tokens=30, max_waits=9)
    budgets = ThinkingSettings(fast=StageThinking(code=off, tests=capped, judge=extended))
    task = asker()[0].task
    one = Asker(task, thinker, await thinker.capabilities(), SolveSettings(max_tokens=16, thinking=budgets))
    for stage in (Stage.CODE, Stage.TESTS, Stage.JUDGE):
        await one.ask(stage, "code", temperature=0.0, seed=1)
    assert one.use[Stage.CODE].thinking_tokens == 0
    assert one.use[Stage.TESTS].thinking_tokens <= 5
    assert 20 <= one.use[Stage.JUDGE].thinking_tokens <= 30


async def test_tokens_are_counted_for_the_stage_that_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one, engine = asker(thinks=True)

    async def chat(*_: object, on_text: object) -> Completion:
        return Completion(
            text="",
            finish=FinishReason.STOP,
            prompt_tokens=7,
            completion_tokens=5,
            mean_logprob=None,
            thinking_tokens=3,
        )

    monkeypatch.setattr(engine, "chat", chat)
    await side_by_side([one.ask(Stage.TESTS, "tests", temperature=0, seed=seed) for seed in range(2)])
    use = one.use[Stage.TESTS]
    assert (use.requests, use.prompt_tokens, use.completion_tokens, use.thinking_tokens) == (2, 14, 10, 6)
    assert all(other.requests == 0 for stage, other in one.use.items() if stage is not Stage.TESTS)


async def test_seeds_of_solves_do_not_meet() -> None:
    seeds = []
    for seed in range(3):
        one, engine = asker(seed=seed)
        for number in (0, 999):
            await one.ask(Stage.CODE, "code", temperature=0.5, seed=number)
        seeds += [sampling.seed for _, sampling in engine.asked]
    assert all(before < after for before, after in pairwise(seeds))
