-- Neovim 0.11 and later read this file for vim.lsp.enable("atlas_ls").
return require("atlas_ls.config").client()
