"""Says a `Spec` in everyday words, the way somebody would in a docstring."""

from __future__ import annotations

import random

from atlas_pocket.world import Spec

ITEM_NAMES = (
    "nums numbers values xs items data arr lst seq a v elements integers ints vals entries sequence array list_ "
    "scores points readings amounts prices samples counts ages temps temperatures weights marks results_ inputs "
    "series collection my_list input_list num_list n_list ys zs p q w levels rows digits figures costs steps"
).split()
BOUND_NAMES = (
    "k n m limit threshold t bound c d b cutoff divisor factor base step low high minimum maximum target x".split()
)

_NOUNS = ("numbers", "values", "elements", "integers", "items", "entries", "numbers", "numbers")

_ADJECTIVES = {
    "positive": ("positive",),
    "negative": ("negative",),
    "nonnegative": ("non-negative", "nonnegative"),
    "nonzero": ("non-zero", "nonzero"),
    "even": ("even",),
    "odd": ("odd",),
}

_RELATIONS = {
    "multiple": ("divisible by {c}", "that are multiples of {c}", "that are divisible by {c}", "that {c} divides"),
    "nonmultiple": ("not divisible by {c}", "that are not divisible by {c}", "that are not multiples of {c}"),
    "above": ("greater than {c}", "larger than {c}", "above {c}", "that are greater than {c}", "bigger than {c}"),
    "below": ("less than {c}", "smaller than {c}", "below {c}", "that are less than {c}", "that are smaller than {c}"),
    "atleast": ("of at least {c}", "that are at least {c}", "greater than or equal to {c}", "not less than {c}"),
    "atmost": ("of at most {c}", "that are at most {c}", "less than or equal to {c}", "not greater than {c}"),
}

_BEFORE = {  # said before the items: "the squares of the even numbers"
    "square": ("squares of", "squared values of", "squares of all"),
    "cube": ("cubes of", "cubed values of", "cubes of all"),
    "double": ("doubles of", "doubled values of"),
    "half": ("halves (rounded down) of", "integer halves of"),
    "absolute": ("absolute values of", "magnitudes of"),
    "negation": ("negations of", "opposites of", "negated values of"),
    "successor": ("successors of",),
    "predecessor": ("predecessors of",),
    "digitsum": ("digit sums of", "sums of the digits of"),
}

_AFTER = {  # said after the items: "the even numbers, each squared"
    "square": (", each squared", ", squared", " after squaring them", " after squaring each"),
    "cube": (", each cubed", ", cubed", " after cubing them"),
    "double": (", each doubled", ", doubled", " after doubling them", ", each multiplied by 2"),
    "half": (", each halved (rounded down)", ", halved and rounded down", ", each divided by 2 (rounded down)"),
    "absolute": (", each made absolute", " in absolute value"),
    "negation": (", each negated", ", negated", " with the sign flipped"),
    "successor": (", each increased by one", ", each plus one", " after adding 1 to each"),
    "predecessor": (", each decreased by one", ", each minus one", " after subtracting 1 from each"),
    "digitsum": (", each replaced by its digit sum", ", each replaced by the sum of its digits"),
}

_REDUCTIONS = {
    "sum": ("the sum of {x}", "the total of {x}", "the sum of all {x}"),
    "product": ("the product of {x}", "the product of all {x}"),
    "count": ("the number of {x}", "the count of {x}", "how many {x} there are"),
    "distinct": (
        "the number of distinct {x}",
        "the number of different {x}",
        "the count of distinct {x}",
        "the number of unique {x}",
    ),
    "minimum": ("the minimum of {x}", "the smallest of {x}", "the lowest of {x}", "the least of {x}"),
    "maximum": ("the maximum of {x}", "the largest of {x}", "the biggest of {x}", "the highest of {x}"),
    "first": ("the first of {x}",),
    "list": ("the list of {x}", "a list of {x}", "a list with {x}", "{x} as a list"),
    "ascending": (
        "the sorted list of {x}",
        "a list of {x} in ascending order",
        "{x} sorted in ascending order",
        "{x} sorted from smallest to largest",
        "{x} in increasing order",
    ),
    "descending": (
        "a list of {x} in descending order",
        "{x} sorted in descending order",
        "{x} sorted from largest to smallest",
        "{x} in decreasing order",
    ),
    "reversed": (
        "the reversed list of {x}",
        "a list of {x} in reverse order",
        "{x} in reverse order",
        "{x} in reversed order",
    ),
    "sortedset": (
        "the sorted list of distinct {x}",
        "the distinct {x} in ascending order",
        "the unique {x}, sorted",
        "the sorted unique {x}",
        "the distinct {x} sorted in ascending order",
    ),
}

_VERBS = (
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
    "Compute and return",
)


def describe(spec: Spec, *, items: str, rng: random.Random) -> str:
    """Return one sentence that says what the function does."""
    name = f"`{items}`" if rng.random() < 0.12 else items
    bound = str(spec.bound)
    if isinstance(spec.bound, str) and "`" in name:
        bound = f"`{bound}`"
    bare = spec.reduction.name in ("distinct", "sortedset")  # these say "distinct ..." and take no article
    mapped = _mapped_phrase(spec, _filtered_phrase(spec, name, bound, rng), bare=bare, rng=rng)
    template = rng.choice(_REDUCTIONS[spec.reduction.name])
    if "all {x}" in template or "how many" in template or (spec.reduction.name == "count"):
        mapped = mapped.removeprefix("the ").removeprefix("all ")
    sentence = template.format(x=mapped)
    if spec.has_default:
        nothing = rng.choice(
            ("if there are none", "if there is none", "when there are none", "if there are no such numbers")
        )
        sentence += f", or {spec.default} {nothing}"
    sentence = _opening(sentence, name, spec, bound, rng)
    return sentence + ("." if rng.random() < 0.85 else "")


def _filtered_phrase(spec: Spec, name: str, bound: str, rng: random.Random) -> str:
    noun, place = rng.choice(_NOUNS), rng.choice(("in", "in", "in", "of", "from"))
    where = f"{place} {name}" if rng.random() < 0.88 else f"{place} the list {name}"
    kind = spec.filter.name
    if kind == "all":
        return rng.choice((f"the {noun} {where}", f"all {noun} {where}", f"the {noun} {where}", name))
    if kind in _ADJECTIVES:
        adjective = rng.choice(_ADJECTIVES[kind])
        return rng.choice((
            f"the {adjective} {noun} {where}", f"the {adjective} {noun} {where}", f"all {adjective} {noun} {where}",
            f"the {noun} {where} that are {adjective}",
        ))  # fmt: skip
    relation = rng.choice(_RELATIONS[kind]).format(c=bound)
    forms = [f"the {noun} {where} {relation}", f"the {noun} {relation} {where}", f"all {noun} {where} {relation}"]
    if kind == "multiple":
        forms.append(f"the multiples of {bound} {where}")
    return rng.choice(forms)


def _mapped_phrase(spec: Spec, phrase: str, *, bare: bool, rng: random.Random) -> str:
    kind = spec.map.name
    if kind == "same":
        if bare:
            return phrase.removeprefix("the ").removeprefix("all ") if " " in phrase else f"values in {phrase}"
        return phrase
    if rng.random() < 0.7 or (bare and not phrase.startswith(("the ", "all "))):
        before = rng.choice(_BEFORE[kind])
        if before.endswith(" all"):
            phrase = phrase.removeprefix("the ").removeprefix("all ")
        text = f"{before} {phrase}"
        return text if bare else f"the {text}"
    if bare:
        phrase = phrase.removeprefix("the ").removeprefix("all ")
    return phrase + rng.choice(_AFTER[kind])


def _opening(sentence: str, name: str, spec: Spec, bound: str, rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.84:
        return f"{rng.choice(_VERBS)} {sentence}"
    given = rng.choice(
        (f"Given a list of integers {name}", f"Given a list {name}", f"Given {name}, a list of integers")
    )
    if isinstance(spec.bound, str):
        given += rng.choice((f" and an integer {bound}", f" and a number {bound}", f" and {bound}"))
    return f"{given}, {rng.choice(('return', 'return', 'compute', 'find'))} {sentence}"
