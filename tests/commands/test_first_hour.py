"""From nothing to the first pull request: `amts init`, then a push, then the workflow or the command."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from actionkit import Step
from bookkit import ALPHA, BRANCH, CHINESE, ENGLISH, PAGE, PAGE_ZH, amts, make_books
from gitkit import Repo
from hubkit import Hub, serve
from hubkit import Repository as Served

from amts_action.runs.setup.files import PIN, https_of
from amts_action.runs.setup.layout import Layout, languages_in, layouts_beside, layouts_in_one, two_books
from amts_action.settings import load

LATER = 100 * 86400
"""Seconds after which the English goes on."""
PINNED = "someone/amts-action@" + "ab" * 20 + " # v9.9.9"
NEW = "The oven door hangs on two hinges, and both are new."

ALPHA_DE = """# Alpha
:label:`sec_alpha`

Der erste Absatz handelt von dem Brot und von seinem Preis $p$. Er hat auch einen zweiten Satz, der von Mehl ist.

Der zweite Absatz zeigt `knead()` und ist auf zwei Zeilen verteilt.

![Ein Ofen.](../img/oven.png)
:label:`fig_oven`

```python
x = 1  # Anfang
```

## Zusammenfassung

Das Ende von Alpha ist kurz.
"""


@pytest.fixture(autouse=True)
def _a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who commits by hand."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A GitHub."""
    with serve(tmp_path / "hub") as running:
        yield running


def published(hub: Hub, repo: Repo, name: str) -> Served:
    """The repository on the server, with a token in its own remote as people have one in their key ring."""
    made = hub.repository(name, repo.path, collaborators={"ada": "write"})
    token = hub.token("ada", kind="fine-grained", repositories=[name])
    repo.git("remote", "add", "origin", hub.url.replace("//", f"//ada:{token}@") + f"/{name}")
    repo.git("config", "push.default", "current")
    return made


def first_request(hub: Hub, repo: Repo, served: Served, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three commands: init, push, and the workflow as GitHub would run it; the body of the request."""
    monkeypatch.chdir(repo.path)
    done = amts("init", "--yes", "--commit", "--action", PINNED)
    assert done.code == 0, done.err
    repo.git("push", "--quiet", "origin", "HEAD")
    text = (repo.path / ".github/workflows/amts.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    ((job, step),) = [(job, step) for job in content["jobs"].values() for step in job["steps"]]
    assert f"uses: {PINNED}\n" in text and content["permissions"] == {}
    rights = {key.replace("-", "_"): value for key, value in job["permissions"].items()}
    for lang in job.get("strategy", {}).get("matrix", {}).get("lang", [""]):
        token = hub.token(permissions=rights, repositories=[served.name])
        given = {key: str(value).replace("${{ matrix.lang }}", lang) for key, value in step.get("with", {}).items()}
        result = Step(folder / f"step{lang}", served.name, hub.url, hub.api_url, token, "workflow_dispatch").run(
            **given
        )
        assert (result.code, result.outputs["pull-request-operation"]) == (0, "created"), result.log
    return served.open_pulls[0].body


def test_two_repositories(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The English book is the folder beside it, its address its remote, and the language that of the pages."""
    books = make_books(tmp_path / "work", recorded=())
    books.by_person({"amts.toml": None}, "main")
    books.source.commit({"chapter/alpha.md": ALPHA.replace("## Summary", f"{NEW}\n\n## Summary")})
    hub.repository("books/en", books.source.path)
    books.source.git("remote", "add", "origin", f"{hub.url}/books/en.git")
    served = published(hub, books.target, "books/zh")
    body = first_request(hub, books.target, served, tmp_path, monkeypatch)
    assert "chapter/alpha.md" in body
    assert NEW in served.text(BRANCH, "chapter/alpha.md")
    settings = load(amts_toml=(books.target.path / "amts.toml").read_bytes())
    assert (settings.source, settings.target_lang) == (f"{hub.url}/books/en", "zh")


def test_two_folders_of_one_repository(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two languages at once: a job for each, and what each needs in its table."""
    repo = Repo(tmp_path / "book")
    files: dict[str, str | bytes] = {f"docs/en/{path}": data for path, data in ENGLISH.items()}
    files |= {f"docs/zh/{path}": data for path, data in CHINESE.items() if path != "amts.toml"}
    repo.commit({**files, "docs/de/chapter/alpha.md": ALPHA_DE, "README.md": "Read me.\n"})
    repo.clock += LATER
    repo.commit({"docs/en/chapter/alpha.md": ALPHA.replace("## Summary", f"{NEW}\n\n## Summary")})
    served = published(hub, repo, "example/book")
    body = first_request(hub, repo, served, tmp_path, monkeypatch)
    assert "docs/zh/chapter/alpha.md" in body
    assert "--target-lang: the language of the translation is not known; give its code: zh, de" in amts("plan").err
    for lang in ("zh", "de"):
        assert NEW in served.text(f"amts/{lang}", f"docs/{lang}/chapter/alpha.md")
        settings = load(amts_toml=(repo.path / "amts.toml").read_bytes(), arguments={"target_lang": lang})
        assert (settings.source_path, settings.target_path) == ("docs/en", f"docs/{lang}")


def test_pages_beside_their_english(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """`guide.md` and `guide.de.md`, with notebooks among them."""
    repo = Repo(tmp_path / "book")
    german = PAGE.replace("We test the forecast with $n$ days.", "Wir prüfen die Vorhersage mit $n$ Tagen.")
    german = german.replace("The result is good.", "Das Ergebnis ist gut, und wir sind mit ihm zufrieden.")
    repo.commit({"guide.md": ALPHA, "guide.de.md": ALPHA_DE, "nb/page.ipynb": PAGE, "nb/page.de.ipynb": german})
    repo.clock += LATER
    repo.commit({"guide.md": ALPHA.replace("## Summary", f"{NEW}\n\n## Summary")})
    repo.commit({"nb/page.ipynb": PAGE.replace("n = 7", "n = 9")})
    served = published(hub, repo, "example/book")
    body = first_request(hub, repo, served, tmp_path, monkeypatch)
    assert "guide.de.md" in body and "page.de.ipynb" in body
    assert NEW in served.text("amts/de", "guide.de.md")
    assert "n = 9" in served.text("amts/de", "nb/page.de.ipynb")


def test_notebooks_alone_by_the_command(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of notebooks in two repositories, and the third command is `amts sync --pull-request`."""
    source, target = Repo(tmp_path / "course"), Repo(tmp_path / "kurs")
    source.commit({"one.ipynb": PAGE, "two.ipynb": PAGE.replace("Backtest", "Another backtest")})
    target.clock = source.clock
    target.commit({"one.ipynb": PAGE_ZH, "two.ipynb": PAGE_ZH.replace("回测", "另一个回测")})
    source.clock += LATER
    source.commit({"one.ipynb": PAGE.replace("n = 7", "n = 9")})
    hub.repository("books/course", source.path)
    source.git("remote", "add", "origin", f"{hub.url}/books/course")
    served = published(hub, target, "books/kurs")
    monkeypatch.chdir(target.path)
    assert amts("init", "--yes", "--commit").code == 0
    target.git("push", "--quiet", "origin", "HEAD")
    monkeypatch.setenv("GITHUB_SERVER_URL", hub.url)
    monkeypatch.setenv("GITHUB_API_URL", hub.api_url)
    monkeypatch.setenv("AMTS_TOKEN", hub.token("ada", kind="fine-grained", repositories=["books/kurs"]))
    done = amts("sync", "--pull-request", "--report-dir", str(tmp_path / "out"))
    assert done.code == 0, done.err
    assert "pull request created: " in done.err
    (pull,) = served.open_pulls
    assert "one.ipynb" in pull.body
    assert "n = 9" in served.text(BRANCH, "one.ipynb")


def test_nothing_is_written_over_and_nothing_else_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there stays, unless it is asked for; a second time nothing changes; other work is left alone."""
    books = make_books(tmp_path)
    monkeypatch.chdir(books.target.path)
    (books.target.path / "own.md").write_text("Not done yet.\n", encoding="utf-8")
    before = (books.target.path / "amts.toml").read_bytes()
    done = amts("init", "--yes", "--source", "../book-en", "--commit", json_path=tmp_path / "found.json")
    assert done.code == 0 and "amts.toml: is there already and says something else" in done.err
    assert (books.target.path / "amts.toml").read_bytes() == before
    assert done.result["layouts"][0]["target_lang"] == "zh"
    assert done.result["layouts"][0]["pages"] == 5
    assert "no workflow: only this machine has the English book" in done.err
    assert amts("init", "--yes", "--source", "../book-en", "--force", "--commit").code == 0
    assert load(amts_toml=(books.target.path / "amts.toml").read_bytes()).source == "../book-en"
    assert books.target.git("status", "--porcelain") == " M own.md"
    assert "is there already" in amts("init", "--yes").err.replace("says something else", "?")
    assert amts("plan").code == 0


@pytest.mark.parametrize("how", ["--source", "upstream"])
def test_a_password_in_an_address_is_written_nowhere(
    how: str, tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files are for everybody, and so is what is printed."""
    books = make_books(tmp_path / "books")
    hub.repository("books/en", books.source.path, collaborators={"ada": "write"})
    token = hub.token("ada", kind="fine-grained", repositories=["books/en"])
    address = f"{hub.url}/books/en"
    secret = address.replace("//", f"//ada:{token}@")
    target = Repo(tmp_path / "alone" / "book-zh")
    target.commit({name: text for name, text in CHINESE.items() if name.endswith(".md")})
    target.git("remote", "add", "upstream", secret)
    monkeypatch.chdir(target.path)
    given = ["--source", secret] if how == "--source" else []
    done = amts("init", "--yes", "--target-lang", "zh", *given, json_path=tmp_path / "found.json")
    assert done.code == 0, done.err
    assert load(amts_toml=(target.path / "amts.toml").read_bytes()).source == address
    assert (done.result["source"], done.result["address"]) == (address, address)
    written = [path.read_text(encoding="utf-8") for path in target.path.rglob("amts.*") if path.is_file()]
    assert len(written) == 2 and all(token not in text for text in (*written, done.err, done.out))


@pytest.mark.parametrize("link", ["amts.toml", ".github", ".github/workflows"])
def test_nothing_is_written_through_a_link(link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone of somebody else's book may have links that lead anywhere."""
    books = make_books(tmp_path / "books")
    outside = tmp_path / "outside"
    outside.mkdir()
    (books.target.path / "amts.toml").unlink(missing_ok=True)
    (books.target.path / link).parent.mkdir(exist_ok=True)
    (books.target.path / link).symlink_to(outside / ("new.toml" if link == "amts.toml" else ""))
    books.source.git("remote", "add", "origin", "https://github.com/example/book-en")
    monkeypatch.chdir(books.target.path)
    done = amts("init", "--yes", "--force", "--source", "../book-en")
    assert (done.code, list(outside.iterdir())) == (2, [])
    assert "a symbolic link is not followed; keep real files and folders there" in done.err


def test_what_cannot_be_known_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The English book and the language, once each; with nobody there one line says what to give."""
    source, target = Repo(tmp_path / "far" / "one"), Repo(tmp_path / "near" / "two")
    source.commit({"a.md": "# Alpha\n\n$x$\n"})
    target.commit({"a.md": "# Beta\n\n$x$\n"})
    monkeypatch.chdir(target.path)
    done = amts("init", "--yes")
    assert (done.code, done.err.count("\n"), target.git("status", "--porcelain")) == (2, 1, "")
    assert "--source: the English book is not found" in done.err
    done = amts("init", "--yes", "--source", "../../far/one")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "--target-lang: the language of the translation is not known" in done.err

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Typed("../../far/one\nfi\n"))
    from amts_action.cli import main

    assert main(["init"]) == 0
    assert 'target_lang = "fi"' in (target.path / "amts.toml").read_text(encoding="utf-8")


def test_a_region_that_the_folder_does_not_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says `de-AT` means the folder `de`, and no other language that is there."""
    repo = Repo(tmp_path / "book")
    repo.commit({"en/alpha.md": ALPHA, "de/alpha.md": ALPHA_DE, "zh/alpha.md": CHINESE["chapter/alpha.md"]})
    monkeypatch.chdir(repo.path)
    done = amts("init", "--yes", "--target-lang", "de-AT", json_path=tmp_path / "found.json")
    assert done.code == 0
    assert [(one["target_lang"], one["target_path"]) for one in done.result["layouts"]] == [("de-AT", "de")]


def test_a_translation_that_is_yet_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a repository of its own and in a folder: every page is to be translated, and the settings say so."""
    source, target = Repo(tmp_path / "book"), Repo(tmp_path / "book-de")
    source.commit({"guide.md": ALPHA, "nb/page.ipynb": PAGE})
    target.commit({"README.md": "A translation.\n"})
    for folder, more in ((target.path, ("--source", "../book", "--target-lang", "de")), (source.path, ())):
        monkeypatch.chdir(folder)
        place = () if more else ("--target-path", "de", "--target-lang", "de")
        done = amts("init", "--yes", *more, *place, "--commit")
        assert done.code == 0, done.err
        assert "nothing is translated yet" in done.err
        assert "2 to change" in done.out
        assert load(amts_toml=Path("amts.toml").read_bytes()).fill_missing
        assert "2 to change" in amts("plan").out


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and how to mend it."""
    monkeypatch.chdir(tmp_path)
    done = amts("init", "--yes")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "no git repository" in done.err
    done = amts("init", "--yes", "--target", "https://example.org/books/zh")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "clone it" in done.err


def test_the_pin_is_the_documented_one() -> None:
    """The workflow that is written names the action as all pages do."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "quickstart.md").read_text(encoding="utf-8")
    assert f"uses: {PIN}\n" in page


EN = ["index.md", "guide/a.md", "guide/b.md", "nb/x.ipynb"]


def below(folder: str) -> list[str]:
    return [f"{folder}/{path}" for path in EN]


LAYOUTS: list[tuple[list[str], dict[str, tuple[str, str]]]] = [
    (below("en") + below("zh") + ["ja/index.md"], {"zh": ("en", "zh"), "ja": ("en", "ja")}),
    (below("docs") + below("i18n/zh-CN/docs/current"), {"zh-CN": ("docs", "i18n/zh-CN/docs/current")}),
    (below("content/docs") + below("content/zh/docs"), {"zh": ("content", "content/zh")}),
    (below("docs") + below("docs_pt-BR"), {"pt-BR": ("docs", "docs_pt-BR")}),
    (below("docs") + below("docs/de"), {"de": ("docs", "docs/de")}),
    (below("en/how-to") + below("de/how-to"), {"de": ("en", "de")}),
    (EN + below("how-to"), {}),
    (EN, {}),
]


@pytest.mark.parametrize(("paths", "expected"), LAYOUTS, ids=lambda x: x[-1] if isinstance(x, list) else "")
def test_folders_of_languages(paths: list[str], expected: Mapping[str, tuple[str, str]]) -> None:
    """By names alone; what only looks like a language has no pages in common."""
    found = {one.target_lang: (one.source_path, one.target_path) for one in layouts_in_one(paths)}
    assert found == expected


def test_names_beside_each_other() -> None:
    """Each language with its sign, the largest first."""
    found = layouts_beside([*EN, "index.de.md", "guide/a.de.md", "guide/b_fr.md", "nb/x.de.ipynb", "it.md"])
    assert found == [Layout("de", target_suffix=".de", pages=3), Layout("fr", target_suffix="_fr", pages=1)]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (EN, EN, ("", "")),
        (below("book"), EN, ("book", "")),
        (EN, below("lectures"), ("", "lectures")),
        (below("docs"), below("docs"), ("", "")),
        (below("docs/en"), below("docs/zh"), ("docs/en", "docs/zh")),
        (EN + below("old"), EN, ("", "")),
    ],
)
def test_folders_of_two_repositories(source: list[str], target: list[str], expected: tuple[str, str]) -> None:
    """The pair of folders with most pages in common, the shortest of equals."""
    found = two_books([*source, "README.md"], [*target, "README.md"])
    assert (found.source_path, found.target_path, found.pages) == (*expected, len(EN))


def test_languages_in_names() -> None:
    names: dict[str, Any] = {
        "book-zh": ["zh"],
        "lecture-python.zh-cn": ["zh-cn", "zh"],
        "d2l-pt_BR": ["pt_BR", "pt"],
        "zh.javascript.info": ["zh"],
        "a-book": [],
    }
    assert {name: languages_in(name) for name in names} == names


def test_addresses_that_a_workflow_can_read() -> None:
    assert https_of("git@github.com:a/b.git") == https_of("ssh://git@github.com/a/b") == "https://github.com/a/b"
    assert json.dumps(https_of("http://127.0.0.1:1/a/b/")) == '"http://127.0.0.1:1/a/b"'
