"""Drives a real Neovim: its keys by `nvim_input`, its state by RPC. Nothing in it is replaced but its configuration."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pynvim
from lsp_editor import LINGER_S, Processes, environment

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "editors/neovim"
WAIT_S = 60.0
"""A bound for things that happen anyway: machines are noisy."""

INIT = """
vim.opt.runtimepath:prepend({plugin!r})
vim.o.swapfile = false
vim.cmd("filetype plugin indent on")
_G.seen = {{ progress = {{}}, states = {{}}, attached = 0, notes = {{}}, typed = 0 }}
vim.api.nvim_create_autocmd("LspProgress", {{ callback = function(event)
  table.insert(seen.progress, (event.data.params or event.data.result).value)
end }})
vim.api.nvim_create_autocmd("LspAttach", {{ callback = function() seen.attached = seen.attached + 1 end }})
vim.api.nvim_create_autocmd("User", {{ pattern = "AtlasStatus", callback = function(event)
  table.insert(seen.states, require("atlas_ls").status(event.data.buf))
end }})
local notify = vim.notify
vim.notify = function(text, ...)
  table.insert(seen.notes, text)
  return notify(text, ...)
end
_G.options = {{
  cmd = {{ {python!r}, "-m", "atlas_server" }},
  settings = {{ engine = {{ linger_s = {linger_s}, threads = 1 }} }},
}}
"""
SETUP = 'require("atlas_ls").setup(options)\n'


class Neovim:
    """One running Neovim with the plugin, in a home folder of its own."""

    def __init__(self, program: str, folder: Path, *, init: str = SETUP, size: tuple[int, int] = (100, 30)):
        """Start it.

        Args:
            program: Neovim's path.
            folder: becomes its home, and the folder of the files that are edited.
            init: Lua that ends its configuration.
            size: columns and lines of the screen.
        """
        self.folder = folder
        env = {**environment(folder), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        env = {name: value for name, value in env.items() if not name.startswith(("NVIM", "XDG_CONFIG", "XDG_DATA"))}
        configuration = folder / "init.lua"
        head = INIT.format(plugin=str(PLUGIN), python=sys.executable, linger_s=LINGER_S)
        configuration.write_text(head + init, encoding="utf-8")
        address = folder / "run/nvim.socket"
        command = [program, "-u", str(configuration), "-i", "NONE", "-n", "--headless", "--listen", str(address)]
        command += ["--cmd", f"set columns={size[0]} lines={size[1]}"]
        self.log = (folder / "nvim.log").open("wb")
        self.process = subprocess.Popen(
            command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        self.processes = Processes(psutil.Process(self.process.pid), folder / "run")
        self.rpc = self._connect(address)
        self.typed = 0
        self.modern = bool(self.lua('return vim.fn.has("nvim-0.11") == 1'))

    def _connect(self, address: Path) -> pynvim.Nvim:
        """Connect as soon as Neovim listens: its socket is there a little earlier."""
        end = time.monotonic() + WAIT_S
        while True:
            assert self.process.poll() is None, (self.folder / "nvim.log").read_text()
            try:
                return pynvim.attach("socket", path=str(address))
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < end, "Neovim does not listen"
                time.sleep(0.02)

    # What a user does

    def press(self, keys: str) -> None:
        """Type keys, in Neovim's notation, and do not wait for what they do: it may be a question."""
        self.rpc.input(keys)

    def keys(self, keys: str) -> None:
        """Type keys and wait until Neovim has taken them in."""
        self.typed += 1
        self.rpc.input(f"{keys}<Cmd>lua seen.typed = {self.typed}<CR>")
        self.wait(lambda: self.lua("return seen.typed") == self.typed, f"{keys} is not taken in")

    def command(self, command: str) -> None:
        """Type a command line."""
        self.keys(f":{command}<CR>")

    def open(self, text: str, name: str = "work.py") -> Path:
        """Write a file, open it and wait for the server."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        attached = self.lua("return seen.attached")
        self.command(f"edit {path}")
        self.wait(lambda: self.lua("return seen.attached") > attached, "no server for the buffer")
        return path

    def go(self, needle: str) -> None:
        """Put the cursor on a text."""
        found = self.lua('vim.cmd("normal! gg") return vim.fn.search(..., "cW")', r"\V" + needle)
        assert found, f"{needle} is not in the buffer"

    def solve(self, needle: str, command: str = "Atlas solve") -> dict:
        """Run a command on a function and wait until it has ended; return the last progress."""
        ends = self.ends()
        self.go(needle)
        self.command(command)
        self.wait(lambda: self.ends() > ends, "the command does not end")
        return self.progress()[-1]

    # What a user sees

    def lua(self, code: str, *arguments):
        """Run Lua in it and return the result."""
        mode = self.rpc.api.get_mode()
        assert not mode["blocking"], f"Neovim waits for a key: {mode}"
        return self.rpc.exec_lua(code, *arguments)

    def text(self) -> str:
        """Return the text of the current buffer."""
        return "\n".join(self.rpc.current.buffer[:]) + "\n"

    def function(self, name: str):
        """Return a function that the current buffer defines."""
        namespace: dict = {}
        exec(compile(self.text(), "buffer", "exec"), namespace)
        return namespace[name]

    def progress(self) -> list[dict]:
        return self.lua("return seen.progress")

    def ends(self) -> int:
        return sum(value["kind"] == "end" for value in self.progress())

    def states(self, qualname: str) -> list[str]:
        """Return the states that a function went through, each once in a row."""
        states: list[str] = []
        for moment in self.lua("return seen.states"):
            state = next((one["state"] for one in moment if one["qualname"] == qualname), "none")
            if not states or states[-1] != state:
                states.append(state)
        return states

    def notes(self) -> str:
        """Return all messages that were shown."""
        return "\n".join(self.lua("return seen.notes"))

    def virtual_text(self) -> dict[int, str]:
        """Return the plugin's virtual text, by line from 0."""
        marks = self.lua(
            'local all = vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace("atlas_ls"), 0, -1,'
            " { details = true }) return vim.tbl_map(function(m) return"
            " { m[2], m[4].virt_text and m[4].virt_text[1][1] or '', m[4].invalid or false } end, all)"
        )
        return {line: text.strip() for line, text, invalid in marks if not invalid}

    def diagnostics(self) -> list[dict]:
        return self.lua(
            "return vim.tbl_map(function(d) return { line = d.lnum, code = d.code, message = d.message } end,"
            " vim.diagnostic.get(0))"
        )

    def float(self) -> list[str] | None:
        """Return the lines of the floating window, None where there is none."""
        return self.lua(
            "for _, w in ipairs(vim.api.nvim_list_wins()) do"
            ' if vim.api.nvim_win_get_config(w).relative == "editor" and vim.bo[vim.api.nvim_win_get_buf(w)].filetype'
            ' == "markdown" then return vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(w), 0, -1, false) end'
            " end return nil"
        )

    def screen(self) -> list[str]:
        """Return the screen's lines."""
        self.lua('vim.cmd("redraw!")')
        return self.lua(
            "local lines = {} for row = 1, vim.o.lines do local cells = {}"
            " for column = 1, vim.o.columns do cells[column] = vim.fn.screenstring(row, column) end"
            " lines[row] = table.concat(cells) end return lines"
        )

    def servers(self) -> list[psutil.Process]:
        return [p for p in self.processes.look() if "atlas_server" in p.cmdline()]

    # Waiting

    def wait(self, done, problem: str) -> None:
        """Wait until something holds."""
        end = time.monotonic() + WAIT_S
        while not done():
            assert time.monotonic() < end, f"{problem}\n{self.describe()}"
            assert self.process.poll() is None, (self.folder / "nvim.log").read_text()
            time.sleep(0.02)

    def until(self, needle: str) -> None:
        """Wait until a progress message contains a text."""
        self.wait(
            lambda: any(needle in (value.get("message") or "") for value in self.progress()), f"no progress: {needle}"
        )

    def describe(self) -> str:
        """Say what it looks like, for a test that failed."""
        mode = self.rpc.api.get_mode()
        if mode["blocking"]:
            return f"blocked: {mode}"
        return "\n".join([str(mode), *(line.rstrip() for line in self.screen()), self.notes()])

    def quit(self) -> None:
        """End it as a user would; afterwards none of its processes may be left."""
        self.processes.look()
        try:
            if self.process.poll() is None:
                self.press("<C-\\><C-n>:qall!<CR>")
                self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.rpc.close()
            self.log.close()
