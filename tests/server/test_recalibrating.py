"""The Lens is adapted while nothing else is done: real processes, a real history, the user's folders in a temporary one."""

from __future__ import annotations

import asyncio
import sys

import msgspec
import psutil
import pytest
from drifted_history import believer, keep_solves

from atlas_lens import recalibrations
from atlas_lens.errors import LensError
from atlas_lens.store import Store
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.history.files import history_path
from atlas_pipeline.lens_files import lens_folder
from atlas_pipeline.settings import EngineSettings, HistorySettings, LensSettings, Settings
from atlas_server.session import Session

HASH = read_header(model_path("")).digest
LENS = LensSettings(selection="weak", recalibrate_idle_s=0.0)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))


@pytest.fixture
def store():
    store = Store(lens_folder(), HASH)
    store.add(believer(HASH))
    return store


@pytest.fixture
def logged():
    return []


@pytest.fixture
async def session(logged):
    session = Session(on_log=logged.append)
    session.settings = Settings(lens=LENS)
    yield session
    await session.aclose()


async def look(session):
    await session.recalibrator._look(session.settings)


@pytest.fixture
def never(monkeypatch):
    async def begun(*_):
        raise AssertionError("a process was begun")

    monkeypatch.setattr("atlas_server.recalibrating.asyncio.create_subprocess_exec", begun)


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


async def test_it_adapts_once_and_again_only_after_enough_new_outcomes(session, store, logged, monkeypatch):
    keep_solves(history_path(), HASH)
    session.recalibrator.lens_used()
    async with asyncio.timeout(60):
        await until(lambda: logged)
    (said,) = logged
    assert "adapted to 120 new outcomes" in said and "Version 2 is in use" in said and "lens rollback" in said
    assert store.versions() == [1, 2]
    kept = store.load().weights
    assert kept.recalibrated["from_version"] == 1
    assert kept.recalibrated["squared_error"] < kept.recalibrated["squared_error_before"]
    first = recalibrations.last(store.folder)
    assert (first.outcomes, first.swapped) == (120, True)

    keep_solves(history_path(), HASH, first=200, n=49)
    with monkeypatch.context() as patch:
        patch.setattr("atlas_server.recalibrating.asyncio.create_subprocess_exec", None)
        await look(session)
    keep_solves(history_path(), HASH, first=300, n=1)
    await look(session)
    second = recalibrations.last(store.folder)
    assert (second.outcomes, second.until > first.until) == (50, True)


@pytest.mark.usefixtures("never", "store")
@pytest.mark.parametrize(
    "settings",
    [
        Settings(lens=msgspec.structs.replace(LENS, recalibrate=False)),
        Settings(lens=msgspec.structs.replace(LENS, selection="off")),
        Settings(lens=msgspec.structs.replace(LENS, weights="pinned.npz")),
        Settings(lens=msgspec.structs.replace(LENS, recalibrate_after=121)),
        Settings(lens=LENS, engine=EngineSettings(url="http://127.0.0.1:1/v1")),
        Settings(lens=LENS, history=HistorySettings(enabled=False)),
    ],
    ids=["off", "no Lens", "a file", "too few", "another server", "no history"],
)
async def test_where_it_has_no_business(session, settings):
    keep_solves(history_path(), HASH)
    session.settings = settings
    await look(session)


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A program in the place of Python that says its number and then takes its time; returns the file with the number."""
    said = tmp_path / "pid"
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho $$ > {said}.new\nmv {said}.new {said}\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return said


@pytest.mark.usefixtures("store")
async def test_a_command_ends_it_at_once_and_it_begins_again_afterwards(session, slow, logged):
    keep_solves(history_path(), HASH)
    session.recalibrator.lens_used()
    async with asyncio.timeout(60):
        await until(slow.exists)
    process = psutil.Process(int(slow.read_text()))
    async with asyncio.timeout(60):
        await until(lambda: process.nice() == 19)  # set as soon as it runs
    ended = asyncio.Event()

    async def command(job):
        await until(lambda: not process.is_running())
        slow.unlink()
        await ended.wait()
        assert not slow.exists()
        return {"status": "ok"}

    running = asyncio.create_task(session.jobs.run(("uri", "f"), command))
    async with asyncio.timeout(60):
        await until(lambda: not slow.exists())
        for _ in range(20):
            await asyncio.sleep(0)
        ended.set()
        assert await running == {"status": "ok"}
        await until(slow.exists)
    again = psutil.Process(int(slow.read_text()))
    await session.recalibrator.aclose()
    assert not again.is_running()
    assert recalibrations.last(lens_folder() / HASH) is None and not logged


async def test_nothing_is_looked_at_while_a_command_runs(session, monkeypatch):
    looked = asyncio.Event()

    async def noted(_):
        looked.set()

    monkeypatch.setattr(session.recalibrator, "_look", noted)

    async def command(job):
        session.recalibrator.lens_used()
        for _ in range(50):
            await asyncio.sleep(0)
        return {"looked": looked.is_set()}

    assert await session.jobs.run(("uri", "f"), command) == {"looked": False}
    async with asyncio.timeout(60):
        await looked.wait()


@pytest.mark.usefixtures("store")
async def test_outcomes_that_the_lens_cannot_score_do_not_start_it_again_and_again(session, monkeypatch):
    keep_solves(history_path(), HASH, embedded=False)
    await look(session)
    assert recalibrations.last(lens_folder() / HASH) is None
    monkeypatch.setattr("atlas_server.recalibrating.asyncio.create_subprocess_exec", None)
    await look(session)
    keep_solves(history_path(), HASH, first=200, n=49, embedded=False)
    await look(session)
    keep_solves(history_path(), HASH, first=300, n=1, embedded=False)
    with pytest.raises(TypeError):
        await look(session)


async def test_what_goes_wrong_is_logged(session, logged):
    keep_solves(history_path(), HASH)
    (lens_folder() / HASH).mkdir(parents=True)
    (lens_folder() / HASH / "current").write_text("the best one\n")
    with pytest.raises(LensError, match="or remove it to use what is shipped"):
        await look(session)
    session.recalibrator.lens_used()
    async with asyncio.timeout(60):
        await until(lambda: logged)
    assert "the Lens was not recalibrated" in logged[0] and "remove it to use what is shipped" in logged[0]
