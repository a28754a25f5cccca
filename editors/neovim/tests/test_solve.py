"""From `:Atlas solve` to the text in the buffer: real Neovim, real server, real engine, pocket model, real sandbox."""

import pytest
from solve_sources import BEYOND, SUM


def test_solve_write_undo(nvim):
    before = f'"""Work."""\n\nimport os\n\n\n{SUM}    pass\n\n\nprint(os)\n'
    path = nvim.open(before)
    end = nvim.solve("def total")
    assert end["message"].startswith("VERIFIED"), nvim.describe()
    after = nvim.text()
    head, tail = before.split("    pass")
    assert after.startswith(head)
    assert after.endswith(tail)
    assert nvim.function("total")([1, 2, 3, 4, -8]) == 2 + 4 - 8
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


def test_state_is_virtual_text_and_in_the_status_line(nvim):
    nvim.open("x = 1\n\n\n" + SUM)
    nvim.lua("vim.o.laststatus = 2 vim.o.statusline = \"%{%v:lua.require'atlas_ls'.statusline()%}\"")
    assert nvim.lua('return require("atlas_ls").statusline()') == ""
    nvim.go("def total")
    nvim.command("Atlas solve samples=8 seed=1")
    nvim.until("candidate 1")
    nvim.wait(lambda: "Solving" in nvim.virtual_text().get(3, ""), "no virtual text")
    nvim.wait(lambda: any("total: Solving" in line and "%" in line for line in nvim.screen()), "no status line")
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    states = nvim.states("total")
    assert states[states.index("solving") :] == ["solving", "verified"], states
    assert nvim.virtual_text() == {3: "Verified 1/1"}
    assert nvim.lua('return require("atlas_ls").statusline()') == "total: Verified 1/1"
    # The text moves with its line, and goes when the function is changed.
    nvim.keys("ggO# one<CR># two<Esc>")
    assert nvim.virtual_text() == {5: "Verified 1/1"}
    nvim.go("def total")
    nvim.keys("wcwsum_up<Esc>")
    nvim.wait(lambda: nvim.virtual_text() == {}, "the text stays")


def test_the_state_goes_with_the_text_and_the_name(nvim):
    nvim.open(SUM)
    nvim.solve("def total")
    line = 'return require("atlas_ls").statusline()'
    assert nvim.lua(line) == "total: Verified 1/1"
    nvim.command("edit!")
    assert nvim.text() == SUM
    nvim.wait(lambda: nvim.lua(line) == "" and nvim.virtual_text() == {}, "the state stays")
    nvim.solve("def total")
    assert nvim.lua(line) == "total: Verified 1/1"
    nvim.command("saveas other.py")
    nvim.wait(lambda: nvim.lua(line) == "" and nvim.virtual_text() == {}, "the state stays")


def test_what_cannot_be_solved_is_left_alone(nvim):
    nvim.open(BEYOND)
    end = nvim.solve("def nth")
    assert end["message"].startswith("UNVERIFIED"), nvim.describe()
    assert nvim.text() == BEYOND
    nvim.wait(lambda: nvim.diagnostics(), "no diagnostics")
    by_code = {diagnostic["code"]: diagnostic for diagnostic in nvim.diagnostics()}
    assert by_code["unverified"]["line"] == 0
    assert BEYOND.split("\n")[by_code["example"]["line"]].lstrip().startswith(">>> ")
    assert nvim.virtual_text()[0].startswith("Not verified")


def test_the_menu_of_code_actions(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.lua(
        "vim.lsp.buf.code_action({ apply = true, filter = function(a) return a.title == 'Solve this function' end })"
    )
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    assert nvim.function("total")([2, 3]) == 2


def test_cancel(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.command("Atlas solve")
    nvim.until("writing candidates")
    nvim.command("Atlas cancel")
    nvim.wait(lambda: nvim.ends() == 1, "it goes on")
    assert nvim.progress()[-1]["message"] == "cancelled"
    assert nvim.text() == SUM
    nvim.wait(lambda: nvim.virtual_text() == {}, "virtual text stays")
    nvim.command("Atlas cancel")
    nvim.wait(lambda: "nothing runs for this file" in nvim.notes(), "no message")
    assert nvim.solve("def total")["message"].startswith("VERIFIED")


def test_cancel_through_the_progress(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.command("Atlas solve")
    nvim.until("writing candidates")
    assert nvim.lua('return #require("atlas_ls.progress").running()') == 1
    nvim.command("Atlas cancel all")
    nvim.wait(lambda: nvim.ends() == 1, "it goes on")
    assert nvim.progress()[-1]["message"] == "cancelled"
    assert nvim.lua('return #require("atlas_ls.progress").running()') == 0
    assert nvim.text() == SUM


def test_stop_with_the_best(nvim):
    nvim.open(BEYOND)
    nvim.go("def nth")
    nvim.command("Atlas full samples=64")
    nvim.until("candidate 1")
    nvim.command("Atlas best")
    nvim.wait(lambda: nvim.ends() == 1, "it goes on")
    assert nvim.progress()[-1]["message"].startswith("UNVERIFIED")
    assert nvim.text() == BEYOND


@pytest.mark.parametrize("where", ["above", "inside", "deleted"])
def test_edits_during_the_solve(nvim, where):
    before = "x = 1\n\n\n" + SUM + "\n\ny = 2\n"
    nvim.open(before)
    nvim.go("def total")
    nvim.command("Atlas solve")
    nvim.until("writing candidates")
    if where == "above":
        nvim.keys("ggO# one<CR># two 😀<Esc>")
    elif where == "inside":
        nvim.go("even")
        nvim.keys("ibig <Esc>")
    else:
        nvim.go("def total")
        nvim.keys("d}d}")
    edited = nvim.text()
    assert edited != before
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    if where == "above":
        assert nvim.text().startswith("# one\n# two 😀\nx = 1\n\n\n" + SUM)
        assert nvim.function("total")([2]) == 2
        nvim.keys("u")
    else:
        assert "was not changed" in nvim.notes()
    assert nvim.text() == edited


def test_an_edit_while_the_user_types_is_an_undo_step_of_its_own(nvim):
    nvim.open("x = 1\n\n\n" + SUM)
    nvim.go("def total")
    nvim.command("Atlas solve")
    nvim.until("writing candidates")
    nvim.keys("ggobefore = 1")
    typed = nvim.text()
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    assert nvim.rpc.api.get_mode()["mode"] == "i"
    solved = nvim.text()
    assert solved.startswith("x = 1\nbefore = 1\n")
    assert nvim.function("total")([2]) == 2
    nvim.keys("000")  # the user goes on where the cursor was
    assert nvim.text() == solved.replace("before = 1", "before = 1000")
    nvim.keys("<Esc>u")
    assert nvim.text() == solved
    nvim.keys("u")
    assert nvim.text() == typed
    nvim.keys("u")
    assert nvim.text() == "x = 1\n\n\n" + SUM
    nvim.keys("3<C-r>")
    assert nvim.text() == solved.replace("before = 1", "before = 1000")


def test_a_known_solution_is_ghost_text_where_neovim_shows_it(nvim):
    nvim.open("x = 1\n\n\n" + SUM + "    pass\n")
    nvim.solve("def total")
    solved = nvim.text()
    nvim.keys("u")
    if not nvim.lua("return vim.lsp.inline_completion ~= nil"):
        return  # older than 0.12
    nvim.lua("vim.lsp.inline_completion.enable(true)")
    nvim.go("pass")
    nvim.keys("A")
    # Its first line lies over the stub: what goes on behind `pass` is seen.
    first = solved.split('"""\n')[-1].split("\n")[0].strip()
    shown = first[len("pass") :][:20]
    assert shown
    assert shown not in nvim.text()
    nvim.wait(lambda: any(shown in line for line in nvim.screen()), "no ghost text")
    nvim.lua("vim.lsp.inline_completion.get()")
    nvim.wait(lambda: nvim.text() == solved, "it is not taken")
