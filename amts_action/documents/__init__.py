"""Text to blocks and back, for every format and dialect; knows no language."""
