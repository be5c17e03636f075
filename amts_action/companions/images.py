"""Local files that a page refers to, and what to do about each in the translation.

`referenced` reads text only; `plan_images` compares blob ids only: nothing is decoded, nothing is read or written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Literal, NamedTuple

from amts_action.companions.paths import RefusedReference, local_path, relocate
from amts_action.companions.scan import Visible, visible

__all__ = [
    "CompanionNotice",
    "Copy",
    "Lookup",
    "References",
    "TreeFile",
    "is_lfs_pointer",
    "plan_images",
    "referenced",
    "references",
]


class References(NamedTuple):
    """The local files of a page, in order of first appearance, and the references that are not followed."""

    paths: tuple[str, ...]
    refused: tuple[RefusedReference, ...]


class _Raw(NamedTuple):
    at: int
    reference: str
    is_url: bool


_URL_DIRECTIVES = frozenset({"figure", "image"})
_FILE_DIRECTIVES = frozenset({"literalinclude", "include"})
_FILE_OPTIONS = {"csv-table": {"file"}, "raw": {"file"}}
_CARD_OPTIONS = frozenset({"img-top", "img-bottom", "img-background"})
_ROLE_TARGET = re.compile(r"<([^<>]+)>\s*\Z")
_TAG = re.compile(r"<(?:img|source|video|audio|embed)(?=[\s/])((?:\"[^\"]*+\"|'[^']*+'|[^'\"<>])*+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s(src|poster)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_BRACKET = re.compile(r"!?\[|\]")
_DEFINITION = re.compile(r"^ {0,3}\[((?:[^\[\]\\]|\\.){1,999})\]:[ \t]*\r?\n?[ \t]*(<[^<>\r\n]*>|\S+)", re.MULTILINE)
_MATH = re.compile(r"(?<![\\$])\$(?=[^\s$])[^$\r\n]{0,1000}(?<=[^\s\\])\$")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MAX_TAG = 8192
"""Our own limit on the length of an HTML tag."""
_MAX_DESTINATION = 4096
_MAX_PARENTHESES = 32
"""Nesting in a link destination; CommonMark §6.3 lets implementations choose, its reference programs take 32."""


def referenced(text: str, page_path: str, *, source_path: str = "") -> tuple[str, ...]:
    """Repository-relative paths of the local files that a page or markdown cell needs in order to build.

    See `references`, which also says what was refused.
    """
    return references(text, page_path, source_path=source_path).paths


def references(text: str, page_path: str, *, source_path: str = "") -> References:
    """The local files of a page: images in every notation, included and downloadable files. Never raises.

    Known notations: `![…](path)`, `![…][label]`, HTML `src` and `poster`, the directives figure, image, include and
    literalinclude in backtick and colon fences and in `eval-rst`, `:file:` of csv-table and raw, cards' images, and
    the download role. Code and comments do not count.

    Args:
        text: the page.
        page_path: its path in the repository, `/` between parts.
        source_path: the book's folder; a leading `/` in a reference stands for it (as in Sphinx).
    """
    page = visible(text)
    found = [*_from_directives(page), *_from_roles(page), *_from_html(page.prose), *_from_markdown(page.prose)]
    results = [
        local_path(_resolved(raw), page_path, source_path, is_url=raw.is_url)
        for raw in sorted(found, key=lambda raw: raw.at)
    ]
    return References(
        tuple(dict.fromkeys(path for path in results if isinstance(path, str))),
        tuple(dict.fromkeys(path for path in results if isinstance(path, RefusedReference))),
    )


def _resolved(raw: _Raw) -> str:
    return unescape(raw.reference) if raw.is_url and len(raw.reference) <= _MAX_DESTINATION else raw.reference


def _from_directives(page: Visible) -> Iterator[_Raw]:
    for directive in page.directives:
        name = directive.name
        if directive.argument and name in _URL_DIRECTIVES | _FILE_DIRECTIVES:
            yield _Raw(directive.at, directive.argument, name in _URL_DIRECTIVES)
        for key, value in directive.options:
            if key in _CARD_OPTIONS or key in _FILE_OPTIONS.get(name, ()):
                yield _Raw(directive.at, value, key in _CARD_OPTIONS)


def _from_roles(page: Visible) -> Iterator[_Raw]:
    for role in page.roles:
        if role.name == "download":
            target = _ROLE_TARGET.search(role.content[-_MAX_DESTINATION:])
            yield _Raw(role.at, target[1] if target else role.content, False)


def _from_html(prose: str) -> Iterator[_Raw]:
    for start in re.finditer(r"<[A-Za-z]", prose):
        tag = _TAG.match(prose, start.start(), start.start() + _MAX_TAG)
        for found in _ATTRIBUTE.finditer(tag[1]) if tag else ():
            yield _Raw(start.start(), next(value for value in found.groups()[1:] if value is not None), True)


def _from_markdown(prose: str) -> Iterator[_Raw]:
    """Inline and reference images. Brackets in inline math do not pair with those of the caption."""
    prose = _MATH.sub(lambda match: re.sub(r"[\[\]]", " ", match[0]), prose)
    defined = {_label(match[1]): match[2] for match in reversed(list(_DEFINITION.finditer(prose)))}
    breaks = [match.start() for match in re.finditer(r"\n[ \t]*\r?\n", prose)]
    stack: list[tuple[int, bool]] = []
    paragraph = 0
    for match in _BRACKET.finditer(prose):
        at = match.start()
        if bisect_right(breaks, at) != paragraph:
            paragraph = bisect_right(breaks, at)
            stack.clear()
        if at and prose[at - 1] == "\\" and not prose[max(0, at - 2) : at].startswith("\\\\"):
            continue
        if match[0] != "]":
            stack.append((match.end(), match[0] == "!["))
        elif stack:
            inner, is_image = stack.pop()
            target = _target(prose, inner, at, defined) if is_image else None
            if target is not None:
                yield _Raw(inner, target, True)


def _target(prose: str, inner: int, close: int, defined: dict[str, str]) -> str | None:
    """Destination of the image whose description ends at `close`: inline, full, collapsed or shortcut reference."""
    following = prose[close + 1 : close + 2]
    if following == "(":
        inline = _destination(prose, close + 2)
        if inline is not None:
            return inline
    label = prose[inner:close] if close - inner < 1000 else ""
    if following == "[":
        end = prose.find("]", close + 2, close + 1002)
        label = prose[close + 2 : end] if end > close + 2 else label
    target = defined.get(_label(label))
    return None if target is None else _ESCAPE.sub(r"\1", target[1:-1] if target.startswith("<") else target)


def _destination(prose: str, at: int) -> str | None:
    """The link destination that starts at `at` (CommonMark §6.3); None if there is none. Titles are not checked."""
    window = prose[at : at + _MAX_DESTINATION].lstrip(" \t\r\n")
    if window.startswith("<"):
        match = re.match(r"<((?:[^<>\\\r\n]|\\.)*+)>", window)
        return _ESCAPE.sub(r"\1", match[1]) if match else None
    depth = 0
    escaped = False
    for place, char in enumerate(window):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in " \t\r\n" or (char == ")" and depth == 0):
            return _ESCAPE.sub(r"\1", window[:place])
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth > _MAX_PARENTHESES:
                return None
    return None


def _label(label: str) -> str:
    return " ".join(label.split()).casefold()


class TreeFile(NamedTuple):
    """One entry of a git tree (`git ls-tree`)."""

    mode: str
    """Six octal digits: 100644, 100755 file; 120000 symbolic link; 160000 submodule; 040000 folder."""
    oid: str


Lookup = Callable[[str], TreeFile | None]
"""The entry at a repository-relative path of one commit, folders included or not; None if there is none."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Write the blob `oid` (an object of the source repository) to `target`."""

    source: str
    target: str
    oid: str
    mode: str = "100644"
    """Never executable and never a link: a companion is data."""


Reason = Literal["missing", "link", "submodule", "folder", "blocked", "localised", "too_large", "outside", "pointer"]


@dataclass(frozen=True, slots=True)
class CompanionNotice:
    """A companion that a person must look at; nothing is written."""

    source: str
    target: str
    reason: Reason
    message: str


_WHY: dict[Reason, str] = {
    "missing": "the source does not have the file: correct the address",
    "link": "a symbolic link is never followed: copy the file itself",
    "submodule": "a submodule is never copied: add it by hand",
    "folder": "names a folder, not a file: correct the address",
    "blocked": "a part of its path here is no folder, or it is no plain file: make room for it",
    "localised": "the file here is no copy of the earlier English one: say whether it shall follow",
    "too_large": "the file is larger than companion_max_bytes: copy it by hand",
    "pointer": "the source holds only a Git LFS pointer: copy the picture itself, or fetch it with git lfs",
    "outside": "its place would be outside of the target's folder: copy it by hand",
}


def plan_images(
    base_references: Collection[str],
    head_references: Iterable[str],
    *,
    base: Lookup,
    head: Lookup,
    target: Lookup,
    size_of: Callable[[str], int],
    max_bytes: int,
    source_path: str = "",
    target_path: str = "",
    same_repository: bool = False,
    is_document: Callable[[str], bool] = lambda path: False,
    is_pointer: Callable[[str], bool] = lambda oid: False,
) -> list[Copy | CompanionNotice]:
    """What to do about the local files of one page (or of all pages of a run, given together).

    A file is considered when head refers to it and base did not, or when its bytes changed from base to head. It is
    left alone when the target has head's blob, copied when the target lacks it or has base's blob, flagged otherwise.

    Args:
        base_references, head_references: what `referenced` gave for the page at base (empty for a new page) and head.
        base, head: lookups in the source repository; `target`: in the target repository.
        size_of: bytes of a blob of head by its id; asked only for what would be copied, since in a partial clone the
            answer may fetch the blob.
        max_bytes: larger files are flagged (settings: companion_max_bytes).
        source_path, target_path: folders of the two books; they map as in `paths.relocate`.
        same_repository: source and target are folders of one repository: a file that both share needs no copy.
        is_document: source paths that the run translates as pages of their own; they are left to it.
        is_pointer: whether a blob of head is a pointer of Git LFS (`is_lfs_pointer`); asked as seldom as `size_of`.
    """
    before = frozenset(base_references)
    plan: list[Copy | CompanionNotice] = []
    for path in dict.fromkeys(head_references):
        old, new = base(path), head(path)
        if is_document(path) or (path in before and old == new):
            continue
        place = relocate(path, source_path, target_path)
        if same_repository and place == path:
            continue
        plan += _decide(path, place, old, new, head, target, size_of, max_bytes, is_pointer)
    return plan


def is_lfs_pointer(data: bytes) -> bool:
    """Whether a blob stands for a file that Git LFS keeps elsewhere (the specification: pointers are under 1024 bytes
    and start with their version)."""
    return len(data) < 1024 and data.startswith(b"version https://git-lfs.github.com/spec/")


def _decide(
    path: str,
    place: str | None,
    old: TreeFile | None,
    new: TreeFile | None,
    head: Lookup,
    target: Lookup,
    size_of: Callable[[str], int],
    max_bytes: int,
    is_pointer: Callable[[str], bool],
) -> list[Copy | CompanionNotice]:
    def flag(reason: Reason) -> list[Copy | CompanionNotice]:
        return [CompanionNotice(path, place or "", reason, f"{path}: {_WHY[reason]}")]

    fault = _source_fault(path, new, head)
    if fault or new is None or place is None:
        return flag(fault or "outside")
    if _is_blocked(place, target):
        return flag("blocked")
    present = target(place)
    if present and present.oid == new.oid:
        return []
    if present and old is not None and old.oid == new.oid:
        return []  # translators have their own, and nothing about it has changed
    if present and (old is None or present.oid != old.oid):
        return flag("localised")
    if size_of(new.oid) > max_bytes:
        return flag("too_large")
    if is_pointer(new.oid):
        return flag("pointer")
    return [Copy(path, place, new.oid)]


def _source_fault(path: str, entry: TreeFile | None, head: Lookup) -> Reason | None:
    kinds: dict[str, Reason] = {"120000": "link", "160000": "submodule", "040000": "folder", "40000": "folder"}
    if entry is None:
        parents = (head(parent) for parent in _parents(path))
        above = next((kinds[p.mode] for p in parents if p and p.mode in {"120000", "160000"}), None)
        return above or "missing"
    return kinds.get(entry.mode)


def _is_blocked(place: str, target: Lookup) -> bool:
    folders = {"040000", "40000"}
    above = any(entry and entry.mode not in folders for entry in map(target, _parents(place)))
    present = target(place)
    return above or (present is not None and not present.mode.startswith("100"))


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
