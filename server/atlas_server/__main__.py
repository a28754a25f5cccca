"""`python -m atlas_server` is `atlas-ls`."""

from atlas_server.cli import main

main()
