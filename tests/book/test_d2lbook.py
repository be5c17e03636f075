"""`amts check --book`: d2lbook's own reader over the example book; run by `.ci/book`, where d2lbook is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.errors import InputError
from amts_action.merging.checking.converted import convert, differences

ROOT = Path(__file__).resolve().parents[2]
PAGE = """# Bread

Flour comes first.

```{.python .input}
#@tab all
%matplotlib inline
import oven  # hot
```

:begin_tab:`mxnet`
Only here.
:end_tab:

```{.python .input}
#@tab pytorch
def bake(n):
    \"\"\"Bake.\"\"\"
    return oven.bake(n, label='bread')
```

```{.python .input}
#@tab mxnet
oven.bake(1)
```
"""


def run(*words: str, cwd: Path, code: int = 0) -> str:
    """What a program prints."""
    done = subprocess.run(words, cwd=cwd, check=False, capture_output=True, text=True)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def amts(*words: str, cwd: Path, code: int = 0) -> str:
    """What `amts` prints."""
    return run(sys.executable, "-m", "amts_action.cli", *words, cwd=cwd, code=code)


def found(translation: str) -> list[str]:
    """The differences of a translation of the page."""
    return differences(convert(PAGE), convert(translation))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example book, brought up to date."""
    folder = tmp_path_factory.mktemp("books")
    run(sys.executable, str(ROOT / "example" / "build.py"), ".", cwd=folder)
    engine = f"{sys.executable} {ROOT / 'example' / 'pseudo_engine.py'}"
    books = ("--source", "book-en", "--target", "book-zh")
    amts("adopt", *books, cwd=folder)
    amts("sync", *books, "--engine-command", engine, cwd=folder, code=1)
    return folder


@pytest.fixture
def books(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(made, tmp_path / "books")
    return tmp_path / "books"


def test_what_amts_wrote_converts_as_its_english(books: Path) -> None:
    """Every page that a run has changed gives notebooks with the code of its English."""
    assert amts("check", "--book", "book-en", "book-zh", "--json", "out.json", cwd=books) == ""
    pages = {row["path"]: row for row in json.loads((books / "out.json").read_bytes())["documents"]}
    assert len(pages) >= 9
    assert not any(row["skipped"] for row in pages.values())
    sizes = convert(run("git", "show", "amts/zh:chapter_baseline/data.md", cwd=books / "book-zh")).cells
    assert len(sizes[""]) == 3


def test_code_that_a_person_broke_is_found(books: Path) -> None:
    """A page whose code lacks something is one line, and the exit code is 1."""
    target = books / "book-zh"
    run("git", "checkout", "--quiet", "amts/zh", cwd=target)
    page = target / "chapter_baseline" / "data.md"
    text = page.read_text(encoding="utf-8")
    assert text.count("plt.legend();") == 1
    page.write_text(text.replace("plt.legend();", ""), encoding="utf-8")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    run("git", *who, "commit", "--quiet", "-am", "break", cwd=target)
    printed = amts("check", "--book", "book-en", "book-zh", cwd=books, code=1)
    assert printed == "chapter_baseline/data.md: code: other code in cell 3\n"


def test_what_translators_change_is_no_difference() -> None:
    """Comments, texts in quotes, docstrings, lines and frameworks of the translation's own are its own matter."""
    own = PAGE.replace("# hot", "# 热").replace("'bread'", '"面包"')
    own = own.replace('"""Bake."""', '"""烤。\n\n    很多行。"""')
    own = own.replace("import oven", "import fonts\nimport oven")
    own += "\n```{.python .input}\n#@tab paddle\noven.bake(2)\n```\n"
    assert found(own) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("oven.bake(n,", "oven.bake(m,", "pytorch: other code in cell 2"),
        ("    return", "    pass\nreturn", "pytorch: other code in cell 2"),
        ("%matplotlib inline\n", "", "code: other code in cell 1"),
        ("```{.python .input}\n#@tab mxnet\noven.bake(1)\n```\n", "", "mxnet: 1 code cells, the English has 2"),
        (":begin_tab:`mxnet`\nOnly here.\n:end_tab:\n", "", "text for mxnet: 0 blocks, the English has 1"),
    ],
)
def test_every_kind_of_damage_is_found(old: str, new: str, message: str) -> None:
    """Changed, unindented or missing code, and lost tabs, are told."""
    assert PAGE.count(old) == 1
    assert message in found(PAGE.replace(old, new))


def test_a_page_that_d2lbook_cannot_read_is_an_error_of_that_page() -> None:
    """Whatever the foreign reader raises becomes one line."""
    with pytest.raises(InputError, match="d2lbook cannot read it"):
        convert("")


def test_our_parser_sees_the_same_code(books: Path) -> None:
    """The programs that d2lbook's reader finds in the example book are those that ours finds."""
    from d2lbook import notebook

    pages = [p for p in sorted((books / "book-en").rglob("*.md")) if ".input}" in p.read_text(encoding="utf-8")]
    assert len(pages) >= 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        theirs = [cell.source for cell in notebook.read_markdown(text).cells if cell.cell_type == "code"]
        ours = [b.text.split("\n", 1)[1].rpartition("\n")[0] for b in parse_markdown(text).blocks if ".input" in b.info]
        assert [source.strip() for source in ours] == [source.strip() for source in theirs], page.name
