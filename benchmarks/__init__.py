"""``python -m benchmarks``: podlib beside other clients of the same server, in one table."""
