"""The models of Firefox, by way of `fxtranslate`: about 37 MB a language, made by the people who ship the browser.

They are fetched once, verified by their digests, and kept in the cache; the makers ask not to lean on their delivery
service, so a workflow keeps that folder or gives its own with `--model-dir`. A translator is bound to the thread that
made it, which is the one that asks for translations here.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from amts_action.documents.language_codes import is_traditional, primary
from amts_action.engines.local.fetching import ATTACHMENTS, fetch
from amts_action.engines.local.model import Made
from amts_action.errors import InputError, ServiceError

__all__ = ["FirefoxModel", "in_folder", "load"]

OPTION = "--engine local"
PIVOT = "en"
"""Both languages have a model with it, where they have none with each other."""


class FirefoxModel:
    """One model, or two in a row by way of English. It says nothing of words, and knows no marks."""

    aligns = False

    def __init__(self, translators: Sequence[Any], identity: str) -> None:
        self._translators = translators
        self.identity = identity

    def knows(self, mark: str) -> bool:
        """No mark: its pieces are words."""
        return False

    def pieces(self, text: str) -> list[str]:
        """The text as one piece: it cuts texts itself."""
        return [text]

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        """One after the other, in the thread that loaded it."""
        out = []
        for pieces in sentences:
            text = " ".join(piece.strip() for piece in pieces)
            for translator in self._translators:
                text = translator.translate_long(text)
            out.append(Made((text,)))
        return out


def code(lang: str) -> str:
    """A language as Firefox names it: `zh-Hant` for traditional Chinese, else without a region."""
    return "zh-Hant" if is_traditional(lang) else primary(lang)


def _routes(source_lang: str, target_lang: str) -> list[list[tuple[str, str]]]:
    source, target = code(source_lang), code(target_lang)
    direct = [[(source, target)]]
    return direct if PIVOT in (source, target) else [*direct, [(source, PIVOT), (PIVOT, target)]]


def load(cache: Path, source_lang: str, target_lang: str, *, offline: bool, address: str = ATTACHMENTS) -> FirefoxModel:
    """The model from the cache, fetched first where it is not there.

    Raises:
        InputError: there is no model for the languages, or none here and none may be fetched.
        ServiceError: it cannot be fetched, or is not what it should be.
    """
    fx = _library()
    place = cache / "firefox"
    found = in_folder(place, source_lang, target_lang)
    if found is not None:
        return found
    if offline:
        mend = "give --model-dir, or run once without --offline"
        raise InputError(f"no model from {source_lang} to {target_lang} is here", where=OPTION, mend=mend)
    source, target = code(source_lang), code(target_lang)
    try:
        fetch(fx, source, target, place, address=address)
    except InputError:
        if PIVOT in (source, target):
            raise
        for leg in ((source, PIVOT), (PIVOT, target)):
            if not (place / "-".join(leg)).is_dir():
                fetch(fx, *leg, place, address=address)
    found = in_folder(place, source_lang, target_lang)
    if found is None:
        raise ServiceError("the model that was fetched is not whole", where=OPTION, mend="run again")
    return found


def in_folder(folder: Path, source_lang: str, target_lang: str) -> FirefoxModel | None:
    """The model in a folder: in `en-es/` as the cache has it, or in the folder itself; None when it is not there.

    Raises:
        InputError: a file is damaged.
    """
    for route in _routes(source_lang, target_lang):
        places = [_place(folder, *leg, is_only=len(route) == 1) for leg in route]
        if all(places):
            digest = sha256()
            made = [_translator(place, digest) for place in places if place]
            return FirefoxModel(made, f"firefox {'+'.join('-'.join(leg) for leg in route)} {digest.hexdigest()[:16]}")
    return None


def _place(folder: Path, source: str, target: str, *, is_only: bool) -> Path | None:
    named = [folder / f"{source}-{target}", folder / f"{source}{target}"]
    loose = [folder] if is_only and list(folder.glob(f"model.{source}{target}.*")) else []
    return next((p for p in (*named, *loose) if p.is_dir() and list(p.glob("model.*"))), None)


def _translator(place: Path, digest: Any) -> Any:
    def one(*patterns: str) -> bytes | None:
        path = next((p for pattern in patterns for p in sorted(place.glob(pattern)) if p.is_file()), None)
        if path is None:
            return None
        data = path.read_bytes()
        digest.update(data)
        return data

    network, shared, shortlist = one("model.*"), one("vocab.*"), one("lex.*")
    source, target = one("srcvocab.*") or shared, one("trgvocab.*") or shared
    if network is None or source is None or target is None:
        raise InputError("a file of the model is missing", where=str(place), mend="remove the folder and run again")
    try:
        return _library().Translator(network, source, target, shortlist)
    except ValueError as error:
        what = " ".join(str(error).split())[:150]
        raise InputError(
            f"the model is damaged ({what})", where=str(place), mend="remove the folder and run again"
        ) from None


def _library() -> Any:
    try:
        import fxtranslate
    except ImportError as error:
        raise InputError("fxtranslate is not installed", where=OPTION, mend="pip install fxtranslate") from error
    return fxtranslate
