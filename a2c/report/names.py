"""Names of files that the report writes and the pipeline asks for."""

INDEX = "index.html"  # the page of a paper, and that of each study
SCRIPT = "page.js"  # what the pages of a paper and of its studies do in a browser
COLUMNS = "columns.csv"  # unit and meaning of every column
CLAIMS = "claims.csv"  # the verdicts of a paper
ANSWERS = "answers.txt"  # the sentences that the page opens with, a line for each
