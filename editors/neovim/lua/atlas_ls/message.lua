-- Messages to the user. A message that is longer than the command line would ask for <Enter>, in the middle of typing.
local M = {}

local AGAIN_MS = 200

local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO, vim.log.levels.DEBUG }

---@param line string
---@param level integer
local function notify(line, level)
  -- A message in the middle of a command line, or of another message, would ask for <Enter>, too.
  if vim.api.nvim_get_mode().mode:match("^[cr]") then
    vim.defer_fn(function()
      notify(line, level)
    end, AGAIN_MS)
    return
  end
  local room = vim.v.echospace - 1
  if vim.fn.strdisplaywidth(line) > room then
    line = vim.fn.strcharpart(line, 0, room - 1) .. "…"
  end
  vim.notify(line, level)
end

---Show a message; what does not fit on one line is in `:Atlas log`.
---@param text string
---@param level? integer
function M.show(text, level)
  level = level or vim.log.levels.INFO
  require("atlas_ls.log").add(level, text)
  notify("Atlas: " .. text:gsub("^atlas%-ls: ", ""):gsub("%s*\n%s*", " "), level)
end

---Handler of window/showMessage.
function M.on_show_message(_, params)
  M.show(params.message, LEVELS[params.type] or vim.log.levels.INFO)
  return params
end

return M
