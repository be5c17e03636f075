"""The first hour: what the two books are, the files that a run needs, and whether everything is in place."""
