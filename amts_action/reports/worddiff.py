"""What changed between two texts: by words, by characters where a language writes no blanks, or by lines.

A difference is data, a sequence of `DiffPiece`s; the renderings say how it looks. The words come from a longest common
subsequence, and what two texts share by accident between two changes is taken for changed, so that people can read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from amts_action.reports.escape import github_html, visible

__all__ = ["DiffPiece", "as_github", "diff_lines", "diff_words", "elided", "likeness", "line_diff_text"]

Op = Literal["equal", "delete", "insert", "gap"]

MAX_CELLS = 200_000_000
"""Product of the two lengths in words above which only the common ends are looked for; one bit of memory each."""


class DiffPiece(NamedTuple):
    """A piece of one text or of both. `gap` is a piece of both that is left out; its text says how much."""

    op: Op
    text: str


_WIDE = (
    "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
"""Chinese, Japanese, Korean; Thai, Lao, Burmese, Khmer."""

_LETTERS = rf"(?:(?![{_WIDE}])[^\W_])+"
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*|\s+|.", re.S)


def words(text: str) -> list[str]:
    """The words, blanks and signs of a text, which concatenate to it; one character each where no blanks are written
    between words."""
    return _WORD.findall(text)


def diff_words(old: str, new: str) -> tuple[DiffPiece, ...]:
    """The difference by words: the texts of `equal` and `delete` concatenate to `old`, of `equal` and `insert` to
    `new`."""
    return _smooth(_diff(words(old), words(new)))


def diff_lines(old: str, new: str) -> tuple[DiffPiece, ...]:
    """The same by lines, each with its line end: one `DiffPiece` may hold several."""
    return _flat(_hunks(_diff(_lines(old), _lines(new))))


def _lines(text: str) -> list[str]:
    """The lines with their ends, as git sees them: only `\\n` ends a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _diff(old: Sequence[str], new: Sequence[str]) -> list[DiffPiece]:
    start, limit = 0, min(len(old), len(new))
    while start < limit and old[start] == new[start]:
        start += 1
    end = 0
    while end < limit - start and old[-1 - end] == new[-1 - end]:
        end += 1
    out: list[DiffPiece] = []
    _add(out, "equal", old[:start])
    for op, left, right in _middle(old[start : len(old) - end], new[start : len(new) - end]):
        if op == "equal":
            _add(out, "equal", left)
        else:
            _add(out, "delete", left)
            _add(out, "insert", right)
    _add(out, "equal", old[len(old) - end :])
    return out


def _middle(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, Sequence[str], Sequence[str]]]:
    if not old or not new or len(old) * len(new) > MAX_CELLS:
        return [("replace", old, new)]
    from rapidfuzz.distance import LCSseq

    ids: dict[str, int] = {}
    left, right = ([ids.setdefault(word, len(ids)) for word in side] for side in (old, new))
    return [
        (code.tag, old[code.src_start : code.src_end], new[code.dest_start : code.dest_end])
        for code in LCSseq.opcodes(left, right)
    ]


def _add(out: list[DiffPiece], op: Op, parts: Sequence[str]) -> None:
    if parts:
        out.append(DiffPiece(op, "".join(parts)))


class _Hunk(NamedTuple):
    """A shared text and the change after it."""

    equal: str
    old: str
    new: str


def _smooth(changes: Sequence[DiffPiece]) -> tuple[DiffPiece, ...]:
    """The same difference with the short common pieces between two changes made part of them.

    A piece goes when both changes beside it are at least as long as it is without its blanks.
    """
    hunks = _hunks(changes)
    out: list[_Hunk] = []
    for hunk in hunks:
        out.append(hunk)
        while len(out) > 1 and _accidental(out[-2], out[-1]):
            last = out.pop()
            before = out.pop()
            out.append(_Hunk(before.equal, before.old + last.equal + last.old, before.new + last.equal + last.new))
    return _flat(out)


def _flat(hunks: Sequence[_Hunk]) -> tuple[DiffPiece, ...]:
    """The hunks as changes, what is deleted before what is inserted."""
    parts = (
        change
        for equal, old, new in hunks
        for change in (DiffPiece("equal", equal), DiffPiece("delete", old), DiffPiece("insert", new))
    )
    return tuple(change for change in parts if change.text)


def _accidental(before: _Hunk, after: _Hunk) -> bool:
    if not (after.old or after.new):
        return False
    shared = len(after.equal.strip())
    return shared <= max(len(before.old), len(before.new)) and shared <= max(len(after.old), len(after.new))


def _hunks(changes: Sequence[DiffPiece]) -> list[_Hunk]:
    out: list[_Hunk] = []
    equal = old = new = ""
    for op, text in changes:
        if op == "equal":
            if equal or old or new:
                out.append(_Hunk(equal, old, new))
            equal, old, new = text, "", ""
        elif op == "delete":
            old += text
        else:
            new += text
    return [*out, _Hunk(equal, old, new)] if equal or old or new else out


def likeness(changes: Sequence[DiffPiece]) -> float:
    """How much of the two texts is the same, 0 to 1; 1 for two empty texts."""
    same = sum(len(c.text) for c in changes if c.op == "equal")
    other = sum(len(c.text) for c in changes if c.op != "equal")
    return 2 * same / (2 * same + other) if same or other else 1.0


def elided(changes: Sequence[DiffPiece], *, around: int, longest: int, total: int) -> tuple[DiffPiece, ...]:
    """The difference for a small space.

    Args:
        around: characters of common text kept on each side of a change.
        longest: characters kept of one change.
        total: characters kept of it all.

    What is left out is a `gap` whose text is the number of its characters.
    """
    out: list[DiffPiece] = []
    room, left_out = total, 0
    for i, (op, text) in enumerate(changes):
        before, after = longest, 0
        if op == "equal":
            before, after = around if i > 0 else 0, around if i < len(changes) - 1 else 0
        for piece in _without_middle(DiffPiece(op, text), before, after):
            if piece.op == "gap":
                left_out += int(piece.text)
                continue
            kept = piece.text[:room]
            if left_out and kept:
                out.append(DiffPiece("gap", str(left_out)))
                left_out = 0
            if kept:
                out.append(DiffPiece(op, kept))
            room -= len(kept)
            left_out += len(piece.text) - len(kept)
    return (*out, DiffPiece("gap", str(left_out))) if left_out else tuple(out)


_WORTH_CUTTING = 40


def _without_middle(change: DiffPiece, before: int, after: int) -> list[DiffPiece]:
    left_out = len(change.text) - before - after
    if change.op == "gap" or left_out <= _WORTH_CUTTING:
        return [change]
    parts = (change.text[:before], change.text[len(change.text) - after :])
    return [DiffPiece(change.op, parts[0]), DiffPiece("gap", str(left_out)), DiffPiece(change.op, parts[1])]


_TAGS = {"delete": "del", "insert": "ins"}


def as_github(changes: Sequence[DiffPiece]) -> str:
    """The difference as HTML on one line for a pull request: `<del>` and `<ins>`, the only tags in it besides the empty
    ones of `github_html`. White space is not shown as changed."""
    # A blank between the two, or "old" and "new" read as one word.
    return "".join(_pieces(changes)).replace("</del><ins>", "</del> <ins>")


def _github(op: Op, text: str) -> str:
    if op == "gap":
        return f"<i>[… {text} characters …]</i>"
    tag = _TAGS.get(op)
    return f"<{tag}>{text}</{tag}>" if tag and text else text


def _pieces(changes: Sequence[DiffPiece]) -> list[str]:
    """Every piece escaped and marked, with the blanks at its ends as one blank outside the mark."""
    out: list[str] = []
    for op, text in changes:
        if op != "gap" and not text.strip():
            out.append("" if op == "delete" else " ")
            continue
        lead = " " if text[0].isspace() else ""
        tail = " " if text[-1].isspace() else ""
        out += [lead, _github(op, github_html(text)), tail]
    return out


def line_diff_text(changes: Sequence[DiffPiece], *, context: int) -> str:
    """The difference by lines with `+`, `-` or a blank before each, as people know it from git; of common lines only
    `context` beside a change. For a fence of its own."""
    out: list[str] = []
    for i, (op, text) in enumerate(changes):
        sign = {"delete": "-", "insert": "+"}.get(op, " ")
        lines = [f"{sign}{line}" for line in visible(text).removesuffix("\n").split("\n")]
        if op == "equal":
            before, after = context if i > 0 else 0, context if i < len(changes) - 1 else 0
            left_out = len(lines) - before - after
            if left_out > 1:
                lines = [*lines[:before], f"@@ {left_out} lines left out @@", *lines[len(lines) - after :]]
        out += lines
    return "\n".join(out) + "\n" if out else ""
