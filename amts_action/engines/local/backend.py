"""The engine `local`: texts in numbers are cut into sentences, translated in batches, and their marks put back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from amts_action.documents.language_codes import between_sentences
from amts_action.documents.sentences import sentences
from amts_action.engines.local.finding import load
from amts_action.engines.local.model import Made, Model
from amts_action.engines.local.spans import (
    MARK,
    Parted,
    are_kept,
    is_stuck,
    joined,
    numbered,
    parted,
    placed,
    renumbered,
    signed,
    unsigned,
)
from amts_action.engines.local.stand_ins import in_marks, put_back, stood_in
from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.forms import Form, is_lost
from amts_action.engines.service.machine import Arrived, MachineEngine

__all__ = ["LocalEngine", "translated"]

METHOD = 3
"""Number of the way in which texts are cut and marks put back: kept replies of another one are not taken."""
AT_ONCE = 256
"""Texts in one go: their replies are kept before the next begins."""
_CLOSING = re.compile(r"(?:[⟦⟪⦃]/\d{1,4}[⟧⟫⦄])*")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{2,4});")


@dataclass(slots=True)
class LocalEngine:
    """The backend; the model is loaded when the first text comes."""

    settings: EngineSettings
    name: str = "local"
    limit: int | None = None
    forms: tuple[Form, ...] = ("numbers", "sentences", "pieces")
    is_free: bool = True
    _model: Model | None = None
    _languages: tuple[str, str] = ("", "")

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe."""
        return MachineEngine(cls(settings), settings)

    def check(self, source_lang: str, target_lang: str) -> None:
        """What is lacking is told when there is something to translate: looking may mean fetching."""

    def model(self, source_lang: str, target_lang: str) -> Model:
        """The model for two languages, loaded once.

        Raises:
            InputError: there is none, or it cannot be loaded.
            ServiceError: it cannot be fetched.
        """
        if self._model is None or self._languages != (source_lang, target_lang):
            self._model = load(self.settings, source_lang, target_lang)
            self._languages = source_lang, target_lang
        return self._model

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """The model."""
        return self.model(source_lang, target_lang).identity, METHOD

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Nothing is sent anywhere, and nothing is paid."""
        return Usage(calls=len(requests))

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, some hundreds at a time."""
        model = self.model(source_lang, target_lang)
        for start in range(0, len(requests), AT_ONCE):
            some = requests[start : start + AT_ONCE]
            texts = translated(model, [r.text for r in some], source_lang=source_lang, target_lang=target_lang)
            for n, text in enumerate(texts, start):
                reply = Reply(text) if text else Reply(None, "rejected: the model lost its way", is_answer=True)
                yield Arrived(n, reply, Usage(calls=1))
            if start + AT_ONCE < len(requests):
                self.settings.report(f"{start + AT_ONCE} of {len(requests)} texts translated")


def translated(model: Model, texts: Sequence[str], *, source_lang: str, target_lang: str) -> list[str]:
    """Texts in the target language; each sentence is translated once, however often it comes. A text of which the model
    leaves out a sentence, or in which it says the same over and over, is empty.
    """
    cut = [_sentences(signed(text), source_lang) for text in texts]
    unique = list(dict.fromkeys(s for parts in cut for s in parts if any(c.isalpha() for c in MARK.sub("", s))))
    known = dict(zip(unique, _translated(model, unique), strict=True))
    lost = {sentence for sentence, made in known.items() if _is_unfit(sentence, made)}
    glue = between_sentences(target_lang)
    return [
        "" if lost.intersection(parts) else unsigned(glue.join(known.get(part, part) for part in parts))
        for parts in cut
    ]


def _is_unfit(sentence: str, made: str) -> bool:
    if not made:
        return True
    sentence, made = MARK.sub("", sentence), MARK.sub("", made)
    return is_lost(sentence, made) or is_stuck(made, sentence)


def _sentences(text: str, lang: str) -> list[str]:
    """The sentences of a text with marks; a mark that closes what stands in the first of two goes with it."""
    spans = sentences(text, lang)
    if not spans:
        return [text]
    cuts = [0, *(_after_closing(text, b.start) for _, b in pairwise(spans)), len(text)]
    return [part for a, b in pairwise(cuts) if (part := text[a:b].strip())]


def _after_closing(text: str, at: int) -> int:
    found = _CLOSING.match(text, at)
    return found.end() if found else at


def _translated(model: Model, texts: Sequence[str]) -> list[str]:
    """Sentences translated: at first with the marks that the model knows, without them where they got lost."""
    if not model.aligns:

        def plain_texts(some: Sequence[str]) -> list[str]:
            made = _batch(model, [Parted(tuple(model.pieces(text)), ()) for text in some])
            return [_clean(joined(m.pieces), text) for m, text in zip(made, some, strict=True)]

        return in_marks(texts, plain_texts)
    out: list[str] = []
    again: list[int] = []
    plain: list[tuple[str, dict[str, str], Parted]] = []
    knows = model.knows("⟦0⟧")
    for text in texts:
        short, names = (None if knows else stood_in(text)) or numbered(text)
        plain.append((short, names, parted(short, model.pieces, model.knows)))
    for n, made in enumerate(_batch(model, [p for _, _, p in plain])):
        short, names, pieces = plain[n]
        reply = _clean(joined(placed(pieces, made)) if pieces.marks else joined(made.pieces), short)
        out.append(renumbered(reply, names) if knows else put_back(reply, names) or "")
        if not are_kept(texts[n], out[n]):
            again.append(n)
    if again:
        bare = [parted(texts[n], model.pieces, lambda mark: False) for n in again]
        for n, pieces, made in zip(again, bare, _batch(model, bare), strict=True):
            out[n] = _clean(joined(placed(pieces, made)), texts[n])
    return out


def _batch(model: Model, sentences: Sequence[Parted]) -> list[Made]:
    """Those with marks to be placed need to know which word became which; the others are quicker without."""
    out: list[Made | None] = [None] * len(sentences)
    for aligned in (False, True):
        chosen = [n for n, s in enumerate(sentences) if bool(s.marks) == aligned and s.pieces]
        if not chosen:
            continue
        for n, made in zip(
            chosen, model.translate([sentences[n].pieces for n in chosen], aligned=aligned), strict=True
        ):
            out[n] = _unmarked(made, sentences[n].pieces)
    return [made or Made(()) for made in out]


def _unmarked(made: Made, source: Sequence[str]) -> Made:
    """A translation without marks that nobody sent: a model that has learnt them also makes some of other signs."""
    strange = [bool(MARK.search(piece)) and piece not in source for piece in made.pieces]
    if not any(strange):
        return made
    keep = [n for n, is_strange in enumerate(strange) if not is_strange]
    return Made(tuple(made.pieces[n] for n in keep), tuple(made.aligned[n] for n in keep) if made.aligned else ())


def _clean(text: str, source: str) -> str:
    """A translation without what models have learnt of web pages: signs written as HTML, where the source has none."""
    plain = text if _ENTITY.search(source) else _ENTITY.sub(lambda m: html.unescape(m.group()), text)
    return " ".join(plain.split())
