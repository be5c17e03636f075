"""Conservation of people's words over the whole book (DESIGN §2), before anything is written.

A sentence that a page loses is no loss to the book when another page has it now, and none when its English has left the
book. Anything else is `is_broken`: what takes it away has to be held back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from amts_action.errors import AmtsError
from amts_action.merging.checking.conservation import Leaving, english_keys, leaving
from amts_action.merging.sources.sieve import Sieve, Wanted, look
from amts_action.processes import spread

__all__ = ["BookPage", "losses"]

PARALLEL_FROM = 150_000
"""Characters of changed English from which pages are looked at in several processes, as for planning."""
ELSEWHERE = "its English stands on another page, and its translation would be nowhere"


@dataclass(frozen=True, slots=True)
class BookPage:
    """A page of both books before and after a run. Texts that are not there are empty."""

    path: str
    base: str
    head: str
    target: str
    """The translation before; only needed where the run changes it."""
    output: Callable[[], str]
    """The translation after."""
    is_changed: bool
    """The run changes the translation, or removes it."""


def losses(pages: Sequence[BookPage], *, source_lang: str, target_lang: str) -> dict[str, tuple[Leaving, ...]]:
    """What people's sentences each page loses and why, by path; pages that lose none are left out."""
    changed = [page for page in pages if page.is_changed and page.base and page.target]
    tasks = [(page.path, page.base, page.head, page.target, page.output()) for page in changed]
    look = partial(_leaving, source_lang, target_lang)
    size = sum(len(task[1]) for task in tasks)
    answers = spread(look, tasks) if size >= PARALLEL_FROM else [look(task) for task in tasks]
    found = dict(zip((task[0] for task in tasks), answers, strict=True))
    moved = _standing(pages, found, source_lang)
    out = {}
    for path, items in found.items():
        judged = (_judged(item, moved.get(item.english, ())) for item in items)
        if kept := tuple(item for item in judged if item is not None):
            out[path] = kept
    return out


def _leaving(source_lang: str, target_lang: str, task: tuple[str, str, str, str, str]) -> tuple[Leaving, ...]:
    path, base, head, target, output = task
    try:
        return leaving(base, head, target, output, name=path, source_lang=source_lang, target_lang=target_lang)
    except AmtsError:
        return ()


def _standing(pages: Sequence[BookPage], found: dict[str, tuple[Leaving, ...]], lang: str) -> dict[str, list[BookPage]]:
    """English sentences that leave one page and stand in the book as often as before → the pages that have got them."""
    gone = {item.english: item for items in found.values() for item in items if not item.is_broken}
    if not gone:
        return {}
    sieve = Sieve(map(Wanted, gone))
    before, after = Counter[str](), Counter[str]()
    where: dict[str, list[BookPage]] = {}
    for page in pages:
        old, new = (_counted(text, page.path, sieve, lang) for text in (page.base, page.head))
        before.update(old)
        after.update(new)
        for english in new - old:
            where.setdefault(english, []).append(page)
    return {english: there for english, there in where.items() if after[english] >= before[english]}


def _counted(text: str, name: str, sieve: Sieve, lang: str) -> Counter[str]:
    """How often a page has each of the sentences that are looked for."""
    candidates = [want.text for want in sieve.left(look(text, name))] if text else []
    keys = _keys(text, name, lang) if candidates else Counter[str]()
    return +Counter({c: min((keys[key] for key in _keys(c, "", lang)), default=0) for c in candidates})


def _keys(text: str, name: str, lang: str) -> Counter[str]:
    try:
        return english_keys(text, name, source_lang=lang)
    except AmtsError:
        return Counter()


def _judged(item: Leaving, pages: Iterable[BookPage]) -> Leaving | None:
    """None where one of the pages that have got the English has its translation, too."""
    pages = list(pages)
    if item.is_broken or not pages:
        return item
    text = "".join(item.text.split())
    if any(text in "".join(page.output().split()) for page in pages):
        return None
    return replace(item, reason=ELSEWHERE, is_broken=True)
