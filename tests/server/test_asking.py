"""The question of S*, put to the user of an editor."""

import asyncio
from types import SimpleNamespace

from lsprotocol import types
from pygls.exceptions import JsonRpcMethodNotFound

from atlas_pipeline.ask import Nobody, Question
from atlas_server.asking import NEITHER, EditorAsk, asker_of
from atlas_server.client import support_of

QUESTION = Question(
    function="Cart.total", call="Cart([1]).total()", options=("1", "raises ValueError"), candidates=(0, 3)
)


class Window:
    """A client that answers with one title, or not at all."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def window_show_message_request_async(self, params):
        self.asked.append(params)
        if isinstance(self.answer, Exception):
            raise self.answer
        return types.MessageActionItem(title=self.answer) if self.answer is not None else None


async def test_the_question_has_the_call_and_all_outputs():
    window = Window("2. raises ValueError")
    assert await EditorAsk(window).choose(QUESTION) == 1
    (params,) = window.asked
    for part in ("Cart.total", "Cart([1]).total()", "1. 1", "2. raises ValueError"):
        assert part in params.message
    assert [action.title for action in params.actions] == ["1. 1", "2. raises ValueError", NEITHER]


async def test_no_answer_changes_nothing():
    for answer in (None, NEITHER, "something else", JsonRpcMethodNotFound()):
        assert await EditorAsk(Window(answer)).choose(QUESTION) is None


async def test_a_question_that_nobody_answers_is_closed():
    class Silent(Window):
        logged = ()

        async def window_show_message_request_async(self, params):
            await asyncio.Event().wait()

        def window_log_message(self, params):
            self.logged = (*self.logged, params.message)

    silent = Silent(None)
    assert await EditorAsk(silent, patience_s=0.01).choose(QUESTION) is None
    assert "nobody said" in silent.logged[0]


def test_only_clients_that_can_are_asked():
    def server(capabilities):
        return SimpleNamespace(session=SimpleNamespace(support=support_of(capabilities)))

    able = types.ClientCapabilities(
        window=types.WindowClientCapabilities(show_message=types.ShowMessageRequestClientCapabilities())
    )
    assert isinstance(asker_of(server(able)), EditorAsk)
    assert isinstance(asker_of(server(types.ClientCapabilities())), Nobody)
