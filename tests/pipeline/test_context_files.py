"""Which files of a workspace are read. Expectations about `.gitignore` are what `git check-ignore` 2.39 answered."""

import os
from pathlib import Path

import pytest

from atlas_pipeline.context import SECRETS, Refusal, WorkspaceFiles, secret
from atlas_pipeline.context.files import MOST_BYTES


def write(root, **files):
    for name, text in files.items():
        put(root, name, text)


def put(root: Path, name: str, text: str = "x = 1\n") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("shop.py", None),
        ("shop/id_map.py", None),
        ("shop/keys.py", None),
        (".hidden.py", Refusal.HIDDEN),
        (".cache/shop.py", Refusal.HIDDEN),
        ("notes.txt", Refusal.NOT_PYTHON),
        (".env", Refusal.SECRET),
        (".env.local", Refusal.SECRET),
        ("prod.env", Refusal.SECRET),
        ("server.pem", Refusal.SECRET),
        ("SERVER.PEM", Refusal.SECRET),
        ("deep/tls.key", Refusal.SECRET),
        ("id_ed25519", Refusal.SECRET),
        ("id_work", Refusal.SECRET),
        ("credentials.json", Refusal.SECRET),
        ("credentials.py", Refusal.SECRET),
        ("aws_credentials.py", Refusal.SECRET),
        ("credentials/shop.py", Refusal.SECRET),
        (".netrc", Refusal.SECRET),
        (".npmrc", Refusal.SECRET),
        (".pypirc", Refusal.SECRET),
        ("secrets.py", Refusal.SECRET),
        ("secrets/shop.py", Refusal.SECRET),
        ("local_settings.py", Refusal.SECRET),
        ("../other.py", Refusal.OUTSIDE),
        ("/etc/passwd", Refusal.OUTSIDE),
        ("missing.py", Refusal.UNREADABLE),
    ],
)
def test_by_name(tmp_path, name, refusal):
    root = tmp_path / "w"
    root.mkdir()
    if not name.startswith(("/", "missing")):
        put(root, name)
    files = WorkspaceFiles(root)
    assert files.refusal(root / name) is refusal
    assert (files.read(root / name) is None) == (refusal is not None)
    assert [*files.refused.values()] == ([refusal] if refusal else [])


def test_every_entry_of_the_list_matches_something_and_has_a_reason():
    for entry in SECRETS:
        name = entry.pattern.replace("*", "x")
        assert secret(name) is not None, entry
        assert entry.reason


def test_large_and_binary_files_are_not_read(tmp_path):
    put(tmp_path, "fits.py", "#" * MOST_BYTES)
    put(tmp_path, "large.py", "#" * (MOST_BYTES + 1))
    (tmp_path / "latin.py").write_bytes(b"name = '\xe9'\n")
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfx = 1\n")
    os.mkfifo(tmp_path / "pipe.py")
    files = WorkspaceFiles(tmp_path)
    assert len(files.read(tmp_path / "fits.py")) == MOST_BYTES
    assert files.read(tmp_path / "bom.py") == "x = 1\n"
    for name in ("large.py", "latin.py", "pipe.py"):
        assert files.read(tmp_path / name) is None
    assert files.refused == {
        "large.py": Refusal.TOO_LARGE, "latin.py": Refusal.NOT_TEXT, "pipe.py": Refusal.UNREADABLE,
    }  # fmt: skip


def test_links(tmp_path):
    outside = put(tmp_path, "outside.py", "token = 1\n")
    root = tmp_path / "w"
    put(root, "shop.py")
    put(root, ".env.py", "token = 1\n")
    put(root, "plain/a.py")
    (root / "out.py").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    (root / "inside.py").symlink_to("shop.py")
    (root / "disguised.py").symlink_to(".env.py")
    (root / "loop.py").symlink_to("loop.py")
    files = WorkspaceFiles(root)
    assert files.refusal(root / "out.py") is Refusal.OUTSIDE
    assert files.refusal(root / "folder" / "outside.py") is Refusal.OUTSIDE
    assert files.refusal(root / "inside.py") is None
    assert files.refusal(root / "disguised.py") is Refusal.SECRET
    assert files.refusal(root / "loop.py") is Refusal.UNREADABLE
    assert files.python_files() == ("inside.py", "shop.py", "plain/a.py")


def test_a_workspace_that_is_reached_through_a_link(tmp_path):
    put(tmp_path, "real/shop.py")
    (tmp_path / "w").symlink_to("real")
    files = WorkspaceFiles(tmp_path / "w")
    assert files.read(tmp_path / "w" / "shop.py") == "x = 1\n"
    assert files.relative(tmp_path / "real" / "shop.py") == "shop.py"


IGNORED = {
    ".gitignore": "*.gen.py\n!keep.gen.py\n/build/\nvendor/\n!vendor/kept.py\ndocs/**/x.py\n\\#odd.py\n[\n",
    "sub/.gitignore": "!a.gen.py\nlocal.py\n/only_here.py\n",
}


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("a.gen.py", True),
        ("keep.gen.py", False),
        ("deep/keep.gen.py", False),
        ("sub/a.gen.py", False),
        ("sub/b.gen.py", True),
        ("build/a.py", True),
        ("deep/build/a.py", False),
        ("vendor/kept.py", True),
        ("deep/vendor/a.py", True),
        ("docs/a/b/x.py", True),
        ("docs/x.py", True),
        ("docs/y.py", False),
        ("#odd.py", True),
        ("sub/local.py", True),
        ("sub/deep/local.py", True),
        ("local.py", False),
        ("sub/only_here.py", True),
        ("sub/deep/only_here.py", False),
        ("excluded.py", True),
    ],
)
def test_what_git_ignores(tmp_path, name, ignored):
    for path, text in IGNORED.items():
        put(tmp_path, path, text)
    put(tmp_path, ".git/info/exclude", "excluded.py\n")
    put(tmp_path, name)
    files = WorkspaceFiles(tmp_path)
    assert files.refusal(tmp_path / name) is (Refusal.IGNORED if ignored else None)
    assert (name in files.python_files()) != ignored


def test_ignore_files_above_the_workspace_hold_up_to_the_repository(tmp_path):
    put(tmp_path, ".gitignore", "never.py\n")  # above the repository: not Git's business
    put(tmp_path, "repo/.git/HEAD", "")
    put(tmp_path, "repo/.gitignore", "w/private/\ngone.py\n")
    put(tmp_path, "repo/w/private/a.py")
    put(tmp_path, "repo/w/gone.py")
    put(tmp_path, "repo/w/never.py")
    files = WorkspaceFiles(tmp_path / "repo" / "w")
    assert files.python_files() == ("never.py",)


def test_the_walk_leaves_out_what_is_no_source_and_says_when_it_stops(tmp_path, monkeypatch):
    for name in ("a.py", "node_modules/b.py", "__pycache__/c.py", "env/pyvenv.cfg", "env/lib/d.py", "z/e.py"):
        put(tmp_path, name)
    files = WorkspaceFiles(tmp_path)
    assert files.python_files() == ("a.py", "z/e.py")
    assert files.incomplete == ""
    monkeypatch.setattr("atlas_pipeline.context.files.MOST_ENTRIES", 3)
    files = WorkspaceFiles(tmp_path)
    assert files.python_files() == ("a.py",)
    assert "more than 3" in files.incomplete


def test_open_documents_stand_for_what_is_on_disk(tmp_path):
    path = put(tmp_path, "shop.py", "old = 1\n")
    hidden = put(tmp_path, ".env", "old = 1\n")
    new = tmp_path / "new.py"
    files = WorkspaceFiles(tmp_path, unsaved={path: "new = 1\n", hidden: "new = 1\n", new: "unwritten = 1\n"})
    assert files.read(path) == "new = 1\n"
    assert files.read(new) == "unwritten = 1\n"
    assert files.read(hidden) is None
