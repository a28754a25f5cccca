"""The history's file: real SQLite, several processes, damage of every kind, limits and modes."""

import errno
import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from solve_records import DOUBLE, solve_record, task_of

from atlas_pipeline.errors import HistoryError
from atlas_pipeline.history import files, schema, store, writer
from atlas_pipeline.history.history import History, open_history
from atlas_pipeline.history.reading import clear, read
from atlas_pipeline.history.records import Outcome, key_of, settings_hash
from atlas_pipeline.records import Embedded, Level
from atlas_pipeline.settings import HistorySettings, SolveSettings

# pytest finds tests/support in its own process only.
WITH_SUPPORT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
DATA = Path(__file__).parent / "data"
BWRAP = os.environ.get("ATLAS_TEST_BWRAP") or str(Path(__file__).parents[2] / ".cache/bwrap/usr/bin/bwrap")
SETTINGS = SolveSettings()
RECORD = solve_record()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "atlas-ls/history/history.sqlite3"


@pytest.fixture
def told():
    return []


@pytest.fixture
def history(path, told):
    history = History(HistorySettings(), path=path, on_notice=told.append)
    yield history
    history.close()


def uids(path):
    return [row.uid for row in read(path, store.solves) or []]


def rows(path, table):
    with files.opened(path) as connection:
        return store._rows(connection, f"SELECT * FROM {table} ORDER BY id", [])


# What is kept.


async def test_a_solve_is_found_again_with_all_that_was_drawn(history):
    record = solve_record(bodies=("return x * 2", "return x + x", "return x"))
    history.add(record)
    known = await history.known_candidates(record.key, [SETTINGS])
    assert (known.uid, known.model, known.chosen, known.solved_at) == ("a", "scripted", "return x * 2", 1001.5)
    assert known.found == record.found


def other(**changes):
    return replace(RECORD.key, **changes)


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        (key_of(task_of(DOUBLE.replace("Double", "Twice")), model_hash="0" * 16, profile="pocket"), SETTINGS),
        (key_of(replace(task_of(), context="K = 3\n"), model_hash="0" * 16, profile="pocket"), SETTINGS),
        (key_of(task_of(), model_hash="1" * 16, profile="pocket"), SETTINGS),
        (key_of(task_of(), model_hash="0" * 16, profile="chat"), SETTINGS),
        (other(prompt_version="1/0"), SETTINGS),
        (RECORD.key, SolveSettings(seed=1)),
        (RECORD.key, SolveSettings(temperature=0.5)),
    ],
    ids=["docstring", "context", "model", "profile", "prompts", "seed", "settings"],
)
async def test_each_part_of_the_key_counts(history, key, settings):
    history.add(RECORD)
    assert await history.known_candidates(key, [settings]) is None
    assert await history.known_candidates(RECORD.key, [settings, SETTINGS]) is not None


def test_the_same_code_elsewhere_has_the_same_key():
    moved = task_of("import os\n\n\n" + DOUBLE + "    pass\n")
    assert key_of(replace(moved, context=""), model_hash="0" * 16, profile="pocket") == other(
        context_hash=key_of(replace(task_of(), context=""), model_hash="", profile="pocket").context_hash
    )


def test_a_setting_that_is_new_changes_no_hash():
    """What is as by default is left out, so a field that a later version adds leaves old answers valid."""
    assert settings_hash(SolveSettings()) == settings_hash(SolveSettings(samples=20))
    assert settings_hash(SolveSettings(samples=9)) != settings_hash(SolveSettings())


@pytest.mark.parametrize("level", [Level.WEAK, Level.UNVERIFIED])
async def test_only_what_was_verified_is_given_again(history, level):
    history.add(solve_record(level=level))
    history.add(solve_record("repair", kind="repair"))
    history.add(solve_record("cancelled", ended="cancelled", selection=None))
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_what_the_user_did_not_keep_is_not_given_again(history, outcome):
    history.add(RECORD)
    history.outcome("a", outcome)
    kept = outcome in (Outcome.VERIFIED, Outcome.ACCEPTED)
    assert (await history.known_candidates(RECORD.key, [SETTINGS]) is not None) is kept
    history.outcome("a", Outcome.ACCEPTED)  # undone, and then redone
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is not None


async def test_what_became_of_an_answer_from_the_history_counts_for_its_origin(history):
    history.add(RECORD)
    history.add(solve_record("b", answered_from="a", candidates=(), began_at=2000.0))
    assert (await history.known_candidates(RECORD.key, [SETTINGS])).uid == "a"
    history.outcome("b", Outcome.REVERTED)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None


async def test_the_newest_answer_is_given(history):
    history.add(solve_record("new", began_at=3000.0))
    history.add(solve_record("old", began_at=2000.0))
    assert (await history.known_candidates(RECORD.key, [SETTINGS])).uid == "new"


async def test_what_a_later_version_cannot_read_is_no_answer(history, path):
    history.add(RECORD)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is not None
    with files.opened(path) as connection:
        connection.execute('UPDATE solves SET written = \'{"tests": [{"call": 3}]}\'')
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None


def test_text_that_is_none_is_kept_as_its_escape(history, path):
    history.add(solve_record(bodies=("return '\ud800\x00'",)))
    history.close()
    (row,) = rows(path, "candidates")
    assert row["body"] == "return '\\ud800\x00'"


def test_an_export_has_everything(history, path):
    history.add(replace(RECORD, embedded=Embedded(view="body", definition="mean-final-norm/1", vectors={0: bytes(8)})))
    history.outcome("a", Outcome.ACCEPTED, "by itself")
    history.close()
    (solve,) = read(path, lambda connection: list(store.export(connection)))
    json.dumps(solve)
    assert solve["task"]["task_hash"] == RECORD.key.task_hash
    assert solve["settings"]["temperature"] == 0.8
    assert solve["route"]["route"] == "samples"
    assert solve["written"]["inputs"] == ["double(-3)"]
    assert [outcome["what"] for outcome in solve["outcomes"]] == ["verified", "accepted"]
    (candidate,) = solve["candidates"]
    assert (candidate["chosen"], candidate["examples_passed"], candidate["mean_logprob"]) == (True, 1, -0.25)
    assert (candidate["embedding"], candidate["embedding_definition"]) == ("00" * 8, "mean-final-norm/1")
    assert candidate["embedding_view"] == "body"
    assert candidate["evidence"]["cluster"] == 1
    (verdict,) = candidate["verdicts"]
    assert (verdict["provenance"], verdict["call"], verdict["status"]) == ("given", "double(2)", "pass")
    assert verdict["expected"]["shown"] == "4"


# Who may read it, and when there is none.


def test_only_the_owner_can_read_it(history, path):
    os.umask(old := os.umask(0))
    os.umask(0)
    try:
        path.parent.mkdir(parents=True, mode=0o777)
        held = threading.Event()
        modes = {}

        def look(connection):
            modes.update({file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()})
            held.set()

        history._writer.submit(look)
        assert held.wait(20)
        history.close()
    finally:
        os.umask(old)
    assert set(modes) == {"history.lock", "history.sqlite3", "history.sqlite3-shm", "history.sqlite3-wal"}
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_modes_that_were_widened_are_put_right(history, path):
    history.add(RECORD)
    history.close()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    history.add(solve_record("b"))
    history.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_made_before_something_is_kept(history, path):
    assert open_history(HistorySettings(enabled=False)) is None
    history.close()
    assert read(path, store.solves) is None
    assert clear(path) == 0
    assert not path.parent.exists()


# Several processes.

WRITE = """
import sys
from pathlib import Path
from solve_records import solve_record
from atlas_pipeline.history.history import History
from atlas_pipeline.settings import HistorySettings
history = History(HistorySettings(), path=Path(sys.argv[1]), on_notice=lambda text: print(text, flush=True))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    history.add(solve_record(f"{sys.argv[2]}-{number}"))
    if number % 5 == 4:
        history.close()  # a transaction of its own, or one would hold them all
history.close()
print("done", flush=True)
"""


def start(path, name, count):
    command = [sys.executable, "-c", WRITE, str(path), name, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=WITH_SUPPORT)
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def test_several_processes_write_at_once(path):
    processes = [start(path, name, 40) for name in "abc"]
    for process in processes:
        go(process)
    for process in processes:
        said, _ = process.communicate(timeout=120)
        assert said == "done\n"
    assert sorted(uids(path)) == sorted(f"{name}-{number}" for name in "abc" for number in range(40))
    assert len(rows(path, "tasks")) == 1
    assert files.damage(path) is None


def test_a_process_that_is_killed_while_it_writes_harms_nobody(path):
    for round_ in range(3):
        process = start(path, str(round_), 100_000)
        go(process)
        while len(uids(path)) < 10 * (round_ + 1):
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert files.damage(path) is None
    with files.opened(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    kept = rows(path, "solves")
    assert len(rows(path, "candidates")) == len(kept)  # each whole
    history = History(HistorySettings(), path=path)
    history.add(RECORD)
    history.close()
    assert "a" in uids(path)


def test_a_writer_waits_for_another_program(history, path, told):
    history.add(RECORD)
    history.close()
    blocker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    history.add(solve_record("b"))
    release = threading.Timer(0.3, lambda: blocker.execute("COMMIT"))
    release.start()
    history.close()
    release.join()
    blocker.close()
    assert told == []
    assert uids(path) == ["b", "a"]


def test_a_file_that_stays_locked_is_left_with_a_message(path, told, monkeypatch):
    monkeypatch.setattr(files, "BUSY_S", 0.05)
    history = History(HistorySettings(), path=path, on_notice=told.append)
    history._writer = writer.Writer(path, max_bytes=0, on_notice=told.append, give_up_s=0.2)
    history.add(RECORD)
    history.close()
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    history.add(solve_record("b"))
    history.close()
    assert len(told) == 1
    assert "kept" in told[0] and "locked for 0.2 s" in told[0]
    assert history.off is None
    blocker.execute("COMMIT")
    blocker.close()
    history.add(solve_record("c"))
    history.close()
    assert uids(path) == ["c", "a"]


# Damage.


def filled(path):
    """Make a history of several hundred pages."""
    history = History(HistorySettings(), path=path)
    for number in range(60):
        history.add(solve_record(f"old-{number}", bodies=(f"return {'x' * 8000}",)))
    history.close()
    assert path.stat().st_size > 400_000


def not_a_database(path):
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def another_file(path):
    path.write_bytes(b"these are notes of mine\n" * 100)


def damaged_page(path):
    with path.open("r+b") as file:
        for page in range(8, 60):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def cut_short(path):
    os.truncate(path, 50)


def another_program(path):
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name)")
    connection.execute("INSERT INTO songs VALUES ('x')")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("harm", [not_a_database, another_file, damaged_page, cut, cut_short, another_program])
async def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path, told, harm):
    filled(path)
    harm(path)
    before = path.read_bytes()
    history = History(HistorySettings(), path=path, on_notice=told.append)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None
    history.add(RECORD)
    history.close()
    (notice,) = told
    assert "was damaged" in notice
    (aside,) = path.parent.glob("history-damaged-*.sqlite3")
    assert str(aside) in notice
    assert aside.read_bytes() == before
    assert aside.stat().st_mode & 0o077 == 0
    assert uids(path) == ["a"]
    assert history.off is None
    assert clear(path) > len(before)
    assert [file.name for file in path.parent.iterdir()] == ["history.lock"]


async def test_damage_that_comes_later_is_found_where_it_matters(path, told):
    filled(path)
    history = History(HistorySettings(), path=path, on_notice=told.append)
    history.add(RECORD)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is not None
    damaged_page(path)
    history._writer.submit(lambda connection: list(store.export(connection)))
    history.add(solve_record("b"))
    history.close()
    assert "was damaged" in told[0]
    assert uids(path) == ["b"]


def test_two_processes_that_find_it_damaged_begin_one_new_file(path):
    filled(path)
    not_a_database(path)
    processes = [start(path, name, 5) for name in "abc"]
    for process in processes:
        go(process)
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert sum("was damaged" in each for each in said) == 1
    assert all(each.endswith("done\n") for each in said)
    assert len(list(path.parent.glob("history-damaged-*.sqlite3"))) == 1
    assert sorted(uids(path)) == sorted(f"{name}-{number}" for name in "abc" for number in range(5))


def test_it_is_not_set_aside_while_others_have_it_open(path, told, monkeypatch):
    """SQLite's log goes by the file's name: the other process would take the log of the new file away."""
    monkeypatch.setattr(files, "LOCK_S", 0.2)
    filled(path)
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with files.opened(path):
            entered.set()
            leave.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(20)
    not_a_database(path)
    history = History(HistorySettings(), path=path, on_notice=told.append)
    history.add(RECORD)
    history.close()
    assert not list(path.parent.glob("history-damaged-*"))
    assert "kept the history" in told[0] and history.off is None
    leave.set()
    holder.join()
    history.add(RECORD)
    history.close()
    assert uids(path) == ["a"]


async def off(path, told, said):
    history = History(HistorySettings(), path=path, on_notice=told.append)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None
    history.add(RECORD)
    history.close()
    (notice,) = told
    assert said in notice and str(path) in notice and "until the next start" in notice
    assert history.off is not None
    return notice


async def test_a_folder_in_its_place_switches_it_off(path, told):
    path.mkdir(parents=True)
    await off(path, told, "is not a file")
    assert path.is_dir()


async def test_a_file_in_the_place_of_its_folder_switches_it_off(path, told):
    path.parent.parent.mkdir()
    path.parent.write_text("mine")
    await off(path, told, "cannot be written")
    assert path.parent.read_text() == "mine"


async def test_a_newer_file_is_refused_and_left_alone(path, told):
    filled(path)
    with files.opened(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.STEPS) + 1}")
    before = path.read_bytes()
    notice = await off(path, told, f"has schema {len(schema.STEPS) + 1}, this version of atlas-ls knows")
    assert "history.enabled" in notice
    assert path.read_bytes() == before
    with pytest.raises(HistoryError, match="A newer one wrote it"):
        read(path, store.solves)
    clear(path)
    assert not path.exists()


# A disk that takes nothing: real file systems, in a namespace of their own.

KEEP = """
import sys
from pathlib import Path
from solve_records import solve_record
from atlas_pipeline.history.history import History
from atlas_pipeline.settings import HistorySettings
history = History(HistorySettings(), path=Path(sys.argv[1]), on_notice=lambda text: print(text, flush=True))
for number in range(40):
    history.add(solve_record(f"{number}", bodies=("return " + "x" * 20_000,)))
    history.close()
print("went on", history.off is not None, flush=True)
"""


def inside(mount, path):
    command = [BWRAP, "--dev-bind", "/", "/", *mount, sys.executable, "-c", KEEP, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=WITH_SUPPORT)
    return done.stdout.splitlines()


def test_a_full_disk_switches_it_off(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    notice, last = inside(["--size", "400000", "--tmpfs", str(folder)], folder / "history/history.sqlite3")
    assert "full" in notice and "until the next start" in notice
    assert last == "went on True"


def test_a_read_only_folder_switches_it_off(tmp_path):
    folder = tmp_path / "kept"
    path = folder / "history/history.sqlite3"
    filled(path)
    before = path.read_bytes()
    notice, last = inside(["--ro-bind", str(folder), str(folder)], path)
    assert "cannot be written: Read-only file system" in notice
    assert last == "went on True"
    assert path.read_bytes() == before


# Its size.


def test_it_stays_below_its_limit_and_the_oldest_go_first(path):
    history = History(HistorySettings(max_mb=1), path=path)
    for number in range(150):
        history.add(solve_record(f"{number}", bodies=("return " + "x" * 20_000,), began_at=float(number)))
        if number % 10 == 9:
            history.close()
            assert files.size_on_disk(path) <= 1024 * 1024
    kept = uids(path)
    assert kept == [str(number) for number in range(149, 149 - len(kept), -1)]
    assert 30 < len(kept) < 60
    assert len(rows(path, "candidates")) == len(kept)
    assert len(rows(path, "tasks")) == 1
    assert files.damage(path) is None


def test_tasks_go_with_their_last_solve(path):
    history = History(HistorySettings(max_mb=1), path=path)
    for number in range(100):
        source = DOUBLE.replace("double", f"double_{number}")
        history.add(
            solve_record(f"{number}", source=source, bodies=("return " + "x" * 20_000,), began_at=float(number))
        )
    history.close()
    assert len(rows(path, "tasks")) == len(uids(path)) < 60


def test_embeddings_go_before_answers(path):
    history = History(HistorySettings(max_mb=1), path=path)
    for number in range(20):
        vector = bytes(60_000) if number < 12 else bytes(70_000)
        embedded = Embedded(view="body", definition="mean-final-norm/1", vectors={0: vector})
        history.add(solve_record(f"{number}", began_at=float(number), embedded=embedded))
        history.close()
    found = rows(path, "candidates")
    assert len(found) == 20
    with_one = [row["embedding"] is not None for row in found]
    assert with_one == sorted(with_one)  # the oldest lost theirs
    assert [row["embedding_view"] is not None for row in found] == with_one
    assert 5 < sum(with_one) < 20


def test_no_limit(path):
    history = History(HistorySettings(max_mb=0), path=path)
    for number in range(60):
        history.add(solve_record(f"{number}", bodies=("return " + "x" * 40_000,)))
    history.close()
    assert len(uids(path)) == 60


# Migrations.


def dump(path):
    with files.opened(path) as connection:
        return list(store.export(connection))


@pytest.mark.parametrize("version", range(1, len(schema.STEPS) + 1))
async def test_a_file_of_every_older_version_is_brought_up_to_date(path, told, version):
    """`history_N.sql` is a file that version N wrote; a new version needs one more, and this fails until it is there."""
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript((DATA / f"history_{version}.sql").read_text(encoding="utf-8"))
    (prompts_then,) = connection.execute("SELECT prompt_version FROM tasks").fetchone()
    connection.close()
    history = History(HistorySettings(), path=path, on_notice=told.append)
    key = replace(RECORD.key, prompt_version=prompts_then)
    known = await history.known_candidates(key, [SETTINGS])
    history.add(solve_record("new"))
    history.close()
    assert told == []
    assert known.chosen == "return x * 2"
    assert known.found == RECORD.found
    assert uids(path) == ["new", "a"]
    fresh = path.with_name("fresh.sqlite3")
    with files.opened(fresh) as one, files.opened(path) as two:
        tables = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY name"
        assert one.execute(tables).fetchall() == two.execute(tables).fetchall()
        for (name,) in one.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = f"PRAGMA table_info({name})"
            assert one.execute(columns).fetchall() == two.execute(columns).fetchall()


LATER = (*schema.STEPS, "ALTER TABLE solves ADD COLUMN energy REAL;", "CREATE TABLE notes (id INTEGER PRIMARY KEY);")


@pytest.mark.parametrize("version", range(len(LATER)))
def test_steps_are_taken_from_wherever_a_file_is(path, version):
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path, isolation_level=None)
    schema.migrate(connection, LATER[:version])
    if version:
        store.add_solve(connection, RECORD)
    schema.migrate(connection, LATER)
    assert schema.version_of(connection) == len(LATER)
    assert connection.execute("SELECT count(energy), count(*) FROM solves").fetchone() == (0, int(version > 0))
    schema.migrate(connection, LATER)
    connection.close()


def test_a_step_that_fails_changes_nothing(path):
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path, isolation_level=None)
    schema.migrate(connection)
    store.add_solve(connection, RECORD)
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        schema.migrate(connection, (*LATER, "ALTER TABLE solves ADD COLUMN one; ALTER TABLE nonsense ADD COLUMN two;"))
    assert schema.version_of(connection) == len(schema.STEPS)
    assert "one" not in [row[1] for row in connection.execute("PRAGMA table_info(solves)")]
    assert connection.execute("SELECT uid FROM solves").fetchall() == [("a",)]
    connection.close()


# The thread.


async def test_a_fault_in_one_piece_takes_no_other_with_it(history, path, told):
    history.add(RECORD)
    history.add(replace(solve_record("b"), verdicts=None))
    history.add(solve_record("a"))  # of that name there is one
    history.add(solve_record("c"))
    history.close()
    assert uids(path) == ["c", "a"]
    assert len(rows(path, "candidates")) == 2
    assert len(told) == 2 and all("fault in atlas-ls" in text for text in told)
    assert history.off is None


async def test_a_fault_of_the_whole_leaves_nobody_waiting(history, told, monkeypatch):
    monkeypatch.setattr(writer, "opened", None)
    assert await history.known_candidates(RECORD.key, [SETTINGS]) is None
    assert "fault in atlas-ls" in told[0]
    assert history.off is not None


async def test_a_disk_that_knows_no_locks_switches_it_off(path, told, monkeypatch):
    def refuse(descriptor, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    await off(path, told, "cannot be locked: No locks available")


async def test_nobody_waits_for_a_file_that_is_in_use(history, path, monkeypatch):
    from atlas_pipeline.history import history as module

    monkeypatch.setattr(module, "LOOKUP_S", 0.05)
    history.add(RECORD)
    history.close()
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(module.LookupTimeoutError, match="did not answer"):
        await history.known_candidates(RECORD.key, [SETTINGS])
    blocker.execute("COMMIT")
    blocker.close()


def test_what_waits_is_bounded(path, told, monkeypatch):
    monkeypatch.setattr(writer, "_MOST_WAITING", 3)
    history = History(HistorySettings(), path=path, on_notice=told.append)
    entered, leave = threading.Event(), threading.Event()

    def hold(connection):
        entered.set()
        leave.wait(60)

    history._writer.submit(hold)
    assert entered.wait(20)
    for number in range(10):
        history.add(solve_record(f"{number}"))
    leave.set()
    history.close()
    assert uids(path) == ["2", "1", "0"]
    assert len(told) == 1 and "not kept" in told[0]
