"""Which pages are proposed together: all in one request, by page, by folder, or by who looks after them.

Pure: pages, sizes and what is open already in, the group of each page out. A group is the end of a branch's name. The
groups of a run share no file, so that their requests merge in any order without a conflict and to the same tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from amts_action.books.pairing import matches

__all__ = ["SHARED", "Page", "Rule", "assigned", "branch_of", "owners_of", "read_owners", "slug"]

SHARED: Final = "shared"
"""The group of files that pages of several groups need: a table of contents, a bibliography, a picture."""
NOBODY: Final = "nobody"
"""The group of pages that no rule gives to anybody."""
_LONGEST: Final = 60
"""Characters of a group in a branch's name; our own limit, GitHub allows 250 for all of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is to be proposed."""

    path: str
    lines: int
    """About how many of its lines change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a CODEOWNERS file."""

    pattern: str
    owners: tuple[str, ...]


def read_owners(text: str) -> tuple[Rule, ...]:
    """The rules of a CODEOWNERS file.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    rows = (line.split("#")[0].split() for line in text.splitlines())
    return tuple(Rule(words[0], tuple(words[1:])) for words in rows if words and words[0][0] not in "!")


def owners_of(path: str, rules: Iterable[Rule]) -> tuple[str, ...]:
    """Who looks after a file: as on GitHub, the last rule that matches it says so."""
    found: tuple[str, ...] = ()
    for rule in rules:
        if _is_matched(path, rule.pattern):
            found = rule.owners
    return found


def _is_matched(path: str, pattern: str) -> bool:
    name = pattern.strip("/")
    if pattern.endswith("/*") and path.count("/") > name.count("/"):
        return False  # `docs/*` is only what lies in docs itself
    is_anchored = "/" in pattern.rstrip("/")
    return matches(path, [name]) if is_anchored else matches(path, [name, f"**/{name}"])


def slug(group: str) -> str:
    """A group as a part of a branch's name; what cannot stand there is told apart by a digest."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", group.replace("/", "."))
    plain = re.sub(r"\.{2,}", ".", plain).strip("-.").removesuffix(".lock")[:_LONGEST].strip("-.")
    is_same = plain == group.replace("/", ".")
    return (
        plain
        if is_same and plain
        else f"{plain or 'x'}-{sha256(group.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    )


def branch_of(branch: str, group: str) -> str:
    """The branch of a group; all in one request have ours itself. `+` is in no code of a language."""
    return f"{branch}+{group}" if group else branch


def _plain_group(path: str, mode: str, rules: Sequence[Rule]) -> str:
    if mode == "page":
        return slug(path)
    if mode == "folder":
        return slug(path.rpartition("/")[0] or "top")
    if mode == "owner":
        owners = owners_of(path, rules)
        return slug(owners[0].lstrip("@")) if owners else NOBODY
    return ""


def assigned(
    pages: Iterable[Page], *, mode: str, rules: Sequence[Rule] = (), max_lines: int = 0, held: Mapping[str, str]
) -> dict[str, str]:
    """The group of every page, in the order of the pages.

    A page stays in the request in which it is, so that a reader finds it again. With `max_lines` a group becomes as
    many as are needed, in the order of the pages; a page that is longer by itself is a group by itself.

    Args:
        held: the group of each page that is in an open request; one of another mode is left.
    """
    pages = list(pages)
    found: dict[str, str] = {}
    room: dict[str, tuple[str, int]] = {}
    taken = set(held.values())
    kept = {held[p.path] for p in pages if p.path in held and _is_of(held[p.path], _plain_group(p.path, mode, rules))}
    for page in pages:
        plain = _plain_group(page.path, mode, rules)
        there = held.get(page.path)
        if there is not None and there in kept:  # also what people have put beside a page
            found[page.path] = there
            continue
        if not max_lines:
            found[page.path] = plain
            continue
        name, used = room.get(plain, ("", 0))
        if not name or used + page.lines > max_lines:
            name, used = _free(plain, taken), 0
        taken.add(name)
        room[plain] = (name, used + page.lines)
        found[page.path] = name
    return found


def _is_of(group: str, plain: str) -> bool:
    """Whether a group is the one that a page would have, or a further one of it."""
    return re.fullmatch(rf"{re.escape(plain)}(-?[1-9][0-9]*)?", group) is not None


def _free(plain: str, taken: set[str]) -> str:
    """The first name of a further group that is not taken."""
    number = 1
    while (name := f"{plain}-{number}" if plain else str(number)) in taken:
        number += 1
    return name
