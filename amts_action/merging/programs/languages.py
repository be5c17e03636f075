"""Which language a program is in, and what may be expected of it."""

from __future__ import annotations

import re

__all__ = ["DIAGRAMS", "PLAIN", "PYTHON", "YAML", "inner_language", "language_of"]

PYTHON = frozenset("python python3 py py3 ipython ipython3 sage xpython".split())

YAML = frozenset({"yaml", "yml"})
DIAGRAMS = frozenset({"mermaid", "dot", "graphviz"})
"""All of their texts are labels."""

PLAIN = frozenset(
    "text txt plain plaintext none output console-output markdown md mkd rst rest latex tex bibtex csv tsv log "
    "console shell-session shellsession terminal diff eval_rst toc".split()
) | {""}
"""What is no program, or one whose words no lexer tells from its structure: each line is taken as a whole."""

_MAGICS = {
    "bash": "bash", "sh": "bash", "script": "bash", "system": "bash", "sx": "bash", "javascript": "js", "js": "js",
    "html": "html", "HTML": "html", "svg": "xml", "SVG": "xml", "sql": "sql", "R": "r", "julia": "julia",
    "latex": "latex", "markdown": "markdown", "cython": "cython", "ruby": "ruby", "perl": "perl", "css": "css",
    "cmd": "text",
}  # fmt: skip
"""Cell magics of IPython and its extensions that change the language of what follows."""
_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*")
_FILE = re.compile(r"\s*%%(?:writefile|file)\b[^\n]*?\.(\w+)[ \t]*(?:\n|\Z)")


def language_of(info: str) -> str:
    """The language that the info string of a fence names, in lower case; empty when it names none.

    Knows plain names (`python title="x"`), attributes (`{.python .input #id}`), executed cells (`{python}`,
    `{r, echo=FALSE}`) and directives with the language as their argument (`{code-cell} ipython3`).
    """
    info = info.strip()
    if m := re.match(r"\{(?:code-cell|code-block|code|sourcecode|highlight)\}\s*(\S*)", info):
        return m.group(1).lower()
    if m := re.match(r"\{[^}]*?\.([\w+#-]+)", info) or re.match(r"\{([\w+#-]+)", info):
        return m.group(1).lower()
    m = re.match(r"[^\s{,:]+", info)
    return m.group().lower() if m else ""


def inner_language(text: str, language: str) -> tuple[str, str]:
    """The first line of a cell that starts with a cell magic (empty when there is none), and the rest's language."""
    if language not in PYTHON or not (m := _MAGIC.match(text)):
        return "", language
    name = m.group(1)
    if file := _FILE.match(text):
        return m.group(), file.group(1).lower()
    return m.group(), _MAGICS.get(name, language)
