"""Whether a page converts to the same notebook as its English, by d2lbook's own reader (the extra `d2lbook`).

Code is compared without what translators change in it: comments, texts in quotes, blanks, and lines of their own.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from amts_action.errors import InputError

__all__ = ["Converted", "convert", "differences", "skeleton"]

_SKIPPED = (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER, tokenize.ENCODING)
_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_MAGIC = re.compile(r"\s*[%!]")


class Converted(NamedTuple):
    """What d2lbook makes of one page."""

    cells: Mapping[str, tuple[tuple[str, ...], ...]]
    """For each framework the skeletons of the code cells of its notebook; under no name those for all or for none."""
    tabs: Counter[str]
    """Blocks of text that are for some frameworks only, by what they say they are for."""
    is_stable: bool
    """Whether d2lbook's reader finds the same in what its writer makes of the page."""


def convert(text: str) -> Converted:
    """The notebooks of a d2lbook page.

    Raises:
        InputError: d2lbook is not installed, or it cannot read the page.
    """
    try:
        from d2lbook import markdown, notebook
    except ImportError as error:
        mend = 'pip install "amts-action[d2lbook]"'
        raise InputError(f"d2lbook cannot be used ({error})", where="--book", mend=mend) from error
    try:
        parts = markdown.split_markdown(text)
        again = markdown.split_markdown(markdown.join_markdown_cells(parts))
        whole = notebook.split_markdown_cell(notebook.read_markdown(text))
        named = [t for cell in whole.cells for t in notebook.get_cell_tab(cell) if t not in ("", "all")]
        cells = {tab: _code(notebook.get_tab_notebook(whole, tab, "")) for tab in dict.fromkeys(["", *named])}
    except Exception as error:
        what = " ".join(f"{type(error).__name__} {error}".split())[:120]
        raise InputError(
            f"d2lbook cannot read it: {what}", mend="look for a tab or a fence that is not closed"
        ) from error
    blocks = Counter(part["class"] for part in parts if part["type"] == "markdown" and "class" in part)
    return Converted(cells, blocks, again == parts)


def _code(made: Any) -> tuple[tuple[str, ...], ...]:
    """The code cells of a notebook of nbformat; none when there is no notebook for the framework."""
    return tuple(skeleton(c.source) for c in made.cells if c.cell_type == "code") if made is not None else ()


def skeleton(code: str) -> tuple[str, ...]:
    """The lines of a program without comments, blanks and the insides of its texts.

    A line that goes on over several is one; lines for the notebook itself (`%matplotlib inline`) stay as they are, in
    front, and a text that stands alone, such as a docstring, is none.
    """
    lines = code.split("\n")
    magic = [line.strip() for line in lines if _MAGIC.match(line)]
    plain = "\n".join("" if _MAGIC.match(line) else line for line in lines)
    try:
        found = list(_tokens(plain))
    except (tokenize.TokenError, SyntaxError):
        found = [" ".join(re.sub(r"#.*", "", line).split()) for line in _QUOTED.sub("''", plain).split("\n")]
    return (*magic, *(line for line in found if line not in ("", "''")))


def _tokens(code: str) -> Iterator[str]:
    """The lines of Python code; how deep one is indented stands in front of it."""
    line: list[str] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        name = tokenize.tok_name[token.type]
        if token.type == tokenize.NEWLINE:
            yield " ".join(line) if line == ["''"] else f"{' ' * depth}{' '.join(line)}"
            line = []
        elif token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
        elif token.type == tokenize.STRING or name == "FSTRING_START":
            line.append("''")
        elif token.type not in _SKIPPED and not name.startswith("FSTRING"):
            line.append(token.string)


def _holds(own: Sequence[str], english: Sequence[str]) -> bool:
    """Whether all of the English's lines are there, in their order; more may be: fonts, for example."""
    rest = iter(own)
    return all(line in rest for line in english)


def differences(english: Converted, translation: Converted) -> list[str]:
    """What the translation's notebooks lack or have otherwise; frameworks and lines that only it has are its own."""
    out = []
    for tab, cells in english.cells.items():
        own, name = translation.cells.get(tab, ()), tab or "code"
        if len(own) != len(cells):
            out.append(f"{name}: {len(own)} code cells, the English has {len(cells)}")
        elif wrong := [str(n) for n, (a, b) in enumerate(zip(cells, own, strict=True), 1) if not _holds(b, a)]:
            out.append(f"{name}: other code in {'cell' if len(wrong) == 1 else 'cells'} {', '.join(wrong)}")
    for tab, n in english.tabs.items():
        if n != translation.tabs[tab]:
            out.append(f"text for {tab.strip('`')}: {translation.tabs[tab]} blocks, the English has {n}")
    if english.is_stable and not translation.is_stable:
        out.append("d2lbook's reader and writer do not agree on it")
    return out
