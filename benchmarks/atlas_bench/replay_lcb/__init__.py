"""Replays recorded chat outputs for LiveCodeBench tasks: extraction, sample tests, blind choice, scored elsewhere."""
