"""A server that the user named as the engine: llama-server, Ollama, LM Studio, vLLM, or our own behind a proxy.

Nothing here is imported, and nothing is sent anywhere, unless `engine.url` is set or llama-server stands in for ours.
"""
