"""A local page with the learning curves of runs, finished ones and those that are in training."""
