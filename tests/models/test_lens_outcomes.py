"""The Lens's training data: a scripted model of which every label is known, in the real sandbox, and the shipped model."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scripted import ScriptedEngine

from atlas_lens import outcomes as files
from atlas_lens import views
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings, SolveSettings
from atlas_pocket import outcomes
from atlas_pocket.corpus import world
from atlas_pocket.exams import Exam
from atlas_pocket.outcomes import Numbered, Sampler, collect, numbered, summary
from atlas_pocket.problem import held_out

SOURCE = 'def double(x):\n    """Return twice x.\n\n    >>> double(1)\n    2\n    """\n'
BODIES = ["    return 2 * x", "    return x + 2", "    return 2", "I cannot do that."]
WIDTH = 4


class Embedding(ScriptedEngine):
    """A scripted model whose vectors are the lengths of the texts, and less them for the last token."""

    def __init__(self):
        super().__init__(lambda prompt, sampling: BODIES[sampling.seed % len(BODIES)])
        self.embedded: list[str] = []

    async def capabilities(self):
        return replace(
            await super().capabilities(),
            n_embd=WIDTH,
            embeddings=True,
            embedding_definition="length/1",
            embedding_definitions=("length/1", "last-final-norm/1"),
        )

    async def embed(self, texts, *, definitions=()):
        self.embedded += texts
        signs = [-1 if each == "last-final-norm/1" else 1 for each in definitions]
        return np.array(
            [[sign * len(text) for sign in signs for _ in range(WIDTH)] for text in texts], dtype=np.float32
        )


def exams(count):
    document = Document(SOURCE)
    exam = Exam(
        name="double",
        task=make_task(document, document.named("double")),
        tier=1,
        has_examples=True,
        tests=tuple((f"double({n})", str(2 * n)) for n in (2, 3, 0)),
        reference=lambda x: 2 * x,
    )
    return [Numbered(number=number, part="made", exam=exam) for number in range(count)]


@pytest.fixture
async def sampler():
    engine, sandbox = Embedding(), await open_sandbox(SandboxSettings())
    capabilities = await engine.capabilities()
    yield Sampler(engine, capabilities, sandbox, k=4, made_by="a test", settings=SolveSettings())
    await sandbox.aclose()


async def test_one_task_by_hand(sampler):
    found, lines = await sampler.sample(exams(1)[0])
    # x + 2 is right for 2 only, the constant for none; the fourth answer holds no body.
    assert found.right.tolist() == [True, False, False]
    assert [line["body"] for line in lines] == ["return 2 * x", "return x + 2", "return 2"]
    assert [line["right"] for line in lines] == [True, False, False]
    assert set(found.vectors) == set(views.BASES)
    for base in ("function", "answer"):
        assert found.vectors[f"last of {base}"].tolist() == (-found.vectors[base]).tolist()
    assert (found.source.embedding_definition, found.source.last_token_definition) == ("length/1", "last-final-norm/1")
    assert found.vectors["body"][:, 0].tolist() == [12.0, 12.0, 8.0]
    assert len(sampler.engine.embedded) == len(set(sampler.engine.embedded)) == 3 * 3 + 2
    assert found.evidence["examples"].tolist() == [1.0, 1.0, 1.0]
    assert found.evidence["passed@3"].tolist() == [1.0, 0.0, 1.0]  # 3, not 2, is what x + 2 gives for 1
    assert found.evidence["faulty@3"].tolist() == [0.0, 0.0, 1.0]  # a constant, the parameter unused
    assert found.evidence["place@3"].tolist() == [0.0, 2.0, 1.0]


async def test_without_the_last_token_its_views_are_left_out(sampler):
    sampler.source = replace(sampler.source, last_token_definition="")
    found, _ = await sampler.sample(exams(1)[0])
    assert set(found.vectors) == {"body", "function", "answer", "in function", "in answer"}
    assert found.vectors["body"][:, 0].tolist() == [12.0, 12.0, 8.0]


async def test_evidence_is_of_the_first_so_many(sampler):
    sampler.k = 8
    found, _ = await sampler.sample(exams(1)[0])
    assert len(found) == 6
    assert np.isnan(found.evidence["place@3"]).tolist() == [False] * 3 + [True] * 3
    assert np.isnan(found.evidence["place@5"]).tolist() == [False] * 4 + [True] * 2
    assert sorted(found.evidence["place@8"].tolist()) == [0, 1, 2, 3, 4, 5]


async def test_a_run_that_was_ended_goes_on(sampler, tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "PART_TASKS", 2)
    asked = []
    sample = sampler.sample

    async def counted(each):
        asked.append(each.number)
        if len(asked) == 4:
            raise RuntimeError("pulled the plug")
        return await sample(each)

    monkeypatch.setattr(sampler, "sample", counted)
    with pytest.raises(RuntimeError):
        await collect(sampler, exams(6), tmp_path, at_once=1)
    assert sorted(path.name for path in tmp_path.glob("part*.npz")) == ["part-00000.npz"]
    asked.clear()
    asked += [-1] * 10
    found = await collect(sampler, exams(6), tmp_path, at_once=1)
    assert asked[10:] == [2, 3, 4, 5]
    assert found.task.tolist() == [f"{n:05}" for n in range(6) for _ in range(3)]
    assert files.load(tmp_path / "outcomes.npz").right.tolist() == [True, False, False] * 6
    lines = (tmp_path / "outcomes.jsonl").read_text().splitlines()
    assert [json.loads(line)["task"] for line in lines] == found.task.tolist()
    assert summary(found)["all"] == {"candidates": 18, "right": 0.3333, "tasks": 6, "mixed_tasks": 6}


def test_a_folder_of_another_run_is_left_alone(tmp_path):
    outcomes._claimed(tmp_path / "new", {"model_hash": "a", "n": 3})
    outcomes._claimed(tmp_path / "new", {"model_hash": "a", "n": 3})
    with pytest.raises(SystemExit, match="model_hash: a there, b now"):
        outcomes._claimed(tmp_path / "new", {"model_hash": "b", "n": 3})


def test_tasks_are_of_the_training_side_and_of_every_part():
    drawn = numbered(world(), n=60, seed=3)
    assert len(drawn) == 60
    assert [each.number for each in drawn] == list(range(60))
    assert not any(held_out(tuple(each.exam.name.split("/"))) for each in drawn)
    assert {each.part for each in drawn[:20]} == {part.name for part in world()}
