"""A translation memory as one of the places where people's texts are found, whatever the engine is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from amts_action.documents.sentences import sentences
from amts_action.memory.lookup import EXACT, look_up
from amts_action.memory.store import Memory
from amts_action.merging.sources.shelf import LEAST_LETTERS, Held, Shelf, key_of

__all__ = ["shelf_of_memory"]

_RANK = 3
"""Behind the book itself, its other pages and its past."""


def shelf_of_memory(path: Path, texts: Iterable[str], *, source_lang: str, target_lang: str) -> Shelf:
    """What people have translated of the texts, word for word, as a memory keeps it.

    Raises:
        InputError: no such file, or it is no memory; also when there is nothing to look for.
    """
    shelf = Shelf(source_lang, target_lang)
    with Memory.open(path) as memory:

        def found(text: str) -> Held | None:
            matches = look_up(memory, text, source_lang=source_lang, target_lang=target_lang, least=EXACT, limit=1)
            text_of = next((m.text for m in matches if m.text and m.row.entry.origin == "people"), None)
            return Held(text_of, path.name, _RANK, False) if text_of else None

        for text in dict.fromkeys(texts):
            if (held := found(text)) is not None:
                shelf.whole[key_of(text)].append(held)
                continue
            for span in sentences(text, source_lang):
                sentence = span.of(text)
                if sum(map(str.isalpha, sentence)) >= LEAST_LETTERS and (held := found(sentence)) is not None:
                    shelf.parts[key_of(sentence)].append(held)
    return shelf
