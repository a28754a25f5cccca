"""`atlas-ls lens {status,train,evaluate,export,rollback}`: the learned scorer of one model."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from atlas_lens import evaluation, outcomes, recalibrations, replay, views, weights
from atlas_lens.errors import LensError
from atlas_lens.outcomes import Outcomes
from atlas_lens.recalibrations import Recalibration
from atlas_lens.store import Found, Store
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.errors import AtlasError
from atlas_pipeline.history import store as history_store
from atlas_pipeline.history.files import history_path
from atlas_pipeline.history.labels import later
from atlas_pipeline.history.lens_outcomes import is_of, outcomes_of
from atlas_pipeline.history.reading import read
from atlas_pipeline.lens_files import lens_folder

SCHEMA = 1
EXIT_OK, EXIT_NO_GAIN, EXIT_USAGE = 0, 1, 2
_SHOWN = ("auroc_within_tasks", "picked_right", "tries_until_right", "calibration_error")


def run_lens(options: argparse.Namespace) -> int:
    """Run the command; return its exit code: 0 done, 1 a training without a gain, 2 usage error or unusable files."""
    actions = {"status": _status, "train": _train, "evaluate": _evaluate, "export": _export, "rollback": _rollback}
    said = Console(stderr=True, highlight=False)
    try:
        model_hash = read_header(model_path(options.model)).digest
        return actions[options.action](options, Store(lens_folder(), model_hash), Console(highlight=False), said)
    except (AtlasError, LensError) as error:
        said.print(f"atlas-ls: {error}", style="red", markup=False, soft_wrap=True)
        return EXIT_USAGE


def _status(options: argparse.Namespace, store: Store, console: Console, _: Console) -> int:
    found = store.load()
    report: dict[str, Any] = {
        "model_hash": store.model_hash,
        "versions": store.versions(),
        "in_use": _described(found) if found is not None else None,
        "history": _drift(store, found),
        "last_try": asdict(last) if (last := recalibrations.last(store.folder)) is not None else None,
    }
    if options.json:
        _print_json(report)
        return EXIT_OK
    if found is None:
        console.print(
            f"No Lens for the model {store.model_hash}. `atlas-ls lens train OUTCOMES` makes one.",
            markup=False,
            soft_wrap=True,
        )
    else:
        kept = found.weights
        origin = "shipped" if found.is_shipped else f"version {kept.version} of {', '.join(map(str, store.versions()))}"
        console.print(f"{kept.source.model} ({store.model_hash}): {kept.name}, {origin}", markup=False, soft_wrap=True)
        used = "better than log-probability on held-out tasks: used where lens.selection says so"
        console.print(used if kept.earned else "not shown to be better than log-probability: stays out of the ranking")
        trained = ", ".join(f"{count} {name}" for name, count in kept.trained_on.items())
        console.print(f"made {kept.made_at} by {kept.source.made_by}: {trained}", markup=False, soft_wrap=True)
        console.print(_table({kept.name: kept.metrics}))
        if "candidates calibrated on" in kept.trained_on:
            console.print(_measured_in_words(kept.trained_on), markup=False, soft_wrap=True)
        if kept.recalibrated:
            console.print(_recalibrated_in_words(kept.recalibrated), markup=False, soft_wrap=True)
        console.print(str(found.path), markup=False, soft_wrap=True)
    console.print(_drift_in_words(report["history"]), markup=False, soft_wrap=True)
    if last is not None:
        console.print(
            f"Last looked at the history {last.at}, with {last.outcomes} new outcomes: {last.reason}.",
            markup=False,
            soft_wrap=True,
        )
    return EXIT_OK


def _described(found: Found) -> dict[str, Any]:
    kept = found.weights
    return {
        "path": str(found.path),
        "shipped": found.is_shipped,
        "model": kept.source.model,
        "version": kept.version,
        "scorer": kept.name,
        "view": kept.scorer.space.view,
        "embedding_definition": weights.definition_of(kept),
        "earned": kept.earned,
        "made_at": kept.made_at,
        "made_by": kept.source.made_by,
        "recalibrated": dict(kept.recalibrated) or None,
        "trained_on": dict(kept.trained_on),
        "metrics": dict(kept.metrics),
    }


def _recalibrated_in_words(done: Mapping[str, Any]) -> str:
    return (
        f"adapted {done['at']} from version {done['from_version']}, on {done['outcomes']} outcomes: squared error "
        f"{done['squared_error']:.4f}, before {done['squared_error_before']:.4f}, on {done['held_out']} held-out ones"
    )


def _measured_in_words(trained_on: Mapping[str, int]) -> str:
    return (
        f"Measured on {trained_on['test tasks']} held-out tasks, calibrated on {trained_on['validation tasks']} others; "
        f"afterwards calibrated anew on all {trained_on['candidates calibrated on']} candidates of "
        f"{trained_on['tasks calibrated on']} tasks that it was not fitted to, and not measured again."
    )


def _drift(store: Store, found: Found | None) -> dict[str, Any]:
    """Return how the newest outcomes of the history compare with what the Lens was measured on."""
    labelled = _from_history(store.model_hash, None)
    report: dict[str, Any] = {"candidates": len(labelled) if labelled is not None else 0}
    if labelled is None:
        return report
    known = labelled.representative()
    report |= {"judged": len(known), "right": round(float(known.expanded().right.mean()), 4) if len(known) else None}
    fit = _from_history(store.model_hash, found) if _base(found) else labelled
    newest = replay.newest(fit.representative()) if fit is not None else None
    if found is None or newest is None or not len(newest):
        return report
    judged = evaluation.evaluate(found.weights, newest.expanded())
    return report | {
        "scored": len(newest),
        "abstained": judged["abstained"],
        "calibration_error": judged["scorers"]["lens"]["calibration_error"],
        "calibration_error_when_trained": found.weights.metrics.get("calibration_error"),
    }


def _drift_in_words(drift: Mapping[str, Any]) -> str:
    if not drift["candidates"]:
        return "The history of solves knows no outcome of this model yet."
    said = (
        f"The history of solves knows {drift['candidates']} outcomes, {drift['judged']} of solves that the user judged"
    )
    if drift["right"] is not None:
        said += f", which say that {drift['right']:.0%} are right"
    if "calibration_error" not in drift:
        return f"{said}."
    before = drift["calibration_error_when_trained"]
    return (
        f"{said}; calibration error {drift['calibration_error']:.3f} on the newest {drift['scored']} that can be scored, "
        f"{'unknown' if before is None else f'{before:.3f}'} when it was trained; {drift['abstained']:.0%} of them are too "
        "far from what it knows."
    )


def _train(options: argparse.Namespace, store: Store, console: Console, said: Console) -> int:
    if options.recalibrate:
        with recalibrations.alone(store.folder):
            return _recalibrate(options, store, console, said)
    fresh = _new_labels(store, None) if not options.outcomes else []
    data = _data(options, store, said)
    if options.cost_field:
        trained, report = _train_with_torch(data, options.shifted, said)
    else:
        with said.status("training") as status:
            study = evaluation.study(data, shifted=options.shifted, say=status.update)
        trained, report = study.weights, study.report
    found = store.add(trained)
    if not options.outcomes:
        _note_recalibration(store, fresh, replay.Step(swapped=True, reason="trained anew", held_out=0))
    if options.report is not None:
        options.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if options.json:
        _print_json({"path": str(found.path), "version": found.weights.version, "report": report})
    else:
        console.print(_table(report["scorers"]))
        console.print(report["verdict"], markup=False, soft_wrap=True)
        if not options.cost_field:
            console.print("C(x) was not trained; --cost-field does, with torch.")
        console.print(f"Version {found.weights.version}: {found.path}", markup=False, soft_wrap=True)
    return EXIT_OK if trained.earned else EXIT_NO_GAIN


def _recalibrate(options: argparse.Namespace, store: Store, console: Console, said: Console) -> int:
    found = _in_use(store)
    champion = found.weights
    fresh = _new_labels(store, found) if not options.outcomes else []
    if options.after and options.outcomes:
        raise LensError("--after counts the outcomes of the history; leave it out, or the files.")
    report: dict[str, Any] = {"version": None, "new_outcomes": len(fresh)}
    if len(fresh) < options.after:
        step = replay.Step(swapped=False, reason=f"{len(fresh)} of {options.after} new outcomes are there", held_out=0)
    else:
        data = _data(options, store, said)
        base = _base(found)
        if base and base not in data.vectors:
            raise LensError(
                f"The Lens in use ({champion.name}) scores embeddings of {base!r}, which these outcomes do not have. Name "
                "a file of outcomes with them."
            )
        challenger, step = replay.recalibrate(champion, data)
        if not options.outcomes:
            _note_recalibration(store, fresh, step)  # first: one that is ended in between tries no outcome twice
        if step.swapped:
            report["version"] = store.add(challenger).weights.version
    if options.json:
        _print_json(report | asdict(step))
    else:
        now = f"version {report['version']} is in use" if step.swapped else f"version {champion.version} stays"
        console.print(f"{step.reason}: {now}.", markup=False, soft_wrap=True)
    return EXIT_OK if step.swapped else EXIT_NO_GAIN


def _new_labels(store: Store, found: Found | None) -> list[float]:
    """Return when each outcome of the history became known that was there at no try before, and that a Lens can score."""
    last = recalibrations.last(store.folder)
    since, base = last.until if last is not None else 0.0, _base(found)
    definition = weights.definition_of(found.weights) if found is not None else ""
    return (
        read(
            history_path(),
            lambda connection: [
                label.at
                for label in later(history_store.judged(connection, store.model_hash, since), since)
                if not base or is_of(label.candidate, base, definition)
            ],
        )
        or []
    )


def _note_recalibration(store: Store, fresh: Sequence[float], step: replay.Step) -> None:
    last = recalibrations.last(store.folder)
    recalibrations.note(
        store.folder,
        Recalibration(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            until=max(fresh, default=last.until if last is not None else 0.0),
            outcomes=len(fresh),
            **asdict(step),
        ),
    )


def _train_with_torch(data: Outcomes, shifted: str, said: Console) -> tuple[weights.Weights, dict[str, Any]]:
    """Train in a process of its own: nothing of the server imports torch."""
    if importlib.util.find_spec("torch") is None:
        raise LensError(
            "C(x) is trained with torch, which is not installed here: `pip install 'atlas-ls[train]'`. Without --cost-field "
            "all other scorers are trained, with numpy."
        )
    with tempfile.TemporaryDirectory(prefix="atlas-lens-") as name:
        folder = Path(name)
        outcomes.save(data, folder / "outcomes.npz")
        command = [
            sys.executable,
            "-m",
            "atlas_lens.train",
            str(folder / "outcomes.npz"),
            "--out",
            str(folder / "lens.npz"),
        ]
        if shifted:
            command += ["--shifted", shifted]
        ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # what it does is told on standard error
        if ended.returncode:
            raise LensError(f"Training C(x) failed with status {ended.returncode}; what it said stands above.")
        said.print("C(x) is trained")
        report: dict[str, Any] = json.loads((folder / "lens.json").read_text(encoding="utf-8"))
        return weights.load(folder / "lens.npz"), report


def _data(options: argparse.Namespace, store: Store, said: Console) -> Outcomes:
    """Return the outcomes of some files, without any those of the history.

    Raises:
        LensError: there are none, or they are of another model.
    """
    if options.outcomes:
        data = outcomes.joined([outcomes.load(path) for path in options.outcomes])
        if data.source.model_hash != store.model_hash:
            raise LensError(
                f"These outcomes are of {data.source.model} ({data.source.model_hash}), the model is {store.model_hash}; "
                "name the model they were sampled from with --model."
            )
        return data
    found = store.load()
    base = _base(found)
    known, fit = _from_history(store.model_hash, None), _from_history(store.model_hash, found)
    if known is None:
        raise LensError(
            f"The history of solves knows no outcome of the model {store.model_hash} to learn from. Name files with "
            "outcomes, for example those of `python -m atlas_pocket.outcomes`."
        )
    if base:
        count = len(fit) if fit is not None else 0
        kept = f"{count} of the {len(known)} outcomes of the history have embeddings of {base!r}"
        if fit is None and options.recalibrate:
            raise LensError(
                f"{kept}, which the Lens in use scores. Solves keep them while a setting of lens.* uses it; until then, "
                "name a file of outcomes."
            )
        said.print(
            f"{kept}; {'features are learned from' if fit is None else 'the others are left out'}.", markup=False
        )
    return fit if fit is not None else known


def _from_history(model_hash: str, found: Found | None) -> Outcomes | None:
    """Return the outcomes of the history that a Lens can score; None: all of them, without embeddings."""
    base = _base(found)
    source = found.weights.source if found is not None and base else None
    return read(
        history_path(),
        lambda connection: outcomes_of(history_store.export(connection), model_hash, view=base, source=source),
    )


def _base(found: Found | None) -> str:
    """Return of what the Lens scores embeddings; empty where it scores none."""
    return views.base_of(found.weights.scorer.space.view) if found is not None else ""


def _evaluate(options: argparse.Namespace, store: Store, console: Console, said: Console) -> int:
    report = evaluation.evaluate(_in_use(store).weights, _data(options, store, said))
    if options.json:
        _print_json(report)
        return EXIT_OK
    console.print(_table(report["scorers"]))
    console.print(
        f"{report['data']['tasks']} tasks, {report['data']['mixed_tasks']} of them mixed; the Lens ({report['scorer']}, "
        f"version {report['version']}) abstains from {report['abstained']:.1%} of "
        f"{report['data']['candidates']} candidates.",
        markup=False,
        soft_wrap=True,
    )
    return EXIT_OK


def _export(options: argparse.Namespace, store: Store, console: Console, _: Console) -> int:
    found = _in_use(store)
    if options.file.exists():
        raise LensError(f"{options.file} exists; name a new file.")
    weights.save(found.weights, options.file)
    if options.json:
        _print_json({"path": str(options.file), **{k: v for k, v in _described(found).items() if k != "path"}})
    else:
        console.print(
            f"{found.weights.name}, version {found.weights.version}: {options.file}", markup=False, soft_wrap=True
        )
    return EXIT_OK


def _rollback(options: argparse.Namespace, store: Store, console: Console, _: Console) -> int:
    before = store.current()
    now = store.rollback()
    if options.json:
        _print_json({"before": before, "version": now})
    else:
        name = f"version {now}" if now is not None else "what is shipped, if anything"
        console.print(f"Version {before} is out of use; in use is {name}.", markup=False)
    return EXIT_OK


def _in_use(store: Store) -> Found:
    found = store.load()
    if found is None:
        raise LensError(f"There is no Lens for the model {store.model_hash}. `atlas-ls lens train OUTCOMES` makes one.")
    return found


def _table(rows: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table()
    table.add_column("scorer")
    for name in _SHOWN:
        table.add_column(name.replace("_", " "), justify="right")
    for scorer, row in rows.items():
        table.add_row(scorer, *(_cell(row.get(name)) for name in _SHOWN))
    return table


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case {"mean": mean, "low": low, "high": high}:
            return f"{mean:.3f} [{low:.3f}, {high:.3f}]"
        case _:
            return f"{value:.3f}"


def _print_json(report: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({**report, "schema": SCHEMA}) + "\n")
