"""What a document says of a result that was put into it; texts small enough to judge by eye."""

from dataclasses import replace

import pytest
from solve_records import DOUBLE, solve_record

from atlas_pipeline.functions import Document
from atlas_pipeline.history import Outcome
from atlas_server.outcomes import what_became
from atlas_server.results import Result

SOLVED = DOUBLE + "    return x * 2\n"
RECORD = solve_record()
RESULT = Result(
    task=RECORD.task,
    selection=RECORD.selection,
    applied_fingerprint=Document(SOLVED).named("double").fingerprint,
)
ELSEWHERE = "import os\n\n\n"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (SOLVED, Outcome.ACCEPTED),
        (ELSEWHERE + SOLVED, Outcome.ACCEPTED),
        (SOLVED.replace("    return", "    # twice\n\n    return"), Outcome.ACCEPTED),
        (SOLVED.replace("x * 2\n", "x * 2  # twice\n"), Outcome.ACCEPTED),
        (SOLVED.replace("return x * 2", "return (x*2)"), Outcome.ACCEPTED),
        (SOLVED.replace("Double x.", "Return twice x."), Outcome.ACCEPTED),
        (SOLVED.replace("    4\n", "    4\n    >>> double(3)\n    6\n"), Outcome.ACCEPTED),
        (SOLVED.replace("def double(x):", "def double(x: int) -> int:"), Outcome.ACCEPTED),
        (SOLVED.replace("\n", "\r\n"), Outcome.ACCEPTED),
        (DOUBLE, Outcome.REVERTED),
        (SOLVED.replace("x * 2", "x * 3"), Outcome.EDITED),
        (SOLVED.replace("    return", "    x = int(x)\n    return"), Outcome.EDITED),
        (
            SOLVED.replace("    return", '    """Twice."""\n    return'),
            Outcome.EDITED,
        ),  # a second string is no docstring
        (DOUBLE.replace("Double", "Return") + "    pass\n", Outcome.EDITED),
        (ELSEWHERE, Outcome.EDITED),
        (SOLVED.replace("x * 2", "x * "), None),
    ],
)
def test_what_became_of_a_solution(text, outcome):
    assert what_became(RESULT, Document(text)) is outcome


def test_of_two_functions_of_that_name_one_may_have_it():
    two = SOLVED.replace("x * 2", "x - 2")
    assert what_became(RESULT, Document(two + SOLVED.replace("Double", "Twice"))) is Outcome.ACCEPTED
    assert what_became(RESULT, Document(SOLVED.replace("Double", "Twice") + two)) is Outcome.ACCEPTED


def test_what_was_never_in_the_document_has_no_outcome():
    assert what_became(replace(RESULT, applied_fingerprint=None), Document(SOLVED)) is None


def test_a_method_is_compared_as_it_is_indented():
    source = "class C:\n" + "".join(f"    {line}\n".replace("    \n", "\n") for line in DOUBLE.splitlines())
    record = solve_record(source=source)
    solved = source + "        return x * 2\n"
    result = Result(
        task=record.task,
        selection=record.selection,
        applied_fingerprint=Document(solved).named("C.double").fingerprint,
    )
    assert what_became(result, Document(solved.replace("Double", "Twice"))) is Outcome.ACCEPTED
    assert what_became(result, Document(solved.replace("x * 2", "2"))) is Outcome.EDITED
