-- Starting the server for buffers, and again when it dies.
local clients = require("atlas_ls.clients")
local config = require("atlas_ls.config")
local message = require("atlas_ls.message")

local M = {}

local WINDOW_S = 180
local POLL_MS = 50
local STOP_WITHIN_MS = 5000 -- a server that does not end by itself is killed

---@class atlas.Attached
---@field config table
---@field buffers table<integer, true>

---@type table<integer, atlas.Attached>
local attached = {}

---@type integer[]
local restarted_at = {}

---Buffers that are to have a server once they have a name.
---@type table<integer, true>
local unnamed = {}

---Those that are being stopped for a restart.
---@type table<integer, true>
local stopping = {}

local watching = false

---Whether a buffer can have the server of a client: one for each root, and one for all files that have none.
---@param client vim.lsp.Client
---@param wanted table
---@return boolean
local function reuse(client, wanted)
  return client.name == wanted.name
    and not stopping[client.id]
    and not clients.call(client, "is_stopped")
    and client.config.root_dir == wanted.root_dir
end

---Follow which buffers our servers have. Called with every client configuration that is made.
---@return boolean first Whether this was the first one.
function M.watch()
  if watching then
    return false
  end
  watching = true
  require("atlas_ls.progress").watch()
  local group = vim.api.nvim_create_augroup("atlas_ls.lifecycle", {})
  vim.api.nvim_create_autocmd("LspAttach", {
    group = group,
    desc = "Remember which buffers atlas-ls has",
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == config.NAME and vim.api.nvim_buf_get_name(event.buf) == "" then
        -- Its URI would name no document. Neovim 0.11 and later attach it all the same.
        unnamed[event.buf] = true
        vim.schedule(function()
          if vim.api.nvim_buf_is_valid(event.buf) then
            vim.lsp.buf_detach_client(event.buf, client.id)
          end
        end)
      elseif client and client.name == config.NAME then
        attached[client.id] = attached[client.id] or { config = client.config, buffers = {} }
        attached[client.id].buffers[event.buf] = true
      end
    end,
  })
  vim.api.nvim_create_autocmd("LspDetach", {
    group = group,
    desc = "Forget what atlas-ls said about a buffer",
    callback = function(event)
      require("atlas_ls.status").clear(event.data.client_id, event.buf)
      local known = attached[event.data.client_id]
      -- A server that ends lets go of all its buffers first: those are to have another one.
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if known and client and not clients.call(client, "is_stopped") then
        known.buffers[event.buf] = nil
      end
    end,
  })
  vim.api.nvim_create_autocmd("BufFilePost", {
    group = group,
    desc = "Forget what atlas-ls said about a buffer that has another name now",
    callback = function(event)
      require("atlas_ls.status").clear(nil, event.buf)
    end,
  })
  vim.api.nvim_create_autocmd({ "BufFilePost", "BufWritePost" }, {
    group = group,
    desc = "Start atlas-ls for a buffer that had no name before",
    callback = function(event)
      if unnamed[event.buf] and vim.api.nvim_buf_get_name(event.buf) ~= "" then
        unnamed[event.buf] = nil
        vim.schedule(M.start_everywhere)
      end
    end,
  })
  return true
end

---@param known atlas.Attached
local function start_again(known)
  for buffer in pairs(known.buffers) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      vim.lsp.start(known.config, { bufnr = buffer, reuse_client = reuse })
    end
  end
end

---@return boolean
local function may_restart()
  local now = vim.uv.hrtime() / 1e9
  restarted_at = vim.tbl_filter(function(at)
    return now - at < WINDOW_S
  end, restarted_at)
  if #restarted_at >= config.get().restarts then
    return false
  end
  table.insert(restarted_at, now)
  return true
end

---Called when a server has ended. Signal 15 is Neovim's own way to end one.
---@param code integer
---@param signal integer
---@param client_id integer
function M.on_exit(code, signal, client_id)
  vim.schedule(function()
    local known = attached[client_id]
    attached[client_id] = nil
    require("atlas_ls.progress").clear(client_id)
    require("atlas_ls.view").expect(nil)
    require("atlas_ls.status").clear(client_id)
    local died = code ~= 0 or (signal ~= 0 and signal ~= 15)
    if not known or not died or vim.v.exiting ~= vim.NIL then
      return
    end
    local what = signal ~= 0 and ("signal %d"):format(signal) or ("exit code %d"):format(code)
    if not may_restart() then
      local said = "the server ended (%s) and is not started again: see :Atlas log, then :Atlas restart"
      message.show(said:format(what), vim.log.levels.ERROR)
      return
    end
    message.show(("the server ended (%s); it is started again"):format(what), vim.log.levels.WARN)
    -- Neovim still has the old client attached here; it lets go in the next turns of its loop.
    vim.defer_fn(function()
      start_again(known)
    end, 100)
  end)
end

---Whether the process of a client has ended.
---@param id integer
---@return boolean
local function has_ended(id)
  local client = vim.lsp.get_client_by_id(id)
  return client == nil or client.rpc.is_closing()
end

---Stop the servers and start them again for the same buffers.
function M.restart()
  if next(stopping) then
    message.show("the server is being restarted")
    return
  end
  local again, ids = {}, {}
  -- Also those that have not answered yet.
  for _, client in ipairs(vim.lsp.get_clients({ name = config.NAME, _uninitialized = true })) do
    again[#again + 1] = attached[client.id]
    attached[client.id] = nil
    ids[#ids + 1] = client.id
    stopping[client.id] = true
    clients.call(client, "stop")
  end
  if #ids == 0 then
    M.start_everywhere()
    return
  end
  local waited = 0
  local timer = assert(vim.uv.new_timer())
  timer:start(
    POLL_MS,
    POLL_MS,
    vim.schedule_wrap(function()
      if timer:is_closing() then
        return
      end
      waited = waited + POLL_MS
      local left = vim.tbl_filter(function(id)
        return not has_ended(id)
      end, ids)
      if #left > 0 and waited == STOP_WITHIN_MS then
        message.show("the server does not end by itself: it is killed", vim.log.levels.WARN)
        for _, id in ipairs(left) do
          clients.call(assert(vim.lsp.get_client_by_id(id)), "stop", true)
        end
      end
      if #left == 0 or waited >= 2 * STOP_WITHIN_MS then
        timer:close()
        stopping = {}
        vim.iter(again):each(start_again)
        M.start_everywhere() -- for buffers that came meanwhile, and where no server had answered
      end
    end)
  )
end

---Start the server for a buffer (the way of Neovim 0.10).
---@param buffer integer
function M.start(buffer)
  if
    vim.bo[buffer].buftype ~= "" or not vim.tbl_contains(config.get().filetypes, vim.bo[buffer].filetype)
  then
    return
  end
  local client = config.client() -- which has M.watch() called
  if vim.api.nvim_buf_get_name(buffer) == "" then
    unnamed[buffer] = true
    return
  end
  client.root_dir = vim.fs.root(buffer, client.root_markers)
  vim.lsp.start(client, { bufnr = buffer, reuse_client = reuse })
end

---Start the server for every buffer that is open.
function M.start_everywhere()
  if vim.fn.has("nvim-0.11") == 1 then
    M.enable() -- with what vim.lsp.config() says
    return
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      M.start(buffer)
    end
  end
end

---Start the server for the buffers that are open, and for those to come.
function M.enable()
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config(config.NAME, {}) -- what was resolved from lsp/atlas_ls.lua with older options is forgotten
    vim.lsp.enable(config.NAME)
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("atlas_ls.enable", {}),
    desc = "Start atlas-ls",
    pattern = config.get().filetypes,
    callback = function(event)
      M.start(event.buf)
    end,
  })
  M.start_everywhere()
end

return M
