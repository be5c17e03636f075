"""What a run needs, looked at one by one without a run: each look says what is there, and how to mend what is not."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from amts_action.books.books import Books
from amts_action.books.languages import check_languages
from amts_action.errors import AmtsError, InputError
from amts_action.settings import FIELDS, Settings, variable_name
from amts_action.settings.near import near

__all__ = ["Looked", "about_books", "about_engine", "about_environment", "about_git", "about_records", "guarded"]

Level = Literal["ok", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to one question."""

    name: str
    """What was looked at, a word or two."""
    level: Level
    """`wrong`: a run would fail or lose something; `look`: it may be meant so."""
    text: str
    """What is there, one line; with how to mend it."""


GIT: Final = (2, 38)
"""The oldest git that can merge without a work tree (`git merge-tree --write-tree`)."""
_OWN: Final = frozenset({"AMTS_TOKEN", "AMTS_SOURCE_TOKEN", "AMTS_CACHE_DIR", "AMTS_ACT_REGIONS"})
"""Variables of ours that are no settings."""
SECONDS: Final = 5
"""How long a service may take to open a connection; our own limit."""
NAMED: Final = 3
"""Pages that one line names."""


def guarded(name: str, look: Callable[[], Iterable[Looked]]) -> Iterator[Looked]:
    """What a look finds, or what keeps it from looking."""
    try:
        yield from look()
    except AmtsError as error:
        yield Looked(name, "wrong", str(error))


def about_git() -> Iterator[Looked]:
    """Whether git is there, and new enough."""
    try:
        said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        yield Looked("git", "wrong", f"git is not installed; install {GIT[0]}.{GIT[1]} or newer")
        return
    found = re.search(r"(\d+)\.(\d+)", said)
    is_new = found is not None and (int(found[1]), int(found[2])) >= GIT
    mend = "" if is_new else f"; install {GIT[0]}.{GIT[1]} or newer"
    yield Looked("git", "ok" if is_new else "wrong", said.removeprefix("git ") + mend)


def about_environment(environ: Mapping[str, str]) -> Iterator[Looked]:
    """Variables that look like settings and are none: a slip in a name would go unnoticed."""
    known = [variable_name(entry.name) for entry in FIELDS] + sorted(_OWN)
    for name in sorted(name for name in environ if name.startswith("AMTS_")):
        if name not in known:
            yield Looked("environment", "look", f"{name} is no setting{near(name, known, {})}; correct or unset it")


def about_books(books: Books) -> Iterator[Looked]:
    """The two books, their pages and their languages."""
    settings = books.settings
    where = settings.source_path or books.source.address
    yield Looked("English", "ok", f"{where} at {books.source.commit[:10]}")
    there = settings.target_path or (f"pages *{settings.target_suffix}.*" if settings.target_suffix else "")
    place = f"{there or books.target.address} at {books.start.default[:10]}"
    yield Looked("translation", "ok", f"{settings.target_lang}, {place}, branch for results {settings.branch}")
    documents = books.documents()
    both = sum(d.pair.source_path is not None and d.pair.target_path is not None for d in documents)
    alone = sum(d.pair.target_path is None for d in documents), sum(d.pair.source_path is None for d in documents)
    text = f"{both:,} in both books, {alone[0]:,} never translated, {alone[1]:,} only in the translation"
    if not both:
        text += "; check --source-path, --target-path and exclude"
    yield Looked("pages", "ok" if both else "wrong", text)
    check_languages(books, documents)
    yield Looked("languages", "ok", f"{settings.source_lang} and {settings.target_lang}, as far as the pages tell")


def about_records(books: Books) -> Iterator[Looked]:
    """Whether the state records can be read and are about pages and commits that there are."""
    documents = books.documents()
    pages = {d.pair.target_path for d in documents if d.pair.target_path}
    both = [d.pair.target_path for d in documents if d.pair.source_path and d.pair.target_path]
    for path, error in sorted(books.broken_records.items()):
        yield Looked("records", "wrong", f"{path}: {error.what}; correct or remove it, and run amts adopt")
    records = {path: record for path, record in books.records.items() if path not in books.broken_records}
    orphans = sorted(path for path in records if path not in pages and path.endswith(_PAGES))
    if orphans:
        yield Looked("records", "look", f"{_few(orphans)}: a record without its page; remove it with the page's file")
    known = books.source.repository.dates({record.commit for record in records.values()})
    lost = sorted(path for path, record in records.items() if record.commit not in known and path in pages)
    if lost:
        what = "the recorded commit is not in the English history any more, so the recorded text is used"
        yield Looked("records", "look", f"{_few(lost)}: {what}; amts adopt --force looks for another")
    bare = [path for path in both if path not in records and path is not None]
    if bare:
        yield Looked(
            "records", "look", f"{len(bare):,} of {len(both):,} pages have none; amts adopt finds and writes them"
        )
    if not (books.broken_records or orphans or lost or bare):
        yield Looked("records", "ok", f"{len(both):,} pages, each with its record")


_PAGES: Final = (".md", ".markdown", ".qmd", ".mdx", ".ipynb")


def _few(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def about_engine(settings: Settings, books: Books | None) -> Iterator[Looked]:
    """Whether the engine can be made, and its program, model, key and server are there. Nothing is sent to it."""
    from amts_action.engines.registry import create_engine
    from amts_action.runs.engine_setup import engine_settings, of_book

    name = settings.engine
    if name == "memory":
        yield Looked("engine", "ok", "memory: what people have translated, and nothing else; --engine names others")
        return
    told = engine_settings(settings, pairs=tuple)
    told = of_book(told, books) if books is not None else told
    engine = create_engine(name, told)
    backend = getattr(engine, "backend", None)
    languages = settings.source_lang, settings.target_lang
    if backend is not None and all(languages):
        backend.check(*languages)
    if name == "command":
        yield _program(settings.engine_command)
    elif name == "local":
        yield _model(settings, told)
    elif name.startswith("amazon") or name == "bedrock":
        yield _account(name, settings.region)
    else:
        yield _server(name, _address(backend))


def _program(command: str) -> Looked:
    """Whether the program of the engine `command` is there, and the script that it is given."""
    words = shlex.split(command)
    if shutil.which(words[0]) is None:
        return Looked("engine", "wrong", f"command: there is no program {words[0]}; correct --engine-command")
    scripts = [word for word in words[1:] if re.search(r"\.(py|sh|js|rb|pl)$", word)]
    missing = [word for word in scripts if not Path(word).is_file()]
    if missing:
        return Looked("engine", "wrong", f"command: there is no file {missing[0]} here; correct --engine-command")
    return Looked("engine", "ok", f"command: {words[0]} is there; it is not started for a look")


def _model(settings: Settings, told: Any) -> Looked:
    """Whether the models of the engine `local` are on this machine."""
    from amts_action.engines.local.finding import load

    pair = f"{settings.source_lang} to {settings.target_lang}"
    try:
        load(replace(told, offline=True), settings.source_lang, settings.target_lang)
    except InputError as error:
        if settings.offline or settings.model_dir:
            return Looked("engine", "wrong", f"local: {error}")
        return Looked("engine", "look", f"local: no model from {pair} is here yet; the first run fetches it")
    return Looked("engine", "ok", f"local: the model from {pair} is here")


def _account(name: str, region: str) -> Looked:
    """Whether credentials and a region of AWS are found; nobody is asked."""
    import boto3

    from amts_action.engines.aws.clients import aws_errors

    with aws_errors("AWS"):
        session = boto3.Session(region_name=region or None)
        credentials = session.get_credentials()
    if credentials is None:
        mend = "set AWS_PROFILE, or in a workflow use aws-actions/configure-aws-credentials"
        return Looked("engine", "wrong", f"{name}: no credentials of AWS are found; {mend}")
    if not session.region_name:
        return Looked("engine", "wrong", f"{name}: no region of AWS is found; give --region")
    return Looked("engine", "ok", f"{name}: credentials and region {session.region_name} are found")


def _address(backend: object) -> str:
    """The address of a service's client, wherever the engine keeps it."""
    for owner in (backend, getattr(backend, "model", None)):
        address = getattr(getattr(owner, "client", None), "address", "")
        if address:
            return str(address)
    return ""


def _server(name: str, address: str) -> Looked:
    """Whether the server of a service takes connections; nothing is said to it."""
    parts = urlsplit(address)
    if not parts.hostname:
        return Looked("engine", "ok", f"{name}: can be used as it is set")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname, port), timeout=SECONDS):
            pass
    except OSError as error:
        why = error.strerror or "no answer"
        mend = "check the network, the proxy and --base-url"
        return Looked("engine", "wrong", f"{name}: {parts.hostname}:{port} cannot be reached ({why}); {mend}")
    return Looked("engine", "ok", f"{name}: {parts.hostname}:{port} answers, and there is a key if it needs one")
