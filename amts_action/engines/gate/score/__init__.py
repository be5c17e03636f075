"""One figure for how much a translation looks like one that lacks something, adds something, or is of another text."""
