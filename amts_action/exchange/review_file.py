"""What a reviewer decided on the review page, as every form that leaves the page carries it: one line of JSON in a
comment, in a patch, in a text to paste, or in a file of its own.

Nobody says where the text comes from, so what is not understood is refused, and what is decided only counts where the
text that it was decided about still stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from amts_action.errors import InputError

__all__ = ["BlockReview", "PageReview", "Review", "Verb", "read_review"]

Verb = Literal["accept", "edit", "reject", "comment"]

_LINE: Final = re.compile(r"^<!-- amts:review (\{[^\n]*\}) -->", re.M)
"""At the start of a line: in a patch the book's own lines have a sign before them, so that none is taken for it."""
_MEND: Final = "give a file that the review page has saved"


@dataclass(frozen=True, slots=True)
class BlockReview:
    """What was decided about one block."""

    verb: Verb
    place: tuple[int, ...] = ()
    """In the file, or cell and place in it; empty for a block that the translation does not have."""
    was: str = ""
    """The text that stands there."""
    text: str | None = None
    """The text that shall stand there; empty to take the block out, None to leave it."""
    english: str = ""
    """The English of the block, for the ledger."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class PageReview:
    """The decisions about one file."""

    path: str
    decisions: tuple[BlockReview, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """All that was decided."""

    target: str
    branch: str
    """The branch that was reviewed; empty when it was files."""
    commit: str
    target_lang: str
    pages: tuple[PageReview, ...]


def read_review(data: bytes, *, where: str) -> Review:
    """The review in a file that the page has saved, whatever stands around it.

    Raises:
        InputError: there is none, or it is damaged.
    """
    text = _unpacked(data)
    found = _LINE.findall(text)
    try:
        content = json.loads(found[-1] if found else text)
        if content["v"] != 1:
            raise InputError("of another version of amts", where=where, mend="make the page again")
        pages = tuple(
            PageReview(_text(page["path"]), tuple(map(_decision, page["blocks"]))) for page in content["pages"]
        )
        if len({page.path for page in pages}) < len(pages):
            raise ValueError("a page comes twice")
        target, branch, commit, lang = (_text(content[name]) for name in ("target", "branch", "commit", "lang"))
        return Review(target, branch, commit, lang, pages)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError("no review is in it", where=where, mend=_MEND) from error


def _unpacked(data: bytes) -> str:
    """The text of a file; of a mail that is packed, as one with returns at its line ends is, what is in it."""
    import email
    import email.policy

    text = data.decode("utf-8", "replace")
    if not text.startswith("From "):
        return text
    mail = email.message_from_bytes(data.partition(b"\n")[2], policy=email.policy.compat32)
    packed = mail.get_payload(decode=True)
    return packed.decode("utf-8", "replace") if isinstance(packed, bytes) else text


def _decision(row: Mapping[str, Any]) -> BlockReview:
    verb, place, text = row["do"], row.get("at", []), row.get("text")
    if verb not in get_args(Verb) or len(place) not in (0, 2, 3):
        raise ValueError(verb)
    if not all(type(number) is int and number >= 0 for number in place):
        raise ValueError("a place is numbers")
    return BlockReview(
        verb,
        tuple(place),
        _text(row.get("was", "")),
        None if text is None else _text(text),
        _text(row.get("english", "")),
        _text(row.get("comment", "")),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is no text")
    value.encode("utf-8")  # half a character, which JSON can write, is a ValueError
    return value
