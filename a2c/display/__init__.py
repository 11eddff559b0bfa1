"""What a person sees on the terminal while something works: trainings, the pipeline, other commands."""
