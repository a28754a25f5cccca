"""Makes the pictures of the README: screens of a real Neovim with the real server and the pocket model, as SVG.

make neovim-pictures
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pynvim

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))

from neovim_editor import SETUP, Neovim  # noqa: E402

COLUMNS, LINES = 96, 22
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 10
INIT = (
    SETUP
    + """
vim.o.termguicolors = true
vim.o.background = "dark"
vim.o.number = true
vim.o.showmode = false
vim.o.ruler = false
vim.o.laststatus = 2
vim.o.statusline = " %f %m%=%{%v:lua.require'atlas_ls'.statusline()%} "
vim.diagnostic.config({ virtual_text = false, signs = false })
vim.cmd.colorscheme("habamax")
"""
)
SOURCE = '''def energy(readings: list[int]) -> int:
    """Return the sum of the squares of the even numbers in readings.

    >>> energy([1, 2, 4])
    20
    >>> energy([3, -2, 0])
    4
    """


def answers(values):
    """Return the number of distinct digit sums of the odd numbers in values."""
'''


@dataclass
class Screen:
    """What a user interface of Neovim shows: cells with their highlights (`:help ui-linegrid`)."""

    cells: list[list[tuple[str, int]]] = field(default_factory=list)
    highlights: dict[int, dict[str, int | bool]] = field(default_factory=lambda: {0: {}})
    foreground: int = 0xFFFFFF
    background: int = 0
    cursor: tuple[int, int] = (0, 0)

    def take(self, events: list[list[object]]) -> None:
        """Take in one batch of redraw events."""
        for name, *calls in events:
            handler = getattr(self, f"_{name}", None)
            if handler is not None:
                for call in calls:
                    handler(*call)

    def _grid_resize(self, _grid: int, width: int, height: int) -> None:
        self.cells = [[(" ", 0)] * width for _ in range(height)]

    def _grid_clear(self, _grid: int) -> None:
        self.cells = [[(" ", 0)] * len(row) for row in self.cells]

    def _default_colors_set(self, foreground: int, background: int, *_: int) -> None:
        self.foreground, self.background = foreground, background

    def _hl_attr_define(self, number: int, attributes: dict[str, int | bool], *_: object) -> None:
        self.highlights[number] = attributes

    def _grid_cursor_goto(self, _grid: int, row: int, column: int) -> None:
        self.cursor = (row, column)

    def _grid_line(self, _grid: int, row: int, column: int, cells: list[list[object]], *_: object) -> None:
        highlight = 0
        for text, *more in cells:
            if more:
                highlight = int(str(more[0]))
            for _again in range(int(str(more[1])) if len(more) > 1 else 1):
                self.cells[row][column] = (str(text), highlight)
                column += 1

    def _grid_scroll(self, _grid: int, top: int, bottom: int, left: int, right: int, rows: int, *_: int) -> None:
        moved = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in moved:
            self.cells[row][left:right] = self.cells[row + rows][left:right]

    def colours(self, row: int, column: int) -> tuple[int, int, bool, bool]:
        """Return foreground, background, bold and italic of a cell."""
        attributes = self.highlights.get(self.cells[row][column][1], {})
        fore = int(attributes.get("foreground", self.foreground))
        back = int(attributes.get("background", self.background))
        if bool(attributes.get("reverse")) != ((row, column) == self.cursor):
            fore, back = back, fore
        return fore, back, bool(attributes.get("bold")), bool(attributes.get("italic"))

    def svg(self) -> str:
        """Return the screen as a picture."""
        width = len(self.cells[0]) * CELL_WIDTH + 2 * MARGIN
        height = len(self.cells) * CELL_HEIGHT + 2 * MARGIN
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">',
            f'<rect width="100%" height="100%" rx="6" fill="#{self.background:06x}"/>',
        ]
        for row, cells in enumerate(self.cells):
            start = 0
            for end in range(1, len(cells) + 1):
                if end < len(cells) and self.colours(row, end) == self.colours(row, start):
                    continue
                parts += self._run(row, start, end)
                start = end
        return "\n".join([*parts, "</svg>", ""])

    def _run(self, row: int, start: int, end: int) -> list[str]:
        """Return the cells of one look: their background, and their text at the very width that they have."""
        fore, back, bold, italic = self.colours(row, start)
        x, y = MARGIN + start * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
        found = []
        if back != self.background:
            width = (end - start) * CELL_WIDTH
            found.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_HEIGHT}" fill="#{back:06x}"/>')
        text = "".join(cell for cell, _ in self.cells[row][start:end])
        indent = len(text) - len(text.lstrip())
        if shown := text.strip():
            look = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if italic else "")
            found.append(
                f'<text x="{x + indent * CELL_WIDTH:.1f}" y="{y + 13}" textLength="{len(shown) * CELL_WIDTH:.1f}" '
                f'fill="#{fore:06x}"{look} xml:space="preserve">{escape(shown)}</text>'
            )
        return found


class Camera:
    """A second connection to a Neovim, which shows its screen."""

    def __init__(self, nvim: Neovim) -> None:
        self.screen = Screen()
        self.lock = threading.Lock()
        address = str(nvim.folder / "run/nvim.socket")
        threading.Thread(target=self._watch, args=(address,), daemon=True).start()

    def _watch(self, address: str) -> None:
        rpc = pynvim.attach("socket", path=address)
        rpc.ui_attach(COLUMNS, LINES, rgb=True, ext_linegrid=True)
        while True:
            try:
                message = rpc.next_message()
            except (EOFError, OSError):
                return
            if message is None:
                return
            if message[1] == "redraw":
                with self.lock:
                    self.screen.take(message[2])

    def text(self) -> str:
        """Return the screen's text."""
        with self.lock:
            return "\n".join("".join(cell for cell, _ in row) for row in self.screen.cells)

    def shoot(self, path: Path) -> None:
        """Write the picture."""
        with self.lock:
            path.write_text(self.screen.svg(), encoding="utf-8")


def main(program: str, folder: Path) -> None:
    """Solve two functions and write a picture at each step."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        nvim = Neovim(program, Path(home), init=INIT, size=(COLUMNS, LINES))
        try:
            take_pictures(nvim, folder)
        finally:
            nvim.quit()


def take_pictures(nvim: Neovim, folder: Path) -> None:
    """Go through what a user does."""
    camera = Camera(nvim)

    def picture(name: str, needle: str) -> None:
        try:
            nvim.wait(lambda: needle in camera.text(), f"the screen does not show {needle}")
        except AssertionError:
            sys.stderr.write(camera.text())
            raise
        camera.shoot(folder / f"neovim-{name}.svg")

    (nvim.folder / "first_light.py").write_text(SOURCE, encoding="utf-8")
    nvim.lua("vim.cmd.cd(...)", str(nvim.folder))
    nvim.command("edit first_light.py")
    nvim.wait(lambda: nvim.lua("return seen.attached") == 1, "no server")
    nvim.go("def energy")
    nvim.command("Atlas solve")
    picture("1-solving", "energy: Solving")
    nvim.wait(lambda: nvim.ends() == 1, "the solve does not end")
    nvim.keys(":<Esc>")
    picture("2-verified", "energy: Verified")
    nvim.go("def answers")
    nvim.command("Atlas solve")
    nvim.wait(lambda: nvim.ends() == 2, "the solve does not end")
    nvim.command("Atlas preview")
    picture("3-weak", "reject")
    nvim.press("c")
    picture("4-confirm", "Type number")
    nvim.press("q<CR>")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ["ATLAS_TEST_NEOVIM"].split(":")[-1], ROOT / "docs/pictures")
