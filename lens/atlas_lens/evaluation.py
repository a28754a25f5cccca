"""All scorers side by side on held-out tasks, and which of them is used: `study`.

Every choice (view, ridge, kind of calibration, scorer, distance) is made on the validation side; the test side says how
good the choices are. A scorer earns its place if on at least 300 held-out tasks, by a paired bootstrap, it picks better than
log-probability, both alone and as the prior beside the evidence of the runs; with fewer tasks nothing is concluded or used.
What is used is calibrated anew afterwards, on all outcomes that it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from atlas_lens import familiarity, metrics, views
from atlas_lens.calibration import Calibration, Doubles, fit_isotonic, fit_platt
from atlas_lens.errors import LensError
from atlas_lens.familiarity import Reach
from atlas_lens.metrics import Interval, Rows
from atlas_lens.outcomes import Outcomes, Split, rows_of, split
from atlas_lens.scorers import RIDGES, Batch, OneFeature, Scorer, Space, chance, fit_feature, fit_logistic
from atlas_lens.weights import Weights

LEAST_TASKS = 300
"""Held-out tasks without which nothing is concluded."""
BASELINE = "log-probability"
SIZES = (3, 5, 8)
EVIDENCE_SIZE = 5
"""Candidates of the draw on which a prior has to gain beside the evidence."""

FitCostField = Callable[[Outcomes, Outcomes, str], Scorer]
"""From the training and the validation side and a view."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A scorer with its calibration."""

    scorer: Scorer
    calibration: Calibration
    validation: float
    """Share of right picks on the validation side's mixed tasks."""
    reach: Reach | None = None
    """Outside of it the product hears nothing; None where it looks at no embedding, or none was measured."""

    @property
    def view(self) -> str:
        """What of the embeddings it looks at; empty where it looks at none."""
        return self.scorer.space.view


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What came of comparing scorers."""

    report: dict[str, Any]
    weights: Weights


def study(
    outcomes: Outcomes,
    *,
    shifted: str = "",
    fit_cost_field: FitCostField | None = None,
    version: int = 1,
    say: Say = lambda _: None,
) -> Study:
    """Train and compare all scorers.

    Args:
        outcomes: of one model.
        shifted: a domain that is left out of training and validation, to be measured on apart; empty for none.
        fit_cost_field: trains C(x) (`train.fit_cost_field`); None where there is no torch.
        version: of the weights.
        say: told what is being done.

    Raises:
        LensError: there are too few outcomes to train anything.
    """
    known = outcomes.where(outcomes.domain != shifted) if shifted else outcomes
    away = outcomes.where(outcomes.domain == shifted) if shifted else None
    if away is not None and not len(away):
        raise LensError(f"No outcome is of {shifted!r}; there are {', '.join(sorted(set(outcomes.domain.tolist())))}.")
    sides = split(known)
    for name, side in (("training", sides.train), ("validation", sides.validation), ("test", sides.test)):
        if not len(side.representative()):
            raise LensError(
                f"The {name} side has {len(side)} candidates, none of a solve that somebody judged. P(right) cannot be "
                "learned from bodies that are known only because they fail an example; accept or reject more results."
            )
        if len(set(side.right.tolist())) < 2:
            raise LensError(
                f"The {name} side has {len(side)} candidates of {len(side.tasks())} tasks, all equally right: "
                "too few outcomes to train a Lens. Collect more, and harder ones."
            )
    trained = _train(sides, fit_cost_field, say)
    test_tasks = sides.test.tasks()
    learned = {name: each for name, each in trained.items() if name not in ("random",)}
    chosen = max(learned, key=lambda name: learned[name].validation)
    kind, distance_report = _familiarities(learned, sides, away, say)
    if trained[chosen].view:
        trained[chosen] = replace(trained[chosen], reach=_reach(trained[chosen], kind, sides))
    say(f"measuring on {len(test_tasks)} held-out tasks")
    rows = {name: _measured(each, trained[BASELINE], sides.test) for name, each in trained.items()}
    margin = _picks(trained[chosen], sides.test, versus=trained[BASELINE])
    beside = _beside_evidence(trained[chosen], trained[BASELINE], sides.test)
    conclusive = len(test_tasks) >= LEAST_TASKS
    better = chosen != BASELINE and margin is not None and margin.low > 0.0
    earned = conclusive and better and (beside is None or beside.low > 0.0)
    used = chosen if earned else BASELINE
    report: dict[str, Any] = {
        "schema": 1,
        "model": outcomes.source.model,
        "model_hash": outcomes.source.model_hash,
        "embedding_definition": outcomes.source.embedding_definition,
        "last_token_definition": outcomes.source.last_token_definition,
        "data": {
            "train": _counts(sides.train),
            "validation": _counts(sides.validation),
            "test": _counts(sides.test),
            **({f"shifted: {shifted}": _counts(away)} if away is not None else {}),
        },
        "scorers": rows,
        "shifted": {name: _measured(each, trained[BASELINE], away) for name, each in trained.items()}
        if away is not None
        else {},
        "chosen_on_validation": chosen,
        "chosen_against_log_probability": _plain(margin),
        "chosen_against_log_probability_beside_evidence": _plain(beside),
        "conclusive": conclusive,
        "earned": earned,
        "default": used,
        "verdict": _verdict(chosen, margin, beside, len(test_tasks), earned),
        "with_evidence": {
            name: _with_evidence(trained[name], sides.test) for name in dict.fromkeys((chosen, BASELINE))
        },
        "with_evidence_shifted": {
            name: _with_evidence(trained[name], away) for name in dict.fromkeys((chosen, BASELINE)) if away is not None
        },
        "familiarity": distance_report,
    }
    fresh = _not_fitted(trained[used].scorer, outcomes, sides)
    weights = Weights(
        source=outcomes.source,
        version=version,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        name=used,
        scorer=trained[used].scorer,
        calibration=calibrated(trained[used].scorer, fresh),
        reach=trained[used].reach,
        trained_on=_trained_on(sides, fresh),
        metrics=rows[used],
        earned=earned,
    )
    return Study(report=report, weights=weights)


def _not_fitted(scorer: Scorer, outcomes: Outcomes, sides: Split) -> Outcomes:
    """Return what a scorer can be calibrated on once it is measured: all outcomes but those that its numbers were fitted to.

    On these its probabilities would look better than they are. A single feature has no numbers but its sign.
    """
    if isinstance(scorer, OneFeature):
        return outcomes
    return outcomes.where(~np.isin(outcomes.group, np.unique(sides.train.group)))


def _verdict(chosen: str, margin: Interval | None, beside: Interval | None, tasks: int, earned: bool) -> str:
    if margin is None:
        return "inconclusive: no held-out task has both right and wrong candidates"
    said = f"{chosen} picks {_points(margin)} more right than log-probability on {margin.n} mixed tasks"
    if beside is not None:
        said += f", and {_points(beside)} beside the evidence of the runs, on {beside.n} tasks"
    if tasks < LEAST_TASKS:
        return f"inconclusive: {tasks} held-out tasks, {LEAST_TASKS} are needed; {said}"
    if earned:
        return f"{said}: it is used"
    return f"{said}: not shown to be better, so log-probability stays and the Lens is out of the ranking"


def _points(found: Interval) -> str:
    return f"{100 * found.mean:+.1f} points [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _train(sides: Split, fit_cost_field: FitCostField | None, say: Say) -> dict[str, Trained]:
    """Return every scorer by name, baselines first."""
    train, validation = sides.train, sides.validation
    found: dict[str, Scorer] = {
        "random": chance(train),
        BASELINE: fit_feature("mean_logprob", train),
        "length": fit_feature("characters", train),
        "votes": fit_feature("votes", train),
    }
    if np.isnan(train.feature("mean_logprob")).all():
        raise LensError("No candidate has a log-probability; the baseline that a Lens has to beat is missing.")
    say("logistic regression on the features")
    found["logistic, features"] = best_logistic(train, validation, "")
    for view in views.all_of(train.vectors):
        say(f"logistic regression on {view}")
        found[f"logistic, {view}"] = best_logistic(train, validation, view)
        if fit_cost_field is not None:
            say(f"cost field on {view}")
            found[f"cost field, {view}"] = fit_cost_field(train, validation, view)
    return {
        name: Trained(
            scorer=scorer,
            calibration=calibrated(scorer, validation),
            validation=_share_picked(scorer, validation),
        )
        for name, scorer in found.items()
    }


def best_logistic(train: Outcomes, validation: Outcomes, view: str) -> Scorer:
    """Return the logistic regression whose ridge gives the best order within the validation side's tasks."""
    fitted = [fit_logistic(train, view=view, ridge=ridge) for ridge in RIDGES]
    return max(fitted, key=lambda scorer: mean_within(scorer, validation))


def mean_within(scorer: Scorer, outcomes: Outcomes) -> float:
    """Return the mean AUROC within tasks; one half where no task is mixed."""
    found = metrics.within_tasks(_scores(scorer, outcomes), outcomes.right, outcomes.tasks())
    return float(np.nanmean(found)) if not np.isnan(found).all() else 0.5


def _scores(scorer: Scorer, outcomes: Outcomes) -> Doubles:
    """Return scores to choose by: where one is unknown, the worst."""
    scores = scorer.scores(Batch.of(outcomes))
    return np.where(np.isnan(scores), -np.inf, scores)


def _share_picked(scorer: Scorer, outcomes: Outcomes) -> float:
    tasks = metrics.mixed(outcomes.right, outcomes.tasks())
    return float(metrics.picked(_scores(scorer, outcomes), outcomes.right, tasks).mean()) if tasks else 0.0


def calibrated(scorer: Scorer, outcomes: Outcomes) -> Calibration:
    """Return the calibration, Platt's or isotonic, with the lower squared error on the other half of the tasks.

    Of outcomes that are representative only: scores may be learned from others, P(right) may not.
    """
    outcomes = outcomes.representative().expanded()
    scores = _scores(scorer, outcomes)
    finite = np.isfinite(scores)
    scores, right, group = scores[finite], outcomes.right[finite], outcomes.group[finite]
    names = np.unique(group)
    first = np.isin(group, names[::2])
    errors = {}
    for kind, fit in (("platt", fit_platt), ("isotonic", fit_isotonic)):
        error = 0.0
        for half in (first, ~first):
            if half.any() and not half.all():
                error += metrics.brier(fit(scores[half], right[half]).probability(scores[~half]), right[~half])
        errors[kind] = error
    return fit_isotonic(scores, right) if errors["isotonic"] < errors["platt"] else fit_platt(scores, right)


def _measured(trained: Trained, baseline: Trained, outcomes: Outcomes) -> dict[str, Any]:
    """Return one line of the comparison."""
    scores = _scores(trained.scorer, outcomes)
    tasks = outcomes.tasks()
    both = metrics.mixed(outcomes.right, tasks)
    whole = outcomes.representative().expanded()
    scores_of_whole = _scores(trained.scorer, whole)
    known = np.isfinite(scores_of_whole)
    probabilities, right = trained.calibration.probability(scores_of_whole[known]), whole.right[known]
    versus = _picks(trained, outcomes, versus=baseline)
    order, theirs = (
        metrics.within_tasks(each, outcomes.right, both) for each in (scores, _scores(baseline.scorer, outcomes))
    )
    return {
        "calibration": type(trained.calibration).__name__.lower(),
        "auroc_within_tasks": _plain(metrics.interval(order)),
        "auroc_within_tasks_minus_log_probability": _plain(metrics.difference(order, theirs)),
        "picked_right": _plain(_picks(trained, outcomes)),
        "picked_right_minus_log_probability": _plain(versus),
        "tries_until_right": _plain(metrics.interval(metrics.tries(scores, outcomes.right, both))),
        "calibration_error": round(metrics.calibration_error(probabilities, right), 4),
        "calibration_error_interval": _plain(
            metrics.calibration_interval(probabilities, right, rows_of(whole.task[known]))
        ),
        "brier": round(metrics.brier(probabilities, right), 4),
        "auroc_of_all": _rounded(metrics.auroc(scores_of_whole[known], right)),
        "validation_picked_right": round(trained.validation, 4),
    }


def _picks(trained: Trained, outcomes: Outcomes, *, versus: Trained | None = None) -> Interval | None:
    """Return the share of right picks on mixed tasks, or by how much that is more than another's."""
    both = metrics.mixed(outcomes.right, outcomes.tasks())
    if not both:
        return None
    ours = metrics.picked(_scores(trained.scorer, outcomes), outcomes.right, both)
    if versus is None:
        return metrics.interval(ours)
    return metrics.difference(ours, metrics.picked(_scores(versus.scorer, outcomes), outcomes.right, both))


def _beside_evidence(ours: Trained, theirs: Trained, outcomes: Outcomes) -> Interval | None:
    """Return by how much the product chooses better with one prior than with another, of five; None without evidence."""
    if "examples" not in outcomes.evidence:
        return None
    tasks = _drawn(outcomes, EVIDENCE_SIZE)
    chosen = [_chosen(outcomes, tasks, EVIDENCE_SIZE, _prior(each, outcomes), "weak") for each in (ours, theirs)]
    return metrics.difference(*chosen)


def _prior(trained: Trained, outcomes: Outcomes) -> Doubles:
    """Return P(right) as the product hears it (`Lens.of_batch`), (n,): NaN where the scorer abstains."""
    scores = _scores(trained.scorer, outcomes)
    known = np.isfinite(scores)
    if trained.reach is not None:
        known &= trained.reach.covers(Batch.of(outcomes))
    return np.where(known, trained.calibration.probability(scores), np.nan)


def _drawn(outcomes: Outcomes, size: int) -> list[Rows]:
    """Return each task's candidates among the first so many drawn."""
    place = outcomes.evidence[f"place@{size}"]
    drawn = [rows[~np.isnan(place[rows])] for rows in outcomes.tasks()]
    return [rows for rows in drawn if len(rows)]


def _with_evidence(trained: Trained, outcomes: Outcomes) -> dict[str, Any]:
    """Return how often the product's choice is right, by how many were drawn, without (B) and with (C) the scorer's prior.

    On all tasks, also those that are not mixed: that is what a user meets. `ties` lets P(right) decide between candidates
    of equal evidence, `weak` also adds it to the score where no example is given.
    """
    found: dict[str, Any] = {}
    if "examples" not in outcomes.evidence:
        return found
    prior = _prior(trained, outcomes)
    for size in SIZES:
        drawn = _drawn(outcomes, size)
        for kind in ("with examples", "without examples"):
            tasks = [
                rows for rows in drawn if (outcomes.evidence["examples"][rows[0]] > 0) == (kind == "with examples")
            ]
            if not tasks:
                continue
            plain = _chosen(outcomes, tasks, size, prior, "off")
            mean = np.array([outcomes.right[rows].mean() for rows in tasks])
            any_right = np.array([float(outcomes.right[rows].any()) for rows in tasks])
            found[f"k={size}, {kind}"] = {
                "random": _plain(metrics.interval(mean)),
                "oracle": _plain(metrics.interval(any_right)),
                "B": _plain(metrics.interval(plain)),
                **{
                    f"C minus B, {use}": _plain(metrics.difference(_chosen(outcomes, tasks, size, prior, use), plain))
                    for use in ("ties", "weak")
                },
                "prior alone minus B": _plain(
                    metrics.difference(_chosen(outcomes, tasks, size, prior, "alone"), plain)
                ),
            }
    return found


def _chosen(outcomes: Outcomes, tasks: Sequence[Rows], size: int, prior: Doubles, use: str) -> Doubles:
    """Return for each task whether the first of the ranking is right; what `prior` is NaN for has the mean of the others."""
    evidence = outcomes.evidence
    filled = _neutral(prior, tasks)

    def key(row: int) -> tuple[float, ...]:
        score, place = float(evidence[f"score@{size}"][row]), float(evidence[f"place@{size}"][row])
        p = float(filled[row])
        before = (-float(evidence[f"passed@{size}"][row]), float(evidence[f"faulty@{size}"][row]))
        if use == "off":
            return (place,)
        if use == "alone":
            return (-p, place)
        if use == "weak" and not evidence["examples"][row]:
            return (*before, -(score + p), place)
        return (*before, -round(score, 6), -p, place)

    return np.array([float(outcomes.right[min(rows.tolist(), key=key)]) for rows in tasks])


def _neutral(prior: Doubles, tasks: Sequence[Rows]) -> Doubles:
    """Return the prior, and where it is unknown the mean of the task's others, as `selection.rank` does; 0 without any."""
    filled = np.zeros(len(prior))
    for rows in tasks:
        known = ~np.isnan(prior[rows])
        mean = prior[rows][known].mean() if known.any() else 0.0
        filled[rows] = np.where(known, prior[rows], mean)
    return filled


def _reach(trained: Trained, kind: str, sides: Split) -> Reach:
    """Return the reach of a scorer of embeddings, by a kind of distance, in the space of its view without its centring."""
    space = Space.of(sides.train, view=views.base_of(trained.view))
    return Reach.of(familiarity.FITS[kind](space.inputs(Batch.of(sides.train))), space, Batch.of(sides.validation))


def _familiarities(
    learned: Mapping[str, Trained], sides: Split, away: Outcomes | None, say: Say
) -> tuple[str, dict[str, Any]]:
    """Return the kind of distance to abstain by, and how all of them order the mistakes of the best scorer of embeddings.

    It is the one that is better on the validation side. Without embeddings there is nothing to be far from, and the report
    is empty.
    """
    embedding = {name: each for name, each in learned.items() if each.view}
    if not embedding:
        return "", {}
    name = max(embedding, key=lambda name: embedding[name].validation)
    trained = embedding[name]
    fitted: dict[str, Reach] = {}
    for kind in familiarity.FITS:
        say(f"distance: {kind}")
        fitted[kind] = _reach(trained, kind, sides)
    where = {"validation": sides.validation, "test": sides.test}
    if away is not None:
        # Abstention is for a mix of what is known and what is not.
        where["shifted"] = away
    report: dict[str, Any] = {"of": name}
    far = {
        side: {kind: each.distances(Batch.of(outcomes)) for kind, each in fitted.items()}
        for side, outcomes in where.items()
    }
    for side, outcomes in where.items():
        report[side] = _abstention(trained, far[side], outcomes)
    if away is not None:
        report["tells shifted from held-out (AUROC)"] = {
            kind: _rounded(
                metrics.auroc(
                    np.concatenate([far["shifted"][kind], far["test"][kind]]),
                    np.arange(len(away) + len(sides.test)) < len(away),
                )
            )
            for kind in fitted
        }
    report["chosen"] = min(fitted, key=lambda kind: report["validation"][kind]["excess_area"])
    return report["chosen"], report


def _abstention(trained: Trained, far: Mapping[str, Doubles], outcomes: Outcomes) -> dict[str, Any]:
    """Return how well some distances order a scorer's squared errors, and the differences between every two of them.

    By the area between the risk-coverage curve and the best possible one (less is better), and the risk at some coverages.
    """
    probabilities = trained.calibration.probability(_scores(trained.scorer, outcomes))
    losses = (probabilities - outcomes.right) ** 2
    mean, tasks = float(losses.mean()), outcomes.tasks()
    best = float(metrics.risk_coverage(losses, losses).mean())
    found: dict[str, Any] = {}
    for kind, distances in far.items():
        curve = metrics.risk_coverage(losses, distances)
        found[kind] = {
            "excess_area": round(metrics.excess_area(losses, distances), 5),
            "risk_at_50": round(float(curve[len(curve) // 2 - 1]), 5),
            "risk_at_80": round(float(curve[max(0, len(curve) * 4 // 5 - 1)]), 5),
        }
    found[metrics.RANDOM_ORDER] = {
        "excess_area": round(mean - best, 5),
        "risk_at_50": round(mean, 5),
        "risk_at_80": round(mean, 5),
    }
    found["area_differences"] = {
        f"{ours} - {theirs}": _plain(apart)
        for (ours, theirs), apart in metrics.area_differences(losses, far, tasks).items()
    }
    return found


def evaluate(weights: Weights, outcomes: Outcomes) -> dict[str, Any]:
    """Return how a trained Lens does on other outcomes of its model, beside log-probability and chance.

    Raises:
        LensError: they are of another model, or lack what the scorer needs.
    """
    if outcomes.source.model_hash != weights.source.model_hash:
        raise LensError(
            f"The Lens is for {weights.source.model} ({weights.source.model_hash}), these outcomes are of "
            f"{outcomes.source.model} ({outcomes.source.model_hash}); name outcomes of the same model."
        )
    base = views.base_of(weights.scorer.space.view)
    if base and base not in outcomes.vectors:
        raise LensError(
            f"The Lens scores embeddings of {base!r}, and these outcomes have {', '.join(outcomes.vectors) or 'none'}; "
            "take them with `python -m atlas_pocket.outcomes`."
        )
    batch = Batch.of(outcomes)
    abstained = ~weights.reach.covers(batch) if weights.reach is not None else np.zeros(len(outcomes), dtype=np.bool_)
    ours = Trained(scorer=weights.scorer, calibration=weights.calibration, validation=0.0)
    baselines = {"random": chance(outcomes), BASELINE: fit_feature("mean_logprob", outcomes)}
    others = {
        name: Trained(scorer=scorer, calibration=calibrated(scorer, outcomes), validation=0.0)
        for name, scorer in baselines.items()
    }
    rows = {name: _measured(each, others[BASELINE], outcomes) for name, each in {"lens": ours, **others}.items()}
    for row in rows.values():
        del row["validation_picked_right"]
    return {
        "schema": 1,
        "model": weights.source.model,
        "version": weights.version,
        "scorer": weights.name,
        "data": _counts(outcomes),
        "abstained": round(float(abstained.mean()), 4),
        "scorers": rows,
    }


def learning_curve(
    outcomes: Outcomes, fit: Callable[[Outcomes, Outcomes], Scorer], *, sizes: Sequence[int], shifted: str = ""
) -> list[dict[str, Any]]:
    """Return how a scorer does on the test side, by how many training tasks it saw."""
    sides = split(outcomes.where(outcomes.domain != shifted) if shifted else outcomes)
    tasks = sides.train.tasks()
    found = []
    for size in sizes:
        if size > len(tasks):
            break
        scorer = fit(sides.train.where(np.concatenate(tasks[:size])), sides.validation)
        both = metrics.mixed(sides.test.right, sides.test.tasks())
        scores = _scores(scorer, sides.test)
        found.append(
            {
                "tasks": size,
                "picked_right": _plain(metrics.interval(metrics.picked(scores, sides.test.right, both))),
                "auroc_within_tasks": _plain(metrics.interval(metrics.within_tasks(scores, sides.test.right, both))),
            }
        )
    return found


def _counts(outcomes: Outcomes) -> dict[str, int]:
    tasks = outcomes.tasks()
    return {
        "tasks": len(tasks),
        "groups": len(np.unique(outcomes.group)),
        "mixed_tasks": len(metrics.mixed(outcomes.right, tasks)),
        "candidates": len(outcomes),
        "right": int(outcomes.right.sum()),
    }


def _trained_on(sides: Split, fresh: Outcomes) -> Mapping[str, int]:
    found = {
        "training tasks": len(sides.train.tasks()),
        "training candidates": len(sides.train),
        "validation tasks": len(sides.validation.tasks()),
        "test tasks": len(sides.test.tasks()),
        "tasks calibrated on": len(fresh.tasks()),
        "candidates calibrated on": len(fresh),
    }
    names, counts = np.unique(sides.train.provenance, return_counts=True)
    return found | {f"labelled by {name}": int(count) for name, count in zip(names, counts, strict=True)}


def _plain(found: Interval | None) -> dict[str, float] | None:
    return {name: round(value, 4) for name, value in asdict(found).items()} if found is not None else None


def _rounded(value: float | None) -> float | None:
    return round(value, 4) if value is not None else None
