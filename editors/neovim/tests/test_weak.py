"""Results that nothing confirms: preview, accept, reject, confirm; reports in a floating window."""

from lsp_editor import field
from solve_sources import NO_EXAMPLE, SUM


def weak(nvim, text=NO_EXAMPLE):
    nvim.open(text)
    end = nvim.solve("def biggest")
    assert end["message"].startswith("WEAK"), nvim.describe()
    assert nvim.text() == text
    nvim.wait(lambda: any("Weak" in said for said in nvim.virtual_text().values()), "no virtual text")


def preview(nvim, command="preview"):
    nvim.command(f"Atlas {command}")
    nvim.wait(nvim.float, "no window")
    nvim.wait(lambda: nvim.lua("return vim.api.nvim_win_get_config(0).relative") == "editor", "no focus")
    return nvim.float()


def test_preview_and_accept(nvim):
    weak(nvim)
    (diagnostic,) = nvim.diagnostics()
    assert diagnostic["code"] == "weak"
    lines = preview(nvim)
    assert lines[0] == "# biggest: WEAK"
    assert "```diff" in lines
    number = next(i for i, line in enumerate(lines) if line.startswith("+    "))
    highlighted = nvim.lua(
        'local ns = vim.api.nvim_create_namespace("atlas_ls.view") return vim.tbl_map(function(m) return m[2] end,'
        " vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, {}))"
    )
    assert number in highlighted
    assert len(highlighted) == sum(line[:1] in "+-" for line in diff(lines) if line)
    assert any("a accept" in line and "r reject" in line for line in nvim.screen()), nvim.describe()
    nvim.keys("a")
    assert nvim.float() is None
    nvim.wait(lambda: nvim.text() != NO_EXAMPLE, "nothing is applied")
    assert nvim.function("biggest")([3, -5, 8]) == 8
    nvim.keys("u")
    assert nvim.text() == NO_EXAMPLE


def diff(lines):
    start = lines.index("```diff")
    return lines[start + 1 : lines.index("```", start)]


def test_preview_and_reject(nvim):
    weak(nvim)
    preview(nvim)
    nvim.keys("r")
    assert nvim.float() is None
    nvim.wait(lambda: nvim.virtual_text() == {}, "the state stays")
    nvim.wait(lambda: nvim.diagnostics() == [], "the diagnostic stays")
    assert nvim.text() == NO_EXAMPLE
    nvim.command("Atlas accept")
    nvim.wait(lambda: "solve the function first" in nvim.notes(), "no message")
    assert nvim.text() == NO_EXAMPLE


def test_the_preview_accepts_the_function_it_shows(nvim):
    """Also where another function, with a result of its own, has come to the place it was asked for at."""
    weak(nvim, NO_EXAMPLE + "\n\n" + NO_EXAMPLE.replace("biggest", "second"))
    assert nvim.solve("def second")["message"].startswith("WEAK")
    nvim.go("def biggest")
    preview(nvim)
    nvim.lua(
        "local buffer = vim.fn.bufnr('work.py') local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)"
        " vim.api.nvim_buf_set_lines(buffer, 0, 4, false, {})"
        " vim.api.nvim_buf_set_lines(buffer, -1, -1, false, { '', '', lines[1], lines[2] })"
    )
    nvim.keys("a")
    assert nvim.text().startswith("def second")
    nvim.wait(lambda: "return" in nvim.text().split("def biggest")[1].split('"""')[-1], "nothing is applied")
    namespace = {}
    exec(nvim.text(), namespace)
    assert namespace["biggest"]([3, 8]) == 8
    assert namespace["second"]([3, 8]) is None


def test_accept_and_reject_without_a_window(nvim):
    weak(nvim)
    nvim.command("Atlas reject")
    nvim.wait(lambda: nvim.virtual_text() == {}, "the state stays")
    assert nvim.solve("def biggest")["message"].startswith("WEAK")
    nvim.command("Atlas accept")
    nvim.wait(lambda: "return" in nvim.text().split('"""')[-1], "nothing is applied")
    assert nvim.function("biggest")([-1]) == 0


def test_what_is_accepted_is_the_function_at_the_cursor(nvim):
    text = "x = 1\n\n\n" + NO_EXAMPLE
    weak(nvim, text)
    nvim.go("x = 1")
    for command in ("accept", "reject"):
        nvim.lua("seen.notes = {}")
        nvim.command(f"Atlas {command}")
        nvim.wait(lambda: "there is no function at line 1" in nvim.notes(), "no message")
    assert nvim.text() == text
    assert any("Weak" in said for said in nvim.virtual_text().values())


def test_a_preview_from_the_menu_has_the_focus_and_the_keys(nvim):
    weak(nvim)
    nvim.lua(
        "vim.lsp.buf.code_action({ apply = true, filter = function(action)"
        " return action.title == 'Preview the solution and its evidence' end })"
    )
    nvim.wait(nvim.float, "no window")
    nvim.wait(lambda: nvim.lua("return vim.api.nvim_win_get_config(0).relative") == "editor", "no focus")
    nvim.command("Atlas accept")  # of the function that the window is about
    assert nvim.float() is None
    nvim.wait(lambda: nvim.text() != NO_EXAMPLE, "nothing is applied")
    assert nvim.function("biggest")([-1]) == 0


def test_the_window_closes_with_the_result_it_shows(nvim):
    weak(nvim)
    preview(nvim)
    nvim.keys("<C-w>p")
    assert nvim.lua("return vim.api.nvim_win_get_config(0).relative") == ""
    nvim.command("Atlas reject")
    nvim.wait(lambda: nvim.float() is None, "the window stays")
    assert "cannot be read" not in nvim.notes()


def test_confirm_a_right_case(nvim):
    weak(nvim)
    ends = nvim.ends()
    nvim.command("Atlas preview")
    nvim.wait(nvim.float, "no window")
    nvim.press("c")
    # Neovim's own menu: it waits for a number.
    nvim.wait(lambda: nvim.rpc.api.get_mode() != {"mode": "n", "blocking": False}, "no menu")
    nvim.press("1<CR>")
    nvim.wait(lambda: nvim.rpc.api.get_mode() == {"mode": "n", "blocking": False}, "the menu stays")
    nvim.wait(lambda: nvim.ends() > ends, "the result is not judged again")
    assert field(nvim.progress()[-1], "message").startswith("VERIFIED"), nvim.describe()
    assert nvim.function("biggest")([3, -5, 8]) == 8
    nvim.wait(lambda: nvim.virtual_text() == {0: "Verified 1/1"}, "not shown as verified")
    solved = nvim.text()
    nvim.command("Atlas examples")
    nvim.wait(lambda: ">>> biggest(" in nvim.text(), "no example in the docstring")
    nvim.keys("u")
    assert nvim.text() == solved


def test_report(nvim):
    nvim.open(SUM)
    nvim.solve("def total")
    lines = preview(nvim, "report")
    assert lines[0] == "# total: VERIFIED"
    assert "## Given examples" in lines
    nvim.keys("q")
    assert nvim.float() is None
    assert nvim.lua("return vim.bo.filetype") == "python"
    assert nvim.lua("return #vim.api.nvim_list_wins()") == 1


def test_the_preview_follows_the_solve(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.command("Atlas solve samples=8")
    nvim.until("candidate 1")
    nvim.command("Atlas preview")
    nvim.wait(nvim.float, "no window")
    nvim.wait(lambda: nvim.float()[0] == "# total: VERIFIED", "it stays as it was")


def test_what_was_not_asked_for_takes_no_keys(nvim):
    nvim.open(SUM)
    nvim.solve("def total")
    note = nvim.folder / "note.md"
    note.write_text("# Something\n")
    nvim.lua(
        'local client = vim.lsp.get_clients({ name = "atlas_ls" })[1]'
        " client.handlers['window/showDocument'](nil, { uri = ... }, { client_id = client.id })",
        note.as_uri(),
    )
    assert nvim.float() == ["# Something"]
    assert nvim.lua("return vim.bo.filetype") == "python"  # the focus stays
    assert not any("a accept" in line for line in nvim.screen())
