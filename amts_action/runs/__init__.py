"""The jobs over whole books: they read repositories, call the pure core and engines, and write the result."""
