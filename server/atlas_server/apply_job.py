"""One "apply it all the same": judges a result again on a function that was changed since, and applies it if it holds."""

from __future__ import annotations

from atlas_pipeline.errors import UsageError
from atlas_pipeline.rechecking import recheck
from atlas_pipeline.surroundings import Surroundings
from atlas_server.jobs import Answer
from atlas_server.solve_job import SolveJob, judged_again, with_examples


class ApplyJob(SolveJob):
    """The candidates meet the function as it is now: its examples, and the document around it. No tokens are spent."""

    title = "Verify again"
    doing = "Verifying again"
    applied_by = "by the user, verified again for a changed function"

    async def work(self, surroundings: Surroundings) -> Answer:
        """Judge it again and keep the result in place of the earlier one."""
        before = self.session.results.get(self.uri, self.function.qualname)
        if before is None:
            raise UsageError(f"there is no result for {self.function.qualname}: solve it first")
        self.kept_as = before.solve
        task = with_examples(before, surroundings.task)
        settings = self.settings()
        sandbox = await self.open_sandbox(settings)
        engine = await self.engine()
        events = recheck(task, before.found, engine=engine, sandbox=sandbox, settings=settings, refuted=before.refuted)
        answer = await self.keep(task, events, settings, before.found)
        self.result = judged_again(before, self.result)
        self.session.results.put(self.uri, self.result)
        return answer
