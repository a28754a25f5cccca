"""The corpus of the toy model that thinks: traces by hand, answers always right, chats as the template renders them."""

import random
import re
from itertools import islice

import pytest

from atlas_pipeline.engine.chat_template import render
from atlas_pocket.calculations import CHAT_TEMPLATE, LABELS, Calculation, random_calculation, texts

BY_HAND = Calculation(digits=(3, 8, 7, 4))


def test_a_trace_by_hand():
    assert BY_HAND.question() == "Last digit of the sum?\na3\nb8\nc7\nd4"
    assert BY_HAND.thoughts() == "a3=3\nb8=1\nc7=8\nd4=2\n"
    assert BY_HAND.answer() == "2"


def test_the_shortest_sum_is_one_digit():
    only = Calculation(digits=(4,))
    assert (only.question(), only.thoughts(), only.answer()) == ("Last digit of the sum?\na4", "a4=4\n", "4")


def last_digit(prompt: str) -> str:
    """Work the last question of a rendered chat out from its text."""
    question = prompt.rpartition("<|im_start|>user\n")[2].partition("<|im_end|>")[0]
    return str(sum(int(line[1:]) for line in question.splitlines()[1:]))[-1]


def test_every_answer_is_right():
    for prompt, answer in islice(texts(3), 2000):
        written = re.search(r"(\d)<\|im_end\|>$", answer)
        assert written is not None
        assert written[1] == last_digit(prompt), prompt


def test_every_line_thought_is_right():
    for prompt, answer in islice(texts(4), 1000):
        question = prompt.rpartition("<|im_start|>user\n")[2].partition("<|im_end|>")[0]
        digits = re.findall(r"^[a-l](\d)$", question, re.MULTILINE)
        total = 0
        for label, digit, so_far in re.findall(r"([a-l])(\d)=(\d)\n", prompt.rpartition("<think>")[2] + answer):
            total = int(digit) if label == "a" else total + int(digit)  # after "Wait" it begins anew
            assert digit == digits[LABELS.index(label)]
            assert int(so_far) == total % 10


def test_what_follows_wait_and_cuts():
    after_wait = cut_short = 0
    for prompt, answer in islice(texts(5), 600):
        if prompt.endswith("Wait"):
            after_wait += 1
            assert re.fullmatch(r"\n(?:[a-l]\d=\d\n)+</think>\n\n\d<\|im_end\|>", answer), answer
        elif prompt.endswith("</think>"):
            cut_short += 1
            assert re.fullmatch(r"\n\n\d<\|im_end\|>", answer)
        assert "Wait" not in answer  # it is put in, never written
    assert after_wait > 50
    assert cut_short > 50


def test_the_length_of_the_thoughts_varies_with_the_question():
    rng = random.Random(0)
    lengths = [len(random_calculation(rng, lines).thoughts()) for lines in range(1, len(LABELS) + 1)]
    assert lengths == [5 * lines for lines in range(1, len(LABELS) + 1)]


@pytest.mark.parametrize("thinking", [True, False])
def test_chats_are_rendered_as_the_template_does(thinking):
    asked = BY_HAND.question()
    messages = [{"role": "user", "content": asked}]
    rendered = render(CHAT_TEMPLATE, messages, {} if thinking else {"enable_thinking": False})
    expected = f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n"
    assert rendered == expected + ("" if thinking else "<think>\n\n</think>\n\n")
    assert render(CHAT_TEMPLATE, messages, {"enable_thinking": True}) == expected
    begin = re.escape("<|im_start|>") + r"user\n[^<]+<\|im_end\|>\n<\|im_start\|>assistant\n"
    assert all(re.match(begin, prompt) for prompt, _ in islice(texts(6), 200))


def test_what_was_thought_in_earlier_turns_is_left_out():
    turns = [
        {"role": "user", "content": "Last digit of the sum?\na4"},
        {"role": "assistant", "content": "<think>\na4=4\n</think>\n\n4"},
        {"role": "user", "content": "Last digit of the sum?\na5"},
    ]
    rendered = render(CHAT_TEMPLATE, turns, {})
    without = render(CHAT_TEMPLATE, [turns[0], {"role": "assistant", "content": "4"}, turns[2]], {})
    assert rendered == without
    assert "think" not in rendered


def test_the_same_seed_gives_the_same_texts():
    assert list(islice(texts(7), 50)) == list(islice(texts(7), 50))
