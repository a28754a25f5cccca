"""Processes that die, and projects side by side."""

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
