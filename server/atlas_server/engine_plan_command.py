"""`atlas-ls engine plan [MODEL]`: where a model would go and what it would take, without loading it.

For this machine, or for one that is not there (`--gpu-memory`, `--host-memory`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from atlas_pipeline.engine.gguf_header import GgufHeader, read_header
from atlas_pipeline.engine.memory import GIB, GpuDevice, HostMemory, ask_for_devices, host_memory
from atlas_pipeline.engine.memory_bill import MemoryBill, size
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.engine.placement import Placement, plan
from atlas_pipeline.errors import AtlasError, DoesNotFitError, UsageError
from atlas_pipeline.settings import EngineSettings, parse_settings

SCHEMA = 1
EXIT_FITS, EXIT_DOES_NOT_FIT, EXIT_USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What there is to place a model on."""

    gpus: tuple[GpuDevice, ...]
    host: HostMemory


def run_engine_plan(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 it fits, 1 it does not, 2 usage or environment error."""
    console = Console(stderr=True, highlight=False)
    placement: Placement | None = None
    refusal: DoesNotFitError | None = None
    try:
        settings = chosen_settings(options)
        header = read_header(model_path(settings.model))
        draft = read_header(Path(settings.draft_model).expanduser()) if settings.draft_model else None
        machine = find_machine(options.gpu_memory, options.host_memory)
        try:
            placement = plan(header, machine.gpus, machine.host.free_bytes, settings, draft=draft)
        except DoesNotFitError as error:
            refusal = error
    except AtlasError as error:
        console.print(f"atlas-ls: {error}", style="red", markup=False)
        return EXIT_USAGE
    if options.json:
        result = plan_json(header, machine, placement, refusal)
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    elif placement is not None:
        _show(Console(highlight=False), header, machine, placement)
    else:
        console.print(f"atlas-ls: {refusal}", style="red", markup=False)
    return EXIT_FITS if placement is not None else EXIT_DOES_NOT_FIT


def chosen_settings(options: argparse.Namespace) -> EngineSettings:
    """Return the engine's settings: those of the file, as an editor would send them, with the options in their place.

    Raises:
        UsageError: the file cannot be read, or a setting in it is wrong.
    """
    settings = EngineSettings()
    if options.settings is not None:
        try:
            value = msgspec.json.decode(options.settings.read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise UsageError(f"The settings in {options.settings} cannot be read: {error}.") from error
        parsed, problems = parse_settings(value)
        if problems:
            raise UsageError(f"{options.settings}: {'; '.join(problems)}")
        settings = parsed.engine
    given = {
        "model": options.model,
        "context": options.context,
        "slots": options.slots,
        "draft_model": options.draft_model,
        "rollback": options.rollback,
    }
    return msgspec.structs.replace(settings, **{name: value for name, value in given.items() if value})


def find_machine(gpu_gib: Sequence[float] | None, host_gib: float | None) -> Machine:
    """Return this machine, or what was said about another one.

    Raises:
        EngineError: this machine does not say what it has.
    """
    if gpu_gib is None:
        gpus = ask_for_devices()
    else:
        sizes = [int(gib * GIB) for gib in gpu_gib if gib > 0]
        gpus = tuple(
            GpuDevice(
                name=f"GPU{index}",
                description="as given by --gpu-memory",
                integrated=False,
                free_bytes=size_bytes,
                total_bytes=size_bytes,
            )
            for index, size_bytes in enumerate(sizes)
        )
    if host_gib is None:
        return Machine(gpus=gpus, host=host_memory())
    size_bytes = int(host_gib * GIB)
    return Machine(
        gpus=gpus, host=HostMemory(free_bytes=size_bytes, total_bytes=size_bytes, source="as given by --host-memory")
    )


def plan_json(
    header: GgufHeader, machine: Machine, placement: Placement | None, refusal: DoesNotFitError | None
) -> dict[str, Any]:
    """Return the command's result as JSON types; sizes are in bytes."""
    return {
        "schema": SCHEMA,
        "fits": placement is not None,
        "model": {
            "path": str(header.path),
            "name": _name(header),
            "architecture": header.text("general.architecture"),
            "weights_bytes": sum(tensor.size_bytes for tensor in header.tensors),
        },
        "machine": msgspec.to_builtins(machine),
        "placement": None if placement is None else _placement_json(placement),
        "refusal": None
        if refusal is None
        else {
            "message": str(refusal),
            "needed_bytes": refusal.needed_bytes,
            "usable_bytes": refusal.usable_bytes,
        },
    }


def _placement_json(placement: Placement) -> dict[str, Any]:
    result: dict[str, Any] = msgspec.to_builtins(placement)
    bill = placement.bill
    for name, parts in (("gpu", bill.gpu), ("host", bill.host)):
        result["bill"][name]["total"] = parts.total
    result["bill_bytes"] = result.pop("bill")
    return result


def _show(console: Console, header: GgufHeader, machine: Machine, placement: Placement) -> None:
    bill = placement.bill
    table = Table(title=f"{_name(header)} ({header.text('general.architecture')})", title_justify="left")
    table.add_column("memory")
    columns = [("GPU", bill.gpu)] if machine.gpus else []
    columns.append(("host", bill.host))
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for label, name in (
        ("weights", "weights"),
        ("KV cache", "kv"),
        ("recurrent state", "state"),
        ("compute buffer, estimated", "compute"),
        ("outputs", "outputs"),
        ("embeddings, when asked for", "embeddings"),
    ):
        counts = [getattr(parts, name) for _, parts in columns]
        if any(counts):
            table.add_row(label, *(size(count) if count else "" for count in counts))
    table.add_section()
    table.add_row("needed", *(size(parts.total) for _, parts in columns), style="bold")
    table.add_row("usable", *_usable(machine, bill))
    console.print(table)
    for reason in placement.reasons:
        console.print(f"- {reason}", markup=False)


def _usable(machine: Machine, bill: MemoryBill) -> list[str]:
    gpus = [" + ".join(size(count) for count in bill.gpu_usable)] if machine.gpus else []
    return [*gpus, size(bill.host_usable)]


def _name(header: GgufHeader) -> str:
    return header.text("general.name") or header.path.stem
