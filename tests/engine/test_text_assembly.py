"""Stop strings and characters, however the text is cut into tokens."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.engine.text_assembly import TextAssembler

LETTERS = st.text(alphabet="abcé€😀\n", max_size=30)
STOPS = st.lists(st.text(alphabet="abcé😀", min_size=1, max_size=4), max_size=3)


def assemble(data: bytes, cuts: list[int], stops: list[str]) -> tuple[list[str], bool]:
    text = TextAssembler(stops)
    pieces = []
    edges = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    for start, end in itertools.pairwise(edges):
        pieces.append(text.feed(data[start:end]))
        if text.stopped:
            break
    pieces.append(text.finish())
    return pieces, text.stopped


@given(LETTERS, st.lists(st.integers(min_value=0)), STOPS)
def test_text_does_not_depend_on_the_cuts(text: str, cuts: list[int], stops: list[str]) -> None:
    data = text.encode()
    pieces, stopped = assemble(data, cuts, stops)
    assert (("".join(pieces)), stopped) == (("".join((whole := assemble(data, [], stops))[0])), whole[1])
    assert stopped == any(stop in text for stop in stops)
    assert text.startswith("".join(pieces))
    assert not any(stop in "".join(pieces) for stop in stops)
    if not stopped:
        assert "".join(pieces) == text


def test_a_stop_string_across_tokens_is_never_shown() -> None:
    text = TextAssembler(["\n\n", "END"])
    assert [text.feed(piece) for piece in (b"a\n", b"b", b" E", b"N", b"X", b"\n")] == ["a", "\nb", " ", "", "ENX", ""]
    assert text.feed(b"\nmore") == ""
    assert text.stopped
    assert text.finish() == ""


def test_a_character_is_shown_when_it_is_complete() -> None:
    text = TextAssembler()
    first, second, third = "€".encode()[:1], "€".encode()[1:2], "€".encode()[2:]
    assert [text.feed(first), text.feed(second), text.feed(third)] == ["", "", "€"]


def test_an_unfinished_character_becomes_one_replacement() -> None:
    text = TextAssembler()
    assert text.feed(b"a\xf0\x9f") == "a"
    assert text.finish() == "\N{REPLACEMENT CHARACTER}"


def test_a_held_back_beginning_of_a_stop_string_is_shown_in_the_end() -> None:
    text = TextAssembler(["stop"])
    assert text.feed(b"go sto") == "go "
    assert text.finish() == "sto"
    assert not text.stopped
