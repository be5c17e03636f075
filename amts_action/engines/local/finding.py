"""Finds the model for two languages: in the folder that the user gives, in the cache, or where its makers offer it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from amts_action.engines.local.fetching import ATTACHMENTS
from amts_action.engines.local.model import Model
from amts_action.engines.local.packages import codes_of, languages_of, unpacked
from amts_action.engines.model import EngineSettings
from amts_action.errors import InputError

__all__ = ["load"]


def load(settings: EngineSettings, source_lang: str, target_lang: str) -> Model:
    """A model, ready to translate.

    Raises:
        InputError: there is none for these languages, or it cannot be loaded.
        ServiceError: it cannot be fetched.
    """
    from amts_action.engines.local import firefox

    cache = (settings.cache_path.parent if settings.cache_path else Path.home() / ".cache" / "amts") / "models"
    if settings.model_dir is None:
        address = settings.options.get("models-address", ATTACHMENTS)
        return firefox.load(cache, source_lang, target_lang, offline=settings.offline, address=address)
    folder = settings.model_dir
    if not folder.exists():
        raise InputError("there is no such folder", where=f"--model-dir {folder}", mend="correct the path")
    seen = []
    for place in _candidates(folder, cache):
        languages = languages_of(place)
        pairs = [languages] if languages else _named(place)
        if any((a, b) in pairs for a in codes_of(source_lang) for b in codes_of(target_lang)):
            from amts_action.engines.local.ctranslate import CTranslateModel

            return CTranslateModel(place)
        seen.append("-".join(pairs[-1]) if pairs else f"{place.name}, whose name does not say its languages")
    found = firefox.in_folder(folder, source_lang, target_lang)
    if found is not None:
        return found
    there = f"; there is {', '.join(seen)}" if seen else ""
    what = f"no model from {source_lang} to {target_lang}{there}"
    raise InputError(what, where=f"--model-dir {folder}", mend="put one there: docs/engines.md says which there are")


def _candidates(folder: Path, cache: Path) -> Iterator[Path]:
    """Folders that may hold a model of CTranslate2: the folder, those in it, and its packages, unpacked."""
    if folder.is_file():
        yield unpacked(folder, cache)
        return
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        if (place / "model.bin").is_file() or (place / "model" / "model.bin").is_file():
            yield place
    for package in sorted(folder.glob("*.argosmodel")):
        yield unpacked(package, cache)


def _named(folder: Path) -> list[tuple[str, str]]:
    """What may be the languages by the folder's name, as in `opus-mt-en-fr` or `translate-en_fr-1_0`."""
    parts = [p for p in folder.name.replace("_", "-").lower().split("-") if p]
    return [(a, b) for a, b in pairwise(parts) if all(x.isalpha() and 2 <= len(x) <= 3 and x != "mt" for x in (a, b))]
