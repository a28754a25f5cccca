"""Processes that die, and projects side by side."""

import textwrap

from solve_sources import SUM


def test_a_killed_engine_is_told_and_the_next_solve_works(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.command("Atlas solve samples=64")
    nvim.until("writing candidates")
    (engine,) = nvim.processes.engines()
    engine.kill()
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    if not nvim.progress()[-1]["message"].startswith("VERIFIED"):  # else the kill came after the last token
        assert "engine" in nvim.notes()
        assert nvim.text() == SUM
        assert nvim.solve("def total")["message"].startswith("VERIFIED")
    assert nvim.function("total")([2]) == 2


def test_a_killed_server_is_started_again(nvim):
    nvim.open(SUM)
    nvim.go("def total")
    nvim.command("Atlas solve")
    nvim.until("writing candidates")
    (server,) = nvim.servers()
    attached = nvim.lua("return seen.attached")
    server.kill()
    nvim.wait(lambda: nvim.lua("return seen.attached") > attached, "no new server")
    assert "the server ended (signal 9); it is started again" in nvim.notes()
    assert nvim.virtual_text() == {}
    assert nvim.lua('return #require("atlas_ls.progress").running()') == 0
    assert [p.pid for p in nvim.servers()] != [server.pid]
    assert nvim.text() == SUM
    assert nvim.solve("def total")["message"].startswith("VERIFIED")


def test_a_server_that_always_dies_is_left_alone_until_it_is_asked_for(start):
    nvim = start(init='options.restarts = 1 require("atlas_ls").setup(options)')
    nvim.open(SUM)
    for said in ("it is started again", "not started again"):
        (server,) = nvim.servers()
        attached = nvim.lua("return seen.attached")
        server.kill()
        nvim.wait(lambda said=said: said in nvim.notes(), "no message")
        if said == "it is started again":
            nvim.wait(lambda n=attached: nvim.lua("return seen.attached") > n, "no new server")
    assert nvim.servers() == []
    nvim.command("Atlas solve")
    assert "no server for this buffer" in nvim.notes()
    nvim.command("Atlas restart")
    nvim.wait(lambda: nvim.lua("return seen.attached") == 3, "no new server")
    assert nvim.solve("def total")["message"].startswith("VERIFIED")


def test_restart_of_a_running_server(nvim):
    nvim.open(SUM)
    (server,) = nvim.servers()
    nvim.command("Atlas restart")
    nvim.wait(lambda: nvim.lua("return seen.attached") == 2, "no new server")
    nvim.wait(lambda: not server.is_running(), "the old server lives")
    assert len(nvim.servers()) == 1
    assert "ended" not in nvim.notes()


DEAF = """
    # The real server, which is never told to shut down.
    import subprocess, sys

    server = subprocess.Popen([sys.executable, "-m", "atlas_server"], stdin=subprocess.PIPE)
    for line in iter(lambda: sys.stdin.buffer.readline(), b""):
        head = [line]
        while head[-1] != b"\\r\\n":
            head.append(sys.stdin.buffer.readline())
        length = next(int(one.split(b":")[1]) for one in head if one.lower().startswith(b"content-length"))
        body = sys.stdin.buffer.read(length)
        if b'"shutdown"' not in body:
            server.stdin.write(b"".join(head) + body)
            server.stdin.flush()
"""


def test_a_server_that_does_not_end_is_ended_by_a_restart(start):
    nvim = start(init='options.cmd = { options.cmd[1], "deaf.py" } require("atlas_ls").setup(options)')
    (nvim.folder / "deaf.py").write_text(textwrap.dedent(DEAF))
    nvim.open(SUM)
    before = nvim.servers()
    nvim.command("Atlas restart")
    nvim.command("Atlas restart")
    assert "is being restarted" in nvim.notes()
    nvim.wait(lambda: nvim.lua("return seen.attached") == 2, "no new server")
    assert "the server does not end by itself: it is killed" in nvim.notes()
    nvim.wait(lambda: not any(one.is_running() for one in before), "the old server lives")
    assert nvim.solve("def total")["message"].startswith("VERIFIED")


def test_a_server_that_does_not_answer_is_ended_by_a_restart(start):
    nvim = start(init='options.cmd = { "sleep", "600" } options.restarts = 0 require("atlas_ls").setup(options)')
    (nvim.folder / "work.py").write_text(SUM)
    sleeping = lambda: [one for one in nvim.processes.look() if one.name() == "sleep"]  # noqa: E731
    nvim.command(f"edit {nvim.folder / 'work.py'}")
    nvim.wait(sleeping, "no server")
    (first,) = sleeping()
    nvim.command("Atlas restart")
    nvim.wait(lambda: sleeping() and sleeping()[0].pid != first.pid, "it is not started again")
    assert not first.is_running()
    (second,) = sleeping()
    second.kill()  # Neovim 0.12 leaves it running when it ends itself
    nvim.wait(lambda: not sleeping(), "it lives")


def test_files_outside_projects_have_one_server(nvim):
    nvim.open(SUM)
    nvim.command("edit!")
    nvim.open(SUM.replace("total", "second"), "elsewhere/second.py")
    nvim.command("edit!")
    nvim.lua("vim.wait(300)")
    assert len(nvim.servers()) == 1
    assert nvim.lua('return vim.lsp.get_clients({ name = "atlas_ls" })[1].config.root_dir') is None
    assert nvim.solve("def second")["message"].startswith("VERIFIED")
    assert nvim.virtual_text() == {0: "Verified 1/1"}


def test_a_buffer_has_a_server_once_it_has_a_name(nvim):
    nvim.command("enew")
    nvim.command("set filetype=python")
    nvim.lua('vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(..., "\\n", { trimempty = true }))', SUM)
    nvim.lua("vim.wait(2000)")
    nvim.command("Atlas solve")
    assert "this buffer has no name: write it to a file first" in nvim.notes()
    attached = nvim.lua("return seen.attached")
    nvim.command("write named.py")
    nvim.wait(lambda: nvim.lua("return seen.attached") > attached, "no server")
    assert nvim.solve("def total")["message"].startswith("VERIFIED")
    assert nvim.function("total")([2]) == 2
    assert len(nvim.servers()) == 1


def test_two_projects_have_a_server_each_and_share_the_engine(nvim):
    roots = []
    for name in ("one", "two"):
        (nvim.folder / name).mkdir()
        (nvim.folder / name / "pyproject.toml").touch()
        nvim.open(SUM.replace("total", f"total_{name}"), f"{name}/src/work.py")
        assert nvim.solve(f"def total_{name}")["message"].startswith("VERIFIED")
        assert nvim.function(f"total_{name}")([2]) == 2
        assert nvim.virtual_text() == {0: "Verified 1/1"}
        roots.append(nvim.lua('return vim.lsp.get_clients({ name = "atlas_ls", bufnr = 0 })[1].config.root_dir'))
    assert roots == [str(nvim.folder / "one"), str(nvim.folder / "two")]
    assert len(nvim.servers()) == 2
    assert len(nvim.processes.engines()) == 1
