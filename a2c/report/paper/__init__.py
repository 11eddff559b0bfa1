"""The paper as a PDF, typeset by Typst from the studies' files, and its sources."""
