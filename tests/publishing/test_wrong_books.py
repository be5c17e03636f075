"""What cannot be meant is refused, with a line that says so, before anything is paid for or written to the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bookkit import BRANCH
from gitkit import copied
from publishkit import ALPHA_EDIT, Desk, desk

from amts_action.errors import InputError


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with one change of the English, which no test here delivers."""
    with desk(tmp_path_factory.mktemp("calm")) as made:
        made.books.upstream(alpha=ALPHA_EDIT)
        yield made


def _refused(at: Desk, says: str, **settings: object) -> None:
    at.books.sent()
    before = len(at.hub.calls())
    with pytest.raises(InputError, match=says) as caught:
        at.sync(check_rights=True, **settings)
    assert caught.value.exit_code == 2
    assert at.books.sent() == []
    assert {request.method for request in at.hub.calls()[before:]} <= {"GET"}
    assert at.zh.tip(BRANCH) is None


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("ja", "the translation is not in the language ja"),
        ("ko", "the translation is not in the language ko"),
        ("chinese", "chinese"),
        ("xx", "xx"),
    ],
)
def test_a_wrong_language_is_refused(calm: Desk, lang: str, says: str) -> None:
    """That of another book, a language's name instead of its code, and a code that there is not."""
    _refused(calm, says, target_lang=lang)


def test_a_chinese_english_book_is_refused(calm: Desk, tmp_path: Path) -> None:
    """Books swapped: what is to be the English is Chinese."""
    copied(calm.books.target.path, tmp_path / "book")
    _refused(calm, "are the two books swapped", source=str(tmp_path / "book"))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"exclude": ("*", "**/*")}, "--exclude .*no page of either book is left"),
        ({"paths": ("no/such/*.md",)}, "--paths .*no page of either book is left"),
        ({"paths": ("chapter/alpah.md",)}, "--paths .*neither book has such a page"),
    ],
)
def test_patterns_that_leave_nothing_are_refused(calm: Desk, settings: dict[str, object], says: str) -> None:
    """A book of which nothing is left is not up to date."""
    _refused(calm, says, **settings)


def test_a_pattern_beside_others_that_matches_nothing_is_said(tmp_path: Path) -> None:
    """The others are done; the run is not whole, and names it."""
    with desk(tmp_path) as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        made = at.sync(paths=("chapter/*.md", "lessons/*.md"))
        assert made.operation == "created"
        assert made.run.exit_code == 1
        (failed,) = [outcome for outcome in made.run.outcomes if outcome.status == "failed"]
        assert failed.job.message.startswith("--paths lessons/*.md: no page of either book matches it")
        assert "lessons/" in (at.pull.body or "")


def test_branches_may_be_named_in_full(tmp_path: Path) -> None:
    """As a workflow's `github.ref` has them: no second branch, and no branch called `refs/heads/…`."""
    with desk(tmp_path) as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        full = {name: f"refs/heads/{branch}" for name, branch in (("head", "main"), ("target_branch", "main"))}
        made = at.sync(**full, branch=f"refs/heads/{BRANCH}")
        assert (made.branch, at.pull.base_ref, at.pull.head_ref) == (BRANCH, "main", BRANCH)
        assert at.sync().operation == "none"
        assert set(at.zh.store.refs("refs/heads/")) == {"refs/heads/main", f"refs/heads/{BRANCH}"}
