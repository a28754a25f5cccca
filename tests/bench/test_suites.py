"""The frozen suites are what SHA256SUMS says, are well formed, and are no part of the training text."""

import ast
import json
import subprocess
import sys
from collections import Counter

import pytest

from atlas_bench import suites
from atlas_bench.suites import NAMES, SuiteTask, changed, load, overview
from atlas_bench.suites.hidden import load_hidden
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.sandbox import canonical
from atlas_pocket.problem import held_out
from atlas_pocket.suite import FOLDER, checksums, contaminated, frozen_sentences, sentence_of

TRAINING_SAMPLES = 3000


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "atlas_bench", "suite", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_files_are_those_that_were_frozen():
    assert changed() == []
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert checksums(texts) == (FOLDER / "SHA256SUMS").read_text(encoding="utf-8")
    assert len(texts) == 2 * len(NAMES)


def test_a_changed_file_is_named(tmp_path, monkeypatch):
    for path in FOLDER.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pocket-dev.json").write_text((tmp_path / "pocket-dev.json").read_text() + "\n")
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    assert changed() == ["pocket-dev.json"]


@pytest.mark.parametrize("name", NAMES)
def test_two_hundred_functions_in_three_tiers_half_without_examples(name):
    tasks = load(name)
    assert len(tasks) == len({task.id for task in tasks}) == 200
    assert set(Counter(task.tier for task in tasks)) == {1, 2, 3}
    for row in overview(tasks):
        assert row["tasks"] >= 30
        assert abs(row["without_examples"] - row["tasks"] / 2) <= 1
    for task in tasks:
        docstring = ast.get_docstring(ast.parse(task.source).body[-1])
        assert docstring
        shown = f"{task.name}(" in docstring
        assert shown == task.examples, task.id


@pytest.mark.parametrize("name", NAMES)
def test_what_is_seen_holds_nothing_hidden(name):
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    fields = {field for task in document["tasks"] for field in task}
    assert fields == {"id", "tier", "part", "examples", "name", "source"}
    hidden = load_hidden(name)
    assert set(hidden) == {task.id for task in load(name)}
    for task in load(name):
        assert not any(call in task.source for call, _ in hidden[task.id].tests), task.id


@pytest.mark.parametrize("name", NAMES)
def test_hidden_tests_pass_with_the_solution_and_not_with_nothing(name):
    hidden = load_hidden(name)
    for task in load(name):
        own = hidden[task.id]
        assert 4 <= len(own.tests) <= 16  # few where a small number is all that is drawn
        commonest = Counter(answer for _, answer in own.tests).most_common(1)[0][1]
        assert commonest <= len(own.tests) - 2, task.id  # no constant is nearly right
        document = Document(task.source)
        header = make_task(document, document.named(task.name))
        assert header.name == task.name
        assert all(_value(task, own.solution, call) == answer for call, answer in own.tests), task.id
        assert not all(_value(task, "    return None", call) == answer for call, answer in own.tests), task.id


def _value(task: SuiteTask, body: str, call: str) -> str:
    namespace: dict[str, object] = {}
    exec(f"from __future__ import annotations\n{task.source}\n{body}\n", namespace)
    return canonical(eval(call, namespace))


def test_compositions_are_held_out_and_in_one_suite_only():
    keys = [tuple(task.key) for name in NAMES for task in load_hidden(name).values()]
    assert all(held_out(key) for key in keys)
    assert len(set(keys)) == len(keys)


def test_no_sentence_of_the_suites_is_in_the_training_text():
    sentences = frozen_sentences()
    assert len(sentences) > 390
    assert contaminated(sentences, "contamination check", TRAINING_SAMPLES) == []


def test_a_sentence_of_training_is_found():
    planted = {"return the sum of xs", "compute the nonsense of nothing"}
    found = contaminated(planted | _some_trained_sentences(), "planted", 50)
    assert found
    assert "compute the nonsense of nothing" not in found


def _some_trained_sentences() -> set[str]:
    from atlas_pocket.corpus import samples

    stream = samples("planted")
    return {sentence_of(next(stream).prompt) for _ in range(50)} - {""}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('def f(xs):\n    """Return the sum of `xs`."""', "return the sum of xs"),
        (
            'def f(xs):\n    """\n    Return the\n    sum of xs.\n\n    >>> f([1])\n    1\n    """',
            "return the sum of xs",
        ),
        ('def f(xs):\n    """Return  the sum of xs\n    >>> f([1])\n    1\n    """', "return the sum of xs"),
        ("no docstring", ""),
    ],
)
def test_sentences_are_compared_without_their_form(text, sentence):
    assert sentence_of(text) == sentence


def test_suite_command():
    checked = command("check")
    assert checked.returncode == 0
    assert json.loads(checked.stdout) == {"suites": list(NAMES), "changed": []}
    shown = json.loads(command("show", "pocket-dev").stdout)
    assert shown["tasks"] == 200
    assert command("show", "pocket-dev", "--task", "007").stdout == load("pocket-dev")[6].source
    missing = command("show", "pocket-test", "--task", "201")
    assert missing.returncode == 2
    assert "001 to 200" in missing.stderr


def test_an_unknown_suite_is_refused():
    with pytest.raises(ValueError, match="there is no suite 'pocket'"):
        load("pocket")
