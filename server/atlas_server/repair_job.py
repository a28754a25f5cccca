"""One "Repair this function": solves it again, told what stands there and what is wrong with it."""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline import prompts
from atlas_pipeline.edit import present_body
from atlas_pipeline.errors import UsageError
from atlas_pipeline.existing import Existing
from atlas_pipeline.records import FunctionTask, Status
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.surroundings import Surroundings
from atlas_server.jobs import Answer
from atlas_server.report import describe_verdict
from atlas_server.solve_job import SolveJob


class RepairJob(SolveJob):
    """Repairs a body that fails an example or a project test, or of which a check found a fault."""

    title = "Repair"
    doing = "Repairing"
    kind = "repair"

    async def work(self, surroundings: Surroundings) -> Answer:
        """Solve it with its failures in the context; where nothing is known to be wrong, say so and do nothing."""
        task, settings = surroundings.task, self.settings()
        if task.is_stub:
            raise UsageError(f"{task.qualname} has no body yet that could be repaired: solve it")
        sandbox = await self.open_sandbox(settings)
        verdicts = await self.judge_present(task, sandbox)
        failures = [describe_verdict(verdict) for verdict in verdicts if verdict.status is not Status.PASS]
        checked = self.session.findings.get(self.job.key)
        if checked is not None and checked.task.fingerprint == task.fingerprint:
            failures += [finding.message for finding in checked.findings]
        if not failures:
            message = f"{task.qualname} passes its {len(verdicts)} examples: check it, or add one that it fails"
            self.server.tell(types.MessageType.Info, message)
            return {"status": "nothing to repair", "message": message, "applied": False}
        self.existing = Existing(body=present_body(task), failures=tuple(dict.fromkeys(failures)))
        profile = (await (await self.engine()).capabilities()).prompt_profile
        if not prompts.facts(profile).perturbations:
            self.log("this model is shown the function's head alone, not its body and what that fails: fresh samples")
        return await self.keep(task, self.events(task, sandbox, settings), settings)

    def recall(self, task: FunctionTask, settings: Settings) -> tuple[SolveSettings, ...]:
        """Return nothing: the user says that what an earlier solve may have written is wrong."""
        return ()
