"""The learned scorer (the Lens). It comes with its own measured results; nothing is scored until then."""
