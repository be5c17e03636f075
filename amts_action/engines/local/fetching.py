"""Fetches the files of a Firefox model once: each is verified by its digest, and all are there or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from amts_action.engines.local.whole import made_whole
from amts_action.errors import InputError, ServiceError

__all__ = ["ATTACHMENTS", "fetch"]

ATTACHMENTS = "https://firefox-settings-attachments.cdn.mozilla.net"
"""Where the files lie that the list names; `--engine-options models-address=…` says otherwise."""
OPTION = "engine local"
MOST_BYTES = 500_000_000
"""Of one file; the largest have 60 MB."""
SECONDS = 60.0
NEEDED = (("model",), ("vocab", "srcvocab"), ("vocab", "trgvocab"))
"""Kinds of files that a model has; a shortlist (`lex`) makes it quicker."""


def fetch(library: Any, source: str, target: str, folder: Path, *, address: str) -> None:
    """Puts the files of a model into `folder/SOURCE-TARGET`.

    Args:
        library: `fxtranslate`, whose own list and verification are used.

    Raises:
        InputError: there is no such model.
        ServiceError: the list or a file cannot be had, or is not what the list says.
    """
    try:
        listed = library.discovery.parse_records(library.discovery.fetch_records_body())
    except (ValueError, OSError) as error:
        raise _failed(f"the list of models cannot be had ({_short(error)})") from None
    files = _newest([r for r in listed if (r["sourceLanguage"], r["targetLanguage"]) == (source, target)])
    if not files:
        raise InputError(f"there is no model from {source} to {target}", where=OPTION, mend="choose another engine")
    try:
        with made_whole(folder / f"{source}-{target}") as part:
            for record in files.values():
                name = PurePosixPath(str(record["name"])).name
                raw = _downloaded(f"{address.rstrip('/')}/{record['location']}")
                try:
                    whole = library.discovery.verify_and_decompress(raw, record["decompressedHash"])
                except ValueError as error:
                    raise _failed(f"{name} is not what the list says ({_short(error)})") from None
                (part / name).write_bytes(whole)
    except OSError as error:
        mend = "make room there, or choose another --cache-dir"
        raise InputError(f"a model cannot be kept ({error.strerror})", where=str(folder), mend=mend) from error


def _newest(records: list[dict[str, str | None]]) -> Mapping[str, dict[str, str | None]]:
    """The files of the newest version that is whole, by kind; all of one version and one architecture."""
    groups: dict[tuple[bool, tuple[int, ...], str, str], dict[str, dict[str, str | None]]] = {}
    for record in records:
        if not record.get("decompressedHash"):
            continue  # what cannot be verified is not taken
        version = str(record["version"])
        numbers = tuple(map(int, re.findall(r"\d+", version)))
        is_final = not re.search("[a-z]", version)  # `3.0a1` comes before 3.0, and only where there is nothing else
        key = is_final, numbers, version, str(record.get("architecture") or "")
        groups.setdefault(key, {})[str(record["fileType"])] = record
    whole = [key for key, files in groups.items() if all(any(kind in files for kind in kinds) for kinds in NEEDED)]
    return groups[max(whole)] if whole else {}


def _downloaded(url: str) -> bytes:
    import urllib3

    try:
        retry = urllib3.Retry(total=4, backoff_factor=0.3, redirect=3, status_forcelist=(429, 500, 502, 503, 504))
        http = urllib3.PoolManager(retries=retry, timeout=urllib3.Timeout(SECONDS))
        answer = http.request("GET", url, preload_content=False, decode_content=False)
        raw: bytes = answer.read(MOST_BYTES + 1)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _failed(f"a file of the model cannot be had ({type(error).__name__})") from None
    if answer.status != 200 or len(raw) > MOST_BYTES:
        raise _failed(f"a file of the model cannot be had (the server answered {answer.status})")
    return raw


def _failed(what: str) -> ServiceError:
    return ServiceError(what, where=OPTION, mend="run again, or give --model-dir")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:150]
