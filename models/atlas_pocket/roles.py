"""One sample for each role of the pipeline, drawn from a problem: what it is asked and what it should answer.

Prompts are rendered by the pipeline's own `pocket` templates, so what is trained is what is asked.
"""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from atlas_pipeline.prompts import Role, facts
from atlas_pocket.faults import with_fault
from atlas_pocket.problem import Problem
from atlas_pocket.rendering import Case, Task, cases, render_task, source
from atlas_pocket.running import RunError, run_body

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking %}<think>\n{% endif %}{% endif %}"
)
"""ChatML. Thinking is opened by the template, and only where it is asked for: without it the model answers at once."""
END_OF_TURN = "<|im_end|>"
THINK, END_OF_THINKING = "<think>", "</think>"
WAIT = "Wait"

_TESTS = 3
_CALLS = 6
_LAWS = 3
_MOST_WORKED = 150
"""Characters of a worked line; longer ones are beyond a model of this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One turn: what the model is asked and what it should answer."""

    role: str
    prompt: str
    answer: str
    thinking: str = ""
    """What stands between the think tags of a model that is asked to think, each line with its end; empty: none."""
    opened: str = ""
    """Beginning of the answer that is given, not learned: thinking that was made to go on or to end."""

    def text(self) -> tuple[str, str]:
        """Return what is given and what is learned, the second with its end-of-turn token."""
        given = f"<|im_start|>user\n{self.prompt}<|im_end|>\n<|im_start|>assistant\n"
        if self.opened.endswith(END_OF_THINKING):
            return f"{given}{THINK}\n{self.opened}", f"\n\n{self.answer}{END_OF_TURN}"
        thought = f"{self.thinking}{END_OF_THINKING}\n\n" if self.thinking else ""
        if self.thinking:
            given += f"{THINK}\n{self.opened}"
        return given, f"{thought}{self.answer}{END_OF_TURN}"


Maker = Callable[[Problem, random.Random], Sample | None]
"""Draws a sample from a problem; None where the problem has nothing for the role."""


def code(problem: Problem, rng: random.Random) -> Sample | None:
    """Write the body."""
    task = render_task(problem, rng)
    return Sample(role="code", prompt=task.prompt("code"), answer=_body(task.problem, rng))


def _body(problem: Problem, rng: random.Random) -> str:
    """Return a right body; one that comes first in half of the cases, so that there is a likeliest one."""
    return problem.bodies[0] if rng.random() < 0.4 else rng.choice(problem.bodies)


def tests(problem: Problem, rng: random.Random) -> Sample | None:
    """Write three tests, each with one worked line before its assert."""
    task = render_task(problem, rng)
    written = [line for case in workable(task, rng, _TESTS) for line in _worked_test(task, case)]
    return Sample(role="tests", prompt=task.prompt("tests"), answer="\n".join(written)) if written else None


def workable(task: Task, rng: random.Random, count: int) -> list[Case]:
    """Draw cases that the docstring does not show, the shorter half: a small model gets small tests right."""
    shown = {task.call(arguments) for arguments, _ in task.shown}
    others = [
        case for case in cases(task.problem, rng, 2 * count + 2, most_characters=70) if task.call(case[0]) not in shown
    ]
    shorter = sorted(others, key=lambda case: len("\n".join(_worked_test(task, case))))[: max(count, len(others) // 2)]
    drawn = rng.sample(shorter, len(shorter))
    return [case for case in drawn if len(worked_line(task.problem, case[0])) <= _MOST_WORKED][:count]


def worked_line(problem: Problem, arguments: tuple[Any, ...]) -> str:
    """Return the comment that leads from an input to its answer; empty where there is nothing between."""
    stages = problem.worked(arguments)
    return "# " + " > ".join(stages) if len(stages) > 1 else ""


def _worked_test(task: Task, case: Case) -> list[str]:
    arguments, answer = case
    line = worked_line(task.problem, arguments)
    comparison = "is None" if answer is None else f"== {source(answer)}"
    return [*([line] if line else []), f"assert {task.call(arguments)} {comparison}"]


def inputs(problem: Problem, rng: random.Random) -> Sample | None:
    """Write calls, ordinary ones and edge cases."""
    task = render_task(problem, rng)
    calls = [task.call(arguments) for arguments, _ in cases(task.problem, rng, _CALLS, most_characters=60)]
    return Sample(role="inputs", prompt=task.prompt("inputs"), answer="\n".join(calls)) if len(calls) > 1 else None


def properties(problem: Problem, rng: random.Random) -> Sample | None:
    """Write what holds of every right answer."""
    if not problem.properties:
        return None
    task = render_task(problem, rng)
    laws = rng.sample(problem.properties, min(_LAWS, len(problem.properties)))
    call = f"{task.name}({task.parameters})"
    lines = ["assert " + re.sub(r"\bresult\b", lambda _: call, law) for law in laws]
    return Sample(role="properties", prompt=task.prompt("properties"), answer="\n".join(lines))


# Plans


def observations_of(task: Task, rng: random.Random) -> list[str]:
    """Return what can be observed about a problem: what is easily got wrong, small cases, its steps."""
    problem = task.problem
    found = [problem.thought] if problem.thought else []
    small = sorted(cases(problem, rng, 4, most_characters=50), key=lambda case: len(task.call(case[0])))
    found += [f"{task.call(arguments)} gives {source(answer)}." for arguments, answer in small[:2]]
    steps = steps_of(problem)
    if len(steps) > 1:
        found += [f"First {steps[0]}.", f"At the end {steps[-1]}."]
    found += [f"Always {law}." for law in problem.properties[:1] if " " in law]
    return found


def observations(problem: Problem, rng: random.Random) -> Sample | None:
    """List what is to be observed."""
    task = render_task(problem, rng)
    found = observations_of(task, rng)
    count = rng.randint(2, 6)
    answer = _numbered(found[:1] + rng.sample(found[1:], min(count, len(found)) - 1))
    return Sample(role="observations", prompt=task.prompt("observations", count=count), answer=answer)


def combinations(problem: Problem, rng: random.Random) -> Sample | None:
    """List what has not been observed yet."""
    task = render_task(problem, rng)
    found = observations_of(task, rng)
    rng.shuffle(found)
    known = rng.randint(1, 2)
    count = rng.randint(2, 5)
    if len(found) <= known:
        return None
    prompt = task.prompt("combinations", observations=found[:known], count=count)
    return Sample(role="combinations", prompt=prompt, answer=_numbered(found[known : known + count]))


def plan(problem: Problem, rng: random.Random) -> Sample | None:
    """Say the steps."""
    task = render_task(problem, rng)
    found = observations_of(task, rng)
    known = rng.sample(found, min(len(found), rng.randint(1, 2)))
    return Sample(role="plan", prompt=task.prompt("plan", observations=known), answer=_numbered(steps_of(problem)))


def approaches(problem: Problem, rng: random.Random) -> Sample | None:
    """Name the ways in which its bodies go about it."""
    task = render_task(problem, rng)
    ways = list(dict.fromkeys(_way(body) for body in problem.bodies))
    rng.shuffle(ways)
    count = rng.randint(2, 5)
    lines = [f"{way}: {'; '.join(steps_of(problem))}." for way in ways[:count]]
    return Sample(role="approaches", prompt=task.prompt("approaches", count=count), answer=_numbered(lines))


def code_from_plan(problem: Problem, rng: random.Random) -> Sample | None:
    """Write the body that the plan describes."""
    task = render_task(problem, rng)
    body = _body(task.problem, rng)
    steps = steps_of(problem)
    sketch = _numbered(steps) if rng.random() < 0.5 else f"{_way(body)}: {'; '.join(steps)}."
    return Sample(role="code_from_plan", prompt=task.prompt("code_from_plan", sketch=sketch), answer=body)


def steps_of(problem: Problem) -> list[str]:
    """Return the plan's steps in one form, whoever wrote them: no capital at the beginning, no full stop at the end."""
    bare = [step.strip().rstrip(".") for step in problem.plan]
    return [
        step if step[:2].isupper() or step.partition(" ")[0] == "I" else step[:1].lower() + step[1:] for step in bare
    ]


def _numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _way(body: str) -> str:
    """Say in two or three words how a body goes about it."""
    if re.search(r"^\s*while\b", body, re.MULTILINE):
        return "With a while loop"
    if re.search(r"^\s*for\b", body, re.MULTILINE):
        return "With a loop"
    if re.search(r" for .* in ", body):
        return "With a comprehension" if body.count("\n") == 0 else "In named steps"
    return "In one expression" if body.count("\n") == 0 else "Step by step"


# Repair and judgement


def repair(problem: Problem, rng: random.Random) -> Sample | None:
    """Correct a body that is shown with one or two calls on which it is wrong."""
    task = render_task(problem, rng)
    problem = task.problem
    wrong = _wrong_body(problem, rng)
    failures = []
    for arguments, answer in cases(problem, rng, 6, most_characters=70):
        does = _does(problem, wrong, arguments)
        if does != f"gives {source(answer)}" and len(does) < 80:
            failures.append(f"{task.call(arguments)} {does}, expected {source(answer)}")
    if not failures:
        return None
    perspectives = facts("pocket").perspectives
    name = rng.choice(["", "", *perspectives])
    prompt = task.prompt(
        "repair",
        body=wrong,
        failure="\n".join(failures[: rng.choice((1, 1, 2))]),
        perspective=perspectives[name] if name else "",
    )
    by_likeness = sorted(problem.bodies, key=lambda body: difflib.SequenceMatcher(None, wrong, body).ratio())
    return Sample(role="repair", prompt=prompt, answer=by_likeness[0 if name == "alternatives" else -1])


def _wrong_body(problem: Problem, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(problem.wrong)
    names = [parameter.name for parameter in problem.parameters]
    body = rng.choice(problem.bodies)
    for _ in range(rng.choice((1, 1, 2))):
        body = with_fault(body, names, rng)
    return body


def _does(problem: Problem, body: str, arguments: Sequence[Any]) -> str:
    """Say what a call gives, as the pipeline does."""
    try:
        return f"gives {source(run_body(problem, body, arguments))}"
    except RunError as error:
        return f"raises {error.name}"


def judge(problem: Problem, rng: random.Random) -> Sample | None:
    """Say which of two outputs is right, after working it out."""
    task = render_task(problem, rng)
    problem = task.problem
    for arguments, answer in workable(task, rng, 2):
        right = source(answer)
        found = {
            output for body in _wrong_bodies(problem, rng) if (output := _output(problem, body, arguments)) != right
        }
        others = sorted(output for output in found if len(output) < 80)
        if not others:
            continue
        neither = len(others) > 1 and rng.random() < 0.08
        pair = rng.sample(others, 2) if neither else [right, rng.choice(others)]
        rng.shuffle(pair)
        verdict = "neither" if neither else "AB"[pair.index(right)]
        prompt = task.prompt("judge", call=task.call(arguments), output_a=pair[0], output_b=pair[1])
        line = worked_line(problem, arguments)
        said = f"{line} > {right}" if line and not line.endswith(f"> {right}") else line or f"# {right}"
        return Sample(role="judge", prompt=prompt, answer=f"{said}\nAnswer: {verdict}")
    return None


def _wrong_bodies(problem: Problem, rng: random.Random) -> list[str]:
    return [_wrong_body(problem, rng) for _ in range(3)]


def _output(problem: Problem, body: str, arguments: Sequence[Any]) -> str:
    does = _does(problem, body, arguments)
    return does.removeprefix("gives ")


# Thinking

_THINKING_ROLES = ("code", "tests", "repair", "judge", "code_from_plan")


def thought_through(make: Maker, problem: Problem, rng: random.Random) -> Sample | None:
    """Draw a sample as `make` does, with thinking before the answer: at will, made to go on, or cut short."""
    sample = make(problem, rng)
    if sample is None or sample.role not in _THINKING_ROLES:
        return sample
    steps = "".join(f"{step}\n" for step in steps_of(problem))
    checks = _checks(problem, rng)
    thinking = steps + "".join(checks[:1])
    kind = rng.random()
    if kind < 0.5:
        return _with(sample, thinking=thinking)
    if kind < 0.75:
        again = "\n" + "".join(checks[1:2] or checks[:1] or [steps])
        begun = thinking if rng.random() < 0.8 else steps
        return _with(sample, thinking=again, opened=f"{begun}{WAIT}")
    # Where the end is forced, the thought may be incomplete; nothing at all is the likeliest cut.
    kept = 0 if rng.random() < 0.3 else rng.randint(1, len(thinking))
    return _with(sample, opened=thinking[:kept] + END_OF_THINKING)


def _with(sample: Sample, *, thinking: str = "", opened: str = "") -> Sample:
    return Sample(role=sample.role, prompt=sample.prompt, answer=sample.answer, thinking=thinking, opened=opened)


def _checks(problem: Problem, rng: random.Random) -> list[str]:
    """Return lines that check the steps: a remark and worked cases."""
    lines = [f"{problem.thought}\n"] if problem.thought and rng.random() < 0.7 else []
    for arguments, answer in cases(problem, rng, 2, most_characters=50):
        line = worked_line(problem, arguments)
        if line and len(line) <= _MOST_WORKED:
            ended = line if line.endswith(f"> {source(answer)}") else f"{line} > {source(answer)}"
            lines.append(f"{ended[2:]}\n")
    return lines


MAKERS: dict[Role, Maker] = {
    "code": code,
    "tests": tests,
    "repair": repair,
    "judge": judge,
    "inputs": inputs,
    "properties": properties,
    "observations": observations,
    "combinations": combinations,
    "plan": plan,
    "approaches": approaches,
    "code_from_plan": code_from_plan,
}
