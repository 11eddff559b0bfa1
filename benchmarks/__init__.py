"""Speed, learning and cost, measured; peers beside ours. Each module is a command: `python -m benchmarks.speed`."""
