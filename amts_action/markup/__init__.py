"""The forms in which inline markdown travels to an engine and back, and what is put right on the way."""
