"""Over the whole book, a sentence of people leaves only when its English does."""

from __future__ import annotations

from pathlib import Path

from bookkit import make_books
from hypothesis import given
from hypothesis import strategies as st
from thorough import examples

from amts_action.merging.checking.conservation import Leaving
from amts_action.runs.conservation import BookPage, losses

RAIN, REGEN = "The barrel holds two hundred litres of rain.", "Ein Fass fasst zweihundert Liter Regen."
SUN, SONNE = "The sun dries the soil within a day.", "Die Sonne trocknet den Boden an einem Tag."


def _page(path: str, base: str, head: str, target: str, output: str) -> BookPage:
    return BookPage(path, base, head, target, lambda: output, target != output)


def _losses(*pages: BookPage) -> dict[str, tuple[Leaving, ...]]:
    return losses(pages, source_lang="en", target_lang="de")


def _both(one: str, two: str) -> str:
    return f"{one}\n\n{two}\n"


def test_what_moves_to_another_page_with_its_translation_is_no_loss() -> None:
    """The page that got the English has people's text, too."""
    from_here = _page("a.md", _both(SUN, RAIN), SUN, _both(SONNE, REGEN), SONNE)
    assert _losses(from_here, _page("b.md", "", RAIN, "", REGEN)) == {}


def test_what_is_translated_anew_elsewhere_is_broken() -> None:
    """The English stands on another page now, and people's text would be nowhere."""
    from_here = _page("a.md", _both(SUN, RAIN), SUN, _both(SONNE, REGEN), SONNE)
    (item,) = _losses(from_here, _page("b.md", "", RAIN, "", "⟦rain⟧"))["a.md"]
    assert (item.english, item.text, item.is_broken) == (RAIN, REGEN, True)


def test_what_leaves_the_book_is_named() -> None:
    """The English has gone: so may the translation, with its reason; another page's own sentence saves nothing."""
    from_here = _page("a.md", _both(SUN, RAIN), SUN, _both(SONNE, REGEN), SONNE)
    other = _page("b.md", RAIN, RAIN, "Ein Fass voll.", "Ein Fass voll.")
    for pages in ((from_here,), (from_here, other)):
        (item,) = _losses(*pages)["a.md"]
        assert (item.english, item.is_broken) == (RAIN, False)


@examples(30)
@given(st.permutations([(SUN, SONNE), (RAIN, REGEN), ("It snows here in winter.", "Im Winter schneit es hier.")]))
def test_pages_that_do_not_change_lose_nothing(pairs: list[tuple[str, str]]) -> None:
    """No change, no loss."""
    english, german = ("\n\n".join(side) + "\n" for side in zip(*pairs, strict=True))
    assert _losses(_page("a.md", english, english, german, german)) == {}


def test_a_page_whose_text_cannot_follow_is_not_removed(tmp_path: Path) -> None:
    """English moves the text of a page to one that cannot be written: the page stays, and a person is told."""
    text = "Bread is baked in the early morning hours.\n\nThe dough has rested for the whole night.\n"
    zh = "面包在清晨烘烤。\n\n面团已经静置了一整夜。\n"
    books = make_books(tmp_path, english={"old.md": text}, chinese={"old.md": zh}, recorded=("index.md", "old.md"))
    books.target.commit({"new.md/keep.txt": "a folder of this name"})
    books.source.commit(
        {"old.md": None, "new.md": f"# Baking\n\nAll about it.\n\nWords\n\n{text}\n" + "More.\n\n" * 20}
    )
    done = books.sync()
    assert done.code == 1
    assert books.tip() == "" or books.has("old.md")
    assert any("held back" in warning for warning in done.documents["old.md"]["warnings"])
