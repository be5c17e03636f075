"""General corpora: sentence pairs from two folders of web pages or texts that are translations of each other."""
