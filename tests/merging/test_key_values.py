"""Options and front matter: trees with places, and three versions of them merged."""

from __future__ import annotations

import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from amts_action.merging.key_values.language_keys import DIRECTIVE, FRONT_MATTER, is_language_key
from amts_action.merging.key_values.line_spans import read_lines
from amts_action.merging.key_values.options_merge import changed_sentences, merge_options
from amts_action.merging.key_values.placing import Form, placed
from amts_action.merging.key_values.toml_spans import read_toml
from amts_action.merging.key_values.tree import Mapping, written
from amts_action.merging.key_values.yaml_spans import has_double_keys, read_yaml

YAML = [
    "a: 1\n",
    "title: \"A: b\"  # remark\n\n# above\nb:\n  c: 'd'\n  e: |\n    two\n    lines\n\n  f: g\nh: [1, 2]\n",
    "list:\n- a\n- b: c\n  d: e\n-\n  f: g\n",
    "text: >-\n  folded\n  lines\nempty:\nnext: {a: b}\n",
]


@pytest.mark.parametrize("text", YAML)
def test_yaml_is_read_without_loss(text: str) -> None:
    """A tree is its text."""
    tree = read_yaml(text)
    assert tree is not None
    assert written(tree) == text


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "- a\n", "a: [\n", "just words\n", "x:\n  a: 1\n  a: 2\n"])
def test_what_is_no_mapping_or_has_a_key_twice_is_no_tree(text: str) -> None:
    """Such a text is left to people."""
    assert read_yaml(text) is None


def test_double_keys_are_found_below_the_top() -> None:
    """Just below and just above."""
    assert has_double_keys("a:\n  - b: 1\n    b: 2\n")
    assert not has_double_keys("a:\n  - b: 1\n  - b: 2\n")


@pytest.mark.parametrize(
    "text",
    ["a = 1\n", '# top\na = \'x\' # y\n\n[t]\nb = [1,\n  2]\nc = """two\nlines"""\n[[u]]\nd = 1\n[[u]]\nd = 2\n'],
)
def test_toml_is_read_without_loss(text: str) -> None:
    """A tree is its text."""
    tree = read_toml(text)
    assert tree is not None
    assert written(tree) == text


def _merged(
    reader: object, base: str, head: str, target: str, keys: frozenset[str] = DIRECTIVE
) -> tuple[str, list[str]]:
    """The merged text with language in ⟦⟧, and the codes of the remarks."""
    trees = [reader(text) for text in (base, head, target)]  # type: ignore[operator]
    assert all(isinstance(tree, Mapping) for tree in trees)
    found = merge_options(*trees, keys, langs=("en", "de"))
    text = "".join(p.holding(f"⟦{p.text}⟧") if p.is_language else p.text for p in found.pieces)
    return text, [f.code for f in found.remarks]


@pytest.mark.parametrize(
    ("base", "head", "target", "expected", "codes"),
    [
        (":alt: A bee\n", ":alt: A bee\n:width: 3\n", ":alt: 蜂\n", ":alt: 蜂\n:width: 3\n", []),
        (":alt: A bee\n", ":alt: Two bees\n", ":alt: 蜂\n", ":alt: ⟦Two bees⟧\n", []),
        (":alt: A bee\n", ":alt: Two bees\n", ":alt: A bee\n", ":alt: ⟦Two bees⟧\n", []),
        (":alt: A “bee”\n", ':alt: A "bee"\n', ":alt: 蜂\n", ":alt: 蜂\n", []),
        (":alt: A `x`\n", ":alt: A `y`\n", ":alt: 一个 `x`\n", ":alt: 一个 `y`\n", []),
        (
            ":alt: A bee. It is big. It flies.\n",
            ":alt: A bee. It is quite small. It flies.\n",
            ":alt: Eine Biene. Sie ist groß. Sie fliegt.\n",
            ":alt: Eine Biene. ⟦It is quite small.⟧ Sie fliegt.\n",
            [],
        ),
        (
            ":alt: A bee. It is big.\n",
            ":alt: A bee. It is big. It flies.\n",
            ":alt: Eine Biene. Sie ist groß.\n",
            ":alt: Eine Biene. Sie ist groß. ⟦It flies.⟧\n",
            [],
        ),
        (
            ":alt: A bee. It is big. It flies.\n",
            ":alt: A bee. It flies.\n",
            ":alt: Eine Biene. Sie ist groß. Sie fliegt.\n",
            ":alt: Eine Biene. Sie fliegt.\n",
            [],
        ),
        # Two English sentences are one of the translation: which part stays is not clear.
        (
            ":alt: A bee. It is big.\n",
            ":alt: A bee. It flies.\n",
            ":alt: Eine große Biene.\n",
            ":alt: ⟦A bee. It flies.⟧\n",
            [],
        ),
        (":name: a\n", ":name: b\n", ":name: a\n", ":name: b\n", []),
        (":name: a\n", ":name: b\n", ":name: c\n", ":name: c\n", ["option-changed"]),
        (":name: a\n:alt: x y\n", ":alt: x y\n", ":name: a\n:alt: 甲\n", ":alt: 甲\n", []),
        (":alt: x y\n:name: a\n", ":name: a\n", ":alt: 甲\n:name: a\n", ":name: a\n", ["option-removed"]),
        (":name: a\n", ":name: a\n:class: b\n", ":class: c\n:name: a\n", ":class: c\n:name: a\n", ["option-new-too"]),
        (":a: 1\n:b: 2\n", ":a: 1\n:b: 3\n", ":a: 1\n", ":a: 1\n", ["option-changed"]),
        (":a: 1\n:c: 3\n", ":a: 1\n:b: 2\n:c: 3\n", ":c: 3\n:a: 1\n", ":c: 3\n:a: 1\n:b: 2\n", []),
    ],
)
def test_options_follow_the_head_and_words_are_language(
    base: str, head: str, target: str, expected: str, codes: list[str]
) -> None:
    """Keys follow the head; what readers read is translated, people's values stay and are named; no key comes twice."""
    assert _merged(read_lines, base, head, target) == (expected, codes)


def test_yaml_goes_into_nested_keys() -> None:
    """Remarks, quotes and blank lines of untouched keys stay as they are; a new key comes at the target's indent."""
    base = "fig:\n  caption: A bee\n  name: x\ntags: [a]\n"
    head = "fig:\n  caption: A big bee\n  name: x\n  width: 3\ntags: [a, b]\n"
    target = "fig:\n    caption: '蜂'   # ours\n    name: x\n\ntags: [a]\nlang: zh\n"
    out, codes = _merged(read_yaml, base, head, target)
    expected = "fig:\n    caption: '⟦A big bee⟧'   # ours\n    name: x\n    width: 3\n\ntags: [a, b]\nlang: zh\n"
    assert out.replace("\n\n", "\n") == expected.replace("\n\n", "\n")
    assert yaml.safe_load(out)["fig"] == {"caption": "⟦A big bee⟧", "name": "x", "width": 3}
    assert not codes


def test_lists_are_merged_item_by_item_or_stay() -> None:
    """As many items: each is merged. Another number that people made: the list stays, and is named."""
    base, head = "a:\n- title: One\n- title: Two\n", "a:\n- title: One\n- title: Two too\n- title: Three\n"
    assert _merged(read_yaml, base, head, "a:\n- title: 一\n- title: 二\n", FRONT_MATTER) == (
        "a:\n- title: 一\n- title: ⟦Two too⟧\n- title: ⟦Three⟧\n",
        [],
    )
    assert _merged(read_yaml, base, head, "a:\n- title: 一\n", FRONT_MATTER) == (
        "a:\n- title: 一\n",
        ["option-changed"],
    )


def test_toml_goes_into_tables() -> None:
    """The same for TOML."""
    base = 'title = "Bees"\nweight = 1\n[params]\nsummary = "How bees live"\n'
    head = 'title = "Bees"\nweight = 2\ndraft = true\n[params]\nsummary = "How bees fly"\n'
    target = "title = '蜂'\nweight = 1\n[params]\nsummary = \"蜂的生活\"\n"
    out, codes = _merged(read_toml, base, head, target, FRONT_MATTER)
    assert out == "title = '蜂'\nweight = 2\ndraft = true\n[params]\nsummary = \"⟦How bees fly⟧\"\n"
    assert not codes


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip).filter(bool))
def test_a_text_reads_as_itself_in_its_place(text: str) -> None:
    """Whatever an engine answers, the value is that text."""
    flat = " ".join(text.split())
    for style in ("plain", "single", "double"):
        assert yaml.safe_load(f"k: {placed(text, Form(style))}\nl: 1\n") in ({"k": flat, "l": 1},), style
    for style in ("basic", "quoted"):
        assert tomllib.loads(f"k = {placed(text, Form(style))}")["k"] == flat
    assert "\n" not in placed(text, Form("line"))


def test_a_key_below_another_counts_only_there() -> None:
    """`hero.text` is language, `text` is not; a setting adds keys."""
    assert is_language_key(("hero", "text"), FRONT_MATTER)
    assert not is_language_key(("text",), FRONT_MATTER)
    assert is_language_key(("text",), FRONT_MATTER, ("text",))
    assert is_language_key(("mystnb", "figure", "caption"), DIRECTIVE)
    assert not is_language_key(("mystnb", "figure", "name"), DIRECTIVE)


def test_a_sentence_stays_only_with_the_spans_of_its_english() -> None:
    """As many sentences on both sides may still be others: what holds another formula or name translates another."""
    old, new = "See `a` here. Old words come.", "See `a` here. New words come."
    assert changed_sentences(old, new, "见此处的 `a`。旧话来了。", ("en", "zh")) == (
        "见此处的 `a`。",
        "New words come.",
        "",
    )
    assert changed_sentences(old, new, "见此处的 `b`。旧话来了。", ("en", "zh")) is None
