"""Where the pages of a book and of its translations lie, told by names alone.

Three layouts are known: the same names in two repositories, two folders of one repository (`en/` and `zh/`, `docs` and
`i18n/zh/docs`), and translations beside their English (`guide.md` and `guide.de.md`). Pure functions on paths; whether
a name that looks like a language is one is told by the pages, and elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from amts_action.books.pairing import documents, pairs
from amts_action.settings import Settings
from amts_action.settings.languages import is_language

__all__ = ["Layout", "confirmed", "languages_in", "layouts_beside", "layouts_in_one", "two_books"]

LEAST_SHARE = 0.5
"""Share of the pages of a folder that have a counterpart, from which it is a translation: a young one has pages of its
own and few others."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one translation lies, relative to the tops of the repositories."""

    target_lang: str = ""
    """As the names have it; empty when they do not tell."""
    source_path: str = ""
    target_path: str = ""
    target_suffix: str = ""
    pages: int = 0
    """Documents that both books have."""


def languages_in(name: str) -> list[str]:
    """The codes of languages in a name such as `book-zh`, `lecture.zh-cn` or `d2l-pt_BR`, likeliest first."""
    regional = re.findall(r"(?<![A-Za-z])([a-z]{2,3}[-_](?:[A-Z]{2}|[A-Z][a-z]{3}|cn|tw|hk|br|pt))(?![A-Za-z])", name)
    plain = [part for part in re.split(r"[^A-Za-z]+", name) if re.fullmatch(r"[a-z]{2}", part)]
    found = [code for code in (*regional, *reversed(plain)) if is_language(code)]
    return list(dict.fromkeys(found))


def two_books(source: Iterable[str], target: Iterable[str]) -> Layout:
    """The folders of two repositories that have most pages in common; no pages when they have none."""
    plain = Settings()
    sources, targets = documents(source, "", plain), documents(target, "", plain)
    tails = _tails(sources)
    votes: Counter[tuple[str, str]] = Counter()
    for path in targets:
        parts = path.split("/")
        at = next((k for k in range(len(parts)) if tails.get("/".join(parts[k:]))), None)
        if at is not None:
            votes.update((prefix, "/".join(parts[:at])) for prefix in tails["/".join(parts[at:])])
    best = Layout()
    for (here, there), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:_RIVALS]:
        found = Layout("", here, there, "", _common(sources, targets, here, there))
        best = max(best, found, key=lambda layout: layout.pages)
    # Folders of the same name in both need not be said.
    if best.source_path == best.target_path and _common(sources, targets, "", "") >= best.pages:
        return Layout(pages=_common(sources, targets, "", ""))
    return best


_RIVALS = 20
"""Pairs of folders that are counted for good, those with most votes."""


def _tails(paths: Iterable[str]) -> dict[str, list[str]]:
    """By the end of a path, the folders in which it stands; a name that is everywhere tells nothing by itself."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        parts = path.split("/")
        for k in range(len(parts)):
            found["/".join(parts[k:])].append("/".join(parts[:k]))
    return {tail: prefixes for tail, prefixes in found.items() if len(prefixes) <= _RIVALS}


def _common(sources: Sequence[str], targets: Sequence[str], here: str, there: str) -> int:
    told = Settings(source_path=here, target_path=there)
    return sum(p.source_path is not None and p.target_path is not None for p in pairs(sources, targets, told))


def layouts_in_one(tree: Iterable[str], source_lang: str = "en") -> list[Layout]:
    """The translations that lie in folders of the repository of their English, the largest first."""
    names = documents(tree, "", Settings())
    english = [path for path in names if not _places(path, source_lang)]
    tails = _tails(english)
    votes: Counter[tuple[str, str, str]] = Counter()
    sizes: Counter[str] = Counter()
    for path in names:
        parts = path.split("/")
        for at, lang in _places(path, source_lang):
            sizes["/".join(parts[: at + 1])] += 1
            start = next((k for k in range(at + 1, len(parts)) if tails.get("/".join(parts[k:]))), None)
            if start is not None:
                there = "/".join(parts[:start])
                votes.update((lang, prefix, there) for prefix in tails["/".join(parts[start:])])
    order = sorted(votes, key=lambda key: (-votes[key], not _is_of(key[1], source_lang), len(key[1]), key))
    best: dict[str, Layout] = {}
    for lang, here, there in order:
        folder = next(folder for folder in sizes if there == folder or there.startswith(f"{folder}/"))
        if lang not in best and votes[lang, here, there] >= LEAST_SHARE * sizes[folder]:
            best[lang] = Layout(lang, here, there, "", votes[lang, here, there])
    return sorted(best.values(), key=lambda layout: (-layout.pages, layout.target_lang))


_NAMED = re.compile(
    r"(?:(?:docs?|content|book|src|pages|site|lectures?|notebooks?|chapters|translations?|i18n)[-_.])?"
    r"([a-z]{2}(?:[-_](?:[A-Za-z]{2}|[A-Za-z]{4}))?)"
)
"""The name of a folder that says a language: `zh`, `pt-BR`, `docs_zh`. With three letters most are words: `doc`."""


def _places(path: str, source_lang: str) -> list[tuple[int, str]]:
    """The folders of a path that are named after another language than the source's, with their number."""
    named = [(at, _NAMED.fullmatch(part)) for at, part in enumerate(path.split("/")[:-1])]
    found = [(at, match[1]) for at, match in named if match and is_language(match[1])]
    return [(at, code) for at, code in found if not _is_of(code, source_lang)]


def _is_of(folder: str, source_lang: str) -> bool:
    """Whether a folder is named after the source's language."""
    parts = re.split(r"[-_./]", folder.lower())
    return source_lang.split("-")[0].lower() in parts


def layouts_beside(tree: Iterable[str], source_lang: str = "en") -> list[Layout]:
    """The translations whose pages stand beside their English, named after it, the largest first."""
    names = set(documents(tree, "", Settings()))
    counts: Counter[tuple[str, str]] = Counter()
    for path in names:
        match = _BESIDE.fullmatch(path)
        if match is None or match["page"] + match["ending"] not in names:
            continue
        if is_language(match["lang"]) and not _is_of(match["lang"], source_lang):
            counts[match["sign"] + match["lang"], match["lang"]] += 1
    found = [Layout(lang, "", "", suffix, n) for (suffix, lang), n in counts.items()]
    return sorted(found, key=lambda layout: (-layout.pages, layout.target_lang))


_BESIDE = re.compile(r"(?P<page>.+)(?P<sign>[._-])(?P<lang>[a-z]{2}(?:[-_][A-Za-z]{2,4})?)(?P<ending>\.\w+)")


def confirmed(layouts: Iterable[Layout], is_in: Callable[[Layout], bool]) -> list[Layout]:
    """Those whose pages are in the language that their name says, one for each language."""
    seen: dict[str, Layout] = {}
    for layout in layouts:
        if layout.target_lang not in seen and is_in(layout):
            seen[layout.target_lang] = layout
    return list(seen.values())
