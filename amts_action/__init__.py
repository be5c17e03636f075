"""AMTS: keeps the translations of a book in step with its English source, block by block."""

__all__ = ["__version__"]

__version__ = "0.1.0"
