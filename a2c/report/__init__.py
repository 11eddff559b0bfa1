"""Figures, tables and the page of a paper, drawn from the files of its studies and from nothing else."""
