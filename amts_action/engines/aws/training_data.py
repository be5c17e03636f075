"""Which parallel data a job learns from: a named resource, or one that is made of the book itself.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.parallel_data import describe, push
from amts_action.engines.aws.regions import check_name
from amts_action.engines.aws.s3 import Folder
from amts_action.engines.model import EngineSettings
from amts_action.errors import InputError

__all__ = ["NO_DATA", "check_resource", "resource_for"]

NO_DATA = ("", "none")
"""Values of the setting that mean no parallel data."""


def check_resource(client: Any, name: str, source: str, targets: Sequence[str]) -> None:
    """Says whether a resource can be used for a job between these languages (Amazon's codes).

    Raises:
        InputError: there is none of that name, or it lacks a language.
        ServiceError: the service cannot be asked.
    """
    found = describe(client, name)
    where = f"parallel data {name}"
    if found is None:
        mend = "make it with `amts parallel-data push`, or use auto"
        raise InputError("there is no such resource", where=where, mend=mend)
    if found.status == "ACTIVE" and (found.source_lang != source or not set(targets) <= set(found.target_langs)):
        has = f"{found.source_lang} to {', '.join(found.target_langs)}"
        what = f"it is for {has}, and {source} to {', '.join(targets)} is needed"
        raise InputError(what, where=where, mend="push one that has the languages")


def resource_for(settings: EngineSettings, client: Any, folder: Folder, patience: Patience) -> str:
    """Name of the resource to translate with, brought up to date when it is the book's own; empty for none.

    Raises:
        InputError, ServiceError: it could not be made.
        PendingError: it is not ready in time.
    """
    if settings.parallel_data in NO_DATA:
        return ""
    if settings.parallel_data != "auto":
        return settings.parallel_data
    with tempfile.TemporaryDirectory(prefix="amts-") as scratch:
        path = Path(scratch) / "parallel-data.tmx"
        if not settings.corpus(path):
            settings.report("no parallel data: the book has no translated text that is good enough")
            return ""
        patience.again()
        name, key = check_name(settings.book, "the name of the book"), settings.kms_key
        pushed = push(client, folder, path, name=name, form="tmx", patience=patience, kms_key=key)
    lost = pushed.resource.failed + pushed.resource.skipped
    more = f", {lost} not taken" if lost else ""
    settings.report(f"parallel data {name}: {pushed.action}, {pushed.resource.imported} records{more}")
    return name
