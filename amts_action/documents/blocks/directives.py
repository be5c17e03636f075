"""Tables of MyST directives: which hold language, which hold code, which take a title.

Sources: the MyST-Parser and Sphinx directive reference, sphinx-design, sphinx-proof, sphinx-exercise, Jupyter Book.
A directive that is in no table is a document when its body reads like one (`containers.reads_as_markup`), else it is
opaque: carried and merged line by line, never translated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from amts_action.documents.blocks.containers import reads_as_markup

__all__ = ["CODE", "MATH", "is_container", "is_titled"]

CODE = frozenset(
    "code code-cell code-block sourcecode ipython ipython3 python doctest highlight jupyter-execute exec prompt "
    "altair-plot plot pyodide thebe-cell testcode testsetup "
    "python3 r julia bash sh shell sql javascript js ojs typescript ts c cpp java go rust ruby perl scala stata octave "
    "matlab haskell lua stan css json yaml toml mermaid graphviz digraph dot plantuml uml".split()
)
"""Directives whose body is a program, or the text of a diagram; cells of Quarto and R Markdown among them."""

MATH = frozenset({"math", "math:numref", "eq"})
"""Directives whose body is a display equation."""

_OPAQUE = frozenset(
    "image toctree tableofcontents include literalinclude raw csv-table bibliography glue glue:any glue:text glue:math "
    "glue:figure embed iframe video youtube audio eval-rst eval_rst parsed-literal productionlist contents index "
    "currentmodule module default-role role replace unicode date mermaid-file button-link button-ref anywidget "
    "download printindex sectionauthor codeauthor meta title sectnum target-notes class".split()
)
"""Directives whose body is data, or nothing."""

_ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning todo deprecated versionadded "
    "versionchanged".split()
)
_CONTAINERS = _ADMONITIONS | frozenset(
    "topic sidebar margin aside epigraph pull-quote highlights compound container rubric figure figure-md table "
    "list-table only exercise solution dropdown toggle card card-body card-header card-footer grid grid-item "
    "grid-item-card tab-set tab-item tabs tab tabbed details div blockquote glossary exercise-start solution-start "
    "definition-list panels hint-box subfigure carousel".split()
)
_TITLED = (_ADMONITIONS - {"deprecated", "versionadded", "versionchanged"}) | frozenset(
    "topic sidebar rubric table list-table dropdown card grid-item-card tab-item tab tabbed details".split()
)
_UNTITLED = _CONTAINERS - _TITLED
"""What an argument is to these is no language: a file, a label, a number of columns."""
_PROOFS = re.compile(r"(?:prf|proof):(?!ref)[a-z]+")
_WORDS = re.compile(r"[^\W\d_]{2,}\s+(?:\S+\s+)*?[^\W\d_]{2,}|[\u3040-\u9fff\uac00-\ud7af]{2,}")


def is_container(name: str, body: Sequence[str]) -> bool:
    """Whether the body of directive `name` is a document of its own."""
    if name in _CONTAINERS or _PROOFS.fullmatch(name) is not None:
        return True
    known = name in CODE or name in MATH or name in _OPAQUE or name.startswith("auto")
    return not known and reads_as_markup(body)


def is_titled(name: str, argument: str) -> bool:
    """Whether the argument of directive `name` is language: of an unknown one it is when it has several words."""
    if name in _TITLED or _PROOFS.fullmatch(name) is not None:
        return True
    return name not in _UNTITLED and _WORDS.search(argument) is not None
