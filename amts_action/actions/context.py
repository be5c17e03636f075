"""What all parts of a step look at, and the opening of the two books: by the event, the inputs and what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from amts_action.actions.events import Event
from amts_action.actions.inputs import Inputs
from amts_action.actions.outputs import Log
from amts_action.errors import AmtsError, InputError

if TYPE_CHECKING:
    from amts_action.actions.places import Place
    from amts_action.books.books import Books
    from amts_action.git.repository import Repository
    from amts_action.publishing.github.client import Client

__all__ = ["Context", "client_of", "open_books_of", "same", "target_of"]


@dataclass
class Context:
    """What all parts of a run look at."""

    environ: Mapping[str, str]
    """Without the tokens."""
    log: Log
    inputs: Inputs
    event: Event
    notes: list[str] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """The two books, by `source` and `target`."""
    opened: dict[str, Repository] = field(default_factory=dict)

    @property
    def server(self) -> str:
        return self.environ.get("GITHUB_SERVER_URL") or "https://github.com"

    @property
    def workspace(self) -> Path:
        return Path(self.environ.get("GITHUB_WORKSPACE") or ".")

    @property
    def own(self) -> str:
        """Address of the workflow's repository."""
        from amts_action.actions.places import address_of

        return address_of(self.event.repository, self.server) if self.event.repository else ""


def target_of(context: Context) -> str:
    """The address of the translation.

    Raises:
        InputError: nobody says it.
    """
    from amts_action.actions.places import address_of

    name = context.inputs.target_repo
    target = address_of(name, context.server) if name else context.own
    if not target:
        raise InputError("not given", where="input target-repo", mend="write owner/name")
    return target


def client_of(context: Context, target: str) -> Client:
    """Who speaks to the translation's server.

    Raises:
        InputError: there is no token, or it is no repository on such a server.
    """
    from amts_action.publishing.publish import Client, hub_of

    if not context.inputs.github_token:
        raise InputError("not given", where="input github-token", mend="leave it out for the workflow's own token")
    return Client(hub_of(target, context.inputs.github_token, context.environ))


def open_books_of(context: Context) -> Books:
    """The two books, at the commits that the event and the inputs say."""
    from amts_action.actions.places import address_of
    from amts_action.books.opening import open_books

    inputs, event = context.inputs, context.event
    target = target_of(context)
    arguments: dict[str, object] = {"target": target}
    if inputs.source_repo:
        arguments["source"] = address_of(inputs.source_repo, context.server)
    elif not same(target, context.own):
        arguments["source"] = context.own
    wanted = context.environ.get("INPUT_HEAD", "").strip() or inputs.source_ref
    if wanted:
        arguments["head"] = wanted
    books = open_books(
        arguments,
        environ=context.environ,
        opener=lambda which, where: _opened(context, which, where or context.own),
        config_name=inputs.config,
        is_ours=same(target, context.own),
    )
    if not wanted and same(context.places["source"].address, context.own):
        books = replace(books, source=books.source.at(_newest(books, event)))
    log = context.log
    log.say(f"English: {books.source.address} at {books.source.commit[:12]}")
    log.say(f"{books.settings.target_lang}: {books.target.address} at {books.target.commit[:12]}")
    return books


def same(one: str, other: str) -> bool:
    from amts_action.actions.places import same_address

    return bool(one and other) and same_address(one, other)


def _opened(context: Context, which: str, address: str) -> Repository:
    """Opens a book, the same repository only once."""
    from amts_action.actions.places import Place, find_checkout, is_on, open_place

    if not address:
        raise InputError("not given", where=f"input {which}-repo", mend="write owner/name")
    for other, place in context.places.items():
        if same(place.address, address):
            context.places[which] = place
            return context.opened[other]
    inputs = context.inputs
    token = inputs.source_token if which == "source" else ""
    if not token and is_on(context.server, address):
        token = inputs.github_token
    place = Place(address, token, find_checkout(context.workspace, address))
    context.places[which] = place
    where = f"checked out in {place.folder}" if place.folder else "cloned"
    context.log.say(f"{which}: {address}, {where}")
    context.opened[which] = open_place(place, context.notes)
    return context.opened[which]


def _newest(books: Books, event: Event) -> str:
    """The commit of the workflow's own book that the event is about; what is checked out when it cannot be had.

    Of a branch it is the newest and not the event's: a run that was started again, or that waited for another one,
    would take the translation back to an older English.
    """
    for name in (f"refs/remotes/origin/{event.branch}" if event.branch else "", event.commit):
        try:
            return books.source.repository.resolve(name)
        except AmtsError:
            continue
    return books.source.commit
