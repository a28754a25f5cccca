"""Every test runs in every Neovim that is there; after each no process of ours may be left."""

import os
import re
import time
from pathlib import Path

import pytest
from lsp_editor import LINGER_S
from neovim_editor import Neovim

PROGRAMS = [program for program in os.environ.get("ATLAS_TEST_NEOVIM", "").split(os.pathsep) if program]


def pytest_configure(config):
    if not PROGRAMS:
        raise pytest.UsageError("ATLAS_TEST_NEOVIM names no Neovim (paths, separated by colons): run `make e2e-neovim`")


def pytest_generate_tests(metafunc):
    if "program" in metafunc.fixturenames:
        names = [Path(program).parents[1].name for program in PROGRAMS]
        metafunc.parametrize("program", PROGRAMS, ids=names)


@pytest.fixture
def start(program, tmp_path):
    """Starts Neovims; afterwards none of their processes is left."""
    started = []

    def start_one(**options):
        started.append(Neovim(program, tmp_path, **options))
        return started[-1]

    yield start_one
    for nvim in started:
        nvim.quit()
    for nvim in started:
        log = (nvim.folder / "nvim.log").read_text(errors="replace")
        assert not re.search(r"stack traceback|Error (executing|detected|in)|\bE\d{2,}:", log), log
        end = time.monotonic() + LINGER_S + 4.0
        while time.monotonic() < end and nvim.processes.look():
            time.sleep(0.1)
        assert not nvim.processes.look(), nvim.processes.look()


@pytest.fixture
def nvim(start):
    return start()
