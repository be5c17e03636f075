"""The example book: its two repositories are what README.md of the example says, and the same on every machine."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml

from amts_action.errors import InputError
from amts_action.markup.wire import Decoded, decode, encode

EXAMPLE = Path(__file__).resolve().parents[2] / "example"

ENGLISH_KINDS = {
    *("start", "cosmetic", "typo", "formula", "label", "url", "revised-sentence", "new-paragraph", "new-section"),
    *("removed-paragraph", "moved-section", "renamed-heading", "two-exercises", "new-item", "code", "image", "myst"),
    *("notebook-new-cell", "notebook-edit", "new-page", "new-image", "toc", "new-citation", "renamed-page"),
    "removed-page",
}
CHINESE_KINDS = {
    *("start", "localized-image", "origin", "new-page", "myst", "notebook", "extra-tab", "translator-note", "polish"),
    "own-formula-fix",
}

PROTECTED = re.compile(r":\w+:`[^`]+`|\{\w+\}`[^`]+`|`[^`]+`|\$[^$]+\$")


def load(name: str) -> ModuleType:
    """The module `example/<name>.py`, which is not part of the package."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


builder = load("build")
engine = load("pseudo_engine")
ENGLISH = builder.read_history(EXAMPLE / "en")
CHINESE = builder.read_history(EXAMPLE / "zh")
ENGLISH_TREES = builder.trees(ENGLISH)
CHINESE_TREES = builder.trees(CHINESE, ENGLISH_TREES)
NEWEST = {"en": ENGLISH_TREES[ENGLISH[-1].id], "zh": CHINESE_TREES[CHINESE[-1].id]}


def git(path: Path, *arguments: str) -> str:
    """What git prints in the repository at `path`."""
    run = subprocess.run(["git", "-C", str(path), *arguments], capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def run_build(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the builder as people do."""
    command = [sys.executable, str(EXAMPLE / "build.py"), str(directory)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both repositories."""
    made: dict[str, Path] = builder.build(tmp_path_factory.mktemp("example"))
    return made


def test_same_commit_ids_whatever_the_environment(books: dict[str, Path], tmp_path: Path) -> None:
    """Neither the user's git configuration nor the time zone changes a commit."""
    home = tmp_path / "home"
    home.mkdir()
    settings = "[user]\nname=X\nemail=x@example.invalid\n[core]\nautocrlf=true\n[init]\ndefaultBranch=odd\n"
    (home / ".gitconfig").write_text(settings + "[commit]\ngpgsign=true\n", encoding="utf-8")
    hostile = {"HOME": str(home), "TZ": "Pacific/Auckland", "GIT_AUTHOR_NAME": "Y", "GIT_DIR": str(tmp_path / "no")}
    run = run_build(tmp_path / "demo", **hostile)
    assert run.returncode == 0, run.stderr
    for name, path in zip(("book-en", "book-zh"), books.values(), strict=True):
        again = tmp_path / "demo" / name
        assert git(again, "rev-list", "main") == git(path, "rev-list", "main")
        assert git(again, "status", "--porcelain") == ""


def test_every_kind_of_change_is_there() -> None:
    """The history exercises everything that the example promises, and nothing is named that is not listed here."""
    assert {kind for commit in ENGLISH for kind in commit.kinds} == ENGLISH_KINDS
    assert {kind for commit in CHINESE for kind in commit.kinds} == CHINESE_KINDS


def test_size_of_the_books(books: dict[str, Path]) -> None:
    """About ten pages, a dozen upstream commits, a handful of the translators'."""
    assert len(git(books["en"], "rev-list", "main").split()) == len(ENGLISH) >= 12
    assert len(git(books["zh"], "rev-list", "main").split()) == len(CHINESE) >= 4
    for language, path in books.items():
        pages = [name for name in git(path, "ls-files").split() if name.endswith((".md", ".ipynb"))]
        assert len([name for name in pages if not name.endswith(("_origin.md", "README.md"))]) >= 10, language
    assert sum(page.endswith("_origin.md") for page in NEWEST["zh"]) == 3


def test_histories_are_in_order_and_translators_come_after_what_they_translate() -> None:
    """Dates grow, and each Chinese commit is younger than the English one it names."""
    for history in (ENGLISH, CHINESE):
        dates = [commit.date for commit in history]
        assert dates == sorted(set(dates))
    english = {commit.id: commit.date for commit in ENGLISH}
    assert all(english[commit.english] < commit.date for commit in CHINESE)
    assert {commit.author for commit in ENGLISH} == {"Example Author <author@example.invalid>"}


def test_origin_pages_are_the_english_that_was_translated() -> None:
    """Each `_origin.md` is byte for byte the page of the first English edition; some pages have none."""
    first = ENGLISH_TREES["01-start"]
    origins = [path for path in NEWEST["zh"] if path.endswith("_origin.md")]
    assert all(NEWEST["zh"][path] == first[path.replace("_origin.md", ".md")] for path in origins)
    assert "chapter_baseline/errors_origin.md" not in NEWEST["zh"]


def test_habits_of_the_translators_are_there() -> None:
    """What the translation has that the English never had, and what it lacks."""
    text = {path: content.decode() for path, content in NEWEST["zh"].items() if path.endswith((".md", ".yml"))}
    assert "plt.rcParams['font.sans-serif']" in text["chapter_baseline/data.md"]
    assert "label='星期六'" in text["chapter_baseline/data.md"]
    assert "Missing Days" in text["chapter_baseline/data_origin.md"]
    assert len(re.findall(r"(?m)^## ", text["chapter_baseline/data.md"])) == 5
    assert "#@tab polars" in text["chapter_baseline/naive.md"]
    assert "译者注" in text["chapter_baseline/errors.md"]
    assert "A fairer ruler" in text["chapter_baseline/errors.md"]
    assert text["chapter_baseline/errors.md"].count("\n## 练习\n") == 2
    assert "动手试试" in text["_toc.yml"]
    assert {"chapter_models/holidays.md", "chapter_appendix/glossary.md"}.isdisjoint(text)
    assert "chapter_appendix/translators.md" not in ENGLISH_TREES["01-start"]


@pytest.mark.parametrize("commit", [commit.id for commit in ENGLISH])
def test_english_book_is_whole_after_every_commit(commit: str) -> None:
    """Labels, citations, images and tables of contents resolve, so that no fault in a run is the example's own."""
    assert faults(ENGLISH_TREES[commit]) == []


def test_chinese_book_is_whole_at_the_end() -> None:
    """The same for what the translators have delivered."""
    assert faults(NEWEST["zh"]) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_notebooks_are_valid(language: str) -> None:
    """Every version of the notebook is valid nbformat 4.5 with an id in every cell."""
    found = 0
    for files in {"en": ENGLISH_TREES, "zh": CHINESE_TREES}[language].values():
        for path in (path for path in files if path.endswith(".ipynb")):
            nbformat.validate(json.loads(files[path]))
            assert all(cell["id"] for cell in json.loads(files[path])["cells"])
            found += 1
    assert found >= 3


def faults(files: dict[str, bytes]) -> list[str]:
    """What in a book points nowhere."""
    text = {path: content.decode() for path, content in files.items() if not path.endswith("_origin.md")}
    pages = "\n".join(content for path, content in text.items() if path.endswith(".md"))
    bibliography = set(re.findall(r"@\w+\{([^,]+),", text["refs.bib"]))
    labels = re.findall(r":(?:eq)?label:`([^`]+)`", pages)
    missing = set(re.findall(r":(?:num|eq)ref:`([^`]+)`", pages)) - set(labels)
    cited = {key for keys in re.findall(r"(?::cite:|\{cite\})`([^`]+)`", pages) for key in keys.split(",")}
    listed = [entry["file"] for entry in chapters(yaml.safe_load(text.get("_toc.yml", "{}")))]
    for path, content in text.items():
        folder = Path(path).parent
        for image in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", content):
            missing |= {image} - {os.path.relpath(name, folder) for name in text}
        for block in re.findall(r"(?s)```toc\n(.*?)```", content):
            listed += [str(folder / name) for name in block.split("\n") if name and not name.startswith(":")]
    missing |= {name for name in listed if not {f"{name}.md", f"{name}.ipynb"} & set(text)}
    twice = [label for label, count in Counter(labels).items() if count > 1]
    return sorted(missing | (cited - bibliography)) + twice


def chapters(toc: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[dict[str, str]]:
    """The entries of a `_toc.yml`."""
    return [entry for part in toc.get("parts", []) for entry in part["chapters"]]


def test_refuses_what_it_did_not_make(tmp_path: Path) -> None:
    """A directory with somebody's files, or a file, is left as it is: one line, exit code 2."""
    (tmp_path / "thesis.md").write_text("mine", encoding="utf-8")
    for place in (tmp_path, tmp_path / "thesis.md"):
        run = run_build(place)
        assert run.returncode == 2
        assert len(run.stderr.splitlines()) == 1 and str(place) in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.md"]


def test_builds_anew_and_leaves_neighbours_alone(tmp_path: Path) -> None:
    """A second run replaces the repositories, with whatever was done to them, and nothing else."""
    builder.build(tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "book-zh" / "index.md").write_text("changed", encoding="utf-8")
    made = builder.build(tmp_path)
    assert git(made["zh"], "status", "--porcelain") == ""
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('colour = "red"', "colour"),
        ('remove = ["b.md"]', "b.md"),
        ('files = "02"', "no such folder"),
        ('[[commit.edit]]\nfile = "a.md"\nold = "x"\nnew = "y"', "occurs 2 times"),
    ],
)
def test_data_that_do_not_fit_are_named(tmp_path: Path, extra: str, message: str) -> None:
    """A mistake in the list of commits is one line that names it."""
    (tmp_path / "01").mkdir()
    (tmp_path / "01" / "a.md").write_text("x x", encoding="utf-8")
    head = '[[commit]]\nid = "1"\ndate = "2024-01-01T00:00:00+00:00"\nauthor = "A <a@b>"\nmessage = "m"\nkinds = []\n'
    # A second commit, so that files of the first are there.
    lines = head + 'files = "01"\n' + head.replace('"1"', '"2"') + extra
    (tmp_path / "history.toml").write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        builder.trees(builder.read_history(tmp_path))


def test_phrase_book_is_about_the_newest_edition() -> None:
    """Each English block stands in the newest page it names, and the Chinese has the same protected spans."""
    blocks = json.loads((EXAMPLE / "phrasebook.json").read_text(encoding="utf-8"))
    assert len(blocks) >= 25
    for block in blocks:
        text = NEWEST["en"][block["page"]].decode()
        if block["page"].endswith(".ipynb"):
            text = "".join("".join(cell["source"]) + "\n" for cell in json.loads(text)["cells"])
        english = " ".join(pair[0] for pair in block["sentences"])
        assert engine.key(english) in engine.key(text), english
        for source, target in block["sentences"]:
            assert Counter(PROTECTED.findall(source)) == Counter(PROTECTED.findall(target)), source


def test_phrase_book_has_all_of_the_new_page() -> None:
    """Nothing of the page that upstream added is left to chance."""
    page = ENGLISH_TREES["10-weather"]["chapter_models/weather.md"].decode()
    prose = re.sub(r"(?s)```.*?```|\$\$.*?\$\$", "", page)
    prose = re.sub(r"(?m)^:(?:label|eqlabel|width):.*$", "", prose)
    phrases = engine.load_phrases()
    blocks = [re.sub(r"^(#+|\*|1\.) ", "", part) for part in re.split(r"\n\s*\n|\n(?=\* |1\. )", prose.strip())]
    texts = [re.sub(r"!\[(.*)\]\(.*\)", r"\1", block) for block in blocks]
    assert len(texts) >= 11
    assert [text for text in texts if engine.key(text) and engine.key(text) not in phrases] == []


def test_all_of_the_phrase_book_is_accepted() -> None:
    """As AMTS sends it and reads the reply, each block of the phrase book keeps every span and tag."""
    phrases = engine.load_phrases()
    for block in json.loads((EXAMPLE / "phrasebook.json").read_text(encoding="utf-8")):
        wire = encode(" ".join(pair[0] for pair in block["sentences"]), kind="paragraph")
        reply = decode(wire, engine.translate(wire.html, phrases), target_lang="zh")
        assert isinstance(reply, Decoded), (wire.text, reply)
        assert re.search(r"[\u4e00-\u9fff]", reply.text) and reply.text.count("**") == wire.text.count("**")


def request(identity: str, text: str, language: str = "zh") -> str:
    """One line for the engine."""
    fields = {"id": identity, "text": text, "source_lang": "en", "target_lang": language, "context": {}}
    return json.dumps(fields, ensure_ascii=False) + "\n"


def test_engine_answers_line_by_line() -> None:
    """Known text comes back with its spans and tags; unknown text, other languages and rubbish are errors."""
    span = '<span translate="no" id="x{}">{}</span>'
    bias = f"Bias is the easiest fault\nto mend: add {span.format(0, ':eqref:`eq_bias`')} to every forecast."
    lines = request("a", bias) + request("b", 'The <em id="x0">bias</em> keeps it:') + request("c", "What?")
    lines += request("d", "Exercises", "ja") + "rubbish\n" + request("e", "Bias is the easiest fault to mend: add")
    run = subprocess.run(
        [sys.executable, str(EXAMPLE / "pseudo_engine.py")], input=lines.encode(), capture_output=True, check=True
    )
    replies = [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]
    assert [reply["id"] for reply in replies] == ["a", "b", "c", "d", "", "e"]
    assert replies[0]["text"] == f"偏差是最容易弥补的缺点：给每个预测加上 {span.format(0, ':eqref:`eq_bias`')} 就行了。"
    assert replies[1]["text"] == '<em id="x0">偏差</em>（bias）则把方向留了下来：'
    assert all("error" in reply and "text" not in reply for reply in replies[2:])


def test_engine_puts_spans_where_chinese_wants_them() -> None:
    """Order follows the translation, equal contents keep their own ids, and markup in a span stays escaped."""
    phrases = {engine.key("$a$ of `b<c` and $a$"): "`b<c` 与 $a$ 的 $a$ & 更多"}
    spans = [f'<span translate="no" id="x{n}">{c}</span>' for n, c in enumerate(("$a$", "`b&lt;c`", "$a$"))]
    out = engine.translate(f"{spans[0]} of {spans[1]} and {spans[2]}", phrases)
    assert out == f"{spans[1]} 与 {spans[0]} 的 {spans[2]} &amp; 更多"


def test_engine_is_not_misled_by_a_span_inside_another() -> None:
    """A short content is not looked for inside a longer one."""
    phrases = {engine.key("k then rank"): "rank 先于 k"}
    short, long = ('<span translate="no" id="x{}">{}</span>'.format(*pair) for pair in ((0, "k"), (1, "rank")))
    assert engine.translate(f"{short} then {long}", phrases) == f"{long} 先于 {short}"


def test_engine_refuses_a_span_without_a_place() -> None:
    """A span that the translation does not mention is an error, never dropped."""
    with pytest.raises(engine.Unknown, match="no place"):
        engine.translate('Keep <span translate="no" id="x0">$k$</span>', {engine.key("Keep $k$"): "留着"})


def test_the_demo_names_what_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three files in order, and a browser only where there is a window for it and nobody's log is read."""
    monkeypatch.setitem(sys.modules, "build", builder)
    demo = load("demo")
    names = [path.name for path in demo.to_open(Path("out"))]
    assert names == ["pull-request.md", "report.html", "quickstart.md"]
    monkeypatch.setattr(demo.webbrowser, "get", lambda: None)
    assert demo.has_browser({"DISPLAY": ":0"}, "linux")
    assert demo.has_browser({}, "darwin")
    assert not demo.has_browser({}, "linux")
    assert not demo.has_browser({"DISPLAY": ":0", "CI": "true"}, "linux")

    def none() -> None:
        raise demo.webbrowser.Error

    monkeypatch.setattr(demo.webbrowser, "get", none)
    assert not demo.has_browser({"DISPLAY": ":0"}, "linux")
