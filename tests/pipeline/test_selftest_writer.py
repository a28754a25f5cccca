"""Tests, inputs, properties and references are asked for, each with its prompt, and never with a candidate."""

import asyncio

from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Origin
from atlas_pipeline.selftest_writer import SelfTestWriter
from atlas_pipeline.settings import SolveSettings


def task(source='def f(x: list):\n    """Sort.\n\n    >>> f([2, 1])\n    [1, 2]\n    """\n', name="f"):
    document = Document(source)
    return make_task(document, document.named(name))


def script(prompt, sampling):
    if "12 calls" in prompt:
        return "```python\n# ties\nf([1, 1])\nf([])\n```"
    if "properties" in prompt:
        return "```python\nassert len(f(x)) == len(x)\nassert f(f(x)) == f(x)\nassert f(x) == unknown\n```"
    if "brute force" in prompt:
        return "```python\ndef f(x):\n    return min(permutations(x))\n```"
    return "assert f([3, 2]) == [2, 3]\nassert f([2, 1]) == [1, 2]\nassert g(1) == 2"


def write(function, profile, **settings):
    engine = (ChatEngine if profile == "chat" else ScriptedEngine)(script)

    async def run():
        asker = Asker(function, engine, await engine.capabilities(), SolveSettings(**settings))
        return asker, await SelfTestWriter(asker).write(function)

    return engine, *asyncio.run(run())


def test_everything_a_chat_model_is_asked():
    engine, asker, found = write(
        task(), "chat", test_samples=2, input_samples=1, property_samples=1, reference_samples=1
    )
    assert len(engine.asked) == asker.use[Stage.TESTS].requests == 5
    assert len({sampling.seed for _, sampling in engine.asked}) == 5
    assert [(t.call, t.expected.shown) for t in found.tests] == [("f([3, 2])", "[2, 3]")]
    assert found.inputs[:2] == ("f([1, 1])", "f([])")
    assert len(found.inputs) > 10
    shown = {law.shown for law in found.properties}
    assert {"len(f([2, 1])) == len([2, 1])", "f(f([2, 1])) == f([2, 1])", "f(f([])) == f([])"} <= shown
    (reference,) = found.references
    assert (reference.body, reference.origin) == ("return min(permutations(x))", Origin.REFERENCE)
    assert found.unreadable == ("assert g(1) == 2", "assert g(1) == 2", "assert f(x) == unknown")


def test_a_model_that_knows_only_tests_is_asked_only_for_tests():
    engine, _, found = write(task(), "pocket", test_samples=2, input_samples=1, property_samples=1, reference_samples=3)
    assert len(engine.asked) == 2
    assert found.properties == found.references == ()
    assert len(found.inputs) > 10


def test_nothing_is_asked_where_everything_is_off():
    engine, _, found = write(task(), "chat", test_samples=0, input_samples=0, property_samples=0)
    assert engine.asked == []
    assert found.tests == ()
    assert len(found.inputs) > 10


def test_a_method_is_shown_as_called_on_an_object():
    source = 'class S:\n    def pop(self):\n        """Doc."""\n'
    engine, _, _ = write(task(source, "S.pop"), "chat", test_samples=1, input_samples=1, property_samples=1)
    prompts = [prompt for prompt, _ in engine.asked]
    assert len(prompts) == 2
    assert all("S(...).pop(...)" in prompt for prompt in prompts)
