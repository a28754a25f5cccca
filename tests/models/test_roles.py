"""Samples for every role: prompts as the pipeline asks them, answers that it reads and that are right."""

from __future__ import annotations

import random
import re
from itertools import islice

import pytest
from scripted import ScriptedEngine

from atlas_pipeline import prompts
from atlas_pipeline.asking import Asker
from atlas_pipeline.engine.api import Capabilities
from atlas_pipeline.engine.chat_template import render
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.plan_search import read_list, read_sketch
from atlas_pipeline.properties import holds
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.s_star import read_answer
from atlas_pipeline.sandbox import Outcome, OutcomeKind
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.selftests import read_laws, read_self_tests
from atlas_pipeline.settings import SolveSettings
from atlas_pocket.corpus import Drawer, held_out_samples, samples, world
from atlas_pocket.exams import Exam
from atlas_pocket.problem import Problem, held_out
from atlas_pocket.rendering import Task, render_task, source
from atlas_pocket.roles import CHAT_TEMPLATE, MAKERS, Sample, observations_of, workable
from atlas_pocket.running import RunError, run_body

CAPABILITIES = Capabilities(
    model="m",
    model_hash="0" * 16,
    n_ctx=1024,
    n_embd=0,
    prompt_profile="pocket",
    thinking=False,
    embeddings=False,
)


def problems(count: int, seed: str) -> list[tuple[Problem, random.Random]]:
    rng = random.Random(seed)
    drawer = Drawer(world(), held=False)
    return [(drawer.draw(rng), rng) for _ in range(count)]


def plain_tasks(count: int, seed: str) -> list[tuple[Task, random.Random]]:
    """Tasks that are no methods, with the state of their random numbers."""
    drawn = [(render_task(problem, rng), rng) for problem, rng in problems(2 * count, seed)]
    return [(task, rng) for task, rng in drawn if "(self" not in task.header][:count]


def function_task(header: str, name: str) -> FunctionTask:
    document = Document(f"from __future__ import annotations\n\n\n{header}\n    pass\n")
    return make_task(document, document.named(name))


def exam_of(problem: Problem) -> Exam:
    task = function_task(f'def {problem.name}():\n    """Do."""', problem.name)
    return Exam(name="", task=task, tier=1, has_examples=False, tests=(), reference=problem.reference)


def test_what_is_trained_is_what_the_pipeline_asks():
    for task, _ in plain_tasks(60, "asked"):
        asker = Asker(
            function_task(task.header, task.name), ScriptedEngine(lambda *_: ""), CAPABILITIES, SolveSettings()
        )
        assert task.prompt("code") == asker.prompt("code"), task.header
        fields = {"body": "    pass", "failure": "f() gives 1, expected 2", "perspective": ""}
        assert task.prompt("repair", **fields) == asker.prompt("repair", fields)


def test_chats_are_rendered_as_the_models_own_template_does():
    for sample in islice(samples(3), 300):
        given, learned = sample.text()
        thinks = bool(sample.thinking or sample.opened)
        messages = [{"role": "user", "content": sample.prompt}]
        assert given.startswith(render(CHAT_TEMPLATE, messages, {"enable_thinking": thinks}))
        assert learned.endswith(f"{sample.answer}<|im_end|>")
    without = render(CHAT_TEMPLATE, [{"role": "user", "content": "x"}], {})
    assert without == "<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n"


def test_bodies_shown_as_right_are_right_and_near_misses_are_not_read_as_such():
    for problem, rng in problems(150, "bodies"):
        for _ in range(3):
            arguments = problem.draw(rng)
            try:
                expected = problem.reference(*arguments)
            except ValueError:
                continue
            for body in problem.bodies:
                assert source(run_body(problem, body, arguments)) == source(expected), (problem.key, body, arguments)


def test_code_is_taken_whole_out_of_the_answer():
    for problem, rng in problems(60, "code"):
        sample = MAKERS["code"](problem, rng)
        assert sample is not None
        if "(self" in sample.prompt:
            continue
        header = sample.prompt.partition("\n\nWrite the body of ")[0]
        name = re.search(r"def (\w+)", header)
        assert name is not None
        found = extract_body(sample.answer, function_task(header, name[1]))
        assert found.body is not None, found.reason
        assert found.body.splitlines()[0].strip() == sample.answer.splitlines()[0].strip()


def read_of(sample: Sample, problem: Problem) -> tuple[FunctionTask, Exam]:
    header = re.split(r"\n\n(?:Write|Say|Name|Fix) ", sample.prompt)[0]
    name = re.search(r"def (\w+)", header)
    assert name is not None
    task = function_task(header, name[1])
    return task, Exam(name="", task=task, tier=1, has_examples=False, tests=(), reference=problem.reference)


@pytest.mark.parametrize("role", ["tests", "inputs"])
def test_every_test_and_call_is_read_and_right(role):
    read = 0
    for problem, rng in problems(80, role):
        sample = MAKERS[role](problem, rng)
        if sample is None or "(self" in sample.prompt:
            continue
        task, exam = read_of(sample, problem)
        found = read_self_tests(sample.answer, task)
        assert found.unreadable == ()
        assert len(found.tests) == sample.answer.count("assert ")
        calls = [line for line in sample.answer.splitlines() if not line.startswith(("#", "assert"))]
        assert len(found.inputs) == len(calls)
        for test in found.tests:
            assert test.expected is not None
            assert test.expected.text == exam.answer(test.call), test
        read += len(found.tests) + len(found.inputs)
    assert read > 100


def test_tests_have_the_shorter_half_of_the_inputs(monkeypatch):
    given = [((list(range(size)),), size) for size in (7, 1, 5, 3, 8, 2, 6, 4)]
    monkeypatch.setattr("atlas_pocket.roles.cases", lambda *_, **__: given)
    monkeypatch.setattr("atlas_pocket.roles.worked_line", lambda *_: "")
    task, rng = plain_tasks(1, "short")[0]
    sizes = {tuple(answer for _, answer in workable(task, rng, 3)) for _ in range(50)}
    assert all(len(set(three)) == 3 and set(three) <= {1, 2, 3, 4} for three in sizes)
    assert len(sizes) > 10  # any three of them, in any order


def test_properties_are_read_and_hold_of_the_reference():
    read = 0
    for problem, rng in problems(120, "properties"):
        sample = MAKERS["properties"](problem, rng)
        if sample is None or "(self" in sample.prompt:
            continue
        task, exam = read_of(sample, problem)
        arguments = [problem.draw(rng) for _ in range(4)]
        calls = [f"{task.name}({', '.join(map(source, drawn))})" for drawn in arguments]
        calls = [call for call in calls if exam.answer(call) is not None]
        found = read_laws(sample.answer, task, calls)
        if calls:
            assert found.properties, sample.answer
        for law in found.properties:
            outcomes = {call: Outcome(kind=OutcomeKind.RETURNED, value=exam.answer(call)) for call in law.calls}
            assert holds(law, outcomes) is not False, (law, outcomes)
        read += len(found.properties)
    assert read > 50


@pytest.mark.parametrize("role", ["observations", "combinations", "approaches", "plan"])
def test_plans_are_read(role):
    for problem, rng in problems(40, role):
        sample = MAKERS[role](problem, rng)
        if sample is None:
            continue
        lines = sample.answer.splitlines()
        if role == "plan":
            assert read_sketch(sample.answer) == sample.answer
        else:
            assert len(read_list(sample.answer)) == len(lines)
            asked = re.search(r"(\d) (?:further |)(?:observations|ways)", sample.prompt)
            assert asked is not None
            assert len(lines) <= int(asked[1])


def test_further_observations_are_new():
    for problem, rng in problems(40, "combinations"):
        sample = MAKERS["combinations"](problem, rng)
        if sample is not None:
            known = re.findall(r"^- (.*)$", sample.prompt, re.MULTILINE)
            assert not set(known) & set(read_list(sample.answer))
    assert observations_of(render_task(problem, rng), rng)


def test_judgements_are_right_and_neither_side_is_preferred():
    said: list[str] = []
    for problem, rng in problems(150, "judge"):
        sample = MAKERS["judge"](problem, rng)
        if sample is None or "(self" in sample.prompt:
            continue
        shown = re.search(r"\n\n(.*) gives one of these:\nA: (.*)\nB: (.*)\n", sample.prompt)
        answer = read_answer(sample.answer)
        assert shown is not None
        assert answer is not None
        right = source(exam_of(problem).value(shown[1]))
        assert {"a": shown[2] == right, "b": shown[3] == right, "neither": right not in shown.groups()}[answer], sample
        said.append(answer)
    assert 0.35 < said.count("a") / (said.count("a") + said.count("b")) < 0.65
    assert 0 < said.count("neither") < 0.2 * len(said)


def test_repairs_show_a_real_failure_and_correct_it():
    perspectives = prompts.facts("pocket").perspectives
    seen = set()
    for problem, rng in problems(150, "repair"):
        sample = MAKERS["repair"](problem, rng)
        if sample is None:
            continue
        shown = re.search(r"This body is wrong:\n(.*?)\n(\w+\(.*\) (?:gives|raises) .*)\n", sample.prompt, re.DOTALL)
        assert shown is not None, sample.prompt
        assert shown[1] != sample.answer
        assert sample.answer in problem.bodies or problem.name not in sample.prompt
        seen |= {name for name, sentence in perspectives.items() if sentence in sample.prompt}
    assert seen == set(perspectives)


def test_thinking_is_opened_made_to_go_on_and_cut():
    free = waited = cut = 0
    for sample in islice(samples(5), 3000):
        given, learned = sample.text()
        if "<think>" not in given:
            assert "think>" not in learned
            continue
        if given.endswith("<think>\n"):
            free += 1
            assert re.search(r"\n</think>\n\n", learned)
        elif given.endswith("Wait"):
            waited += 1
            assert re.match(r"\n(?:.+\n)+</think>\n\n", learned)
        else:
            cut += 1
            assert given.endswith("</think>")
            assert learned.startswith("\n\n")
    assert min(free, waited, cut) > 10


def test_every_role_is_drawn_and_samples_are_short():
    drawn = list(islice(samples(9), 1500))
    assert {sample.role for sample in drawn} == {*MAKERS, "copy"} == {*prompts.facts("pocket").roles, "copy"}
    # Two characters a token at the least, so no text reaches the context of 1,024.
    assert max(len("".join(sample.text())) for sample in drawn) < 2048


def test_same_seed_same_samples_and_none_is_held_out():
    assert list(islice(samples(7), 50)) == list(islice(samples(7), 50))

    for held in (False, True):
        drawer, rng = Drawer(world(), held=held), random.Random(1)
        assert all(held_out(drawer.draw(rng).key) == held for _ in range(300))
    assert {sample.role for sample in islice(held_out_samples(1), 60)} == set(MAKERS)


def test_shares_can_be_moved_for_a_part_of_the_training():
    moved: dict[prompts.Role, int] = {"code": 0, "tests": 1000}
    drawn = [sample.role for sample in islice(samples(7, shares=moved), 300)]
    # 1,000 parts of 1,034, and 5 % copy: 276 of 300 on average, with a deviation of 4.7.
    assert drawn.count("tests") > 250
    assert "code" not in drawn


def test_sets_have_one_text():
    assert source({3, 1, 2}) == "{1, 2, 3}"
    assert source({"b": {2}, "a": (1,)}) == "{'b': {2}, 'a': (1,)}"
    assert source([set(), frozenset({1})]) == "[set(), frozenset({1})]"
    assert canonical(eval(source({"x", "y"}))) == canonical({"y", "x"})


def test_a_body_that_does_not_end_is_stopped():
    problem = problems(1, "endless")[0][0]
    with pytest.raises(RunError, match="TimeoutError"):
        run_body(problem, "    while True:\n        pass", [1] * len(problem.parameters))
