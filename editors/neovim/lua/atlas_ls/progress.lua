-- What the server is working on, from Neovim's LspProgress events, and how to end it.
local clients = require("atlas_ls.clients")
local config = require("atlas_ls.config")

local M = {}

---@type table<integer, table<integer|string, atlas.Progress>>
local running = {}

---@param client_id integer
---@param params { token: integer|string, value: table }
local function take(client_id, params)
  local value, of_client = params.value, running[client_id] or {}
  running[client_id] = of_client
  if value.kind == "end" then
    of_client[params.token] = nil
    return
  end
  local before = of_client[params.token] or {}
  of_client[params.token] = {
    client_id = client_id,
    token = params.token,
    title = value.title or before.title or "",
    message = value.message or before.message or "",
    percentage = value.percentage or before.percentage,
  }
end

---Follow the progress of our servers. Called once, when the first one starts.
function M.watch()
  vim.api.nvim_create_autocmd("LspProgress", {
    group = vim.api.nvim_create_augroup("atlas_ls.progress", {}),
    desc = "What atlas-ls is working on",
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      local params = event.data.params or event.data.result
      if client and client.name == config.NAME and params and type(params.value) == "table" then
        take(client.id, params)
        vim.cmd.redrawstatus({ bang = true })
      end
    end,
  })
end

---What runs now.
---@param buffer? integer Only what servers of this buffer do; 0: the current one. Default: all.
---@return atlas.Progress[]
function M.running(buffer)
  local found = {}
  for _, client in ipairs(clients.all(buffer)) do
    vim.list_extend(found, vim.tbl_values(running[client.id] or {}))
  end
  return found
end

---End everything that runs, in all projects; returns how many there were.
---@return integer
function M.cancel_all()
  local all = M.running()
  for _, one in ipairs(all) do
    local client = vim.lsp.get_client_by_id(one.client_id)
    if client then
      clients.call(client, "notify", "window/workDoneProgress/cancel", { token = one.token })
    end
  end
  return #all
end

---@param client_id integer
function M.clear(client_id)
  running[client_id] = nil
end

return M
