"""The files of a workspace that may be read, and why others are not.

Never read: what `.gitignore` excludes, hidden files, secrets, links that lead out of the workspace, large files, anything
but Python source. The rules hold for every part of a path and, for a link, for what it points to. The document that is
being solved comes from the editor and is not asked for here. Covered: the workspace's `.gitignore` files, those above
it up to the repository's top, and `.git/info/exclude`. Not covered: the user's global excludes file.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MOST_BYTES = 512 * 1024
"""Of one file: what is larger is generated or data."""
MOST_ENTRIES = 20_000
"""Folder entries looked at in one walk."""
_MOST_IGNORE_BYTES = 256 * 1024
_NEVER_SOURCE = frozenset(("__pycache__", "node_modules", "site-packages"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """File or folder names that may hold a secret, as a pattern of `fnmatch`; case does not matter."""

    pattern: str
    reason: str
    source_too: bool = True
    """Holds for Python source as well; False where ordinary modules have such names."""


_KEYS = "private keys and certificates"
_PASSWORDS = "passwords and tokens"
SECRETS = (
    Secret(pattern=".env*", reason="environment of a deployment: passwords and tokens"),
    Secret(pattern="*.env", reason="environment of a deployment: passwords and tokens"),
    Secret(pattern="*.pem", reason=_KEYS),
    Secret(pattern="*.key", reason=_KEYS),
    Secret(pattern="*.p8", reason=_KEYS),
    Secret(pattern="*.p12", reason=_KEYS),
    Secret(pattern="*.pfx", reason=_KEYS),
    Secret(pattern="*.jks", reason=_KEYS),
    Secret(pattern="*.keystore", reason=_KEYS),
    Secret(pattern="*.kdbx", reason="a password database"),
    Secret(pattern="*.gpg", reason="encrypted or signed by hand"),
    Secret(pattern="*.ppk", reason="PuTTY's private keys"),
    Secret(pattern="id_*", reason="OpenSSH's private keys", source_too=False),  # id_map.py is a module
    Secret(pattern=".netrc", reason=_PASSWORDS),
    Secret(pattern="_netrc", reason=_PASSWORDS + ", as Windows names it"),
    Secret(pattern=".npmrc", reason="npm's access tokens"),
    Secret(pattern=".pypirc", reason="PyPI's access tokens"),
    Secret(pattern=".pgpass", reason="PostgreSQL passwords"),
    Secret(pattern=".htpasswd", reason="hashed passwords"),
    Secret(pattern=".git-credentials", reason="Git's stored passwords"),
    Secret(pattern="credentials*", reason=_PASSWORDS),
    Secret(pattern="*_credentials*", reason=_PASSWORDS),
    Secret(pattern="secrets", reason="a folder of secrets"),
    Secret(pattern="secret.*", reason=_PASSWORDS),
    Secret(pattern="secrets.*", reason=_PASSWORDS),
    Secret(pattern="*_secret.*", reason=_PASSWORDS),
    Secret(pattern="*_secrets.*", reason=_PASSWORDS),
    Secret(pattern="passwords.*", reason=_PASSWORDS),
    Secret(pattern="local_settings.py", reason="Django's settings of one machine: passwords and SECRET_KEY"),
    Secret(pattern="service-account*.json", reason="keys of a cloud account"),
    Secret(pattern="terraform.tfstate*", reason="state of a deployment, with its passwords in clear text"),
)
"""Names, not contents: a secret in an ordinary module is not recognised."""


class Refusal(Enum):
    """Why a file is not read."""

    OUTSIDE = "it lies outside the workspace"
    HIDDEN = "it is hidden"
    SECRET = "its name says that it may hold secrets"  # noqa: S105 - not a password
    IGNORED = "Git ignores it"
    TOO_LARGE = "it is too large"
    NOT_PYTHON = "it is not a Python source file"
    NOT_TEXT = "it is not UTF-8 text"
    UNREADABLE = "it cannot be opened"


@lru_cache(maxsize=4096)
def secret(name: str) -> Secret | None:
    """Return the entry of `SECRETS` that a file or folder name matches."""
    lowered = name.lower()
    is_source = lowered.endswith((".py", ".pyi"))
    for entry in SECRETS:
        if fnmatch.fnmatchcase(lowered, entry.pattern) and (entry.source_too or not is_source):
            return entry
    return None


class WorkspaceFiles:
    """Reads files of one workspace by these rules; one object per solve, since it remembers what it has read."""

    def __init__(self, root: Path, *, unsaved: Mapping[Path, str] | None = None) -> None:
        """Start.

        Args:
            root: the workspace's folder.
            unsaved: texts of documents that are open in the editor, by absolute path; they stand for what is on disk.
        """
        self._given = Path(os.path.abspath(root))  # noqa: PTH100 - links are kept: documents are named through them
        self.root = root.resolve()
        self.refused: dict[str, Refusal] = {}
        """What was asked for and not read, by path relative to the workspace."""
        self.incomplete = ""
        """Why `python_files` did not see everything; empty where it did."""
        self._walked: tuple[str, ...] | None = None
        self._unsaved = {rel: text for path, text in (unsaved or {}).items() if (rel := self.relative(path))}
        self._texts: dict[str, str | None] = {}
        self._allowed: set[str] = set()
        self._ignores: dict[str, tuple[GitIgnoreSpec, ...]] = {}
        self._ignored: dict[str, bool] = {}
        self._top = self._repository()
        self._below_top = "" if self._top == self.root else self.root.relative_to(self._top).as_posix() + "/"

    def read(self, path: Path) -> str | None:
        """Return the text of a file, None where it may not or cannot be read; `refused` then says why."""
        name = self.relative(path)
        if name is None:
            self.refused[str(path)] = Refusal.OUTSIDE
            return None
        return self.text(name)

    def text(self, name: str) -> str | None:
        """Return what `read` does, for a path relative to the workspace."""
        if name not in self._texts:
            refusal, text = self._read(name)
            if refusal is not None:
                self.refused[name] = refusal
            self._texts[name] = text
        return self._texts[name]

    def refusal(self, path: Path) -> Refusal | None:
        """Return why a file is not read, None where it may be."""
        name = self.relative(path)
        return Refusal.OUTSIDE if name is None else self._refusal(name)

    def python_files(self) -> tuple[str, ...]:
        """Return the Python files that may be read, by path relative to the workspace, in a fixed order."""
        if self._walked is None:
            self._walked = tuple(self._walk())
        return self._walked

    def _walk(self) -> Iterator[str]:
        left = MOST_ENTRIES
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError:
                continue  # a folder that may not be listed is like one that is not there
            deeper: list[str] = []
            for entry in entries:
                left -= 1
                if left < 0:
                    self.incomplete = f"the workspace has more than {MOST_ENTRIES} files and folders; {folder or '.'}"
                    self.incomplete += " and what comes after it was not searched"
                    return
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if self._folder_may_be_searched(name):
                        deeper.append(name)
                elif name.endswith(".py") and self._may_be_read(name, entry):
                    self._allowed.add(name)
                    yield name
            folders += reversed(deeper)

    def _may_be_read(self, name: str, entry: os.DirEntry[str]) -> bool:
        """Answer as `_refusal` does, at less cost: the walk follows no links, so only the last part may be one."""
        if entry.is_symlink():
            return self._refusal(name) is None
        try:
            fits = entry.is_file() and entry.stat().st_size <= MOST_BYTES
        except OSError:
            return False
        return fits and self._refusal_by_name(name) is None

    def _folder_may_be_searched(self, name: str) -> bool:
        last = name.rpartition("/")[2]
        if last in _NEVER_SOURCE or last.startswith(".") or secret(last) is not None:
            return False
        return not self._is_ignored(name, is_folder=True) and not (self.root / name / "pyvenv.cfg").exists()

    def relative(self, path: Path) -> str | None:
        """Return a path relative to the workspace, with `/`; None where it is outside."""
        whole = Path(os.path.abspath(path))  # noqa: PTH100 - removes `..` without following links
        for base in (self.root, self._given):
            if whole.is_relative_to(base):
                return whole.relative_to(base).as_posix()
        return None

    def _refusal(self, name: str) -> Refusal | None:
        wrong = self._refusal_by_name(name)
        if wrong is not None:
            return wrong
        path = self.root / name
        if name in self._unsaved and not path.exists():
            return None  # not written yet
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except (OSError, RuntimeError):
            return Refusal.UNREADABLE
        if not real.is_relative_to(self.root):
            return Refusal.OUTSIDE
        if real != path and (wrong := self._refusal_by_name(real.relative_to(self.root).as_posix())) is not None:
            return wrong
        if not real.is_file():
            return Refusal.UNREADABLE
        return Refusal.TOO_LARGE if status.st_size > MOST_BYTES else None

    def _refusal_by_name(self, name: str) -> Refusal | None:
        parts = name.split("/")
        if any(secret(part) is not None for part in parts):
            return Refusal.SECRET
        if any(part.startswith(".") for part in parts):
            return Refusal.HIDDEN
        if not name.endswith(".py"):
            return Refusal.NOT_PYTHON
        return Refusal.IGNORED if self._is_ignored(name, is_folder=False) else None

    def _read(self, name: str) -> tuple[Refusal | None, str | None]:
        refusal = self._refusal(name) if name not in self._allowed else None
        if refusal is not None:
            return refusal, None
        if name in self._unsaved:
            return None, self._unsaved[name]
        try:
            with open(f"{self.root}/{name}", "rb") as file:  # noqa: PTH123 - thousands of files
                data = file.read(MOST_BYTES + 1)
        except OSError:
            return Refusal.UNREADABLE, None
        if len(data) > MOST_BYTES:  # it has grown since it was looked at
            return Refusal.TOO_LARGE, None
        try:
            return None, data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return Refusal.NOT_TEXT, None

    def _repository(self) -> Path:
        """Return the top of the Git repository that the workspace lies in, or the workspace itself."""
        return next((folder for folder in (self.root, *self.root.parents) if (folder / ".git").exists()), self.root)

    def _is_ignored(self, name: str, *, is_folder: bool) -> bool:
        """Tell whether Git ignores a path of the workspace: its own patterns, or a folder above it, which settles it."""
        return self._excluded(self._below_top + name, is_folder=is_folder)

    def _excluded(self, name: str, *, is_folder: bool) -> bool:
        """Answer for a path relative to the repository's top."""
        known = self._ignored.get(name)
        if known is None:
            parent = name.rpartition("/")[0]
            known = bool(parent) and self._excluded(parent, is_folder=True)
            known = known or self._matches(name, parent, is_folder=is_folder)
            self._ignored[name] = known
        return known

    def _matches(self, name: str, folder: str, *, is_folder: bool) -> bool:
        """Return what the nearest pattern says about a path whose parents are not ignored."""
        asked = name + "/" if is_folder else name
        while True:
            for spec in self._specs(folder):
                decided = spec.check_file(asked[len(folder) + 1 :] if folder else asked).include
                if decided is not None:
                    return decided
            if not folder:
                return False
            folder = folder.rpartition("/")[0]

    def _specs(self, folder: str) -> tuple[GitIgnoreSpec, ...]:
        if folder not in self._ignores:
            files = [self._top / folder / ".gitignore"]
            if not folder:
                files.append(self._top / ".git" / "info" / "exclude")
            self._ignores[folder] = tuple(spec for file in files if (spec := _ignore_file(file)) is not None)
        return self._ignores[folder]


def _ignore_file(path: Path) -> GitIgnoreSpec | None:
    from pathspec import GitIgnoreSpec  # imported late: the server starts without it

    try:
        if path.is_symlink() or path.stat().st_size > _MOST_IGNORE_BYTES:  # Git does not follow such a link either
            return None
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    return GitIgnoreSpec.from_lines(_usable(lines))


def _usable(lines: list[str]) -> Iterator[str]:
    """Leave out what is no valid pattern, as Git does."""
    from pathspec import GitIgnoreSpec

    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        yield line


def is_test_file(name: str) -> bool:
    """Tell whether a path is one where pytest or unittest looks for tests."""
    *folders, file = name.split("/")
    return file.startswith("test_") or file.endswith("_test.py") or bool({"test", "tests"} & set(folders))


def distance(a: str, b: str) -> int:
    """Return how many folders lie between two files."""
    one, other = a.split("/")[:-1], b.split("/")[:-1]
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return len(one) + len(other) - 2 * shared
