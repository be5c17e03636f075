"""How much a translator must look at after a change of the English, with this tool and with coarser ones.

Words are counted in the language of the source, in what people read: headings, paragraphs, list items, table rows,
captions, footnotes. Four tools are compared, each run after every change of a document:

- *whole file*: retranslates a file that changed;
- *section*: retranslates every section (a heading and what follows it) that holds a change;
- *paragraph*: retranslates every paragraph that is not the same, white space aside;
- *AMTS*: `revise` only the sentences that changed, `translate` new blocks; what is kept, moved, removed or patched, or
  changed in form only, asks nothing of a translator.

A page that is new is new for every tool.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

from amts_action.documents.inline import plain_text
from amts_action.documents.model import Block, Document
from amts_action.documents.sentences import sentences
from amts_action.markup.wire import encode
from amts_action.merging.english.small_changes import cosmetic_key
from amts_action.merging.planning.source_diff import compare

__all__ = ["PageEffort", "measure", "total"]


@dataclass(frozen=True, slots=True)
class PageEffort:
    """Words, unless something else is said; all of them add up."""

    changes: int = 0
    """Versions of documents that were looked at."""
    changed: int = 0
    """Words that the authors wrote: those of the new version that the old one does not have, block by block."""
    revise: int = 0
    """In sentences that changed."""
    translate: int = 0
    """In blocks that are new."""
    patched: int = 0
    """In blocks where only formulas, code, links or labels changed, which nobody has to read again."""
    cosmetic: int = 0
    """In blocks of which only the form changed."""
    moved: int = 0
    """In blocks that only moved."""
    whole_file: int = 0
    section: int = 0
    paragraph: int = 0
    characters: int = 0
    """Characters that an engine is sent for `revise` and `translate`."""
    new_pages: int = 0
    """Words of pages that came with the change; they are in all of the above, too."""

    @property
    def ours(self) -> int:
        """What a translator must look at."""
        return self.revise + self.translate

    def __add__(self, other: PageEffort) -> PageEffort:
        return PageEffort(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(PageEffort)))


def total(efforts: Iterable[PageEffort]) -> PageEffort:
    """The sum of all."""
    return sum(efforts, PageEffort())


def measure(old: Document | None, new: Document, lang: str) -> PageEffort:
    """What one change of a document costs.

    Args:
        old: the version before; None for a new page.
        lang: BCP 47 code of the source's language.
    """
    size = [_words(block) for block in new.blocks]
    whole = sum(size)
    if old is None:
        texts = [block.text for block in new.blocks if block.is_prose]
        sent = _characters(texts)
        return PageEffort(1, whole, 0, whole, 0, 0, 0, whole, whole, whole, sent, whole)
    count: Counter[str] = Counter()
    texts = []
    touched: set[int] = set()
    """Head blocks that are not the same as before."""
    changes = compare(old, new)
    for change in changes.heads:
        block, words = new.blocks[change.head], size[change.head]
        before = None if change.base is None else old.blocks[change.base]
        if before is None or " ".join(before.text.split()) != " ".join(block.text.split()):
            touched.add(change.head)
            count["paragraph"] += words
        if words and before is None:
            count.update(translate=words, changed=words)
            texts.append(block.text)
        elif words and before is not None and change.relation == "revised":
            fresh = _fresh(before, block, lang)
            new_words = Counter(_split(block.text)) - Counter(_split(before.text))
            count.update(revise=sum(map(_length, fresh)), changed=new_words.total())
            texts += fresh
        elif change.relation in ("spans", "cosmetic"):
            count["patched" if change.relation == "spans" else "cosmetic"] += words
        elif change.moved:
            count["moved"] += words
    places = [c.base for c in changes.heads]
    touched |= {_place(places, i) for i in changes.deleted}
    sections = _sections(new)
    wanted = {sections[k] for k in touched if k < len(sections)}
    section = sum(words for words, place in zip(size, sections, strict=True) if place in wanted)
    return PageEffort(changes=1, whole_file=whole, section=section, characters=_characters(texts), **count)


def _fresh(old: Block, new: Block, lang: str) -> list[str]:
    """The sentences of a block that its version before does not have."""
    known = Counter(cosmetic_key(span.of(old.text)) for span in sentences(old.text, lang, kind=old.kind))
    out = []
    for span in sentences(new.text, lang, kind=new.kind):
        key = cosmetic_key(span.of(new.text))
        if known[key]:
            known[key] -= 1
        else:
            out.append(span.of(new.text))
    return out


def _sections(document: Document) -> list[int]:
    """For each block, the number of the heading above it."""
    out, n = [], 0
    for block in document.blocks:
        n += block.kind == "heading"
        out.append(n)
    return out


def _place(before: list[int | None], gone: int) -> int:
    """The head block below which a base block was: the last of those that came before it."""
    return max((k for k, base in enumerate(before) if base is not None and base < gone), default=0)


def _words(block: Block) -> int:
    return _length(block.text) if block.is_prose else 0


def _length(text: str) -> int:
    return len(_split(text))


def _split(text: str) -> list[str]:
    """The words of a text without its markup; a sign alone is none."""
    return [word for word in plain_text(text).split() if any(c.isalnum() for c in word)]


def _characters(texts: Iterable[str]) -> int:
    return sum(encode(text).characters for text in dict.fromkeys(texts))
