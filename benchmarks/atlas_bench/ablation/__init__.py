"""What the stages of the pipeline are worth, measured blind on a suite: `python -m atlas_bench ablation`."""
