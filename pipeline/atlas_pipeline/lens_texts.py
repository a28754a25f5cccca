"""A task and its candidates as the Lens reads them; the same for training data and at run time."""

from __future__ import annotations

from atlas_lens.features import CandidateText, TaskText
from atlas_pipeline.asking import Asker
from atlas_pipeline.records import Candidate, FunctionTask


def task_text(task: FunctionTask, asker: Asker) -> TaskText:
    """Return what the Lens sees of a task, with the prompt its plain samples are asked for with."""
    return TaskText(header=task.header, name=task.name, parameters=task.parameters, prompt=asker.prompt("code"))


def candidate_text(candidate: Candidate) -> CandidateText:
    """Return what the Lens sees of a candidate."""
    return CandidateText(body=candidate.body, tokens=candidate.tokens, mean_logprob=candidate.mean_logprob)
