"""The real sandbox, opened once for a file of tests."""

import pytest_asyncio

from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox():
    sandbox = await open_sandbox(SandboxSettings())
    yield sandbox
    await sandbox.aclose()
