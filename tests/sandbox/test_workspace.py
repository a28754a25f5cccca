"""The user's own modules and environment: importable where allowed, never writable, invisible where not."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from atlas_pipeline.errors import UsageError
from atlas_pipeline.sandbox import Call, Limits, Outcome, OutcomeKind, Program, open_sandbox
from atlas_pipeline.sandbox.workspace import Workspace
from atlas_pipeline.settings import SandboxSettings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace with a package, a `src` layout, a top-level module, a secret and a link that leads out."""
    root = tmp_path / "project"
    (root / "shop" / "parts").mkdir(parents=True)
    (root / "src" / "lib").mkdir(parents=True)
    (root / "shop" / "__init__.py").write_text("NAME = 'shop'\n")
    (root / "shop" / "parts" / "__init__.py").write_text("")
    (root / "shop" / "prices.py").write_text("def price(): return 7\n")
    (root / "shop" / "cart.py").write_text("from .prices import price\ndef total(): return price()\n")
    (root / "shop" / "parts" / "wheel.py").write_text("SIZE = 3\n")
    (root / "src" / "lib" / "__init__.py").write_text("VALUE = 5\n")
    (root / "helpers.py").write_text("def help(): return 'helped'\n")
    (root / "json.py").write_text("raise RuntimeError('the workspace took the place of the standard library')\n")
    (root / ".env").write_text("TOKEN=secret\n")
    (tmp_path / "outside.txt").write_text("outside\n")
    (root / "shop" / "link.txt").symlink_to(tmp_path / "outside.txt")
    return root


async def _run(
    project: Path, layer_set: str, bubblewrap: str, readable: tuple[str, ...], program: Program, *calls: str
) -> list[Outcome]:
    settings = SandboxSettings(readable=readable)
    async with await open_sandbox(settings, workspace=project, layers=layer_set, bubblewrap=bubblewrap) as sandbox:  # type: ignore[arg-type]
        return await sandbox.run(program, [Call(expression=call) for call in calls], Limits())


async def test_own_modules_can_be_imported_where_allowed(project: Path, layer_set: str, bubblewrap: str) -> None:
    source = """
import json
from . import NAME
from .prices import price
from shop.parts import wheel
from lib import VALUE
from helpers import help
def total(n): return n * price()
"""
    program = Program(source=source, module_name="cart", path=str(project / "shop" / "cart.py"))
    (values,) = await _run(
        project, layer_set, bubblewrap, (".",), program, "total(2), NAME, wheel.SIZE, VALUE, help(), json.loads('1')"
    )
    assert values.value == "(14, 'shop', 3, 5, 'helped', 1)", values


async def test_others_that_import_the_document_get_the_candidate(
    project: Path, layer_set: str, bubblewrap: str
) -> None:
    (project / "shop" / "report.py").write_text("from . import cart\ndef report(): return cart.total()\n")
    program = Program(source="def total(): return 'new'\n", module_name="cart", path=str(project / "shop" / "cart.py"))
    call = "__import__('shop.report', fromlist=['x']).report()"
    assert (await _run(project, layer_set, bubblewrap, ("shop",), program, call))[0].value == "'new'"


async def test_a_change_of_a_module_is_seen_by_the_next_program(project: Path, layer_set: str, bubblewrap: str) -> None:
    program = Program(source="from helpers import help\n")
    settings = SandboxSettings(readable=("helpers.py",))
    async with await open_sandbox(settings, workspace=project, layers=layer_set, bubblewrap=bubblewrap) as sandbox:  # type: ignore[arg-type]
        for text in ("first", "second and longer"):
            (project / "helpers.py").write_text(f"def help(): return {text!r}\n")
            (outcome,) = await sandbox.run(program, [Call(expression="help()")], Limits())
            assert outcome.value == repr(text)


async def test_nothing_of_it_is_seen_unless_allowed(project: Path, layer_set: str, bubblewrap: str) -> None:
    program = Program(source="from .prices import price\n", module_name="cart", path=str(project / "shop" / "cart.py"))
    (outcome,) = await _run(project, layer_set, bubblewrap, (), program, "price()")
    assert outcome.kind is OutcomeKind.LOAD_FAILED
    program = Program(source="import os\ndef read(path): return open(path).read()\n")
    readable = ("shop", "helpers.py")
    calls = [
        f"read({str(project / name)!r})" for name in ("shop/prices.py", "helpers.py", ".env", "src/lib/__init__.py")
    ]
    calls += [f"read({str(project / 'shop' / 'link.txt')!r})", f"os.listdir({str(project)!r})"]
    outcomes = await _run(project, layer_set, bubblewrap, readable, program, *calls)
    assert [outcome.kind for outcome in outcomes[:2]] == [OutcomeKind.RETURNED] * 2
    # bubblewrap shows folders on the way to what is allowed, with nothing else in them.
    seen = [outcome.value for outcome in outcomes[2:] if outcome.kind is OutcomeKind.RETURNED]
    assert seen in ([], ["['helpers.py', 'shop']"], ["['shop', 'helpers.py']"])


async def test_it_cannot_be_written(project: Path, layer_set: str, bubblewrap: str) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    source = """
import os, pathlib
def attack(root):
    done = []
    for path in [*pathlib.Path(root).rglob("*"), pathlib.Path(root, "new"), pathlib.Path(root, "shop", "new")]:
        for change in (
            lambda: path.write_text("x"), lambda: path.unlink(), lambda: path.mkdir(), lambda: path.rename(str(path) + "x"),
            lambda: os.truncate(path, 0), lambda: os.chmod(path, 0), lambda: os.utime(path), lambda: path.rmdir(),
            lambda: os.symlink("/etc", str(path) + "l"), lambda: os.close(os.open(path, os.O_RDONLY | os.O_TRUNC)),
        ):
            try:
                change()
                done.append(str(path))
            except OSError:
                pass
    return done
"""
    (outcome,) = await _run(project, layer_set, bubblewrap, (".",), Program(source=source), f"attack({str(project)!r})")
    assert outcome.value == "[]", outcome
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("readable", "message"),
    [("..", "leads out"), ("/etc", "leads out"), ("nope", "there is no 'nope'"), ("out", "leads out")],
)
def test_what_is_not_inside_is_refused(project: Path, readable: str, message: str) -> None:
    (project / "out").symlink_to(project.parent)
    with pytest.raises(UsageError, match=message):
        Workspace.of(project, [readable])


@pytest.mark.parametrize(
    ("document", "package"),
    [
        ("shop/cart.py", "shop"),
        ("shop/parts/wheel.py", "shop.parts"),
        ("helpers.py", ""),
        ("src/lib/x.py", "lib"),
        ("", ""),
    ],
)
def test_the_package_of_a_document(project: Path, document: str, package: str) -> None:
    workspace = Workspace.of(project, ["."])
    assert workspace is not None
    place = workspace.place(str(project / document) if document else "")
    assert place.package == package
    assert set(place.folders) == {str(project), str(project / "src")}
    assert workspace.place("/somewhere/else.py").package == ""


async def test_the_projects_own_environment(tmp_path: Path, layer_set: str, bubblewrap: str) -> None:
    """A virtual environment inside the workspace, with a package that only it has; nothing of the workspace is allowed."""
    environment = tmp_path / ".venv"
    venv.create(environment, symlinks=True)
    (site,) = environment.glob("lib/python3*/site-packages")
    (site / "only_here.py").write_text("ANSWER = 42\n")
    settings = SandboxSettings(python=".venv/bin/python", preload=("only_here",))
    async with await open_sandbox(settings, workspace=tmp_path, layers=layer_set, bubblewrap=bubblewrap) as sandbox:  # type: ignore[arg-type]
        calls = [Call(expression="only_here.ANSWER"), Call(expression="sys.prefix"), Call(expression="preloaded")]
        source = "import sys\npreloaded = 'only_here' in sys.modules\nimport only_here"
        outcomes = await sandbox.run(Program(source=source), calls, Limits())
        assert [outcome.value for outcome in outcomes] == ["42", repr(str(environment)), "True"]
        (hidden,) = await sandbox.run(Program(source="import llama_cpp"), [Call(expression="1")], Limits())
        assert hidden.kind is OutcomeKind.LOAD_FAILED


@pytest.mark.parametrize("version", ["2.7", "3.7"])
async def test_an_interpreter_that_is_too_old_is_named(version: str, tmp_path: Path) -> None:
    from atlas_pipeline.errors import SandboxUnavailableError

    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    python = str(found[0]) if found else _pretend(tmp_path, version)
    with pytest.raises(SandboxUnavailableError, match=rf"{version}.*CPython 3\.8 or later"):
        await open_sandbox(SandboxSettings(python=python))


def _pretend(folder: Path, version: str) -> str:
    """Return an interpreter that says it is of another version, for machines that have none so old."""
    lie = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 0); exec(sys.argv[1])"
    path = folder / f"python{version}"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{lie}" "$2"\n')
    path.chmod(0o755)
    assert subprocess.run([path, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"
    return str(path)
