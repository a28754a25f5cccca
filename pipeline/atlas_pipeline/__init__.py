"""Generate, verify, select: solves one function with a local model. Knows nothing of LSP."""
