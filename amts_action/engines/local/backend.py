"""The engine `local`: texts in numbers are cut into sentences, translated in batches, and their marks put back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from amts_action.documents.sentences import sentences
from amts_action.engines.local.finding import load
from amts_action.engines.local.model import Made, Model
from amts_action.engines.local.spans import (
    MARK,
    Parted,
    are_kept,
    joined,
    numbered,
    parted,
    placed,
    renumbered,
)
from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.forms import Form
from amts_action.engines.service.machine import Arrived, MachineEngine

__all__ = ["LocalEngine", "translated"]

AT_ONCE = 256
"""Texts in one go: their replies are kept before the next begins."""
_SOLID = ("zh", "ja", "th")
"""Languages without blanks between sentences."""


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
        return (self.model(source_lang, target_lang).identity,)

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
                yield Arrived(n, Reply(text), Usage(calls=1))
            if start + AT_ONCE < len(requests):
                self.settings.report(f"{start + AT_ONCE} of {len(requests)} texts translated")


def translated(model: Model, texts: Sequence[str], *, source_lang: str, target_lang: str) -> list[str]:
    """Texts in the target language; each sentence is translated once, however often it comes."""
    cut = [_sentences(text, source_lang) for text in texts]
    unique = list(dict.fromkeys(s for parts in cut for s in parts if any(c.isalpha() for c in MARK.sub("", s))))
    known = dict(zip(unique, _translated(model, unique), strict=True))
    glue = "" if target_lang.lower().split("-")[0] in _SOLID else " "
    return [glue.join(known.get(part, part) for part in parts) for parts in cut]


def _sentences(text: str, lang: str) -> list[str]:
    """The sentences of a text with marks; a mark between two goes with the first."""
    spans = sentences(text, lang)
    if not spans:
        return [text]
    cuts = [0, *(b.start for _, b in pairwise(spans)), len(text)]
    return [part for a, b in pairwise(cuts) if (part := text[a:b].strip())]


def _translated(model: Model, texts: Sequence[str]) -> list[str]:
    """Sentences translated: at first with the marks that the model knows, without them where they got lost."""
    out: list[str] = []
    again: list[int] = []
    plain: list[tuple[str, dict[str, str], Parted]] = []
    for text in texts:
        short, names = numbered(text)
        plain.append((short, names, parted(short, model.pieces, lambda mark: "/" not in mark and model.knows(mark))))
    for n, made in enumerate(_batch(model, [p for _, _, p in plain])):
        short, names, pieces = plain[n]
        reply = _clean(joined(placed(pieces, made)) if pieces.marks else joined(made.pieces))
        out.append(renumbered(reply, names))
        if not are_kept(texts[n], out[n]):
            again.append(n)
    if again and model.aligns:
        bare = [parted(texts[n], model.pieces, lambda mark: False) for n in again]
        for n, pieces, made in zip(again, bare, _batch(model, bare), strict=True):
            out[n] = _clean(joined(placed(pieces, made)))
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
            out[n] = made
    return [made or Made(()) for made in out]


def _clean(text: str) -> str:
    """Without pieces that stand for what the model does not know."""
    return " ".join(re.sub(r"<unk>|⁇", "", text).split())
