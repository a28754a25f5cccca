"""One command for each function, a line for the model, and who is meant where nobody is named."""

import asyncio

import pytest

from atlas_server.jobs import Jobs, Line


async def test_the_line_serves_in_order_and_tells_places():
    line, served, places = Line(), [], {}
    leave = {name: asyncio.Event() for name in "abcd"}

    async def customer(name):
        async with line.turn(lambda place: places.setdefault(name, []).append(place)):
            served.append(name)
            await leave[name].wait()

    tasks = {}
    for name in "abcd":
        tasks[name] = asyncio.create_task(customer(name))
        await asyncio.sleep(0)
    assert places == {"b": [1], "c": [2], "d": [3]}
    tasks["c"].cancel()
    await asyncio.gather(tasks["c"], return_exceptions=True)
    assert places["d"] == [3, 2]
    for name in "abd":
        leave[name].set()
        await tasks[name]
    assert served == ["a", "b", "d"]
    assert places == {"b": [1], "c": [2], "d": [3, 2, 1]}


def doing(log, name, *, until=None):
    async def make(job):
        job.has_turn = True
        log.append(f"{name} begins")
        try:
            await (until or asyncio.Event()).wait()
        except asyncio.CancelledError:
            log.append(f"{name} ends")
            raise
        return {"status": name}

    return make


async def test_three_requests_on_one_function_leave_the_last():
    jobs, log, done = Jobs(), [], asyncio.Event()
    key = ("file:///a.py", "f")
    tasks = []
    for name, until in (("one", None), ("two", None), ("three", done)):
        tasks.append(asyncio.create_task(jobs.run(key, doing(log, name, until=until))))
    await asyncio.sleep(0.05)
    done.set()
    answers = await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert [answer["status"] for answer in answers] == ["cancelled", "cancelled", "three"]
    assert log.count("three begins") == 1
    assert log.count("one begins") == log.count("one ends")
    assert jobs.find() is None


async def test_who_is_meant():
    jobs = Jobs()
    keys = [("file:///a.py", "f"), ("file:///a.py", "g"), ("file:///b.py", "h")]
    tasks = []
    for number, key in enumerate(keys):

        async def make(job, number=number):
            job.has_turn = number == 1
            return await asyncio.Event().wait()

        tasks.append(asyncio.create_task(jobs.run(key, make)))
        await asyncio.sleep(0.01)
    assert jobs.find("file:///a.py", "f").key == keys[0]
    assert jobs.find("file:///a.py").key == keys[1]  # it has the model
    assert jobs.find().key == keys[1]
    assert jobs.find("file:///b.py").key == keys[2]
    assert jobs.find("file:///c.py") is None
    await jobs.aclose()
    assert jobs.find() is None
    assert [task.result() for task in await done(tasks)] == [{"status": "cancelled"}] * 3


async def done(tasks):
    await asyncio.gather(*tasks)
    return tasks


async def test_a_cancelled_request_is_cancelled():
    jobs, log = Jobs(), []
    request = asyncio.create_task(jobs.run(("u", "f"), doing(log, "one")))
    await asyncio.sleep(0.01)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await asyncio.sleep(0)
    assert log == ["one begins", "one ends"]
    assert jobs.find() is None


async def test_it_is_idle_where_no_command_has_run_for_so_long():
    jobs, end = Jobs(), asyncio.Event()
    await jobs.idle(0.0)
    running = asyncio.create_task(jobs.run(("uri", "f"), doing([], "f", until=end)))
    await jobs.busy()
    waiting = asyncio.create_task(jobs.idle(0.0))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    end.set()
    await running
    await waiting
    assert not jobs._busy.is_set()
