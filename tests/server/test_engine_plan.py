"""`atlas-ls engine plan` from the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate
from sparse_models import write_qwen3

COUNT = {"type": "integer", "minimum": 0}
PARTS = {
    "type": "object",
    "required": ["weights", "kv", "state", "compute", "outputs", "embeddings", "total"],
    "additionalProperties": COUNT,
}
GPU = {
    "type": "object",
    "required": ["name", "description", "integrated", "free_bytes", "total_bytes"],
    "properties": {
        "name": {"type": "string"},
        "integrated": {"type": "boolean"},
        "free_bytes": COUNT,
        "total_bytes": COUNT,
    },
}
PLACEMENT = {
    "type": "object",
    "required": [
        "rollback", "draft_gpu_layers", "draft_gpu_bytes", "draft_host_bytes", "gpu_layers", "all_layers", "context", "slots", "sequences", "kv_tokens", "kv_type", "flash_attention",
        "n_outputs_max", "micro_batch", "embedding_context", "embedding_sequences", "embedding_micro_batch", "bill_bytes",
        "reasons",
    ],
    "properties": {
        "kv_type": {"enum": ["f16", "q8_0"]},
        "flash_attention": {"enum": ["auto", "enabled"]},
        "bill_bytes": {
            "type": "object",
            "required": ["gpu", "host", "gpu_totals", "gpu_usable", "host_total", "host_usable"],
            "properties": {
                "gpu": PARTS,
                "host": PARTS,
                "gpu_totals": {"type": "array", "items": COUNT},
                "gpu_usable": {"type": "array", "items": COUNT},
                "host_total": COUNT,
                "host_usable": COUNT,
            },
            "additionalProperties": False,
        },
        "reasons": {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    },
    "additionalProperties": COUNT,
}  # fmt: skip
PLAN = {
    "type": "object",
    "required": ["schema", "fits", "model", "machine", "placement", "refusal"],
    "properties": {
        "schema": {"const": 1},
        "fits": {"type": "boolean"},
        "model": {
            "type": "object",
            "required": ["path", "name", "architecture", "weights_bytes"],
            "properties": {"weights_bytes": COUNT},
        },
        "machine": {
            "type": "object",
            "required": ["gpus", "host"],
            "properties": {
                "gpus": {"type": "array", "items": GPU},
                "host": {
                    "type": "object",
                    "required": ["free_bytes", "total_bytes", "source"],
                    "properties": {"free_bytes": COUNT, "total_bytes": COUNT, "source": {"type": "string"}},
                },
            },
        },
        "placement": {"oneOf": [PLACEMENT, {"type": "null"}]},
        "refusal": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["message", "needed_bytes", "usable_bytes"],
                    "properties": {"message": {"type": "string"}, "needed_bytes": COUNT, "usable_bytes": COUNT},
                },
                {"type": "null"},
            ]
        },
    },
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Qwen3-8B in Q8_0, without the weights."""
    return str(write_qwen3(tmp_path_factory.mktemp("qwen3") / "qwen3-8b.gguf"))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "atlas_server", "engine", "plan", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "160"} | environment,
    )


def plan_json(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.returncode == status, done.stderr
    assert done.stdout.count("\n") == 1
    result: dict[str, Any] = json.loads(done.stdout)
    validate(result, PLAN)
    return result


def test_the_pocket_model_on_this_machine() -> None:
    result = plan_json()
    assert result["fits"]
    assert result["refusal"] is None
    assert result["model"]["path"].endswith("pocket.gguf")
    placement = result["placement"]
    assert (placement["context"], placement["slots"]) == (1024, 16)
    bill = placement["bill_bytes"]
    for name in ("gpu", "host"):
        assert bill[name]["total"] == sum(size for part, size in bill[name].items() if part != "total")
    assert bill["host_total"] <= bill["host_usable"] <= result["machine"]["host"]["free_bytes"]


def test_another_machine(qwen3: str) -> None:
    result = plan_json(qwen3, "--gpu-memory", "12", "--gpu-memory", "12", "--host-memory", "8", "--slots", "3")
    assert [gpu["free_bytes"] for gpu in result["machine"]["gpus"]] == [12 << 30, 12 << 30]
    placement = result["placement"]
    assert (placement["gpu_layers"], placement["slots"]) == (37, 3)
    assert len(placement["bill_bytes"]["gpu_totals"]) == 2
    without = plan_json(qwen3, "--gpu-memory", "0", "--host-memory", "32", "--context", "4096")
    assert without["machine"]["gpus"] == []
    assert (without["placement"]["gpu_layers"], without["placement"]["context"]) == (0, 4096)


def test_the_users_settings(qwen3: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"engine": {"model": qwen3, "slots": 5, "kv_type": "q8_0", "draft_model": qwen3}}))
    machine = ("--gpu-memory", "0", "--host-memory", "64")
    result = plan_json("--settings", str(file), *machine)
    assert result["model"]["path"] == qwen3
    placement = result["placement"]
    assert (placement["slots"], placement["kv_type"]) == (5, "q8_0")
    assert placement["draft_gpu_layers"] == placement["draft_gpu_bytes"] == 0
    assert placement["draft_host_bytes"] > result["model"]["weights_bytes"]
    assert any(reason.startswith("draft model") for reason in placement["reasons"])
    over = plan_json("--settings", str(file), "--slots", "2", *machine)
    assert over["placement"]["slots"] == 2
    file.write_text('{"engine": {"slots": "many", "colour": 1}}')
    done = run("--settings", str(file), *machine)
    assert done.returncode == 2
    assert "engine.slots" in done.stderr
    assert "colour" in done.stderr
    assert run("--settings", str(tmp_path / "none.json")).returncode == 2


def test_a_draft_model_and_rollback_from_the_command_line(qwen3: str, tmp_path: Path) -> None:
    machine = ("--gpu-memory", "24", "--host-memory", "32")
    result = plan_json(qwen3, "--draft-model", qwen3, "--rollback", "99", *machine)
    assert result["placement"]["draft_gpu_layers"] == 37
    assert result["placement"]["draft_gpu_bytes"] > 8 << 30
    assert result["placement"]["rollback"] == 15
    assert any("engine.rollback is not needed" in reason for reason in result["placement"]["reasons"])
    assert run(qwen3, "--draft-model", str(tmp_path / "none.gguf")).returncode == 2


def test_what_does_not_fit(qwen3: str) -> None:
    machine = ("--gpu-memory", "2", "--host-memory", "4")
    result = plan_json(qwen3, *machine, status=1)
    assert not result["fits"]
    assert result["placement"] is None
    assert result["refusal"]["needed_bytes"] > result["refusal"]["usable_bytes"]
    done = run(qwen3, *machine)
    assert (done.returncode, done.stdout) == (1, "")
    assert "4.0 GiB free" in done.stderr
    assert "engine.model" in done.stderr


def test_for_people(qwen3: str) -> None:
    done = run(qwen3, "--gpu-memory", "8", "--host-memory", "16")
    assert (done.returncode, done.stderr) == (0, "")
    for text in ("weights", "KV cache", "GPU", "host", "needed", "usable", "slots", "layers on the GPU", "stay free"):
        assert text in done.stdout
    assert "recurrent state" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("/nowhere/model.gguf",), "no model file at /nowhere/model.gguf"),
        ((__file__,), "not a GGUF file"),
        (("--slots", "0"), "at least 1"),
        (("--gpu-memory", "-1"), "0 or more"),
        (("--gpu-memory", "much"), "invalid"),
        (("--slots", "1000"), "engine.slots"),
    ],
)
def test_bad_files_and_options(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_broken_binding_is_named_and_not_needed_for_another_machine(tmp_path: Path) -> None:
    package = tmp_path / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('libcudart.so.12 is missing')")
    done = run(PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "libcudart.so.12 is missing" in done.stderr
    # The process of the command itself imports nothing native either.
    assert run("--gpu-memory", "0", PYTHONPATH=str(tmp_path)).returncode == 0
