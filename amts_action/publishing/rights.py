"""Whether a run could deliver, asked before anything is paid for.

GitHub tells no token what it may do, so both rights are tried in ways that leave nothing: an empty file's content that
no commit has, and a pull request from no branch, which a token with the right gets refused as
invalid (422) and one without it as forbidden (403).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import partial

from amts_action.books.books import Books
from amts_action.git.hub import HubRefusal, HubState
from amts_action.publishing.github.client import Client

__all__ = ["check_rights", "rights_of"]


def rights_of(books: Books, client: Client) -> Callable[[], None]:
    """What asks for the rights that a run over `books` needs (`check_rights`)."""
    assert books.start.hub is not None
    return partial(check_rights, client, books.start.hub)


def check_rights(client: Client, standing: HubState) -> None:
    """Asks for the right to commit and to open or change a pull request, in two requests.

    Raises:
        Refused: one of them is missing, with what mends it.
    """
    client.tell("POST", "/git/blobs", {"content": b64encode(b"").decode("ascii"), "encoding": "base64"})
    asked = {"title": "AMTS", "head": "", "base": standing.base, "body": "", "draft": False}
    try:
        client.tell("POST", "/pulls", asked)
    except HubRefusal as error:
        if error.status != 422:
            raise
