"""`amts merge` with bad input: a right result, or exit code 2 with one line that names the file; never half a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from amts_action.cli import main

BASE = "# Title\n\nSome words about $x$.\n\n```python\na = 1\n```\n\nThe end of it.\n"
HEAD = BASE.replace("Some words", "Some other words")
TARGET = "# 标题\n\n关于$x$的话。\n\n```python\na = 1\n```\n\n这是结尾。\n"
OLD = "what was there before"
N = 100_000


def run(folder: Path, base: bytes, head: bytes, target: bytes, *more: str, suffix: str = ".md") -> int:
    """`amts merge` over three files in `folder`; its output is `out` there."""
    for name, data in (("base", base), ("head", head), ("target", target)):
        (folder / (name + suffix)).write_bytes(data)
    paths = [str(folder / (name + suffix)) for name in ("base", "head", "target")]
    return main(["merge", *paths, "-o", str(folder / ("out" + suffix)), "--target-lang", "zh", *more])


def one_line(capsys: pytest.CaptureFixture[str], *names: str) -> str:
    """What stderr got: one line without a traceback that holds every name."""
    text = capsys.readouterr().err
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    for name in names:
        assert name in text
    return text


def test_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing changed: exit 0, the target's bytes, a report that says so."""
    assert run(tmp_path, BASE.encode(), BASE.encode(), TARGET.encode(), "--report", str(tmp_path / "r.json")) == 0
    assert (tmp_path / "out.md").read_bytes() == TARGET.encode()
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["version"], report["status"], report["characters_sent"]) == (1, "done", 0)
    assert {row["action"] for row in report["blocks"]} == {"keep"}
    one_line(capsys, "out.md")


def test_partial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change that the memory does not know: exit 1, the English stands, and the report says so."""
    head = BASE.replace("Some words about $x$.", "Nothing here is like it was with $x$ before, not a single bit of it.")
    assert run(tmp_path, BASE.encode(), head.encode(), TARGET.encode(), "--json", str(tmp_path / "r.json")) == 1
    assert "Nothing here is like it was with $x$" in (tmp_path / "out.md").read_text()
    assert json.loads((tmp_path / "r.json").read_text())["status"] == "partial"
    one_line(capsys, "partial")


def test_in_place(tmp_path: Path) -> None:
    """The output may be the target itself; its rights stay."""
    for name, text in (("b.md", BASE), ("h.md", BASE.replace("$x$", "$x^2$")), ("t.md", TARGET)):
        (tmp_path / name).write_text(text)
    target = tmp_path / "t.md"
    target.chmod(0o640)
    paths = [str(tmp_path / name) for name in ("b.md", "h.md", "t.md")]
    assert main(["merge", *paths, "-o", str(target), "--target-lang", "zh"]) == 0
    assert target.read_text() == TARGET.replace("$x$", "$x^2$")
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.md", "h.md", "t.md"]


REFUSED = {
    "invalid UTF-8": b"# A\n\xff\xfe\n",
    "UTF-16": "# A\n".encode("utf-16"),
    "conflict markers": b"# A\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
    "conflict markers with CRLF": b"# A\r\n<<<<<<< ours\r\na\r\n=======\r\nb\r\n>>>>>>> theirs\r\n",
    "conflict markers of diff3": b"# A\n<<<<<<< ours\na\n||||||| base\nc\n=======\nb\n>>>>>>> theirs\n",
    "conflict markers without names": b"# A\n<<<<<<<\na\n=======\nb\n>>>>>>>\n",
}


@pytest.mark.parametrize("which", ["base", "head", "target"])
@pytest.mark.parametrize("bad", sorted(REFUSED))
def test_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: str, which: str) -> None:
    """What cannot be read: exit 2, one line that names the file, and the old output stays as it was."""
    files = {"base": BASE.encode(), "head": HEAD.encode(), "target": TARGET.encode(), which: REFUSED[bad]}
    (tmp_path / "out.md").write_text(OLD)
    assert run(tmp_path, files["base"], files["head"], files["target"]) == 2
    one_line(capsys, f"{which}.md")
    assert (tmp_path / "out.md").read_text() == OLD


NOTEBOOKS = {
    "no JSON": b"{not json",
    "empty": b"",
    "a list": b"[]",
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "an old format": b'{"nbformat": 3, "worksheets": []}',
    "a cell without source": b'{"cells": [{"cell_type": "markdown"}], "nbformat": 4, "nbformat_minor": 5}',
    "a number as source": b'{"cells": [{"cell_type": "markdown", "source": 5}], "nbformat": 4, "nbformat_minor": 5}',
    "deep": b"[" * N,
    "deep and closed": b'{"a":' * N + b"1" + b"}" * N,
    "NaN": b'{"cells": NaN}',
}


@pytest.mark.parametrize("bad", sorted(NOTEBOOKS))
def test_bad_notebooks(tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: str) -> None:
    """A notebook that is none: exit 2, one line, no output; it names the file."""
    good = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    assert run(tmp_path, good, good, good, suffix=".ipynb") == 0
    capsys.readouterr()
    (tmp_path / "out.ipynb").write_text(OLD)
    assert run(tmp_path, good, good, NOTEBOOKS[bad], suffix=".ipynb") == 2
    one_line(capsys, "target")
    assert (tmp_path / "out.ipynb").read_text() == OLD


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is named."""
    arguments = [
        "merge",
        *[str(tmp_path / f"{n}.md") for n in "abc"],
        "-o",
        str(tmp_path / "o.md"),
        "--target-lang",
        "zh",
    ]
    for name in "bc":
        (tmp_path / f"{name}.md").write_text("# A\n", encoding="utf-8")
    assert main(arguments) == 2
    one_line(capsys, "a.md", "no such file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.md", "c.md"]


def test_input_is_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory is no document."""
    arguments = [
        "merge",
        str(tmp_path),
        str(tmp_path),
        str(tmp_path),
        "-o",
        str(tmp_path / "o.md"),
        "--target-lang",
        "zh",
    ]
    assert main(arguments) == 2
    one_line(capsys, str(tmp_path), "not a file")


@pytest.mark.parametrize("kind", ["directory", "link", "under a file", "no rights"])
def test_bad_output(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """An output that cannot be written: exit 2, one line, nothing else is touched and nothing is left behind."""
    other = tmp_path / "other.md"
    other.write_text(OLD)
    out = tmp_path / "out.md"
    where = "out.md"
    if kind == "directory":
        out.mkdir()
    elif kind == "link":
        out.symlink_to(other)
    elif kind == "under a file":
        out, where = other / "out.md", "other.md"
    elif os.geteuid() == 0:
        out, where = Path("/proc/amts-out.md"), "/proc"
    else:
        tmp_path.joinpath("shut").mkdir(mode=0o500)
        out, where = tmp_path / "shut" / "out.md", "out.md"
    for name, text in (("b.md", BASE), ("h.md", HEAD), ("t.md", TARGET)):
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in ("b.md", "h.md", "t.md")]
    assert main(["merge", *paths, "-o", str(out), "--target-lang", "zh"]) == 2
    one_line(capsys, where)
    assert other.read_text() == OLD
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["merge"],
        ["merge", "a", "b", "c"],
        ["merge", "a", "b", "c", "-o", "d"],
        ["merge", "a", "b", "c", "-o", "d", "--target-lang", "zh", "--no-such"],
        ["merge", "a", "b", "c", "d", "-o", "e", "--target-lang", "zh"],
    ],
)
def test_bad_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Bad usage is one line and exit code 2."""
    assert main(arguments) == 2
    one_line(capsys, "amts")


def test_unknown_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An engine that does not exist is named, with those that do."""
    assert run(tmp_path, BASE.encode(), HEAD.encode(), TARGET.encode(), "--engine", "nonsense") == 2
    one_line(capsys, "nonsense", "memory")
    assert not (tmp_path / "out.md").exists()


def test_engine_that_does_not_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that does not exist is one line, and nothing is written."""
    code = run(tmp_path, BASE.encode(), HEAD.encode(), TARGET.encode(), "--engine-command", "/no/such/program")
    assert code in (2, 3)
    one_line(capsys, "/no/such/program")
    assert not (tmp_path / "out.md").exists()


ODD = {
    "empty": "",
    "blank": " \n\t\n",
    "a byte order mark": "\ufeff",
    "byte order mark and text": "\ufeff# A\n\nb\n",
    "NUL": "# A\x00\n\nb\x00c\n",
    "CRLF": BASE.replace("\n", "\r\n"),
    "CR": BASE.replace("\n", "\r"),
    "mixed newlines": "# A\r\n\nb\rc\n\r\nd",
    "unclosed fence": BASE + "\n```python\nx\n",
    "unclosed directives": BASE + "\n````{note}\n:::{tip}\nx\n",
    "unbalanced tabs": ":end_tab:\n:begin_tab:`a`\nx\n:begin_tab:`b`\ny\n" + BASE,
    "unclosed front matter": "---\na: b\n\n# A\n",
    "unclosed math": "$$\nx = 1\n\nText $y\n",
    "unclosed comment": "<!-- x\n\n# A\n",
    "no final newline": BASE.rstrip(),
    "odd separators": "a\u2028b\x0bc\x0cd\x85e\n\nf\n",
    "half markers": "<<<<<<< x\n\n=======\n",
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_odd_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Odd but readable: with base == head the target comes back byte for byte; any other use ends well, too."""
    odd = ODD[name].encode()
    for base, head, target in ((odd, odd, odd), (BASE.encode(), BASE.encode(), odd), (odd, odd, TARGET.encode())):
        assert run(tmp_path, base, head, target) in (0, 1)
        assert (tmp_path / "out.md").read_bytes() == target
        one_line(capsys, "out.md")
    for base, head, target in ((BASE.encode(), odd, TARGET.encode()), (odd, HEAD.encode(), odd)):
        assert run(tmp_path, base, head, target) in (0, 1)
        one_line(capsys, "out.md")


HUGE = {
    "a line of 5 MB": "word " * 1_000_000,
    "a word of 5 MB": "a" * 5_000_000,
    "quotes": ">" * N,
    "quotes and blanks": "> " * N,
    "brackets": "[" * N,
    "links": "[a](" * (N // 8),
    "inline lists": "- " * N,
    "nested lists": "\n".join("  " * i + "- a" for i in range(300)),
    "colon fences": ":::{note}\n" * 2_500,
    "growing colon fences": "\n".join(":" * (i + 3) + "{note}" for i in range(300)),
    "backtick fences": "```{note}\n" * 2_500,
    "nested fences": "\n".join("`" * (303 - i) + "{note}" for i in range(300)),
    "tabs": ":begin_tab:`a`\n" * 1_500,
    "stars": "*" * N,
    "emphasis": "*a " * (N // 8),
    "dollars": "$a " * (N // 8),
    "backticks": "`" * N,
    "environments": "\\begin{align}\n" * 3_000,
    "HTML": "<a " * N,
    "comments": "<!--" * N,
    "blank lines": "\n" * 50_000,
    "table bars": "|" * N,
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.whole if "5 MB" in name else ()) for name in sorted(HUGE)]
)
def test_huge_and_deep_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Hostile size and nesting end well and do no harm to what is there; a blow-up would run into the test's limit."""
    head = f"{BASE}\n{HUGE[name]}\n".encode()
    assert run(tmp_path, BASE.encode(), head, TARGET.encode()) in (0, 1, 2)
    assert (tmp_path / "out.md").read_bytes().startswith(TARGET.encode())
    one_line(capsys, "out.md")


def test_pages_are_compared_with_the_english_beside_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the hook before a commit runs: every page named, those without an English text left out."""
    (tmp_path / "a.md").write_text(TARGET.replace("$x$", "$y$"), encoding="utf-8")
    (tmp_path / "a_origin.md").write_text(BASE, encoding="utf-8")
    (tmp_path / "b.md").write_text(TARGET, encoding="utf-8")
    (tmp_path / "b_origin.md").write_text(BASE, encoding="utf-8")
    (tmp_path / "own.md").write_text("$z$\n", encoding="utf-8")
    pages = [str(tmp_path / name) for name in ("a.md", "b.md", "own.md")]
    assert main(["check", "--origin", *pages]) == 1
    said = capsys.readouterr()
    assert {line.split(":")[0] for line in said.out.splitlines()} == {pages[0]}
    assert "2 pages compared" in said.err
    assert main(["check", "--origin", *pages[1:]]) == 0
