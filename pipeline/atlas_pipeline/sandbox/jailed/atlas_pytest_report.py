"""A plugin of pytest that writes one JSON line per test, and one at the end, to the descriptor that ATLAS_REPORT names."""

from __future__ import annotations

import json
import os
from typing import Any

_DESCRIPTOR = int(os.environ["ATLAS_REPORT"])
_MESSAGE_CHARS = 2000


def pytest_runtest_logreport(report: Any) -> None:
    """Report a test when it was called, and what went wrong before and after that."""
    if report.when == "call" or report.outcome != "passed":
        _tell(report.nodeid, report.outcome, report.longreprtext, report.duration)


def pytest_collectreport(report: Any) -> None:
    """Report a file that cannot be collected as a test that failed."""
    if report.failed:
        _tell(report.nodeid, "failed", report.longreprtext, 0.0)


def pytest_sessionfinish(exitstatus: int) -> None:
    """Say that every test was run that was to be run: a status alone can come from anywhere."""
    _write({"ended": int(exitstatus)})


def _tell(node_id: str, status: str, message: str, seconds: float) -> None:
    _write({"id": node_id, "status": status, "message": message[-_MESSAGE_CHARS:], "seconds": seconds})


def _write(line: dict[str, Any]) -> None:
    os.write(_DESCRIPTOR, json.dumps(line).encode() + b"\n")
