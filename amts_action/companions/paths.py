"""From a reference in book text to a path inside the repository, or to the reason why it is none.

Book text is untrusted: a reference must not name a file outside of the repository, git's own files, hidden
configuration (a copied `.github/workflows/x.yml` would run) or AMTS's own settings.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

__all__ = ["RefusedReference", "join", "local_path", "relocate"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_IGNORABLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_SETTINGS = frozenset({"amts.toml", "config.ini"})
_MAX_PATH = 4096
"""PATH_MAX of Linux, in bytes there, in characters here."""


class RefusedReference(NamedTuple):
    """A reference that is not followed."""

    reference: str
    """As it stands in the text, at most 200 characters."""
    why: str


def local_path(
    reference: str, page_path: str, source_path: str, *, is_url: bool = True
) -> str | RefusedReference | None:
    """The repository-relative path that a reference on a page names.

    Args:
        reference: the destination as written, without title, entities and backslash escapes already resolved.
        page_path: repository-relative path of the page.
        source_path: the book's folder in the repository: what a leading `/` stands for.
        is_url: percent-escapes are decoded, query and fragment dropped (link destinations and images; not the
            arguments of `literalinclude`, `include` and `download`, which Sphinx takes as file names).

    Returns:
        The path; `RefusedReference` if it is unsafe or leaves the repository; None for what is not a local file at all
        (absolute URLs, `data:`, `#fragment`, nothing).
    """
    name = reference.strip()
    if _SCHEME.match(name) or name.startswith(("//", "#", "?")) or not name:
        return None
    if is_url:
        name = unquote(re.split(r"[?#]", name, maxsplit=1)[0], errors="replace")
    folder = source_path if name.startswith("/") else page_path.rpartition("/")[0]
    why = _why_unsafe(name)
    path = None if why else join(folder, name.lstrip("/"))
    if path is None:
        return RefusedReference(reference[:200], why or "leaves the repository")
    hidden = next((part for part in path.split("/") if _is_reserved(part)), None)
    if hidden is not None:
        return RefusedReference(reference[:200], "names a hidden or configuration file")
    return path


def join(folder: str, name: str) -> str | None:
    """`folder/name` without `.` and `..`; None if that leaves the repository or names its top."""
    parts: list[str] = []
    for part in f"{folder}/{name}".split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or None


def relocate(path: str, source_path: str, target_path: str) -> str | None:
    """Where a file of the source belongs in the target so that relative references from moved pages still hold.

    A page `source_path/x` becomes `target_path/x`; a file outside of `source_path` keeps its position relative to it.
    None if the place is outside of the target repository.
    """
    base = [part for part in source_path.split("/") if part not in {"", "."}]
    parts = path.split("/")
    shared = 0
    while shared < min(len(base), len(parts) - 1) and base[shared] == parts[shared]:
        shared += 1
    return join(target_path, "/".join([".."] * (len(base) - shared) + parts[shared:]))


def _why_unsafe(name: str) -> str:
    if len(name) > _MAX_PATH:
        return "is longer than a path can be"
    if "\\" in name:
        return "has a backslash in it"
    if any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) < 0xE000 for char in name):
        return "has control characters in it"
    return "has a drive letter" if re.match(r"/*[A-Za-z]:", name) else ""


def _is_reserved(part: str) -> bool:
    """Dot files, also as NTFS and HFS+ would read the name (git's own `verify_path` guards against the same)."""
    plain = _IGNORABLE.sub("", part).rstrip(" .").casefold()
    return plain.startswith((".", "git~")) or not plain or plain in _SETTINGS
