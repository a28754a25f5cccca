"""Two small recorded tasks, one that can be solved and one that cannot, with their labels."""

import json

TASKS = [
    {
        "task_id": "T/0",
        "entry_point": "double",
        "prompt": 'def double(x):\n    """Return twice x.\n\n    >>> double(1)\n    2\n    """\n',
        "sampling_prompt": 'def double(x):\n    """Return twice x."""\n',
        "completions": ["    return x + x\n\n\ndef other():\n    pass\n", "    return x + 1\n", "    return (x\n", "    return 2 * x\n"],
        "test_completions": ["double(2) == 4\nassert double(3) == 6\n", "double(2) == 3\n", "\n", "double(-1) == -2\n"],
    },
    {
        "task_id": "T/1",
        "entry_point": "shout",
        "prompt": 'def shout(text):\n    """Return text in capitals, with a mark.\n\n    shout("a") == "A!"\n    """\n',
        "sampling_prompt": 'def shout(text):\n    """Return text in capitals, with a mark."""\n',
        "completions": ["    return text\n", "    return text.upper()\n", "    return '!'\n", "    return text + '!'\n"],
        "test_completions": ["shout('b') == 'B!'\n"] * 4,
    },
]  # fmt: skip
LABELS = {"T/0": [True, False, False, True], "T/1": [False] * 4}
HIDDEN = [
    {"task_id": "T/0", "test": "def check(f):\n    assert f(5) == 10\n", "completion_passes": LABELS["T/0"]},
    {"task_id": "T/1", "test": "def check(f):\n    assert f('x') == 'X!'\n", "completion_passes": LABELS["T/1"]},
]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
