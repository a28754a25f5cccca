-- :Atlas and its subcommands. Each is one command of the server on the function at the cursor, or on what runs.
local clients = require("atlas_ls.clients")
local message = require("atlas_ls.message")

local M = {}

---@class atlas.Subcommand
---@field command? string Command of the server.
---@field whole? boolean About what runs in the buffer, wherever the cursor is.
---@field options? table Options it always has.
---@field takes? table<string, boolean> Options the user may give, `name=number`.
---@field shows? boolean The answer names a document that is to be shown with the focus in it.
---@field writes? boolean The answer names a file that was changed.
---@field closes? boolean A window that shows the function's result has done its work.
---@field idle? string What to say when there was nothing to do.
---@field run? fun(arguments: string[])

local SAMPLING = { samples = true, seed = true }

---@type table<string, atlas.Subcommand>
local SUBCOMMANDS = {
  solve = { command = "solve", takes = SAMPLING },
  full = { command = "solve", options = { route = "full" }, takes = SAMPLING },
  repair = { command = "repair", takes = SAMPLING },
  tests = { command = "tests", takes = SAMPLING, writes = true },
  check = { command = "check", takes = SAMPLING },
  best = { command = "best", whole = true, idle = "nothing runs for this file" },
  accept = { command = "apply", closes = true },
  reject = { command = "reject", closes = true, idle = "there is no result to reject" },
  examples = { command = "examples" },
  preview = { command = "preview", shows = true },
  report = { command = "explain", shows = true },
  cancel = {
    run = function(arguments)
      M.cancel(arguments[1] == "all")
    end,
  },
  confirm = {
    run = function()
      M.confirm()
    end,
  },
  log = {
    run = function()
      require("atlas_ls.log").open()
    end,
  },
  restart = {
    run = function()
      require("atlas_ls.lifecycle").restart()
    end,
  },
}

---The server of the current buffer, and the function that is meant: the one at the cursor, or the one a float is about.
---@return vim.lsp.Client?
---@return atlas.CommandArguments
local function here()
  local about = require("atlas_ls.view").about(vim.api.nvim_get_current_buf())
  local client = about and vim.lsp.get_client_by_id(about.client_id) or clients.all(0)[1]
  if not client then
    local has_name = about or vim.api.nvim_buf_get_name(0) ~= ""
    message.show(
      has_name and "no server for this buffer; `:checkhealth atlas_ls` says what is missing"
        or "this buffer has no name: write it to a file first",
      vim.log.levels.WARN
    )
    return nil, {}
  end
  return client, about and about.arguments or clients.here(client)
end

---Run a command of the server, and show what it answers with.
---@param client vim.lsp.Client
---@param sub atlas.Subcommand
---@param arguments atlas.CommandArguments
---@param on_answer? fun(answer: atlas.Answer)
local function send(client, sub, arguments, on_answer)
  local view = require("atlas_ls.view")
  if sub.shows then
    view.expect({ client_id = client.id, arguments = arguments })
  end
  clients.execute(client, sub.command, arguments, function(answer)
    if sub.shows then
      view.expect(nil)
    end
    if sub.writes and answer.status == "written" then
      view.show_file(answer.uri)
    end
    if answer.status == "idle" and sub.idle then
      message.show(sub.idle)
    end
    if on_answer then
      on_answer(answer)
    end
  end, vim.api.nvim_get_current_buf())
end

---Run a command of the server that a code action or a code lens names, as the subcommand would.
---@param command { command: string, arguments: atlas.CommandArguments[] }
---@param context { client_id: integer }
function M.on_command(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  for _, sub in pairs(SUBCOMMANDS) do
    if client and command.command == "atlas.server." .. (sub.command or "") then
      send(client, sub, command.arguments[1])
    end
  end
end

---Run a subcommand that is one command of the server.
---@param name string
---@param options? table
---@param on_answer? fun(answer: atlas.Answer)
function M.execute(name, options, on_answer)
  local sub = assert(SUBCOMMANDS[name], "no such command: " .. name)
  if sub.run then
    return sub.run({})
  end
  local client, arguments = here()
  if not client then
    return
  end
  arguments = sub.whole and { uri = arguments.uri } or vim.deepcopy(arguments)
  options = vim.tbl_extend("force", options or {}, sub.options or {})
  if next(options) then
    arguments.options = options
  end
  local view = require("atlas_ls.view")
  if sub.closes and view.about(vim.api.nvim_get_current_buf()) then
    view.close()
  end
  send(client, sub, arguments, on_answer)
end

---End what runs in the current buffer, or everything.
---@param all? boolean
function M.cancel(all)
  if all then
    local count = require("atlas_ls.progress").cancel_all()
    message.show(count == 0 and "nothing runs" or ("cancelled: %d"):format(count))
    return
  end
  local client, arguments = here()
  if not client then
    return
  end
  clients.execute(client, "cancel", { uri = arguments.uri }, function(answer)
    if answer.status == "idle" then
      message.show("nothing runs for this file; `:Atlas cancel all` ends what runs elsewhere")
    end
  end)
end

---Ask which of the cases that a weak result rests on are right. The server offers them as code actions.
---@param line? integer Of the function, from 0. Default: the cursor's function.
function M.confirm(line)
  local view = require("atlas_ls.view")
  if view.about(vim.api.nvim_get_current_buf()) then
    return view.confirm()
  end
  local range
  if line then
    local text = vim.api.nvim_buf_get_lines(0, line, line + 1, false)[1] or ""
    local at = { line + 1, #text:match("^%s*") }
    range = { start = at, ["end"] = at }
  end
  if here() then
    vim.lsp.buf.code_action({
      range = range,
      filter = function(action)
        return type(action.command) == "table" and action.command.command == "atlas.server.confirm"
      end,
    })
  end
end

---@param takes table<string, boolean>
---@param arguments string[]
---@return table? options
---@return string? problem
local function read_options(takes, arguments)
  local options = {}
  for _, argument in ipairs(arguments) do
    local name, value = argument:match("^(%w+)=(%d+)$")
    if not name or not takes[name] then
      local known = vim.tbl_keys(takes)
      table.sort(known)
      local usable = #known > 0 and ("use %s=NUMBER"):format(table.concat(known, "=NUMBER or "))
      return nil, ("%s is not understood; %s"):format(argument, usable or "this command takes no options")
    end
    options[name] = tonumber(value)
  end
  return options
end

---Run `:Atlas {arguments}`.
---@param arguments string[]
function M.run(arguments)
  local name = arguments[1]
  local sub = SUBCOMMANDS[name]
  if not sub then
    message.show(
      ("there is no command %s; there are %s"):format(name, table.concat(M.names(), ", ")),
      vim.log.levels.ERROR
    )
    return
  end
  local rest = vim.list_slice(arguments, 2)
  if sub.run then
    sub.run(rest)
    return
  end
  local options, problem = read_options(sub.takes or {}, rest)
  if not options then
    message.show(assert(problem), vim.log.levels.ERROR)
    return
  end
  M.execute(name, options)
end

---@return string[]
function M.names()
  local names = vim.tbl_keys(SUBCOMMANDS)
  table.sort(names)
  return names
end

---Completion of `:Atlas`.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local words = vim.split(line:gsub("^.-Atlas%s+", ""), "%s+")
  local among = M.names()
  if #words > 1 then
    local sub = SUBCOMMANDS[words[1]] or {}
    among = words[1] == "cancel" and { "all" }
      or vim.tbl_map(function(name)
        return name .. "="
      end, vim.tbl_keys(sub.takes or {}))
    table.sort(among)
  end
  return vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, among)
end

return M
