-- The spec that lazy.nvim takes from this folder; what the user writes goes before.
return {
  "atlas-ls",
  main = "atlas_ls",
  ft = "python",
  cmd = "Atlas",
  opts = {},
}
