"""Documents that are translations of each other by what pages say: `<link rel="alternate" hreflang="es" href="…">`.

An address begins with what only a web server knows (`https://example.org/es/guide/a`), and the folder here may be any
part of that site. So for every document whose path is the end of an address, the beginning is noted, and the beginning
that most addresses agree on is taken to be the folder's (`jobs.corpus_pages`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

__all__ = ["address", "endings"]

_MOST_PARTS = 20


def address(path: str) -> str:
    """A path as addresses have it: without suffix and without `index`."""
    stem = re.sub(r"\.(?:x?html?|md|markdown|txt|text)\Z", "", path, flags=re.IGNORECASE)
    return re.sub(r"(?:\A|/)index\Z", "", stem).strip("/")


def endings(href: str, path: str) -> Iterator[tuple[str, str]]:
    """(beginning, rest) of a link's address for every place where it can be cut, the longest rest first.

    Args:
        href: the link as it is written.
        path: path of the page that it is in, from which a relative link goes out.
    """
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return
    if parts.scheme not in ("", "http", "https") or not (parts.path or host):
        return
    where = unquote(parts.path)
    if not host and not where.startswith("/"):
        where = posixpath.normpath(posixpath.join(posixpath.dirname(path), where))
    names = address(where).split("/")
    first = [host.removeprefix("www.")] if host else ["/"] if where.startswith("/") else []
    if len(names) > _MOST_PARTS:
        return
    for k in range(len(names) + 1):
        yield "/".join([*first, *names[:k]]), "/".join(names[k:])
