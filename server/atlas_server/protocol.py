"""The protocol layer: pygls with what it gets wrong put right. Each override names what happens without it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.language_server import _prepare_command_arguments


class AtlasProtocol(LanguageServerProtocol):
    """LSP for long, cancellable commands."""

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Run a command as one coroutine.

        As pygls has it (a generator), `$/cancelRequest` is answered but never reaches the running command, and the
        client's work-done token is dropped.
        """
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams.of(ValueError(f"there is no command {params.command!r}"))
        try:
            arguments, keywords = _prepare_command_arguments(handler, params, self._converter)
        except Exception as error:
            raise JsonRpcInvalidParams.of(error) from error
        self.work_done_token = params.work_done_token
        result = handler(*arguments, **keywords)
        return await result if asyncio.iscoroutine(result) else result

    work_done_token: types.ProgressToken | None = None
    """Token the client sent with the command that is just starting; read it before the first `await`."""

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Shut down with commands in flight.

        As pygls has it, cancelling them changes the dictionary it iterates over, shutdown fails, and Neovim then kills
        the server before it can clean up.
        """
        if (user_handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield user_handler, args, None
        current = self.msg_id
        for msg_id, future in list(self._request_futures.items()):
            if msg_id != current and not future.done():
                future.cancel()
        self._shutdown = True
