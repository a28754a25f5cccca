"""Reads the sample tests in a problem statement: text for a main program, calls of a method for a class.

Forms, as contest sites print them:
    AtCoder     "Sample Input 1" and "Sample Output 1", each on a line of its own, also glued to the sentence before it
    Codeforces  "Example", then "Input" and "Output" in turn; LiveCodeBench's copies put a blank line after each line
    LeetCode    "Example 1:", "Input: nums = [1,2], k = 3", "Output: 4"

A sample that cannot be read is returned as text with the reason; it is never dropped silently.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass

from atlas_pipeline.examples import expect_value, literal
from atlas_pipeline.records import Expected, ExpectedKind, ProgramTask, Provenance, TestCase

_HEADING = re.compile(
    r"(?:^|(?<=[.!?)]))[ \t#*_]*(?:Sample|Example)[ \t]+(?P<kind>Input|Output)[ \t]*(?:\#?[ \t]*(?P<number>\d+))?"
    r"[ \t*_]*:?[ \t*_]*$",
    re.MULTILINE | re.IGNORECASE,
)
_EXAMPLES = re.compile(
    r"(?:^|(?<=[.!?)]))[ \t#*_]*(?:Examples?|Samples?)(?:[ \t]+\d+)?[ \t]*:?[ \t*_]*$", re.MULTILINE | re.IGNORECASE
)
_LABEL = re.compile(
    r"^[ \t#*_]*(?P<kind>Input|Output)(?:[ \t]*Copy)?[ \t*_]*(?:$|:[ \t*_]*)", re.MULTILINE | re.IGNORECASE
)
_END_OF_OUTPUT = re.compile(
    r"^[ \t#*_]*(?:Notes?|Constraints|(?:Sample |Example )?Explanations?[ \t]*\d*|Examples?[ \t]*\d*)[ \t*_]*(?::|$)",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.MULTILINE)
_EXAMPLE = re.compile(r"^[ \t#*_]*Example[ \t]*\d*[ \t]*:?[ \t*_]*$", re.MULTILINE | re.IGNORECASE)
_METHOD_INPUT = re.compile(r"^[ \t*_>]*Input[ \t*_]*:[ \t*_]*", re.MULTILINE | re.IGNORECASE)
_METHOD_OUTPUT = re.compile(r"^[ \t*_>]*Output[ \t*_]*:[ \t*_]*", re.MULTILINE | re.IGNORECASE)
_METHOD_END = re.compile(
    r"^[ \t*_>]*(?:Explanation|Constraints|Note|Follow[ -]up|Example[ \t]*\d*)\b", re.MULTILINE | re.IGNORECASE
)
_ANY_ANSWER = re.compile(
    r"\b(?:any|either)\s+(?:one\s+)?of\s+(?:them|these|the\s+(?:\w+\s+)?(?:answers|solutions))\s*(?:\w+\s+)?(?:will|is|are|may|can|would|\.|$)"
    r"|\b(?:print|output|return|report|find)\s+any(?:\s+(?:one\s+)?of\s+(?:them|these)|\s+(?:valid|such|correct|possible)\b|\s*\.)"
    r"|\bany\s+(?:valid|correct)\s+(?:answer|solution|output)",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(r"\breturn[^.]{0,200}?\b(?:in\s+any\s+order|order\s+does\s+not\s+matter)\b", re.IGNORECASE)
_TOLERANCE = re.compile(
    r"(?:absolute|relative)[^.]{0,160}?(?P<base>10)\s*\^\s*\{?\s*(?:-|−)\s*(?P<digits>\d{1,2})",
    re.IGNORECASE | re.DOTALL,
)
_JUDGE_TOLERANCE = re.compile(r"Answers\s+within\s+10\s*\^?\s*-\s*(?P<digits>\d)", re.IGNORECASE)
_INTERACTIVE = re.compile(
    r"\binteractive\s+(?:problem|task|judge)\b|\bflush\b.{0,40}\bstandard output\b", re.IGNORECASE | re.DOTALL
)

_LITERAL_WORDS = {"true": True, "false": False, "null": None}
MOST_SAMPLES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """The sample tests that could be read, and the text of those that could not, with the reason."""

    cases: tuple[TestCase, ...]
    unread: tuple[str, ...] = ()


def read_program_task(name: str, statement: str, *, starter: str = "") -> ProgramTask:
    """Return the task a statement sets: a main program, or where there is starter code, a class with one method.

    Args:
        name: Title or id, for people.
        statement: The statement with its samples, as text.
        starter: `class Solution:` with the signature of the method to write.

    Raises:
        ValueError: the starter code has no class with a method.
    """
    statement = statement.replace("\r\n", "\n").replace("\r", "\n")
    entry, parameters = _entry(starter) if starter.strip() else ("", ())
    samples = read_calls(statement, entry, parameters) if entry else read_samples(statement)
    first = _EXAMPLES.search(statement) or _HEADING.search(statement)
    rules = statement[: first.start()] if first else statement
    tolerances = [int(found["digits"]) for found in _TOLERANCE.finditer(rules)]
    tolerances += [int(found["digits"]) for found in _JUDGE_TOLERANCE.finditer(statement)]
    return ProgramTask(
        name=name,
        language="python",
        statement=statement,
        starter=starter,
        entry=entry,
        parameters=parameters,
        examples=samples.cases,
        unread_examples=samples.unread,
        any_answer=bool(_ANY_ANSWER.search(rules) or (entry and _ANY_ORDER.search(rules))),
        tolerance=10.0 ** -min(tolerances) if tolerances else 0.0,
    )


def _entry(starter: str) -> tuple[str, tuple[str, ...]]:
    """Return `Solution().method` and the method's parameters."""
    source = starter.rstrip()
    if source.endswith(":"):
        source += "\n        pass"
    tree = ast.parse(source)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    methods = [node for node in classes[-1].body if isinstance(node, ast.FunctionDef)] if classes else []
    public = [method for method in methods if not method.name.startswith("_")]
    if len(public) != 1:
        raise ValueError(f"the starter code should have one class with one method, it has {len(public)}: {starter!r}")
    arguments = [argument.arg for argument in (*public[0].args.posonlyargs, *public[0].args.args)]
    return f"{classes[-1].name}().{public[0].name}", tuple(arguments[1:])


def read_samples(statement: str) -> Samples:
    """Return the sample tests of a main program: standard input and what should be printed."""
    pairs, unread = _numbered(statement)
    if not pairs and not unread:
        pairs, unread = _labelled(statement)
    if not pairs and not unread and _INTERACTIVE.search(statement):
        unread = ["an interactive program talks with a judge; its sample is a conversation, not a test"]
    cases: dict[str, TestCase] = {}
    for given, wanted in pairs:
        stdin = _unspaced(_bare(given))
        stdout = _unspaced(_first_part(wanted, given))
        expected = Expected(kind=ExpectedKind.PRINTED, text=stdout, shown=stdout)
        cases.setdefault(stdin, TestCase(call=f"{stdin}\n", expected=expected, provenance=Provenance.GIVEN))
    return Samples(cases=tuple(cases.values())[:MOST_SAMPLES], unread=tuple(unread))


def _numbered(statement: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the texts under "Sample Input 1" and "Sample Output 1"."""
    found = list(_HEADING.finditer(statement))
    sections: list[tuple[str, str, str]] = []
    for index, heading in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(statement)
        sections.append((heading["kind"].lower(), heading["number"] or "", statement[heading.end() : end]))
    pairs: list[tuple[str, str]] = []
    unread: list[str] = []
    index = 0
    while index < len(sections):
        kind, number, text = sections[index]
        after = sections[index + 1] if index + 1 < len(sections) else None
        if kind == "input" and after is not None and after[0] == "output" and after[1] == number:
            pairs.append((text, after[2]))
            index += 2
            continue
        unread.append(f"sample {kind} {number} has no counterpart")
        index += 1
    return pairs, unread


def _labelled(statement: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the texts under "Input" and "Output" after an "Example" heading."""
    start = _EXAMPLES.search(statement)
    if start is None:
        return [], []
    found = list(_LABEL.finditer(statement, start.end()))
    pairs: list[tuple[str, str]] = []
    unread: list[str] = []
    for index, label in enumerate(found):
        end = found[index + 1].start() if index + 1 < len(found) else len(statement)
        if label["kind"].lower() == "input":
            if index + 1 == len(found) or found[index + 1]["kind"].lower() != "output":
                unread.append("a sample input has no output")
                continue
            following = found[index + 2].start() if index + 2 < len(found) else len(statement)
            pairs.append((statement[label.end() : end], statement[found[index + 1].end() : following]))
    return pairs, unread


def _bare(text: str) -> str:
    """Return a sample without the fence and the blank lines around it."""
    return _FENCE.sub("", text).strip("\n").rstrip()


def _first_part(text: str, given: str) -> str:
    """Return the output itself, without the explanation that follows it after a blank line or in a fence.

    An output may be empty: it begins as many blank lines after its heading as the input, `given`, does.
    """
    fences = list(_FENCE.finditer(text))
    if len(fences) >= 2 and not text[: fences[0].start()].strip():
        return text[fences[0].end() : fences[1].start()].strip("\n").rstrip()
    end = _END_OF_OUTPUT.search(text)
    lines = (text[: end.start()] if end else text).split("\n")
    begin = next((n for n, line in enumerate(given.split("\n")) if line.strip()), 0)
    if begin < 2 and len(lines) > begin and not lines[begin].strip():
        begin += 1
    if _is_spaced(_bare(given).split("\n")) and _is_spaced(lines[begin:]):
        return "\n".join(lines[begin:]).strip()
    stop = next((n for n in range(begin, len(lines)) if not lines[n].strip()), len(lines))
    return "\n".join(lines[begin:stop]).rstrip()


def _is_spaced(lines: list[str]) -> bool:
    """Tell whether every line is followed by a blank one, at least three times: a copy that doubled the line ends."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return len(lines) >= 5 and all(bool(line.strip()) == (number % 2 == 0) for number, line in enumerate(lines))


def _unspaced(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(lines[::2]) if _is_spaced(lines) else text


def read_calls(statement: str, entry: str, parameters: tuple[str, ...]) -> Samples:
    """Return the sample tests of a method as calls of `entry`, its arguments in the order of `parameters`."""
    cases: dict[str, TestCase] = {}
    unread: list[str] = []
    starts = list(_METHOD_INPUT.finditer(statement))
    for index, start in enumerate(starts):
        limit = starts[index + 1].start() if index + 1 < len(starts) else len(statement)
        output = _METHOD_OUTPUT.search(statement, start.end(), limit)
        if output is None:
            unread.append(f"no output: {_shortened(statement[start.start() : limit])}")
            continue
        given = statement[start.end() : output.start()]
        end = _METHOD_END.search(statement, output.end(), limit)
        wanted = statement[output.end() : end.start() if end else limit]
        arguments = _arguments(given, parameters)
        expected = _value(wanted)
        if arguments is None or expected is None:
            part = "input" if arguments is None else "output"
            unread.append(f"{part} is no literal: {_shortened(statement[start.start() : limit])}")
            continue
        call = f"{entry}({', '.join(map(repr, arguments))})"
        value, shown = expected
        cases.setdefault(call, TestCase(call=call, expected=expect_value(value, shown), provenance=Provenance.GIVEN))
    return Samples(cases=tuple(cases.values())[:MOST_SAMPLES], unread=tuple(unread))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:119]}…"


def _arguments(text: str, parameters: tuple[str, ...]) -> list[object] | None:
    """Return the values of `a = 1, b = [2]` in the order of `parameters`; unnamed ones as they come.

    Where the names are not those of the parameters, which happens when a site renames one, order decides.
    """
    text = text.strip().strip("`").strip()
    if not text:
        return [] if not parameters else None
    parts = _split(text)
    named = [re.match(r"\s*`?([^\W\d]\w*)`?\s*=(?!=)\s*", part) for part in parts]
    values: list[object] = []
    for part, name in zip(parts, named, strict=True):
        read = _value(part[name.end() :] if name else part, whole=True)
        if read is None:
            return None
        values.append(read[0])
    if len(values) != len(parameters):
        return None
    by_name = {name[1]: value for name, value in zip(named, values, strict=True) if name}
    if set(by_name) == set(parameters):
        return [by_name[name] for name in parameters]
    return values


def _split(text: str) -> list[str]:
    """Split at commas and line ends outside brackets and quotes."""
    parts: list[str] = [""]
    depth = 0
    quote = ""
    for character in text:
        if quote:
            escaped = (len(parts[-1]) - len(parts[-1].rstrip("\\"))) % 2
            quote = "" if character == quote and not escaped else quote
        elif character in "\"'":
            quote = character
        elif character in "[({":
            depth += 1
        elif character in "])}":
            depth -= 1
        elif character in ",\n" and depth <= 0:
            parts.append("")
            continue
        parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _value(text: str, *, whole: bool = False) -> tuple[object, str] | None:
    """Return the literal that `text` is, or unless `whole` the one its first lines are, and its text."""
    text = text.strip().strip("`").strip()
    lines = text.split("\n")
    for count in [len(lines)] if whole else range(len(lines), 0, -1):
        piece = "\n".join(lines[:count]).strip().strip("`").strip()
        for read in (_json, literal):
            is_literal, value = read(piece)
            if is_literal:
                return value, piece
    words = re.match(r"(true|false|null)\b", text, re.IGNORECASE)
    if words and not whole:
        return _LITERAL_WORDS[words[1].lower()], words[1]
    return None


def _json(text: str) -> tuple[bool, object]:
    try:
        return True, json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False, None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
