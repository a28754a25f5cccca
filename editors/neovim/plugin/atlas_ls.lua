-- Defines :Atlas and the <Plug> maps. Starts nothing and maps no key: see |atlas_ls-setup|.
if vim.g.loaded_atlas_ls then
  return
end
vim.g.loaded_atlas_ls = true

vim.api.nvim_create_user_command("Atlas", function(call)
  require("atlas_ls.commands").run(call.fargs)
end, {
  nargs = "+",
  desc = "Solve functions with a local model",
  complete = function(...)
    return require("atlas_ls.commands").complete(...)
  end,
})

for _, name in ipairs({
  "solve",
  "full",
  "repair",
  "tests",
  "check",
  "cancel",
  "best",
  "preview",
  "confirm",
  "accept",
  "reject",
  "examples",
  "report",
  "log",
}) do
  vim.keymap.set("n", ("<Plug>(atlas-%s)"):format(name), function()
    require("atlas_ls.commands").run({ name })
  end, { desc = "Atlas: " .. name })
end
