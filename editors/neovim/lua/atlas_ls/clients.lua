-- Talking to the server, the same way on every version of Neovim.
local config = require("atlas_ls.config")

local M = {}

local CANCELLED = -32800

---Call a method of a client. Those of Neovim 0.10 do not take the client as their first argument.
---@param client vim.lsp.Client
---@param method string
---@return any ...
function M.call(client, method, ...)
  if vim.fn.has("nvim-0.11") == 1 then
    return client[method](client, ...)
  end
  return client[method](...)
end

---The running clients, of one buffer or of all.
---@param buffer? integer
---@return vim.lsp.Client[]
function M.all(buffer)
  return vim.tbl_filter(function(client)
    return not M.call(client, "is_stopped")
  end, vim.lsp.get_clients({ name = config.NAME, bufnr = buffer }))
end

---The arguments that name the function at the cursor of a window.
---@param client vim.lsp.Client
---@param window? integer
---@return atlas.CommandArguments
function M.here(client, window)
  local buffer = vim.api.nvim_win_get_buf(window or 0)
  local params = vim.lsp.util.make_position_params(window or 0, client.offset_encoding)
  return {
    uri = params.textDocument.uri,
    position = params.position,
    version = vim.lsp.util.buf_versions[buffer],
  }
end

---Have a server run a command. The server shows its own errors; what is shown here is that it could not be asked.
---@param client vim.lsp.Client
---@param name string For example "solve".
---@param arguments atlas.CommandArguments
---@param on_answer? fun(answer: atlas.Answer)
---@param buffer? integer
function M.execute(client, name, arguments, on_answer, buffer)
  local command = "atlas.server." .. name
  local message = require("atlas_ls.message")
  local provider = client.server_capabilities and client.server_capabilities.executeCommandProvider
  if not vim.tbl_contains(provider and provider.commands or {}, command) then
    local reason = "this server does not know the command %s: update atlas-ls, then :Atlas restart"
    message.show(reason:format(command), vim.log.levels.ERROR)
    return
  end
  local params = { command = command, arguments = { arguments } }
  local sent = M.call(client, "request", "workspace/executeCommand", params, function(err, answer)
    if err and err.code ~= CANCELLED then
      message.show(("%s: %s"):format(name, err.message or vim.inspect(err)), vim.log.levels.ERROR)
    end
    if on_answer then
      on_answer(
        err and { status = err.code == CANCELLED and "cancelled" or "error", message = err.message } or answer
      )
    end
  end, buffer)
  if not sent then
    message.show("the server has ended: :Atlas restart", vim.log.levels.ERROR)
  end
end

return M
