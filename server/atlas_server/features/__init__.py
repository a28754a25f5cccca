"""One module per LSP area. A handler translates: document, position, domain, and back. No prompt, model or process here.

All handlers run on the event loop; those that can take long are coroutines and can be cancelled.
"""
