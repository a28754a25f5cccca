"""Positions convert both ways in every encoding, and lines end only where LSP says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from atlas_server.positions import Positions, split_lines

TEXT = "a😀b\r\n漢é\rx\x0cy\u2028z\n\nend"


@pytest.mark.parametrize(
    ("encoding", "columns"), [("utf-8", [0, 1, 5, 6]), ("utf-16", [0, 1, 3, 4]), ("utf-32", [0, 1, 2, 3])]
)
def test_columns_by_hand(encoding, columns):
    positions = Positions(TEXT, encoding)
    assert [positions.position(offset).character for offset in range(4)] == columns
    assert [positions.offset(types.Position(0, column)) for column in columns] == [0, 1, 2, 3]


def test_lines():
    assert split_lines(TEXT) == ["a😀b\r\n", "漢é\r", "x\x0cy\u2028z\n", "\n", "end"]
    positions = Positions(TEXT, "utf-16")
    assert positions.position(TEXT.index("end")) == types.Position(4, 0)
    assert positions.line_text(2) == "x\x0cy\u2028z"
    assert positions.line_text(99) == ""


def test_positions_outside_are_moved_inside():
    positions = Positions("ab\ncd", "utf-16")
    assert positions.offset(types.Position(0, 99)) == 2
    assert positions.offset(types.Position(99, 0)) == 5
    assert Positions("", "utf-16").offset(types.Position(3, 3)) == 0


@given(st.text(alphabet="ab\n\r😀漢é\x0c\u2028\x85"), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_round_trip(text, encoding):
    positions = Positions(text, encoding)
    assert "".join(split_lines(text)) == text
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] == "\r\n":
            continue  # between the two is no position
        assert positions.offset(positions.position(offset)) == offset
