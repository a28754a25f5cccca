"""Says which bodies are right: a process of its own, the only one that opens the hidden tests.

    python -m atlas_bench.ablation.scorer SUITE

One JSON object a line on standard input, `{"id", "documents"}`: a task that was submitted, and documents, each with one
candidate's body in place. One on standard output for each, `{"id", "right"}`, a truth value for each document. The
scorer is asked once for a task, condition and seed, after the pipeline has ended, so nothing it says can reach a solve.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence

import msgspec

from atlas_bench.ablation.questions import Question, Scores
from atlas_bench.suites.hidden import HiddenTests, load_hidden
from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Program, open_sandbox
from atlas_pipeline.settings import SandboxSettings

LIMITS = Limits(cpu_s=2.0)


async def score(hidden: HiddenTests, documents: Sequence[str], sandbox: IsolatedSandbox) -> list[bool]:
    """Return which documents give the expected answer to every hidden call."""
    calls = [Call(expression=call) for call, _ in hidden.tests]
    expected = [value for _, value in hidden.tests]
    known: dict[str, bool] = {}
    for document in dict.fromkeys(documents):
        outcomes = await sandbox.run(Program(source=document), calls, LIMITS)
        known[document] = [outcome.value for outcome in outcomes] == expected
    return [known[document] for document in documents]


async def answer(hidden: Mapping[str, HiddenTests]) -> None:
    """Answer until standard input ends."""
    async with await open_sandbox(SandboxSettings()) as sandbox:
        for line in sys.stdin.buffer:
            question = msgspec.json.decode(line, type=Question)
            right = await score(hidden[question.id], question.documents, sandbox)
            sys.stdout.buffer.write(msgspec.json.encode(Scores(id=question.id, right=right)) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(answer(load_hidden(sys.argv[1])))
