"""The names of the files of a result."""

EPISODES_FILE, METRICS_FILE, EVALUATION_FILE = "episodes.parquet", "metrics.parquet", "evaluation.parquet"
ACTIONS_FILE, WEIGHTS_FILE = "actions.npz", "weights.npz"
THIN_FILE = "thin.parquet"  # all that is published of most runs, see `a2c.runs.thin`
TABLES = (EPISODES_FILE, METRICS_FILE, EVALUATION_FILE)
WHOLE_FILES = (*TABLES, ACTIONS_FILE, WEIGHTS_FILE)
LEFT_OUT = (WEIGHTS_FILE,)  # what a published copy of a whole run may lack
WHOLE, THIN = "whole", "thin"  # the kinds of result
