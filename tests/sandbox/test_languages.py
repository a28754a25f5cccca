"""JavaScript and TypeScript: the same outcomes as Python gives, in node, under bubblewrap."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from atlas_pipeline.errors import SandboxUnavailableError, UsageError
from atlas_pipeline.sandbox import Call, IsolatedSandbox, Limits, Outcome, OutcomeKind, Program, canonical, open_sandbox
from atlas_pipeline.sandbox.languages import LANGUAGES, BuildError, language_of
from atlas_pipeline.settings import SandboxSettings

_LIMITS = Limits(cpu_s=1, memory_bytes=128 * 1024 * 1024, restarts=2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def box(bubblewrap: str) -> AsyncIterator[IsolatedSandbox]:
    async with await open_sandbox(SandboxSettings(), layers="bubblewrap", bubblewrap=bubblewrap, slots=2) as opened:
        yield opened


async def _run(box: IsolatedSandbox, source: str, *calls: str, language: str = "javascript") -> list[Outcome]:
    program = Program(source=source, language=language)
    return await box.run(program, [Call(expression=call) for call in calls], _LIMITS)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 1", 2),
        ("0.1 + 0.2", 0.3),
        ("3.0000000000000004", 3),
        ("1e-7", 1e-7),
        ("1.25e-5", 1.25e-5),
        ("0.00012345678949", 0.00012345678949),
        ("123456789012.25", 123456789012.25),
        ("2.5e9 + 0.5", 2500000000.5),
        ("1e20", 1e20),
        ("2n ** 70n", 2**70),
        ("-(2n ** 2100n)", -(2**2100)),
        ("-0", 0),
        ("NaN", float("nan")),
        ("[Infinity, -Infinity]", [float("inf"), float("-inf")]),
        ("'it\\'s \"é\\u{1f600}\\n\\ud800'", "it's \"é\U0001f600\n\ud800"),
        ("[1, [null, true]]", [1, [None, True]]),
        ("({ b: 1, a: [2], 'x y': {} })", {"a": [2], "x y": {}, "b": 1}),
        ("Object.create(null)", {}),
        ("new Set([2, 1])", {1, 2}),
        ("new Set()", set()),
        ("(function* () { yield 1; yield 2; })()", (item for item in [1, 2])),
        ("[1, 2].values()", iter([1, 2])),
        ("(async () => 5)()", 5),
        ("(async function* () { yield 1; })()", iter([1])),
    ],
)
async def test_values_have_the_text_of_their_python_equals(
    box: IsolatedSandbox, expression: str, value: object
) -> None:
    (outcome,) = await _run(box, "", expression)
    assert outcome.value == canonical(value), outcome


async def test_values_that_python_has_no_word_for(box: IsolatedSandbox) -> None:
    cases = {
        "undefined": "<undefined>",
        "new Map([[1, 2]])": "<Map {1: 2}>",
        "new Date(0)": "<Date 0>",
        "/a/g": "<RegExp '/a/g'>",
        "new Uint8Array([1, 2])": "<Uint8Array [1, 2]>",
        "class Point { constructor() { this.x = 1; } }, new (class Point { constructor() { this.x = 1; } })()": "<Point x=1>",
        "new RangeError('no')": "<RangeError message='no'>",
        "new Proxy({}, { get() { throw 1; }, ownKeys() { throw 1; } })": "<Proxy>",
        "({ get x() { throw 1; } })": "{'x': '<accessor>'}",
        "Symbol('s')": "<symbol 'Symbol(s)'>",
        "(() => { const a = []; a.push(a); return a; })()": "[<cycle 1>]",
    }
    outcomes = await _run(box, "", *cases)
    assert [outcome.value for outcome in outcomes] == list(cases.values())


async def test_a_program_keeps_its_state_and_says_what_it_did(box: IsolatedSandbox) -> None:
    source = """
const seen = [];
function note(n) { seen.push(n); console.log('note', n); console.error('err', n); return seen.length; }
function push(xs, x) { xs.push(x); }
class Stack { constructor(xs) { this.xs = xs; } pop() { return this.xs.pop(); } }
const stack = new Stack([1, 2]);
function bad(n) {
  if (n) throw new TypeError('no ' + n);
  return null.x;
}
function thrower() { throw 'text'; }
"""
    calls = ["note(1)", "note(2)", "push([1], 2)", "stack.pop()", "bad(7)", "bad(0)", "thrower()", "nope()", "note("]
    first, second, pushed, popped, explicit, implicit, text, missing, broken = await _run(box, source, *calls)
    assert (first.value, first.stdout, first.stderr, first.shown) == ("1", "note 1\n", "err 1\n", "1")
    assert (second.value, second.stdout) == ("2", "note 2\n")
    assert pushed.changed_arguments == canonical({0: [1, 2]})
    assert (popped.value, popped.changed_arguments) == ("2", "{'self': <Stack xs=[1]>}")
    for outcome, expected in (
        (explicit, ("TypeError", "no 7", 8, True)),
        (implicit, ("TypeError", "Cannot read properties of null (reading 'x')", 9, False)),
        (text, ("string", "'text'", None, True)),
        (missing, ("ReferenceError", "nope is not defined", None, False)),
    ):
        assert (outcome.kind, outcome.exception is None) == (OutcomeKind.RAISED, False)
        raised = outcome.exception
        assert raised is not None
        assert (raised.type_name, raised.message, raised.line, raised.explicit) == expected
    assert broken.kind is OutcomeKind.RAISED


@pytest.mark.parametrize(
    ("expression", "kind", "detail"),
    [
        ("(() => { for (;;); })()", OutcomeKind.TIMEOUT, "CPU time"),
        ("new Promise(() => setInterval(() => 0, 10))", OutcomeKind.TIMEOUT, "more than 10 s"),
        ("new Promise(() => {})", OutcomeKind.RAISED, "nothing will ever settle"),
        ("process.exit(0)", OutcomeKind.CRASHED, "without an answer"),
        ("(() => { const a = []; for (;;) a.push(new Array(1e6).fill(1)); })()", OutcomeKind.MEMORY, "memory"),
        ("(() => { const a = []; for (;;) a.push(Buffer.alloc(1e7, 1)); })()", OutcomeKind.MEMORY, "MiB of memory"),
        ("(() => { let x = []; for (let i = 0; i < 1e5; i++) x = [x]; return x; })()", OutcomeKind.MEMORY, "too large"),
        ("new Array(1e9)", OutcomeKind.MEMORY, "too large"),
        ("'x'.repeat(1e8)", OutcomeKind.MEMORY, "too large"),
        ("process.kill(process.pid, 'SIGSEGV'), process.abort()", OutcomeKind.CRASHED, ""),
        ("(() => { const f = () => f(); return f(); })()", OutcomeKind.RAISED, "call stack"),
    ],
)
async def test_what_exceeds_its_limits(box: IsolatedSandbox, expression: str, kind: OutcomeKind, detail: str) -> None:
    bad, good = await _run(box, "const two = 2;", expression, "two")
    assert bad.kind is kind, bad
    assert bad.exception is not None
    assert detail in bad.exception.message
    assert good.value == "2"


@pytest.mark.parametrize(
    "poison",
    [
        "JSON.stringify = JSON.parse = () => 'poison'",
        "Array.prototype.push = Array.prototype.map = Array.prototype[Symbol.iterator] = null",
        "Object.getOwnPropertyDescriptor = Object.keys = Reflect.apply = null",
        "Map.prototype.set = Map = Promise = undefined",
        "String.prototype.replace = String.prototype.toString = () => 'poison'",
        "Object.prototype.value = Object.prototype.kind = 'poison'",
        "globalThis.process = globalThis.Buffer = undefined",
        "require('fs').writeSync = require('fs').readSync = () => { throw 1; }",
        "console.log = process.stdout.write = null",
    ],
)
async def test_what_a_program_patches_does_not_reach_the_runner(box: IsolatedSandbox, poison: str) -> None:
    values = await _run(
        box, f"function f() {{ {poison}; return {{ a: [1, 'x'] }}; }}\nconst g = (x) => x;", "f()", "g(2)"
    )
    assert [outcome.value for outcome in values] == ["{'a': [1, 'x']}", "2"]


async def test_modules(box: IsolatedSandbox) -> None:
    source = """
import { strict as assert } from 'node:assert';
import path, { join } from 'path';
const hidden = await Promise.resolve(4);
export default function half(n) { assert(n % 2 === 0); return n / 2; }
export const where = () => [typeof import.meta.url, join('a', 'b'), path.sep];
const lazy = async () => (await import('node:os')).EOL;
"""
    half, where, failed, lazy, hidden = await _run(box, source, "half(4)", "where()", "half(3)", "lazy()", "hidden")
    assert (half.value, where.value) == ("2", "['string', 'a/b', '/']")
    assert failed.exception is not None
    assert failed.exception.type_name == "AssertionError"
    assert (lazy.value, hidden.value) == ("'\\n'", "4")
    (missing, *_) = await _run(box, "import x from './nowhere.js';", "1")
    assert missing.kind is OutcomeKind.LOAD_FAILED
    (required,) = await _run(box, "const { join } = require('path'); module.exports = join;", "join('a', 'b')")
    assert required.value == "'a/b'"


async def test_own_modules_are_found_where_allowed(tmp_path: Path, bubblewrap: str) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "double.js").write_text("module.exports = (n) => 2 * n;\n")
    (tmp_path / "node_modules" / "triple").mkdir(parents=True)
    (tmp_path / "node_modules" / "triple" / "index.js").write_text("module.exports = (n) => 3 * n;\n")
    source = "const d = require('./double.js'); const t = require('triple');"
    program = Program(source=source, language="javascript", path=str(tmp_path / "lib" / "main.js"))
    for readable, value in ((("lib", "node_modules"), "10"), ((), None)):
        settings = SandboxSettings(readable=readable)
        async with await open_sandbox(settings, workspace=tmp_path, layers="bubblewrap", bubblewrap=bubblewrap) as box:
            (outcome,) = await box.run(program, [Call(expression="d(2) + t(2)")], _LIMITS)
            assert outcome.value == value, outcome


@pytest.mark.parametrize(
    ("source", "stdin", "stdout", "status"),
    [
        ("console.log(2 * Number(require('fs').readFileSync(0, 'utf8')))", "21\n", "42\n", 0),
        (
            "import rl from 'node:readline';\nfor await (const l of rl.createInterface({ input: process.stdin }))\n  console.log(l.length)",
            "abc\nde\n",
            "3\n2\n",
            0,
        ),
        (
            "let s = ''; process.stdin.on('data', (d) => (s += d)).on('end', () => console.log(s.length))",
            "x" * 300_000,
            "300000\n",
            0,
        ),
        ("process.exit(3)", "", "", 3),
    ],
)
async def test_main_programs(box: IsolatedSandbox, source: str, stdin: str, stdout: str, status: int) -> None:
    (outcome,) = await box.run_main(Program(source=source, language="javascript"), [stdin], _LIMITS)
    assert (outcome.exit_status, outcome.stdout) == (status, stdout), outcome
    assert outcome.kind is (OutcomeKind.RAISED if status else OutcomeKind.RETURNED)


async def test_how_main_programs_fail(box: IsolatedSandbox) -> None:
    programs = {
        "\nthrow new RangeError('far')": OutcomeKind.RAISED,
        "for (;;);": OutcomeKind.TIMEOUT,
        "require('child_process').execSync('sleep 100')": OutcomeKind.RAISED,
        "setInterval(() => 0, 100)": OutcomeKind.TIMEOUT,
        "const a = []; for (;;) a.push(new Array(1e6).fill(1))": OutcomeKind.MEMORY,
        "const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))": OutcomeKind.MEMORY,
    }
    for source, kind in programs.items():
        (outcome,) = await box.run_main(
            Program(source=source, language="javascript"), [""], Limits(cpu_s=0.5, memory_bytes=2**27)
        )
        assert outcome.kind is kind, outcome
        assert outcome.exception is not None
        raised = outcome.exception
        if "execSync" in source:
            assert (raised.type_name, raised.message) == ("Error", "spawnSync /bin/sh EPERM")
        elif kind is OutcomeKind.RAISED:
            assert (raised.type_name, raised.message, raised.line) == ("RangeError", "far", 2)


TYPED = """
import type { Readable } from 'node:stream';
import { type Stats, readFileSync } from 'node:fs';
export interface Point { x: number; y?: number }
export type Pair<T> = [T, T];
declare const never: string;
function over(a: string): string;
function over(a: number): number;
function over(a: any): any { return a; }
const a = 1
type Joined = string
;[a].forEach((x: number): void => {})
const id = <T,>(x: T): T => x;
const long = (x: number): Pair<
  number
> => [x, x];
function isPoint(this: void, p: unknown): p is Point { return typeof (p as Point)?.x === 'number'; }
abstract class Base<T> { protected abstract area(): number; readonly kind?: string = 'base'; static count: number = 0; }
class Square extends Base<number> implements Point {
  declare tag: string;
  private side!: number;
  [key: string]: any;
  x: number = 2;
  constructor(side: number, private_?: string) { super(); this.side = side; }
  public override area<T extends number>(scale: T = 1 as T, ...rest: number[]): number { return this.side! ** 2 * scale; }
  get half(): number { return this.side / 2; }
}
const made = new Map<string, number>([['a', 1]]);
const config = { a: 1 } satisfies Record<string, number>;
const fixed = <const T>(x: T) => x;
let later!: number;
try { later = 5 } catch (e: unknown) { }
export { type Point as P, id };
export default function total(points: Point[], start: number = 0): number {
  return points.reduce<number>((sum, p) => sum + p.x + (p.y ?? 0), start) as number
}
function fail(): never { throw new Error('here'); }
enumerate: for (const k of Object.keys(config) as string[]) { break enumerate; }
"""


async def test_typescript_runs_with_its_types_erased(box: IsolatedSandbox) -> None:
    calls = ["total([{ x: 1 }, { x: 2, y: 3 }])", "over(4)", "new Square(3).area(2)", "isPoint({ x: 1 })", "long(7)"]
    calls += [
        "made.get('a')",
        "later",
        "[typeof readFileSync, id('s'), new Square(1).kind, 'tag' in new Square(1)]",
        "fail()",
    ]
    outcomes = await _run(box, TYPED, *calls, language="typescript")
    values = [outcome.value for outcome in outcomes]
    assert values[:7] == ["6", "4", "18", "True", "[7, 7]", "1", "5"], outcomes[0]
    assert values[7] == "['function', 's', 'base', False]"
    raised = outcomes[8].exception
    assert raised is not None
    assert TYPED.split("\n")[(raised.line or 0) - 1].startswith("function fail()")


def test_erasing_moves_nothing() -> None:
    built = LANGUAGES["typescript"].build(TYPED)
    assert built.is_module
    before, after = TYPED.split("\n"), built.source.split("\n")
    assert [len(line) for line in before] == [len(line) for line in after]
    for old, new in zip(before, after, strict=True):
        assert all(b in (a, " ", ";", ")") for a, b in zip(old, new, strict=True)), (old, new)


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        ("\nenum Colour { Red }", "an enum needs a compiler", 2),
        ("namespace N { export const a = 1 }", "a namespace needs a compiler", 1),
        ("class A {\n  constructor(private x: number) {}\n}", "a parameter property needs a compiler", 2),
        ("import fs = require('fs')", "needs a compiler", 1),
        ("@sealed class A {}", "a decorator needs a compiler", 1),
        ("const x = <b>text</b>;", "JSX needs a compiler", 1),
        ("function f(: number) {}", "unexpected", 1),
    ],
)
async def test_what_cannot_be_erased_is_named(box: IsolatedSandbox, source: str, message: str, line: int) -> None:
    with pytest.raises(BuildError, match=message):
        LANGUAGES["typescript"].build(source)
    (outcome,) = await _run(box, source, "1", language="typescript")
    assert outcome.kind is OutcomeKind.LOAD_FAILED
    assert outcome.exception is not None
    assert (message in outcome.exception.message, outcome.exception.line) == (True, line)


def test_lines_do_not_run_together_where_a_type_stood() -> None:
    source = "const a = b as string\n(c)\nlet x = y\ntype T = number\n[1].map(f)"
    built = LANGUAGES["typescript"].build(source).source.split("\n")
    assert built[0].rstrip().endswith(";")
    assert built[3].startswith(" ") or built[3].endswith(";")
    assert ";" in built[3]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_functions_are_found(language: str) -> None:
    sources = {
        "python": "def f(é='é'): pass\nclass C:\n    def m(self): pass\n",
        "javascript": "/* é */ export function f() {}\nclass C { m() {} }\nconst g = (x) => x;\n",
        "typescript": "/* é */ function f<T>(x: T): T { return x }\nexport class C { m(): void {} n?(): void }\n",
    }
    source = sources[language]
    found = LANGUAGES[language].functions(source)
    names = [function.qualname for function in found]
    assert names == ["f", "C.m", "g"][: len(names)]
    assert len(names) >= 2
    assert source[found[0].start : found[0].end].startswith(("def f", "export function f", "function f"))
    assert "m(" in source[found[1].start : found[1].end]


def test_suffixes_and_literals() -> None:
    assert [language_of(name).name for name in ("a.py", "b.mjs", "c.tsx")] == ["python", "javascript", "typescript"]
    with pytest.raises(UsageError, match=r"a\.rb.*known are \.py"):
        language_of("a.rb")
    assert LANGUAGES["javascript"].literal('{"a": [1.0, null]}') == canonical({"a": [1, None]})
    assert LANGUAGES["python"].literal("{1, 2}") == canonical({2, 1})
    for language in LANGUAGES.values():
        with pytest.raises(ValueError, match="."):
            language.literal("f(")


async def test_where_it_cannot_run_the_reason_is_named(
    tmp_path: Path, bubblewrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, calls = Program(source="", language="typescript"), [Call(expression="1")]
    async with await open_sandbox(SandboxSettings(), layers="landlock") as box:
        with pytest.raises(SandboxUnavailableError, match="only under bubblewrap"):
            await box.run(program, calls, _LIMITS)
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v16.20.0\n")
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    for node, message in (
        (str(old), r"not Node 18 or later.*v16\.20\.0.*sandbox\.node"),
        ("/no/node", "there is no /no/node"),
    ):
        async with await open_sandbox(SandboxSettings(node=node), layers="bubblewrap", bubblewrap=bubblewrap) as box:
            with pytest.raises(SandboxUnavailableError, match=message):
                await box.run(program, calls, _LIMITS)
    monkeypatch.setenv("PATH", "/nowhere")
    async with await open_sandbox(SandboxSettings(), layers="bubblewrap", bubblewrap=bubblewrap) as box:
        with pytest.raises(SandboxUnavailableError, match="no node on PATH"):
            await box.run(program, calls, _LIMITS)


async def test_nothing_is_left_behind(box: IsolatedSandbox, descendants: Callable[[int], set[int]]) -> None:
    await box.settle()
    before, files = len(descendants(os.getpid())), len(list(Path("/proc/self/fd").iterdir()))
    source = "const { Worker } = require('worker_threads'); new Worker('for (;;);', { eval: true });"
    await _run(box, source + "function f() { return 1; }", "f()", "process.exit()")
    await box.run_main(Program(source=source, language="javascript"), [""], Limits(cpu_s=0.1))
    await box.settle()
    assert (len(descendants(os.getpid())), len(list(Path("/proc/self/fd").iterdir()))) == (before, files)


def test_node_is_here() -> None:
    assert shutil.which("node"), "these tests need node: install Node 18 or later"
