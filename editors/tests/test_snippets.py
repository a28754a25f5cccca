"""The snippets of docs/helix.md and docs/emacs.md, in the real editors."""

import os
import re
import sys
from pathlib import Path

import pytest
from lsp_editor import LINGER_S
from solve_sources import SUM
from terminal_editor import Terminal

ROOT = Path(__file__).parents[2]
SERVER = "/path/to/atlas-ls/.venv/bin/atlas-ls"


def snippet(name: str, language: str, server: Path, number: int = 0) -> str:
    """Return a snippet of a page, with the server's real path."""
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.DOTALL)
    return found[number].replace(SERVER, str(server))


@pytest.fixture
def server(tmp_path):
    path = tmp_path / "atlas-ls"
    paths = os.pathsep.join(path for path in sys.path if path)
    path.write_text(f'#!/bin/sh\nexport PYTHONPATH="{paths}"\nexec "{sys.executable}" -m atlas_server "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def work(tmp_path):
    path = tmp_path / "work.py"
    path.write_text(SUM)
    return path


def solved(path: Path) -> bool:
    namespace: dict = {}
    exec(path.read_text(), namespace)
    return namespace["total"]([1, 2, 3, 4]) == 6


def test_helix(tmp_path, server, work):
    folder = tmp_path / "home/.config/helix"
    folder.mkdir(parents=True)
    settings = f"config = {{ engine = {{ linger_s = {LINGER_S}, threads = 1 }} }}"
    languages = snippet("helix.md", "toml", server).replace(f'"{server}"', f'"{server}"\n{settings}')
    (folder / "languages.toml").write_text(languages)
    (folder / "config.toml").write_text(snippet("helix.md", "toml", server, 1))
    editor = Terminal([os.environ["ATLAS_TEST_HELIX"], str(work)], tmp_path, XDG_CONFIG_HOME=str(folder.parent))
    try:
        editor.wait(
            lambda: "Solve this function" in editor.seen(), "no code action", again=lambda: editor.escape("gg a")
        )
        editor.keys("\r")
        editor.wait(lambda: "VERIFIED" in editor.seen(), "no progress")  # spaces that were there are not drawn again
        assert work.read_text() == SUM
        editor.wait(lambda: solved(work), "it is not solved", again=lambda: editor.escape(":write\r"))
        editor.keys("u")
        editor.wait(lambda: work.read_text() == SUM, "undo is not one step", again=lambda: editor.escape(":write\r"))
    finally:
        editor.end(lambda: editor.escape(":quit!\r"), LINGER_S)


def test_emacs(tmp_path, server, work):
    configuration = tmp_path / "init.el"
    settings = f":initializationOptions (:engine (:linger_s {LINGER_S} :threads 1))"
    code = snippet("emacs.md", "elisp", server).replace(f'"{server}"', f'"{server}" {settings}')
    configuration.write_text(code + "(setq make-backup-files nil)\n")
    editor = Terminal([os.environ["ATLAS_TEST_EMACS"], "-Q", "-nw", "-l", str(configuration), str(work)], tmp_path)
    try:
        editor.wait(lambda: "[eglot" in editor.seen(), "no server")
        editor.keys("\x1bxatlas\rsolve\r")
        editor.wait(lambda: "Atlas: verified" in editor.seen(), "no answer")
        assert work.read_text() == SUM
        editor.keys("\x18\x13")  # save
        editor.wait(lambda: work.read_text() != SUM, "nothing is saved")
        assert solved(work)
    finally:
        editor.end(lambda: editor.keys("\x1bxkill-emacs\r"), LINGER_S)
