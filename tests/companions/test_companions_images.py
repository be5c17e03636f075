"""What a page refers to, and what is decided about each file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from thorough import THOROUGH, examples

from amts_action.companions.images import (
    CompanionNotice,
    Copy,
    Lookup,
    TreeFile,
    is_lfs_pointer,
    plan_images,
    referenced,
    references,
)
from amts_action.companions.paths import join, relocate
from amts_action.companions.scan import visible

FOUND = {
    "inline": ("![a](../img/x.svg)", ["img/x.svg"]),
    "title": ('![a](x.png "A title")', ["ch/x.png"]),
    "angle": ("![a](<my x.png>)", ["ch/my x.png"]),
    "escaped parenthesis": (r"![a](x\(1\).png)", ["ch/x(1).png"]),
    "balanced parentheses": ("![a](x(1).png)", ["ch/x(1).png"]),
    "percent": ("![a](my%20x.png)", ["ch/my x.png"]),
    "entity": ("![a](a&amp;b.png)", ["ch/a&b.png"]),
    "query": ("![a](x.png?raw=true#top)", ["ch/x.png"]),
    "caption over lines": ("![a *b*\nc $[0, 1)$ [link](y.md)](x.png)", ["ch/x.png"]),
    "half-open interval": ("![on $[0, 1)$](x.png)", ["ch/x.png"]),
    "link around image": ("[![a](x.png)](https://example.org)", ["ch/x.png"]),
    "reference": ("![a][B  c]\n\n[b c]: ../x.png 'T'", ["x.png"]),
    "collapsed": ("![b][]\n\n[b]: <x y.png>", ["ch/x y.png"]),
    "shortcut": ("![b]\n\n[b]: x.png", ["ch/x.png"]),
    "html": ('<p><img width="3" src="x.png"/></p>', ["ch/x.png"]),
    "html, bare value": ("<IMG SRC=x.png>", ["ch/x.png"]),
    "html, greater-than in a value": ("<img alt='a > b'\n src='x.png'>", ["ch/x.png"]),
    "figure": ("```{figure} /fig/x.png\n:name: f\n\nCaption ![a](y.png)\n```", ["book/fig/x.png", "ch/y.png"]),
    "colon figure": (":::{figure} x.png\nCaption\n:::", ["ch/x.png"]),
    "nested": ("````{note}\n```{image} x.png\n```\n````", ["ch/x.png"]),
    "in a list": ("- item\n\n  ```{figure} x.png\n  ```\n", ["ch/x.png"]),
    "item is a fence": ("1. ```{figure} x.png\n   ```\n", ["ch/x.png"]),
    "in a quote": ("> ```{figure} x.png\n> ```\n", ["ch/x.png"]),
    "literalinclude": ("```{literalinclude} /a%20b.py\n:lines: 1-2\n```", ["book/a%20b.py"]),
    "include": ("```{include} _admonition/gpu.md\n```", ["ch/_admonition/gpu.md"]),
    "download": ("See {download}`the data <../data/x.csv>`.", ["data/x.csv"]),
    "download, plain": ("See {download}`x.csv`.", ["ch/x.csv"]),
    "csv-table": ("```{csv-table} T\n:file: x.csv\n```", ["ch/x.csv"]),
    "eval-rst": ("```eval_rst\n.. figure:: x.png\n```", ["ch/x.png"]),
    "after code": ("```python\n![no](no.png)\n```\n![a](x.png)", ["ch/x.png"]),
    "after a stray backtick": ("a ` b\n\n![a](x.png) ` c", ["ch/x.png"]),
    "four blanks in a paragraph": ("text\n    ![a](x.png)", ["ch/x.png"]),
    "second paragraph of an item": ("- a\n\n    ![a](x.png)", ["ch/x.png"]),
    "twice": ("![a](x.png) ![a](x.png)", ["ch/x.png"]),
    "order": ('![a](b.png)\n\n<img src="a.png">\n\n{download}`0.csv`', ["ch/b.png", "ch/a.png", "ch/0.csv"]),
    "crlf": ("```{figure} x.png\r\n:name: a\r\n```\r\n\r\n![a](y.png)\r\n", ["ch/x.png", "ch/y.png"]),
    "quote ends a fence": ("> ```\n> code\n![a](x.png)", ["ch/x.png"]),
    "tab of d2lbook": (":begin_tab:`mxnet`\n![a](x.png)\n:width:`3px`\n:end_tab:", ["ch/x.png"]),
}
NOT_FOUND = {
    "fence": "```\n![a](x.png)\n```",
    "longer fence": "````\n```\n![a](x.png)\n````",
    "tildes": "~~~ md\n![a](x.png)\n```\n~~~",
    "code cell": "```{code-cell} ipython3\n---\ntags: [a]\n---\n![a](x.png)\n```",
    "d2lbook cell": "```{.python .input}\n'<img src=x.png>'\n```",
    "unclosed fence": "```\n![a](x.png)",
    "code span": "`![a](x.png)` and ``{download}`x` ``",
    "code span over lines": "`a\n![a](x.png)`",
    "indented": "text\n\n    ![a](x.png)\n",
    "comment": "<!-- ![a](x.png)\n\n<img src=x.png> -->",
    "myst comment": "% ![a](x.png)",
    "escaped": r"!\[a](x.png)",
    "link": "[a](x.png)",
    "url": "![a](https://e.org/x.png) ![a](//e.org/x.png) <img src='data:image/png;base64,AA=='>",
    "fragment": "![a](#x) ![a]() ![a](?q)",
    "glue": "```{glue:figure} x\n```",
}
REFUSED = [
    "../../etc/passwd",
    "/../../x.png",
    "..%2f..%2fx.png",
    ".git/config",
    "a/.GIT/config",
    ".g\u200cit/config",
    "git~1/config",
    "/.github/workflows/evil.yml",
    ".amts/state/x.json",
    "../amts.toml",
    "C:/x.png",
    "a%5Cb.png",
    "a%00b.png",
    "a%0Ab.png",
    "x" * 4097,
    "..",
]


@pytest.mark.parametrize("name", FOUND)
def test_reference_is_found(name: str) -> None:
    text, expected = FOUND[name]
    assert list(referenced(text, "ch/page.md", source_path="book")) == expected


@pytest.mark.parametrize("name", NOT_FOUND)
def test_reference_is_not_followed(name: str) -> None:
    assert references(NOT_FOUND[name], "ch/page.md") == ((), ())


@pytest.mark.parametrize("reference", REFUSED)
def test_unsafe_reference_is_refused(reference: str) -> None:
    paths, refused = references(f'<img src="{reference}">', "ch/page.md")
    assert paths == ()
    assert [one.reference for one in refused] == [reference[:200]]


MARKS = ["```", "````", ":::", "~~~", "`", "``", "{figure} ", "{note}", "![a](", "x.png", ")", "[", "]", "\n", "\n\n"]
MARKS += [
    "    ",
    "- ",
    "> ",
    "<!--",
    "-->",
    "<img src=",
    '"',
    "\\",
    "$",
    "\r\n",
    "\0",
    "../",
    "{download}",
    "<",
    ">",
    "---",
]


@given(st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=3)), max_size=60).map("".join))
@examples(300)
def test_any_text_gives_safe_paths(text: str) -> None:
    shown = visible(text)
    assert len(shown.prose) == len(text)
    assert all(a in {b, " "} for a, b in zip(shown.prose, text, strict=True))
    for path in referenced(text, "a/b.md", source_path="a"):
        parts = path.split("/")
        assert not {"", ".", ".."} & set(parts) and not any(part.startswith(".") for part in parts)
        assert "\\" not in path and "\0" not in path and "\n" not in path


@pytest.mark.parametrize(
    "unit",
    [
        "![a](",
        "[",
        "`",
        "` ``",
        "<img ",
        '<img "',
        "<!--",
        "> ",
        "- ",
        "```{note}\n",
        ":::\n",
        "$",
        "\\",
        "[a]: b\n",
        "(",
        "@",
    ],
)
def test_broken_references_of_any_size_are_read(unit: str) -> None:
    """Quadratic behaviour would run into the test's limit."""
    text = unit * ((400_000 if THOROUGH else 100_000) // len(unit))
    assert len(references(text, "a/b.md")) <= len(text)


@given(st.text("ab./", max_size=12), st.text("ab./", max_size=12))
def test_join_stays_inside(folder: str, name: str) -> None:
    path = join(folder, name)
    assert path is None or not {"", ".", ".."} & set(path.split("/"))


@pytest.mark.parametrize(
    ("path", "source", "target", "expected"),
    [
        ("img/x.png", "", "", "img/x.png"),
        ("en/img/x.png", "en", "zh", "zh/img/x.png"),
        ("img/x.png", "en", "zh", "img/x.png"),
        ("img/x.png", "en", "translations/zh", "translations/img/x.png"),
        ("book/en/x.png", "book/en", "", "x.png"),
        ("img/x.png", "en", "", None),
    ],
)
def test_relocate(path: str, source: str, target: str, expected: str | None) -> None:
    assert relocate(path, source, target) == expected


def tree(**entries: str) -> Lookup:
    """Tree of plain files, `img/NAME.png`; a value `mode:oid` gives another mode."""
    found = {}
    for name, value in entries.items():
        mode, _, oid = value.rpartition(":")
        found[f"img/{name}.png"] = TreeFile(mode or "100644", oid)
    return found.get


def decide(base: Lookup, head: Lookup, target: Lookup, **options: object) -> list[str]:
    arguments: dict[str, object] = {"size_of": lambda oid: 10, "max_bytes": 10}
    arguments |= {"base": base, "head": head, "target": target, **options}
    before = arguments.pop("before", ())
    plan = plan_images(before, ["img/x.png"], **arguments)  # type: ignore[arg-type]
    return [f"copy {one.oid} {one.target}" if isinstance(one, Copy) else one.reason for one in plan]


@pytest.mark.parametrize(
    ("base", "head", "target", "before", "expected"),
    [
        ({}, {"x": "1"}, {}, (), ["copy 1 img/x.png"]),
        ({"x": "1"}, {"x": "1"}, {}, (), ["copy 1 img/x.png"]),
        ({"x": "1"}, {"x": "1"}, {}, ("img/x.png",), []),
        ({"x": "1"}, {"x": "2"}, {}, ("img/x.png",), ["copy 2 img/x.png"]),
        ({"x": "1"}, {"x": "2"}, {"x": "1"}, ("img/x.png",), ["copy 2 img/x.png"]),
        ({"x": "1"}, {"x": "2"}, {"x": "2"}, ("img/x.png",), []),
        ({"x": "1"}, {"x": "2"}, {"x": "9"}, ("img/x.png",), ["localised"]),
        ({}, {"x": "2"}, {"x": "9"}, (), ["localised"]),
        ({"x": "1"}, {"x": "1"}, {"x": "9"}, (), []),
        ({}, {}, {}, (), ["missing"]),
        ({}, {"x": "120000:1"}, {}, (), ["link"]),
        ({}, {"x": "160000:1"}, {}, (), ["submodule"]),
        ({}, {"x": "040000:1"}, {}, (), ["folder"]),
        ({}, {"x": "100755:1"}, {}, (), ["copy 1 img/x.png"]),
        ({"x": "1"}, {"x": "2"}, {"x": "120000:1"}, ("img/x.png",), ["blocked"]),
        ({}, {"x": "2"}, {"x": "040000:1"}, (), ["blocked"]),
    ],
)
def test_decision(
    base: dict[str, str], head: dict[str, str], target: dict[str, str], before: tuple[str, ...], expected: list[str]
) -> None:
    assert decide(tree(**base), tree(**head), tree(**target), before=before) == expected


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [(POINTER, True), (POINTER + b" " * (1023 - len(POINTER)), True), (POINTER + b" " * (1024 - len(POINTER)), False)],
)
def test_pointers_of_git_lfs_are_no_pictures(data: bytes, expected: bool) -> None:
    """A pointer is flagged, up to the size that the specification gives pointers; a picture is copied."""
    assert is_lfs_pointer(data) is expected
    found = plan_images(
        (), ["img/x.png"], base=tree(), head=tree(x="1"), target=tree(), size_of=lambda oid: len(data),
        max_bytes=9999, is_pointer=lambda oid: is_lfs_pointer(data),
    )  # fmt: skip
    assert [getattr(action, "reason", "copy") for action in found] == ["pointer" if expected else "copy"]


def test_copy_is_capped_and_size_is_asked_only_for_copies() -> None:
    assert decide(tree(), tree(x="1"), tree(), max_bytes=9) == ["too_large"]

    def never(oid: str) -> int:
        raise AssertionError(oid)

    assert decide(tree(), tree(x="1"), tree(x="1"), size_of=never) == []


def test_link_above_the_file() -> None:
    link = {"img": TreeFile("120000", "7")}
    assert decide(tree(), link.get, tree()) == ["link"]
    assert decide(tree(), tree(x="1"), link.get) == ["blocked"]


def test_one_repository_with_two_folders() -> None:
    folders = {"source_path": "en", "target_path": "zh"}
    assert decide(tree(), tree(x="1"), tree(), same_repository=True, **folders) == []
    assert decide(tree(), tree(x="1"), tree(), source_path="img", target_path="zh/img") == ["copy 1 zh/img/x.png"]
    assert decide(tree(), tree(x="1"), tree(), source_path="en", target_path="") == ["outside"]


def test_pages_of_the_run_are_left_to_it() -> None:
    assert decide(tree(), tree(x="1"), tree(), is_document=lambda path: True) == []


def test_flag_says_what_and_where() -> None:
    (flag,) = plan_images((), ["a.png"], base=tree(), head=tree(), target=tree(), size_of=len, max_bytes=1)
    assert isinstance(flag, CompanionNotice) and "a.png" in flag.message and "\n" not in flag.message


def git(folder: Path, *arguments: str) -> str:
    quiet = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *quiet, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def listing(folder: Path) -> Lookup:
    rows = [row.split("\t") for row in git(folder, "ls-tree", "-r", "-t", "HEAD").splitlines()]
    return {path: TreeFile(meta.split()[0], meta.split()[2]) for meta, path in rows}.get


def test_real_repositories(tmp_path: Path) -> None:
    """Binary bytes, a symbolic link and a folder that is one, as git lists them."""
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        (folder / "img").mkdir(parents=True)
        git(folder, "init", "-q")
    page = "![a](img/new.png) ![b](img/link.png) ![c](shared/x.png) ![d](img/own.png)"
    (source / "img/new.png").write_bytes(b"\x89PNG\0\xff\n")
    (source / "img/own.png").write_bytes(b"\0english")
    (source / "img/link.png").symlink_to("/etc/passwd")
    (source / "shared").symlink_to("img")
    (target / "img/own.png").write_bytes(b"\0chinese")
    for folder in (source, target):
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "one")
    head = listing(source)
    plan = plan_images(
        (),
        referenced(page, "a.md"),
        base=lambda path: None,
        head=head,
        target=listing(target),
        size_of=lambda oid: int(git(source, "cat-file", "-s", oid)),
        max_bytes=100,
    )
    assert [type(one).__name__ if isinstance(one, Copy) else one.reason for one in plan] == [
        "Copy",
        "link",
        "link",
        "localised",
    ]
    assert isinstance(plan[0], Copy)
    raw = subprocess.run(["git", "cat-file", "blob", plan[0].oid], cwd=source, check=True, capture_output=True).stdout
    assert raw == b"\x89PNG\0\xff\n"
