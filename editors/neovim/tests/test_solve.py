"""From `:Atlas solve` to the text in the buffer: real Neovim, real server, real engine, pocket model, real sandbox."""

SUM = '''def total(nums):
    """Return the sum of the squares of the even numbers in nums.

    >>> total([1, 2, 4])
    20
    """
'''
BEYOND = '''def nth_prime_palindrome(n):
    """Return the n-th number that is a prime and a palindrome.

    >>> nth_prime_palindrome(6)
    101
    """
    raise NotImplementedError
'''


def test_solve_write_undo(nvim):
    before = f'"""Work."""\n\nimport os\n\n\n{SUM}    pass\n\n\nprint(os.name)\n'
    path = nvim.open(before)
    end = nvim.solve("def total")
    assert end["message"].startswith("VERIFIED"), nvim.describe()
    after = nvim.text()
    head, tail = before.split("    pass")
    assert after.startswith(head)
    assert after.endswith(tail)
    assert nvim.function("total")([1, 2, 3, 4, -6]) == 4 + 16 + 36
    assert path.read_text() == before  # the disk is as it was until the user writes
    nvim.command("silent write")
    assert path.read_text() == after
    nvim.keys("u")
    assert nvim.text() == before  # one step
    nvim.keys("<C-r>")
    assert nvim.text() == after


def test_progress_is_neovims_own(nvim):
    nvim.open(SUM)
    nvim.solve("def total")
    values = nvim.progress()
    assert values[0]["kind"] == "begin"
    assert values[0]["cancellable"] is True
    assert values[0]["title"] == "Solve total"
    reports = [value for value in values if value["kind"] == "report"]
    assert len(reports) >= 5
    assert any("candidate 1 of 3" in value["message"] for value in reports)
    percentages = [value["percentage"] for value in reports]
    assert percentages == sorted(percentages)
