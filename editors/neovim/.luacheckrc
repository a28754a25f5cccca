std = "luajit"
read_globals = { "vim" }
-- Options of buffers and windows are assigned through these tables.
globals = { "vim.bo", "vim.wo", "vim.g" }
max_line_length = 125
