"""A run as several pull requests: each has its own files, and they merge in any order to the same tree."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from bookkit import BRANCH
from publishkit import ALPHA_EDIT, BETA_EDIT, Desk, desk, environ

from amts_action.publishing.groups import Page, Rule, assigned, owners_of, read_owners, slug
from amts_action.publishing.publish import Publication
from amts_action.publishing.split import publish_parts
from amts_action.runs.run import Run, run_sync

ALPHA, BETA = "chapter/alpha.md", "chapter/beta.md"
MORE = {"The result is good.": "The result is very good."}


def split(at: Desk, **settings: object) -> tuple[Run, tuple[Publication, ...]]:
    """A run with several requests."""
    from amts_action.books.opening import open_books

    arguments = {
        "source": str(at.books.source.path),
        "target": str(at.books.target.path),
        "engine": "command",
        "engine_command": at.books.engine()[1],
        "pull_requests": "page",
        **settings,
    }
    client = at.client()
    return publish_parts(open_books(arguments, environ=environ(), target_token=at.token), client, redo=run_sync)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    """A desk with three changes of the English, a new page with a picture, and its place in the contents."""
    with desk(tmp_path) as made:
        made.books.upstream(alpha=ALPHA_EDIT, beta=BETA_EDIT, page=MORE)
        source = made.books.source
        toc = source.show("HEAD", "_toc.yml") + "- file: chapter/new\n"
        new = "# New\n\nFresh bread.\n\n![Bun.](../img/bun.png)\n"
        source.commit({"chapter/new.md": new, "img/bun.png": b"\x89PNG\0", "_toc.yml": toc})
        yield made


def heads(at: Desk) -> dict[str, str]:
    """The open pull requests' branches and their pages, in short."""
    return {p.head_ref.removeprefix(f"{BRANCH}+"): p.title for p in at.zh.open_pulls}


def test_each_page_has_a_request_with_its_own_files_only(at: Desk) -> None:
    """No file is in two of them, and a run without news changes none."""
    run, made = split(at)
    assert run.status == "done"
    assert {one.operation for one in made} == {"created"}
    assert set(heads(at)) >= {"chapter.alpha.md", "chapter.beta.md", "page.ipynb", "chapter.new.md"}
    seen: set[str] = set()
    for pull in at.zh.open_pulls:
        changed = at.changed("main", pull.head_ref)
        assert changed
        assert seen.isdisjoint(changed)
        seen |= changed
    assert seen == at.changed("main", at.zh.open_pulls[0].head_ref) | seen
    assert at.books.sent()
    before = len(at.hub.requests)
    _, again = split(at)
    assert {one.operation for one in again} == {"none"}
    assert at.books.sent() == []
    assert not [r for r in at.hub.requests[before:] if r.kind == "api" and r.method in ("PATCH", "PUT")]


def test_requests_name_each_other_and_what_they_cost(at: Desk) -> None:
    """Each links all that are open beside it, also those that came later, and begins with what it asks of its reader;
    when one is merged, the others do not name it any more."""
    split(at)
    pulls = {pull.number: pull for pull in at.zh.open_pulls}
    for number, pull in pulls.items():
        body = pull.body or ""
        (line,) = [line for line in body.split("\n") if line.endswith("<!-- amts:others -->")]
        named = {int(n) for n in re.findall(r"/pull/(\d+)\)", line)}
        assert named == set(pulls) - {number}
        if "shared" not in pull.head_ref:
            assert re.search(r"^\*\*\d+ minutes?:\*\* .*(sentence|decision)", body, re.M), body
    first, *rest = pulls.values()
    at.zh.merge(first.number, "squash")
    split(at)
    for pull in rest:
        assert f"/pull/{first.number})" not in (pull.body or "")


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.whole) for n in (1, 2, 3))])
def test_any_order_of_merging_gives_the_same_tree(tmp_path: Path, seed: int) -> None:
    """Merged in another order, by other ways, the book is the same, and without a conflict."""
    chance = random.Random(seed)
    trees = set()
    orders = list(permutations(range(3)))
    for n, order in enumerate(chance.sample(orders, 2)):
        with desk(tmp_path / str(n)) as at:
            at.books.upstream(alpha=ALPHA_EDIT, beta=BETA_EDIT, page=MORE)
            split(at)
            numbers = [pull.number for pull in at.zh.open_pulls]
            assert len(numbers) == 3
            for i in order:
                assert at.zh.mergeable(at.zh.pull(numbers[i]))
                at.zh.merge(numbers[i], chance.choice(["merge", "squash", "rebase"]))  # type: ignore[arg-type]
            files = at.zh.files("main")
            trees.add(frozenset((path, data) for path, data in files.items() if not path.startswith(".amts/")))
            _, made = split(at)
            assert not at.zh.open_pulls
            assert {one.operation for one in made} == {"none"}
    assert len(trees) == 1


@pytest.mark.whole
def test_a_merged_part_leaves_the_others_open(at: Desk) -> None:
    """The next change of the English goes into the request of its page, and what was merged is not proposed again."""
    split(at)
    (alpha,) = [p for p in at.zh.open_pulls if p.head_ref.endswith("alpha.md")]
    (beta,) = [p for p in at.zh.open_pulls if p.head_ref.endswith("beta.md")]
    theirs = at.zh.commit(
        beta.head_ref, {BETA: at.text(BETA, beta.head_ref).replace("译One item about hail.", "冰雹。")}
    )
    at.zh.merge(alpha.number, "squash")
    at.books.upstream(beta={"snow": "sleet"})
    split(at)
    assert "chapter.alpha.md" not in heads(at)
    assert at.zh.holds(beta.head_ref, theirs)
    text = at.text(BETA, beta.head_ref)
    assert "冰雹。" in text
    assert "sleet" in text
    assert at.changed("main", beta.head_ref) == {BETA, f".amts/state/{BETA}.json"}


@pytest.mark.whole
def test_a_closed_part_is_declined(at: Desk) -> None:
    """What people closed does not come back, in this way or in another."""
    split(at)
    (alpha,) = [p for p in at.zh.open_pulls if p.head_ref.endswith("alpha.md")]
    at.zh.close(alpha.number)
    split(at)
    assert "chapter.alpha.md" not in heads(at)


@pytest.mark.whole
def test_from_many_to_one_and_back(at: Desk) -> None:
    """Another way of dividing closes the requests of the old one, loses no word of people, and pays for nothing."""
    split(at)
    (beta,) = [p for p in at.zh.open_pulls if p.head_ref.endswith("beta.md")]
    at.zh.commit(beta.head_ref, {BETA: at.text(BETA, beta.head_ref).replace("译One item about hail.", "冰雹。")})
    at.books.sent()
    split(at, pull_requests="one")
    assert [pull.head_ref for pull in at.zh.open_pulls] == [BRANCH]
    assert "冰雹。" in at.text(BETA)
    split(at, pull_requests="folder")
    assert {"chapter", "top"} <= set(heads(at))
    assert "冰雹。" in at.text(BETA, f"{BRANCH}+chapter")
    assert at.books.sent() == []


@pytest.mark.whole
def test_not_more_are_open_than_wanted_and_what_waits_costs_nothing(at: Desk) -> None:
    """Those with most to do come first; the others come when there is room."""
    run, _ = split(at, max_pull_requests=2)
    assert len(at.zh.open_pulls) == 2
    assert any("wait until one of the open pull requests" in note for note in run.books.notes)
    first = len(at.books.sent())
    at.zh.merge(at.zh.open_pulls[0].number, "squash")
    split(at, max_pull_requests=2)
    assert len(at.zh.open_pulls) == 2
    assert 0 < len(at.books.sent()) <= first


def test_owners_are_asked(at: Desk) -> None:
    """By CODEOWNERS, as on GitHub: the last rule that matches counts."""
    at.zh.commit("main", {".github/CODEOWNERS": "* @grace\nchapter/ @rene\n*.ipynb\n"})
    split(at, pull_requests="owner")
    asked = {p.head_ref.removeprefix(f"{BRANCH}+"): p.reviewers for p in at.zh.open_pulls}
    assert asked["rene"] == ["rene"]
    assert asked["nobody"] == []


# --- who belongs where ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a.md", ("@all",)),
        ("docs/a.md", ("@docs",)),
        ("docs/deep/a.md", ("@all",)),
        ("src/build/x.md", ("@build",)),
        ("apps/x.md", ("@apps",)),
        ("deep/apps/x.md", ("@all",)),
        ("x.ipynb", ()),
    ],
)
def test_code_owners(path: str, owners: tuple[str, ...]) -> None:
    rules = read_owners("# who\n* @all\n\ndocs/* @docs # here\nbuild/ @build\n/apps/ @apps\n*.ipynb\n")
    assert owners_of(path, rules) == owners


@pytest.mark.parametrize(("limit", "groups"), [(0, 1), (9, 4), (10, 2), (11, 2), (20, 1), (1, 4)])
def test_a_limit_of_lines(limit: int, groups: int) -> None:
    """Four pages of five lines each; one that is longer than the limit is alone."""
    pages = [Page(f"p{n}.md", 5) for n in range(4)]
    found = assigned(pages, mode="one", max_lines=limit, held={})
    assert len(set(found.values())) == groups


def test_a_page_stays_in_its_request() -> None:
    pages = [Page("a/x.md", 8), Page("a/y.md", 8)]
    first = assigned(pages, mode="folder", max_lines=10, held={})
    assert first == {"a/x.md": "a-1", "a/y.md": "a-2"}
    assert assigned([*pages[1:], Page("a/z.md", 1)], mode="folder", max_lines=10, held={"a/y.md": "a-2"}) == {
        "a/y.md": "a-2",
        "a/z.md": "a-1",
    }
    own = {"a/x.md": "a.x.md", "new.md": "a.x.md"}
    assert assigned([Page(path, 1) for path in own], mode="page", held=own) == own
    assert assigned(pages, mode="page", held=first) == {"a/x.md": "a.x.md", "a/y.md": "a.y.md"}


@pytest.mark.parametrize("name", ["a b.md", "章/一.md", "x..y", "-x", "a.lock", "@{x}", "", "a~b^c:d", "x" * 300])
def test_every_page_gives_the_name_of_a_branch(name: str, tmp_path: Path) -> None:
    import subprocess

    line = ["git", "check-ref-format", f"refs/heads/amts/zh+{slug(name)}"]
    assert subprocess.run(line, check=False, cwd=tmp_path).returncode == 0
    assert slug(name) != slug(name + "x")


def test_a_table_takes_the_place_of_code_owners() -> None:
    assert owners_of("a/b.md", [Rule("a", ("@x", "@o/team"))]) == ("@x", "@o/team")
