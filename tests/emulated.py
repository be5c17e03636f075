"""Whole runs of `amts sync --pull-request` against npm's `emulate`, a GitHub that we did not write.

`emulated.py PROGRAM`, run by `.ci/emulate`; not collected by pytest. The book is put on the server object by object,
and all that is asserted is read back with plain HTTP, not with our client. As there is no git over HTTP, the commits
that a run made are carried into the translator's folder from the server's answers; git's ids show that they are whole.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from bookkit import BRANCH, Books, amts, make_books

from amts_action.publishing.github.objects import Moved, set_tip
from amts_action.publishing.publish import Client, Hub

TOKEN: Final = "ghp_emulated"
SEED: Final = {
    "tokens": {TOKEN: {"login": "ada", "scopes": ["repo", "user"]}},
    "github": {
        "users": [{"login": name} for name in ("ada", "grace", "rene")],
        "repos": [{"owner": "ada", "name": "zh", "auto_init": False}],
    },
}
START_TIME: Final = 30.0
"""Seconds within which the server must answer."""
DRESS: Final = ("--labels", "translation", "two words", "--assignees", "ada", "--reviewers", "grace")


@dataclass(frozen=True)
class Server:
    """The emulated GitHub, asked without our client."""

    port: int

    @property
    def url(self) -> str:
        """Its address, also that of its API."""
        return f"http://127.0.0.1:{self.port}"

    def status(self, verb: str, path: str, content: object = None, *, token: str = TOKEN) -> tuple[int, Any]:
        """One request; the status, and the JSON that came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            body = None if content is None else json.dumps(content)
            head = {"Authorization": f"token {token}", "Content-Type": "application/json"}
            connection.request(verb, path, body=body, headers=head)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else None
        finally:
            connection.close()

    def call(self, verb: str, path: str, content: object = None) -> Any:
        """One request below the repository, which must work."""
        status, found = self.status(verb, f"/repos/ada/zh{path}", content)
        assert status < 300, (verb, path, status, found)
        return found

    def tip(self, branch: str) -> str:
        """The commit of a branch."""
        return str(self.call("GET", f"/git/ref/heads/{branch}")["object"]["sha"])

    def files(self, commit: str) -> dict[str, str]:
        """Ids of the files of a commit, by path."""
        tree = self.call("GET", f"/git/commits/{commit}")["tree"]["sha"]
        rows = self.call("GET", f"/git/trees/{tree}?recursive=1")["tree"]
        return {row["path"]: row["sha"] for row in rows if row["type"] == "blob"}

    def content(self, oid: str) -> bytes:
        """A file by its id."""
        return b64decode(self.call("GET", f"/git/blobs/{oid}")["content"])

    def pulls(self) -> list[Any]:
        """All pull requests."""
        rows = self.call("GET", "/pulls?state=all&per_page=100")
        assert isinstance(rows, list)
        return rows


@contextmanager
def served(program: str, folder: Path) -> Iterator[Server]:
    """The server on a free port, from the moment that it answers."""
    seed = folder / "seed.yaml"
    seed.write_text(json.dumps(SEED), encoding="utf-8")  # JSON is YAML
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(free.getsockname()[1])
    words = ["start", "--service", "github", "--port", str(server.port), "--base-url", server.url, "--seed", str(seed)]
    with (folder / "emulate.log").open("wb") as log:
        process = subprocess.Popen([program, *words], stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(server, process, folder / "emulate.log")
            yield server
        finally:
            process.terminate()
            process.wait(10)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Asks until the server answers."""
    end = monotonic() + START_TIME
    while monotonic() < end:
        try:
            if server.status("GET", "/repos/ada/zh")[0] == 200:
                return
        except OSError:
            pass
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    sys.exit("emulate did not start:\n" + log.read_text(encoding="utf-8", errors="replace"))


def put(books: Books, server: Server) -> None:
    """The translation's commits on the server, with the ids that they have here."""
    git = books.target.git
    for commit in git("rev-list", "--reverse", "main").split():
        entries = []
        for row in filter(None, git("ls-tree", "-rz", commit).split("\0")):
            (mode, kind, oid), path = row.partition("\t")[0].split(" "), row.partition("\t")[2]
            raw = subprocess.check_output(["git", "cat-file", "blob", oid], cwd=books.target.path)
            made = server.call("POST", "/git/blobs", {"content": b64encode(raw).decode(), "encoding": "base64"})
            assert made["sha"] == oid
            entries.append({"path": path, "mode": mode, "type": kind, "sha": oid})
        tree = server.call("POST", "/git/trees", {"tree": entries})["sha"]
        name, email, date, parents = git("show", "-s", "--format=%an%x00%ae%x00%aI%x00%P", commit).split("\0")
        who = {"name": name, "email": email, "date": date}
        message = git("show", "-s", "--format=%B", commit)
        content = {"tree": tree, "parents": parents.split(), "message": message, "author": who, "committer": who}
        made = server.call("POST", "/git/commits", content)
        assert made["sha"] == commit, "the server has another commit than we"
    server.call("POST", "/git/refs", {"ref": "refs/heads/main", "sha": git("rev-parse", "main")})


def carry(books: Books, server: Server, commit: str) -> None:
    """Brings a commit of the server into the translator's folder, as a fetch would."""
    git = books.target.git
    about = server.call("GET", f"/git/commits/{commit}")
    for row in about["parents"]:
        if subprocess.run(["git", "cat-file", "-e", row["sha"]], cwd=books.target.path, capture_output=True).returncode:
            carry(books, server, row["sha"])
    for oid in server.files(commit).values():
        assert git("hash-object", "-w", "-t", "blob", "--stdin", data=server.content(oid)) == oid
    _carry_tree(books, server, about["tree"]["sha"])
    who = [_signed(role, about[role]) for role in ("author", "committer")]
    lines = [f"tree {about['tree']['sha']}", *(f"parent {row['sha']}" for row in about["parents"]), *who]
    raw = "\n".join(lines) + "\n\n" + about["message"].rstrip("\n") + "\n"
    assert git("hash-object", "-w", "-t", "commit", "--stdin", data=raw.encode()) == commit


def _carry_tree(books: Books, server: Server, tree: str) -> None:
    rows = server.call("GET", f"/git/trees/{tree}")["tree"]
    for row in rows:
        if row["type"] == "tree":
            _carry_tree(books, server, row["sha"])
    listed = "".join(f"{row['mode']} {row['type']} {row['sha']}\t{row['path']}\0" for row in rows)
    assert books.target.git("mktree", "-z", data=listed.encode()) == tree


def _signed(role: str, row: Any) -> str:
    when = datetime.fromisoformat(row["date"])
    return f"{role} {row['name']} <{row['email']}> {int(when.timestamp())} {when:%z}"


@dataclass
class Desk:
    """The books, and runs that publish to the server."""

    books: Books
    server: Server

    def sync(self, *more: str, refused: tuple[str, ...] = (), code: int = 0) -> str:
        """A run with publishing; what it said. The server has one open pull request at most afterwards."""
        places = ["--source", str(self.books.source.path), "--target", str(self.books.target.path)]
        before = self.books.target.snapshot()
        done = amts("sync", *places, "--pull-request", *self.books.engine(*refused), *more)
        assert done.code == code, (done.code, done.err)
        assert self.books.target.snapshot() == before
        assert sum(row["state"] == "open" for row in self.server.pulls()) <= 1
        return done.err

    def changed(self) -> set[str]:
        """The files in which our branch differs from the translation's."""
        before, after = (self.server.files(self.server.tip(name)) for name in ("main", BRANCH))
        return {path for path in {*before, *after} if before.get(path) != after.get(path)}

    def text(self, path: str) -> str:
        """A file of our branch."""
        return self.server.content(self.server.files(self.server.tip(BRANCH))[path]).decode("utf-8")


def opens(desk: Desk) -> None:
    """The first run makes branch and pull request, with labels (of which one is missing) and a reviewer."""
    server = desk.server
    server.call("POST", "/labels", {"name": "translation", "color": "ededed"})
    desk.books.upstream(alpha={"about flour.": "about rye flour."})
    desk.books.source.commit({"img/oven.png": b"\x89PNG oven 2\0\xfe"})
    said = desk.sync(*DRESS)
    (pull,) = server.pulls()
    assert f"pull request created: {server.url}/ada/zh/pull/{pull['number']}" in said, said
    assert (pull["state"], pull["head"]["ref"], pull["base"]["ref"]) == ("open", BRANCH, "main")
    assert pull["head"]["sha"] == server.tip(BRANCH)
    assert "rye" in pull["body"] and "<!-- amts" in pull["body"]
    assert sorted(row["name"] for row in pull["labels"]) == ["translation", "two words"]
    assert pull["assignees"] == [] and said.count("GitHub refused") == 1, said  # see `assigns_no_pulls`
    assert [row["login"] for row in pull["requested_reviewers"]] == ["grace"]
    assert {"chapter/alpha.md", "img/oven.png"} <= desk.changed()
    assert "译" in desk.text("chapter/alpha.md")
    assert server.content(server.files(server.tip(BRANCH))["img/oven.png"]) == b"\x89PNG oven 2\0\xfe"
    made = server.call("GET", f"/git/commits/{server.tip(BRANCH)}")
    assert [row["sha"] for row in made["parents"]] == [server.tip("main")]


def is_at_rest(desk: Desk) -> None:
    """A run without news changes nothing."""
    server = desk.server
    before = server.tip(BRANCH), server.pulls()
    carry(desk.books, server, before[0])
    desk.sync(*DRESS)
    assert (server.tip(BRANCH), server.pulls()) == before


def updates(desk: Desk) -> None:
    """News are put on top of a person's commit, by moving the branch forward, and into the same pull request."""
    server = desk.server
    (before,) = server.pulls()
    ours = desk.text("chapter/alpha.md")
    tree = server.call(
        "POST",
        "/git/trees",
        {
            "base_tree": server.call("GET", f"/git/commits/{server.tip(BRANCH)}")["tree"]["sha"],
            "tree": [_blob("chapter/alpha.md", ours.replace("译", "黑麦：", 1)), _blob("own.md", "# 新的话\n")],
        },
    )["sha"]
    theirs = server.call("POST", "/git/commits", {"message": "by hand", "tree": tree, "parents": [server.tip(BRANCH)]})
    server.call("PATCH", f"/git/refs/heads/{BRANCH}", {"sha": theirs["sha"]})
    carry(desk.books, server, theirs["sha"])
    desk.books.upstream(beta={"One item about rain.": "One item about hail."})
    said = desk.sync(*DRESS)
    assert "pull request updated" in said, said
    (pull,) = server.pulls()
    made = server.call("GET", f"/git/commits/{server.tip(BRANCH)}")
    assert [row["sha"] for row in made["parents"]] == [theirs["sha"]]
    assert pull["number"] == before["number"] and "hail" in pull["body"] and "rye" in pull["body"]
    assert len(pull["labels"]) == 2 and len(pull["requested_reviewers"]) == 1
    assert "黑麦：" in desk.text("chapter/alpha.md") and desk.text("own.md") == "# 新的话\n"
    assert "chapter/beta.md" in desk.changed()


def _blob(path: str, text: str) -> dict[str, str]:
    return {"path": path, "mode": "100644", "type": "blob", "content": text}


def never_goes_back(desk: Desk) -> None:
    """A branch that is elsewhere than it was seen is not moved; whoever comes second is told so."""
    server = desk.server
    client = Client(Hub("ada/zh", TOKEN, server.url, server.url))
    tip, main = server.tip(BRANCH), server.tip("main")
    tree = server.call("GET", f"/git/commits/{main}")["tree"]["sha"]
    other = server.call("POST", "/git/commits", {"message": "elsewhere", "tree": tree, "parents": [main]})["sha"]
    for old in (main, ""):
        try:
            set_tip(client, BRANCH, other, old)
        except Moved:
            continue
        raise AssertionError("a branch was moved that is not where it was seen")
    assert server.tip(BRANCH) == tip


def closes(desk: Desk) -> None:
    """When both branches have the same pages again, the pull request is closed with one comment."""
    server = desk.server
    (before,) = server.pulls()
    tree = server.call("GET", f"/git/commits/{server.tip(BRANCH)}")["tree"]["sha"]
    content = {"message": "taken by hand", "tree": tree, "parents": [server.tip("main")]}
    made = server.call("POST", "/git/commits", content)["sha"]
    server.call("PATCH", "/git/refs/heads/main", {"sha": made})
    for commit in (server.tip(BRANCH), made):
        carry(desk.books, server, commit)
    said = desk.sync(*DRESS)
    assert "pull request closed" in said, said
    (pull,) = server.pulls()
    assert (pull["number"], pull["state"]) == (before["number"], "closed")
    comments = server.call("GET", f"/issues/{pull['number']}/comments")
    assert len([row for row in comments if "Nothing is left to review" in row["body"]]) == 1


def ancestors(server: Server, commit: str) -> set[str]:
    """The commit and all that it stands on."""
    seen: set[str] = set()
    todo = [commit]
    while todo:
        if (one := todo.pop()) not in seen:
            seen.add(one)
            todo += [row["sha"] for row in server.call("GET", f"/git/commits/{one}")["parents"]]
    return seen


def opens_again(desk: Desk) -> None:
    """The next change of the English opens a second pull request from the branch that was left behind, as a draft."""
    server = desk.server
    for name in ("main", BRANCH):
        carry(desk.books, server, server.tip(name))
    behind = server.tip(BRANCH)
    desk.books.upstream(alpha={"The end of alpha is short.": "The end of alpha is very short."})
    said = desk.sync("--draft")
    assert "pull request created" in said, said
    new, old = sorted(server.pulls(), key=lambda row: -int(row["number"]))
    assert (new["state"], new["draft"], old["state"]) == ("open", True, "closed")
    assert behind in ancestors(server, new["head"]["sha"])
    assert {path for path in desk.changed() if not path.startswith(".amts/")} <= {
        "chapter/alpha.md",
        "chapter/alpha_origin.md",
    }


SCENES: Final[tuple[Callable[[Desk], None], ...]] = (
    opens,
    is_at_rest,
    updates,
    never_goes_back,
    closes,
    opens_again,
)


def no_git_over_http(server: Server) -> bool:
    """Books cannot be cloned from it or fetched: ours are folders."""
    return server.status("GET", "/ada/zh/info/refs?service=git-upload-pack")[0] == 404


def takes_any_token(server: Server) -> bool:
    """No refusal for want of a right can be seen."""
    return server.status("GET", "/repos/ada/zh", token="nonsense")[0] == 200


def takes_duplicate_pulls(server: Server) -> bool:
    """A second open pull request for a branch is not refused, so ours must not ask for one."""
    content = {"title": "again", "head": BRANCH, "base": "main"}
    return server.status("POST", "/repos/ada/zh/pulls", content)[0] == 201


def lists_no_files(server: Server) -> bool:
    """The files of a pull request cannot be read there; trees are compared instead."""
    (number, *_) = sorted(row["number"] for row in server.pulls())
    return server.call("GET", f"/pulls/{number}/files") == []


def wants_positions(server: Server) -> bool:
    """A review's comments need the older `position`, and so none of ours is made there."""
    (number, *_) = sorted(row["number"] for row in server.pulls())
    row = {"path": "own.md", "line": 1, "side": "RIGHT", "body": "Look."}
    content = {"commit_id": server.tip(BRANCH), "event": "COMMENT", "body": "Lines:", "comments": [row]}
    return server.status("POST", f"/repos/ada/zh/pulls/{number}/reviews", content)[0] == 422


def forgets_the_head(server: Server) -> bool:
    """A pull request keeps the commit that its branch had when it was opened; so nothing is asserted of it later."""
    tip = server.tip(BRANCH)
    tree = server.call("GET", f"/git/commits/{tip}")["tree"]["sha"]
    made = server.call("POST", "/git/commits", {"message": "further", "tree": tree, "parents": [tip]})["sha"]
    server.call("PATCH", f"/git/refs/heads/{BRANCH}", {"sha": made})
    (head,) = (row["head"]["sha"] for row in server.pulls() if row["state"] == "open")
    return bool(head == tip)


def assigns_no_pulls(server: Server) -> bool:
    """Only an issue can be assigned to people; a run says so, and is done all the same."""
    (number, *_) = sorted(row["number"] for row in server.pulls())
    return server.status("POST", f"/repos/ada/zh/issues/{number}/assignees", {"assignees": ["ada"]})[0] == 404


GAPS: Final[tuple[Callable[[Server], bool], ...]] = (
    no_git_over_http,
    takes_any_token,
    lists_no_files,
    assigns_no_pulls,
    wants_positions,
    forgets_the_head,
    takes_duplicate_pulls,
)
"""What this version of the server cannot do, and GitHub can; the last two change it. Where one of them is no longer
true, something more can be tested here."""


def main(program: str) -> int:
    """Plays all scenes, one after the other, on one server."""
    for key in [key for key in os.environ if key.startswith(("GIT_", "AMTS_", "GITHUB_"))]:
        del os.environ[key]
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "AMTS_TOKEN": TOKEN, "AMTS_GATE": "off"}
    with TemporaryDirectory() as name, served(program, Path(name)) as server:
        os.environ |= {"GITHUB_SERVER_URL": server.url, "GITHUB_API_URL": server.url}
        books = make_books(Path(name) / "books")
        books.target.git("remote", "add", "origin", f"{server.url}/ada/zh")
        put(books, server)
        for scene in SCENES:
            scene(Desk(books, server))
            print(f"{scene.__name__}: as promised")
        closed = [gap.__name__ for gap in GAPS if not gap(server)]
    if closed:
        print(f"emulate can do more than it could: {', '.join(closed)}", file=sys.stderr)
    return 1 if closed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
