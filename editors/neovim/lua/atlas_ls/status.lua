-- The state of functions as the server tells it (atlas/status): virtual text, and a text for the status line.
local M = {}

local namespace = vim.api.nvim_create_namespace("atlas_ls")

local HIGHLIGHTS = {
  queued = { "AtlasQueued", "Comment" },
  solving = { "AtlasSolving", "DiagnosticVirtualTextInfo" },
  verified = { "AtlasVerified", "DiagnosticVirtualTextOk" },
  weak = { "AtlasWeak", "DiagnosticVirtualTextWarn" },
  unverified = { "AtlasUnverified", "DiagnosticVirtualTextHint" },
  failed = { "AtlasFailed", "DiagnosticVirtualTextError" },
}

---@class atlas.Shown
---@field status atlas.Status
---@field client_id integer
---@field mark? integer Extended mark that carries the virtual text.
---@field age integer

---@type table<integer, table<string, atlas.Shown>>
local shown = {}
local clock = 0

local function define_highlights()
  for _, highlight in pairs(HIGHLIGHTS) do
    vim.api.nvim_set_hl(0, highlight[1], { link = highlight[2], default = true })
  end
end

---@param buffer integer
local function changed(buffer)
  vim.api.nvim_exec_autocmds("User", { pattern = "AtlasStatus", modeline = false, data = { buf = buffer } })
  vim.cmd.redrawstatus({ bang = true })
end

---@param buffer integer
---@param qualname string
local function forget(buffer, qualname)
  local known = shown[buffer] and shown[buffer][qualname]
  if not known then
    return
  end
  if known.mark and vim.api.nvim_buf_is_valid(buffer) then
    vim.api.nvim_buf_del_extmark(buffer, namespace, known.mark)
  end
  shown[buffer][qualname] = nil
end

---@param buffer integer
---@param status atlas.Status
---@param mark? integer The one to replace.
---@return integer? mark
local function draw(buffer, status, mark)
  local highlight = HIGHLIGHTS[status.state]
  if not require("atlas_ls.config").get().virtual_text or not highlight then
    return nil
  end
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  return vim.api.nvim_buf_set_extmark(buffer, namespace, math.min(status.line, last), 0, {
    id = mark,
    virt_text = { { "  " .. status.text, highlight[1] } },
    virt_text_pos = "eol",
    hl_mode = "combine",
    invalidate = true,
  })
end

---Handler of atlas/status.
---@param status atlas.Status
function M.on_status(_, status, context)
  if not HIGHLIGHTS[status.state] and status.state ~= "none" then
    return -- a state of a newer server
  end
  local buffer = vim.uri_to_bufnr(status.uri)
  if not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  define_highlights()
  if status.state == "none" then
    forget(buffer, status.qualname)
  else
    shown[buffer] = shown[buffer] or {}
    local before = shown[buffer][status.qualname]
    clock = clock + 1
    shown[buffer][status.qualname] = {
      status = status,
      client_id = context.client_id,
      mark = draw(buffer, status, before and before.mark),
      age = clock,
    }
  end
  changed(buffer)
end

---What the server said last about the functions of a buffer, the newest first.
---@param buffer? integer
---@return atlas.Status[]
function M.of(buffer)
  if not buffer or buffer == 0 then
    buffer = vim.api.nvim_get_current_buf()
  end
  local known = vim.tbl_values(shown[buffer] or {})
  table.sort(known, function(a, b)
    return a.age > b.age
  end)
  return vim.tbl_map(function(one)
    return one.status
  end, known)
end

---Forget what a server said: it has ended, or the buffer is not its any more.
---@param client_id? integer Default: all servers.
---@param buffer? integer Default: in all buffers.
function M.clear(client_id, buffer)
  for known_buffer, functions in pairs(shown) do
    if not buffer or buffer == known_buffer then
      for qualname, known in pairs(functions) do
        if not client_id or known.client_id == client_id then
          forget(known_buffer, qualname)
        end
      end
      if vim.tbl_isempty(functions) then
        shown[known_buffer] = nil
      end
      if vim.api.nvim_buf_is_valid(known_buffer) then
        changed(known_buffer)
      end
    end
  end
end

---Text for the status line: what runs, else what came of the newest solve of the buffer; "" where there is nothing.
---@return string
function M.line()
  local newest = M.of(0)[1]
  if newest and (newest.state == "queued" or newest.state == "solving") then
    local percentage = newest.percentage and (" %d%%%%"):format(newest.percentage) or ""
    return ("%s: %s%s"):format(newest.qualname, newest.text:gsub("%%", "%%%%"), percentage)
  end
  local running = require("atlas_ls.progress").running(0)[1]
  if running then
    local percentage = running.percentage and (" %d%%%%"):format(running.percentage) or ""
    return ("%s%s"):format(running.title:gsub("%%", "%%%%"), percentage)
  end
  return newest and ("%s: %s"):format(newest.qualname, newest.text:gsub("%%", "%%%%")) or ""
end

return M
