"""A program that reads standard input: what it prints, how it ends, and what does not count as an end."""

from __future__ import annotations

import pytest

from atlas_pipeline.sandbox import IsolatedSandbox, Limits, Outcome, OutcomeKind, Program
from atlas_pipeline.sandbox.printed import same_output

_LIMITS = Limits(cpu_s=0.3)


async def _run(sandbox: IsolatedSandbox, source: str, stdin: str = "", limits: Limits = _LIMITS) -> Outcome:
    (outcome,) = await sandbox.run_main(Program(source=source), [stdin], limits)
    return outcome


@pytest.mark.parametrize(
    ("source", "stdin", "stdout"),
    [
        ("n = int(input())\nprint(2 * n)", "21\n", "42\n"),
        ("import sys\nprint(sum(map(int, sys.stdin)))", "1\n2\n3", "6\n"),
        ("print(open(0).read().upper(), end='')", "ab\ncd", "AB\nCD"),
        ("import os\nos.write(1, os.read(0, 10))", "raw", "raw"),
        ("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())", "é\n", "é\n"),
        ("print(__name__, __import__('sys').argv)", "", "__main__ ['candidate.py']\n"),
        ("if __name__ == '__main__':\n    print('main')", "", "main\n"),
        ("import atexit\natexit.register(print, 'bye')\nprint('hello')", "", "hello\nbye\n"),
        (
            "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), print('late'))).start()",
            "",
            "late\n",
        ),
        ("import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return n and 1 + f(n - 1)\nprint(f(5000))", "", "5000\n"),
        ("print(len(open(0).read()))", "x" * 5_000_000, "5000000\n"),
        ("from dataclasses import dataclass\n@dataclass\nclass P: x: int\nprint(P(1))", "", "P(x=1)\n"),
    ],
)
async def test_it_reads_and_prints(sandbox: IsolatedSandbox, source: str, stdin: str, stdout: str) -> None:
    outcome = await _run(sandbox, source, stdin)
    assert (outcome.kind, outcome.exit_status) == (OutcomeKind.RETURNED, 0), outcome
    assert outcome.stdout == stdout
    assert outcome.exception is None


@pytest.mark.parametrize(
    ("source", "status", "type_name", "message", "line"),
    [
        ("print('before')\nraise ValueError('no')", 1, "ValueError", "no", 2),
        ("print('before')\nint(input())", 1, "EOFError", "EOF when reading a line", 2),
        ("print('before')\nimport sys\nsys.exit(3)", 3, "SystemExit", "3", 3),
        ("print('before')\nimport sys\nsys.exit('told')", 1, "SystemExit", "told", 3),
        ("print('before', flush=True)\nimport os\nos._exit(7)", 7, "SystemExit", "7", None),
        ("print('before'); x = (", 1, "SyntaxError", "'(' was never closed (candidate.py, line 1)", 1),
    ],
)
async def test_a_status_other_than_zero_is_raised(
    sandbox: IsolatedSandbox, source: str, status: int, type_name: str, message: str, line: int | None
) -> None:
    outcome = await _run(sandbox, source)
    assert (outcome.kind, outcome.exit_status) == (OutcomeKind.RAISED, status)
    assert outcome.exception is not None
    assert (outcome.exception.type_name, outcome.exception.message) == (type_name, message)
    assert outcome.exception.line == line
    assert outcome.stdout == ("" if type_name == "SyntaxError" else "before\n")


async def test_the_trace_goes_to_standard_error_without_our_own_frames(sandbox: IsolatedSandbox) -> None:
    outcome = await _run(sandbox, "def f():\n    raise ValueError('no')\nf()")
    assert outcome.stderr.startswith('Traceback (most recent call last):\n  File "candidate.py", line 3')
    assert outcome.stderr.endswith("ValueError: no\n")
    assert "atlas" not in outcome.stderr


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("while True: pass", OutcomeKind.TIMEOUT),
        ("input(); import time; time.sleep(100)", OutcomeKind.TIMEOUT),
        ("x = bytearray(10**12)", OutcomeKind.MEMORY),
        ("import os; os.kill(os.getpid(), 11)", OutcomeKind.CRASHED),
        ("import os, time; os.closerange(0, 100); time.sleep(100)", OutcomeKind.CRASHED),
    ],
)
async def test_other_ends(sandbox: IsolatedSandbox, source: str, kind: OutcomeKind) -> None:
    outcome = await _run(sandbox, source, "x\n", Limits(cpu_s=0.1))
    assert (outcome.kind, outcome.exit_status) == (kind, None), outcome


@pytest.mark.parametrize(
    "report",
    [
        {"seq": 1, "kind": "returned", "value": "1"},
        {"seq": 1, "kind": "raised", "type_name": "Forged"},
        {"seq": 9, "kind": "returned"},
    ],
)
async def test_a_forged_report_does_not_hide_how_it_ended(sandbox: IsolatedSandbox, report: dict[str, object]) -> None:
    forge = f"""
import json, os, struct
for part in ({report!r}, {{"seq": 1, "text": "x"}}):
    body = json.dumps(part).encode()
    os.write(3, struct.pack(">I", len(body)) + body)
"""
    assert (await _run(sandbox, forge + "os._exit(0)")).kind is OutcomeKind.RETURNED
    failed = await _run(sandbox, forge + "os._exit(5)")
    assert (failed.kind, failed.exit_status) == (OutcomeKind.RAISED, 5)
    hung = await _run(sandbox, forge + "import time; time.sleep(100)", limits=Limits(cpu_s=0.1))
    assert hung.kind in (OutcomeKind.CRASHED, OutcomeKind.TIMEOUT)


@pytest.mark.parametrize("name", ["exit", "quit"])
async def test_programs_may_end_with_what_the_interpreter_offers(sandbox: IsolatedSandbox, name: str) -> None:
    (outcome,) = await sandbox.run_main(Program(source=f"print(6)\n{name}()\nprint(7)"), [""], Limits())
    assert (outcome.kind, outcome.stdout) == (OutcomeKind.RETURNED, "6\n")


async def test_every_input_has_a_process_of_its_own(sandbox: IsolatedSandbox) -> None:
    source = "import sys\nsys.seen = getattr(sys, 'seen', 0) + 1\nprint(input(), sys.seen)"
    outcomes = await sandbox.run_main(Program(source=source), ["a", "b", "c"], _LIMITS)
    assert [outcome.stdout for outcome in outcomes] == ["a 1\n", "b 1\n", "c 1\n"]


async def test_output_is_cut_and_says_so(sandbox: IsolatedSandbox) -> None:
    limits = Limits(cpu_s=2, output_bytes=1000)
    outcome = await _run(sandbox, "import sys\nprint('x' * 10**6)\nsys.stderr.write('y' * 10**6)", limits=limits)
    assert (outcome.stdout, outcome.stderr, outcome.is_cut) == ("x" * 1000, "y" * 1000, True)
    outcome = await _run(sandbox, "print('x' * 999)", limits=limits)
    assert (len(outcome.stdout), outcome.is_cut) == (1000, False)


async def test_standard_input_cannot_be_changed(sandbox: IsolatedSandbox) -> None:
    source = """
import os
done = []
for attempt in (lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 0), lambda: os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"x")):
    try:
        attempt()
        done.append(attempt)
    except OSError:
        pass
print(done, input())
"""
    assert (await _run(sandbox, source, "kept")).stdout == "[] kept\n"


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("1 2\n3\n", "1 2\n3", True),
        ("1 2\n3", "  1 2  \n3 \n\n", True),
        ("1  2", "1 2", True),
        ("1 2 3", "1\n2\n3", False),
        ("1.0", "1.00", True),
        ("1.0", "1", True),
        ("0.3", "0.30000000000000004", True),
        ("0.333333333333", "0.333333333334", True),
        ("0.3333", "0.3334", False),
        ("1e3", "1000", True),
        ("50000000000000000", "50000000000000001", False),
        ("-0", "0", True),
        ("+1", "1", True),
        ("007", "7", True),
        ("yes", "Yes", False),
        ("Case 1: 0.5", "Case 1: 0.50", True),
        ("nan", "nan", True),
        ("inf", "Infinity", False),
        ("1_0", "10", False),
        ("1e999999999", "1e999999998", False),
        ("", "\n", True),
        ("a", "", False),
        ("١", "1", False),
    ],
)
def test_same_output(expected: str, actual: str, same: bool) -> None:
    assert same_output(expected, actual) is same
