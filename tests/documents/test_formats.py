"""Which files are read, which are refused, and which pages of a book are named because they are not read."""

from __future__ import annotations

import pytest

from amts_action.books.pairing import PagePair, documents, unread
from amts_action.documents.files import check_format
from amts_action.errors import InputError
from amts_action.settings import Settings


@pytest.mark.parametrize("name", ["a.md", "A.MD", "a.markdown", "a.qmd", "a.mdx", "a.ipynb", "a", "/dev/fd/6", "x.d/a"])
def test_read_formats(name: str) -> None:
    """Markdown in its dialects, notebooks, and what has no suffix to tell."""
    check_format(name)


@pytest.mark.parametrize("name", ["a.rst", "a.tex", "a.html", "a.Rmd", "a.adoc", "a.docx", "a.txt", "a.py"])
def test_refused_formats(name: str) -> None:
    """Everything else, by name."""
    with pytest.raises(InputError, match=name.rpartition(".")[2].lower()):
        check_format(name)


def test_an_unsure_look_refuses_pages_only() -> None:
    """The English of a page may be kept under any name that is no page's of another format."""
    check_format("a.md.orig", sure=False)
    with pytest.raises(InputError):
        check_format("a.rst", sure=False)


def test_unread_pages_are_those_that_both_books_have() -> None:
    """Programs, data, pictures, the machinery of a site and what only one book has are no such pages."""
    source = ["a.md", "b.rst", "c.rst", "d.tex", "lib/e.py", "_templates/f.html", "img/g.svg", "README.rst", "h/i.Rmd"]
    target = ["a.md", "b.rst", "d.tex", "lib/e.py", "_templates/f.html", "README.rst", "h/i.Rmd", "z.rst"]
    found = unread(source, target, Settings())
    assert found == [PagePair("b.rst", "b.rst"), PagePair("d.tex", "d.tex"), PagePair("h/i.Rmd", "h/i.Rmd")]
    assert not unread(source, target, Settings(exclude=("**/*.rst", "*.tex", "h")))


def test_dialects_are_documents() -> None:
    """`.qmd` and `.mdx` are pages of the book."""
    assert documents(["a.qmd", "b.mdx", "c.rst", "d.md"], "", Settings()) == ["a.qmd", "b.mdx", "d.md"]
