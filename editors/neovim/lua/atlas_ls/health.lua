-- :checkhealth atlas_ls
local config = require("atlas_ls.config")

local M = {}

local health = vim.health

---Run a program and wait for it.
---@param command string[]
---@return integer code -1: it could not be started, or took too long
---@return string output
local function run(command)
  local ok, result = pcall(function()
    return vim.system(command, { text = true, timeout = 60000 }):wait()
  end)
  if not ok then
    return -1, tostring(result)
  end
  return result.code, vim.trim((result.stdout or "") .. (result.stderr or ""))
end

local function check_editor()
  health.start("atlas_ls: Neovim")
  if vim.fn.has("nvim-0.10") == 0 then
    health.error("Neovim 0.10 or later is needed", { "this one is " .. tostring(vim.version()) })
  elseif vim.fn.has("nvim-0.11") == 1 then
    health.ok(("Neovim %s: started by vim.lsp.enable()"):format(vim.version()))
  else
    health.ok(("Neovim %s: started by vim.lsp.start()"):format(vim.version()))
  end
end

local function check_options()
  health.start("atlas_ls: options")
  local found = config.problems(type(vim.g.atlas_ls) == "table" and vim.g.atlas_ls or {})
  for _, problem in ipairs(found) do
    health.error("vim.g.atlas_ls: " .. problem, { "see :help atlas_ls-options" })
  end
  if #found == 0 then
    health.ok("vim.g.atlas_ls: nothing wrong")
  end
  local settings = config.get().settings
  health.info("settings sent to the server: " .. (next(settings) and vim.inspect(settings) or "none"))
end

---@param cmd string[]
---@return boolean
local function check_server(cmd)
  health.start("atlas_ls: server")
  local program = table.concat(cmd, " ")
  if vim.fn.executable(cmd[1]) == 0 then
    health.error(program .. " cannot be run", {
      "set it up with `make demo` in a checkout of atlas-ls",
      'or name it: setup({ cmd = { "/path/to/atlas-ls" } })',
    })
    return false
  end
  local code, output = run(vim.list_extend(vim.deepcopy(cmd), { "--version" }))
  if code ~= 0 then
    health.error(("`%s --version` ends with %d: %s"):format(program, code, output))
    return false
  end
  health.ok(("%s (%s)"):format(output, program))
  return true
end

---@param cmd string[]
local function check_doctor(cmd)
  health.start("atlas_ls: sandbox (`atlas-ls doctor`)")
  local code, output = run(vim.list_extend(vim.deepcopy(cmd), { "doctor" }))
  local tell = code == 0 and health.ok or health.error
  tell(code == 0 and "model-written code can be run in isolation" or "something is missing")
  health.info(output)
end

---@param cmd string[]
local function check_model(cmd)
  health.start("atlas_ls: model (`atlas-ls engine plan`)")
  local engine = config.get().settings.engine or {}
  if engine.url and engine.url ~= "" then
    health.info("another server is used: " .. engine.url)
    return
  end
  local model = engine.model or ""
  if model ~= "" and vim.fn.filereadable(model) == 0 then
    health.error(("the model %s cannot be read"):format(model), { "look at settings.engine.model" })
    return
  end
  local plan = vim.list_extend(vim.deepcopy(cmd), { "engine", "plan" })
  local code, output = run(vim.list_extend(plan, model ~= "" and { model } or {}))
  if code == 0 then
    health.ok(
      model ~= "" and model or "the bundled pocket model: for trying things out, no help with real work"
    )
    health.info(output)
  else
    health.error(output)
  end
end

local function check_clients()
  health.start("atlas_ls: running")
  local all = vim.lsp.get_clients({ name = config.NAME })
  if #all == 0 then
    health.info(
      "no server runs: it is started for the first buffer of " .. table.concat(config.get().filetypes, ", ")
    )
  end
  for _, client in ipairs(all) do
    local info = client.server_info or {}
    local buffers = vim.tbl_count(client.attached_buffers)
    health.ok(
      ("client %d, %s %s, root %s, %d buffers, %s"):format(
        client.id,
        info.name or "atlas-ls",
        info.version or "",
        client.config.root_dir or "none",
        buffers,
        client.offset_encoding
      )
    )
  end
  health.info("log: `:Atlas log`, and " .. require("vim.lsp.log").get_filename())
end

function M.check()
  check_editor()
  check_options()
  local cmd = config.get().cmd
  if check_server(cmd) then
    check_doctor(cmd)
    check_model(cmd)
  end
  check_clients()
end

return M
