"""Solves with random edits meanwhile: no edit of the server ever lands on other text than was solved.

`ATLAS_RANDOM_SOLVES` sets how many solves; a thousand are part of the measurements, a few of every run.
"""

import asyncio
import os
import random

import pytest
from lsp_editor import LINGER_S, OPTIONS, start_editor, stop_editor, to_offset
from lsprotocol import types

SOLVES = int(os.environ.get("ATLAS_RANDOM_SOLVES", "6"))
QUICK = {**OPTIONS, "solve": {"first_samples": 3, "samples": 3, "test_samples": 0, "mutants": 0, "context": False}}

STUBS = {
    "total": 'def total(nums):\n    """Return the sum of the even numbers in nums.\n\n    >>> total([1, 2, 4])\n    6\n    """\n',
    "biggest": 'def biggest(nums):\n    """Return the largest of nums.\n\n    >>> biggest([1, 5, 4])\n    5\n    """\n    pass\n',
    "count": 'def count(nums):\n    """Return how many of nums are negative. 😀\n\n    >>> count([1, -5, 4])\n    1\n    """\n    ...\n',
    "rev": 'def rev(text):\n    """Return text reversed.\n\n    >>> rev("abc")\n    \'cba\'\n    """\n',
}
FILLERS = [
    "x = 1\n",
    "# 😀 漢字\n",
    "class A:\n    y = 'é'\n",
    "\n",
    "def other(a):\n    return a\n",
    "import os\r\n",
    "\t\n",
]


def document(rng):
    parts = [*rng.sample(sorted(STUBS.values()), 3), *rng.choices(FILLERS, k=rng.randrange(4))]
    rng.shuffle(parts)
    return "\n\n".join(parts) + rng.choice(["", "\n", "\nz = 2\n"])


def random_edit(rng, editor, uri, stub):
    """Change the document as somebody at a keyboard could: anywhere, with the function itself among the places."""
    text = editor.texts[uri]
    at = text.find(stub)
    kind = rng.randrange(11)
    new = rng.choice([*FILLERS, "a", " ", "\n", "😀", "    ", '"', "\r\n", "return 1\n"])
    if kind < 3 or at < 0:  # somewhere
        place = rng.randrange(len(text) + 1)
        if text[place - 1 : place + 1] == "\r\n":
            place += 1
        editor.change(uri, place, place, new)
    elif kind < 5:  # lines above
        editor.change(uri, 0, 0, rng.choice(FILLERS))
    elif kind == 5:  # behind it
        editor.change(uri, at + len(stub), at + len(stub), rng.choice(["\n", "\n\nw = 3\n", "    "]))
    elif kind == 6:  # inside it
        place = at + rng.randrange(len(stub))
        editor.change(uri, place, place, new)
    elif kind == 7:  # it is deleted
        editor.change(uri, at, at + len(stub), "")
    elif kind == 8:  # there are two of it
        editor.change(uri, 0, 0, stub + "\n\n")
    elif kind == 9:  # it is renamed
        editor.change(uri, at + 4, at + 5, "q")
    else:  # undone and typed again
        editor.change(uri, 0, len(text), text + "\n")


class Landings:
    """Looks at every edit of the server the moment the editor makes it, and later at what the server says it solved.

    That need not be the stub as it was when the user asked: a function that was changed before its turn came is solved as
    it is then.
    """

    def __init__(self, editor):
        self.editor = editor
        self.right = self.wrong = self.refused = 0
        self.places: list[str] = []
        self._made: dict[str, tuple[str, str, int, int]] = {}
        self._apply = editor._apply
        editor._apply = self.apply

    def apply(self, params):
        (change,) = params.edit.document_changes
        uri = change.text_document.uri
        if self.editor.before_edit is not None:  # the user is faster than this edit
            action, self.editor.before_edit = self.editor.before_edit, None
            action()
        before = self.editor.texts[uri]
        result = self._apply(params)
        after = self.editor.texts[uri]
        if after == before:
            self.refused += 1
            return result
        (edit,) = change.edits
        start = to_offset(before, edit.range.start, self.editor.encoding)
        end = to_offset(before, edit.range.end, self.editor.encoding)
        assert uri not in self._made, "two edits for one solve"
        self._made[uri] = (before, after, start, end)
        return result

    def solved(self, uri, answer):
        """Judge the edit of a solve: the function that was solved, with its body, has to stand where the edit was made."""
        if uri not in self._made:
            assert not answer.get("applied")
            return
        before, after, start, end = self._made.pop(uri)
        tail = len(before) - end
        is_local = after[:start] == before[:start] and after[len(after) - tail :] == before[end:]
        function = answer["code"].rstrip("\n")
        place = len(plain_ends(after[:start]))
        text = plain_ends(after)
        around = text.rfind(function[: function.index("(") + 1], 0, place)
        if is_local and around >= 0 and text.startswith(function, around) and place <= around + len(function):
            self.right += 1
        else:
            self.wrong += 1
            self.places.append(f"{before!r}\n{start}-{end}: {after!r}\nsolved: {function!r}")


def plain_ends(text):
    return text.replace("\r\n", "\n")


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", ["vscode", "neovim"])
async def test_no_edit_lands_on_other_text(tmp_path, kind):
    editor = await start_editor(kind, tmp_path, QUICK)
    landings = Landings(editor)
    rng = random.Random(f"{kind} 2026")
    statuses: dict[str, int] = {}
    for number in range(SOLVES):
        uri = (tmp_path / f"work{number}.py").as_uri()
        editor.open(uri, document(rng))
        name = rng.choice([name for name, stub in STUBS.items() if stub in editor.texts[uri]])
        solving = asyncio.create_task(editor.solve(uri, f"def {name}", seed=number))
        for _ in range(rng.randrange(6)):
            await asyncio.sleep(rng.choice([0.0, 0.01, 0.1, 0.4, 0.8]))
            if solving.done():
                break
            random_edit(rng, editor, uri, STUBS[name])
        if rng.random() < 0.5:  # and once more in the very moment of the edit
            editor.before_edit = lambda uri=uri, name=name: random_edit(rng, editor, uri, STUBS[name])
        answer = await solving
        editor.before_edit = None
        landings.solved(uri, answer)
        applied = "applied" if answer.get("applied") else answer["status"]
        statuses[applied] = statuses.get(applied, 0) + 1
        closed = types.DidCloseTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
        editor.client.text_document_did_close(closed)
    await stop_editor(editor)
    report = f"{SOLVES} solves: {landings.right} edits on the solved text, {landings.wrong} on other text, "
    print(f"{report}{landings.refused} not taken by the editor; {statuses}")
    assert landings.wrong == 0, landings.places[0]
    assert landings.right >= statuses.get("applied", 0) >= 1
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()
