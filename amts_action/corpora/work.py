"""What is done with one document, or one pair: pure functions from bytes to bytes, which may run on any machine.

A task carries the documents themselves, so that a worker needs no access to the folders, and its result is a function
of the task alone: it may be done again, or be kept and found again by `Task.key`.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from amts_action import __version__
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.corpora.matching.sketch import sketch
from amts_action.corpora.model import CorpusPage, CorpusRequest, Link, Sketch
from amts_action.corpora.reading.pages import read_page
from amts_action.errors import AmtsError
from amts_action.memory.harvest import Aligned, CandidatePair, PageTexts, candidates
from amts_action.training.export import Judged, judged

__all__ = [
    "AlignedOutcome",
    "Result",
    "Task",
    "do",
    "failed",
    "outcome_of",
    "packed_words",
    "refusal",
    "sketch_of",
    "words_of",
]

_VERSION = 1
"""Raised when a task's result may differ from what an earlier version made of it."""
_LIKELY = 0.5
"""Least confidence of a pair that words are learnt from."""
_LEARN_FROM = 20_000
"""Pairs that words are learnt from at most, as for a book (`memory.harvest`)."""

_ALIKE = 0.2
"""Share of the letters of a document, or of the other, that must be in good pairs. Pages of d2l (Chinese), QuantEcon
(Chinese) and TensorFlow (Spanish): 0.67 and more with their translation, 0.06 and less with that of another page of the
same book."""

_FORGET_AFTER = 200_000
"""Bytes of documents after which a worker empties its caches."""

Result = bytes


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do with one or two documents."""

    kind: Literal["sketch", "learn", "align"]
    documents: tuple[tuple[str, bytes], ...]
    """Path and content: of one page for `sketch`; else of a page and its translation."""
    request: CorpusRequest

    @property
    def name(self) -> str:
        """For people: the path of the document, or of the translation."""
        return self.documents[-1][0]

    def key(self, words: bytes) -> bytes:
        """Stands for everything that the result depends on."""
        request = asdict(self.request)
        if self.kind != "align":
            request["limits"] = None
        if self.kind != "sketch":
            request["keywords"] = request["keyword_count"] = None
        digest = blake2b(digest_size=20)
        about = [_VERSION, __version__, self.kind, [path for path, _ in self.documents], request]
        for data in (json.dumps(about, sort_keys=True).encode(), *(data for _, data in self.documents), words):
            digest.update(b"%d:" % len(data) + data)
        return digest.digest()


def do(task: Task, words: bytes) -> Result:
    """Carries a task out. What is wrong with a document is part of the result.

    Args:
        words: pairs to learn words from, as `packed_words` gives them; empty but for `align`.
    """
    try:
        found = _WORK[task.kind](task, words)
    except AmtsError as error:
        found = {"problem": str(error)}
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError, ArithmeticError) as error:
        found = {"problem": f"{task.name}: cannot be worked on ({type(error).__name__}); this is a fault of AMTS"}
    _forget(sum(len(data) for _, data in task.documents))
    return _packed(found)


_seen = 0
"""Bytes of documents since the caches were emptied."""


def _forget(size: int) -> None:
    """Empties all caches of the package now and then.

    They serve one book, whose texts come again and again. A corpus of many documents would fill them with texts that
    never come again.
    """
    global _seen
    _seen += size
    if _seen < _FORGET_AFTER:
        return
    _seen = 0
    for name in [name for name in sys.modules if name.startswith("amts_action.")]:
        for value in list(vars(sys.modules[name]).values()):
            if hasattr(value, "cache_clear") and value is not _lexicon:
                value.cache_clear()


def failed(task: Task, why: str) -> Result:
    """The result of a task that could not be carried out."""
    return refusal(f"{task.name}: {why}")


def refusal(problem: str) -> Result:
    """The result of what need not be tried."""
    return _packed({"problem": problem})


def _packed(found: object) -> bytes:
    return zlib.compress(json.dumps(found, separators=(",", ":")).encode(), 1)


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))


def _sketch(task: Task, _: bytes) -> dict[str, Any]:
    ((name, data),) = task.documents
    return asdict(sketch(read_page(data, name), task.request))


def sketch_of(result: Result) -> Sketch:
    """What a task `sketch` found out."""
    found = _unpacked(result)
    if "letters" not in found:
        return Sketch("", 0, False, (), (), found["problem"])
    links = tuple(Link(**link) for link in found["links"])
    return Sketch(**{**found, "links": links, "anchors": tuple(found["anchors"])})


def _learn(task: Task, _: bytes) -> dict[str, Any]:
    found = _pairs(task, _pages(task), Lexicon())
    return {"words": [(pair.source, pair.target) for pair in found if pair.confidence >= _LIKELY]}


def words_of(result: Result) -> list[tuple[str, str]]:
    """The pairs that a task `learn` found; none where it failed, which `align` will tell."""
    return [(a, b) for a, b in _unpacked(result).get("words", ())]


def packed_words(pairs: Sequence[tuple[str, str]]) -> bytes:
    """Pairs to learn words from, as they travel."""
    return _packed(pairs[:_LEARN_FROM])


@lru_cache(maxsize=2)
def _lexicon(words: bytes) -> Lexicon | None:
    return learn_lexicon([(a, b) for a, b in _unpacked(words)]) if words else None


def _align(task: Task, words: bytes) -> dict[str, Any]:
    request = task.request
    pages = _pages(task)
    found = list(judged(_pairs(task, pages, _lexicon(words)), request.target_lang, request.limits))
    return {"pairs": found, "unlike": not _are_alike(pages, found)}


def _are_alike(pages: tuple[CorpusPage, CorpusPage], found: Sequence[Judged]) -> bool:
    """Whether so much of two documents is in good pairs that they are translations of each other at all."""
    good = [(len(pair.source), len(pair.target)) for pair in found if not pair.reason]
    whole = (sum(len(b.text) for b in page.blocks if b.is_prose) for page in pages)
    return any(sum(pair[k] for pair in good) >= _ALIKE * letters for k, letters in enumerate(whole))


@dataclass(frozen=True, slots=True)
class AlignedOutcome:
    """What a task `align` found."""

    pairs: list[Judged]
    problem: str = ""
    """Why there are none."""
    is_unlike: bool = False
    """The documents are no translations of each other: the pairs are accidents."""


def outcome_of(result: Result) -> AlignedOutcome:
    """What a task `align` found."""
    found = _unpacked(result)
    if "problem" in found:
        return AlignedOutcome([], str(found["problem"]))
    return AlignedOutcome([Judged(*pair) for pair in found["pairs"]], is_unlike=found["unlike"])


def _pages(task: Task) -> tuple[CorpusPage, CorpusPage]:
    (here, left), (there, right) = task.documents
    return read_page(left, here), read_page(right, there)


def _pairs(task: Task, pages: tuple[CorpusPage, CorpusPage], lexicon: Lexicon | None) -> list[CandidatePair]:
    left, right = pages
    request = task.request
    beads = align_blocks(left.blocks, right.blocks)
    aligned = Aligned(left.blocks, right.blocks, beads, tuple((None, line) for line in right.lines))
    texts = PageTexts(task.name, "", "", request.source_lang, request.target_lang)
    return candidates(aligned, texts, request.granularity, lexicon)


_WORK = {"sketch": _sketch, "learn": _learn, "align": _align}
