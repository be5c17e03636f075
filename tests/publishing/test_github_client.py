"""Requests to GitHub: what is waited for, what is looked up, and what is said when GitHub refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gitkit import Repo
from hubkit import Hub as Server
from hubkit import serve
from hubkit.state import Label

from amts_action.errors import InputError, ServiceError
from amts_action.git.hub import Hub, HubRefusal, HubState, hub_of
from amts_action.publishing.github import pulls
from amts_action.publishing.github.client import FREE_WRITES, Client
from amts_action.publishing.github.objects import branch_tip, set_tip


class Waiting(list[float]):
    """Seconds that somebody wanted to wait."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one repository."""
    folder = tmp_path_factory.mktemp("server")
    source = Repo(folder / "source")
    source.commit({"a.md": "one\n"}, "first")
    with serve(folder / "hub") as server:
        server.repository("books/zh", source.path, collaborators={"grace": "write"})
        yield server


def client(server: Server, slept: list[float] | None = None, **more: object) -> Client:
    """A client with a new token, which does not really wait."""
    token = server.token(repositories=["books/zh"], **more)  # type: ignore[arg-type]
    hub = Hub("books/zh", token, server.api_url, server.url)
    return Client(hub, sleep=(slept if slept is not None else []).append)


@pytest.mark.parametrize("kind", ["secondary", "secondary-429"])
def test_a_secondary_limit_is_waited_for(server: Server, kind: str) -> None:
    """The seconds of Retry-After are waited, and the request is sent again."""
    slept = Waiting()
    server.fault(1, kind, retry_after=7)  # type: ignore[arg-type]
    assert client(server, slept).ask("")["full_name"] == "books/zh"
    assert slept == [7.0]


def test_a_secondary_limit_without_a_hint(server: Server) -> None:
    """When nothing says how long, it is a minute."""
    slept = Waiting()
    server.fault(1, "secondary", retry_after=None)
    client(server, slept).ask("")
    assert slept == [60.0]


def test_a_limit_that_lasts_is_an_error(server: Server) -> None:
    """A limit that lasts longer than a container should wait ends the run with one line."""
    slept = Waiting()
    server.fault(1, "secondary", retry_after=4000)
    with pytest.raises(ServiceError, match=r"used up for 67 minutes; run again then") as error:
        client(server, slept).ask("")
    assert slept == []
    assert error.value.exit_code == 3


def test_the_primary_limit_is_waited_for_when_it_ends_soon(server: Server) -> None:
    """Until the reset that the server names, and no longer than five minutes."""
    slept = Waiting()
    asked = client(server, slept)

    def wait(seconds: float) -> None:
        slept.append(seconds)
        server.limit_rate(asked.hub.token, 5000)

    patient = Client(asked.hub, sleep=wait)
    server.limit_rate(asked.hub.token, 0, reset_in=100)
    assert patient.ask("")["full_name"] == "books/zh"
    assert 99 <= slept[0] <= 102
    server.limit_rate(asked.hub.token, 0, reset_in=1000)
    with pytest.raises(ServiceError, match=r"used up for 1[67] minutes"):
        patient.ask("")
    server.limit_rate(asked.hub.token, 5000)


def test_a_server_that_stays_away_is_one_line(server: Server) -> None:
    """After five attempts the run ends, and the message holds no token."""
    slept = Waiting()
    asked = client(server, slept)
    server.fault(1, "502", times=5)
    with pytest.raises(ServiceError, match=r"no answer to GET .* in 5 attempts, the last one gave status 502") as error:
        asked.ask("/labels")
    assert asked.hub.token not in str(error.value)
    assert len(slept) == 5
    assert asked.hub.token not in repr(asked.hub)


def test_lists_are_read_to_their_end(server: Server) -> None:
    """All pages of a list, not only the first."""
    asked = client(server)
    for n in range(130):
        server.repositories["books/zh"].labels[f"l{n}"] = Label(n, f"l{n}")
    assert len([row for row in asked.pages("/labels") if row["name"].startswith("l")]) == 130


def test_many_writes_are_paced(server: Server) -> None:
    """A usual run is not slowed down; after forty writes there is a second between two."""
    slept = Waiting()
    asked = client(server, slept)
    for _ in range(FREE_WRITES + 2):
        asked.tell("POST", "/git/blobs", {"content": "x", "encoding": "utf-8"})
    assert slept == [1.0, 1.0]


DENIED = [
    ({"contents": "read"}, "/git/blobs", {"content": "x", "encoding": "utf-8"}, "contents: write"),
    ({"contents": "write"}, "/pulls", {"title": "t", "head": "x", "base": "main"}, "pull-requests: write"),
    ({"contents": "write"}, "/labels", {"name": "x"}, "issues: write"),
]


@pytest.mark.parametrize(("has", "path", "content", "needs"), DENIED)
def test_a_token_is_told_which_right_it_lacks(
    server: Server, has: dict[str, str], path: str, content: dict[str, str], needs: str
) -> None:
    """The message names the permission, as the server does where it does."""
    with pytest.raises(
        HubRefusal, match=f"refused to .*403.*give the token for this repository the permission.*{needs}"
    ):
        client(server, permissions=has).tell("POST", path, content)


def test_a_classic_token_without_its_scope(server: Server) -> None:
    """GitHub answers such a token that there is nothing; the message says what may be missing."""
    asked = client(server, login="grace", kind="classic", scopes=())
    with pytest.raises(HubRefusal, match=r"404.*permission contents: write"):
        asked.tell("POST", "/git/blobs", {"content": "x", "encoding": "utf-8"})


def test_a_wrong_token_is_said(server: Server) -> None:
    """A bad or expired token is one line without the token."""
    asked = Client(Hub("books/zh", "ghs_wrong", server.api_url, server.url), sleep=[].append)
    with pytest.raises(HubRefusal, match=r"401.*wrong, expired or revoked") as error:
        asked.ask("")
    assert "ghs_wrong" not in str(error.value)


def test_a_repository_that_is_not_there(server: Server) -> None:
    """Not there and not visible are the same to us."""
    asked = Client(Hub("books/xx", server.token(), server.api_url, server.url), sleep=[].append)
    with pytest.raises(HubRefusal, match=r"books/xx: GitHub refused to read the repository \(404: Not Found\)"):
        asked.ask("")


def test_pull_requests_by_actions_may_be_forbidden(server: Server) -> None:
    """The repository's own switch is named when it is the reason."""
    zh = server.repositories["books/zh"]
    zh.commit("topic", {"b.md": "two\n"})
    zh.actions_may_open_pulls = False
    asked = client(server)
    standing = HubState("topic", "main", branch_tip(asked, "main"), branch_tip(asked, "topic"))
    with pytest.raises(HubRefusal, match=r"allow it in Settings, Actions, General"):
        pulls.open_pull(asked, standing, branch="topic", title="t", body="", draft=False)
    zh.actions_may_open_pulls = True


def test_a_draft_where_there_are_none(server: Server, tmp_path: Path) -> None:
    """A repository without drafts gets an ordinary pull request, and a note."""
    source = Repo(tmp_path / "source")
    source.commit({"a.md": "one\n"})
    repo = server.repository("ada/private", source.path, private=True, owner_kind="User")
    repo.has_drafts = False
    repo.commit("topic", {"b.md": "two\n"})
    asked = Client(Hub("ada/private", server.token(), server.api_url, server.url), sleep=[].append)
    standing = HubState("topic", "main", branch_tip(asked, "main"), branch_tip(asked, "topic"))
    pull, notes = pulls.open_pull(asked, standing, branch="topic", title="t", body="", draft=True)
    assert repo.open_pulls[0].draft is False
    assert pull.number == repo.open_pulls[0].number
    assert "no draft" in notes[0]


def test_a_branch_is_never_forced(server: Server) -> None:
    """A tip that is no descendant of the branch's is refused, and the branch stays."""
    from amts_action.publishing.github.objects import Moved

    zh = server.repositories["books/zh"]
    first = zh.commit("moving", {"b.md": "1\n"})
    theirs = zh.commit("moving", {"b.md": "2\n"})
    with pytest.raises(Moved):
        set_tip(client(server), "moving", zh.tip("main") or "", first)
    with pytest.raises(Moved):
        set_tip(client(server), "moving", first, "")
    assert branch_tip(client(server), "moving") == theirs


def test_a_renamed_repository_is_followed(server: Server) -> None:
    """Once its present name is known, all requests go there."""
    asked = Client(Hub("books/old", server.token(), server.api_url, server.url), sleep=[].append)
    asked.follow("books/zh", "main")
    assert asked.ask("")["full_name"] == "books/zh"


def test_addresses_of_repositories() -> None:
    """GitHub.com, an Enterprise Server, a workflow's own server, ssh: each has its API."""
    found = [
        hub_of("https://github.com/d2l-ai/d2l-zh.git", "t", {}),
        hub_of("git@github.com:d2l-ai/d2l-zh.git", "t", {}),
        hub_of("https://ghe.example.org/a/b", "t", {}),
        hub_of("https://octo.ghe.com/a_b/c", "t", {}),
        hub_of("https://ghe.example.org/a/b", "t", {"GITHUB_SERVER_URL": "https://ghe.example.org"}),
        hub_of(
            "http://127.0.0.1:99/a/b", "t", {"GITHUB_SERVER_URL": "http://127.0.0.1:99", "GITHUB_API_URL": "http://x/y"}
        ),
    ]
    assert [(hub.api_url, hub.repository) for hub in found] == [
        ("https://api.github.com", "d2l-ai/d2l-zh"),
        ("https://api.github.com", "d2l-ai/d2l-zh"),
        ("https://ghe.example.org/api/v3", "a/b"),
        ("https://api.octo.ghe.com", "a_b/c"),
        ("https://ghe.example.org/api/v3", "a/b"),
        ("http://x/y", "a/b"),
    ]


@pytest.mark.parametrize(
    "address", ["book-zh", "/tmp/x", "https://github.com/a", "https://github.com/a/b/c", "file:///a/b"]
)
def test_what_is_no_repository_of_a_server(address: str) -> None:
    """An address that no GitHub has is refused by name."""
    with pytest.raises(InputError, match="not the address"):
        hub_of(address, "t", {})


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ü"])
def test_a_token_that_cannot_be_one(token: str) -> None:
    """What would break a header is refused, and not shown."""
    with pytest.raises(InputError, match="no usable token") as error:
        Hub("a/b", token)
    assert not token or token not in str(error.value)
