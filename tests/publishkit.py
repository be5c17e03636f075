"""A book whose translation lives on a GitHub of our own, and runs that publish to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bookkit import BRANCH, Books, make_books
from hubkit import Hub, Pull, Repository, serve

from amts_action.books.books import Books as Opened
from amts_action.books.opening import open_books
from amts_action.publishing.publish import Client, Publication, hub_of, publish
from amts_action.publishing.rights import rights_of
from amts_action.publishing.start import at_hub
from amts_action.runs.run import Run, run_sync

__all__ = ["ALPHA_EDIT", "BETA_EDIT", "Desk", "desk", "environ"]

ALPHA_EDIT = {"about flour.": "about rye flour."}
BETA_EDIT = {"One item about rain.": "One item about hail."}


def environ() -> dict[str, str]:
    """What runs here take from the environment: where replies are kept, and that the gate is off."""
    return {"AMTS_GATE": "off", "AMTS_CACHE_DIR": os.environ.get("AMTS_CACHE_DIR", "")}


@dataclass
class Desk:
    """The books, the server, and where waiting is written down."""

    books: Books
    hub: Hub
    zh: Repository
    token: str
    slept: list[float] = field(default_factory=list)
    runs: int = 0
    """Whole runs so far, repeated ones too."""

    def client(self, **more: object) -> Client:
        """A client that does not really wait."""
        hub = hub_of(f"{self.hub.url}/books/zh", self.token, self.environ)
        return Client(hub, sleep=self.slept.append, **more)  # type: ignore[arg-type]

    @property
    def environ(self) -> dict[str, str]:
        """What a workflow would have."""
        return {"GITHUB_SERVER_URL": self.hub.url, "GITHUB_API_URL": self.hub.api_url}

    def sync(
        self,
        *refused: str,
        target: str = "",
        meanwhile: Callable[[], None] | None = None,
        client: Client | None = None,
        check_rights: bool = False,
        **settings: object,
    ) -> Publication:
        """A run with publishing; the translator refuses texts with one of the words.

        Args:
            target: a folder or an address; the translator's own folder when not given.
            meanwhile: called once, between the run and its publishing.
            check_rights: asks for them before the engine is asked, as the command and the action do.
        """
        arguments = {
            "source": str(self.books.source.path),
            "target": target or str(self.books.target.path),
            "engine": "command",
            "engine_command": self.books.engine(*refused)[1],
            **settings,
        }
        opened = open_books(arguments, environ=environ(), target_token=self.token)
        client = client or self.client()

        def run(books: Opened) -> Run:
            self.runs += 1
            return run_sync(books, before_paying=rights_of(books, client) if check_rights else None)

        done = run(at_hub(opened, client.hub, client=client))
        if meanwhile is not None:
            meanwhile()
        return publish(done, client.hub, redo=run, client=client)

    @property
    def pull(self) -> Pull:
        """The only open pull request."""
        (found,) = self.zh.open_pulls
        return found

    def text(self, path: str, rev: str = BRANCH) -> str:
        """A file of the server's repository."""
        return self.zh.text(rev, path)

    def changed(self, old: str = "main", new: str = BRANCH) -> set[str]:
        """The files in which two commits of the server differ."""
        before, after = self.zh.files(old), self.zh.files(new)
        return {path for path in {*before, *after} if before.get(path) != after.get(path)}


@contextmanager
def desk(folder: Path, *, books: Books | None = None, **more: object) -> Iterator[Desk]:
    """A desk in an empty folder, or around books that are there. The server checks every request and answer."""
    made = books or make_books(folder / "books")
    with serve(folder / "hub") as hub:
        people = {"grace": "write", "rene": "write"}
        zh = hub.repository("books/zh", made.target.path, collaborators=people, **more)  # type: ignore[arg-type]
        made.target.git("remote", "add", "origin", f"{hub.url}/books/zh")
        yield Desk(made, hub, zh, hub.token(repositories=["books/zh"]))
