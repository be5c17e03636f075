"""Tables of MyST directives: which hold language, which hold code, which take a title.

Sources: the MyST-Parser and Sphinx directive reference, sphinx-design, sphinx-proof, sphinx-exercise, Jupyter Book.
A directive that is in no table is opaque: it is carried and merged line by line, never translated.
"""

from __future__ import annotations

import re

__all__ = ["CODE", "MATH", "is_container", "is_titled"]

CODE = frozenset("code code-cell code-block sourcecode ipython ipython3 python doctest highlight".split())
"""Directives whose body is a program."""

MATH = frozenset({"math", "math:numref", "eq"})
"""Directives whose body is a display equation."""

_ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning todo deprecated versionadded "
    "versionchanged".split()
)
_CONTAINERS = _ADMONITIONS | frozenset(
    "topic sidebar margin aside epigraph pull-quote highlights compound container rubric figure table list-table "
    "only exercise solution dropdown card card-body grid grid-item grid-item-card tab-set tab-item tabs tab details "
    "div blockquote glossary exercise-start solution-start definition-list".split()
)
_TITLED = (_ADMONITIONS - {"deprecated", "versionadded", "versionchanged"}) | frozenset(
    "topic sidebar rubric table list-table dropdown card grid-item-card tab-item tab details".split()
)
_PROOFS = re.compile(r"prf:(?!ref)[a-z]+")


def is_container(name: str) -> bool:
    """Whether the body of directive `name` is a document of its own."""
    return name in _CONTAINERS or _PROOFS.fullmatch(name) is not None


def is_titled(name: str) -> bool:
    """Whether the argument of directive `name` is language."""
    return name in _TITLED or _PROOFS.fullmatch(name) is not None
