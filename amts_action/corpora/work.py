"""What is done with one document, or one pair: pure functions from bytes to bytes, which may run on any machine.

A task carries the documents themselves, so that a worker needs no access to the folders, and its result is a function
of the task alone: it may be done again, or be kept and found again by `Task.key`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from amts_action import __version__
from amts_action.alignment.blocks import align_blocks
from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.corpora.model import Link, Request, Sketch
from amts_action.corpora.pages import read_page
from amts_action.corpora.sketch import sketch
from amts_action.errors import AmtsError
from amts_action.memory.export import Judged, judged
from amts_action.memory.harvest import Aligned, Candidate, Texts, candidates

__all__ = ["Result", "Task", "do", "failed", "packed_words", "refusal", "result_of", "sketch_of", "words_of"]

_VERSION = 1
"""Raised when a task's result may differ from what an earlier version made of it."""
_LIKELY = 0.5
"""Least confidence of a pair that words are learnt from."""
_LEARN_FROM = 20_000
"""Pairs that words are learnt from at most, as for a book (`memory.harvest`)."""

Result = bytes


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do with one or two documents."""

    kind: Literal["sketch", "learn", "align"]
    documents: tuple[tuple[str, bytes], ...]
    """Path and content: of one page for `sketch`; else of a page and its translation."""
    request: Request

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
    return _packed(found)


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
    found = _pairs(replace(task, request=replace(task.request, granularity="sentence")), Lexicon())
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
    return {"pairs": list(judged(_pairs(task, _lexicon(words)), request.target_lang, request.limits))}


def result_of(result: Result) -> list[Judged] | str:
    """The pairs that a task `align` found, or why there are none."""
    found = _unpacked(result)
    return str(found["problem"]) if "problem" in found else [Judged(*pair) for pair in found["pairs"]]


def _pairs(task: Task, lexicon: Lexicon | None) -> list[Candidate]:
    left, right = (read_page(data, name) for name, data in task.documents)
    request = task.request
    beads = align_blocks(left.blocks, right.blocks)
    aligned = Aligned(left.blocks, right.blocks, beads, tuple((None, line) for line in right.lines))
    texts = Texts(task.name, "", "", request.source_lang, request.target_lang)
    return candidates(aligned, texts, request.granularity, lexicon)


_WORK = {"sketch": _sketch, "learn": _learn, "align": _align}
