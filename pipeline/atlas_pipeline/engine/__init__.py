"""The model, in a process of its own behind an OpenAI-compatible API. The interface is `api.py`."""
