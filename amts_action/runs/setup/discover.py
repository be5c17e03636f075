"""Finds out what `amts init` need not ask: where the English book is, the layout, and the languages.

What somebody has written into a settings file counts first, then names of folders and repositories; the pages have the
last word about a language, because `it`, `to` and `is` are words, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from amts_action.books.languages import of_cells
from amts_action.books.pairing import documents, target_for
from amts_action.documents.files import decode, is_notebook
from amts_action.documents.language_codes import primary
from amts_action.documents.tongues import likely
from amts_action.errors import AmtsError, InputError, ServiceError
from amts_action.git.clone import is_url
from amts_action.git.repository import Repository, TreeEntry
from amts_action.git.run import public_url
from amts_action.runs.setup.layout import Layout, confirmed, languages_in, layouts_beside, layouts_in_one, two_books
from amts_action.settings import AMTS_TOML, CONFIG_INI, Settings, load

__all__ = ["Ask", "Discovered", "discover", "top_of"]

Ask = Callable[[str], str]
"""Asks a person; the answer is empty when nobody is there to give one."""

PAGES = 8
"""Pages of a book that are looked at for their language, spread over it."""
CHARACTERS = 6_000
"""So much of each."""
BUILDERS = tuple(
    "_config.yml docs/_config.yml mkdocs.yml conf.py docs/conf.py source/conf.py book.toml _quarto.yml myst.yml "
    "docusaurus.config.js docusaurus.config.ts hugo.toml config.toml".split()
)
"""Files in which builders of books are told the language."""
_SAID = re.compile(r"^[ \t]*['\"]?(?:language|lang|locale|defaultLocale|languageCode)['\"]?\s*[:=]\s*['\"]?"
                   r"([a-z]{2}(?:[-_][A-Za-z]{2,4})?)\b", re.MULTILINE)  # fmt: skip
NEIGHBOURS = 60
"""Folders beside the translation that are looked at; our own limit."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found out about the two books."""

    target: Path
    """The top folder of the translation's repository."""
    source: str
    """Folder or address of the English book, a password in it included; empty when it is in the same repository."""
    address: str
    """Where everybody finds the English book, without a password; empty when only this machine has it, or it is in the
    same repository."""
    source_lang: str
    layouts: tuple[Layout, ...]
    """One for each language, all with their code."""
    how: str
    """How the English book was found, for people."""

    @property
    def is_new(self) -> bool:
        """Whether nothing is translated yet, so that every page is to be."""
        return not any(layout.pages for layout in self.layouts)


def top_of(folder: Path) -> Path:
    """The top folder of the repository that a folder is in.

    Raises:
        InputError: it is in none.
    """
    here = folder.resolve()
    for place in (here, *here.parents):
        if (place / ".git").exists():
            return place
    what = "this is no git repository"
    raise InputError(what, where=str(folder), mend="go into the folder of the translation, or name it with --target")


def discover(told: Settings, target: Path, ask: Ask, *, cache_dir: Path | None = None, token: str = "") -> Discovered:
    """The books and their layout.

    Args:
        told: what the caller says; empty values are to be found out.
        target: the top folder of the translation's repository.
        ask: called for what cannot be found out.

    Raises:
        InputError: the English book, a page in common or the language is not found, and nobody answers.
        ServiceError: the server of the English book could not be reached.
    """
    repository = Repository.open(str(target))
    tree = repository.tree(repository.resolve(told.target_branch or "HEAD"))
    files = _said(target)
    told = _with_files(told, files)
    book = _OneBook(repository, tree)
    if not told.source or _is_same_place(told.source, target):
        found = _in_one(told, book)
        if found:
            how = "beside its translation" if found[0].target_suffix else "in the same repository"
            return Discovered(target, "", "", told.source_lang, tuple(found), how)
    source, where, how = _source(told, target, book, ask, _Cloning(cache_dir, token))
    english = _OneBook(source, source.tree(source.resolve(told.head or "HEAD")))
    layout = two_books(english.tree, tree)
    if told.source_path or told.target_path:
        layout = replace(layout, source_path=told.source_path, target_path=told.target_path)
    if not layout.pages and documents(tree, layout.target_path, told):
        mend = "give --source, or --source-path and --target-path when the folders have other names"
        raise InputError("the two books have no page of the same name", where=public_url(where), mend=mend)
    lang = told.target_lang or _language(told, target, book, layout, ask)
    address = public_url(next((one for one in (told.source, source.address, files.source) if is_url(one)), ""))
    return Discovered(target, where, address, told.source_lang, (replace(layout, target_lang=lang),), how)


@dataclass(frozen=True)
class _OneBook:
    """A repository at a commit."""

    repository: Repository
    tree: Mapping[str, TreeEntry]

    def texts(self, paths: Sequence[str]) -> Iterator[str]:
        """Pages of a sample, as far as they can be read."""
        some = paths[:: max(1, len(paths) // PAGES)][:PAGES]
        blobs = self.repository.blobs([self.tree[path].oid for path in some if self.tree[path].mode.startswith("100")])
        for path in some:
            try:
                text = decode(blobs[self.tree[path].oid], where=path)
            except (AmtsError, KeyError):
                continue
            yield (of_cells(text) if is_notebook(path) else text)[:CHARACTERS]

    def text(self, path: str) -> str:
        """A small file; empty when it is not there."""
        entry = self.tree.get(path)
        if entry is None or not entry.mode.startswith("100"):
            return ""
        return self.repository.blobs([entry.oid])[entry.oid].decode("utf-8", "replace")


def _said(target: Path) -> Settings:
    """What the settings files say, also uncommitted ones."""
    data = {name: (target / name).read_bytes() for name in (AMTS_TOML, CONFIG_INI) if (target / name).is_file()}
    return load(config_ini=data.get(CONFIG_INI), amts_toml=data.get(AMTS_TOML))


def _with_files(told: Settings, files: Settings) -> Settings:
    """What the caller says, and for what he does not say the settings files."""
    names = ("source", "source_path", "target_path", "target_suffix", "target_lang", "target_branch")
    missing = {name: getattr(files, name) for name in names if not getattr(told, name)}
    if told.source_lang == Settings().source_lang:
        missing["source_lang"] = files.source_lang
    return replace(told, **missing)


def _is_same_place(where: str, target: Path) -> bool:
    return not is_url(where) and Path(where).is_dir() and Path(where).resolve() == target.resolve()


def _in_one(told: Settings, book: _OneBook) -> list[Layout]:
    """The translations that are in the repository of their English; none when there is no such thing."""
    if told.target_suffix or (told.target_path != told.source_path and not told.source):
        code = told.target_lang or next(iter(languages_in(told.target_suffix or told.target_path)), "")
        one = Layout(code, told.source_path, told.target_path, told.target_suffix)
        return [replace(one, pages=len(_pages(told, book, one)))] if code else []
    for found in (layouts_in_one(book.tree, told.source_lang), layouts_beside(book.tree, told.source_lang)):
        # Who says pt-BR means the folder `pt`, too.
        lang = told.target_lang
        wanted = [one for one in found if lang in ("", one.target_lang)]
        wanted = wanted or [
            replace(one, target_lang=lang) for one in found if primary(one.target_lang) == primary(lang)
        ]
        if kept := confirmed(wanted, lambda layout: _is_translation(told, book, layout)):
            return kept
    return []


def _is_translation(told: Settings, book: _OneBook, layout: Layout) -> bool:
    """Whether the pages of a layout can be in its language: they know better than the name of their folder."""
    found = _tongues(book.texts(_pages(told, book, layout)))
    code, source = primary(layout.target_lang), primary(told.source_lang)
    others = [lang for lang in found if lang not in ("", code)]
    return bool(found) and (2 * len(others) <= len(found) or (code in found and set(others) == {source}))


def _tongues(texts: Iterable[str]) -> list[str]:
    """The language of each text; where no single one is long enough to tell, of all of them together."""
    some = list(texts)
    found = [likely(text) for text in some]
    return found if any(found) or not some else [likely("\n\n".join(some))]


def _pages(told: Settings, book: _OneBook, layout: Layout) -> list[str]:
    """The translated pages of a layout."""
    where = replace(
        told, source_path=layout.source_path, target_path=layout.target_path, target_suffix=layout.target_suffix
    )
    if layout.target_suffix:
        names = documents(book.tree, layout.target_path, where)
        return [path for path in names if path.rpartition(".")[0].endswith(layout.target_suffix)]
    return documents(book.tree, layout.target_path, where)


class _Cloning(NamedTuple):
    """How addresses are opened."""

    cache_dir: Path | None
    token: str

    def open(self, where: str) -> Repository:
        """The repository in a folder or of an address."""
        return Repository.open(where, cache_dir=self.cache_dir, token=self.token or None)


def _source(told: Settings, target: Path, book: _OneBook, ask: Ask, opening: _Cloning) -> tuple[Repository, str, str]:
    """The English book, where it is, and how that is known."""
    if told.source and not is_url(told.source):
        return opening.open(told.source), told.source, "as you say"
    if told.source:
        try:
            return opening.open(told.source), told.source, "as you say"
        except ServiceError:
            # A private book, or no network: a clone of it beside the translation does as well for a first look.
            for where, how in _neighbours(target, book, told):
                return opening.open(where), where, how
            raise
    for where, how in (*_named(book), *_neighbours(target, book, told)):
        return opening.open(where), where, how
    answer = ask("Where is the English book (its folder, or its address)?").strip()
    if not answer:
        raise InputError("the English book is not found", where="--source", mend="give its folder or its address")
    return opening.open(answer), answer, "as you say"


def _named(book: _OneBook) -> Iterator[tuple[str, str]]:
    """English books that the repository itself names: in records, and as the remote that it was forked from."""
    from amts_action.books.records import STATE_FOLDER, read_records

    states = [path for path in book.tree if path.startswith(STATE_FOLDER)][:1]
    for record in read_records({path: book.text(path).encode() for path in states})[0].values():
        if is_url(record.source_repository):
            yield record.source_repository, "named in the records"
    code, out, _ = book.repository.git.status("config", "-z", "--get-regexp", r"^remote\..*\.url$")
    pairs = [item.partition("\n") for item in out.decode("utf-8", "replace").split("\0") if item] if not code else []
    remotes = {key[len("remote.") : -len(".url")]: url for key, _, url in pairs}
    for name in ("upstream", "english", "source", "en"):
        if remotes.get(name) and remotes[name] != remotes.get("origin"):
            yield remotes[name], f"the remote `{name}`"


def _neighbours(target: Path, book: _OneBook, told: Settings) -> Iterator[tuple[str, str]]:
    """Repositories beside the translation's that hold the same pages in the source's language, the likeliest first."""
    found: list[tuple[int, Path]] = []
    folders = sorted(path for path in target.parent.iterdir() if path != target and (path / ".git").exists())
    for folder in folders[:NEIGHBOURS]:
        try:
            other = Repository.open(str(folder))
            tree = other.tree(other.resolve("HEAD"))
        except AmtsError:
            continue
        layout = two_books(tree, book.tree)
        if not layout.pages:
            continue
        tongues = _tongues(_OneBook(other, tree).texts(documents(tree, layout.source_path, Settings())))
        if set(tongues) <= {"", primary(told.source_lang)}:
            found.append((layout.pages, folder))
    for pages, folder in sorted(found, key=lambda item: (-item[0], item[1])):
        yield str(folder), f"the folder beside it, with {pages} pages of the same names"


def _language(told: Settings, target: Path, book: _OneBook, layout: Layout, ask: Ask) -> str:
    """The language of the translation: what its pages are in, with the region that a name gives it."""
    spoken = _spoken(told, book, layout)
    for name in _names(target, book):
        if primary(name) != primary(told.source_lang) and spoken in ("", primary(name)):
            return name
    if spoken:
        return spoken
    answer = ask("Which language is the translation in (a code such as zh or pt-BR)?").strip()
    if not answer:
        raise InputError("the language of the translation is not known", where="--target-lang", mend="give its code")
    return load(arguments={"target_lang": answer}).target_lang


def _spoken(told: Settings, book: _OneBook, layout: Layout) -> str:
    """The language of most pages that are not in the source's; empty when it cannot be told."""
    here = replace(told, source_path=layout.source_path, target_path=layout.target_path)
    pages = [path for path in documents(book.tree, layout.target_path, here) if target_for(path, here)]
    found = [lang for lang in _tongues(book.texts(pages)) if lang not in ("", primary(told.source_lang))]
    return max(dict.fromkeys(found), key=found.count, default="")


def _names(target: Path, book: _OneBook) -> Iterator[str]:
    """The codes that the builder's settings and the repository's names give."""
    for name in BUILDERS:
        yield from (code.replace("_", "-") for code in _SAID.findall(book.text(name)))
    for place in (book.repository.address.rstrip("/").removesuffix(".git").rpartition("/")[2], target.name):
        yield from (_regional(code) for code in languages_in(place))


def _regional(code: str) -> str:
    """`zh-cn` and `pt_BR` as they are usually written."""
    language, *region = re.split("[-_]", code)
    return "-".join([language.lower(), *(part.upper() if len(part) == 2 else part.title() for part in region)])
