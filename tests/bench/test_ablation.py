"""The ablation: what is reported, computed by hand; one small run with the real engine, sandbox and scorer."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from types import SimpleNamespace

import msgspec
import pytest

from atlas_bench.ablation import command, running
from atlas_bench.ablation.conditions import CONDITIONS, chosen
from atlas_bench.ablation.provenance import Provenance, provenance_of
from atlas_bench.ablation.report import difference, quantile, report
from atlas_bench.ablation.running import Outcome
from atlas_bench.suites import load
from atlas_pipeline.routing import Features
from atlas_pipeline.sandbox import canonical
from atlas_pipeline.settings import LensSettings, Settings, SolveSettings

EASY = 'def total(nums):\n    """Return the sum of the even numbers in nums.{}"""\n'
SHOWN = "\n\n    >>> total([1, 2, 4])\n    6\n    "


MADE_WITH = Provenance(code="c", settings="s", prompts="p", lens="")


def outcome(task="t/1", condition="A", seed=0, right=True, candidates=(True,), level="WEAK", **more):
    plain = {
        "tier": 1,
        "provenance": MADE_WITH,
        "examples": True,
        "route": "samples",
        "tokens": 10,
        "stage_tokens": {"code": 10},
        "seconds": 1.0,
    }
    fields = {**plain, "first_candidate_s": 0.5, **more}
    return Outcome(
        task=task, condition=condition, seed=seed, right=right, candidates=list(candidates), level=level, **fields
    )


def test_the_figures_of_a_condition():
    found = report(
        [
            outcome("t/1", right=True, candidates=(True, False), level="VERIFIED", seconds=1.0, tokens=10),
            outcome(
                "t/2", right=False, candidates=(False, True, False, False), level="VERIFIED", seconds=3.0, tokens=30
            ),
            outcome(
                "t/3", right=True, candidates=(True,), level="WEAK", seconds=1.0, tokens=20, examples=False, tier=3
            ),
            outcome(
                "t/4", right=False, candidates=(), level="UNVERIFIED", seconds=5.0, tokens=40, examples=False, tier=3
            ),
        ]
    )
    row = found["conditions"]["A"]
    assert (row["blind"], row["random"], row["oracle"]) == (0.5, (0.5 + 0.25 + 1.0 + 0.0) / 4, 0.75)
    assert row["way"] == pytest.approx((0.5 - 0.4375) / (0.75 - 0.4375))
    assert row["levels"]["VERIFIED"] == {"share": 0.5, "right": 0.5, "of_right": 0.5}
    assert row["levels"]["UNVERIFIED"] == {"share": 0.25, "right": 0.0, "of_right": 0.0}
    assert row["time_on_unsolved"] == 0.8
    assert (row["tokens"], row["seconds"]) == (25.0, 2.5)
    assert (row["verified_s_median"], row["verified_s_p90"]) == (2.0, 3.0)
    assert row["utility"] == pytest.approx(0.5 - 2.5 / 120.0)
    assert found["groups"]["no examples"]["A"]["blind"] == 0.5
    assert found["groups"]["examples"]["A"]["levels"]["VERIFIED"] == {"share": 1.0, "right": 0.5, "of_right": 1.0}
    assert found["groups"]["tier 3"]["A"]["tasks"] == 2
    assert row["ci"][0] <= 0.5 <= row["ci"][1]


def test_differences_are_paired_by_task_and_seed():
    one = [
        outcome("t/1", seed=0, right=True, tokens=30),
        outcome("t/1", seed=1, right=True),
        outcome("t/2", right=True),
    ]
    other = [
        outcome("t/1", seed=0, right=False, tokens=10, seconds=13.0),
        outcome("t/1", seed=1, right=True),
        outcome("t/9", right=False),
    ]
    found = difference(one, other)
    assert (found["pairs"], found["blind"], found["tokens"]) == (2, 0.5, 10.0)
    assert found["utility"] == pytest.approx(0.5 + 12.0 / 120.0 / 2)
    assert found["utility_ci"] == [found["utility"]] * 2  # one task alone
    assert difference(one, [])["pairs"] == 0


def test_quantiles():
    assert quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9) == 10
    assert quantile([1], 0.9) == 1


def test_conditions_change_the_settings_they_name():
    plain = SolveSettings()
    for condition in CONDITIONS.values():
        changed = condition.settings(plain, seed=7, budget=50 if condition.as_many_tokens_as else 0)
        assert changed.seed == 7
        assert (changed.token_budget == 50) == bool(condition.as_many_tokens_as)
    assert CONDITIONS["A"].settings(plain, seed=0).samples == 1
    with pytest.raises(ValueError, match="no condition Z"):
        chosen("A,Z", thinks=False)
    with pytest.raises(ValueError, match="as many tokens as E"):
        chosen("R", thinks=False)
    found, left_out = chosen("", thinks=False)
    assert [condition.name for condition in found] == ["A", "P", "C", "S", "B", "D", "E", "F", "R"]
    assert left_out == ["A': this model does not think"]
    found, left_out = chosen("P,C", thinks=False, no_lens="nobody trained a Lens")
    assert [condition.name for condition in found] == ["P"]
    assert left_out == ["C: nobody trained a Lens"]
    assert [name for name, condition in CONDITIONS.items() if condition.lens.is_used] == ["C", "S", "F"]


@pytest.fixture
def suite(tmp_path):
    """Three tasks: one with an example, one without, and one that no model of this kind solves."""
    beyond = 'def parse_json(text):\n    """Return the value of a JSON text."""\n'
    sources = {"s/1": EASY.format(SHOWN), "s/2": EASY.format(""), "s/3": beyond}
    tasks = [
        {"id": key, "tier": 1, "part": "x", "examples": ">>>" in text, "name": text.split("(")[0][4:], "source": text}
        for key, text in sources.items()
    ]
    tests = [["total([2, 3])", canonical(2)], ["total([])", canonical(0)]]
    rest = {"key": ["x"], "solution": ""}
    beyond_tests = [["parse_json('[1]')", canonical([1])]]
    hidden = {key: {"tests": beyond_tests if key == "s/3" else tests, **rest} for key in sources}
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"schema": 1, "suite": "small", "tasks": tasks}))
    (tmp_path / "small.hidden.json").write_text(json.dumps({"schema": 1, "suite": "small", "tasks": hidden}))
    return path


def options(suite, tmp_path, **more):
    plain = {
        "suite": str(suite),
        "n": 0,
        "seeds": 1,
        "conditions": "A,E,R",
        "model": "",
        "lens": "",
        "samples": 0,
        "set": [],
        "out": tmp_path / "runs",
        "json": True,
    }
    return argparse.Namespace(**{**plain, **more})


def test_a_run_is_scored_kept_and_taken_up_again(suite, tmp_path, monkeypatch):
    found = asyncio.run(command.measure(options(suite, tmp_path)))
    assert {name: row["outcomes"] for name, row in found["conditions"].items()} == {"A": 3, "E": 3, "R": 3}
    assert found["conditions"]["E"]["blind"] == pytest.approx(2 / 3)
    assert found["conditions"]["E"]["oracle"] == pytest.approx(2 / 3)
    files = sorted((tmp_path / "runs").rglob("*.json"))
    assert len(files) == 9
    rows = {(row.task, row.condition): row for row in map(kept, files)}
    for task in ("s/1", "s/2", "s/3"):
        # Plain samples end with the batch in which the tokens of E were used up.
        assert rows[task, "R"].tokens >= min(rows[task, "E"].tokens, 1)
    # A second time nothing is solved, but a lost outcome is.
    lost = next(path for path in files if "/E/" in str(path))
    lost.write_text("{")
    solved = []
    solve = running._solve

    async def watched(task, condition, *rest, **more):
        solved.append((task.id, condition.name, more["router"].seen))
        return await solve(task, condition, *rest, **more)

    monkeypatch.setattr(running, "_solve", watched)
    asyncio.run(command.measure(options(suite, tmp_path)))
    ((task, condition, seen),) = solved
    # The router has learned what it would have learned without the interruption, from tasks with examples alone.
    assert seen == sum(
        rows[before, condition].lesson() is not None for before in ("s/1", "s/2", "s/3") if before < task
    )
    # Nothing is mixed with what other code made.
    file = json.loads(files[0].read_text())
    files[0].write_text(json.dumps({**file, "provenance": {**file["provenance"], "code": "0" * 16, "lens": "1" * 16}}))
    with pytest.raises(ValueError, match=r"was made with other code and lens; name another folder with --out"):
        asyncio.run(command.measure(options(suite, tmp_path)))
    files[0].write_text(json.dumps({**file, "provenance": None}))
    with pytest.raises(ValueError, match="is of another version"):
        asyncio.run(command.measure(options(suite, tmp_path)))
    assert len(solved) == 1


def kept(path):
    return msgspec.json.decode(path.read_bytes(), type=Outcome)


def test_every_condition_has_a_router_of_its_own(suite, tmp_path, monkeypatch):
    routers = defaultdict(set)
    solve = running._solve

    async def watched(task, condition, *rest, **more):
        routers[condition.name].add(id(more["router"]))
        return await solve(task, condition, *rest, **more)

    monkeypatch.setattr(running, "_solve", watched)
    asyncio.run(command.measure(options(suite, tmp_path, n=2, conditions="A,E")))
    assert [len(found) for found in routers.values()] == [1, 1]
    assert routers["A"].isdisjoint(routers["E"])


FEATURES = Features(length=0.0, examples=1.0, annotated=1.0, context=0.0, logprob=-0.1, passed=1.0, crashed=0.0)


@pytest.mark.parametrize(
    ("level", "examples", "features", "solved"),
    [
        ("VERIFIED", True, FEATURES, True),
        ("UNVERIFIED", True, FEATURES, False),
        ("WEAK", True, FEATURES, None),
        ("WEAK", False, FEATURES, None),
        ("UNVERIFIED", False, FEATURES, None),
        ("VERIFIED", True, None, None),
    ],
)
def test_what_the_router_learns_does_not_depend_on_the_hidden_tests(level, examples, features, solved):
    for right in (False, True):
        lesson = outcome(level=level, examples=examples, features=features, right=right, route="full").lesson()
        assert (lesson.solved if lesson is not None else None) == solved


def test_provenance_changes_with_what_it_is_of(tmp_path):
    facts = SimpleNamespace(prompt_profile="pocket", model_hash="0" * 16)
    plain = provenance_of(CONDITIONS["P"], Settings(), facts)
    assert plain == provenance_of(CONDITIONS["P"], Settings(), facts)
    assert plain.differing(provenance_of(CONDITIONS["B"], Settings(), facts)) == ["settings"]
    changed = Settings(solve=SolveSettings(samples=9))
    assert plain.differing(provenance_of(CONDITIONS["P"], changed, facts)) == ["settings"]
    chat = SimpleNamespace(prompt_profile="chat", model_hash="0" * 16)
    assert plain.differing(provenance_of(CONDITIONS["P"], Settings(), chat)) == ["prompts"]
    found = []
    for content in (b"1", b"2"):
        (tmp_path / "lens.npz").write_bytes(content)
        weights = Settings(lens=LensSettings(weights=str(tmp_path / "lens.npz")))
        found.append(provenance_of(CONDITIONS["C"], weights, facts))
    assert found[0].differing(found[1]) == ["lens"]


def test_settings_are_changed_for_all_conditions_and_kept_apart(suite, tmp_path):
    changed = command.with_settings(["planned_share=0.5", "plan_search=medium"]).solve
    assert (changed.planned_share, changed.plan_search) == (0.5, "medium")
    assert CONDITIONS["A"].settings(changed, seed=1).planned_share == 0.5
    assert CONDITIONS["B"].settings(changed, seed=1).plan_search == "medium"
    for more in ({}, {"set": ["samples=1", "first_samples=1", "resamples=0"]}):
        found = asyncio.run(command.measure(options(suite, tmp_path, n=1, conditions="P", **more)))
        assert found["set"] == more.get("set", [])
    plain, fewer = sorted((tmp_path / "runs").rglob("*.json"), key=lambda path: len(path.parts))
    assert fewer.parts[-4] == "first_samples=1 resamples=0 samples=1"
    assert len(kept(plain).candidates) > len(kept(fewer).candidates) == 1


@pytest.mark.parametrize("change", ["planned_share", "planned=1", "planned_share=much", "samples=0"])
def test_a_wrong_setting_is_named(suite, tmp_path, capsys, change):
    assert command.run(options(suite, tmp_path, set=[change])) == 2
    assert change.partition("=")[0] in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_the_pipeline_never_opens_the_hidden_tests(suite, tmp_path):
    """Whatever the process opens while it solves is seen by an audit hook; only the scorer's command line has the path."""
    program = (
        "import sys, asyncio, argparse, pathlib\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None)\n"
        "from atlas_bench.ablation import command\n"
        f"options = argparse.Namespace(suite={str(suite)!r}, n=1, seeds=1, conditions='A', model='', lens='', samples=0,"
        f" set=[], out=pathlib.Path({str(tmp_path / 'runs')!r}), json=True)\n"
        "asyncio.run(command.measure(options))\n"
        "assert any('small.json' in path for path in opened)\n"
        "assert not any('hidden' in path for path in opened), [path for path in opened if 'hidden' in path]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_wrong_input_is_named(suite, tmp_path, capsys):
    assert command.run(options("no-such-suite", tmp_path)) == 2
    assert "there is no suite 'no-such-suite'" in capsys.readouterr().err
    suite.with_name("small.hidden.json").unlink()
    assert command.run(options(suite, tmp_path)) == 2
    assert "the scorer ended" in capsys.readouterr().err
    broken = tmp_path / "broken.json"
    broken.write_text("[1]")
    with pytest.raises(ValueError, match="is no file of a suite"):
        load(str(broken))


def test_tasks_are_drawn_from_all_groups_alike():
    tasks = [
        command.SuiteTask(id=f"t/{n:03}", tier=1 + n % 3, part="x", examples=bool(n % 2), name="f", source="")
        for n in range(60)
    ]
    found = command.drawn(tasks, 12)
    assert len(found) == 12
    assert sorted((task.tier, task.examples) for task in found) == sorted(
        2 * [(t, e) for t in (1, 2, 3) for e in (False, True)]
    )
    assert command.drawn(tasks, 12) == found
    assert command.drawn(tasks, 0) == tasks
