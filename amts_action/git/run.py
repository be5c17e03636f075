"""Running the `git` executable: environment, credentials, and errors that never show a secret.

Promises: arguments are lists and never meet a shell; no hook runs and nothing prompts; a token or a password is
passed in the environment (`GIT_CONFIG_COUNT`, https://git-scm.com/docs/git-config), scoped to one repository's
address, and is in no argument, no stored configuration and no message.
"""

from __future__ import annotations

import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from amts_action.errors import InputError, ServiceError
from amts_action.git.reader import Found, ObjectReader, ReaderEnded
from amts_action.tokens import without

__all__ = ["Git", "credentials", "environment", "public_url", "redact"]

NETWORK_SECONDS = 1800
"""Our own limit for one command that may talk to a server; stalled HTTP transfers end after a minute."""

# `git rev-parse --local-env-vars`: set when we run inside a hook or an alias, they would name another repository.
_FOREIGN = frozenset(
    "GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_OBJECT_DIRECTORY GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE "
    "GIT_GRAFT_FILE GIT_INDEX_FILE GIT_REPLACE_REF_BASE GIT_PREFIX GIT_SHALLOW_FILE GIT_COMMON_DIR "
    "GIT_NAMESPACE GIT_CEILING_DIRECTORIES GIT_DEFAULT_HASH GIT_EXTERNAL_DIFF GIT_CURL_VERBOSE "
    "GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS".split()
)
_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # replacements are one person's view: the server does not have them
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
_CONFIG = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.protectHFS", "true"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("log.showRoot", "true"),
    ("log.showSignature", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
)
_PROTOCOLS = "file:git:http:https:ssh"
_USERINFO = re.compile(r"(?<=://)[^/\s@'\"]*@")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def redact(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without user information in URLs and without the `secrets`."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return _USERINFO.sub("", text)


def public_url(url: str) -> str:
    """The address that may be stored and shown: no password, and no user name but ssh's."""
    parts = urlsplit(url)
    if not parts.scheme or "@" not in parts.netloc:
        return url
    user, host = parts.netloc.rsplit("@", 1)
    keep = f"{user.split(':')[0]}@{host}" if parts.scheme == "ssh" else host
    return urlunsplit(parts._replace(netloc=keep))


def credentials(url: str, token: str | None) -> tuple[tuple[str, str], ...]:
    """Git configuration that signs in to `url` only: with its own user information, else with the `token`.

    The empty first value drops headers from other files, because servers refuse two `Authorization` headers
    (actions/checkout leaves one in `.git/config`). Nothing is sent in the clear, except to this very machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return ()
    if parts.password or parts.username:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    elif token:
        pair = f"x-access-token:{token}"
    else:
        return ()
    key = f"http.{public_url(url)}.extraHeader"
    return ((key, ""), (key, "Authorization: Basic " + b64encode(pair.encode()).decode()))


def environment(config: tuple[tuple[str, str], ...], more: Mapping[str, str]) -> dict[str, str]:
    """The process environment for git: ours without what names another repository, with `config` added."""
    env = {k: v for k, v in without(os.environ).items() if k not in _FOREIGN and not k.startswith("GIT_TRACE")}
    count = env.get("GIT_CONFIG_COUNT", "")
    start = int(count) if count.isdigit() else 0
    added = (*_CONFIG, *config)
    for at, (key, value) in enumerate(added, start=start):
        env[f"GIT_CONFIG_KEY_{at}"], env[f"GIT_CONFIG_VALUE_{at}"] = key, value
    env.setdefault("GIT_ALLOW_PROTOCOL", _PROTOCOLS)
    return env | _FIXED | {"GIT_CONFIG_COUNT": str(start + len(added))} | dict(more)


@dataclass(frozen=True)
class Git:
    """Runs git in one place. `name` is what messages call the place; `env` is complete and may hold secrets."""

    cwd: Path
    name: str
    env: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _reader: ObjectReader = field(default_factory=ObjectReader, init=False, repr=False, compare=False)
    _configured: list[tuple[str, str, str]] = field(default_factory=list, init=False, repr=False, compare=False)

    def status(
        self, *args: str, data: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output, redacted standard error.

        Raises:
            InputError: git is not installed or a name holds a NUL byte.
            ServiceError: the command did not end within `NETWORK_SECONDS`.
        """
        env = {**self.env, **more} if more else self.env
        line = ["git", *args]
        with self._told(args[0]):
            done = subprocess.run(
                line, cwd=self.cwd, env=env, capture_output=True, timeout=NETWORK_SECONDS, input=data or b""
            )
        return done.returncode, done.stdout, redact(done.stderr.decode("utf-8", "replace"), self.secrets)

    def objects(self, command: Literal["info", "contents"], names: Iterable[str]) -> list[Found | None]:
        """What names of objects stand for, with what is in them or without; None for what is not there. No name may
        hold a line end.

        Raises:
            InputError: git is not installed, or an object is broken.
            ServiceError: a server that has to be asked for an object did not answer within `NETWORK_SECONDS`.
        """
        with self._told("cat-file"):
            try:
                return self._reader.answers(command, names, cwd=self.cwd, env=self.env, seconds=NETWORK_SECONDS)
            except ReaderEnded as ended:
                said = redact(ended.said.decode("utf-8", "replace"), self.secrets)
                raise InputError(f"git cat-file failed: {_reason(said)}", where=self.name) from None

    def configured(self) -> list[tuple[str, str, str]]:
        """Scope, key and value of everything that is configured; read once."""
        if not self._configured:
            code, out, _ = self.status("config", "-z", "--show-scope", "--list")
            words = iter([] if code else out.decode("utf-8", "replace").split("\0"))
            for scope, (key, _, value) in zip(words, (word.partition("\n") for word in words), strict=False):
                self._configured.append((scope, key, value))
        return self._configured

    @contextmanager
    def _told(self, command: str) -> Iterator[None]:
        """Says what is wrong when git cannot be started or does not end."""
        try:
            yield
        except FileNotFoundError as error:
            what = "git is not installed" if self.cwd.is_dir() else "the folder is gone"
            raise InputError(what, where=self.name, mend="git 2.38 or newer is needed") from error
        except ValueError as error:
            raise InputError("a name with a NUL byte", where=self.name) from error
        except (subprocess.TimeoutExpired, TimeoutError):
            raise ServiceError(f"git {command} did not end", where=self.name) from None

    def run(self, *args: str, data: bytes | None = None, more: Mapping[str, str] | None = None) -> bytes:
        """Standard output of a command that has to succeed on what is here.

        Raises:
            InputError: it failed.
        """
        code, out, err = self.status(*args, data=data, more=more)
        if code:
            raise InputError(f"git {args[0]} failed: {_reason(err)}", where=self.name)
        return out

    def call(self, *args: str, data: bytes | None = None) -> bytes:
        """Standard output of a command that talks to a server.

        Raises:
            ServiceError: it failed.
        """
        code, out, err = self.status(*args, data=data)
        if code:
            mend = "check the address, the network and the access rights of the token"
            raise ServiceError(f"git {args[0]} failed: {_reason(err)}", where=self.name, mend=mend)
        return out


def _reason(stderr: str) -> str:
    """The line of git's complaint that says why, else the last one."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("fatal:", "error:", "remote: "))]
    return (said or lines or ["no reason given"])[0 if said else -1].removeprefix("fatal: ")[:300]
