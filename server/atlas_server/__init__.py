"""The language server and the command line: turns editor requests into pipeline calls and results into edits."""

from importlib.metadata import version

__version__ = version("atlas-ls")
