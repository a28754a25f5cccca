-- workspace/applyEdit: Neovim's own handler, with two things put right.
--
-- It drops an edit made for an older text, yet answers that it was applied; and an edit that comes while the user
-- types becomes part of what was typed, so that one undo takes back both.
local M = {}

---@param change table A TextDocumentEdit, or a resource operation.
---@return boolean
local function is_stale(change)
  local document = change.textDocument
  local version = document and document.version
  if type(version) ~= "number" then
    return false
  end
  local current = vim.lsp.util.buf_versions[vim.uri_to_bufnr(document.uri)]
  return current ~= nil and current > version
end

---End the current undo step of the buffer that is being typed in (|undo-break|).
---@param buffer integer
local function break_undo(buffer)
  vim.bo[buffer].undolevels = vim.bo[buffer].undolevels
end

---Handler of workspace/applyEdit.
function M.on_apply_edit(err, params, context, ...)
  local changes = params.edit.documentChanges or {}
  if vim.iter(changes):any(is_stale) then
    return { applied = false, failureReason = "the buffer is newer than the edit" }
  end
  params.label = nil -- Neovim would print it over the mode
  local typing = vim.api.nvim_get_mode().mode:match("^[iR]") and vim.api.nvim_get_current_buf()
  if typing then
    break_undo(typing)
  end
  local answer = vim.lsp.handlers["workspace/applyEdit"](err, params, context, ...)
  if typing then
    break_undo(typing)
  end
  return answer
end

return M
