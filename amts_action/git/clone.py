"""Getting a repository: opening a directory, cloning or refreshing an address, fetching what is missing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from shlex import quote
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from amts_action.errors import InputError, ServiceError
from amts_action.git.commit import is_ref_name
from amts_action.git.run import Git, credentials, environment, public_url

__all__ = ["fetch_objects", "is_url", "open_directory", "open_url", "refresh_checkout", "remote_of", "unshallow"]

_URL = re.compile(r"(?:https?|ssh|git|file)://\S", re.ASCII)
_SCP = re.compile(r"[\w.][\w.-]*@[\w.][\w.-]*:(?!//)\S", re.ASCII)
_REMOTE = re.compile(r"remote\..*\.url", re.DOTALL)
_HEADS = "+refs/heads/*:refs/remotes/origin/*"
_QUIET = ("--quiet", "--no-write-fetch-head")


def is_url(where: str) -> bool:
    """Whether `where` is an address rather than a folder."""
    return bool(_URL.match(where) or _SCP.match(where))


def _git(
    cwd: Path,
    name: str,
    url: str,
    token: str | None,
    trusted: tuple[str, ...],
    more: tuple[tuple[str, str], ...] = (),
) -> Git:
    """A runner that trusts exactly the folders `trusted` and signs in to `url` only; `more` is configuration, too."""
    sign_in = credentials(url, token)
    trust = tuple(("safe.directory", folder) for folder in trusted) + _trust_served(url)
    secrets = tuple(value.rpartition(" ")[2] for _, value in sign_in if value)
    return Git(cwd, name, environment(trust + sign_in + more, {}), (*secrets, token or ""))


def _trust_served(url: str) -> tuple[tuple[str, str], ...]:
    """The same trust for the server's side of a `file://` address, which gets no configuration from our environment.

    git hands these two values to a shell, so the folder is quoted.
    """
    if not url.startswith("file://"):
        return ()
    folder = unquote(urlsplit(url).path)
    options = " ".join(f"-c safe.directory={quote(name)}" for name in (folder, f"{folder.rstrip('/')}/.git"))
    return tuple((f"remote.origin.{kind}pack", f"git {options} {kind}-pack") for kind in ("upload", "receive"))


class Opened(NamedTuple):
    """A repository in a folder, the address of its remote, and whether all of its history is here."""

    git: Git
    url: str
    is_whole: bool


def open_directory(where: str, token: str | None) -> Opened:
    """The repository whose work tree or git folder is exactly `where`.

    Raises:
        InputError: there is no such folder, or it is no repository's top folder.
    """
    top = Path(where).resolve()
    if not top.is_dir():
        raise InputError("there is no such folder", where=where, mend="give a repository's folder or address")
    trusted = (str(top), str(top / ".git"))
    bare = _git(top, where, "", None, trusted)
    # Without a ceiling git would take a repository that merely surrounds the folder, perhaps the home folder's.
    ask = ("rev-parse", "--is-shallow-repository", "--absolute-git-dir")
    code, out, err = bare.status(*ask, more={"GIT_CEILING_DIRECTORIES": str(top.parent)})
    if code:
        if "dubious ownership" in err:
            raise InputError("git does not trust the owner of this folder", where=where, mend="chown it")
        mend = "give the repository's top folder and name the part of it with a path setting"
        raise InputError("this is not a git repository", where=where, mend=mend)
    shallow, _, name = out.removesuffix(b"\n").partition(b"\n")
    git_dir, is_whole = Path(os.fsdecode(name)), shallow == b"false"
    found = Git(git_dir, where, {**bare.env, "GIT_DIR": str(git_dir)})
    url = remote_of(found)[1]
    if not credentials(url, token):
        return Opened(found, url, is_whole)
    signed = _git(git_dir, where, url, token, trusted, _own_proxies(found))
    return Opened(Git(git_dir, where, {**signed.env, "GIT_DIR": str(git_dir)}, signed.secrets), url, is_whole)


def _own_proxies(git: Git) -> tuple[tuple[str, str], ...]:
    """Configuration that undoes proxies which a folder's own configuration names: whoever wrote it would be sent the
    token. Those of the user, the system and the environment stay.
    """
    settings = git.configured()
    names = list(
        dict.fromkeys(key for scope, key, _ in settings if scope in ("local", "worktree") and key.endswith(".proxy"))
    )
    if not names:
        return ()
    for wanted in ("global", "system"):
        for value in [value for scope, key, value in settings if (scope, key) == (wanted, "http.proxy")][-1:]:
            return tuple((name, value.strip()) for name in names)
    # Git takes the variables by itself when nothing is configured, but an empty value would turn them off.
    found = next(
        (os.environ[v] for v in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY") if v in os.environ), ""
    )
    return tuple((name, found) for name in names)


def remote_of(git: Git) -> tuple[str, str]:
    """Name and address of the remote to fetch from: `origin`, else the first; empty when there is none."""
    remotes = {key[len("remote.") : -len(".url")]: url for _, key, url in git.configured() if _REMOTE.fullmatch(key)}
    remotes = {name: url for name, url in remotes.items() if not name.startswith("-")}
    name = "origin" if "origin" in remotes else next(iter(remotes), "")
    return name, remotes.get(name, "")


def open_url(url: str, cache: Path, token: str | None) -> Git:
    """The bare, blobless clone of `url` in the folder `cache`, made or refreshed.

    Branches of the server are `refs/remotes/origin/*`; the clone's own branches only live between two openings.

    Raises:
        InputError: the server's repository has no commits.
        ServiceError: the server could not be reached or refused.
    """
    public = public_url(url)
    place = cache / _folder_name(public)
    place.mkdir(parents=True, exist_ok=True)
    trusted = (str(place.resolve()),)
    git = _git(place, public, url, token, trusted)
    git = Git(place, public, {**git.env, "GIT_DIR": str(place.resolve())}, git.secrets)
    is_new = not (place / "HEAD").exists()
    if is_new:
        git.run("init", "--quiet", "--bare", "--template=", "--initial-branch=amts-unborn")
        git.run("remote", "add", "origin", public)
    head = _server_head(git)
    _refresh(git)
    if not is_new:
        _drop_own_branches(git)
    if head:
        git.run("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{head}")
    return git


def _folder_name(url: str) -> str:
    """A readable folder name that differs for different addresses."""
    from hashlib import sha256

    slug = re.sub(r"[^A-Za-z0-9]+", "-", url.removesuffix(".git"))[-40:].strip("-")
    return f"{slug}-{sha256(url.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}.git"


def _server_head(git: Git) -> str:
    """The server's default branch; empty when its HEAD is on no branch.

    Raises:
        InputError: it has no commits at all.
    """
    out = git.call("ls-remote", "--symref", "origin", "HEAD", "refs/heads/*").decode("utf-8", "replace")
    if not out:
        raise InputError("the repository has no commits", where=git.name, mend="push a first commit")
    found = re.search(r"^ref: refs/heads/(.+)\tHEAD$", out, re.MULTILINE)
    return found[1] if found else ""


def _refresh(git: Git) -> None:
    """Fetches all branches and tags without blobs; with blobs from servers that refuse filters."""
    args = ("fetch", *_QUIET, "--prune", "--force", "--tags")
    code, _, _ = git.status(*args, "--filter=blob:none", "origin", _HEADS)
    if code:
        git.call(*args, "--no-filter", "origin", _HEADS)


def refresh_checkout(git: Git) -> None:
    """Fetches the branches of the remote `origin` of a work tree; of a shallow one not the history that it lacks.

    Raises:
        InputError: the server's repository has no commits.
        ServiceError: the server could not be reached or refused.
    """
    head = _server_head(git)
    git.call("fetch", *_QUIET, "--prune", "--no-tags", "origin", _HEADS)
    if head:
        git.run("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{head}")


def _drop_own_branches(git: Git) -> None:
    """Removes branches that an earlier run left in the cache: what counts is what the server has."""
    refs = git.run("for-each-ref", "--format=%(refname)", "refs/heads").decode("utf-8", "surrogateescape")
    if refs:
        lines = "".join(f"delete {ref}\n" for ref in refs.splitlines())
        git.run("update-ref", "--stdin", data=lines.encode("utf-8", "surrogateescape"))


def unshallow(git: Git) -> None:
    """Fetches the history that a shallow clone lacks. Work tree, index and branches stay as they are.

    Raises:
        InputError: there is no remote to fetch from.
        ServiceError: the server could not be reached or refused.
    """
    remote = remote_of(git)[0]
    if not remote:
        mend = "clone it whole (actions/checkout: fetch-depth: 0)"
        raise InputError("the history is cut off and there is no remote to fetch it from", where=git.name, mend=mend)
    git.call("fetch", *_QUIET, "--unshallow", "--no-tags", remote)


def fetch_objects(git: Git, oids: list[str]) -> bool:
    """Fetches objects by id in one request (as git itself does for partial clones); whether that worked."""
    remote = remote_of(git)[0]
    if not remote or not oids:
        return False
    # The options are those of `fetch_objects` in git's promisor-remote.c.
    args = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", *_QUIET, "--no-tags", "--filter=blob:none")
    code, _, _ = git.status(*args, "--stdin", remote, data="".join(f"{oid}\n" for oid in oids).encode())
    return code == 0


def fetch_branch(git: Git, name: str) -> bool:
    """Fetches a branch of the remote to `refs/remotes/origin/`; whether that worked."""
    remote = remote_of(git)[0]
    if not remote or not is_ref_name(f"refs/heads/{name}"):
        return False
    return git.status("fetch", *_QUIET, "--no-tags", remote, f"+refs/heads/{name}:refs/remotes/origin/{name}")[0] == 0


def fetch_commit(git: Git, oid: str) -> bool:
    """Asks the remote for one commit that no fetched branch holds; whether it came."""
    remote = remote_of(git)[0]
    if not remote:
        return False
    try:
        git.call("fetch", *_QUIET, "--no-tags", remote, oid)
    except ServiceError:
        return False
    return True
