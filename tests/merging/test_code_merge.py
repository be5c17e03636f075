"""The three-way merge of programs, held against `git merge-file`, and what of a localised program survives."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from flagkit import flagged
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.merging.programs.code_merge import merge_code
from amts_action.merging.programs.units import read, written

_NAMES = "net loss data train plot batch layer weight bias model grad step seed size rate".split()
_LINE = st.builds(
    lambda a, b, k, n: [
        f"{a} = {b}({n})",
        f"{a}.{b}({n}, {a})",
        f"    return {a} + {b}",
        f"for {a} in {b}:",
        f"import {a}_{n}",
    ][k],
    st.sampled_from(_NAMES),
    st.sampled_from(_NAMES),
    st.integers(0, 4),
    st.integers(0, 99),
)
_PROGRAM = st.lists(_LINE, min_size=4, max_size=14, unique=True)


def by_git(base: str, head: str, target: str, folder: Path) -> tuple[str, bool]:
    """What `git merge-file -p` makes of the three texts, and whether it found a conflict."""
    paths = []
    for name, text in (("target", target), ("base", base), ("head", head)):
        path = folder / name
        path.write_text(text, newline="")
        paths.append(str(path))
    done = subprocess.run(["git", "merge-file", "-p", *paths], capture_output=True, check=False)
    assert done.returncode >= 0
    return done.stdout.decode(), done.returncode > 0


@st.composite
def _edits(draw: st.DrawFn) -> tuple[str, str, str]:
    """Base, head and target: each side removes, adds or changes lines of its own."""
    base = draw(_PROGRAM)
    sides = []
    for side in ("head", "target"):
        out = []
        for n, line in enumerate(base):
            kind = draw(st.sampled_from(["keep"] * 6 + ["drop", "add", "change"]))
            if kind == "add":
                out.append(f"{side}_{n} = added({n * 7})")
            if kind == "change":
                line = line.replace("(", f"({side}_{n}, ") if "(" in line else line + f"  + {side}{n}"
            if kind != "drop":
                out.append(line)
        sides.append("\n".join(out) + "\n")
    return "\n".join(base) + "\n", sides[0], sides[1]


@given(_edits())
@examples(150)
def test_where_git_merges_so_do_we(tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str]) -> None:
    """Wherever `git merge-file` finds no conflict, our text is the same, and we find no conflict either."""
    base, head, target = texts
    expected, conflict = by_git(base, head, target, tmp_path_factory.getbasetemp())
    if not conflict:
        merged = merge_code(base, head, target, "python")
        assert merged.text == expected
        assert not merged.remarks


@given(
    st.lists(
        st.sampled_from(["# a", "    # b", "x = 1", "", '"""', "'''a'''", "#@tab", "y = 'z'  # c", "\tt"]), max_size=12
    )
)
@examples(150)
def test_units_are_lossless(lines: list[str]) -> None:
    """Units joined by newlines are the text."""
    text = "\n".join(lines)
    for language in ("python", "js", "bash", "yaml", "html", "mermaid", ""):
        assert written(read(text, language)) == text


_SOUP = st.text(st.sampled_from("ab='\"#/\\ \n@|(){}%\t"), max_size=60)


@given(_SOUP, _SOUP, _SOUP)
@examples(150)
def test_trivial_merges(base: str, head: str, target: str) -> None:
    """One side unchanged: the other wins; both the same: that; anything else ends without an error."""
    for language in ("python", "js", ""):
        assert merge_code(base, base, target, language).text == target
        assert merge_code(base, head, base, language).text == head
        assert merge_code(base, head, head, language).text == head
        merge_code(base, head, target, language)
        merge_code(base, head, target, language, prefer_target=True)


BASE = """# Load the data
import a
plt.title("Loss curve")
d2l.plot(x, y, xlabel='time', ylabel='loss')
net.add(1)  # one unit
path = 'data/en.csv'
"""
OURS = """# 读取数据，
# 共两行注释
import a
plt.rcParams['font.sans-serif'] = ['SimHei']
plt.title("损失曲线")
d2l.plot(x, y, xlabel='时间', ylabel='损失')
net.add(1)  # 一个单元
path = 'data/zh.csv'
"""


@pytest.mark.parametrize(
    ("old", "new", "kept_old", "kept_new"),
    [
        ("import a\n", "import a\nimport b\n", "['SimHei']\n", "['SimHei']\nimport b\n"),
        ("d2l.plot(x, y,", "d2l.plot(x, z,", "d2l.plot(x, y,", "d2l.plot(x, z,"),
        ("net.add(1)", "net.add(2)", "net.add(1)", "net.add(2)"),
        ("net.add(1)  # one unit\n", "", "net.add(1)  # 一个单元\n", ""),
        ("# Load the data\n", "# Load the data\nseed(1)\n", "# 共两行注释\n", "# 共两行注释\nseed(1)\n"),
        (
            "path = 'data/en.csv'\n",
            "path = 'data/en.csv'\nend()\n",
            "path = 'data/zh.csv'\n",
            "path = 'data/zh.csv'\nend()\n",
        ),
        ("import a\n", "", "import a\n", ""),
        ("plt.title", "plt.suptitle", "plt.title", "plt.suptitle"),
    ],
)
def test_localised_lines_survive(old: str, new: str, kept_old: str, kept_new: str) -> None:
    """Trap 10 of FACTS §5: comments, labels, fonts and paths of the translation stay whatever English changes."""
    merged = merge_code(BASE, BASE.replace(old, new), OURS, "python")
    assert merged.text == OURS.replace(kept_old, kept_new)
    gone = (
        flagged(["localised text left with its English: # 一个单元"]) if "一个单元" in kept_old and not kept_new else ()
    )
    assert merged.remarks == gone


def test_a_true_conflict_takes_the_head_and_says_so() -> None:
    """Both sides changed the same call differently: the head's line is taken, the lost line is named."""
    merged = merge_code("a = f(1)\nb\n", "a = f(2)\nb\n", "a = f(3)\nb\n", "python")
    assert merged.text == "a = f(2)\nb\n"
    assert merged.remarks == flagged(["localised line replaced: a = f(3)"])
    kept = merge_code("a = f(1)\nb\n", "a = f(2)\nb\n", "a = f(3)\nb\n", "python", prefer_target=True)
    assert kept.text == "a = f(3)\nb\n"


@pytest.mark.parametrize("text", ["x\n" * 4_000, '"\\"' * 50_000, "# a\n" * 4_000, "'" * 100_000, '"""' * 30_000])
@pytest.mark.parametrize("language", ["python", "js"])
@pytest.mark.whole
def test_large_and_hostile_programs_end(text: str, language: str) -> None:
    """No quadratic behaviour on long programs and on unclosed texts; the limit of every test would stop it."""
    merged = merge_code("a\n" + text, "b\n" + text + "c", "a\n" + text + "\nd", language)
    assert merged.text.startswith("b\n")


def test_a_tab_line_keeps_the_translations_frameworks() -> None:
    """The head's way of naming the frameworks, the translation's list of them, and a remark for a person."""
    merged = merge_code(
        "#@tab all\nX.sum()", "%%tab mxnet, jax\nX.sum()", "#@tab mxnet, pytorch, paddle\nX.sum()", "python"
    )
    assert merged.text == "%%tab mxnet, pytorch, paddle\nX.sum()"
    assert merged.remarks == flagged(["line changed in English too: %%tab mxnet, jax"])


def test_small_changes_of_what_stays_are_told() -> None:
    """People's remark stays; the report shows what its English has now."""
    found = merge_code("f()  # re-used", "f(1)  # reused", "f()  # 复用", "python")
    assert (found.text, found.remarks) == ("f(1)  # 复用", ())
    assert [str(change) for change in found.small] == ["hyphen: “re-used” → “reused”"]
