"""Our part of a pull request's body, and what we remember there from one run to the next.

What stands between our two comments is ours and written anew; what people write before or after it stays. A third
comment, invisible on the page, remembers what cannot be read off the commits: whether the title is still ours, where
the text of a block came from, and what a closed pull request had proposed. People may delete or damage it: what is
not understood counts as not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

from amts_action.merging.flags import Flag
from amts_action.merging.flags import read as read_flag

__all__ = [
    "OTHERS",
    "BodyMemory",
    "Past",
    "beside",
    "composed",
    "digest",
    "is_ours",
    "memory_of",
    "outside",
    "remembering",
    "written",
]

START: Final = "<!-- amts:start -->"
END: Final = "<!-- amts:end -->"
OTHERS: Final = "<!-- amts:others -->"
"""Ends the line with the requests that are proposed beside this one: it is written again when those change."""
_MEMORY = re.compile(r"<!-- amts:memory (\{[^\n]*\}) -->")
_ROOM: Final = 14_000
"""Most characters of what is remembered; the body has 60,000 for everything."""
_PAGES_ROOM: Final = 4_000
_KEY = re.compile(r"[0-9a-f]{12}")


def digest(*parts: str) -> str:
    """Twelve hexadecimal digits that stand for texts; runs of white space are alike."""
    return sha256("\0".join(" ".join(part.split()) for part in parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


class Past(NamedTuple):
    """What an earlier run wrote for a block."""

    output: str
    """Digest of the text; empty when it is not remembered."""
    origin: str = ""
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyMemory:
    """What a body remembers."""

    commit: str = ""
    """Commit of our branch that the body describes."""
    title: str = ""
    """Digest of the title that we gave."""
    has_metadata: bool = False
    """Labels, people and milestone were set; what people take away after that stays away."""
    blocks: Mapping[str, Past] = field(default_factory=dict)
    """By key, the blocks that are proposed."""
    pages: frozenset[str] = frozenset()
    """Keys of pages that are proposed as a whole."""
    refused: tuple[str, ...] = ()
    """Names of what it could not be dressed with: that is tried again."""
    base: str = ""
    """The branch that the run was for; people may have given the pull request another goal since."""
    skipped: frozenset[str] = frozenset()
    """Keys of blocks that people have said are to stay as they were."""


def memory_of(body: str) -> BodyMemory | None:
    """What a body remembers; None when it is not one of ours, or somebody has damaged it."""
    found = _MEMORY.findall(body)
    try:
        content = json.loads(found[-1]) if found else None
        return _read(content) if isinstance(content, dict) and content.get("v") == 1 else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _read(content: Mapping[str, Any]) -> BodyMemory:
    blocks = {}
    for key, past in content["b"].items():
        if _KEY.fullmatch(key):
            blocks[key] = Past("") if not past else Past(str(past[0]), str(past[1]), tuple(map(read_flag, past[2])))
    pages = frozenset(key for key in str(content["p"]).split(",") if _KEY.fullmatch(key))
    refused = tuple(str(name) for name in content.get("r", ()))
    return BodyMemory(
        commit=str(content["c"]),
        title=str(content["t"]),
        has_metadata=content["d"] is True,
        blocks=blocks,
        pages=pages,
        refused=refused,
        base=str(content.get("g", "")),
        skipped=frozenset(key for key in str(content.get("s", "")).split(",") if _KEY.fullmatch(key)),
    )


def written(memory: BodyMemory) -> str:
    """The comment. What has no room is left out: first where a text came from, then blocks; pages stay longest.

    A block that is not remembered would be proposed once more after its pull request was closed, and no harm done.
    """
    blocks: dict[str, Any] = {}
    taken = 0
    for short in (False, True):
        for key, past in memory.blocks.items():
            if key in blocks:
                continue
            row = 0 if short or not past.output else [past.output, past.origin, [[f.code, f.text] for f in past.flags]]
            cost = len(json.dumps(row, separators=(",", ":"))) + len(key) + 4
            if taken + cost <= (_ROOM if short else _ROOM * 2 // 3):
                taken += cost
                blocks[key] = row
    pages = sorted(memory.pages)[: _PAGES_ROOM // 13]
    content = {
        "v": 1,
        "c": memory.commit,
        "t": memory.title,
        "d": memory.has_metadata,
        "r": memory.refused,
        "g": memory.base,
        "b": blocks,
        "p": ",".join(pages),
        "s": ",".join(sorted(memory.skipped)[: _PAGES_ROOM // 13]),
    }
    text = json.dumps(content, separators=(",", ":"))
    # Nothing in it ends the comment, is a mention or names an issue, also where the body is shown as plain text.
    text = re.sub(r"[<>@#-]", lambda m: f"\\u{ord(m[0]):04x}", text)
    return f"<!-- amts:memory {text} -->"


def is_ours(body: str) -> bool:
    """Whether we have written in a body."""
    return START in body and END in body


def outside(body: str) -> tuple[str, str]:
    """What people wrote before and after our part; of a body without one, all is before it."""
    start, end = body.find(START), body.rfind(END)
    if start < 0 or end < start:
        return body, ""
    return body[:start], body[end + len(END) :]


def composed(body: str, ours: str, memory: BodyMemory) -> str:
    """The body with our part as it is now; people's own text and their ticks stay."""
    before, after = outside(body)
    part = "\n".join([START, "", ticked(ours, body).strip("\n"), "", written(memory), END])
    return "\n\n".join(text for text in (before.strip("\n"), part, after.strip("\n")) if text.strip())


def remembering(body: str, memory: BodyMemory) -> str:
    """The body with nothing else changed than what is remembered."""
    return _MEMORY.sub(lambda _: written(memory), body)


def beside(body: str, line: str) -> str:
    """The body with another line about the requests beside it; the same when it has none."""
    return re.sub(rf"^.*{re.escape(OTHERS)}$", lambda _: line, body, count=1, flags=re.MULTILINE)


_POINT = re.compile(r"^- \[([ xX])\] (.*)$", re.MULTILINE)


def ticked(ours: str, body: str) -> str:
    """Our text with those points of the checklist ticked that people have ticked in `body`."""
    done = {_words(text) for tick, text in _POINT.findall(body) if tick != " "}
    return _POINT.sub(lambda m: f"- [{'x' if _words(m[2]) in done else m[1]}] {m[2]}", ours)


def _words(point: str) -> str:
    """A point without its addresses, which name other commits after every run."""
    return re.sub(r"\]\([^)]*\)", "]", point).strip()
