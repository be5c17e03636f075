"""Commits through GitHub's git data API: blobs, a tree, a commit, and a branch that only moves forward.

Nothing is pushed. A commit made without author and committer by the token of an app or a workflow is signed by GitHub
and shown as verified (https://docs.github.com/en/authentication/managing-commit-signature-verification, "Signature
verification for bots"). Trees and blobs are named by their contents, so what is made twice is the same, and a commit
that no branch came to point at is nobody's.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from amts_action.errors import InputError, ServiceError
from amts_action.git.hub import HubRefusal
from amts_action.publishing.github.client import Client

__all__ = ["Moved", "TreeChange", "branch_tip", "branches_at", "make_commit", "make_tree", "set_tip"]

MOST_ENTRIES: Final = 300
"""Entries of one request for a tree; our own limit, GitHub gives none for writing."""
MOST_TEXT: Final = 1_000_000
"""Bytes of text in one such request; larger files go as blobs. Our own limit."""


class Moved(Exception):
    """The branch is not where it was when we looked: somebody else was there. Nothing was written."""


class TreeChange(NamedTuple):
    """A file that differs from the tree it is put on."""

    path: str
    mode: str
    """Such as `100644`."""
    oid: str | None
    """Id of the new content; None removes the file."""
    is_there: bool = False
    """The server has this content already, in another commit."""


def make_tree(client: Client, base: str, changes: Sequence[TreeChange], read: Callable[[str], bytes]) -> str:
    """The id of tree (or commit) `base` with the changes.

    Args:
        read: the content with an id.

    Raises:
        InputError: a path is not UTF-8, which GitHub cannot be told.
        ServiceError: GitHub refused, or made another tree from what it was sent.
    """
    tree = base
    for entries in _portions(client, changes, read):
        tree = str(client.tell("POST", "/git/trees", {"base_tree": tree, "tree": entries})["sha"])
    return tree


def _portions(
    client: Client, changes: Sequence[TreeChange], read: Callable[[str], bytes]
) -> Iterator[list[dict[str, Any]]]:
    """Entries for one request after the other; what is removed goes first, for a folder may take a file's place."""
    portion: list[dict[str, Any]] = []
    size = 0
    for change in sorted(changes, key=lambda c: (c.oid is not None, c.path)):
        entry, more = _entry(client, change, read)
        if portion and (len(portion) >= MOST_ENTRIES or size + more > MOST_TEXT):
            yield portion
            portion, size = [], 0
        portion.append(entry)
        size += more
    if portion:
        yield portion


def _entry(client: Client, change: TreeChange, read: Callable[[str], bytes]) -> tuple[dict[str, Any], int]:
    """The entry of a tree, and the bytes of text in it."""
    try:
        change.path.encode("utf-8")
    except UnicodeEncodeError:
        what = "the name is not UTF-8, and GitHub's API takes no other"
        raise InputError(what, where=repr(change.path), mend="rename the file") from None
    kind = "commit" if change.mode == "160000" else "blob"
    entry: dict[str, Any] = {"path": change.path, "mode": change.mode, "type": kind}
    if change.oid is None or change.is_there or kind == "commit":
        return {**entry, "sha": change.oid}, 0
    content = read(change.oid)
    text = _as_text(content)
    if text is None:
        return {**entry, "sha": _blob(client, content, change)}, 0
    return {**entry, "content": text}, len(content)


def _as_text(content: bytes) -> str | None:
    """The content when it can travel inside the tree: a text of modest size that comes back as the same bytes."""
    if len(content) > MOST_TEXT or b"\0" in content or b"\r" in content or content.startswith(b"\xef\xbb\xbf"):
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _blob(client: Client, content: bytes, change: TreeChange) -> str:
    sent = {"content": b64encode(content).decode("ascii"), "encoding": "base64"}
    made = str(client.tell("POST", "/git/blobs", sent)["sha"])
    if made != change.oid:
        raise ServiceError("GitHub stored another content than was sent", where=change.path, mend="run again")
    return made


def make_commit(client: Client, tree: str, parents: Sequence[str], message: str) -> str:
    """The id of a new commit that no branch has yet; who made it is who the token belongs to."""
    content: Mapping[str, Any] = {"message": message, "tree": tree, "parents": list(parents)}
    return str(client.tell("POST", "/git/commits", content)["sha"])


def _ref(branch: str) -> str:
    return quote(f"heads/{branch}", safe="/")


def branch_tip(client: Client, branch: str) -> str:
    """The branch's commit; empty when there is no such branch."""
    try:
        found = client.ask(f"/git/ref/{_ref(branch)}")
    except HubRefusal as error:
        if error.status == 404:
            return ""
        raise
    return str(found["object"]["sha"])


def branches_at(client: Client, branch: str) -> dict[str, str]:
    """The branches whose names begin with the first part of a branch's name, with their commits.

    https://docs.github.com/en/rest/git/refs#list-matching-references
    """
    rows = client.ask(f"/git/matching-refs/{_ref(branch.split('/')[0])}")
    return {str(row["ref"]).removeprefix("refs/heads/"): str(row["object"]["sha"]) for row in rows}


def set_tip(client: Client, branch: str, new: str, old: str) -> None:
    """Moves the branch from `old` (empty: it is not there) to `new`, its descendant; never by force.

    Raises:
        Moved: it is somewhere else by now.
        Refused: GitHub said no for another reason, such as a rule of the repository.
    """

    def happened() -> bool | None:
        now = branch_tip(client, branch)
        if now not in (old, new):
            raise Moved(branch)
        return True if now == new else None

    try:
        if old:
            content = {"sha": new, "force": False}
            client.tell("PATCH", f"/git/refs/{_ref(branch)}", content, happened=happened)
        else:
            content = {"ref": f"refs/heads/{branch}", "sha": new}
            client.tell("POST", "/git/refs", content, happened=happened)
    except HubRefusal as error:
        if error.status in (404, 409, 422) and branch_tip(client, branch) != old:
            raise Moved(branch) from None
        raise
