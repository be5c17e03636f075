"""Commands in comments on a pull request: who may give them, what they ask for, and how they are answered.

    /amts rerun               the run, as if the workflow had been started by hand
    /amts take PAGE           this page is whole: nothing of it waits any more
    /amts skip PAGE:LINE      this block stays as it was until its English changes again

A comment is anybody's text. It counts when GitHub says that its author may write to the repository; only its first line
is read, and what it names are pages of the book. The answer is a reaction and a line in the log, never a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from amts_action.actions.events import COMMAND, Comment
from amts_action.actions.outputs import Log
from amts_action.git.hub import HubRefusal

if TYPE_CHECKING:
    from amts_action.publishing.decisions import Decision
    from amts_action.publishing.github.client import Client

__all__ = ["Command", "accepted", "answer"]

_MAY_WRITE: Final = frozenset({"admin", "write"})
"""What GitHub answers for those who may push; who maintains has `write`
(https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user)."""
Answer = Literal["+1", "confused", "-1"]
"""Done; not understood, or it failed; who asks may not."""


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody with the right to write asks for."""

    comment: Comment
    decision: Decision | None
    """None: a run."""


def accepted(comment: Comment, client: Client, log: Log) -> Command | None:
    """The command; None when there is none to carry out, which is answered already.

    Raises:
        ServiceError: GitHub could not be reached.
    """
    words = " ".join(comment.text.partition("\n")[0].split())
    if not _may_write(comment, client):
        log.say(f"{words}: {comment.author} may not write to this repository")
        answer(comment, client, "-1", log)
        return None
    from amts_action.publishing.decisions import read_decision

    asked = words.removeprefix(COMMAND).strip()
    decision = read_decision(asked)
    if decision is None and asked != "rerun":
        log.say(f"{words}: not a command; there are rerun, take PAGE and skip PAGE:LINE")
        answer(comment, client, "confused", log)
        return None
    log.say(f"{words}: asked for by {comment.author} in #{comment.number}")
    return Command(comment, decision)


def _may_write(comment: Comment, client: Client) -> bool:
    """Whether GitHub says so now; what the event says of its author is not asked."""
    from amts_action.publishing.github.client import quoted

    try:
        found = client.ask(f"/collaborators/{quoted(comment.author)}/permission")
    except HubRefusal as error:
        if error.status == 404:  # nobody whom it knows
            return False
        raise
    return found.get("permission") in _MAY_WRITE


def answer(comment: Comment, client: Client, how: Answer, log: Log) -> None:
    """Puts a reaction on the comment; that it cannot be put is no reason to fail."""
    try:
        client.tell("POST", f"/issues/comments/{comment.id}/reactions", {"content": how})
    except HubRefusal as error:
        log.say(f"no reaction to the comment: {error}")
