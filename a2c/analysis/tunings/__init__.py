"""From the trials of a tuning to its tables: what was chosen, how fast, by which tuner, and which fields matter."""
