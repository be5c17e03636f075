"""A run over books that are published to GitHub, from the look at the server to the last request."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from amts_action.books.books import Books
from amts_action.publishing.github.client import Client
from amts_action.publishing.publish import Publication, publish
from amts_action.publishing.rights import rights_of
from amts_action.publishing.split import is_split, publish_parts
from amts_action.publishing.start import at_hub
from amts_action.reports.model import RunReport
from amts_action.runs.report import present
from amts_action.runs.run import Run, run_sync

__all__ = ["Delivered", "publish_books", "ready"]


class Delivered(NamedTuple):
    """A run and its pull requests."""

    run: Run
    shown: RunReport
    """What the reports show."""
    made: tuple[Publication, ...]
    """What became of each pull request, the one with most to do first; none of a run that waits for its engine."""


def publish_books(
    books: Books, client: Client, *, report: Callable[[str], None], report_name: str = "report.md"
) -> Delivered:
    """Runs, and brings what came of it to one pull request or to several, as the settings say.

    Raises:
        InputError: a branch cannot be used, or the books are not what the settings say.
        LimitError: more than allowed would be spent.
        ServiceError: GitHub refused or could not be reached, or the engine failed.
    """
    books = at_hub(books, client.hub, client=client)
    before = rights_of(books, client)
    if is_split(books):
        run, made = publish_parts(books, client, report=report, before_paying=before, report_name=report_name)
        return Delivered(run, present(run), made)
    one = publish(
        run_sync(books, report=report, before_paying=before), client.hub, client=client, report_name=report_name
    )
    return Delivered(one.run, one.shown, (one,))


def ready(books: Books, client: Client) -> Books | None:
    """The books as a run will have them, once it is known that it may deliver; None where it is for several requests:
    what it wants is then known when it is under way.

    Raises:
        InputError: a branch cannot be used.
        ServiceError: GitHub refused or could not be reached.
    """
    books = at_hub(books, client.hub, client=client)
    rights_of(books, client)()
    return None if is_split(books) else books
