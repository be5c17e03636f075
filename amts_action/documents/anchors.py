"""What can be read from a block whatever its language: canonical forms and anchors.

An anchor is something that a translation keeps: a formula, a line of code, a label, a number, a name in Latin script.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from amts_action.documents.inline import plain_text, protected
from amts_action.documents.model import Block

__all__ = ["TEXT_GROUP", "Anchors", "anchors", "canonical_code", "canonical_math", "strong_key"]

Anchors = Counter[str]
"""Anchor to number of occurrences. The first letter says how much it is worth: see `alignment.blocks`."""

_COMMENT = re.compile(r"(?<!['\"\w])#(?![|!]).*$|//.*$|%(?=\s).*$")
_STRING = re.compile(r'\\.|"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MATH_FORM = re.compile(r"^\$\$|\$\$(?:\s*\([^()]*\))?\s*$|^[ \t]*:[\w-]+:.*$|^[ \t]*(?:`{3,}|~{3,}|:{3,}).*$", re.M)
TEXT_GROUP = re.compile(r"(\\(?:text|textrm|textit|textbf|mbox|mathrm|mathit|operatorname\*?)\s*\{)([^{}]*)(\})")
"""Words in a formula: how they start, the words, how they end."""


@lru_cache(maxsize=20_000)
def canonical_code(text: str) -> str:
    """A program without comments, texts and white space: what a translator has no reason to change."""
    lines = []
    for line in _STRING.sub(lambda m: m.group() if m.group()[0] == "\\" else "''", text).split("\n"):
        kept = line if line.lstrip().startswith(("#@", "#|", "%%", "# @")) else _COMMENT.sub("", line)
        kept = re.sub(r"\s+", "", kept)
        if kept:
            lines.append(kept)
    return "\n".join(lines)


@lru_cache(maxsize=20_000)
def canonical_math(text: str) -> str:
    """A formula without its fence, options, white space, words (`\\text{…}`) and the punctuation at its end."""
    inner = TEXT_GROUP.sub("T", _MATH_FORM.sub("", text))
    return re.sub(r"\s+|\\[,;!: ]", "", inner).rstrip(".,;。，；、")


def strong_key(block: Block) -> str:
    """A text that is equal for a block and its translation and says much; empty when the block has none."""
    kind = block.kind
    if kind == "code":
        key = canonical_code(block.text).replace("\n", "")  # people wrap long lines anew
        return "c" + key if len(key) > 30 else ""
    if kind == "math":
        key = canonical_math(block.text)
        return "m" + key if len(key) > 8 else ""
    if kind in ("label", "definition"):
        return "l" + "".join(block.text.split())
    return ""


@lru_cache(maxsize=20_000)
def _prose_anchors(text: str) -> Anchors:
    found: Anchors = Counter()
    for (kind, raw), n in protected(text).items():
        if kind in ("escape", "html"):
            continue
        if kind == "image":
            raw = raw.rsplit("/", 1)[-1]
        is_display = kind == "math" and raw.startswith("$$")
        found["m" + canonical_math(raw) if is_display else "p" + raw] += n
    words = plain_text(text)
    for number in _NUMBER.findall(words):
        found["n" + number] += 1
    for word in _WORD.findall(words):
        found["w" + word.lower()] += 1
    return found


def anchors(block: Block) -> Anchors:
    """The anchors of a block, by kind."""
    found = _anchors(block)
    return found + Counter({"i" + block.hint: 1}) if block.hint else found


def _anchors(block: Block) -> Anchors:
    kind = block.kind
    if kind == "code":
        return Counter("c" + line for line in canonical_code(block.text).split("\n") if len(line) > 3)
    if kind == "math":
        return Counter({"m" + canonical_math(block.text): 1})
    if kind in ("directive", "tab", "end", "front_matter", "rule"):
        options = re.findall(r"^\s*:(?:label|name|nonumber):.*$", block.text, re.M)
        return Counter({"d" + block.kind + block.info: 1, **{"o" + "".join(o.split()): 1 for o in options}})
    if kind in ("label", "definition"):
        return Counter({"l" + "".join(block.text.split()): 1})
    if kind in ("html", "comment", "raw"):
        return Counter("h" + line.strip() for line in block.text.split("\n") if line.strip())
    return _prose_anchors(block.text)
