"""One "Check this function": looks for faults in the body that is there, reports them, and changes nothing."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from lsprotocol import types

from atlas_pipeline.checking import Checked, Finding, check
from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.surroundings import Surroundings
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer
from atlas_server.results import Findings


class CheckJob(FunctionJob):
    """Checks one function of an open document."""

    title = "Check"
    doing = "Checking"

    async def work(self, surroundings: Surroundings) -> Answer:
        """Check it; what is found is shown until the function changes."""
        task, settings = surroundings.task, self.settings()
        if task.is_stub:
            raise UsageError(f"{task.qualname} has no body yet that could be checked: solve it")
        sandbox = await self.open_sandbox(settings)
        await self.judge_present(task, sandbox)
        engine = await self.engine()
        checking = check(task, engine=engine, sandbox=sandbox, settings=settings, control=self.job.control)
        checked: Checked | None = None
        async with aclosing(checking) as events:
            async for event in events:
                if isinstance(event, Checked):
                    checked = event
                else:
                    self.take(event)
        if checked is None:
            raise AtlasError("the check ended without a result")
        self.session.findings[self.job.key] = Findings(task=task, findings=checked.findings)
        return self._answer(checked)

    def _answer(self, checked: Checked) -> Answer:
        tried = f"{checked.calls} calls and {checked.voters} samples that pass the examples"
        if checked.findings:
            first = checked.findings[0].message
            more = f", and {len(checked.findings) - 1} more" if len(checked.findings) > 1 else ""
            message = f"{self.function.qualname}: {first}{more}"
            self.server.tell(types.MessageType.Warning, message)
        else:
            message = f"{self.function.qualname}: nothing found with {tried}; that proves nothing"
            self.server.tell(types.MessageType.Info, message)
        found: list[dict[str, Any]] = [_json(finding) for finding in checked.findings]
        return {
            "status": "checked",
            "message": message,
            "findings": found,
            "calls": checked.calls,
            "voters": checked.voters,
        }


def _json(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "call": finding.call,
        "actual": finding.actual,
        "expected": finding.expected or None,
        "votes": finding.votes,
        "voters": finding.voters,
        "message": finding.message,
    }
