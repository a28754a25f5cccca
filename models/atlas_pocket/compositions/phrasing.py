"""Says a chain of steps in everyday words, the way somebody would in a docstring."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from atlas_pocket.compositions.steps import LISTS, Kind, Step, fill

_NOUNS: dict[Kind, tuple[str, ...]] = {
    "ints": ("numbers", "values", "elements", "integers", "items", "numbers", "entries"),
    "floats": ("numbers", "values", "numbers"),
    "strs": ("strings", "words", "strings", "items"),
}
_GIVEN: dict[Kind, tuple[str, ...]] = {
    "int": ("an integer", "a number", "an integer"),
    "float": ("a float", "a number"),
    "str": ("a string", "a text", "a string"),
    "ints": ("a list of integers", "a list of numbers", "a list"),
    "floats": ("a list of floats", "a list of numbers"),
    "strs": ("a list of strings", "a list of words"),
    "rows": ("a list of lists of numbers", "a nested list", "a matrix"),
    "counts": ("a dict from strings to numbers", "a dictionary"),
    "pairs": ("a list of (name, number) pairs", "a list of tuples"),
    "intset": ("a set of integers", "a set"),
    "tree": ("a nested list of numbers", "a list of numbers and lists, nested to any depth"),
    "duo": ("a pair of numbers", "a tuple of two numbers"),
}
_VERBS = (
    "Return",
    "Return",
    "Return",
    "Return",
    "Compute",
    "Give",
    "Find",
    "Calculate",
    "Get",
    "Returns",
    "Determine",
    "Give back",
    "Compute and return",
    "Work out",
)
_MAKING = ("Create", "Produce", "Build", "Make")
"""Verbs for what consists of parts."""
_CHECKS = (
    "Return whether {}",
    "Check whether {}",
    "Return True if {}, otherwise False",
    "Tell whether {}",
    "Return True if {}",
    "Check if {}",
    "Determine whether {}",
    "Test whether {}",
    "Return True when {}, and False otherwise",
    "Is it true that {}?",
)
_TAKES = ("take", "get", "compute", "find")
_LOOSE = re.compile(r"[,(]| followed by | plus | times | minus | squared")
_PLURAL = re.compile(r"the ([a-z-]+ )?[a-z]+s (of|in|from) ")


class Teller:
    """Chooses the words for one problem."""

    def __init__(
        self,
        steps: Sequence[Step],
        names: Sequence[str],
        constants: Sequence[Mapping[str, str]],
        kinds: Sequence[Kind],
        rng: random.Random,
    ) -> None:
        """Take the steps, the names of their data parameters with their kinds, and the constants of each step as words."""
        self.steps, self.constants, self.kinds, self.rng = steps, constants, kinds, rng
        self.names = [f"`{name}`" for name in names] if rng.random() < 0.1 else list(names)

    def sentence(self) -> str:
        """Return one or two sentences that say what the function does."""
        rng = self.rng
        if len(self.steps) > 1 and rng.random() < (0.35 if len(self.steps) == 2 else 0.5):
            return self._in_order()
        if len(self.steps) == 1 and self.steps[0].sentences and rng.random() < 0.6:
            text = self._fill(rng.choice(self.steps[0].sentences), 0, self.names[0])
            return text if rng.random() < 0.85 else text.removesuffix(".")
        phrase = self.phrase()
        if self.steps[-1].gives == "bool":
            template = rng.choice(_CHECKS)
            text = template.format(phrase)
        else:
            roll = rng.random()
            if roll < 0.8:
                made = self.steps[-1].gives not in ("int", "float", "bool") and phrase.startswith(
                    ("a ", "the list", "the dict")
                )
                text = f"{rng.choice(_MAKING if made and rng.random() < 0.3 else _VERBS)} {phrase}"
            elif roll < 0.92:
                text = f"{self._given()}, {rng.choice(('return', 'return', 'compute', 'find', 'give'))} {phrase}"
            else:
                text = (
                    phrase[0].upper() + phrase[1:]
                    if phrase[0].isalpha() and phrase.split()[0].strip("`") not in self.names
                    else f"Return {phrase}"
                )
        return text if text.endswith("?") or rng.random() < 0.15 else text + "."

    def phrase(self) -> str:
        """Return the noun phrase (or, for a bool, the clause) of the whole chain."""
        text = self.names[0]
        for number in range(len(self.steps)):
            text = self._step(number, text, last=number == len(self.steps) - 1)
        return text

    def plan(self) -> tuple[str, ...]:
        """Return the steps in words."""
        return tuple(fill(step.plan, self.constants[k]) for k, step in enumerate(self.steps))

    def _given(self) -> str:
        if len(self.names) == 2:
            both = " and ".join(f"{_GIVEN[kind][0]} {name}" for kind, name in zip(self.kinds, self.names, strict=True))
            return f"Given {both}"
        kind = self.rng.choice(_GIVEN[self.kinds[0]])
        return self.rng.choice(
            (f"Given {kind} {self.names[0]}", f"Given {self.names[0]}, {kind}", f"For {kind} {self.names[0]}")
        )

    def _in_order(self) -> str:
        """Return the steps one after the other, as orders."""
        rng = self.rng
        orders = [self._order(k) for k in range(len(self.steps) - 1)]
        before = self.steps[-2].gives
        last = self._step(len(self.steps) - 1, _pronoun(before), last=True)
        verb = "return"
        if self.steps[-1].gives == "bool":
            verb = rng.choice(("return whether", "check whether", "tell whether"))
        ends = f"{verb} {last}"
        listed = ", ".join(orders)
        first = listed[0].upper() + listed[1:]
        forms = [f"{first} and {ends}", f"First {listed}, then {ends}", f"{first}, then {ends}"]
        if len(orders) == 1:
            forms.append(f"{first}. Then {ends}")
        else:
            forms += [f"{first}, and {ends}", f"{orders[0][0].upper()}{orders[0][1:]}, then {orders[1]} and {ends}"]
            forms.append(f"{orders[0][0].upper()}{orders[0][1:]}. Then {orders[1]} and {ends}")
        return _polished(rng.choice(forms)) + ("." if rng.random() < 0.85 else "")

    def _order(self, number: int) -> str:
        step = self.steps[number]
        text = self.names[0] if number == 0 else _pronoun(step.takes)
        if step.orders:
            return self._fill(self.rng.choice(step.orders), number, text)
        verb = "keep" if step.form == "filter" else self.rng.choice(_TAKES)
        return f"{verb} {self._step(number, text, last=False)}"

    def _step(self, number: int, text: str, *, last: bool) -> str:
        step, rng = self.steps[number], self.rng
        phrases = step.phrases
        if not last:  # commas inside a longer phrase say too little about what belongs to what
            phrases = tuple(phrase for phrase in phrases if not _LOOSE.search(phrase)) or phrases
        if number > 0 and step.form == "filter":
            phrases = tuple(phrase for phrase in phrases if not phrase.startswith("all ")) or phrases
        phrase = rng.choice(phrases)
        before = self.steps[number - 1] if number else None
        if before is not None and "@n @in @x" in phrase and text.startswith("the ") and _PLURAL.match(text):
            joins = before.form == "whole" or "@n @in @x " not in phrase
            if joins and rng.random() < 0.7:
                return self._fill(phrase.replace("@n @in @x", text.removeprefix("the ")), number, text)
        return self._fill(phrase, number, text)

    def _fill(self, template: str, number: int, text: str) -> str:
        step, rng = self.steps[number], self.rng
        nouns = _NOUNS.get(step.takes, ("items",))
        bare = text == self.names[0] and number == 0
        pronoun = text in ("them", "it")
        parts = dict(self.constants[number])
        parts["x"] = text
        parts["n"] = rng.choice(nouns) if bare else rng.choice(("ones", nouns[0]))
        parts["in"] = rng.choice(("in", "in", "in", "of", "from")) if bare else "among"
        parts["each"] = text
        if bare and step.takes in _NOUNS:
            noun = rng.choice(nouns)
            where = rng.choice(("in", "in", "of"))
            parts["each"] = rng.choice(
                (text, text, f"the {noun} {where} {text}", f"the {noun} {where} {text}", f"all {noun} {where} {text}")
            )
        if pronoun:
            parts["in"] = "of"
        if len(self.names) > 1 and number == 0:
            parts["y"] = self.names[1]
        return fill(template, parts)


def _polished(text: str) -> str:
    """Mend what a pronoun in the place of a name breaks."""
    text = re.sub(r"\bthem (is|has|contains|reads)\b", r"the result \1", text)
    text = re.sub(r"\bthem (are|never)\b", r"they \1", text)
    return text.replace("dd up them", "dd them up")


def _pronoun(kind: Kind) -> str:
    return "them" if kind in LISTS else "it"
