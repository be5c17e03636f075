"""The forms in which a term stands in a text: plural and singular, capitals, hyphens; for English terms.

For the translation: as it is where words have no spaces; elsewhere with endings, and case does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

__all__ = ["forms", "key", "occurs", "pattern", "without_notes"]

_IRREGULAR = {
    "matrix": "matrices",
    "vertex": "vertices",
    "index": "indices",
    "appendix": "appendices",
    "axis": "axes",
    "basis": "bases",
    "hypothesis": "hypotheses",
    "analysis": "analyses",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "datum": "data",
    "corpus": "corpora",
    "maximum": "maxima",
    "minimum": "minima",
    "optimum": "optima",
    "child": "children",
    "leaf": "leaves",
    "half": "halves",
    "knife": "knives",
    "life": "lives",
    "loaf": "loaves",
    "self": "selves",
    "shelf": "shelves",
    "wolf": "wolves",
    "man": "men",
    "woman": "women",
}
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}
_ENDS_IN_S = frozenset("bias alias canvas atlas gas lens series species news chaos thesaurus".split())
_WIDE = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f]")


def without_notes(term: str) -> str:
    """The term without what stands in brackets after it: `long short-term memory (LSTM)`."""
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*\Z", "", term) or term


def _plurals(word: str) -> Iterator[str]:
    if word in _IRREGULAR:
        yield _IRREGULAR[word]
    if re.search(r"(?:s|x|z|ch|sh)\Z", word):
        yield f"{word}es"
    elif re.search(r"[^aeiou]y\Z", word):
        yield f"{word[:-1]}ies"
    elif word:
        yield f"{word}s"


def _singular(word: str) -> str:
    """The singular of an English word; the word itself when it looks like none."""
    if word in _SINGULAR:
        return _SINGULAR[word]
    if word in _ENDS_IN_S or word[:-2] in _ENDS_IN_S:
        return word if word in _ENDS_IN_S else word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(?:ss|x|z|ch|sh)es\Z", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def key(term: str) -> str:
    """What all forms of a term share."""
    words = re.split(r"[\s-]+", without_notes(term).strip().casefold())
    return " ".join([*words[:-1], _singular(words[-1])])


@lru_cache(maxsize=50_000)
def forms(term: str) -> tuple[str, ...]:
    """Singular and plural of an English term, in lower case, words apart by one space."""
    base = key(term)
    *rest, last = base.split(" ")
    whole = " ".join(re.split(r"[\s-]+", without_notes(term).strip().casefold()))
    found = dict.fromkeys([whole, base, *(" ".join([*rest, p]) for p in _plurals(last))])
    return tuple(form for form in found if re.search(r"\w", form))


def pattern(terms: Iterable[str]) -> re.Pattern[str]:
    """Finds any form of any of the terms as whole words, the longest first; group 0 is as it stands in the text.

    A term in capitals (`GRU`) is only found in capitals.
    """
    every = {form: term for term in terms for form in forms(term)}
    parts = []
    for form in sorted(every, key=lambda f: (-len(f), f)):
        body = r"[\s-]+".join(map(re.escape, form.split(" ")))
        plain = without_notes(every[form])
        upper = plain.isupper() and len(plain) < 8
        parts.append(rf"(?-i:{re.escape(plain)}s?)" if upper else body)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts) or '(?!)'})(?![\w]|-\w)", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def _translation(term: str) -> re.Pattern[str]:
    plain = without_notes(term)
    if _WIDE.search(plain):
        return re.compile(r"\s*".join(map(re.escape, "".join(plain.split()))), re.IGNORECASE)
    words = [w if len(w) < 6 else w[: len(w) - 2] for w in plain.split()]
    return re.compile(r"(?<!\w)" + r"\w*[\s-]+".join(map(re.escape, words)), re.IGNORECASE)


def occurs(term: str, text: str) -> bool:
    """Whether a translation uses the term: exactly where words have no spaces, else with other endings too."""
    return _translation(term).search(text) is not None
