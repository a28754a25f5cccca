-- Documents of the server (reports, previews) in a floating window, with keys to accept and reject.
local clients = require("atlas_ls.clients")
local config = require("atlas_ls.config")

local M = {}

local SCHEME = "atlas-report:"
local namespace = vim.api.nvim_create_namespace("atlas_ls.view")

---@class atlas.Asked A command whose answer is a document.
---@field client_id integer
---@field arguments atlas.CommandArguments

---@class atlas.View
---@field uri string
---@field client_id integer
---@field buffer integer
---@field window integer
---@field arguments? atlas.CommandArguments The function that it is about, where that is known.

---@type atlas.Asked?
local asked

---@type atlas.View?
local view

---Say that the next document is the answer to this command, or that it has come.
---@param command? atlas.Asked
function M.expect(command)
  asked = command
end

---The function that a document is about. The position it was asked for at may be another function's by now.
---@param uri string `atlas-report:/preview/<document>/<function>.md`
---@param command? atlas.Asked
---@return atlas.CommandArguments?
local function subject(uri, command)
  local quoted = uri:match("^atlas%-report:/%w+/%w+/([^/]+)%.md$")
  if not quoted or not command then
    return nil
  end
  return { uri = command.arguments.uri, qualname = vim.uri_decode(quoted) }
end

---Highlight the changes in fences of kind diff: Neovim comes without a grammar for them.
---@param buffer integer
---@param lines string[]
local function highlight(buffer, lines)
  local inside = false
  for number, line in ipairs(lines) do
    if vim.startswith(line, "```") then
      inside = line == "```diff"
    elseif inside and line:match("^[+-]") then
      vim.api.nvim_buf_set_extmark(buffer, namespace, number - 1, 0, {
        end_row = number,
        hl_group = vim.startswith(line, "+") and "DiffAdd" or "DiffDelete",
        hl_eol = true,
      })
    end
  end
end

---@param lines string[]
---@return { width: integer, height: integer, row: integer, col: integer }
local function placed(lines)
  local float = config.get().float
  local width = 40
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 1)
  end
  width = math.max(1, math.min(width, float.max_width, vim.o.columns - 4))
  local height = 0
  for _, line in ipairs(lines) do
    height = height + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  height = math.max(1, math.min(height, math.floor(vim.o.lines * float.max_height), vim.o.lines - 4))
  return {
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height - 2) / 2)),
    col = math.max(0, math.floor((vim.o.columns - width - 2) / 2)),
  }
end

---@return boolean
function M.is_open()
  return view ~= nil and vim.api.nvim_win_is_valid(view.window)
end

---What the float in a buffer is about, nil for any other buffer.
---@param buffer integer
---@return { client_id: integer, arguments?: atlas.CommandArguments }?
function M.about(buffer)
  return view and view.buffer == buffer and view.arguments and view or nil
end

---Close the window and go back to where it was opened.
function M.close()
  if view and vim.api.nvim_win_is_valid(view.window) then
    vim.api.nvim_win_close(view.window, true)
  end
  view = nil
end

local function gone()
  local said = "the server that this was from has ended: solve the function again"
  require("atlas_ls.message").show(said, vim.log.levels.WARN)
end

---Run a command on the function that the window is about, and close it.
---@param command string
local function act(command)
  local shown = view
  if not shown or not shown.arguments then
    return
  end
  local client = vim.lsp.get_client_by_id(shown.client_id)
  M.close()
  if client then
    clients.execute(client, command, shown.arguments)
  else
    gone()
  end
end

---Ask about the cases of the function that the window is about, and close it.
function M.confirm()
  local shown = view
  if not shown or not shown.arguments then
    return
  end
  M.close()
  local buffer = vim.uri_to_bufnr(shown.arguments.uri)
  for _, status in ipairs(require("atlas_ls.status").of(buffer)) do
    if status.qualname == shown.arguments.qualname then
      local window = vim.fn.bufwinid(buffer)
      if window == -1 then
        vim.cmd.sbuffer(buffer)
      else
        vim.api.nvim_set_current_win(window)
      end
      require("atlas_ls.commands").confirm(status.line)
      return
    end
  end
  gone()
end

---@class atlas.Key
---@field [1] string
---@field [2] string What it does, in words.
---@field [3] fun()
---@field acts boolean Changes something: only where the function is known.

---@type atlas.Key[]
local KEYS = {
  {
    "a",
    "accept",
    function()
      act("apply")
    end,
    acts = true,
  },
  {
    "r",
    "reject",
    function()
      act("reject")
    end,
    acts = true,
  },
  { "c", "confirm a case", M.confirm, acts = true },
  { "q", "close", M.close, acts = false },
}

---@param buffer integer
---@param text string
local function fill(buffer, text)
  local lines = vim.split(text:gsub("\n+$", ""), "\n", { plain = true })
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  highlight(buffer, lines)
  return lines
end

---@param uri string
---@param text string
---@param from { client_id: integer, arguments?: atlas.CommandArguments, focus: boolean }
local function open(uri, text, from)
  M.close()
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = "wipe"
  local lines = fill(buffer, text)
  vim.bo[buffer].filetype = "markdown"
  local footer = {}
  for _, key in ipairs(KEYS) do
    if from.arguments or not key.acts then
      vim.keymap.set("n", key[1], key[3], { buffer = buffer, nowait = true, desc = "Atlas: " .. key[2] })
      vim.list_extend(footer, { { (" %s "):format(key[1]), "Special" }, { key[2] .. " ", "FloatFooter" } })
    end
  end
  vim.keymap.set("n", "<Esc>", M.close, { buffer = buffer, nowait = true, desc = "Atlas: close" })
  local float = config.get().float
  local window = vim.api.nvim_open_win(
    buffer,
    from.focus,
    vim.tbl_extend("error", placed(lines), {
      relative = "editor",
      style = "minimal",
      border = float.border,
      title = " Atlas ",
      title_pos = "center",
      footer = float.border ~= "none" and footer or nil,
      footer_pos = float.border ~= "none" and "right" or nil,
    })
  )
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  vim.wo[window].conceallevel = 0
  view = {
    uri = uri,
    client_id = from.client_id,
    buffer = buffer,
    window = window,
    arguments = from.arguments,
  }
end

---Get a document's text: from the server, or from the file where the server put it.
---@param client_id integer
---@param uri string
---@param on_text fun(text: string)
---@param on_gone? fun() Instead of a message where the server has no such document any more.
local function read(client_id, uri, on_text, on_gone)
  local message = require("atlas_ls.message")
  if not vim.startswith(uri, SCHEME) then
    local path = vim.uri_to_fname(uri)
    local ok, lines = pcall(vim.fn.readfile, path)
    if ok then
      on_text(table.concat(lines, "\n"))
    else
      message.show(("%s cannot be read: %s"):format(path, lines), vim.log.levels.ERROR)
    end
    return
  end
  local client = vim.lsp.get_client_by_id(client_id)
  if not client then
    return
  end
  clients.call(client, "request", "workspace/textDocumentContent", { uri = uri }, function(err, result)
    if result then
      on_text(result.text)
    elseif on_gone then
      on_gone()
    else
      message.show(
        "the report cannot be read: " .. (err and err.message or "no answer"),
        vim.log.levels.ERROR
      )
    end
  end)
end

---Handler of window/showDocument. What is not a document of the server's own is left to Neovim.
function M.on_show_document(err, params, context, ...)
  if params.external or not (vim.startswith(params.uri, SCHEME) or vim.endswith(params.uri, ".md")) then
    return vim.lsp.handlers["window/showDocument"](err, params, context, ...)
  end
  local command = asked and asked.client_id == context.client_id and asked or nil
  local arguments = subject(params.uri, command)
  read(context.client_id, params.uri, function(text)
    -- The answer to a command gets the focus; what comes by itself must not catch keys that were meant for the text.
    local focus = command ~= nil and vim.api.nvim_get_mode().mode == "n"
    open(params.uri, text, { client_id = context.client_id, arguments = arguments, focus = focus })
  end)
  return { success = true }
end

---Show a file that the server changed, and leave the cursor where it is.
---@param uri string
function M.show_file(uri)
  local buffer = vim.uri_to_bufnr(uri)
  if vim.fn.bufwinid(buffer) == -1 and vim.api.nvim_get_mode().mode == "n" then
    local window = vim.api.nvim_get_current_win()
    vim.cmd.sbuffer(buffer)
    vim.api.nvim_set_current_win(window)
  end
end

---Handler of workspace/textDocumentContent/refresh: a document that is open is read again, and closed where it is gone.
function M.on_refresh(_, params, context)
  local shown = view
  if shown and M.is_open() and shown.uri == params.uri and shown.client_id == context.client_id then
    read(shown.client_id, shown.uri, function(text)
      if M.is_open() and view == shown then
        local lines = fill(shown.buffer, text)
        vim.api.nvim_win_set_config(
          shown.window,
          vim.tbl_extend("error", placed(lines), { relative = "editor" })
        )
      end
    end, function()
      if view == shown then
        M.close()
      end
    end)
  end
  return vim.NIL
end

return M
