"""What is to be reviewed as files of other translation tools (XLIFF 2.1, TMX 1.4), and what comes back from them."""
