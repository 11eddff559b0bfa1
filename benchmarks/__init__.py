"""Measurements of speed, learning, cost and statistics, beside other implementations: `python -m benchmarks.NAME`."""
