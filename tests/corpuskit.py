"""A small corpus of English and Spanish pages, made of sentences that people wrote for it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from amts_action.corpora.matching.scan import Folders
from amts_action.corpora.model import CorpusRequest
from amts_action.corpora.run import CorpusJob

__all__ = ["SENTENCES", "job", "make_corpus", "page"]

SENTENCES = (
    ("The baker sells {n} loaves on Monday.", "El panadero vende {n} panes el lunes."),
    ("On Sunday the shop is closed.", "El domingo la tienda está cerrada."),
    ("She counts the coins in the evening.", "Ella cuenta las monedas por la noche."),
    ("The oven needs {n} minutes to become hot.", "El horno necesita {n} minutos para calentarse."),
    ("Flour and water make a soft dough.", "La harina y el agua hacen una masa blanda."),
    ("The children wait at the door of the shop.", "Los niños esperan en la puerta de la tienda."),
    ("Every loaf has a mark with the number {n}.", "Cada pan tiene una marca con el número {n}."),
    ("In winter the dough grows slowly.", "En invierno la masa crece despacio."),
    ("The old oven was built in {n} by two brothers.", "El viejo horno lo construyeron dos hermanos en {n}."),
    ("Nobody knows where the salt is.", "Nadie sabe dónde está la sal."),
    ("He writes the price on a piece of paper.", "Él escribe el precio en un trozo de papel."),
    ("The street smells of bread in the morning.", "La calle huele a pan por la mañana."),
)
"""Sentences and their translations; `{n}` is a number."""


def page(paragraphs: Sequence[str], title: str, lang: str) -> str:
    """An HTML page."""
    body = "\n".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><nav>menu</nav><main><h1>{title}</h1>\n{body}\n</main></body></html>\n"
    )


def make_corpus(folder: Path, count: int, seed: int = 1) -> tuple[Path, Path]:
    """`count` pages in `folder/en`, and their translations under the same names in `folder/es`."""
    chance = random.Random(seed)
    for k in range(count):
        sides: tuple[list[str], list[str]] = ([], [])
        for _ in range(4):
            chosen = chance.sample(SENTENCES, 5)
            numbers = [chance.randrange(20, 2000) for _ in chosen]
            for side in (0, 1):
                sides[side].append(" ".join(s[side].format(n=n) for s, n in zip(chosen, numbers, strict=True)))
        for lang, paragraphs, title in zip(("en", "es"), sides, (f"Page {k}", f"Página {k}"), strict=True):
            path = folder / lang / f"part{k % 3}" / f"{k}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(paragraphs, title, lang), encoding="utf-8")
    return folder / "en", folder / "es"


def job(source: Path, target: Path, work: Path, **rest: object) -> CorpusJob:
    """A run from English to Spanish."""
    return CorpusJob(Folders(source, target), CorpusRequest("en", "es"), work, **rest)  # type: ignore[arg-type]
