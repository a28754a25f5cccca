-- The last messages of the server, for `:Atlas log`. Neovim's own log drops everything below warnings.
local M = {}

local MOST = 1000

---@type string[]
local lines = {}

local NAMES = { [0] = "TRACE", "DEBUG", "INFO", "WARN", "ERROR" }
local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG }

---@param level integer One of vim.log.levels.
---@param text string
function M.add(level, text)
  local stamp = ("%s %-5s "):format(os.date("%H:%M:%S"), NAMES[level] or "INFO")
  for index, line in ipairs(vim.split(text, "\n", { plain = true })) do
    lines[#lines + 1] = (index == 1 and stamp or (" "):rep(#stamp)) .. line
  end
  while #lines > MOST do
    table.remove(lines, 1)
  end
end

---Handler of window/logMessage. Neovim's own is called too: errors belong into its log file.
function M.on_log_message(err, params, context, ...)
  M.add(LEVELS[params.type] or vim.log.levels.INFO, params.message)
  local default = vim.lsp.handlers["window/logMessage"]
  return default and default(err, params, context, ...) or params
end

---@return string[]
function M.lines()
  return vim.deepcopy(lines)
end

---Show the messages in a split.
function M.open()
  vim.cmd("botright new")
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].buftype = "nofile"
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].swapfile = false
  local shown = M.lines()
  shown[#shown + 1] = "What the server wrote besides: " .. require("vim.lsp.log").get_filename()
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, shown)
  vim.bo[buffer].modifiable = false
  vim.api.nvim_win_set_cursor(0, { #shown, 0 })
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer, nowait = true, desc = "Close" })
end

return M
