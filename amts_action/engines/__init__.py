"""Engines: whatever turns segments into translations (`engines.registry.create_engine` makes one by name)."""

from __future__ import annotations
