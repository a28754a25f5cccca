"""May code be sent to another machine? Asked in the editor or in the terminal; the pipeline remembers the answer."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from lsprotocol import types

from atlas_pipeline.errors import AtlasError, RemoteAccessError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

    from atlas_pipeline.engine.remote.consent import ConsentQuestion

ALLOW, REFUSE = "Allow", "Do not send"


async def ask_editor(server: LanguageServer, question: ConsentQuestion) -> bool:
    """Ask the user of the editor.

    Raises:
        RemoteAccessError: the question was closed without an answer; it will be asked again.
    """
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=f"atlas-ls: {question.text}",
            actions=[types.MessageActionItem(title=ALLOW), types.MessageActionItem(title=REFUSE)],
        )
    )
    if answer is None:
        raise RemoteAccessError(
            f"Whether code may be sent to {question.host} was not answered, so nothing was sent. Solve again to be "
            f"asked again, or allow it with `atlas-ls engine allow {question.subject}`."
        )
    return answer.title == ALLOW


async def ask_terminal(settings: EngineSettings, allowed: str | None) -> None:
    """Settle before anything is shown whether the engine of the settings may be used.

    Args:
        settings: whose `url` is the engine, if it is set.
        allowed: what `--allow-remote` names.

    Raises:
        UsageError: `url` cannot be used.
        RemoteAccessError: the user has not allowed it.
    """
    if not (allowed or settings.url):
        return
    from atlas_pipeline.engine.remote.api_key import find_api_key
    from atlas_pipeline.engine.remote.consent import ask_once, remember
    from atlas_pipeline.engine.remote.endpoint import read_endpoint

    if allowed:
        remember(allowed, allowed=True)
    if not settings.url:
        return
    endpoint = read_endpoint(settings.url)
    key = find_api_key(settings.api_key_env, endpoint)
    ask = _ask_terminal if sys.stdin.isatty() and sys.stderr.isatty() else None
    await ask_once(endpoint, ask, key_source=key.source if key else "")


def run_engine_allow(host: str) -> int:
    """Run `atlas-ls engine allow`; return its exit code."""
    from atlas_pipeline.engine.remote.consent import consent_file, remember

    try:
        remember(host, allowed=True)
    except (AtlasError, OSError) as error:
        sys.stderr.write(f"atlas-ls: {error}\n")
        return 2
    sys.stderr.write(f"Code may be sent to {host}. This is remembered in {consent_file()}.\n")
    return 0


async def _ask_terminal(question: ConsentQuestion) -> bool:
    sys.stderr.write(f"{question.text} [y/N] ")
    sys.stderr.flush()
    answer = await asyncio.to_thread(sys.stdin.readline)
    return answer.strip().lower() in ("y", "yes")
