"""Benchmarks: use the pipeline, never the server."""
