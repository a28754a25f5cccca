"""Samples for the three roles of the pocket model: write the function, write tests, fix the function.

Prompts are rendered by the pipeline's own `pocket` templates and the GGUF's own chat template, so what is trained is
what is asked. No sample is ever drawn from a held-out composition (`world.held_out`).
"""

from __future__ import annotations

import keyword
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from atlas_pipeline.prompts import Role, render
from atlas_pocket import wording
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
END_OF_TURN = "<|im_end|>"

_VERB_WORDS = (
    "compute get find calc make build process transform collect gather reduce pick handle work_out do run".split()
)
_NOUN_WORDS = (
    "total result value answer score summary stats figure amount report metric points energy signal price balance "
    "number outcome numbers values squares cubes evens odds items data list things entries selection checksum"
).split()
_WORDS = (
    "able above account action active actor add address after age agent air album alert alpha amount anchor angle "
    "answer apple apply area array arrow article asset atlas author auto average back badge balance ball bank bar base "
    "basket batch beam best big bike bill bird block blue board boat body bonus book border bottom bound box branch "
    "bread bridge bright buffer bug build bus button buy cabin cache cake call camera camp can car card care cargo case "
    "cat cell center chain chair change channel char chart check chip choice city claim class clean clear client clock "
    "close cloud club code coin color column comment common company config copy core corner cost count course cover "
    "craft credit crop cross cube cup current custom cut cycle daily dark data date day deal deck deep default delta "
    "demand depth desk detail device dial digit dinner direct disk distance doc dog domain door dot double down draft "
    "draw dream drive drop dry due dust early earth east easy edge edit effort egg eight email empty end engine entry "
    "equal error event every exact exit extra eye face fact factor fall family fan farm fast fee feed field figure file "
    "fill film filter final find fire first fish five fix flag flat flight floor flow flower fly folder food foot force "
    "form four frame free fresh friend front fruit fuel full fund game gap garden gas gate gear gift girl glass goal "
    "gold good grade grain grand graph grass great green grid ground group grow guard guess guest guide half hall hand "
    "happy hard hash head health heart heat heavy height help helper hero high hill history hit hold hole home hook "
    "hope hotel hour house human ice icon idea image index info inner input inside job join joke jump junk keep key "
    "kind king kit knot label lake lamp land large last late layer leaf left length lesson letter level library life "
    "light limit line link lion list load local lock log long look loop lost lot low lowest lucky lunch machine magic "
    "mail main major make man map mark market mask master match max meal mean measure menu merge message meta meter "
    "middle mile milk mind mini minor minute mix mode model money month moon more most motor mountain mouse move movie "
    "music my name near need nest net never new next nice night nine node noise normal north nose note nothing number "
    "object ocean odd offer office old one open option orange order outer output over owner pack page paint pair panel "
    "paper parent park parse part party pass past path pattern pay peak pen people phone photo pick piece pink pipe "
    "place plain plan plane plant plate play player plus pocket point pool pop port post power price prime print prize "
    "profile profit proof pump pure queen queue quick quiet quote race radio rain random range rank rate raw read real "
    "record red region relay rent repair reply report rest rice rich ride right ring rise river road robot rock role "
    "roof room root rose rough round route row rule run safe sale salt sample sand save scale scan scene school score "
    "screen sea search season seat second seed select self send sense set seven shade shape share sheet shell shift ship "
    "shirt shop short show side sign simple single site six size skill skin sky sleep slice slot slow small smart smooth "
    "snow soft soil solid some song sort sound south space spare speed spell spin split spot spring square stack staff "
    "stage stair stamp star start state step stick stock stone stop store storm story stream street string strong study "
    "stuff style sub sugar suit sum summer sun super supply sure swap sweet swim switch table tag tail take talk tall "
    "tally tank target task taste tax tea team temp ten term test text then thin thing three ticket tide tiger tight "
    "time tiny tip title token tool top total touch tower town track trade train tree trend trial trip true trunk trust "
    "try turn twelve two type under unit up upper use user valley value van view visit voice vote wage walk wall want "
    "warm wash water wave way weak week weight well west wheel white whole wide widget wild win wind window wing winner "
    "winter wire wise wish wood word work world worm worth yard year yellow yes young zero zone"
).split()
_SHORT_NAMES = "f g h solve solution func fn foo task answer calculate compute process work run main_value".split()


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn: what the model is asked and what it should answer."""

    prompt: str
    answer: str

    def text(self) -> tuple[str, str]:
        """Return the chat-rendered prompt and the answer with its end-of-turn token."""
        return f"<|im_start|>user\n{self.prompt}<|im_end|>\n<|im_start|>assistant\n", self.answer + END_OF_TURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A spec together with everything that was chosen to say it."""

    spec: Spec
    name: str
    items: str
    task: str
    """Signature and docstring."""

    def prompt(self, role: Role, **fields: str) -> str:
        """Return the pipeline's own prompt for this function."""
        parameters = self.items + (f", {self.spec.bound}" if isinstance(self.spec.bound, str) else "")
        return render("pocket", role, task=self.task, name=self.name, parameters=parameters, **fields)

    def call(self, numbers: list[int], bound: int) -> str:
        """Return the call as source text."""
        return f"{self.name}({numbers}, {bound})" if isinstance(self.spec.bound, str) else f"{self.name}({numbers})"


def random_spec(rng: random.Random, pool: list[tuple[str, str, str]]) -> Spec:
    """Draw a composition from `pool`, its bound and what it gives for nothing."""
    f, m, r = rng.choice(pool)
    spec = Spec(filter=FILTERS[f], map=MAPS[m], reduction=REDUCTIONS[r])
    if spec.filter.bounded:
        if rng.random() < 0.5:
            name = made_up_name(rng) if rng.random() < 0.2 else rng.choice(wording.BOUND_NAMES)
            spec = replace(spec, bound=name)
        else:
            low, high = (2, 9) if spec.filter.divides else (-4, 12)
            spec = replace(spec, bound=rng.randint(low, high))
    if spec.reduction.needs_items and rng.random() < 0.5:
        spec = replace(spec, has_default=True, default=rng.choice((None, None, 0, -1)))
    return spec


def random_function(rng: random.Random, pool: list[tuple[str, str, str]], *, doctest: bool | None = None) -> Function:
    """Draw a function of the world with its names, annotations and docstring."""
    spec = random_spec(rng, pool)
    items = rng.choice([name for name in wording.ITEM_NAMES if name != spec.bound])
    if rng.random() < 0.25:
        items = made_up_name(rng)
    name = _function_name(rng)
    shown = _examples(spec, name, rng) if (doctest if doctest is not None else rng.random() < 0.5) else []
    docstring = _docstring(wording.describe(spec, items=items, rng=rng), shown, rng)
    return Function(spec=spec, name=name, items=items, task=f"{_signature(spec, name, items, rng)}\n{docstring}")


def made_up_name(rng: random.Random) -> str:
    """Return a name that the world does not suggest: names have to be copied, not guessed."""
    parts = [rng.choice(_WORDS) if rng.random() < 0.6 else _letters(rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
    name = rng.choice(("_", "_", "")).join(parts) + rng.choice(("", "", "", "s", "ed", "er", "ing", "_x", "1", "2"))
    return f"{name}_" if keyword.iskeyword(name) or name in ("result", "kept", "mapped") else name


def _letters(rng: random.Random) -> str:
    return "".join(
        rng.choice("etaoinshrdlucmfwypvbgkjqxz"[: rng.choice((12, 20, 26))]) for _ in range(rng.randint(2, 7))
    )


def _function_name(rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.3:
        return made_up_name(rng)
    if roll < 0.4:
        return rng.choice(_SHORT_NAMES)
    if roll < 0.7:
        return f"{rng.choice(_VERB_WORDS)}_{rng.choice(_NOUN_WORDS)}"
    return "_".join(rng.sample(_NOUN_WORDS, rng.randint(1, 3)))


def _signature(spec: Spec, name: str, items: str, rng: random.Random) -> str:
    annotated = rng.random() < 0.5
    receiver = "self, " if rng.random() < 0.05 else ""
    if not annotated:
        parameters = items + (f", {spec.bound}" if isinstance(spec.bound, str) else "")
        return f"def {name}({receiver}{parameters}):"
    list_type = rng.choice(("list[int]", "list[int]", "List[int]", "list", "Sequence[int]", "Iterable[int]"))
    parameters = f"{items}: {list_type}" + (f", {spec.bound}: int" if isinstance(spec.bound, str) else "")
    returns = spec.reduction.returns + (" | None" if spec.has_default and spec.default is None else "")
    return f"def {name}({receiver}{parameters}) -> {returns}:"


def random_input(spec: Spec, rng: random.Random, *, most: int = 4) -> tuple[list[int], int]:
    """Draw a list of at most `most` items in -6..9 and a bound, on which the spec has an answer."""
    for _ in range(40):
        bound = rng.randint(2, 5) if spec.filter.divides else rng.randint(-3, 7)
        size = rng.choice((1, 2, 3, 3, 4, 4)) if rng.random() < 0.93 else 0
        if spec.map.name == "digitsum" and rng.random() < 0.5:
            numbers = [rng.randint(-40, 99) for _ in range(min(size, 3))]
        else:
            numbers = [rng.randint(-6, 9) for _ in range(min(size, most))]
        if spec.reduction.name == "product":
            numbers = numbers[:3]
        if rng.random() < 0.25 and len(numbers) > 1:
            numbers[-1] = numbers[0]
        # Inputs of which nothing is kept are legal, where they have an answer, but say little: keep one in four.
        if spec.mapped(numbers, bound) or (has_answer(spec, numbers, bound) and rng.random() < 0.25):
            return numbers, bound
    return [1, 2, 3, 6], 2 if spec.filter.divides else 0


def has_answer(spec: Spec, numbers: list[int], bound: int) -> bool:
    """Tell whether the reference is defined on this input."""
    return bool(spec.mapped(numbers, bound)) or not spec.reduction.needs_items or spec.has_default


def _examples(spec: Spec, name: str, rng: random.Random) -> list[tuple[str, str]]:
    shown = []
    for _ in range(rng.randint(1, 3)):
        numbers, bound = random_input(spec, rng, most=5)
        if not has_answer(spec, numbers, bound):
            continue
        call = f"{name}({numbers}, {bound})" if isinstance(spec.bound, str) else f"{name}({numbers})"
        shown.append((call, repr(spec.compute(numbers, bound))))
    return shown


def _docstring(sentence: str, shown: list[tuple[str, str]], rng: random.Random) -> str:
    text = sentence
    if len(text) > 70 and rng.random() < 0.5:
        cut = text.rfind(" ", 0, 70)
        text = f"{text[:cut]}\n    {text[cut + 1 :]}"
    if shown and rng.random() < 0.8:
        heading = rng.choice(("", "", "", "Examples:\n    ", "Example:\n    "))
        lines = "\n    ".join(f">>> {call}\n    {value}" for call, value in shown)
        # A doctest that returns None prints nothing, so its expected line must not be there.
        lines = lines.replace("\n    None", "")
        text = f"{text}\n\n    {heading}{lines}\n    "
    elif shown:
        arrow = rng.choice((" -> ", " == ", " => ", " returns "))
        text = f"{text}\n\n    " + "\n    ".join(f"{call}{arrow}{value}" for call, value in shown) + "\n    "
    elif "\n" in text or rng.random() < 0.1:
        text += "\n    "
    opening = "\n    " if rng.random() < 0.08 else ""
    return f'    """{opening}{text}"""'


def code_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Write the function."""
    function = random_function(rng, pool)
    return Sample(
        function.prompt("code"),
        body(function.spec, items=function.items, style=rng.choice(STYLES)),
    )


def selftest_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Write three tests, each with one worked line before its assert."""
    lines: list[str] = []
    while not lines:
        function = random_function(rng, pool)
        lines = _worked_tests(function, rng)
    return Sample(function.prompt("tests"), "\n".join(lines))


def _worked_tests(function: Function, rng: random.Random) -> list[str]:
    lines: list[str] = []
    for _ in range(3):
        numbers, bound = random_input(function.spec, rng)
        if not has_answer(function.spec, numbers, bound):
            continue
        value = function.spec.compute(numbers, bound)
        comparison = "is None" if value is None else f"== {value!r}"
        lines += [function.spec.worked(numbers, bound), f"assert {function.call(numbers, bound)} {comparison}"]
    return lines


def repair_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Fix a body that computes another composition, shown with one input on which it is wrong."""
    while True:
        function = random_function(rng, pool)
        spec = function.spec
        wrong = replace(
            spec,
            map=MAPS[rng.choice(list(MAPS))] if rng.random() < 0.4 else spec.map,
            reduction=REDUCTIONS[rng.choice(list(REDUCTIONS))] if rng.random() < 0.4 else spec.reduction,
        )
        if not spec.filter.bounded and rng.random() < 0.5:
            wrong = replace(wrong, filter=rng.choice([f for f in FILTERS.values() if not f.bounded]))
        for _ in range(8):
            numbers, bound = random_input(spec, rng)
            if not has_answer(spec, numbers, bound) or not has_answer(wrong, numbers, bound):
                continue
            expected, actual = spec.compute(numbers, bound), wrong.compute(numbers, bound)
            if expected == actual:
                continue
            style = rng.choice(STYLES)
            return Sample(
                function.prompt(
                    "repair",
                    body=body(wrong, items=function.items, style=style),
                    failure=f"{function.call(numbers, bound)} gives {actual!r}, expected {expected!r}",
                ),
                body(spec, items=function.items, style=style),
            )


def copy_sample(rng: random.Random) -> Sample:
    """Repeat names and numbers that follow no pattern. No role of the product: it teaches to copy out of the prompt.

    Without it a model of this size went on guessing names: after 14 M tokens it got 25 % of unseen function names right.
    """
    kinds = [lambda: made_up_name(rng), lambda: _letters(rng), lambda: str(rng.randint(-99, 999))]
    text = rng.choice((" ", ", ", "(")).join(rng.choice(kinds)() for _ in range(rng.randint(3, 14)))
    return Sample(f"{text}\n\nCopy.", text)


def samples(seed: int) -> Iterator[Sample]:
    """Yield training samples for ever: 41 % code, 38 % tests, 11 % repair, 10 % copying."""
    rng = random.Random(seed)
    pool = compositions(held=False)
    while True:
        roll = rng.random()
        if roll < 0.41:
            yield code_sample(rng, pool)
        elif roll < 0.79:
            yield selftest_sample(rng, pool)
        elif roll < 0.9:
            yield repair_sample(rng, pool)
        else:
            yield copy_sample(rng)
