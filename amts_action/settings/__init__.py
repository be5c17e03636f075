"""The settings of a run: one table (`table`), and how values are read from files, environment and line (`reading`)."""

from __future__ import annotations

from amts_action.settings.reading import AMTS_TOML, CONFIG_INI, input_name, load, named_languages, variable_name
from amts_action.settings.table import FIELDS, Field, Group, Settings, Trust

__all__ = [
    "AMTS_TOML",
    "CONFIG_INI",
    "FIELDS",
    "Field",
    "Group",
    "Settings",
    "Trust",
    "input_name",
    "load",
    "named_languages",
    "variable_name",
]
