"""Opens two books: finds their repositories, and reads the settings that the translation itself has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from amts_action.books.book import Book, Reads, checked_file
from amts_action.books.books import Books, Start
from amts_action.books.notes import Notes
from amts_action.books.pairing import name_suffix
from amts_action.errors import InputError
from amts_action.git.clone import is_url
from amts_action.git.repository import Repository, TreeEntry
from amts_action.settings import AMTS_TOML, CONFIG_INI, Settings, load, named_languages

__all__ = ["Opener", "branch_commit", "branch_name", "open_books"]

Opener = Callable[[str, str], Repository]
"""Opens a repository: which of the two it is (`source`, `target`), and what the settings say about where it is."""


def _bytes(repository: Repository, tree: Mapping[str, TreeEntry], path: str) -> bytes:
    oid = checked_file(tree[path], path).oid
    return repository.blobs([oid])[oid]


def open_books(
    arguments: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    cache_dir: Path | None = None,
    source_token: str | None = None,
    target_token: str | None = None,
    opener: Opener | None = None,
    config_name: str = "",
    is_ours: bool | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Books:
    """Opens both repositories and reads the settings from the target's root.

    Args:
        tell: gets a line about a settings file of the folder that is not the one of the commit, which counts.
        opener: opens the `source` or the `target` that the settings name, instead of what the other arguments say.
        is_ours: whether the settings files of the target are the caller's own; when not said those of a folder are,
            and those of an address are not.
        config_name: path of our settings file in the target, which then must be there; empty for amts.toml, if any.

    Raises:
        InputError: a repository, a revision or a setting is unusable.
        ServiceError: a server could not be reached.
    """

    first = load(environ=environ, arguments=arguments)

    def opened(which: str, where: str) -> Repository:
        if not where:
            raise InputError("not given", where=f"--{which}", mend="give a folder or an address of a git repository")
        # A token goes where the caller said, and not where a file of somebody else's book points to.
        is_trusted = which == "target" or where == first.source or not others or _is_beside(where, first.target)
        token = source_token if which == "source" else target_token
        return Repository.open(where, cache_dir=cache_dir, token=token if is_trusted else None)

    is_asked = opener is None  # else who opens knows what an empty source means
    opener = opener or opened
    target = opener("target", first.target)
    others = "" if (is_ours if is_ours is not None else not is_url(first.target)) else target.address
    default = target.resolve(_line_of(target, first.target_branch))
    tree = target.tree(default)
    if config_name and config_name not in tree:
        raise InputError("there is no such file in the translation", where=config_name, mend="name its settings file")
    notes: list[str] = []
    wanted = {path: entry for path, entry in tree.items() if path in (config_name or AMTS_TOML, CONFIG_INI)}
    target.prefetch(entry.oid for entry in wanted.values())
    config = {name: _optional(target, tree, name) for name in (config_name or AMTS_TOML, CONFIG_INI)}
    for name, data in config.items():
        if not target.is_clone and _differs(Path(first.target) / name, data):
            tell(f"{name}: what is in the folder is not committed, and what is committed counts; commit it")
    said_lang = load(config_ini=config[CONFIG_INI]).target_lang
    settings = load(
        config_ini=config[CONFIG_INI],
        amts_toml=config[config_name or AMTS_TOML],
        environ=environ,
        arguments=arguments,
        others=others,
        notes=notes,
    )
    is_parted = settings.source_path != settings.target_path or bool(settings.target_suffix)
    same = _is_same(settings.source, first.target) or (is_asked and not settings.source and is_parted)
    source = target if same else opener("source", settings.source)
    if not settings.target_lang:
        known = ", ".join(named_languages(config[config_name or AMTS_TOML]))
        mend = f"give its code{f': {known}' if known else ''}"
        raise InputError("the language of the translation is not known", where="--target-lang", mend=mend)
    head = source.resolve(settings.head or "HEAD")
    if settings.base:
        settings = replace(settings, base=source.resolve(settings.base))
    settings = replace(settings, branch=branch_name(settings, _default_name(target, settings)))
    start = branch_commit(target, settings.branch) or default
    reads = Reads()
    books = Books(
        settings,
        Book(source, head, settings.source_path, reads),
        Book(target, start, settings.target_path, reads),
        Start(default),
        Notes(notes),
        said_lang,
    )
    is_one_folder = books.same_repository and settings.source_path == settings.target_path
    if is_one_folder and not settings.target_suffix:
        settings = replace(settings, target_suffix=name_suffix(books.source.tree, books.target.tree, settings))
        books = replace(books, settings=settings)
    if is_one_folder and not settings.target_suffix:
        raise InputError(
            "source and target are the same folder of one repository, and no page is named as a translation",
            where="--source-path",
            mend="give --source-path and --target-path, or --target-suffix",
        )
    folder = settings.source_path
    if folder and not any(path.startswith(f"{folder}/") for path in books.source.tree):
        # A book that is not there must not read as one whose pages were all removed.
        raise InputError(
            f"the source has no folder {folder!r} in commit {head[:10]}",
            where="--source-path",
            mend="give the folder of the English book",
        )
    return books


def branch_name(settings: Settings, default_name: str) -> str:
    """The name of our branch: one for each branch that the translation lives on, unless it was given a name.

    `--` cannot be part of a language's code, and the name of the translation's branch can follow it whatever it is.
    """
    plain = f"amts/{settings.target_lang}"
    goal = settings.target_branch
    usual = f"{plain}--{goal}"
    if settings.branch not in (plain, usual):
        return settings.branch
    return usual if goal and goal != default_name else plain


def _default_name(target: Repository, settings: Settings) -> str:
    """The target's default branch, asked only where it matters."""
    if not settings.target_branch:
        return ""
    try:
        return target.default_branch()
    except InputError:
        return ""


def _line_of(target: Repository, name: str) -> str:
    """What names the branch that the translation lives on; of a clone the server's."""
    if target.is_clone:
        return f"refs/remotes/origin/{name or target.default_branch()}"
    if name:
        target.fetch_branch(name)  # a checkout may have another branch only
    return name or "HEAD"


def _differs(path: Path, committed: bytes | None) -> bool:
    """Whether a file of a work tree says something else than the committed one, line ends apart."""
    try:
        here = path.read_bytes()
    except OSError:
        return False
    return here.split() != (committed or b"").split()


def _is_beside(one: str, other: str) -> bool:
    """Whether two addresses are of one server."""
    return "://" in one and one.split("/")[:3] == other.split("/")[:3]


def _is_same(source: str, target: str) -> bool:
    if source == target:
        return True
    try:
        return Path(source).is_dir() and Path(source).resolve() == Path(target).resolve()
    except OSError:
        return False


def _optional(repository: Repository, tree: Mapping[str, TreeEntry], name: str) -> bytes | None:
    return _bytes(repository, tree, name) if name in tree else None


def branch_commit(repository: Repository, name: str) -> str:
    """Commit of the branch that gets the result, of a clone the server's; empty when it is not there yet."""
    try:
        return repository.resolve(f"refs/heads/{name}" if not repository.is_clone else f"refs/remotes/origin/{name}")
    except InputError:
        return ""
