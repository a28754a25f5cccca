"""One "this case is right" or "this case is wrong": judges what a solve found again, with what the user said."""

from __future__ import annotations

from dataclasses import replace

from atlas_pipeline.errors import UsageError
from atlas_pipeline.history import Outcome
from atlas_pipeline.rechecking import recheck
from atlas_pipeline.records import Level, Provenance, TestCase
from atlas_pipeline.surroundings import Surroundings
from atlas_server.jobs import Answer
from atlas_server.report import case_shown
from atlas_server.results import Result
from atlas_server.solve_job import SolveJob, judged_again


class ConfirmJob(SolveJob):
    """A right case becomes a given example. A wrong one leaves out every candidate that does that. No tokens are spent."""

    title = "Confirm a case of"
    doing = "Confirming"

    async def work(self, surroundings: Surroundings) -> Answer:
        """Judge it again and keep the result in place of the earlier one."""
        before, case = self._case()
        self.kept_as = before.solve
        known = {example.call for example in surroundings.task.examples}
        confirmed = (*before.confirmed, case) if self.options.right else before.confirmed
        refuted = before.refuted if self.options.right else (*before.refuted, case)
        more = tuple(example for example in confirmed if example.call not in known)
        task = replace(surroundings.task, examples=(*surroundings.task.examples, *more))
        settings = self.settings()
        sandbox = await self.open_sandbox(settings)
        events = recheck(
            task, before.found, engine=await self.engine(), sandbox=sandbox, settings=settings, refuted=refuted
        )
        answer = await self.keep(task, events, settings, before.found)
        self.result = replace(judged_again(before, self.result), confirmed=confirmed, refuted=refuted)
        self.session.results.put(self.uri, self.result)
        said = f"{case.call} == {case.expected.shown}" if case.expected is not None else case.call
        if not self.options.right:
            self.session.keep_outcome(before, Outcome.REJECTED, f"the user said that {said} is wrong")
        elif self.result.selection.level is Level.VERIFIED:
            self.session.keep_outcome(before, Outcome.VERIFIED, f"the user said that {said} is right")
        return answer

    def _case(self) -> tuple[Result, TestCase]:
        result = self.session.results.get(self.uri, self.function.qualname)
        index, asked = self.options.case, self.options.asked
        cases = result.selection.cases_to_confirm if result is not None else ()
        if result is None or not cases:
            raise UsageError(f"no case of {self.function.qualname} waits to be confirmed: solve it first")
        if asked:
            index = next((place for place, verdict in enumerate(cases) if case_shown(verdict) == asked), None)
            if index is None:
                raise UsageError(
                    f"nothing was confirmed: the present result of {self.function.qualname} does not rest on {asked}"
                )
        if index is None or not 0 <= index < len(cases):
            raise UsageError(f"{self.function.qualname} has cases 0 to {len(cases) - 1} to confirm, not {index}")
        if result.task.fingerprint != self.function.fingerprint:
            raise UsageError(f"{self.function.qualname} changed since it was solved: solve it again")
        return result, replace(cases[index].case, provenance=Provenance.GIVEN)
