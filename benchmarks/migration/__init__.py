"""``python -m benchmarks.migration``: how long a container is frozen while it moves."""
