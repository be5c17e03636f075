"""Evaluation: how good translations are, measured against people's."""

from __future__ import annotations
