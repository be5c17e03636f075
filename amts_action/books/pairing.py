"""Which files are documents, and which documents of the two books belong together.

Documents are Markdown (`.md`, `.markdown`, `.qmd`, `.mdx`) and notebooks (`.ipynb`). Not part of a book, unless
`paths` names them without a wildcard: files in folders that start with a dot or are built or installed (`_build`,
`node_modules`), and what a repository keeps at its top for its contributors (README, LICENSE, CONTRIBUTING …).
`NAME_origin.md` beside `NAME.md` is no document but the English that `NAME.md` was made from (d2lbook's habit).

Patterns are d2lbook's: relative to the book's root, `*` stays inside a folder, `**` does not, and a pattern that
matches a folder stands for all that is in it. A pattern may also be written from the repository's root.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from amts_action.books.records import STATE_FOLDER
from amts_action.documents.files import OTHER_FORMATS, SUFFIXES

if TYPE_CHECKING:
    from amts_action.git.repository import Version
    from amts_action.settings import Settings

__all__ = [
    "PagePair",
    "documents",
    "former_names",
    "matches",
    "name_suffix",
    "origin_beside",
    "page_of",
    "pairs",
    "source_for",
    "target_for",
    "unread",
]

_BUILT = frozenset({"_build", "node_modules", "__pycache__"})
_MACHINERY = frozenset(
    "static _static templates _templates layouts _layouts includes _includes assets public themes partials".split()
)
"""Folders of a site's own pages and styles, which are no text of the book."""
_HOUSEKEEPING = re.compile(
    r"(readme|license|licence|contributing|code[-_]of[-_]conduct|security|changelog|changes|history|authors|"
    r"maintainers|support|governance|style[-_]?guide|info|terminology|pull_request_template|issue_template)"
    r"([-_.][\w-]+)?\.(md|markdown|rst|adoc|html|org)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PagePair:
    """A document and its translation, by full path in their repositories; None where one of them is missing."""

    source_path: str | None
    target_path: str | None
    origin_path: str | None = None
    """The `_origin` file beside the translation."""


def _below(path: str, prefix: str) -> str | None:
    """`path` relative to the folder `prefix` (empty: the root), None when it is not in it."""
    folder = f"{prefix}/" if prefix else ""
    return path[len(folder) :] if path.startswith(folder) else None


def target_for(source_path: str, settings: Settings) -> str:
    """Where the translation of a source document belongs."""
    path = _moved(source_path, settings.source_path, settings.target_path)
    if not settings.target_suffix:
        return path
    stem, ending = _parted(path)
    return f"{stem}{settings.target_suffix}{ending}" if ending else path


def source_for(target_path: str, settings: Settings) -> str:
    """Whose translation belongs at this place."""
    path = _moved(target_path, settings.target_path, settings.source_path)
    if not settings.target_suffix:
        return path
    stem, ending = _parted(path)
    return f"{stem.removesuffix(settings.target_suffix)}{ending}" if ending else path


def _moved(path: str, old: str, new: str) -> str:
    """The path in the folder `new` instead of in `old`, in which it need not be."""
    rest = path.removeprefix(f"{old}/") if old else path
    return f"{new}/{rest}" if new and rest else rest or new


def _parted(path: str) -> tuple[str, str]:
    """A document's path without its ending, and the ending; of anything else the path and nothing."""
    if not path.lower().endswith(SUFFIXES):
        return path, ""
    stem, dot, ending = path.rpartition(".")
    return stem, f"{dot}{ending}"


def name_suffix(source_tree: Iterable[str], target_tree: Container[str], settings: Settings) -> str:
    """What the names of translated pages have before their ending (`guide.fr.md`, `guide_fr.md`), told by the files;
    empty when they are named as the English pages are."""
    sources = [path for path in source_tree if _belongs(path, settings.source_path, settings)]
    codes = dict.fromkeys((settings.target_lang, settings.target_lang.split("-")[0].split("_")[0]))
    codes |= dict.fromkeys(form for code in list(codes) for form in (code.lower(), code.replace("-", "_")))
    best, most = "", 0
    for suffix in (f"{sign}{code}" for code in codes if code for sign in "._-"):
        asked = replace(settings, target_suffix=suffix)
        count = sum(target_for(path, asked) in target_tree for path in sources)
        if count > most:
            best, most = suffix, count
    return best


_OF_LANGUAGE = re.compile(r"(.+)[._-]([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)")


def _is_translation(path: str, names: Container[str]) -> bool:
    """Whether a page is the translation of the one beside it, into any language, as its name says."""
    stem, ending = _parted(path)
    found = _OF_LANGUAGE.fullmatch(stem)
    return found is not None and f"{found[1]}{ending}" in names


@lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    """The regular expression of one glob; it also matches everything below what the glob matches."""
    out, at, glob = "", 0, glob.strip().removeprefix("./").rstrip("/")
    while at < len(glob):
        if glob.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif glob.startswith("**", at):
            out, at = out + ".*", at + 2
        elif glob[at] in "*?":
            out, at = out + ("[^/]*" if glob[at] == "*" else "[^/]"), at + 1
        else:
            found = re.compile(r"\[(!?)([^\]/]+)\]").match(glob, at)
            literal = re.escape(glob[at]) if found is None else ""
            letters = re.sub(r"([\\\[^&~|])", r"\\\1", found[2]) if found else ""
            out += literal or f"(?!/)[{'^' if found and found[1] else ''}{letters}]"
            at = found.end() if found else at + 1
    return re.compile(f"(?:{out})(?:/.*)?", re.DOTALL)


def matches(path: str, globs: Iterable[str], prefix: str = "") -> bool:
    """Whether a path matches one of the patterns, from the root of the repository or of the folder `prefix`."""
    rest = _below(path, prefix) if prefix else ""
    for glob in globs:
        pattern = _pattern(glob)
        if pattern.fullmatch(path) or (rest and pattern.fullmatch(rest)):
            return True
    return False


def _is_named(path: str, settings: Settings, prefix: str) -> bool:
    """Whether `paths` names the file itself, without a wildcard."""
    plain = {glob.strip().removeprefix("./") for glob in settings.paths if not re.search(r"[*?\[]", glob)}
    return path in plain or _below(path, prefix) in plain


def _belongs(path: str, prefix: str, settings: Settings, suffixes: tuple[str, ...] = SUFFIXES) -> bool:
    """Whether a path is a document of the book below `prefix`, as the patterns and the rules above say."""
    rest = path if not prefix else _below(path, prefix)
    if not rest or not rest.lower().endswith(suffixes):
        return False
    if settings.exclude and matches(path, settings.exclude, prefix):
        return False
    if settings.paths and not matches(path, settings.paths, prefix):
        return False
    *folders, name = rest.split("/")
    hidden = rest[0] == "." or "/." in rest or not _BUILT.isdisjoint(folders)
    return not (hidden or (not folders and _HOUSEKEEPING.fullmatch(name))) or _is_named(path, settings, prefix)


def _origin_of(path: str, suffix: str) -> str | None:
    """`NAME_origin.md` → `NAME.md`; None when it is no such name."""
    stem, dot, end = path.rpartition(".")
    return f"{stem.removesuffix(suffix)}{dot}{end}" if suffix and dot and stem.endswith(suffix) else None


def page_of(path: str, settings: Settings) -> str:
    """The page that a file of the translation belongs to: its record and its `_origin` file go with it."""
    page = path.removeprefix(STATE_FOLDER).removesuffix(".json") if path.startswith(STATE_FOLDER) else path
    return _origin_of(page, settings.origin_suffix) or page


def documents(tree: Iterable[str], prefix: str, settings: Settings, *, without: str = "") -> list[str]:
    """The documents of a book, sorted: those below `prefix` and not below the folder `without`.

    `_origin` files that have their document beside them are left out.
    """
    names = set(tree)
    out = []
    # Records are half of the files of a large book; the ending tells them apart before they are sorted.
    for path in sorted(path for path in names if path.lower().endswith(SUFFIXES)):
        if (without and _below(path, without) is not None) or not _belongs(path, prefix, settings):
            continue
        if _origin_of(path, settings.origin_suffix) not in names:
            out.append(path)
    return out


def unread(source_tree: Iterable[str], target_tree: Iterable[str], settings: Settings) -> list[PagePair]:
    """Pages that both books have, in formats that are not read."""
    targets = set(target_tree)
    found = [(path, target_for(path, settings)) for path in sorted(source_tree) if _is_other_page(path, settings)]
    return [PagePair(path, twin) for path, twin in found if twin in targets]


def _is_other_page(path: str, settings: Settings) -> bool:
    if _below(path, settings.source_path) is None or not path.lower().endswith(OTHER_FORMATS):
        return False
    parts = set(path.lower().split("/")[:-1])
    return _MACHINERY.isdisjoint(parts) and _belongs(path, settings.source_path, settings, OTHER_FORMATS)


def former_names(history: Mapping[str, Iterable[Version]], present: Container[str]) -> dict[str, str]:
    """Old name → present name of every file of a history that was renamed. A name in use again is left out."""
    found: dict[str, str] = {}
    for path, versions in history.items():
        for version in versions:
            if path in present and version.path != path and version.path not in present:
                found.setdefault(version.path, path)
    return found


def pairs(
    source_tree: Iterable[str],
    target_tree: Iterable[str],
    settings: Settings,
    renames: Mapping[str, str] | None = None,
    *,
    same_repository: bool = False,
) -> list[PagePair]:
    """Documents of both books, put together by their path below `source_path` and `target_path`.

    Args:
        source_tree: paths of the source at head.
        target_tree: paths of the target.
        renames: old source path → present source path; a translation that still has the old name is found by it.
        same_repository: both books are folders of one repository, so that one may lie inside the other.

    Returns: source order first, then the documents that only the target has. `paths` and `exclude` count for both
    sides; a translation is left out only together with its source, whatever its own name matches.
    """
    target_names = set(target_tree)
    nested = {"source": "", "target": ""}
    if same_repository and settings.source_path != settings.target_path:
        inside = _below(settings.target_path, settings.source_path) is not None and settings.target_path
        nested["source" if inside else "target"] = settings.target_path if inside else settings.source_path
    sources = documents(source_tree, settings.source_path, settings, without=nested["source"])
    targets = documents(target_names, settings.target_path, settings, without=nested["target"])
    if same_repository and settings.target_suffix:
        sources = [path for path in sources if not _is_translation(path, target_names)]
        targets = [path for path in targets if _parted(path)[0].endswith(settings.target_suffix)]
    former: dict[str, list[str]] = {}
    for old, new in (renames or {}).items():
        former.setdefault(new, []).append(old)
    taken: set[str] = set()
    out = []
    places = {path: target_for(path, settings) for path in sources}
    expected = set(places.values())
    for path, place in places.items():
        names = [place]
        names += [name for name in (target_for(old, settings) for old in former.get(path, ())) if name not in expected]
        found = next((name for name in names if name in target_names and name not in taken), None)
        taken.update([found] if found else [])
        out.append(PagePair(path, found, origin_beside(found, target_names, settings)))
    orphans = [path for path in targets if path not in taken and not _is_orphan_origin(path, settings)]
    return out + [PagePair(None, path, origin_beside(path, target_names, settings)) for path in orphans]


def _is_orphan_origin(path: str, settings: Settings) -> bool:
    """An `_origin` file whose translation is gone is no document either."""
    return _origin_of(path, settings.origin_suffix) is not None


def origin_beside(path: str | None, names: Container[str], settings: Settings) -> str | None:
    """The `_origin` file of a translation, if it has one."""
    if path is None or not settings.origin_suffix:
        return None
    stem, dot, end = path.rpartition(".")
    name = f"{stem}{settings.origin_suffix}{dot}{end}"
    return name if name in names else None
