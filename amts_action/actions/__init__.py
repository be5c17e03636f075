"""The action: what GitHub hands to a container, and what it gets back."""
