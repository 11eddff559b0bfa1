"""Names of files that the report writes and the pipeline asks for."""

INDEX = "index.html"  # the page of a paper, and that of each study
COLUMNS = "columns.csv"  # unit and meaning of every column
CLAIMS = "claims.csv"  # the verdicts of a paper
ANSWERS = "answers.txt"  # the sentences that the page opens with, a line for each
