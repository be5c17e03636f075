"""A small book and its translation for tests of whole runs, and a way to run `amts` that watches its manners.

Every run through `Books` checks what holds for all of them: the source is untouched to the last byte, the work tree,
index and HEAD of the target stay as they were, and each message is one line without control characters.
"""

from __future__ import annotations

import atexit
import io
import json
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from gitkit import Repo, copied

from amts_action.books.records import Owed, Record, state_path, write_record
from amts_action.cli import main

__all__ = [
    "ALPHA",
    "BRANCH",
    "CHINESE",
    "ENGLISH",
    "TRANSLATED",
    "Books",
    "Done",
    "amts",
    "blob_id",
    "everything",
    "make_books",
    "notebook",
    "record",
]

BRANCH = "amts/zh"
TRANSLATOR = Path(__file__).resolve().parent / "stand_ins" / "translator.py"


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook with cells (kind, source), written as Jupyter does."""
    made = []
    for n, (kind, source) in enumerate(cells):
        cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{n}", "metadata": {}}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        made.append(cell | {"source": source.splitlines(keepends=True)})
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


ALPHA = """# Alpha
:label:`sec_alpha`

The first paragraph talks about bread and its price $p$. It has a second sentence about flour.

The second paragraph shows `knead()` and wraps
over two lines.

![An oven.](../img/oven.png)
:label:`fig_oven`

```python
x = 1  # start
```

## Summary

The end of alpha is short.
"""
ALPHA_ZH = """# 阿尔法
:label:`sec_alpha`

第一段谈面包和它的价格$p$。第二句谈面粉。

第二段展示`knead()`，分成两行。

![烤箱。](../img/oven.png)
:label:`fig_oven`

```python
x = 1  # 开始
```

## 小结

阿尔法的结尾很短。
"""
BETA = """# Beta

Beta is about weather and customers.

* One item about rain.
* Another item about snow.
"""
BETA_ZH = """# 贝塔

贝塔讲天气和顾客。

* 关于雨的一项。
* 关于雪的另一项。
"""
INDEX = """# The Book

Welcome to the book about bread.

```toc
:maxdepth: 2

chapter/alpha
chapter/beta
```
"""
INDEX_ZH = INDEX.replace("The Book", "书").replace("Welcome to the book about bread.", "欢迎阅读这本关于面包的书。")
MYST = """---
title: Ordering
---

(ordering)=
# Ordering

Order as {doc}`alpha <chapter/alpha>` says.

:::{note}
Mind the {math}`m` oven.
:::

```{code-cell} python
order = 3
```
"""
MYST_ZH = (MYST.replace("# Ordering", "# 订货").replace("Order as", "按").replace("says.", "所说订货。")).replace(
    "Mind the {math}`m` oven.", "当心{math}`m`号烤箱。"
)
PAGE = notebook(
    ("markdown", "# Backtest\n\nWe test the forecast with $n$ days."),
    ("code", "n = 7"),
    ("markdown", "The result is good."),
)
PAGE_ZH = notebook(("markdown", "# 回测\n\n我们用$n$天检验预测。"), ("code", "n = 7"), ("markdown", "结果很好。"))
REFS = "@book{old, title={Old}}\n"
TOC = """format: jb-book
root: index
chapters:
- file: chapter/alpha
- file: chapter/beta
- file: ordering
"""

ENGLISH: dict[str, str | bytes] = {
    "index.md": INDEX,
    "chapter/alpha.md": ALPHA,
    "chapter/beta.md": BETA,
    "chapter/spare.md": "# Spare\n\nNobody has translated this page.\n",
    "ordering.md": MYST,
    "page.ipynb": PAGE,
    "refs.bib": REFS,
    "_toc.yml": TOC,
    "img/oven.png": b"\x89PNG oven 1\0\xff",
    "README.md": "Read me.\n",
}
CHINESE: dict[str, str | bytes] = {
    "index.md": INDEX_ZH,
    "chapter/alpha.md": ALPHA_ZH,
    "chapter/alpha_origin.md": ALPHA,
    "chapter/beta.md": BETA_ZH,
    "ordering.md": MYST_ZH,
    "page.ipynb": PAGE_ZH,
    "refs.bib": REFS,
    "_toc.yml": TOC,
    "img/oven.png": b"\x89PNG oven 1\0\xff",
    "own.md": "# 译者的话\n\n这一页是我们自己写的。\n",
    "README.md": "读我。\n",
    "amts.toml": 'target_lang = "zh"\n',
}
TRANSLATED = ("index.md", "chapter/alpha.md", "chapter/beta.md", "ordering.md", "page.ipynb")


def blob_id(repo: Repo, rev: str, path: str) -> str:
    """Git's id of a file of a commit."""
    return repo.git("rev-parse", f"{rev}:{path}")


def record(source: Repo, path: str, commit: str, owed: tuple[Owed, ...] = ()) -> bytes:
    """The state record of a document made from a commit of the source."""
    return write_record(Record("book-en", path, commit, blob_id(source, commit, path), owed))


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, those of `.git` too, with their contents."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@dataclass(frozen=True)
class Done:
    """What a run of `amts` gave."""

    code: int
    err: str
    out: str
    result: Any
    """The content of the file given with `--json`; None when it was not written."""

    @property
    def documents(self) -> dict[str, Any]:
        """The rows of the documents by path."""
        return {row["path"]: row for row in self.result["documents"]}

    @property
    def fates(self) -> dict[str, str]:
        """What was found about every document."""
        return {row["path"]: row["fate"] for row in self.result["documents"]}


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def amts(*words: str, json_path: Path | None = None) -> Done:
    """Runs `amts` in this process; its messages must be lines that start with its name, and nothing else."""
    more = ("--json", str(json_path)) if json_path else ()
    if json_path:
        json_path.unlink(missing_ok=True)
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*words, *more])
    out.flush()
    text = err.getvalue()
    assert not _CONTROL.search(text), repr(text)
    assert all(line.startswith("amts: ") for line in text.split("\n")[:-1]), text
    assert text == "" or text.endswith("\n")
    result = json.loads(json_path.read_bytes()) if json_path and json_path.exists() else None
    return Done(code, text, raw.getvalue().decode("utf-8"), result)


@dataclass
class Books:
    """A source and a target that a test may change."""

    folder: Path
    source: Repo
    target: Repo

    @property
    def log(self) -> Path:
        """Where the translator writes down what it was sent."""
        return self.folder / "sent.jsonl"

    def sent(self) -> list[str]:
        """The texts that were sent since the last call."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def engine(self, *refused: str) -> tuple[str, ...]:
        """Options that choose the translator, which refuses texts with one of the words."""
        command = shlex.join([sys.executable, "-S", str(TRANSLATOR), str(self.log), *refused])
        return ("--engine-command", command)

    def run(self, command: str, *more: str, refused: tuple[str, ...] = (), engine: bool = True) -> Done:
        """Runs a command over both books and checks what no run may touch."""
        options = self.engine(*refused) if engine and command == "sync" else ()
        before = everything(self.source.path), self.target.snapshot()
        places = ["--source", str(self.source.path), "--target", str(self.target.path)]
        done = amts(command, *places, *options, *more, json_path=self.folder / "result.json")
        assert (everything(self.source.path), self.target.snapshot()) == before
        return done

    def sync(self, *more: str, refused: tuple[str, ...] = ()) -> Done:
        """The main job."""
        return self.run("sync", *more, refused=refused)

    def tip(self, branch: str = BRANCH) -> str:
        """The commit of a branch of the target; empty when there is none."""
        return self.target.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def show(self, path: str, rev: str = BRANCH) -> str:
        """A file of the target's branch, with its final line end."""
        return self.target.git("cat-file", "blob", f"{rev}:{path}") + "\n"

    def has(self, path: str, rev: str = BRANCH) -> bool:
        """Whether the target's branch has a file."""
        return path in self.files(rev)

    def files(self, rev: str = BRANCH) -> set[str]:
        """The files of the target's branch."""
        return set(filter(None, self.target.git("ls-tree", "-rz", "--name-only", rev).split("\0")))

    def changed(self, old: str = "main", new: str = BRANCH) -> set[str]:
        """The files in which two commits of the target differ."""
        return set(filter(None, self.target.git("diff", "-z", "--name-only", "--no-renames", old, new).split("\0")))

    def state(self, path: str, rev: str = BRANCH) -> Any:
        """The state record of a document."""
        return json.loads(self.show(state_path(path), rev))

    def upstream(self, **edits: Mapping[str, str]) -> str:
        """Commits replacements to the source: keyword `alpha`, `beta` …; each old text must be there once."""
        files: dict[str, str | bytes | None] = {}
        for name, changes in edits.items():
            path = _PATHS[name]
            text = self.source.show("HEAD", path) + "\n"
            for old, new in changes.items():
                assert text.count(old) == 1, (old, text)
                text = text.replace(old, new)
            files[path] = text
        return self.source.commit(files)

    def by_person(self, files: Mapping[str, str | bytes | None], branch: str = BRANCH) -> str:
        """A person's commit on a branch of the target; `main` stays checked out."""
        self.target.git("checkout", "--quiet", branch)
        made = self.target.commit(files, "by a person")
        self.target.git("checkout", "--quiet", "main")
        return made


_PATHS = {
    "alpha": "chapter/alpha.md",
    "beta": "chapter/beta.md",
    "index": "index.md",
    "ordering": "ordering.md",
    "page": "page.ipynb",
    "toc": "_toc.yml",
}


def _files(files: Mapping[str, str | bytes], more: Mapping[str, str | bytes | None] | None) -> dict[str, str | bytes]:
    return {path: content for path, content in {**files, **(more or {})}.items() if content is not None}


def make_books(
    folder: Path,
    *,
    english: Mapping[str, str | bytes | None] | None = None,
    chinese: Mapping[str, str | bytes | None] | None = None,
    recorded: tuple[str, ...] = TRANSLATED,
) -> Books:
    """The book and its translation, with changes to their first commits; `recorded` documents have a state record."""
    here, there = _files(ENGLISH, english), _files(CHINESE, chinese)
    key = repr((sorted(here.items()), sorted(there.items()), recorded))
    if key not in _MADE:
        _MADE[key] = _made(Path(mkdtemp(dir=_store())), here, there, recorded)
    return copy_books(_MADE[key], folder)


_MADE: dict[str, Books] = {}
"""Books made in this process, by what is in them: the same content has the same commits, so they are made once."""


@lru_cache(maxsize=1)
def _store() -> str:
    """Where books are kept to be copied; gone when the process ends."""
    folder = mkdtemp(prefix="amts-books-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _made(
    folder: Path, english: Mapping[str, str | bytes], chinese: Mapping[str, str | bytes], recorded: tuple[str, ...]
) -> Books:
    source, target = Repo(folder / "book-en"), Repo(folder / "book-zh")
    first = source.commit(english, "start")
    files = dict(chinese)
    for path in recorded:
        files[state_path(path)] = record(source, path, first)
    target.clock = source.clock
    source.clock += 48 * 3600  # what comes upstream after that comes later
    target.commit(files, "translate")
    return Books(folder, source, target)


def copy_books(made: Books, folder: Path) -> Books:
    """The same books in another folder, for one test to change."""
    copies = []
    for repo in (made.source, made.target):
        copied(repo.path, folder / repo.path.name)
        copies.append(Repo.__new__(Repo))
        copies[-1].__dict__.update(repo.__dict__, path=folder / repo.path.name, commits=[*repo.commits])
    return Books(folder, *copies)


def counted(texts: list[str]) -> int:
    """Characters of language in what was sent: markup and protected spans do not count (DESIGN §8)."""
    plain = (re.sub(r'<span translate="no"[^>]*>.*?</span>', "", text, flags=re.S) for text in texts)
    return sum(len(unescape(re.sub(r"<[^>]*>", "", text))) for text in plain)
