"""What somebody meant who wrote a name that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["near"]

_CALLED: Final = {
    "lang": "target_lang",
    "language": "target_lang",
    "languages": "target_lang",
    "target_language": "target_lang",
    "source_language": "source_lang",
    "source_repo": "source",
    "source_repository": "source",
    "origin_repo": "source",
    "upstream": "source",
    "source_folder": "source_path",
    "target_folder": "target_path",
    "docs_folder": "source_path",
    "ignore": "exclude",
    "include": "paths",
    "files": "paths",
    "budget": "max_cost",
    "api_key": "api_key_variable",
}
"""What other tools call a setting of ours."""


def near(name: str, known: Iterable[str], called: Mapping[str, str] = _CALLED) -> str:
    """The name that may have been meant, as the end of a message; empty when none is like it.

    Args:
        known: names of settings, options or inputs, in whatever form, or other names.
        called: other names of some of the known ones.
    """
    from difflib import get_close_matches

    forms = {_form(one): one for one in known}
    names = {**{alias: forms[goal] for alias, goal in called.items() if goal in forms}, **forms}
    found = get_close_matches(_form(name), sorted(names), 1)
    return f", perhaps {names[found[0]]} was meant" if found else ""


def _form(name: str) -> str:
    """A name however people write it: `--target-lang`, `targetLang` and `target_lang` are one."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.lstrip("-")).replace("-", "_").lower()
