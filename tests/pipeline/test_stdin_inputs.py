"""Texts for standard input are varied so that their shape still fits."""

import pytest

from atlas_pipeline.stdin_inputs import common_counts, counts, mutated_inputs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3\n1 2 3", {(0, 0): "words"}),
        ("2\n5 6\n7 8", {(0, 0): "lines"}),
        ("2 3\n1 2 3\n4 5 6", {(0, 0): "lines", (0, 1): "words"}),
        ("4\nabcd", {(0, 0): "characters"}),
        ("7 8", {}),
        ("2\n3\n1 2 3\n2\n4 5", {(0, 0): "blocks", (1, 0): "words", (3, 0): "words"}),
        ("2\n1 2\n3\n4 5\n6", {(0, 0): "blocks"}),
        ("2\n1 2\n3\n4\n6", {(0, 0): "words"}),
        ("2\n1 2 5\n3\n4\n6", {(0, 0): "cases"}),
        ("1\nabc", {(0, 0): "lines"}),
        ("2 2\n#.\n.#", {(0, 0): "cases", (0, 1): "cases"}),
        ("3 2\n#.\n.#\n##\n1", {(0, 0): "cases", (0, 1): "characters"}),
    ],
)
def test_numbers_that_count(text, expected):
    assert counts([line.split(" ") for line in text.split("\n")]) == expected


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("3\n1 2 3\n", lambda lines: int(lines[0]) == len(lines[1].split())),
        ("2\n5 6\n7 8\n", lambda lines: int(lines[0]) == len(lines) - 1),
        ("4\nabcd\n", lambda lines: int(lines[0]) == len(lines[1])),
        ("2 3\n1 2 3\n4 5 6\n", lambda lines: {(len(lines) - 1, len(line.split())) for line in lines[1:]} == {tuple(map(int, lines[0].split()))}),
        ("2\n3\n1 2 3\n2\n4 5\n", lambda lines: int(lines[0]) == len(lines) // 2 and all(int(lines[i]) == len(lines[i + 1].split()) for i in range(1, len(lines), 2))),
    ],
)  # fmt: skip
def test_counts_follow_what_they_count(text, fits):
    found = mutated_inputs([text], seed=0, most=30)
    assert len(found) >= 8
    assert len(found) == len(set(found))
    assert text not in found
    for one in found:
        assert one.endswith("\n")
        lines = one.rstrip("\n").split("\n")
        assert fits(lines), one
        assert len(lines) in range(text.count("\n") - 2, text.count("\n") + 3)
    assert mutated_inputs([text], seed=0, most=30) == found


def test_a_number_counts_only_where_it_does_so_in_every_given_text():
    alone, other = "3 9\n1 2 3", "5 9\n1 2 3"
    split = [[line.split(" ") for line in text.split("\n")] for text in (alone, other)]
    assert common_counts(split[:1]) == [{(0, 0): "words"}]
    assert common_counts(split) == [{}, {}]


def test_nothing_comes_of_nothing():
    assert mutated_inputs([], seed=0) == ()
    assert mutated_inputs(["\n"], seed=0) == ()


def test_numbers_keep_their_sign():
    for one in mutated_inputs(["5 -7\n"], seed=0, most=30):
        left, right = map(int, one.split())
        assert left >= 0 > right
