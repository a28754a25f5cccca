# `make demo` and `make test` do all their own set-up, in .venv and .cache of this checkout; neither needs root.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
SETUP := pyproject.toml constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ATLAS_TEST_BWRAP ?= $(shell command -v bwrap || echo $(CURDIR)/.cache/bwrap/usr/bin/bwrap)

# Editors and tools that are too large for a checkout, and the same for all of them.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/atlas-ls-e2e
export ATLAS_TEST_NEOVIM ?= $(CACHE)/neovim-trixie/bin/nvim:$(CACHE)/neovim-sid/bin/nvim
export ATLAS_TEST_HELIX ?= $(CACHE)/helix/bin/hx
export ATLAS_TEST_EMACS ?= $(CACHE)/emacs/bin/emacs-nox
STYLUA := 2.5.2
BIOME := 2.6.8

# VS Code 1.139.1, as the npm package code-server carries it, with the Node that it and the packager run on.
CODE_SERVER := 4.139.1
NODE := 24.21.0
SUITE = $(shell . /etc/os-release && echo $$VERSION_CODENAME)
export ATLAS_TEST_VSCODE ?= $(CACHE)/vscode-$(CODE_SERVER)
export ATLAS_TEST_CHROMIUM ?= $(CACHE)/chromium-$(SUITE)/bin/chromium
export ATLAS_TEST_PYTHON ?= $(CURDIR)/$(BIN)/python
VSIX := editors/vscode/dist/atlas-ls.vsix
export ATLAS_TEST_VSIX := $(CURDIR)/$(VSIX)
IN_VSCODE = cd editors/vscode && PATH="$(ATLAS_TEST_VSCODE)/bin:$$PATH"

# What is fetched for the tests: nothing where the user names their own.
OURS = $(if $(findstring environment,$(origin $(1))),,$(2))

.PHONY: demo test lint lint-lua lint-vscode check test-train e2e-neovim e2e-editors neovim-pictures vsix test-vscode e2e-vscode vscode-pictures clean

demo: .venv/.installed
	$(BIN)/atlas-ls demo

test: .venv/.installed-dev .cache/bwrap/.ready
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-lua: $(CACHE)/luacheck/.ready $(CACHE)/stylua-$(STYLUA)/.ready
	$(CACHE)/luacheck/bin/lua5.1 $(CACHE)/luacheck/root/usr/bin/luacheck -q --no-color --config editors/neovim/.luacheckrc editors/neovim
	node scripts/stylua.cjs $(CACHE)/stylua-$(STYLUA) editors/neovim

lint-vscode: editors/vscode/node_modules/.ready $(CACHE)/biome-$(BIOME)/.ready
	$(IN_VSCODE) npm run --silent check
	cd editors/vscode && $(CACHE)/biome-$(BIOME)/node_modules/.bin/biome check

check: lint test

# Real Neovims: Debian 13 has 0.10, which is started in another way than later ones, and sid has the newest.
# ATLAS_TEST_NEOVIM names others, paths separated by colons.
NEOVIMS = $(call OURS,ATLAS_TEST_NEOVIM,$(CACHE)/neovim-trixie/.ready $(CACHE)/neovim-sid/.ready)

e2e-neovim: .venv/.installed-dev .cache/bwrap/.ready $(NEOVIMS)
	$(BIN)/python -m pytest editors/neovim/tests $(PYTEST_ARGS)

# The snippets of docs/helix.md and docs/emacs.md.
e2e-editors: .venv/.installed-dev $(call OURS,ATLAS_TEST_HELIX,$(CACHE)/helix/.ready) $(call OURS,ATLAS_TEST_EMACS,$(CACHE)/emacs/.ready)
	$(BIN)/python -m pytest editors/tests $(PYTEST_ARGS)

neovim-pictures: .venv/.installed-dev $(NEOVIMS)
	$(BIN)/python scripts/neovim_pictures.py

# The extension for VS Code: its package; the tests of its parts, alone and in the extension host; those in the workbench.
vsix: editors/vscode/node_modules/.ready
	$(IN_VSCODE) npm run --silent package -- dist/atlas-ls.vsix

VSCODE_TESTED = .venv/.installed-dev vsix $(call OURS,ATLAS_TEST_CHROMIUM,$(CACHE)/chromium-$(SUITE)/.ready)

test-vscode: $(VSCODE_TESTED)
	$(IN_VSCODE) node scripts/test.mjs unit
	$(IN_VSCODE) node scripts/test.mjs api

e2e-vscode: $(VSCODE_TESTED)
	$(IN_VSCODE) node scripts/test.mjs ui $(VSCODE_TEST_ARGS)

vscode-pictures: $(VSCODE_TESTED)
	$(IN_VSCODE) node scripts/pictures.mjs

# What needs torch is tested apart: training, of the pocket model and of the Lens, and the engine's embeddings against a forward pass in torch.
test-train: .venv-train/.installed
	.venv-train/bin/python -m pytest tests/models/test_training.py tests/engine/test_self_embeddings.py tests/lens/test_train.py

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "atlas-ls needs Python 3.11, 3.12 or 3.13"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: $(SETUP) | .venv/bin/python
	@echo "Installing into .venv; llama-cpp-python is compiled, which takes some minutes the first time."
	$(BIN)/pip install --quiet -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: $(SETUP) .venv/.installed
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

.venv-train/.installed: $(SETUP)
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet -c constraints.txt -e '.[dev,train]'
	@touch $@

# The tests run the sandbox with and without bubblewrap. Where it is not installed, Debian's package is unpacked here.
.cache/bwrap/.ready:
	@mkdir -p .cache/bwrap
	@if command -v bwrap >/dev/null; then touch $@; else scripts/fetch-bwrap .cache/bwrap && touch $@; fi

$(CACHE)/neovim-%/.ready:
	scripts/fetch-debian $* neovim nvim $(@D)

$(CACHE)/helix/.ready:
	scripts/fetch-debian trixie hx hx $(@D)

$(CACHE)/emacs/.ready:
	scripts/fetch-debian trixie emacs-nox emacs-nox $(@D)

$(CACHE)/vscode-$(CODE_SERVER)/.ready:
	scripts/fetch-vscode $(CODE_SERVER) $(NODE) $(@D)

$(CACHE)/chromium-%/.ready:
	scripts/fetch-debian $* "chromium fonts-dejavu-core fonts-jetbrains-mono fonts-open-sans" chromium $(@D)

# Not among the extension's packages: a lock file would have to name its binaries for all systems.
$(CACHE)/biome-$(BIOME)/.ready:
	@mkdir -p $(@D)
	npm install --prefix $(@D) --no-audit --no-fund --no-save --loglevel=error @biomejs/biome@$(BIOME)
	@touch $@

# Marked inside node_modules, which is not under version control.
editors/vscode/node_modules/.ready: editors/vscode/package-lock.json editors/vscode/.npmrc $(call OURS,ATLAS_TEST_VSCODE,$(CACHE)/vscode-$(CODE_SERVER)/.ready)
	$(IN_VSCODE) npm ci --no-audit --loglevel=error
	@touch $@

$(CACHE)/luacheck/.ready:
	scripts/fetch-debian sid lua-check lua5.1 $(@D)

$(CACHE)/stylua-$(STYLUA)/.ready:
	@mkdir -p $(@D)
	npm install --prefix $(@D) --ignore-scripts --no-audit --no-fund --no-save --loglevel=error @johnnymorganz/stylua@$(STYLUA)
	@touch $@

clean:
	rm -rf .venv .venv-train .cache .mypy_cache .ruff_cache .pytest_cache
