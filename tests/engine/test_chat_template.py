"""Chat templates are code from a download: what they may do, and what happens to those that try more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atlas_pipeline.engine import chat_template
from atlas_pipeline.engine.chat_template import MAX_TEMPLATE_CHARS, TemplateRefusedError, render
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.template_process import TemplateProcess

HELLO = [{"role": "user", "content": "hello"}]

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ messages.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ raise_exception.__globals__ }}",
    "{{ strftime_now.__code__ }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ ('{0.__class__}'|format)('') }}",
    "{% set f = '{0.__class__.__mro__}'.format %}{{ f('') }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{{ messages.append(1) }}",
    "{{ messages[0].update({'content': 'other'}) }}",
]

BOTTOMLESS = {
    "nested loops": "{% for a in range(90000) %}{% for b in range(90000) %}{% for c in range(90000) %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "endless output": "{% for a in range(90000) %}{% for b in range(90000) %}{{ 'x' * 1000 }}{% endfor %}{% endfor %}",
    "one long native call": "{{ 10 ** (10 ** 9) }}",
    "doubled string": "{% set ns = namespace(s='x' * 1000) %}{% for a in range(90) %}"
    "{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s | length }}",
    "huge padding": "{{ 'x' | center(10 ** 12) }}",
    "huge range": "{% for a in range(10 ** 12) %}{% endfor %}",
}


@pytest.fixture
async def process() -> AsyncIterator[list[TemplateProcess]]:
    made: list[TemplateProcess] = []
    yield made
    for each in made:
        await each.aclose()


def test_the_pocket_models_own_template(pocket: Path) -> None:
    template = read_header(pocket).text("tokenizer.chat_template")
    assert render(template, HELLO, {}) == "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"


def test_what_templates_expect_of_their_surroundings() -> None:
    template = (
        "{{- bos_token }}{% for m in messages %}\n"
        "    {%- if loop.first %}{% continue %}{% endif %}\n"
        "{{ m | tojson }}{% endfor %}{{ strftime_now('%Y') | length }}{% if enable_thinking is false %}off{% endif %}"
    )
    text = render(template, [*HELLO, {"role": "user", "content": "é<"}], {"bos_token": "B", "enable_thinking": False})
    assert text == 'B{"role": "user", "content": "é<"}4off'


@pytest.mark.parametrize("template", ESCAPES)
def test_the_sandbox_holds(template: str) -> None:
    messages = [dict(HELLO[0])]
    try:
        text = render(template, messages, {})
    except TemplateRefusedError:
        text = ""
    assert "class" not in text
    assert "root" not in text
    assert messages == HELLO


def test_the_generation_tag_encloses_plain_template_text() -> None:
    template = "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}!"
    assert render(template, HELLO, {}) == "hello!"


def test_a_templates_own_refusal_is_reported() -> None:
    with pytest.raises(TemplateRefusedError, match="roles must alternate"):
        render("{{ raise_exception('roles must alternate') }}", HELLO, {})


@pytest.mark.parametrize(
    "template", ["{% if %}", "{{ 1 / 0 }}", "{{ messages[7].content.x }}", "{{ none() }}", "(" * 9]
)
def test_faulty_templates_raise_one_error(template: str) -> None:
    if template.startswith("("):
        assert render(template, HELLO, {}) == template
    else:
        with pytest.raises(TemplateRefusedError):
            render(template, HELLO, {})


def test_long_templates_and_results_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TemplateRefusedError, match="at most"):
        render("x" * (MAX_TEMPLATE_CHARS + 1), HELLO, {})
    monkeypatch.setattr(chat_template, "MAX_RENDERED_CHARS", 1000)
    with pytest.raises(TemplateRefusedError, match="longer than 1,000"):
        render("{% for i in range(2000) %}x{{ i }}{% endfor %}", HELLO, {})


@pytest.mark.parametrize("name", BOTTOMLESS)
async def test_bottomless_templates_end(name: str, process: list[TemplateProcess]) -> None:
    hostile = TemplateProcess(BOTTOMLESS[name], {})
    process.append(hostile)
    with pytest.raises(TemplateRefusedError):
        await hostile.render(HELLO, {})


async def test_the_next_request_finds_a_working_process(process: list[TemplateProcess]) -> None:
    # The exponent is a variable: jinja2 works out constant expressions when it compiles the template.
    template = "{% if bad %}{{ 10 ** bad }}{% endif %}{{ messages[0].content }}{{ eos_token }}"
    renderer = TemplateProcess(template, {"eos_token": "E"})
    process.append(renderer)
    assert await renderer.render(HELLO, {}) == "helloE"
    with pytest.raises(TemplateRefusedError, match="did not end"):
        await renderer.render(HELLO, {"bad": 10**9})
    assert await renderer.render(HELLO, {}) == "helloE"


async def test_files_cannot_be_opened_in_the_process(process: list[TemplateProcess]) -> None:
    renderer = TemplateProcess("{% include '/etc/passwd' %}", {})
    process.append(renderer)
    with pytest.raises(TemplateRefusedError):
        await renderer.render(HELLO, {})
