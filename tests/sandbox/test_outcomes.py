"""What a program does becomes an outcome: every kind, and every part of one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from atlas_pipeline.errors import SandboxError
from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Outcome, OutcomeKind, Program, canonical

Evaluate = Callable[..., Awaitable[list[Outcome]]]


async def _one(evaluate: Evaluate, source: str, expression: str) -> Outcome:
    (outcome,) = await evaluate(source, expression)
    return outcome


async def test_a_value_is_returned(evaluate: Evaluate) -> None:
    outcome = await _one(evaluate, "def f(n):\n    return {n: [n / 2]}", "f(4)")
    assert outcome.kind is OutcomeKind.RETURNED
    assert outcome.value == canonical({4: [2]})
    assert outcome.shown == "{4: [2.0]}"
    assert outcome.exception is None
    assert outcome.changed_arguments is None


@pytest.mark.parametrize(
    ("source", "expression", "text"),
    [
        ("async def f():\n    import asyncio\n    await asyncio.sleep(0)\n    return 5", "f()", "5"),
        ("def f():\n    yield 1\n    yield 2", "f()", "iterator[1, 2]"),
        ("async def f():\n    yield 1\n    yield 2", "f()", "iterator[1, 2]"),
        ("async def f():\n    return (n for n in [1])", "f()", "iterator[1]"),
        ("class Stack(list):\n    def top(self):\n        return self[-1]", "Stack([1, 2]).top()", "2"),
        ("x = 3", "x", "3"),
        ("x = 3", "  x + 1\n", "4"),
        ("def f(*a, **k):\n    return a, k", "f(*[1, 2], 3, **{'b': 4}, c=5)", "((1, 2, 3), {'b': 4, 'c': 5})"),
        ("import numpy", "numpy.linalg.inv(numpy.eye(2) * 2)[0, 0] + numpy.float32(1)", "1.5"),
        (
            "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: 'int' = 1",
            "dataclasses.asdict(P())",
            "{'x': 1}",
        ),
        ("import __main__", "[n for n in dir(__main__) if not n.startswith('__')]", "[]"),
        ("", "__name__, __file__", "('candidate', 'candidate.py')"),
        ("if __name__ == '__main__':\n    raise SystemExit\nx = 1", "x", "1"),
        ("import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()", "t.is_alive()", "False"),
        ("import inspect\ndef f():\n    return 1", "inspect.getsource(f)", r"'def f():\n    return 1'"),
        ("import random, time, os, tempfile", "os.environ.get('USER'), os.getcwd()", "(None, '/')"),
    ],
)
async def test_values(evaluate: Evaluate, source: str, expression: str, text: str) -> None:
    # The time is not what is tested, and importing numpy takes most of the usual limit.
    (outcome,) = await evaluate(source, expression, limits=Limits(cpu_s=3.0))
    assert outcome.value == text, outcome


@pytest.mark.parametrize(
    ("body", "type_name", "message", "line", "explicit"),
    [
        ("raise ValueError('no')", "ValueError", "no", 2, True),
        ("assert n > 9, 'small'", "AssertionError", "small", 2, True),
        ("raise KeyError(n) from None", "KeyError", "1", 2, True),
        ("return {}[n]", "KeyError", "1", 2, False),
        ("raise ValueError({}[n])", "KeyError", "1", 2, False),
        (
            "import json\n    return json.loads('x')",
            "JSONDecodeError",
            "Expecting value: line 1 column 1 (char 0)",
            3,
            False,
        ),
        (
            "try:\n        return {}[n]\n    except KeyError:\n        raise ValueError('bad')",
            "ValueError",
            "bad",
            5,
            True,
        ),
        ("return f(n)", "RecursionError", "maximum recursion depth exceeded", 2, False),
        ("raise SystemExit(3)", "SystemExit", "3", 2, True),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "", 2, True),
        ("raise ValueError('\\ud800' + 'x' * 1000)", "ValueError", "\\ud800" + "x" * 491 + "...", 2, True),
        ("yield 1\n    raise ValueError('late')", "ValueError", "late", 3, True),
        ("class E(Exception):\n        def __str__(self):\n            1 / 0\n    raise E", "E", "", 5, True),
    ],
)
async def test_exceptions(
    evaluate: Evaluate, body: str, type_name: str, message: str, line: int, explicit: bool
) -> None:
    outcome = await _one(evaluate, f"def f(n):\n    {body}\n", "f(1)")
    assert outcome.kind is OutcomeKind.RAISED
    assert outcome.exception is not None
    assert (outcome.exception.type_name, outcome.exception.line) == (type_name, line)
    assert outcome.exception.message[:490] == message[:490]
    assert len(outcome.exception.message) <= 500
    assert outcome.exception.explicit is explicit


@pytest.mark.parametrize(
    ("expression", "type_name"), [("f(", "SyntaxError"), ("g()", "NameError"), ("f(1)", "TypeError")]
)
async def test_a_wrong_call_raises_without_a_line(evaluate: Evaluate, expression: str, type_name: str) -> None:
    outcome = await _one(evaluate, "def f():\n    pass\n", expression)
    assert outcome.exception is not None
    assert (outcome.kind, outcome.exception.type_name) == (OutcomeKind.RAISED, type_name)
    assert outcome.exception.line is None


@pytest.mark.parametrize(
    ("source", "type_name", "line"),
    [
        ("x = 1\ndef f(:\n", "SyntaxError", 2),
        ("\nimport no_such_module", "ModuleNotFoundError", 2),
        ("from . import x", "ImportError", 1),
        ("raise SystemExit", "SystemExit", 1),
        ("x = 1 / 0", "ZeroDivisionError", 1),
        ("x = '\ud800'", ("UnicodeEncodeError", "SyntaxError"), None),
        ("\0", ("SyntaxError", "ValueError"), None),
    ],
)
async def test_load_failures(evaluate: Evaluate, source: str, type_name: str, line: int | None) -> None:
    outcomes = await evaluate(source, "f()", "g()")
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.LOAD_FAILED] * 2
    assert outcomes[0].exception is not None
    assert outcomes[0].exception.type_name in type_name
    assert line is None or outcomes[0].exception.line == line


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("while True: pass", OutcomeKind.TIMEOUT),
        ("import os; os._exit(0)", OutcomeKind.CRASHED),
        ("x = bytearray(10**12)", OutcomeKind.MEMORY),
    ],
)
async def test_a_program_that_does_not_load_is_started_once(evaluate: Evaluate, source: str, kind: OutcomeKind) -> None:
    outcomes = await evaluate(source, "1", "2", "3", limits=Limits(cpu_s=0.3, restarts=0))
    assert [outcome.kind for outcome in outcomes] == [kind] * 3


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("append([1], 2)", {0: [1, 2]}),
        ("append(items=[1], item=2)", {"items": [1, 2]}),
        ("append(*[[1], 2])", {0: [1, 2]}),
        ("append([1], bad=2)", None),
        ("len([1])", None),
        ("Box().put(5)", None),
        ("append(huge, 1)", None),
        ("take(iter([1, 2]))", None),
        ("append(append([1], 2), 3)", {0: [1, 2, 3]}),
        ("fail([1])", {0: []}),
        ("[append([1], 2)]", None),
        ("box.items.append(1)", {"self": [1]}),
        ("Box.make([1])", {0: [1, 1]}),
    ],
)
async def test_changed_arguments(evaluate: Evaluate, expression: str, changed: dict[object, object] | None) -> None:
    source = """
huge = [0] * 1_000_000
class Box:
    def __init__(self): self.items = []
    def put(self, item): return item
    @classmethod
    def make(cls, items): items.append(1)
box = Box()
def append(items, item): items.append(item); return items
def take(items): return next(items)
def fail(items): items.clear(); raise ValueError
"""
    outcome = await _one(evaluate, source, expression)
    assert outcome.changed_arguments == (None if changed is None else canonical(changed))


async def test_the_receiver_of_a_method_is_watched(evaluate: Evaluate) -> None:
    source = "class Box:\n    def __init__(self): self.items = []\n    def put(self, item): self.items.append(item)\n"
    outcome = await _one(evaluate, source, "Box().put(5)")
    assert outcome.changed_arguments == "{'self': <Box items=[5]>}"


async def test_output_belongs_to_its_call(evaluate: Evaluate) -> None:
    source = """
import os, sys
print("while loading")
class Loud:
    def __repr__(self): print("while shown"); return "loud"
def f(n): print("call", n); return Loud()
def g(): os.write(1, b"raw "); os.system; print("cooked", file=sys.__stdout__); sys.stderr.write("apart")
def bad(): print("before"); sys.stdout.flush(); os._exit(1)
def broken(): sys.stdout.close(); sys.stdout = None
"""
    outcomes = await evaluate(source, "f(1)", "f(2)", "g()", "bad()", "f(3)", "broken()", "1")
    assert [outcome.stdout for outcome in outcomes] == [
        "call 1\n",
        "call 2\n",
        "raw cooked\n",
        "before\n",
        "call 3\n",
        "",
        "",
    ]
    assert outcomes[0].shown == "loud"
    assert outcomes[-1].value == "1"


async def test_output_is_cut(evaluate: Evaluate) -> None:
    limits = Limits(cpu_s=1, output_bytes=1000)
    outcomes = await evaluate("def f(): print('é' * 100_000)", "f()", "'x' * 999", "1", limits=limits)
    assert outcomes[0].stdout[:500] == "é" * 500
    assert len(outcomes[0].stdout.encode()) <= 1003
    assert outcomes[0].kind is OutcomeKind.RETURNED
    assert outcomes[1].kind is OutcomeKind.MEMORY
    assert outcomes[2].kind is OutcomeKind.RETURNED


async def test_a_value_as_large_as_allowed_is_returned(evaluate: Evaluate) -> None:
    quotes = "'\"\\\\' * 10_000"
    (outcome,) = await evaluate("", quotes)
    assert outcome.value == canonical('"\\' * 10_000)


async def test_after_a_crash_the_next_call_goes_on(evaluate: Evaluate) -> None:
    source = "import os\nseen = []\ndef f(n):\n    seen.append(n)\n    if n == 2: os._exit(0)\n    return seen\n"
    outcomes = await evaluate(source, "f(1)", "f(2)", "f(3)", "f(4)")
    assert [(outcome.kind, outcome.value) for outcome in outcomes] == [
        (OutcomeKind.RETURNED, "[1]"),
        (OutcomeKind.CRASHED, None),
        (OutcomeKind.RETURNED, "[3]"),
        (OutcomeKind.RETURNED, "[3, 4]"),
    ]


@pytest.mark.parametrize("restarts", [0, 1, 2])
async def test_restarts_are_counted(evaluate: Evaluate, restarts: int) -> None:
    source = "import os\ndef f(): os._exit(0)\n"
    outcomes = await evaluate(source, *["f()"] * 5, limits=Limits(cpu_s=0.3, restarts=restarts))
    kinds = [outcome.kind for outcome in outcomes]
    assert kinds == [OutcomeKind.CRASHED] * (restarts + 1) + [OutcomeKind.NOT_RUN] * (4 - restarts)


async def test_cpu_time_is_counted_per_call(evaluate: Evaluate) -> None:
    source = "import time\ndef f():\n    end = time.process_time() + 0.15\n    while time.process_time() < end: pass\n"
    outcomes = await evaluate(source, *["f()"] * 4, "1")
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.RETURNED] * 5
    assert all(0.15 <= outcome.cpu_s <= 0.3 for outcome in outcomes[:4])
    assert outcomes[4].cpu_s < 0.1


@pytest.mark.parametrize(("expression", "reason"), [("spin()", "CPU time"), ("time.sleep(1000)", "more than 1 s$")])
async def test_processor_and_wall_clock_are_two_limits(evaluate: Evaluate, expression: str, reason: str) -> None:
    source = "import time\ndef spin():\n    while True: pass\n"
    (outcome,) = await evaluate(source, expression, limits=Limits(cpu_s=0.1))
    assert outcome.kind is OutcomeKind.TIMEOUT
    assert outcome.exception is not None
    assert re.search(reason, outcome.exception.message)


async def test_threads_are_bounded(evaluate: Evaluate) -> None:
    source = """
import threading, time
threading.stack_size(65536)
def f(n):
    for _ in range(n): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    time.sleep(0 if n < 60 else 1000)
    return n
"""
    outcomes = await evaluate(source, "f(50)", "f(100)", limits=Limits(cpu_s=2))
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.RETURNED, OutcomeKind.CRASHED]
    assert outcomes[1].exception is not None
    assert "threads" in outcomes[1].exception.message


async def test_a_recursion_limit_stays_as_the_program_set_it(evaluate: Evaluate) -> None:
    source = "import sys\nsys.setrecursionlimit(10_000)\ndef f(n): return n and 1 + f(n - 1)\n"
    outcomes = await evaluate(source, "f(3000)", "f(3000)", "f(50_000)", "f(3000)")
    assert [outcome.value for outcome in outcomes] == ["3000", "3000", None, "3000"]


@pytest.mark.parametrize(
    "way", ["import builtins", "builtins = __builtins__", "import sys; builtins = sys.modules['builtins']"]
)
async def test_patched_builtins_do_not_reach_the_runner(evaluate: Evaluate, way: str) -> None:
    source = f"""
{way}
def f(items):
    items.append({{2: "b", 1: "a"}})
    for name in ("len", "sorted", "repr", "ascii", "issubclass", "id", "map", "sum", "range", "enumerate", "hasattr"):
        setattr(builtins, name, lambda *_, **__: 0)
    return items
"""
    outcome = await _one(evaluate, source, "f([3])")
    assert outcome.value == "[3, {1: 'a', 2: 'b'}]"
    assert outcome.changed_arguments == "{0: [3, {1: 'a', 2: 'b'}]}"


async def test_memory_is_free_again_after_a_memory_error(evaluate: Evaluate) -> None:
    source = "def f(n):\n    data = bytearray(n)\n    return len(bytes(n))\n"
    limits = Limits(cpu_s=2, memory_bytes=100 * 1024 * 1024)
    outcomes = await evaluate(source, "f(80_000_000)", "f(40_000_000)", limits=limits)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.MEMORY, OutcomeKind.RETURNED]


async def test_programs_do_not_see_each_other(evaluate: Evaluate) -> None:
    await evaluate("import sys, math\nmath.leak = sys.leak = 1", "1")
    outcome = await _one(
        evaluate, "import sys, math", "(hasattr(sys, 'leak'), hasattr(math, 'leak'), 'candidate_' in sys.modules)"
    )
    assert outcome.value == "(False, False, False)"


async def test_a_program_may_be_named_like_a_library(sandbox: IsolatedSandbox) -> None:
    program = Program(source="import statistics, random\ndef f(): return __name__", module_name="random")
    (outcome,) = await sandbox.run(program, [Call(expression="(f(), random.__name__)")], Limits())
    assert outcome.value == "('random_', 'random')"


async def test_no_calls_need_no_process(sandbox: IsolatedSandbox) -> None:
    assert await sandbox.run(Program(source="while True: pass"), [], Limits()) == []


async def test_a_program_is_never_main(sandbox: IsolatedSandbox) -> None:
    with pytest.raises(SandboxError, match="__main__"):
        await sandbox.run(Program(source="", module_name="__main__"), [Call(expression="1")], Limits())


async def test_a_large_program_and_a_large_call(evaluate: Evaluate) -> None:
    source = "\n".join(f"def f{n}(x): return x + {n}" for n in range(20_000))
    limits = Limits(cpu_s=10, output_bytes=2_000_000)
    outcomes = await evaluate(source, "f7(1)", f"len({'x' * 500_000!r})", "'y' * 1_500_000", limits=limits)
    assert [outcome.value for outcome in outcomes[:2]] == ["8", "500000"]
    assert len(outcomes[2].value or "") == 1_500_002
