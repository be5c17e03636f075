"""The git data API: blobs, trees, commits, references. https://docs.github.com/rest/git"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from hubkit.errors import ApiError, not_found
from hubkit.repository import WORKFLOWS, Repository
from hubkit.routes import REPO, Call, Reply, route
from hubkit.store import ZERO, GitError, Person

GIT = REPO + "/git"
WRITES = "contents=write; contents=write,workflows=write"


@route("POST", f"{GIT}/blobs", "contents=write")
def create_blob(call: Call) -> Reply:
    """Stores a file's content."""
    _not_empty(call.repo)
    content = call.body["content"]
    try:
        data = b64decode(content) if call.body.get("encoding") == "base64" else content.encode()
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error
    sha = call.repo.store.write_blob(data)
    return Reply(201, {"sha": sha, "url": f"{call.hub.show.repo_url(call.repo)}/git/blobs/{sha}"})


@route("GET", f"{GIT}/blobs/{{file_sha}}", "contents=read")
def get_blob(call: Call) -> Reply:
    """A file's content."""
    sha = call.params["file_sha"]
    _expect(call.repo, sha, "blob")
    data = call.repo.store.blob(sha)
    url = f"{call.hub.show.repo_url(call.repo)}/git/blobs/{sha}"
    shown = {"sha": sha, "node_id": f"B_{sha}", "size": len(data), "url": url}
    return Reply(200, shown | {"content": b64encode(data).decode(), "encoding": "base64"})


@route("POST", f"{GIT}/trees", WRITES)
def create_tree(call: Call) -> Reply:
    """Stores a tree, from scratch or laid over another."""
    _not_empty(call.repo)
    store, base = call.repo.store, call.body.get("base_tree")
    if base is not None and (not _is_sha(base) or store.kind(base) not in ("tree", "commit")):
        raise ApiError(422, f"base_tree {base} is not a valid tree oid".replace("base_tree ", "", 1))
    entries = [_entry(call.repo, entry) for entry in call.body["tree"]]
    try:
        sha = store.write_tree(base, entries)
    except GitError as error:
        raise ApiError(422, "GitRPC::BadObjectState") from error
    if any(path.startswith(WORKFLOWS) for _, path, sha_ in entries if sha_ is not None):
        call.hub.check_workflows(call.token, call.repo, sha)
    return Reply(201, call.hub.show.tree(call.repo, sha, store.entries(sha)))


def _entry(repo: Repository, entry: dict[str, Any]) -> tuple[str, str, str | None]:
    path, mode = entry.get("path", ""), entry.get("mode", "100644")
    if not path or path.startswith("/") or any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise ApiError(422, "tree.path contains a malformed path component")
    if "sha" in entry and "content" in entry:
        raise ApiError(422, "Must supply either tree.sha or tree.content")
    if "content" in entry:
        return mode, path, repo.store.write_blob(entry["content"].encode())
    sha = entry.get("sha")
    kind = {"040000": "tree", "160000": "commit"}.get(mode, "blob")
    if sha is not None and kind != "commit" and (not _is_sha(sha) or repo.store.kind(sha) != kind):
        raise ApiError(422, f"tree.sha {sha} is not a valid {kind}")
    return mode, path, sha


@route("GET", f"{GIT}/trees/{{tree_sha}}", "contents=read")
def get_tree(call: Call) -> Reply:
    """A tree; any value of `recursive` makes it deep."""
    name = call.params["tree_sha"]
    sha = name if _is_sha(name) else call.repo.store.resolve(name)
    if sha is None or call.repo.store.kind(sha) not in ("tree", "commit"):
        raise not_found()
    tree = call.repo.store.tree_of(sha)
    entries = call.repo.store.entries(tree, recursive="recursive" in call.query)
    return Reply(200, call.hub.show.tree(call.repo, tree, entries))


@route("POST", f"{GIT}/commits", "contents=write")
def create_commit(call: Call) -> Reply:
    """Stores a commit. One that a bot makes without naming an author is signed and committed by GitHub."""
    body, store = call.body, call.repo.store
    _not_empty(call.repo)
    if not _is_sha(body["tree"]) or store.kind(body["tree"]) != "tree":
        raise ApiError(422, "Tree SHA does not exist")
    for parent in body.get("parents", []):
        if not _is_sha(parent) or store.kind(parent) != "commit":
            raise ApiError(422, "Parent SHA does not exist or is not a commit object")
    me = call.hub.accounts[call.login]
    author = _person(body.get("author"), Person(me.login, me.email, call.hub.now()))
    is_signed = call.token and call.token.is_bot and not ({"author", "committer", "signature"} & set(body))
    github = Person("GitHub", "noreply@github.com", author.when)
    committer = github if is_signed else _person(body.get("committer"), author)
    sha = store.write_commit(body["tree"], body.get("parents", []), body["message"], author, committer)
    if is_signed:
        call.hub.verified.add(sha)
    return Reply(201, call.hub.show.git_commit(call.repo, store.commit(sha)))


def _person(given: dict[str, str] | None, default: Person) -> Person:
    if given is None:
        return default
    text = given.get("date")
    when = int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) if text else default.when
    return Person(given.get("name", default.name), given.get("email", default.email), when)


@route("GET", f"{GIT}/commits/{{commit_sha}}", "contents=read")
def get_commit(call: Call) -> Reply:
    """A commit."""
    sha = call.params["commit_sha"]
    _expect(call.repo, sha, "commit")
    return Reply(200, call.hub.show.git_commit(call.repo, call.repo.store.commit(sha)))


@route("GET", f"{GIT}/ref/{{ref}}", "contents=read")
def get_ref(call: Call) -> Reply:
    """One reference."""
    _not_empty(call.repo)
    name = f"refs/{call.params['ref']}"
    sha = call.repo.store.refs().get(name)
    if sha is None:
        raise not_found()
    return Reply(200, call.hub.show.ref(call.repo, name, sha))


@route("GET", f"{GIT}/matching-refs/{{ref}}", "contents=read")
def matching_refs(call: Call) -> Reply:
    """References that begin alike."""
    found = call.repo.store.refs(f"refs/{call.params['ref']}")
    return Reply(200, [call.hub.show.ref(call.repo, name, sha) for name, sha in sorted(found.items())])


@route("POST", f"{GIT}/refs", WRITES)
def create_ref(call: Call) -> Reply:
    """Makes a reference; refused when there is one."""
    name, sha = call.body["ref"], call.body["sha"]
    _not_empty(call.repo)
    if not re.fullmatch(r"refs/[^/]+/.+", name) or not _is_name(call.repo, name):
        raise ApiError(
            422,
            "Reference name must start with 'refs/' and contain at least two slashes."
            if not name.startswith("refs/")
            else f"{name} is not a valid ref name.",
        )
    if not _is_sha(sha):
        raise ApiError(422, "At least 40 characters are required; only 0 were supplied.")
    if call.repo.store.kind(sha) != "commit":
        raise ApiError(422, "Object does not exist")
    refs = call.repo.store.refs()
    if name in refs:
        raise ApiError(422, "Reference already exists")
    if name.startswith("refs/pull/") or any(
        other.startswith(name + "/") or name.startswith(other + "/") for other in refs
    ):
        raise ApiError(422, "Reference update failed")
    call.hub.check_workflows(call.token, call.repo, sha)
    call.repo.move(name, sha, old=ZERO, by=call.login)
    return Reply(201, call.hub.show.ref(call.repo, name, sha))


@route("PATCH", f"{GIT}/refs/{{ref}}", WRITES)
def update_ref(call: Call) -> Reply:
    """Moves a reference, forward only unless forced."""
    name, sha = f"refs/{call.params['ref']}", call.body["sha"]
    old = call.repo.store.refs().get(name)
    if old is None:
        raise ApiError(422, "Reference does not exist")
    if not _is_sha(sha) or call.repo.store.kind(sha) != "commit":
        raise ApiError(422, "Object does not exist")
    if not call.body.get("force") and not call.repo.store.is_ancestor(old, sha):
        raise ApiError(422, "Update is not a fast forward")
    if name.removeprefix("refs/heads/") in call.repo.protected:
        raise ApiError(422, "Repository rule violations found\n\nChanges must be made through a pull request.\n\n")
    call.hub.check_workflows(call.token, call.repo, sha)
    call.repo.move(name, sha, old=old, by=call.login)
    return Reply(200, call.hub.show.ref(call.repo, name, sha))


@route("DELETE", f"{GIT}/refs/{{ref}}", "contents=write")
def delete_ref(call: Call) -> Reply:
    """Deletes a reference."""
    name = f"refs/{call.params['ref']}"
    if name not in call.repo.store.refs():
        raise ApiError(422, "Reference does not exist")
    if name == f"refs/heads/{call.repo.default_branch}":
        raise ApiError(422, "Cannot delete the default branch")
    call.repo.move(name, None, by=call.login)
    return Reply(204)


def _is_sha(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}", text) is not None


def _is_name(repo: Repository, name: str) -> bool:
    try:
        repo.store.git("check-ref-format", name)
    except GitError:
        return False
    return True


def _expect(repo: Repository, sha: str, kind: str) -> None:
    if not _is_sha(sha):
        raise ApiError(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if repo.store.kind(sha) != kind:
        raise not_found()


def _not_empty(repo: Repository) -> None:
    if not repo.store.branches():
        raise ApiError(409, "Git Repository is empty.")
