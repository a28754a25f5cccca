"""What the plugin is besides solving: commands, maps, options, health, help, log."""

import shutil

from neovim_editor import PLUGIN
from solve_sources import SUM

COMMANDS = "accept best cancel check confirm examples full log preview reject repair report restart solve tests".split()


def test_commands_complete_and_refuse(nvim):
    assert nvim.lua('return vim.fn.getcompletion("Atlas ", "cmdline")') == COMMANDS
    assert nvim.lua('return vim.fn.getcompletion("Atlas re", "cmdline")') == [c for c in COMMANDS if c[:2] == "re"]
    assert nvim.lua('return vim.fn.getcompletion("Atlas cancel ", "cmdline")') == ["all"]
    assert nvim.lua('return vim.fn.getcompletion("Atlas solve s", "cmdline")') == ["samples=", "seed="]
    nvim.command("Atlas sing")
    assert "there is no command sing; there are accept, best" in nvim.notes()
    nvim.open(SUM)
    nvim.command("Atlas solve samples=many")
    assert "samples=many is not understood; use samples=NUMBER or seed=NUMBER" in nvim.notes()
    assert nvim.progress() == []


def test_maps_exist_but_no_key_is_taken(nvim):
    maps = nvim.lua('return vim.tbl_map(function(m) return m.lhs end, vim.api.nvim_get_keymap("n"))')
    ours = [lhs for lhs in maps if "atlas" in lhs]
    assert sorted(ours) == sorted(f"<Plug>(atlas-{name})" for name in COMMANDS if name != "restart")
    mapped = nvim.lua(
        'return vim.tbl_filter(function(m) return (m.desc or ""):match("Atlas") and not m.lhs:match("^<Plug>") end,'
        ' vim.api.nvim_get_keymap("n"))'
    )
    assert mapped == []
    nvim.open(SUM)
    nvim.lua('vim.keymap.set("n", "<F5>", "<Plug>(atlas-solve)")')
    nvim.go("def total")
    nvim.keys("<F5>")
    nvim.wait(lambda: nvim.ends() == 1, "the map does nothing")
    assert nvim.function("total")([2]) == 2


def test_enable_is_enough_where_neovim_has_it(start):
    nvim = start(init="vim.g.atlas_ls = options if vim.lsp.enable then vim.lsp.enable('atlas_ls') end")
    if not nvim.modern:
        nvim.lua('require("atlas_ls").setup()')
    nvim.open(SUM)
    assert nvim.solve("def total")["message"].startswith("VERIFIED")
    assert nvim.virtual_text() == {0: "Verified 1/1"}


def test_buffers_that_were_open_before_are_served(start):
    nvim = start(init="")
    (nvim.folder / "work.py").write_text(SUM)
    nvim.command("edit work.py")
    nvim.command("Atlas solve")
    assert "no server for this buffer" in nvim.notes()
    nvim.lua('require("atlas_ls").setup(options)')
    nvim.wait(lambda: nvim.lua("return seen.attached") == 1, "no server")


def test_wrong_options_are_told_and_left_out(start):
    nvim = start(
        init='options.samples = 3 options.float = { width = 3 } options.restarts = "no" require("atlas_ls").setup(options)'
    )
    notes = nvim.notes()
    assert "option ignored: there is no option samples" in notes
    assert "option ignored: there is no option float.width" in notes
    assert "option ignored: option restarts must be a number, it is a string" in notes
    assert nvim.lua('return require("atlas_ls.config").get().restarts') == 3
    nvim.open(SUM)


def test_wrong_global_options_are_told_too(start):
    nvim = start(init='vim.g.atlas_ls = { restarts = "no" } require("atlas_ls").setup(options)')
    nvim.open(SUM)
    assert nvim.notes() == "Atlas: option ignored: option restarts must be a number, it is a string"


def test_settings_reach_the_server(start):
    nvim = start(init='options.settings.solve = { nonsense = 1 } require("atlas_ls").setup(options)')
    nvim.open(SUM)
    nvim.wait(lambda: "setting ignored" in nvim.notes() and "nonsense" in nvim.notes(), "no message")


def test_no_settings_are_an_object_too(start):
    nvim = start(init='options.settings = { engine = {} } require("atlas_ls").setup(options)')
    nvim.open(SUM)
    nvim.lua("vim.wait(1000)")
    assert nvim.notes() == ""


def test_settings_change_while_the_server_runs(nvim):
    nvim.open(SUM)
    nvim.lua('require("atlas_ls").configure({ solve = { nonsense = 1 } })')
    nvim.wait(lambda: "nonsense" in nvim.notes(), "no message")
    nvim.lua('require("atlas_ls").configure({ solve = { first_samples = 4 } })')
    nvim.solve("def total")
    assert any("candidate 1 of 4" in (value.get("message") or "") for value in nvim.progress())


def test_changed_settings_outlive_the_server_and_can_be_taken_back(nvim):
    nvim.open(SUM)
    nvim.lua('require("atlas_ls").configure({ engine = { model = "/nowhere/none.gguf" } })')
    for attached in (1, 2):
        nvim.wait(lambda n=attached: nvim.lua("return seen.attached") == n, "no server")
        nvim.solve("def total")
        assert "/nowhere/none.gguf" in nvim.notes()
        assert nvim.text() == SUM
        nvim.lua("seen.notes = {}")
        if attached == 1:
            nvim.command("Atlas restart")
    nvim.lua('require("atlas_ls").configure({})')
    assert nvim.solve("def total")["message"].startswith("VERIFIED")


def test_no_virtual_text_where_it_is_switched_off(start):
    nvim = start(init='options.virtual_text = false require("atlas_ls").setup(options)')
    nvim.open(SUM)
    nvim.solve("def total")
    assert nvim.virtual_text() == {}
    assert nvim.lua('return require("atlas_ls").statusline()') == "total: Verified 1/1"


def test_a_missing_server_is_told_by_checkhealth(start):
    nvim = start(init='options.cmd = { "/nowhere/atlas-ls" } require("atlas_ls").setup(options)')
    nvim.command("checkhealth atlas_ls")
    report = nvim.text()
    assert "ERROR" in report
    assert "/nowhere/atlas-ls cannot be run" in report
    assert "make demo" in report


def test_checkhealth(nvim):
    nvim.open(SUM)
    nvim.command("checkhealth atlas_ls")
    nvim.wait(lambda: "Atlas Pocket" in nvim.text() or "pocket model" in nvim.text(), "no report")
    report = nvim.text()
    assert "ERROR" not in report, report
    assert "started by vim.lsp." + ("enable" if nvim.modern else "start") in report
    assert "model-written code can be run in isolation" in report
    assert "client 1, atlas-ls" in report
    assert "1 buffers" in report


def test_help(nvim):
    shutil.copytree(PLUGIN / "doc", nvim.folder / "copy/doc")
    nvim.lua(
        "vim.opt.runtimepath:prepend(...) vim.cmd.helptags(vim.fs.joinpath(..., 'doc'))", str(nvim.folder / "copy")
    )
    for tag in ("atlas_ls", "atlas_ls-options", ":Atlas", "<Plug>(atlas-solve)", "atlas_ls-statusline"):
        nvim.command(f"help {tag}")
        assert nvim.lua("return vim.bo.buftype") == "help", tag
    text = nvim.text()
    for name in COMMANDS:
        assert f"*:Atlas-{name}*" in text, name
    for option in nvim.lua('return vim.tbl_keys(require("atlas_ls.config").get())'):
        assert f"*atlas_ls-option-{option}*" in text, option


def test_log(nvim):
    nvim.open(SUM)
    nvim.lua('require("atlas_ls.message").show("first line\\nsecond line " .. ("x"):rep(300), vim.log.levels.WARN)')
    shown = nvim.notes()
    assert len(shown) < 100  # one line of the screen: nothing asks for <Enter>
    assert shown.startswith("Atlas: first line second line xxx")
    assert shown.endswith("…")
    nvim.command("Atlas log")
    text = nvim.text()
    assert "WARN  first line\n" in text
    assert "second line " + "x" * 300 in text
    nvim.keys("q")
    assert nvim.lua("return vim.bo.filetype") == "python"


def test_an_edit_for_an_older_text_is_refused_truthfully(nvim):
    path = nvim.open("x = 1\n")
    answer = nvim.lua(
        'local client = vim.lsp.get_clients({ name = "atlas_ls" })[1]'
        " local version = vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()]"
        ' vim.cmd("normal! Oy = 2")'
        " local range = { start = { line = 0, character = 0 }, ['end'] = { line = 1, character = 0 } }"
        " local change = { textDocument = { uri = ..., version = version }, edits = { { range = range, newText = '' } } }"
        " return client.handlers['workspace/applyEdit'](nil, { edit = { documentChanges = { change } } },"
        " { client_id = client.id, method = 'workspace/applyEdit' })",
        path.as_uri(),
    )
    assert answer == {"applied": False, "failureReason": "the buffer is newer than the edit"}
    assert nvim.text() == "y = 2\nx = 1\n"


def test_messages_wait_while_a_command_is_typed(nvim):
    nvim.press(":echo 1")
    nvim.wait(lambda: nvim.rpc.api.get_mode()["mode"] == "c", "no command line")
    nvim.lua('require("atlas_ls.message").show("solved")')
    nvim.lua("vim.wait(500)")
    assert nvim.notes() == ""
    nvim.press("<Esc>")
    nvim.wait(lambda: nvim.notes() == "Atlas: solved", "no message")
