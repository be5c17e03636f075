"""People's translations of the same English elsewhere come before any engine."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amts_action.api import merge
from amts_action.api import plan as plan_of
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.merging.any_document import make
from amts_action.merging.options import MergeOptions
from amts_action.merging.planning.steps import Plan
from amts_action.merging.sources.filling import filled, wanted
from amts_action.merging.sources.search import gathered
from amts_action.merging.sources.shelf import LEAST_LETTERS, Held, Shelf, TranslatedPage, key_of
from amts_action.merging.sources.sieve import Sieve, Wanted, look, stands_in_english

GARDEN = TranslatedPage(
    "garden.md",
    "# The garden\n\n## Water\n\nWater in the morning, before the sun is up. A barrel holds `200` litres of rain.\n"
    "\n```python\nprint('rain')  # show it\n```\n",
    "# Der Garten\n\n## Wasser\n\nGießen Sie morgens, bevor die Sonne aufgeht. Ein Fass fasst `200` Liter Regen.\n"
    "\n```python\nprint('Regen')  # anzeigen\n```\n",
    "garden.md",
    "# The garden\n",
)
GERMAN = MergeOptions(target_lang="de")
TOOLS = "# Tools\n\nA sharp hoe saves work.\n"
TOOLS_DE = "# Geräte\n\nEine scharfe Hacke spart Arbeit.\n"


def _shelf(page: TranslatedPage, *texts: Wanted) -> Shelf:
    return gathered(page, texts, source_lang="en", target_lang="de")


def _merged(
    head: str, *pages: TranslatedPage, base: str = TOOLS, target: str = TOOLS_DE
) -> tuple[list[str], list[str]]:
    """What is still sent, and the remarks, for a page whose English becomes `head`."""
    plan = make(base, head, target, GERMAN, name="tools.md")
    shelf = Shelf("en", "de")
    for page in pages:
        texts = Sieve(wanted(plan)).left(look(page.base))
        shelf.add(_shelf(page, *texts))
    plan = filled(plan, shelf, "tools.md")
    sent = [p.text for s in plan.steps for p in s.pieces if p.is_language]
    return sent, [f.text for s in plan.steps for f in s.flags if f.code == "reused"]


@pytest.mark.parametrize(
    ("marked", "sent"),
    [
        ("[**Rain is free. Use it well.**]", ["[**Rain is free. Use it well.**]"]),
        ("(**Rain is free.**) [**Use it well.**]", ["(**Rain is free.**) [**Use it well.**]"]),
    ],
)
def test_sentences_beside_marks_around_several_are_found(marked: str, sent: list[str]) -> None:
    """Marks belong to all that stands between them; what stands outside is people's all the same."""
    assert _merged(f"{TOOLS}\n{marked} Water in the morning, before the sun is up.\n", GARDEN)[0] == sent


def test_a_section_that_moves_takes_its_translation_along() -> None:
    """Heading, sentences and the localised program come from the other page, and it is named."""
    section = GARDEN.base.partition("\n\n")[2]
    sent, remarks = _merged(f"{TOOLS}\n{section}", GARDEN)
    assert (sent, set(remarks)) == ([], {"people's text from garden.md"})
    plan = make(TOOLS, f"{TOOLS}\n{section}", TOOLS_DE, GERMAN, name="tools.md")
    made = [s.made for s in filled(plan, _shelf(GARDEN, *wanted(plan)), "tools.md").steps if s.kind == "code"]
    assert made == ["```python\nprint('Regen')  # anzeigen\n```"]


def test_single_sentences_are_found() -> None:
    """Of a paragraph of which one sentence is known only the others are sent."""
    sent, remarks = _merged(f"{TOOLS}\nA barrel holds `200` litres of rain. Empty it in winter.\n", GARDEN)
    assert (sent, len(remarks)) == (["Empty it in winter."], 1)


def test_marks_are_no_words() -> None:
    """What moves to another page and is marked for slides or made bold there is found; another formula is not."""
    section = "## Water\n\n[**Water in the morning**], before the sun is up. A *barrel* holds `200` litres of rain.\n"
    assert _merged(f"{TOOLS}\n{section}", GARDEN)[0] == []
    held = TranslatedPage("p.md", "The sum $a*b*c$ is what counts here.\n", "Es zählt die Summe $a*b*c$.\n", "p.md")
    assert _merged(f"{TOOLS}\nThe sum $abc$ is what counts here.\n", held)[0] == ["The sum $abc$ is what counts here."]


def test_a_short_sentence_says_another_thing_elsewhere() -> None:
    """A sentence one letter below the least is not taken out of its paragraph; one of that length is."""
    short, long = "A" + "a" * (LEAST_LETTERS - 2) + ".", "B" + "b" * (LEAST_LETTERS - 1) + "."
    page = TranslatedPage("p.md", f"{short} It is cold today. {long}\n", "Kurz. Es ist heute kalt. Lang.\n", "p.md")
    assert _merged(f"{TOOLS}\nSomething new stands here. {short}\n", page)[1] == []
    assert _merged(f"{TOOLS}\nSomething new stands here. {long}\n", page)[1] != []


def test_what_is_english_still_is_no_translation() -> None:
    """A block that nobody has translated is not handed on as people's."""
    page = TranslatedPage("p.md", "It rains.\n\nA long sentence.\n", "Es regnet.\n\nA long sentence.\n", "p.md")
    assert _merged(f"{TOOLS}\nA long sentence.\n", page) == (["A long sentence."], [])


def test_the_text_that_would_go_is_taken() -> None:
    """Of two translations of the same English, the one whose English has left its page moves."""
    stays = TranslatedPage("a.md", "# Summary\n\nOne.\n", "# Zusammenfassung\n\nEins.\n", "a.md", "# Summary\n\nOne.\n")
    goes = TranslatedPage("b.md", "# Summary\n\nTwo.\n", "# Fazit\n\nZwei.\n", "b.md", "Two.\n")
    for pages in ((stays, goes), (goes, stays)):
        shelf = Shelf("en", "de")
        for page in pages:
            shelf.add(_shelf(page, Wanted("Summary")))
        found = shelf.block(parse_markdown("Summary\n"), 0)
        assert found is not None
        assert found.text == "Fazit"


def test_a_merge_of_one_page_looks_into_the_page_itself() -> None:
    """A sentence that English moves into another paragraph is not sent."""
    base = "Rain falls in June.\n\nThe hive is warm. Bees sleep in the winter months.\n"
    head = "Rain falls in June. Bees sleep in the winter months.\n\nThe hive is warm.\n"
    target = "Im Juni fällt Regen.\n\nDer Stock ist warm. Bienen schlafen in den Wintermonaten.\n"
    done = merge(base, head, target, GERMAN)
    assert "Bienen schlafen in den Wintermonaten." in done.text.split("\n\n")[0]
    assert sum(e.characters_sent for e in done.entries) == 0


def test_line_breaks_do_not_hide_a_page() -> None:
    """The cheap look finds a text however the page breaks its lines, and with any kind of line end."""
    text = "Water in the morning, before the sun is up."
    for page in (f"# Water\n\n{text}\n", f"# Water\n{text}\n", text.replace(" ", "\n"), f"A.\r\n\r\n{text}\r\n\r\nB."):
        assert Sieve([Wanted(text)]).left(look(page)) == [Wanted(text)], page
    assert Sieve([Wanted(text)]).left(look("Water in the evening.")) == []
    assert Sieve([Wanted(text)]).left(look(json.dumps(f'# Water\n{text}\n"Rain"'), "page.ipynb")) == [Wanted(text)]
    program = json.dumps(["x = 1  # one\n", "y = 2"], indent=1)
    assert Sieve([Wanted("x = 1  # one\ny = 2", "block")]).left(look(program, "page.ipynb")) != []


@given(st.lists(st.sampled_from(GARDEN.base.split("\n\n")), max_size=6), st.text(max_size=40))
def test_nothing_is_invented(blocks: list[str], more: str) -> None:
    """Whatever English is put together, reused texts are people's, and the rest is sent or copied."""
    head = "\n\n".join([*blocks, more])
    plan = make("", head, "", GERMAN, name="p.md")
    for step in filled(plan, _shelf(GARDEN, *wanted(plan)), "p.md").steps:
        if step.action == "reuse" and step.pieces:
            text = "".join(p.text for p in step.pieces)
            assert all(part in GARDEN.target for part in text.split(". "))


def test_words_of_programs_are_found_on_other_pages() -> None:
    """A label and a remark that people have put into their words in another program; the rest of the code is new."""
    head = "# New\n\n```python\nx = fall()\nprint('rain')\nprint('snow')  # show it\n```\n"
    plan = make("", head, "", GERMAN, name="new.md")
    step = next(s for s in plan.steps if s.kind == "code")
    assert (step.action, step.made) == ("code", head.partition("\n\n")[2].strip())
    (step,) = (s for s in filled(plan, _shelf(GARDEN, *wanted(plan)), "new.md").steps if s.kind == "code")
    text = "".join(p.text for p in step.pieces)
    assert text == "```python\nx = fall()\nprint('Regen')\nprint('snow')  # anzeigen\n```"
    assert [f.code for f in step.flags] == ["reused"]
    assert not any(p.is_language for p in step.pieces)


def test_words_that_would_be_sent_are_looked_for_first() -> None:
    """A page whose own programs are localised gets the words of other pages before a machine's."""
    base, target = "# T\n\n```python\nprint('sun')\n```\n", "# T\n\n```python\nprint('Sonne')\n```\n"
    head = base.replace("('sun')", "('sun')\nprint('rain')\nprint('hail of it')")
    sent, remarks = _merged(head, GARDEN, base=base, target=target)
    assert (sent, remarks) == (["hail of it"], ["people's text from garden.md"])


PLACE = parse_markdown("One.\n\nThe key.\n\nTwo.\n")
NEAR = (key_of("One."), key_of("Two."))
BETTER = [
    (Held("own", "tools.md", 0, False), Held("other", "a.md", 0, True, NEAR)),
    (Held("same place", "a.md", 1, False, NEAR), Held("goes", "b.md", 1, True)),
    (Held("one neighbour", "a.md", 1, False, (NEAR[0], "")), Held("none", "b.md", 1, False)),
    (Held("goes", "a.md", 2, True), Held("stays", "b.md", 1, False)),
    (Held("now", "a.md", 1, False), Held("once", "b.md", 2, False)),
]


@pytest.mark.parametrize(("better", "worse"), BETTER)
def test_of_several_translations_the_nearest_comes_first(better: Held, worse: Held) -> None:
    """The page's own; then one between the same neighbours; one that would go; one of today."""
    shelf = Shelf("en", "de")
    shelf.whole[key_of("The key.")] += [worse, better]
    assert shelf.block(PLACE, 1, page="tools.md") == better


def test_of_equal_translations_most_pages_decide() -> None:
    """What a book says mostly."""
    shelf = Shelf("en", "de")
    mostly = [Held("mostly", f"{n}.md", 1, False) for n in range(2)]
    shelf.whole[key_of("The key.")] += [Held("seldom", "a.md", 1, False), *mostly]
    assert shelf.block(PLACE, 1) == mostly[0]


def test_short_sentences_of_a_block_go_to_the_blocks_that_it_is_cut_into() -> None:
    """A paragraph is cut into several and another one into a list: every sentence keeps people's words."""
    base = "# Bees\n\nBees dance. They point to food. The others follow. They bring nectar home.\n\n"
    base += "You need a lid. You need a box. You need a frame.\n"
    head = base.replace("food. ", "food.\n\n").replace("follow. ", "follow.\n\n").replace("You need", "- You need")
    head = head.replace("lid. ", "lid.\n").replace("box. ", "box.\n")
    target = (
        "# 蜂\n\n蜜蜂会跳舞。它们指向食物。其他蜜蜂跟随。它们把花蜜带回家。\n\n你需要盖子。你需要箱子。你需要巢框。\n"
    )
    made = plan_of(base, head, target, MergeOptions(target_lang="zh"), name="bees.md")
    assert isinstance(made, Plan)
    assert [s.action for s in made.steps] == ["keep", "patch", "reuse", "reuse", "reuse", "reuse", "reuse"]


def test_a_program_is_looked_for_as_a_whole() -> None:
    """A page that has one line of a program, or its words in another order, cannot have it."""
    text = "hive.open(1). lid: True\nhive.close(2). bees: 3"
    whole, language = Sieve([Wanted(text, "block")]), Sieve([Wanted(text)])
    for page, has_it in (
        ("hive.open(1). lid: True\n", False),
        ("hive.close(2). bees: 3\nhive.open(1). lid: True\n", False),
        (f"```\n{text}\n```\n", True),
    ):
        assert bool(whole.left(look(page))) is has_it, page
        assert language.left(look(page)), page


def test_a_program_that_stands_in_english_is_not_looked_for() -> None:
    """The translation has it as often as its English: nobody has put it into another language."""
    program = Wanted("print('rain', 1)", "block")
    english = "```\nprint('rain', 1)\n```\n\n"
    for own, stands in ((english * 2, True), (english + english.replace("rain", "Regen"), False), ("", False)):
        page = TranslatedPage("p.md", english * 2, own, "p.md")
        assert stands_in_english(page, [program, Wanted("rain")]) == (frozenset([program]) if stands else frozenset())
