"""What a page needs beside its text: pictures, tables of contents, bibliography entries."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookkit import ALPHA, BETA, CHINESE, ENGLISH, Books, Done, copy_books, make_books

NEW = b"\x89PNG a new picture\r\n\0\xff"
SHOWN = "![A picture.](../img/new.png)\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book as it was translated, for all tests of this module; `books` is a copy that may be changed."""
    return make_books(tmp_path_factory.mktemp("made"))


@pytest.fixture
def books(made: Books, tmp_path: Path) -> Books:
    """The book as it was translated."""
    return copy_books(made, tmp_path)


def blob(books: Books, path: str, rev: str = "amts/zh") -> bytes:
    """The bytes of a file of the target, after git's own round trip."""
    oid = books.target.git("rev-parse", f"{rev}:{path}")
    return books.target.git("cat-file", "blob", oid).encode("utf-8", "surrogateescape")


def flags(done: Done) -> list[str]:
    """What a person has to look at."""
    found: list[str] = done.result["companions"]["flags"]
    return found


def test_a_new_picture_is_copied_byte_for_byte(books: Books) -> None:
    """A page that newly shows a picture brings it; pictures that no page shows stay where they are."""
    files = {"img/new.png": NEW, "img/unused.png": b"never shown", "chapter/beta.md": f"{BETA}\n{SHOWN}"}
    books.source.commit(files)
    done = books.sync()
    assert (done.code, flags(done)) == (0, [])
    assert done.result["companions"]["done"] == ["img/new.png: copied"]
    assert blob(books, "img/new.png") == NEW
    assert books.changed() == {"chapter/beta.md", ".amts/state/chapter/beta.md.json", "img/new.png"}


@pytest.mark.parametrize("is_own", [False, True])
def test_a_changed_picture_replaces_ours_but_not_the_translators(books: Books, is_own: bool) -> None:
    """The target's picture with the base's bytes follows; one that the translators drew anew is theirs."""
    if is_own:
        books.by_person({"img/oven.png": "烤箱".encode()}, "main")
    books.source.commit({"img/oven.png": NEW})
    done = books.sync()
    assert done.result["companions"]["done"] == ([] if is_own else ["img/oven.png: copied"])
    if is_own:
        assert (books.tip(), len(flags(done))) == ("", 1)
        assert flags(done)[0].startswith("img/oven.png: ")
        assert f"amts: {flags(done)[0]}\n" in done.err
    else:
        assert blob(books, "img/oven.png") == NEW


def test_a_picture_is_not_copied_twice(books: Books) -> None:
    """The run after has nothing to do; nor is a picture flagged that people have made their own since."""
    books.source.commit({"img/new.png": NEW, "chapter/beta.md": f"{BETA}\n{SHOWN}"})
    books.sync()
    again = books.sync()
    assert (again.result["commit"], flags(again)) == ("", [])
    books.by_person({"img/new.png": b"ours"})
    again = books.sync()
    assert (again.result["commit"], flags(again), blob(books, "img/new.png")) == ("", [], b"ours")


def test_a_large_picture_is_flagged(books: Books) -> None:
    """More bytes than allowed: named, not copied; the page is done."""
    books.source.commit({"img/new.png": NEW * 10, "chapter/beta.md": f"{BETA}\n{SHOWN}"})
    done = books.sync("--companion-max-bytes", str(len(NEW) * 10 - 1))
    assert [flag.partition(":")[0] for flag in flags(done)] == ["img/new.png"]
    assert not books.has("img/new.png")
    assert "译![A picture.]" in books.show("chapter/beta.md")


@pytest.mark.parametrize("where", ["file", "folder", "target"])
def test_a_link_is_never_followed(books: Books, where: str, tmp_path: Path) -> None:
    """A picture that is a link, lies behind one, or would be written through one: flagged, and no secret arrives."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "new.png").write_bytes(b"SECRET")
    shown = SHOWN
    if where == "file":
        (books.source.path / "img/new.png").symlink_to(secret / "new.png")
    elif where == "folder":
        (books.source.path / "more").symlink_to(secret)
        shown = SHOWN.replace("img", "more")
    else:
        (books.source.path / "img/new.png").write_bytes(NEW)
        (books.target.path / "img/new.png").symlink_to(secret / "new.png")
        books.target.git("add", "--all")
        books.target.commit()
    books.source.commit({"chapter/beta.md": f"{BETA}\n{shown}"})
    done = books.sync()
    assert len(flags(done)) == 1
    assert "img/new.png" not in books.changed()
    assert (secret / "new.png").read_bytes() == b"SECRET"
    assert "译![A picture.]" in books.show("chapter/beta.md")


@pytest.mark.parametrize("goal", ["../../outside.png", "/etc/passwd", "../.git/config", "https://example.org/a.png"])
def test_references_out_of_the_book_bring_nothing(books: Books, goal: str) -> None:
    """A path out of the repository, into git's folder or to a server: the page is done, no file comes."""
    (books.folder / "outside.png").write_bytes(b"SECRET")
    books.source.commit({"chapter/beta.md": f"{BETA}\n![A picture.]({goal})\n"})
    books.sync()
    assert books.changed() == {"chapter/beta.md", ".amts/state/chapter/beta.md.json"}


def test_tables_of_contents_keep_the_translators_captions(books: Books) -> None:
    """Entries are added, moved and removed in the order of the English; captions and comments stay."""
    toc = "format: jb-book\nroot: index\nparts:\n- caption: {}\n  chapters:\n"
    toc += "  - file: chapter/alpha\n{}  - file: ordering\n"
    beta = "  - file: chapter/beta\n"
    books = make_books(
        books.folder / "toc",
        english={"_toc.yml": toc.format("One", beta)},
        chinese={"_toc.yml": toc.format("一", beta)},
    )
    gamma = "  - file: chapter/gamma\n"
    changes = {"_toc.yml": toc.format("One", gamma), "chapter/gamma.md": "# Gamma\n\nWords.\n", "chapter/beta.md": None}
    index = str(ENGLISH["index.md"]).replace("chapter/alpha\nchapter/beta", "chapter/gamma\nchapter/alpha")
    books.source.commit({**changes, "index.md": index})
    done = books.sync()
    assert (done.code, flags(done)) == (0, [])
    assert books.show("_toc.yml") == toc.format("一", gamma)
    assert ":maxdepth: 2\n\nchapter/gamma\nchapter/alpha\n```" in books.show("index.md")
    assert books.show("index.md").startswith("# 书\n\n欢迎")
    assert books.sync().result["commit"] == ""


def test_an_entry_that_people_took_out_does_not_come_back(books: Books) -> None:
    """The table is merged from what upstream changed, so that the translators' own changes stay."""
    mine = str(CHINESE["_toc.yml"]).replace("- file: chapter/beta\n", "")
    books.by_person({"_toc.yml": mine}, "main")
    toc = str(ENGLISH["_toc.yml"]) + "- file: chapter/gamma\n"
    books.source.commit({"_toc.yml": toc, "chapter/gamma.md": "# Gamma\n\nWords.\n"})
    assert books.sync().code == 0
    assert books.show("_toc.yml") == mine + "- file: chapter/gamma\n"
    books.source.commit({"chapter/gamma.md": "# Gamma\n\nOther words.\n"})
    books.sync()
    assert books.show("_toc.yml") == mine + "- file: chapter/gamma\n"


def test_the_entry_of_a_page_that_failed_comes_with_the_page(books: Books) -> None:
    """Of two new pages one cannot be read: its entry is not forgotten when the page can be read later."""
    toc = f"{ENGLISH['_toc.yml']!s}- file: chapter/good\n- file: chapter/bad\n"
    pages = {"chapter/good.md": "# Good\n\nWords.\n", "chapter/bad.md": b"# Bad \xff\n"}
    books.source.commit({"_toc.yml": toc, **pages})
    assert books.sync().code == 1
    assert books.show("_toc.yml") == f"{CHINESE['_toc.yml']!s}- file: chapter/good\n"
    books.source.commit({"chapter/bad.md": "# Better\n\nWords.\n"})
    assert books.sync().code == 0
    assert books.show("_toc.yml") == toc


def test_newly_cited_entries_are_appended(books: Books) -> None:
    """A key that a page newly cites comes with its entry, at the end; entries nobody cites do not."""
    new = "@article{new, title={A {New} One}, year=2020}\n"
    refs = f"{new}@misc{{unused, title={{U}}}}\n{ENGLISH['refs.bib']!s}"
    text = ALPHA.replace("second sentence about flour", "second sentence about flour :cite:`new`")
    books.source.commit({"refs.bib": refs, "chapter/alpha.md": text})
    done = books.sync()
    assert (done.code, flags(done)) == (0, [])
    found = books.show("refs.bib")
    assert found.startswith(str(CHINESE["refs.bib"]))
    assert found.removeprefix(str(CHINESE["refs.bib"])).strip() == new.strip()
    assert ":cite:`new`" in books.show("chapter/alpha.md")
    assert books.sync().result["commit"] == ""


def test_a_key_without_an_entry_is_flagged(books: Books) -> None:
    """A page cites what the English book does not have either: said, and the page is done."""
    books.source.commit({"chapter/alpha.md": ALPHA.replace("about flour", "about flour :cite:`nobody`")})
    done = books.sync()
    assert [flag for flag in flags(done) if "nobody" in flag]
    assert "refs.bib" not in books.changed()


def test_companions_can_be_turned_off(books: Books) -> None:
    """`--no-companions` leaves pictures, contents and bibliographies to people."""
    files = {
        "img/new.png": NEW,
        "chapter/beta.md": f"{BETA}\n{SHOWN}",
        "_toc.yml": f"{ENGLISH['_toc.yml']!s}- file: x\n",
    }
    books.source.commit(files)
    books.sync("--no-companions")
    assert books.changed() == {"chapter/beta.md", ".amts/state/chapter/beta.md.json"}


def test_a_broken_table_of_contents_does_not_stop_the_pages(books: Books) -> None:
    """It is flagged by name, and stays as it is."""
    books.source.commit({"_toc.yml": "{ not: [yaml", "chapter/beta.md": BETA.replace("about rain", "about heavy rain")})
    done = books.sync()
    assert [flag for flag in flags(done) if "_toc.yml" in flag]
    assert books.changed() == {"chapter/beta.md", ".amts/state/chapter/beta.md.json"}
