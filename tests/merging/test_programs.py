"""Programs in many languages: what keeps people's words, what stays valid, and what a reader is told."""

from __future__ import annotations

import pytest

from amts_action.engines.model import Translation
from amts_action.merging.document import merge_document, plan_document
from amts_action.merging.programs.block_merge import merge_block
from amts_action.merging.programs.code_merge import merge_code
from amts_action.merging.programs.fences import taken_apart
from amts_action.merging.programs.languages import inner_language, language_of
from amts_action.merging.programs.lexing import lex
from amts_action.merging.programs.readers import context_of, new_words
from amts_action.merging.programs.units import read
from amts_action.merging.programs.validity import is_valid, looks_like_python, unlike


@pytest.mark.parametrize(
    ("language", "base", "head", "target", "expected", "codes"),
    [
        ("python", "a('x y')", 'a("x y")', "a('甲')", 'a("甲")', []),
        ("python", "a('x y')", "a(r'x y', 1)", "a('甲')", "a(r'甲', 1)", []),
        ("python", "a('x y')", "a('x z')", "a('甲')", "a('甲')", ["text-changed"]),
        ("python", "a('%d x' % n)", "a(f'{n} x')", "a('%d 甲' % n)", "a(f'{n} 甲')", []),
        ("python", "a(f'{n} x')", "a(f'{m} x')", "a(f'甲 {n}')", "a(f'甲 {m}')", []),
        (
            "python",
            "a(f'{n} x')",
            "a(f'{n} x of {m}')",
            "a(f'{n} 甲')",
            "a(f'{n} x of {m}')",
            ["text-changed", "text-left"],
        ),
        ("python", "t = 'x' + s", "t = 'x' + s + '!'", "t = '甲' + s", "t = '甲' + s + '!'", []),
        ("python", "a(1)  # one", "a(2)", "a(1)  # 一", "a(2)", ["text-left"]),
        ("python", "n = 1 # set", "n = 2 # begin", "n = 9 # 开始", "n = 2 # begin", ["line-replaced", "text-new"]),
        ("python", "n = 1 # set", "n = 2 # set", "n = 9 # 开始", "n = 2 # 开始", ["line-replaced"]),
        ("python", "n = 1", "n = 2  # begin", "n = 1  # 开始", "n = 2  # begin", ["line-replaced"]),
        ("python", "n = 1\nm = 3", "m = 3", "n = 9\nm = 3", "m = 3", ["line-replaced"]),
        ("python", "a(1)", "a(1)\nb('two words')", "a(1)", "a(1)\nb('two words')", []),
        (
            "python",
            "a(1)  # one",
            "a(1)  # one\nb('two words')",
            "a(1)  # 一",
            "a(1)  # 一\nb('two words')",
            ["text-new"],
        ),
        (
            "python",
            "f(a,\n  b='x')",
            "f(a, b='x', c=1)",
            "f(a,\n  b='甲'\n    '乙')",
            "f(a, b='甲'\n    '乙', c=1)",
            [],
        ),
        ("js", "// x\na(`x ${n}`);", "// x\nb(`x ${n}`);", "// 甲\na(`${n} 甲`);", "// 甲\nb(`${n} 甲`);", []),
        ("r", "p(x, main = 'W') # w", "p(y, main = 'W') # w", "p(x, main = '重') # 重", "p(y, main = '重') # 重", []),
        ("sql", "SELECT a -- day", "SELECT a, b -- day", "SELECT a -- 天", "SELECT a, b -- 天", []),
        ("bash", "ls  # all", "ls -l  # all", "ls  # 全部", "ls -l  # 全部", []),
        ("bash", "echo ready", "echo ready now", "echo 好了", "echo 好了", ["text-changed"]),
        (
            "html",
            "<p>Our</p>\n<b>x</b>",
            "<p id='a'>Our</p>\n<b>x</b>",
            "<p>我们</p>\n<b>甲</b>",
            "<p id='a'>我们</p>\n<b>甲</b>",
            [],
        ),
        ("yaml", "t: A b\nn: 1", "t: A b\nn: 2", "t: 甲\nn: 1", "t: 甲\nn: 2", []),
        ("json", '{"t": "A", "n": 1}', '{"t": "A", "n": 2}', '{"t": "甲", "n": 1}', '{"t": "甲", "n": 2}', []),
        ("mermaid", "A[Egg] --> B[Bee]", "A[Egg] ==> B[Bee]", "A[卵] --> B[蜂]", "A[卵] ==> B[蜂]", []),
        ("text", "Bees\n3", "Bees\n4", "蜂\n3", "蜂\n4", []),
        ("text", "Two bees\n3", "Ten bees\n3", "两只蜂\n3", "两只蜂\n3", ["line-changed"]),
        ("text", "Two bees\nfly", "fly", "两只蜂\n飞", "飞", ["line-replaced"]),
        ("text", "title: Garder", "title: Garder tout", "title: Keep", "title: Keep", ["line-changed"]),
    ],
)
def test_words_stay_and_structure_follows(
    language: str, base: str, head: str, target: str, expected: str, codes: list[str]
) -> None:
    """Structure follows the head, slots hold people's words, and what is not as the English has it is named."""
    merged = merge_code(base, head, target, language)
    assert (merged.text, [f.code for f in merged.remarks]) == (expected, codes)
    assert merge_code(head, head, merged.text, language).text == merged.text


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"), ('python title="x"', "python"), ("{.python .input n=1}", "python"),
        ("{python}", "python"), ("{r, echo=FALSE}", "r"), ("{code-cell} ipython3", "ipython3"),
        ("{code-block} C++", "c++"), ("", ""), ("js {1,3}", "js"), ("{code-cell}", ""),
    ],
)  # fmt: skip
def test_info_strings_name_languages(info: str, language: str) -> None:
    """Of every dialect."""
    assert language_of(info) == language


def test_cell_magics_change_the_language() -> None:
    """Only in Python, and only the cell magics."""
    assert inner_language("%%bash\nls", "python") == ("%%bash", "bash")
    assert inner_language("%%writefile a.js\nx", "python") == ("%%writefile a.js", "js")
    assert inner_language("%%time\nx", "python") == ("%%time", "python")
    assert inner_language("%bash\nls", "python") == ("", "python")
    assert inner_language("%%bash\nls", "r") == ("", "r")


def test_directions_to_tools_are_no_remarks() -> None:
    """`#@tab` and `# noqa` are code; the words of a form's title are words."""
    kinds = {x.raw: x.kind for x in lex("#@tab all\nx  # noqa\n#@title Two bees\n# said\n%time y", "python")}
    assert kinds["#@tab all"] == kinds["# noqa"] == kinds["%time y"] == "code"
    assert kinds["Two bees"] == kinds["# said"] == "comment"


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("python", "%time x\ny = !ls\nf?\nx = 1", "x = (1"),
        ("python", "    x = 1".strip(), "  x = 1\n y = 2"),
        ("json", '{"a": 1}', '{"a": 1,}'),
        ("yaml", "a: 1\nb: 2", "a: 1\na: 2"),
        ("toml", "a = 1", "a = 1\na = 2"),
        ("js", "f({a: [1]}); // )", "f({a: [1});"),
        ("c", "/* ( */ f('(');", "f(1)); */"),
        ("text", "anything (", ""),
    ],
)
def test_validity(language: str, good: str, bad: str) -> None:
    """What is a program, and what is none; of plain text everything is."""
    assert is_valid(good, language)
    if bad:
        assert not is_valid(bad, language)


def test_python_without_a_name() -> None:
    """Words alone would parse, too."""
    assert looks_like_python("x = 1")
    assert not looks_like_python("bees")
    assert not looks_like_python("x = bees fly")


def test_a_remark_that_gets_into_a_text_is_seen() -> None:
    """The tokens that were meant are not those that are read."""
    meant = [*read("f('''a  ", "text"), *read("# b", "python")]
    assert unlike(meant, read("f('''a  # b\n''')", "python"))
    assert not unlike(read("f(1)  # b", "python"), read("f(1) # b", "python"))


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1\n```", "  ```{code-cell} a\n  ---\n  b: 1\n  ---\n  x\n\n  y\n  ```",
        "> ~~~\n> x\n>\n> y\n> ~~~",
        "* ```js\n  x\n  ```", "```{image} a\n:b: c\n```", "```python\n```", "    x\n\n    y", "```\nx",
    ],
)  # fmt: skip
def test_a_block_is_put_together_as_it_was(text: str) -> None:
    """Taking apart loses nothing."""
    parts = taken_apart(text)
    options = "".join(line + "\n" for line in parts.options)
    assert parts.written(parts.info, options, parts.body) == text


def test_nothing_valid_is_made_invalid() -> None:
    """A translator has wrapped what English rewrote: the head's structure with people's words, and a flag."""
    base, head = "a = f(1,\n      'x y')\nb = 2\n", "a = 1\nfor b in a:\n    g('x y')\n"
    merged = merge_code(base, head, "with h:\n    a = f(1,\n      '甲')\n    b = 2\n", "python")
    assert is_valid(merged.text, "python")
    assert "甲" in merged.text or merged.remarks


def test_a_fence_with_other_indentation_keeps_its_own() -> None:
    """In a list the translator indents by four."""
    merged = merge_block(
        "  ```python\n  if a:\n      b()\n  ```",
        "  ```python\n  if a:\n      b()\n      c()\n  ```",
        "    ```python\n    if a:\n        b()\n    ```",
    )
    assert merged.text == "    ```python\n    if a:\n        b()\n        c()\n    ```"


@pytest.mark.parametrize(
    ("program", "reply", "written"),
    [
        ("# two words", "mots \\* deux\nici", "mots * deux ici"),
        ("/* two words */", "fin */", None),
        ("f.title('two words')", "l'axe", "l\u2019axe"),
        ('f.title("two words")', "mots\\", None),
        ("f.title(f'{n} of {m}')", "`{m}` de `{n}`", "{m} de {n}"),
        ("f.title(f'{n} of {m}')", "{x} de `{n}` `{m}`", None),
        ("f.title('%d of %s')", "`%s` de `%d`", None),
        ("f.title('%d of it')", "`%d` % de", None),
        ("f.title('one\\n two')", "un`\\n` deux", "un\\n deux"),
        ("f.title('one\\n two')", "un deux", None),
    ],
)
def test_words_come_back_into_their_slot(program: str, reply: str, written: str | None) -> None:
    """What would end a text or a remark, or change what is filled in, does not fit."""
    (unit,) = read(program, "js" if program.startswith("/*") else "python")
    (found,) = (x for n in range(len(unit.tokens)) if unit.tokens[n].is_slot for x in new_words(unit, n, 0))
    assert found.form.holding(reply) == written


@pytest.mark.parametrize(
    "program",
    [
        "# x = f(y)", "# noqa", "# >>> two words", "f('two words')", "f(loc='upper left')", "# 3", "f.title(b'a b')",
        "f.title('a `b`')", "re.sub('[^A-Za-z]+', ' ', x)", "print('loss_train')",
    ],
)  # fmt: skip
def test_code_and_data_are_no_words(program: str) -> None:
    """What may be data, a choice or a program out of work is not sent."""
    (unit,) = read(program, "python")
    assert not [x for n, token in enumerate(unit.tokens) if token.is_slot for x in new_words(unit, n, 0)]


def test_a_program_is_delivered_without_its_words() -> None:
    """An engine that gives nothing for a remark leaves the English, or people's where it changed; the code follows."""
    base, head = "```python\nf(1)  # one thing\n```\n", "```python\nf(2)  # two things\n# more of it\n```\n"
    plan = plan_document(base, head, "```python\nf(1)  # 一\n```\n")
    done = merge_document(plan, {}, prefix="p")
    assert done.text == "```python\nf(2)  # 一\n# more of it\n```\n"
    assert [f.code for f in done.entries[0].flags] == ["comment-changed", "text-new"]
    assert done.status == "done"


def test_a_program_waits_for_a_service_that_says_nothing() -> None:
    """A text that is refused, or that the engine does not know, will be so again; one that got no reply is asked for
    by the next run, so nothing of the block is written and it stays owed.
    """
    base, head = "```python\nf(1)  # one thing\n```\n", "```python\nf(2)  # two things\n# more of it\n```\n"
    target = "```python\nf(1)  # 一\n```\n"
    plan = plan_document(base, head, target)
    ids = [f"p:{n}:{k}" for n, step in enumerate(plan.steps) for k, p in enumerate(step.pieces) if p.is_language]
    assert len(ids) == 1

    def status(flag: str) -> tuple[str, str]:
        answers = {id_: Translation(id_, None, (flag,)) for id_ in ids}
        done = merge_document(plan, answers, prefix="p")
        return done.status, done.text

    assert status("refused: no") == status("untranslated") == ("done", "```python\nf(2)  # 一\n# more of it\n```\n")
    assert status("no reply: the service keeps failing") == ("partial", target)


def test_a_remark_that_people_have_brought_up_to_date_stays() -> None:
    """It has the number of the new English already."""
    base, head = "f(1)  # takes 10 minutes", "f(2)  # takes 30 minutes"
    merged = merge_code(base, head, "f(1)  # 用30分钟", "python", is_sent=True)
    assert (merged.text, merged.words) == ("f(2)  # 用30分钟", ())


@pytest.mark.parametrize(("program", "context"), [("title('a b')", "title"), ("title['a b']", ""), ("(1, 'a b')", "")])
def test_only_what_is_called_says_what_a_text_is_for(program: str, context: str) -> None:
    """What stands in an index is a key of data, however the data are called: put into other words it finds nothing."""
    (unit,) = read(program, "python")
    (at,) = (n for n, token in enumerate(unit.tokens) if token.kind == "text")
    assert context_of(unit.tokens, at) == context


def test_a_program_in_a_remark_parts_its_words() -> None:
    """What stands before and behind a line that was put out of work is two texts; as one they would take its place."""
    (unit,) = read("/* First words are here\n   x = call(1);\n   and then some more */", "c")
    assert [word.text for word in new_words(unit, 0, 0)] == ["First words are here", "and then some more"]
