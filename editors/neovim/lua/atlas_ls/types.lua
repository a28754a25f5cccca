---@meta
-- What goes between the plugin, its user and the server. Nothing is run here.

---@class (exact) atlas.Options What setup() and vim.g.atlas_ls take; everything has a default.
---@field cmd? string[] Command of the server. Default: the checkout that this plugin lies in, else "atlas-ls" on PATH.
---@field filetypes? string[] Default: { "python" }.
---@field root_markers? string[] What the root folder of a project contains.
---@field settings? table Settings of the server, for example { engine = { model = "/models/qwen3.gguf" } }.
---@field virtual_text? boolean Show the state of a function behind its first line. Default: true.
---@field restarts? integer How often a server that dies is started again within three minutes. 0: never. Default: 3.
---@field float? atlas.FloatOptions

---@class (exact) atlas.FloatOptions Size and border of the windows that show reports and previews.
---@field border? string Default: "rounded".
---@field max_width? integer Columns. Default: 100.
---@field max_height? number Share of the screen's lines. Default: 0.8.

---@class (exact) atlas.Settled : atlas.Options The options with their defaults filled in.
---@field cmd string[]
---@field filetypes string[]
---@field root_markers string[]
---@field settings table
---@field virtual_text boolean
---@field restarts integer
---@field float { border: string, max_width: integer, max_height: number }

---@alias atlas.State "queued"|"solving"|"verified"|"weak"|"unverified"|"failed"|"none"

---@class atlas.Status Parameters of the server's notification atlas/status.
---@field schema integer
---@field uri string
---@field qualname string
---@field line integer Line of the function, from 0.
---@field state atlas.State
---@field text string What to show.
---@field percentage? integer
---@field position? integer Place in the queue, from 1.
---@field candidates? { done: integer, planned: integer }
---@field tokensPerS? number

---@class atlas.CommandArguments The one argument of every command of the server.
---@field uri? string
---@field position? { line: integer, character: integer }
---@field qualname? string
---@field version? integer
---@field options? { seed?: integer, samples?: integer, route?: "auto"|"full" }

---@class atlas.Answer What a command answers; a solve adds its result.
---@field status string
---@field message? string
---@field uri? string A document to be shown.

---@class atlas.Progress What the server reported last about one piece of work.
---@field client_id integer
---@field token integer|string
---@field title string
---@field message string
---@field percentage? integer
