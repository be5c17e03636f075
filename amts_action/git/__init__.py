"""Git repositories, the records kept in them, and which documents of two books belong together."""
