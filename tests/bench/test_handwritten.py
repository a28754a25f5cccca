"""The functions written by hand: references, what is compared with them in a real sandbox, and the sums."""

import random
from collections import Counter

import pytest

from atlas_bench.handwritten import HANDWRITTEN, SETS, is_right, summary
from atlas_bench.newcomer import NEWCOMER
from atlas_bench.references import Difficulty
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level
from atlas_pipeline.sandbox import canonical, open_sandbox
from atlas_pipeline.settings import SandboxSettings

# Of each function a body made in another way than the reference, and one that is nearly right.
BODIES = {
    "is_even": ("return not n & 1", "return n % 2 == 0 and n >= 0"),
    "celsius_to_fahrenheit": ("return 1.8 * celsius + 32", "return celsius * 9 // 5 + 32"),
    "count_vowels": ("return sum(map(text.lower().count, 'aeiou'))", "return sum(c in 'aeiou' for c in text)"),
    "is_palindrome": (
        "s = s.upper()\nreturn all(a == b for a, b in zip(s, reversed(s)))",
        "return s == s[::-1] or s == 'Racecar'",
    ),
    "average": (
        "if not numbers:\n    return 0.0\nreturn sum(numbers) / len(numbers)",
        "return sum(numbers) // len(numbers) if numbers else 0",
    ),
    "slug": ("return '-'.join(title.lower().split())", "return '-'.join(title.lower().split(maxsplit=2))"),
    "total_price": (
        "total = 0\nfor item in cart:\n    total += item[2] * item[1]\nreturn total",
        "return sum(int(p) * q for n, p, q in cart)",
    ),
    "factorial": (
        "return 1 if n == 0 else n * factorial(n - 1)",
        "result = 1\nfor i in range(1, n):\n    result *= i\nreturn result",
    ),
    "is_leap_year": (
        "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        "return year % 4 == 0 and year % 100 != 0",
    ),
    "best_student": (
        "best = max(scores.values())\nreturn min(name for name in scores if scores[name] == best), best",
        "return max(scores.items(), key=lambda pair: pair[1])",
    ),
    "shared_tags": ("return sorted(t for t in mine if t in theirs)", "return sorted(mine | theirs)"),
    "unique": (
        "seen = []\nfor x in items:\n    if x not in seen:\n        seen.append(x)\nreturn seen",
        "return [x for i, x in enumerate(items) if i == 0 or x != items[i - 1] and x not in items[:i][-2:]]",
    ),
    "word_count": (
        "found = {}\nfor w in text.lower().split():\n    found[w] = found.get(w, 0) + 1\nreturn found",
        "return {w.lower(): text.split().count(w) for w in text.split()}",
    ),
    "initials": (
        "return '.'.join(word[0] for word in full_name.upper().split()) + '.'",
        "return ''.join(word[0] + '.' for word in full_name.split())",
    ),
    "is_prime": (
        "return n >= 2 and not any(n % d == 0 for d in range(2, n))",
        "return n > 1 and all(n % d for d in range(2, int(n ** 0.5)))",
    ),
    "flatten": (
        "if not isinstance(nested, list):\n    return [nested]\nreturn [leaf for item in nested for leaf in flatten(item)]",
        "return [y for x in nested for y in (x if isinstance(x, list) else [x])]",
    ),
    "longest_streak": ("return max(map(len, ''.join(results).split('L')))", "return results.count('W')"),
    "fizzbuzz": (
        "out = []\nfor i in range(1, n + 1):\n    if i % 15 == 0:\n        out.append('FizzBuzz')\n    elif i % 3 == 0:\n"
        "        out.append('Fizz')\n    elif i % 5 == 0:\n        out.append('Buzz')\n    else:\n        out.append(str(i))\n"
        "return out",
        "return ['Fizz' if i % 3 == 0 else 'Buzz' if i % 5 == 0 else str(i) for i in range(1, n + 1)]",
    ),
    "fibonacci": (
        "a, b, out = 0, 1, []\nfor _ in range(n):\n    out.append(a)\n    a, b = b, a + b\nreturn out",
        "out = [0, 1]\nwhile len(out) < n:\n    out.append(out[-1] + out[-2])\nreturn out",
    ),
    "running_balance": (
        "out = []\nfor change in changes:\n    if start + change >= 0:\n        start += change\n    out.append(start)\nreturn out",
        "out = []\nfor change in changes:\n    if start + change > 0:\n        start += change\n    out.append(start)\nreturn out",
    ),
}


def tasks(functions):
    document = Document(functions.text())
    return {name: make_task(document, document.named(name)) for name in functions.references}


def test_twenty_functions_half_with_examples_both_kinds_at_each_difficulty():
    found = tasks(NEWCOMER)
    assert [function.name for function in Document(NEWCOMER.text()).functions()] == list(found)
    assert len(found) == 20
    assert all(task.is_stub and not task.unread_examples for task in found.values())
    assert all(bool(task.examples) == (">>>" in task.docstring) for task in found.values())
    kinds = Counter((NEWCOMER.references[name].difficulty, bool(task.examples)) for name, task in found.items())
    assert sum(kinds[difficulty, True] for difficulty in Difficulty) == 10
    assert all(kinds[difficulty, example] >= 3 for difficulty in Difficulty for example in (True, False))


@pytest.mark.parametrize("functions", SETS.values(), ids=SETS)
def test_references_agree_with_the_docstrings(functions):
    checked = 0
    for name, task in tasks(functions).items():
        for example in task.examples:
            answer = eval(example.call, {name: functions.references[name].answer})
            assert canonical(answer) == example.expected.text, example.call
            checked += 1
    assert checked >= 8


@pytest.mark.parametrize("functions", SETS.values(), ids=SETS)
def test_inputs_vary_and_have_answers_that_do(functions):
    for name, reference in functions.references.items():
        rng = random.Random(1)
        inputs = [*reference.edges, *(reference.arguments(rng) for _ in range(100))]
        assert len(set(map(repr, inputs))) >= 30, name  # factorial and fibonacci have few inputs of a usual size
        answers = Counter(canonical(reference.answer(*arguments)) for arguments in inputs)
        assert answers.most_common(1)[0][1] <= 0.9 * len(inputs), name


async def test_right_bodies_are_right_and_nearly_right_ones_wrong():
    found = tasks(NEWCOMER)
    assert list(found) == list(BODIES)
    async with await open_sandbox(SandboxSettings()) as sandbox:
        for name, (right, wrong) in BODIES.items():
            assert await is_right(found[name], right, sandbox, NEWCOMER), name
            assert not await is_right(found[name], wrong, sandbox, NEWCOMER), name
            assert not await is_right(found[name], "return None", sandbox, NEWCOMER), name
        assert not await is_right(found["is_even"], None, sandbox, NEWCOMER)
        ten = tasks(HANDWRITTEN)
        assert await is_right(ten["warm_days"], "return len([t for t in temps if t > limit])", sandbox)
        assert not await is_right(ten["warm_days"], "return len([t for t in temps if t >= limit])", sandbox)


def test_sums_of_a_set_and_of_its_halves():
    kinds = [
        ("VERIFIED", True, True),
        ("VERIFIED", False, True),
        ("WEAK", True, False),
        ("WEAK", False, False),
        ("UNVERIFIED", False, True),
    ]
    rows = [{"function": "f", "level": level, "right": right, "example": given} for level, right, given in kinds]
    report = summary("newcomer", rows)
    assert {Level(row["level"]) for row in report["rows"]} == set(Level)
    sums = ("functions", "verified", "verified_and_right", "falsely_verified", "weak", "weak_and_right", "unverified")
    assert [report[key] for key in (*sums, "right")] == [5, 2, 1, 1, 2, 1, 1, 2]
    assert [report["with_example"][key] for key in (*sums, "right")] == [3, 2, 1, 1, 0, 0, 1, 1]
    assert [report["without_example"][key] for key in (*sums, "right")] == [2, 0, 0, 0, 2, 1, 0, 1]
