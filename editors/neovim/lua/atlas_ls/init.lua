-- Solves functions with a local model: client of the language server atlas-ls. See |atlas_ls|.
local M = {}

---Start the server for Python files, with options or without.
---@param options? atlas.Options
function M.setup(options)
  if vim.fn.has("nvim-0.10") == 0 then
    error("atlas_ls needs Neovim 0.10 or later")
  end
  require("atlas_ls.config").set(options)
  require("atlas_ls.lifecycle").enable()
end

---Run a command on the function at the cursor: what `:Atlas` does, with the server's answer.
---@param name string For example "solve".
---@param options? { seed?: integer, samples?: integer }
---@param on_answer? fun(answer: atlas.Answer)
function M.run(name, options, on_answer)
  require("atlas_ls.commands").execute(name, options, on_answer)
end

---Use other settings from the next command on, also in servers that start later: the options, and these on top of them.
---@param settings table For example { solve = { samples = 12 } }; {} for the options alone.
function M.configure(settings)
  local clients, config = require("atlas_ls.clients"), require("atlas_ls.config")
  config.configure(settings)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.lsp.config(config.NAME, {}) -- what was resolved with the settings before is forgotten
  end
  for _, client in ipairs(clients.all()) do
    client.settings = { atlas = config.wire(config.get().settings) }
    client.config.settings = client.settings -- if it is started again
    clients.call(client, "notify", "workspace/didChangeConfiguration", { settings = client.settings })
  end
end

---Text for a status line, "" where there is nothing to say. `%` is doubled, as 'statusline' wants it.
---@return string
function M.statusline()
  return require("atlas_ls.status").line()
end

---What the server said last about the functions of a buffer, the newest first.
---@param buffer? integer Default: the current one.
---@return atlas.Status[]
function M.status(buffer)
  return require("atlas_ls.status").of(buffer)
end

return M
