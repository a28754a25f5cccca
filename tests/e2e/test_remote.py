"""A server on another machine as the engine, from the editor and from the shell: asked for once, faults are shown.

The server is a fake (`fake_servers`) on an address of this machine that is not loopback.
"""

import json
import subprocess
import sys

import pytest
from fake_servers import FakeServer, llama_server, outside_address, serving
from lsp_editor import environment, start_editor, stop_editor

SOURCE = 'def total(nums):\n    """Return the sum of nums.\n\n    >>> total([1, 2])\n    3\n    """\n'


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("ATLAS_API_KEY", raising=False)
    server = FakeServer(llama_server())
    host = outside_address()
    with serving(server.app(), host) as port:
        server.address = f"http://{host}:{port}/v1"
        server.host = host
        yield server


async def solve(fake, tmp_path, answer):
    """Solve once; return the command's answer, the questions and the messages."""
    editor = await start_editor("vscode", tmp_path, options={"engine": {"url": fake.address}, "solve": {"samples": 1}})
    editor.choose = lambda params: answer if answer in [action.title for action in params.actions] else None
    try:
        uri = (tmp_path / "work.py").as_uri()
        editor.open(uri, SOURCE)
        result = await editor.solve(uri, "total")
        return result, editor.questions, [message.message for message in editor.client.messages]
    finally:
        await stop_editor(editor)
        assert await editor.processes.gone(5.0), editor.processes.look()


def status(result):
    return result["status"] if isinstance(result, dict) else result.status


async def test_the_editor_asks_once_and_shows_what_is_missing(fake, tmp_path):
    result, questions, messages = await solve(fake, tmp_path, "Do not send")
    assert status(result) == "error"
    assert len(questions) == 1
    assert f"send code from your files to {fake.host}" in questions[0].message
    assert "NOT encrypted" in questions[0].message
    assert [action.title for action in questions[0].actions] == ["Allow", "Do not send"]
    assert any("was refused, so nothing was sent" in message for message in messages)
    result, questions, messages = await solve(fake, tmp_path, "Allow")
    assert (status(result), questions) == ("error", [])
    assert fake.seen == []
    (tmp_path / "home/.config/atlas-ls/remote-hosts.json").unlink()
    result, questions, messages = await solve(fake, tmp_path, None)
    assert (status(result), len(questions)) == ("error", 1)
    assert any("was not answered" in message for message in messages)
    assert fake.seen == []
    result, questions, messages = await solve(fake, tmp_path, "Allow")
    assert (status(result), len(questions)) == ("unverified", 1)
    assert sum("llama-server b9999" in message and "lacks" in message for message in messages) == 1
    assert any(
        "return" in body["messages"][0]["content"] or "total" in str(body)
        for body in fake.generations
        if "messages" in body
    )


MIDDLE = 'def middle(nums):\n    """Return the middle one of nums.\n\n    >>> middle([3])\n    3\n    """\n'
BODIES = ("return nums[len(nums) // 2]", "return sorted(nums)[len(nums) // 2]")


def undecided(body):
    """Write one body and the other in turn, no tests, and judge by the place of an output alone."""
    prompt = str(body["messages"])
    if "Answer:" in prompt:
        return "It could be either.\nAnswer: A"
    return f"```python\n{MIDDLE}    {BODIES[body['seed'] % 2]}\n```" if "test" not in prompt.lower() else "I cannot."


@pytest.mark.parametrize("wanted", [0, 1])
async def test_the_user_settles_what_the_model_cannot(fake, tmp_path, wanted):
    """S*: two behaviours, equally good; the judge contradicts itself; one question to the user."""
    fake.says = undecided
    options = {"engine": {"url": fake.address}, "solve": {"samples": 6, "first_samples": 6, "test_samples": 0}}
    editor = await start_editor("vscode", tmp_path, options=options)

    def choose(params):
        if "Allow" in (titles := [action.title for action in params.actions]):
            return "Allow"
        call = params.message.split("right for ")[1].split("?")[0]
        namespace = {}
        exec(f"{MIDDLE}    {BODIES[wanted]}", namespace)
        right = repr(eval(call, namespace))
        return next(title for title in titles if title.split(". ", 1)[-1] == right)

    editor.choose = choose
    uri = (tmp_path / "work.py").as_uri()
    editor.open(uri, MIDDLE)
    result = await editor.solve(uri, "middle")
    await stop_editor(editor)
    assert [question.message.startswith("atlas-ls: middle: which is right for") for question in editor.questions] == [
        False,
        True,
    ]
    assert BODIES[wanted] in json.dumps(result), result


def test_the_shell_refuses_unless_it_is_allowed(fake, tmp_path):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    home = environment(tmp_path)
    command = [
        sys.executable,
        "-m",
        "atlas_server",
        "solve",
        f"{path}::total",
        "--engine-url",
        fake.address,
        "--json",
        "-k",
        "1",
    ]

    def run(*more):
        return subprocess.run(
            [*command, *more],
            env=home,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    refused = run()
    assert refused.returncode == 2
    # The console wraps its lines.
    assert f"--allow-remote http://{fake.host}" in " ".join(refused.stderr.split())
    assert fake.seen == []
    wrong = run("--allow-remote", fake.address)
    assert (wrong.returncode, "is not a host" in " ".join(wrong.stderr.split())) == (2, True)
    allowed = run("--allow-remote", f"http://{fake.host}")
    assert (allowed.returncode, json.loads(allowed.stdout)["level"]) == (1, "UNVERIFIED")
    assert "lacks thinking_budget" in " ".join(allowed.stderr.split())
    assert len(fake.generations) > 0
    again = run()
    assert again.returncode == 1


def test_a_host_can_be_allowed_beforehand(tmp_path):
    home = environment(tmp_path)
    command = [sys.executable, "-m", "atlas_server", "engine", "allow"]
    done = subprocess.run([*command, "models.example.org"], env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    stored = json.loads((tmp_path / "home/.config/atlas-ls/remote-hosts.json").read_text())
    assert stored == {"schema": 1, "hosts": {"models.example.org": True}}
    done = subprocess.run([*command, "https://x/v1"], env=home, capture_output=True, text=True, check=False)
    assert (done.returncode, "not a host" in done.stderr) == (2, True)
