"""Ids of headings by the rules of several builders, and where fragments lead."""

from __future__ import annotations

import pytest

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.slugs import RULES, Anchors, likely_rules, links_in


@pytest.mark.parametrize(
    ("rule", "heading", "slug"),
    [
        ("github", "Bake & eat: Bread!", "bake--eat-bread"),
        ("github", "烤面包 2", "烤面包-2"),
        ("github", "Bienen füttern", "bienen-füttern"),
        ("vitepress", "Bake & eat: Bread!", "bake-eat-bread"),
        ("vitepress", "2 Brötchen", "_2-brotchen"),
        ("pandoc", "3. Bake & eat", "bake-eat".replace("bake-eat", "bake-eat")),
        ("mkdocs", "Bake & eat: Bread!", "bake-eat-bread"),
        ("docutils", "3. Größe & Form", "groe-form"),
        ("jupyter", "Bake & eat", "Bake-&-eat"),
    ],
)
def test_rules(rule: str, heading: str, slug: str) -> None:
    """What each builder makes of a heading."""
    assert RULES[rule][0](heading) == slug


def test_repeated_headings_are_numbered() -> None:
    """The second heading of the same words has a number."""
    anchors = Anchors(parse_markdown("# Wax\n\n## Use\n\n# Honey\n\n## Use\n"))
    assert sorted(anchors.slugs["github"].values()) == ["honey", "use", "use-1", "wax"]
    assert anchors.heading("use-1", ("github",)) == ("github", 3)


def test_marks_of_a_heading_are_no_words() -> None:
    """Code counts with its text, emphasis and links by theirs, ids not at all."""
    anchors = Anchors(parse_markdown("## The `fit` of *a* [model](x.md) {#own}\n"))
    assert anchors.slugs["github"] == {0: "the-fit-of-a-model"}
    assert anchors.leads("own", ("github",))


@pytest.mark.parametrize("place", ['<a id="x"></a>', "(x)=\n# A", "{#x}", ":label:`x`", ":::{note}\n:name: x\nA\n:::"])
def test_explicit_ids(place: str) -> None:
    """Whatever gives a place a name."""
    assert Anchors(parse_markdown(f"{place}\n")).leads("x", ("github",))


def test_the_books_own_links_tell_its_rule() -> None:
    """The rule that makes the most links lead somewhere comes first."""
    page = Anchors(parse_markdown("# Bake & eat\n\n[a](#bake-eat), [b](#bake-eat)\n"))
    assert likely_rules(page)[0] == "vitepress"
    assert likely_rules(Anchors(parse_markdown("# A\n")))[0] == "github"


def test_links_of_a_text() -> None:
    """Fragments of links and of tags; those of other pages are not ours."""
    text = '[a](#b%20c) [d](x.md#e) <a href="#f">g</a>'
    assert [(text[a:b], f) for a, b, f in links_in(text)] == [("b%20c", "b c"), ("f", "f")]
