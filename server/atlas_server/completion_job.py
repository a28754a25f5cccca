"""The quick solve behind an inline completion: a few plain samples, judged by what is given. It changes nothing."""

from __future__ import annotations

import msgspec

from atlas_pipeline.records import FunctionTask
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_server.jobs import Answer
from atlas_server.solve_job import SolveJob


class CompletionJob(SolveJob):
    """Looks for a verified solution without the stages that take long; its result is kept like any other."""

    title = "Complete"
    kind = "completion"

    def settings(self) -> Settings:
        """Return the settings without self-written tests, questions and measuring of the evidence's strength."""
        settings = super().settings()
        solve = settings.solve
        quick = msgspec.structs.replace(
            solve.with_samples(solve.first_samples),
            test_samples=0,
            input_samples=0,
            property_samples=0,
            mutants=0,
            s_star=False,
        )
        return msgspec.structs.replace(settings, solve=quick)

    def recall(self, task: FunctionTask, settings: Settings) -> tuple[SolveSettings, ...]:
        """Return with which settings an earlier answer may have been drawn: those of a whole solve will do as well."""
        own = super().recall(task, settings)
        return (*own, super().settings().solve) if own else ()

    async def conclude(self, answer: Answer) -> Answer:
        """Leave the document alone: the client shows the solution, and the user takes it or not."""
        return answer
