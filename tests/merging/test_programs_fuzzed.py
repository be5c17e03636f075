"""Programs and options of a page, mutated in English: valid stays valid, people's words stay, no option comes twice."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, replace

import yaml
from casekit import merge
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

_WORDS = {
    "weight of the hive": "蜂箱的重量",
    "day": "天",
    "honey, in kg": "蜂蜜（千克）",
    "it's cold": "天冷",
    "share of drones": "雄蜂比例",
}
_REMARKS = {"load the data": "读取数据", "twelve in all": "一共十二个", "see above": "见上文"}
_CAPTIONS = {"A hive in the snow": "雪中的蜂箱", "The weights: a plot": "重量图"}


@dataclass(frozen=True)
class Line:
    """A line of a program: code with a gap for a text, the text, how it is quoted, a remark."""

    code: str
    text: str = ""
    quote: str = "'"
    remark: str = ""

    def written(self, *, localised: bool = False, indent: str = "") -> str:
        """The line in English or in Chinese."""
        text = _WORDS.get(self.text, self.text) if localised else self.text
        remark = _REMARKS.get(self.remark, self.remark) if localised else self.remark
        quote = '"' if "'" in text and len(self.quote) == 1 else self.quote
        code = self.code.replace("§", f"{quote}{text}{quote}")
        return indent + code + (f"  # {remark}" if remark else "")


_CODES = ["plt.xlabel(§)", "ax.plot(x, y, label=§)", "print(§)", "d = {'key': §}", "title = §", "f(a, § + b)"]
_BARE = ["x = f(1)", "import numpy as np", "y = [1, 2, 3]", "z = g(x, y)", "x += 1"]
_LINES = st.one_of(
    st.builds(
        Line, st.sampled_from(_CODES), st.sampled_from(list(_WORDS)), st.just("'"), st.sampled_from(["", *_REMARKS])
    ),
    st.builds(Line, st.sampled_from(_BARE), remark=st.sampled_from(["", "", *_REMARKS])),
)
_EDITS = st.sampled_from("keep keep keep requote argument value swap drop add indent rename rewrite prefix".split())


@st.composite
def _programs(draw: st.DrawFn) -> tuple[str, str, str]:
    """Three versions of a program."""
    base = draw(st.lists(_LINES, min_size=2, max_size=7))
    head: list[tuple[str, Line]] = []
    for line in base:
        edit = draw(_EDITS)
        indent = ""
        if edit == "requote":
            line = replace(line, quote=draw(st.sampled_from(['"', "'''", '"""'])))
        elif edit == "argument":
            line = replace(line, code=re.sub(r"\)$", ", lw=2)", line.code))
        elif edit == "value":
            line = replace(line, code=line.code.replace("1", "7").replace("x", "xs"))
        elif edit == "rename":
            line = replace(line, code=line.code.replace("plt", "ax").replace("print", "log.info"))
        elif edit == "rewrite" and line.text:
            line = replace(line, text="quite another text")
        elif edit == "prefix" and line.text:
            line = replace(line, code=line.code.replace("§", "r§"))
        elif edit == "drop":
            continue
        elif edit == "add":
            head.append(("", Line(draw(st.sampled_from(["w = 0", "print(§)"])), "a new text")))
        elif edit == "indent":
            head.append(("", Line("if ready:")))
            indent = "    "
        elif edit == "swap" and head and not head[-1][0]:
            head.insert(len(head) - 1, ("", line))
            continue
        head.append((indent, line))
    own = [line.written(localised=True) for line in base]
    if draw(st.booleans()):
        own.insert(draw(st.integers(0, len(own))), "plt.rcParams['font.sans-serif'] = ['SimHei']")
    texts = "\n".join(x.written() for x in base), "\n".join(x.written(indent=i) for i, x in head), "\n".join(own)
    return texts[0], texts[1], texts[2]


@st.composite
def _options(draw: st.DrawFn) -> tuple[str, str, str]:
    """Three versions of the options of a code cell, in YAML."""
    caption = draw(st.sampled_from(list(_CAPTIONS)))
    tags = draw(st.sampled_from(["[hide-input]", "[remove-cell, a]"]))
    new = draw(st.sampled_from([caption, "Another: caption", 'With "quotes" and #', "- a dash"]))
    name = draw(st.sampled_from(["name: w", "name: w2", "width: 3\n    name: w"]))
    base = f"---\ntags: {tags}\nmystnb:\n  figure:\n    caption: {_plain(caption)}\n    name: w\n---"
    head = f"---\nmystnb:\n  figure:\n    {name}\n    caption: {_plain(new)}\ntags: {tags}\n---"
    own = base.replace(_plain(caption), _CAPTIONS[caption])
    return base, head if draw(st.booleans()) else base.replace("name: w", name), own


def _plain(text: str) -> str:
    return text if not re.search(r": |#|\"|^-", text) else "'" + text.replace("'", "''") + "'"


def _page(options: str, program: str) -> str:
    return f"# Bees\n\n```{{code-cell}} ipython3\n{options}\n{program}\n```\n"


def _says(program: str) -> Counter[str]:
    """How often each text stands in a Python program."""
    tree = ast.parse(program)
    return Counter(n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


@examples(80)
@given(_programs(), _options())
def test_mutated_pages_keep_what_people_wrote(programs: tuple[str, str, str], options: tuple[str, str, str]) -> None:
    """Whatever the English does to a cell: the cell is valid, its words are people's as long as their English stands,
    what is not is named, no key comes twice, and a second run does nothing."""
    base, head, target = (_page(o, p) for o, p in zip(options, programs, strict=True))
    result = merge(base, head, target)
    m = re.fullmatch(r"# Bees\n\n```\{code-cell\} ipython3\n---\n(.*?\n)---\n(.*)\n```\n", result.text, re.S)
    assert m is not None, result.text
    tree = yaml.compose(m[1])
    keys = re.findall(r"^ *([\w-]+):", m[1], re.M)
    assert tree is not None and len(set(keys)) == len(keys), m[1]
    out = _says(m[2])
    before, now, own = (_says(p) for p in programs)
    flags = " ".join(f.text for e in result.entries for f in e.flags)
    for english, chinese in _WORDS.items():
        if now[english] >= before[english]:
            assert out[chinese] >= own[chinese], (english, m[2])
            assert out[english] <= now[english] - before[english], (english, m[2])
        elif out[chinese] < own[chinese] - before[english] + now[english]:
            assert chinese in flags, (chinese, m[2])
    if "quite another text" in m[2]:
        assert "quite another text" in flags or "localised" in flags, m[2]
    assert merge(head, head, result.text).text == result.text
