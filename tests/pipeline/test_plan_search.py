"""PlanSearch: reading lists and plans out of model text, what is asked and with what, and what becomes of it."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedEngine

from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.engine.api import Capabilities, Completion, FinishReason
from atlas_pipeline.errors import EngineLostError
from atlas_pipeline.events import PlansMade, StageSkipped
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.generation import Rejected, Writer
from atlas_pipeline.plan_search import (
    MOST_ITEM_CHARACTERS,
    MOST_SKETCH_CHARACTERS,
    PRESETS,
    ROLES,
    PlanSizes,
    distinct_plans,
    read_list,
    read_sketch,
    search_plans,
)
from atlas_pipeline.records import Candidate, FunctionTask, Origin, Plan
from atlas_pipeline.settings import SolveSettings

SOURCE = 'def widest(rows):\n    """Return the longest row; the first of several."""\n'
CHAT = Capabilities(
    model="m", model_hash="0" * 16, n_ctx=4096, n_embd=0, prompt_profile="chat", thinking=False, embeddings=False
)
APPROACHES = (
    "1. Sort by length and take the first, because sorting is stable.\n"
    "2. Keep the best row so far while going through all of them.\n"
    "3. Use max with a key; it returns the first maximum.\n"
    "4. Recurse on the two halves and prefer the left one.\n"
)


def the_task() -> FunctionTask:
    document = Document(SOURCE)
    return make_task(document, document.named("widest"))


def asker_of(script, **settings) -> tuple[Asker, ScriptedEngine]:
    engine = ScriptedEngine(script)
    return Asker(the_task(), engine, CHAT, SolveSettings(**settings)), engine


# What models write when they are asked for a numbered list.
ANSWERS = {
    "plain": "1. Sort the rows.\n2. Count them.",
    "parentheses": "1) Sort the rows.\n2) Count them.",
    "both parentheses": "(1) Sort the rows.\n(2) Count them.",
    "dash after the number": "1 - Sort the rows.\n2 - Count them.",
    "bullets": "- Sort the rows.\n- Count them.",
    "stars": "* Sort the rows.\n\n* Count them.",
    "round bullets": "• Sort the rows.\n• Count them.",
    "indented": "  1. Sort the rows.\n  2. Count them.",
    "CRLF": "1. Sort the rows.\r\n2. Count them.\r\n",
    "prose around": "Sure! Here are 2 ideas:\n\n1. Sort the rows.\n2. Count them.\n\nLet me know if you need more.",
    "heading above": "## Observations\n\n1. Sort the rows.\n2. Count them.",
    "thinking": "<think>\n1. no\n2. neither\n3. nor this\n</think>\n\n1. Sort the rows.\n2. Count them.",
    "rest of thinking": "1. no\n</think>\n1. Sort the rows.\n2. Count them.",
    "bold labels": "**Observation 1:** Sort the rows.\n\n**Observation 2:** Count them.",
    "bold labels, colon outside": "**Observation 1**: Sort the rows.\n**Observation 2**: Count them.",
    "headings with text below": "### Observation 1\n\nSort the rows.\n\n### Observation 2\n\nCount them.\n\nThat is all.",
    "headings with a colon": "### Observation 1: Sort the rows.\n\n### Observation 2: Count them.",
    "bold numbers": "**1.** Sort the rows.\n**2.** Count them.",
    "wrapped lines": "1. Sort\n   the rows.\n2. Count\nthem.",
    "fenced": "```\n1. Sort the rows.\n2. Count them.\n```",
    "fenced with a language": "```markdown\n- Sort the rows.\n- Count them.\n```",
    "python list": '```python\n[\n    "Sort the rows.",\n    "Count them.",\n]\n```',
    "json": '["Sort the rows.", "Count them."]',
    "assigned list": "observations = ['Sort the rows.', 'Count them.']",
    "quoted": '1. "Sort the rows."\n2. "Count them."',
    "said twice": "1. Sort the rows.\n2. sort the ROWS\n3. Count them.",
    "code between": "1. Sort the rows.\n\n```python\n# 1. nothing\nprint(1)\n```\n\n2. Count them.",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_lists_are_read_as_models_write_them(name: str) -> None:
    assert read_list(ANSWERS[name]) == ["Sort the rows.", "Count them."]


def test_points_below_an_item_belong_to_it() -> None:
    text = "1. **Sorting**: stable.\n   - first of several\n   1. then stop\n2. **Loop**\n\n   Keep the best.\n\nDone."
    assert read_list(text) == ["Sorting: stable. - first of several 1. then stop", "Loop Keep the best."]


def test_steps_below_a_heading_belong_to_it() -> None:
    text = "### Approach 1: Sort\n1. sort\n2. take one\n\n### Approach 2: Loop\n\nGo on.\n- keep the best\n\nGood luck!"
    assert read_list(text) == ["Sort 1. sort 2. take one", "Loop Go on. - keep the best"]


def test_a_title_takes_the_paragraph_below_it_and_other_items_do_not() -> None:
    assert read_list("1. **Sort**\n\nBy length.\n\n2. Loop.\n\nThat is all.") == ["Sort By length.", "Loop."]


@pytest.mark.parametrize(
    "text", ["", "I cannot say.", "<think>\n1. no\n2. end", "It has 2 rows. 1. is not a list", "1.\n2.\n", "- \n-"]
)
def test_answers_without_a_list(text: str) -> None:
    assert read_list(text) == []


def test_code_in_items_keeps_its_stars_and_underscores() -> None:
    text = "1. `2 ** n` and a ** b with __init__\n2. f(*args, **kwargs)\n3. **O(n)** is enough"
    assert read_list(text) == ["`2 ** n` and a ** b with __init__", "f(*args, **kwargs)", "O(n) is enough"]


def test_the_last_of_several_items_of_a_cut_off_answer_is_dropped() -> None:
    assert read_list("1. Sort the rows.\n2. Coun", truncated=True) == ["Sort the rows."]
    assert read_list("1. Sort the ro", truncated=True) == ["Sort the ro"]


def test_items_and_sketches_are_bounded() -> None:
    assert len(read_list("1. " + "x" * 5000)[0]) == MOST_ITEM_CHARACTERS
    lines = "\n".join(["a line of words"] * 400)  # 15 characters and a line end each: 250 whole lines in 4,000
    assert read_sketch(lines).count("\n") == MOST_SKETCH_CHARACTERS // 16 - 1
    assert len(read_sketch("x" * 9000)) == MOST_SKETCH_CHARACTERS


def test_sketches_are_prose() -> None:
    text = "<think>hm</think>\nFirst sort.\n\n\n\n```python\nrows.sort()\n```\nThen take one.\n```\n"
    assert read_sketch(text) == "First sort.\n\nThen take one."
    for nothing in ("", "<think>no end", "```python\npass\n```", "---"):
        assert read_sketch(nothing) == ""


WORDS = st.sampled_from("sort rows count keep best first two halves empty input longest stable order index sum".split())
ITEM = st.lists(WORDS, min_size=2, max_size=12).map(" ".join)
MARKS = st.sampled_from(
    ["{n}. {t}", "{n}) {t}", "({n}) {t}", "- {t}", "* {t}", "**{n}.** {t}", "### {n}. {t}", "Idea {n}: {t}", "{n}: {t}"]
)


@given(
    items=st.lists(ITEM, min_size=1, max_size=8, unique=True),
    mark=MARKS,
    gap=st.sampled_from(["\n", "\n\n", "\r\n"]),
    indent=st.sampled_from(["", "  ", "\t"]),
    before=st.sampled_from(["", "Here they are:\n\n", "<think>\n9. hm\n</think>\n", "Sure, here is 1 idea or more.\n"]),
    after=st.sampled_from(["", "\n\nThat is all."]),
)
def test_any_list_is_read_back(items: list[str], mark: str, gap: str, indent: str, before: str, after: str) -> None:
    lines = [indent + mark.format(n=number, t=item) for number, item in enumerate(items, start=1)]
    # What follows a heading is its text: such answers end with the last heading.
    end = "" if mark.startswith(("#", "Idea")) else after
    assert read_list(before + gap.join(lines) + end) == items


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    for item in read_list(text):
        assert item.strip()
        assert "\n" not in item
    assert len(read_sketch(text)) <= MOST_SKETCH_CHARACTERS


def plan(sketch: str) -> Plan:
    return Plan(observations=(), sketch=sketch)


def test_plans_that_say_the_same_are_one() -> None:
    plans = [plan("Sort the rows, take one."), plan("sort THE rows -- take one"), plan("Go through the rows.")]
    assert distinct_plans(plans) == [plans[0], plans[2]]


def test_the_threshold_of_shared_words() -> None:
    nine = "a b c d e f g h i"  # 9 of 10 words shared: 0.9
    assert len(distinct_plans([plan(nine + " j"), plan(nine)])) == 1
    four = "a b c d"  # 4 of 5: exactly 0.8, not above
    assert len(distinct_plans([plan(four + " e"), plan(four)])) == 2
    assert len(distinct_plans([plan(four + " e"), plan(four)], same=0.79)) == 1


async def test_small_asks_once_and_each_approach_is_a_plan() -> None:
    asker, engine = asker_of(lambda prompt, _: APPROACHES)
    found = await search_plans(asker, PRESETS["small"], most=8)
    assert len(engine.asked) == 1
    assert [made.sketch.split()[0] for made in found.plans] == ["Sort", "Keep", "Use", "Recurse"]
    assert all(made.observations == () for made in found.plans)
    assert asker.use[Stage.PLAN].requests == 1
    assert asker.use[Stage.CODE].requests == 0


class Observer:
    """Answers each role with text that says what it was asked."""

    def __init__(self) -> None:
        self.first = self.second = self.plans = 0

    def __call__(self, prompt: str, _sampling: object) -> str:
        if "List up to" in prompt:
            self.second += 1
            return "\n".join(f"{n}. derived {self.second} number {n}" for n in range(1, 5))
        if "observations about this problem" in prompt:
            self.first += 1
            return "\n".join(f"{n}. observation number {n}" for n in range(1, 5))
        self.plans += 1
        return f"Plan {self.plans} " + " ".join(f"word{self.plans}x{n}" for n in range(9))


async def test_observations_of_two_orders_and_a_plan_for_each_combination() -> None:
    script = Observer()
    asker, engine = asker_of(script)
    sizes = PlanSizes(plans=1000, observations=3, subset=2, derivations=2, derived=3)
    found = await search_plans(asker, sizes, most=1000)
    # Three observations have 3 + 3 subsets; two of these give three observations each, with 3 + 3 subsets each.
    assert (script.first, script.second, script.plans) == (1, 2, 6 + 2 * 6)
    assert len(found.plans) == 18
    assert len({made.observations for made in found.plans}) == 18
    assert {len(made.observations) for made in found.plans} == {1, 2}
    assert not any("number 4" in text for made in found.plans for text in made.observations), "more than asked for"
    parents = [prompt.partition("Observed:\n")[2] for prompt, _ in engine.asked if "List up to" in prompt]
    assert len(set(parents)) == 2
    assert all(1 <= text.count("observation number") <= 2 for text in parents)
    assert len({sampling.seed for _, sampling in engine.asked}) == 1 + 2 + 18


async def test_only_as_many_plans_are_asked_for_as_are_wanted() -> None:
    script = Observer()
    asker, _ = asker_of(script)
    found = await search_plans(asker, PRESETS["medium"], most=3)
    assert (script.first, script.second, script.plans) == (1, 3, 3)
    assert len(found.plans) == 3
    nothing = await search_plans(asker, PRESETS["medium"], most=0)
    assert (nothing.plans, script.first) == ((), 1)


def test_the_presets() -> None:
    small, medium, paper = PRESETS["small"], PRESETS["medium"], PRESETS["paper"]
    assert small.observations == 0
    assert 3 <= small.plans <= 5
    assert 1 + medium.derivations + medium.plans == 10
    assert (paper.observations, paper.subset, paper.derivations) == (10, 2, 10 + 45)
    assert set(PRESETS) == set(ROLES)


async def test_what_could_not_be_read_is_counted() -> None:
    def script(prompt: str, _: object) -> str:
        return "1. one thing\n2. another" if "observations about" in prompt and "up to" not in prompt else "..."

    asker, _ = asker_of(script)
    found = await search_plans(asker, PlanSizes(plans=3, observations=2, derivations=1, derived=2), most=3)
    assert found.plans == ()
    assert found.unreadable == 1 + 3  # the second-order list, and three plans


async def test_the_seed_decides_which_combinations_are_taken() -> None:
    async def chosen(seed: int) -> list[tuple[str, ...]]:
        asker, _ = asker_of(Observer(), seed=seed)
        return [made.observations for made in (await search_plans(asker, PRESETS["medium"], most=6)).plans]

    assert await chosen(1) == await chosen(1)
    assert await chosen(1) != await chosen(2)


async def test_a_lost_engine_ends_the_search() -> None:
    asker, _ = asker_of(lambda prompt, _: EngineLostError("gone"))
    with pytest.raises(EngineLostError):
        await search_plans(asker, PRESETS["small"], most=4)


def test_every_field_of_a_plan_reaches_the_code_prompt() -> None:
    full = Plan(observations=("first thing seen", "second thing seen"), sketch="the sketch\nin two lines")
    asker, _ = asker_of(lambda prompt, _: "")
    prompt = asker.prompt("code_from_plan", {field.name: getattr(full, field.name) for field in fields(Plan)})
    for field in fields(Plan):
        value = getattr(full, field.name)
        for text in (value,) if isinstance(value, str) else value:
            assert text in prompt, field.name
    assert "Observed" not in asker.prompt("code_from_plan", {"observations": (), "sketch": "s"})


def code_script(approaches: str = APPROACHES):
    def script(prompt: str, _: object) -> str:
        return (
            approaches if "different ways" in prompt else "```python\n" + SOURCE + "    return max(rows, key=len)\n```"
        )

    return script


async def written(writer: Writer, indices: range) -> list[Candidate | Rejected | PlansMade | StageSkipped]:
    return [answer async for answer in writer.candidates(indices, asyncio.Event())]


async def test_planned_and_plain_samples_are_mixed_and_planned_ones_carry_their_plan() -> None:
    engine = ScriptedEngine(code_script())
    writer = Writer(the_task(), engine, CHAT, SolveSettings(planned_share=0.5))
    answers = [*await written(writer, range(3)), *await written(writer, range(3, 8))]
    made = [answer for answer in answers if isinstance(answer, PlansMade)]
    assert len(made) == 1, "plans are searched for once in a solve"
    candidates = sorted((a for a in answers if isinstance(a, Candidate)), key=lambda candidate: candidate.index)
    assert [candidate.origin for candidate in candidates] == [Origin.SAMPLE, Origin.PLAN] * 4
    planned = [candidate.plan for candidate in candidates if candidate.origin is Origin.PLAN]
    assert planned == list(made[0].plans)
    assert all(candidate.plan is None for candidate in candidates if candidate.origin is Origin.SAMPLE)
    assert sum(each.sketch in prompt for each in made[0].plans for prompt, _ in engine.asked) == 4
    assert writer.skipped == ()
    use = writer.asker.use
    assert (use[Stage.PLAN].requests, use[Stage.CODE].requests) == (1, 8)
    assert writer.completion_tokens == use[Stage.PLAN].completion_tokens + use[Stage.CODE].completion_tokens


async def test_by_default_nothing_is_planned_or_perturbed() -> None:
    engine = ScriptedEngine(code_script())
    writer = Writer(the_task(), engine, CHAT, SolveSettings())
    answers = await written(writer, range(8))
    assert [type(answer) for answer in answers] == [Candidate] * 8
    assert len({prompt for prompt, _ in engine.asked}) == 1
    assert writer.skipped == ()


async def test_without_a_readable_plan_samples_are_plain_and_it_is_said() -> None:
    writer = Writer(the_task(), ScriptedEngine(code_script("No.")), CHAT, SolveSettings(planned_share=1.0))
    answers = await written(writer, range(3))
    assert [answer.origin for answer in answers if isinstance(answer, Candidate)] == [Origin.SAMPLE] * 3
    assert [(made.plans, made.unreadable) for made in answers if isinstance(made, PlansMade)] == [((), 1)]
    (skipped,) = [answer for answer in answers if isinstance(answer, StageSkipped)]
    assert skipped.stage == "plan"
    assert "none of the model's 1 answers held a plan" in skipped.reason


async def test_a_model_that_cannot_plan_is_not_asked_to_and_it_is_said() -> None:
    engine = ScriptedEngine(lambda prompt, _: "    return max(rows, key=len)")
    pocket = replace(CHAT, prompt_profile="pocket", roles=("code", "tests", "repair"))
    settings = SolveSettings(planned_share=0.5, perturbed_share=1.0)
    writer = Writer(the_task(), engine, pocket, settings)
    answers = await written(writer, range(4))
    assert [type(answer) for answer in answers] == [Candidate] * 4
    assert [answer.origin for answer in answers if isinstance(answer, Candidate)] == [Origin.SAMPLE] * 4
    assert len({prompt for prompt, _ in engine.asked}) == 1
    assert [skipped.stage for skipped in writer.skipped] == ["plan", "perturbation"]
    assert "0.5" in writer.skipped[0].reason
    assert "not trained to plan" in writer.skipped[0].reason
    assert "pocket" in writer.skipped[1].reason
    assert all(msgspec.json.encode(skipped) for skipped in writer.skipped)


async def test_stopping_ends_the_search_too() -> None:
    ended = asyncio.Event()
    stop = asyncio.Event()

    class Hanging(ScriptedEngine):
        async def chat(self, messages, sampling, *, on_text=None) -> Completion:
            if "different ways" not in messages[-1].content:
                return await super().chat(messages, sampling, on_text=on_text)
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
            raise AssertionError

    writer = Writer(the_task(), Hanging(code_script()), CHAT, SolveSettings(planned_share=0.5))
    async for answer in writer.candidates(range(2), stop):
        assert isinstance(answer, Candidate)
        stop.set()
    assert ended.is_set()


async def test_a_search_that_fails_fails_the_solve() -> None:
    def script(prompt: str, _: object):
        return EngineLostError("gone") if "different ways" in prompt else "return 1"

    writer = Writer(the_task(), ScriptedEngine(script), CHAT, SolveSettings(planned_share=1.0))
    with pytest.raises(EngineLostError):
        await written(writer, range(3))


async def test_a_list_that_was_cut_off_loses_its_last_item() -> None:
    class CutOff(ScriptedEngine):
        async def chat(self, messages, sampling, *, on_text=None) -> Completion:
            return replace(await super().chat(messages, sampling, on_text=on_text), finish=FinishReason.LENGTH)

    asker = Asker(the_task(), CutOff(lambda prompt, _: APPROACHES), CHAT, SolveSettings())
    assert len((await search_plans(asker, PRESETS["small"], most=8)).plans) == 3
