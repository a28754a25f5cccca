"""Check, repair and write tests, in real Neovim."""

import pytest
from solve_sources import RIGHT_SUM as RIGHT
from solve_sources import WRONG_SUM as WRONG


def test_check_and_repair(nvim):
    nvim.open(WRONG)
    nvim.solve("def total", "Atlas check")
    assert nvim.text() == WRONG
    nvim.wait(lambda: "failing-example" in [one["code"] for one in nvim.diagnostics()], "no diagnostic")
    assert nvim.solve("def total", "Atlas repair")["message"].startswith("VERIFIED"), nvim.describe()
    assert nvim.function("total")([2, 3, -4]) == -2
    nvim.wait(lambda: nvim.diagnostics() == [], "the diagnostic stays")
    nvim.keys("u")
    assert nvim.text() == WRONG


@pytest.mark.parametrize("there", [True, False])
def test_tests_are_shown_and_not_on_disk(nvim, there):
    tests = nvim.folder / "project/tests"
    tests.mkdir(parents=True)
    (nvim.folder / "project/pyproject.toml").touch()
    target = tests / "test_sums.py"
    before = "import os\n\n\ndef test_os():\n    assert os\n"
    if there:
        target.write_text(before)
    nvim.open(RIGHT, "project/sums.py")
    nvim.solve("def total", "Atlas tests")
    nvim.wait(lambda: nvim.lua("return #vim.api.nvim_list_wins()") == 2, "the tests are not shown")
    assert nvim.lua("return vim.fn.expand('%:t')") == "sums.py"
    assert nvim.text() == RIGHT
    nvim.keys("<C-w>w")
    assert nvim.lua("return vim.fn.expand('%:p')") == str(target)
    text = nvim.text()
    assert "assert total([1, 2, 4]) == 6" in text
    assert ("def test_os" in text) is there
    assert (target.read_text() if target.exists() else "") == (before if there else "")
    nvim.command("silent write")
    assert target.read_text() == text
