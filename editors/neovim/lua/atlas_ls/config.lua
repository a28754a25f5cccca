-- The options, and the client configuration made from them for every version of Neovim.
local M = {}

M.NAME = "atlas_ls"

---@type atlas.Settled
local DEFAULTS = {
  cmd = {},
  filetypes = { "python" },
  root_markers = { "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".git" },
  settings = {},
  virtual_text = true,
  restarts = 3,
  float = { border = "rounded", max_width = 100, max_height = 0.8 },
}

---@type atlas.Options
local given = {}

---What configure() was given last; it goes before the options.
---@type table
local configured = {}

---The server of the checkout that this file lies in, if it was set up, else the one on PATH.
---@return string[]
local function default_cmd()
  local here = vim.fs.normalize(debug.getinfo(1, "S").source:sub(2))
  local checkout = here:match("^(.*)/editors/neovim/lua/atlas_ls/config%.lua$")
  local server = checkout and checkout .. "/.venv/bin/atlas-ls"
  if server and vim.fn.executable(server) == 1 then
    return { server }
  end
  return { "atlas-ls" }
end

---What is wrong with options, as a list of sentences.
---@param options table
---@return string[]
function M.problems(options)
  local found = {}
  local function look(values, defaults, path)
    for name, value in pairs(values) do
      local wanted = defaults[name]
      local shown = path .. tostring(name)
      if wanted == nil then
        found[#found + 1] = ("there is no option %s"):format(shown)
      elseif type(value) ~= type(wanted) then
        found[#found + 1] = ("option %s must be a %s, it is a %s"):format(shown, type(wanted), type(value))
      elseif name == "float" then
        look(value, wanted, shown .. ".")
      end
    end
  end
  look(options, DEFAULTS, "")
  table.sort(found)
  return found
end

---@param options table
local function report(options)
  for _, problem in ipairs(M.problems(options)) do
    require("atlas_ls.message").show("option ignored: " .. problem, vim.log.levels.WARN)
  end
end

---@return table
local function global()
  return type(vim.g.atlas_ls) == "table" and vim.g.atlas_ls or {}
end

---Take the user's options; those that are wrong are reported and left out.
---@param options? atlas.Options
function M.set(options)
  given = vim.deepcopy(options or {})
  report(given)
end

---Take other settings for the servers that start from now on.
---@param settings table
function M.configure(settings)
  configured = vim.deepcopy(settings)
end

---@param into table
---@param from table
local function fill(into, from)
  for name, value in pairs(from) do
    local known = into[name]
    if known ~= nil and type(known) == type(value) then
      if name == "float" then
        fill(known, value)
      else
        into[name] = value
      end
    end
  end
end

---@return atlas.Settled
function M.get()
  local settled = vim.deepcopy(DEFAULTS)
  fill(settled, global())
  fill(settled, given)
  settled.settings = vim.deepcopy(settled.settings)
  for section, values in pairs(configured) do
    local known = settled.settings[section]
    local both = type(known) == "table" and type(values) == "table"
    settled.settings[section] = both and vim.tbl_extend("force", known, values) or values
  end
  if #settled.cmd == 0 then
    settled.cmd = default_cmd()
  end
  return settled
end

---Settings as the server takes them. An empty table would be sent as a list.
---@param settings table
---@return table
function M.wire(settings)
  local sent = vim.empty_dict()
  for section, values in pairs(settings) do
    sent[section] = type(values) == "table" and vim.tbl_isempty(values) and vim.empty_dict() or values
  end
  return sent
end

---The configuration of the language client: for vim.lsp.start() and, by lsp/atlas_ls.lua, for vim.lsp.enable().
---@return table
function M.client()
  local options = M.get()
  if require("atlas_ls.lifecycle").watch() then
    report(global())
  end
  -- Neovim 0.10 takes the capabilities as they are, later versions extend their own with them.
  local capabilities = vim.tbl_deep_extend("force", vim.lsp.protocol.make_client_capabilities(), {
    experimental = { atlas = { status = 1 } },
    workspace = { textDocumentContent = { dynamicRegistration = false } },
  })
  local function late(module, name)
    return function(...)
      return require("atlas_ls." .. module)[name](...)
    end
  end
  return {
    name = M.NAME,
    cmd = options.cmd,
    filetypes = options.filetypes,
    root_markers = options.root_markers,
    -- Not in the initialization options, which nothing could take back.
    settings = { atlas = M.wire(options.settings) },
    capabilities = capabilities,
    handlers = {
      ["atlas/status"] = late("status", "on_status"),
      ["window/showDocument"] = late("view", "on_show_document"),
      ["window/showMessage"] = late("message", "on_show_message"),
      ["window/logMessage"] = late("log", "on_log_message"),
      ["workspace/applyEdit"] = late("edits", "on_apply_edit"),
      ["workspace/textDocumentContent/refresh"] = late("view", "on_refresh"),
    },
    commands = {
      ["atlas.server.preview"] = late("commands", "on_command"),
      ["atlas.server.explain"] = late("commands", "on_command"),
      ["atlas.server.tests"] = late("commands", "on_command"),
    },
    on_exit = late("lifecycle", "on_exit"),
  }
end

return M
