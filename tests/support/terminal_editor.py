"""Drives an editor in a terminal of its own: keys in, everything it draws out."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from lsp_editor import Processes, environment

WAIT_S = 60.0
"""A bound for things that happen anyway: machines are noisy."""

_CONTROL = re.compile(r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78DEM]")


class Terminal:
    """A program in a terminal of 100 columns and 30 lines, in a home folder of its own."""

    def __init__(self, command: list[str], folder: Path, **env: str):
        self.folder = folder
        self.drawn = ""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # /dev/tty is this terminal
            env={**environment(folder), "TERM": "xterm-256color", **env},
        )
        os.close(slave)
        self.master = master
        self.processes = Processes(psutil.Process(self.process.pid), folder / "run")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.drawn += data.decode("utf-8", "replace")

    def keys(self, keys: str) -> None:
        """Type keys; control characters as they are."""
        os.write(self.master, keys.encode())

    def escape(self, keys: str) -> None:
        """Type Escape, and then keys: together they would be read as Alt and a key."""
        self.keys("\x1b")
        time.sleep(0.2)
        self.keys(keys)

    def seen(self) -> str:
        """Return everything it ever drew, without colours and positions."""
        return _CONTROL.sub("", self.drawn)

    def wait(self, done, problem: str, *, again=None) -> None:
        """Wait until something holds; `again` is done once a second meanwhile."""
        end, next_try = time.monotonic() + WAIT_S, 0.0
        while not done():
            assert time.monotonic() < end, f"{problem}; drawn last:\n{self.seen()[-3000:]}"
            assert self.process.poll() is None, self.seen()[-3000:]
            if again is not None and time.monotonic() >= next_try:
                again()
                next_try = time.monotonic() + 1.0
            time.sleep(0.05)

    def end(self, quit_it: Callable[[], None], linger_s: float) -> None:
        """Quit it; afterwards none of its processes may be left."""
        self.processes.look()
        try:
            if self.process.poll() is None:
                quit_it()
                self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            os.close(self.master)
        end = time.monotonic() + linger_s + 4.0
        while time.monotonic() < end and self.processes.look():
            time.sleep(0.1)
        assert not self.processes.look(), self.processes.look()
