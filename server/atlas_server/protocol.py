"""The protocol layer: pygls with what it gets wrong put right. Each override names what happens without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from typing import Any

from cattrs import BaseValidationError, transform_error
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
)
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.language_server import _prepare_command_arguments

logger = logging.getLogger(__name__)

_NOT_INITIALIZED = -32002
"""`ServerNotInitialized` of LSP."""


def _is_id(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _with_reason(error: JsonRpcException) -> JsonRpcException:
    """Return an error that names the fields that are wrong, without the user's code."""
    cause = error.__cause__
    if not isinstance(cause, BaseValidationError):
        return JsonRpcInvalidParams(message="the message does not have the form that its method asks for")
    problems = transform_error(cause, format_exception=lambda found, _: type(found).__name__)
    return JsonRpcInvalidParams(message="; ".join(problems[:5]))


class AtlasProtocol(LanguageServerProtocol):
    """LSP for long, cancellable commands. Every request is answered, whatever is wrong with it."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Leave a part of a message as it is.

        As pygls has it, this is called for every object in a message, and an object in the user's data that looks like
        a message becomes one. `handle_message` structures the message itself.
        """
        return data

    def handle_message(self, message: Any) -> None:
        """Deal with one message.

        As pygls has it, a request whose parameters are wrong, or that comes after `shutdown`, is never answered.
        """
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            self._refuse(message, JsonRpcInvalidRequest(message="this is not a message of JSON-RPC 2.0"))
            return
        if "method" in message and (problem := self._why_not_now(message["method"])) is not None:
            self._refuse(message, problem)
            return
        if "id" in message and not _is_id(message["id"]):
            self._refuse(message, JsonRpcInvalidRequest(message="the id must be a whole number or a string"))
            return
        if "id" in message and "method" in message and self._is_notification(message["method"]):
            self._refuse(message, JsonRpcMethodNotFound(message=f"{message['method']} is a notification"))
            return
        try:
            structured = super().structure_message(message)
        except JsonRpcException as error:
            self._refuse(message, _with_reason(error))
            return
        super().handle_message(structured)

    def _why_not_now(self, method: object) -> JsonRpcException | None:
        """Say why a method cannot be called in the present state; None where it can."""
        if not isinstance(method, str):
            return JsonRpcInvalidRequest(message="the method must be a string")
        if method == types.EXIT:
            return None
        if self._shutdown:
            return JsonRpcInvalidRequest(message="the server has been shut down: only `exit` can follow")
        if self._workspace is None and method != types.INITIALIZE:
            return JsonRpcException(message="`initialize` comes first", code=_NOT_INITIALIZED)
        if self._workspace is not None and method == types.INITIALIZE:
            return JsonRpcInvalidRequest(message="the server is initialized already")
        return None

    def _is_notification(self, method: str) -> bool:
        """Tell whether a method takes no id: its id would be lost, and the message never answered."""
        known = self.get_message_type(method)
        return known is not None and not hasattr(known, "id")

    def _refuse(self, message: Any, error: JsonRpcException) -> None:
        """Answer a request with an error, fail our own request if this was its answer, drop anything else."""
        logger.warning("a message was refused: %s", error.message)
        if not isinstance(message, dict):
            self._send_error(None, error)
        elif "method" in message:
            if "id" in message:
                self._send_error(message["id"] if _is_id(message["id"]) else None, error)
        elif _is_id(message.get("id")) and (waiting := self._request_futures.pop(message["id"], None)) is not None:
            waiting.set_exception(error)

    def _send_error(self, msg_id: str | int | None, error: JsonRpcException) -> None:
        # As plain JSON: lsprotocol leaves an id of null out, which makes it no answer at all.
        answer = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": msg_id, "error": answer})

    def refuse_unreadable(self) -> None:
        """Answer what is not even JSON."""
        self._send_error(None, JsonRpcParseError(message="this is not JSON"))

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Announce what pygls does not know of: documents that the server provides, progress of commands."""
        result = yield from super().lsp_initialize(params)
        capabilities = result.capabilities
        if capabilities.workspace is not None:
            capabilities.workspace.text_document_content = types.TextDocumentContentOptions(schemes=["atlas-report"])
        if capabilities.execute_command_provider is not None:
            capabilities.execute_command_provider.work_done_progress = True
        return result

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
