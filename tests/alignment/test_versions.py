"""Which English a translation stands with, told by what tells the two versions apart."""

from __future__ import annotations

import pytest

from amts_action.alignment.lexicon import Lexicon, learn_lexicon
from amts_action.alignment.versions import code_stands_with, fit, is_of_another_version, stands_with
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Block

SIGNS = [
    ("Turn it by `3`.", "Turn it by `4`.", "Um `4` drehen.", "new"),
    ("Turn it by `3`.", "Turn it by `4`.", "Um `3` drehen.", "old"),
    ("Turn it by `3`.", "Turn it by `4`.", "Einmal drehen.", "none"),
    ("Turn it by `3`.", "Turn it a bit by `3`.", "Etwas um `3` drehen.", "unknown"),
    ("Every 9 days.", "Every 7 days.", "Alle 7 Tage.", "new"),
    ("Every 9 days.", "Every 7 days.", "Alle 9 Tage.", "old"),
    ("With $x$ only.", "With $x$, then with $y^2$.", "먼저 $x$, 그리고 $y^2$.", "new"),
    ("With $x$ and $y^2$.", "With $x$.", "$x$ と $y^2$ で。", "old"),
    ("See [it](a.md).", "See [it](b.md).", "Véase [esto](b.md).", "new"),
    ("Use `a` and `b`.", "Use `c` and `d`.", "使用`c`和`b`。", "conflict"),
    ("Use the APIs of `a`.", "Use the API of `b`.", "使用`a`的API。", "old"),
    ("Set `a` now.", "Set `a`, then `a`.", "Poner `a`, luego `a`.", "new"),
    ("Set `a` now.", "Set `a` (not `a`).", "Poner `a` (no `a`).", "new"),
    ("Pull it.", "Pull the LiverPool.", "拉动LiverPool。", "new"),
    ("Bees fly.", "Bees fly.", "Bienen fliegen.", "unknown"),
    # one long word in Latin letters is too little (below), three are enough
    ("Bees fly.", "Bees fly abroad towards gardens.", "Bienen fliegen abroad towards gardens.", "new"),
    # two signs against one of the other version contradict each other, either way
    ("Use `a`.", "Use `c` and `d`.", "用`a`、`c`和`d`。", "conflict"),
    ("Use `c` and `d`.", "Use `a`.", "用`a`、`c`和`d`。", "conflict"),
]


@pytest.mark.parametrize(("old", "new", "own", "expected"), SIGNS)
def test_what_tells_two_versions_apart(old: str, new: str, own: str, expected: str) -> None:
    """Spans, numbers, links and names are looked for in the translation, whatever its language."""
    found = stands_with(old, new, own)
    assert found.version == expected
    assert bool(found.reasons) == (old != new and expected != "unknown")


@pytest.mark.parametrize("own", ["`a`を設定（訳注：`a`は弁）。", "`a`を設定。訳者注 `a`は弁。"])
def test_a_name_repeated_in_a_note_says_nothing(own: str) -> None:
    """In brackets, or in a sentence that is called a note, translators speak of what stands there already."""
    assert stands_with("Set `a` now.", "Set `a`, then `a`.", own).version == "unknown"


def test_one_word_in_latin_letters_is_too_little() -> None:
    """It may be a word of that language."""
    assert stands_with("Bees fly.", "Bees fly abroad.", "Bienen fliegen abroad.").version == "unknown"


def _book() -> Lexicon:
    """Forty sentences of a made-up language in which every word has one translation."""
    words = [
        ("honey", "mel"),
        ("smoke", "fum"),
        ("winter", "hib"),
        ("summer", "aest"),
        ("hive", "alv"),
        ("queen", "reg"),
    ]
    pairs = [(f"{a} {b}", f"{x} {y}") for a, x in words for b, y in words if a != b]
    return learn_lexicon(pairs + [(f"{a} alone", f"{x} sol") for a, x in words])


def test_words_of_the_book_tell_where_other_signs_contradict_each_other() -> None:
    """A span of the new English beside one of the old says nothing where all words are those of the old one."""
    old, new, own = "honey smoke winter by `shape`", "summer hive queen by `size`", "mel fum hib `shape` `size`"
    assert stands_with(old, new, own).version == "conflict"
    assert stands_with(old, new, own, _book).version == "old"


def test_words_of_the_book_tell_where_nothing_else_does() -> None:
    """A word that only one version has is looked for by the translations that the book itself has taught."""
    book = _book()
    old, new = "smoke and winter", "honey and queen"
    assert stands_with(old, new, "mel et reg", lambda: book).version == "new"
    assert stands_with(old, new, "fum et hib", lambda: book).version == "old"
    assert stands_with(old, new, "mel et reg").version == "unknown"


def test_the_words_are_asked_only_where_nothing_else_tells() -> None:
    """Learning takes time; formulas and code are free."""

    def never() -> Lexicon:
        raise AssertionError("asked for words")

    assert stands_with("by `3`", "by `4`", "um `4`", never).version == "new"


CODE = [
    ("a = 1\n", "a = 2\n", "a = 2  # zwei\n", "new"),
    ("a = 1\n", "a = 2\n", "a = 1  # eins\n", "old"),
    ("a = 'x'\n", "a = 'y'\n", "a = 'z'\n", "unknown"),
    ("a = 1\nb = 1\nc = 1\n", "a = 2\nb = 2\nc = 1\n", "a = 2\nb = 1\nc = 1\n", "conflict"),
]


@pytest.mark.parametrize(("old", "new", "own", "expected"), CODE)
def test_programs_are_told_by_their_lines(old: str, new: str, own: str, expected: str) -> None:
    """Comments, texts and blanks are the translator's affair."""
    assert code_stands_with(old, new, own).version == expected


def _block(text: str) -> Block:
    return parse_markdown(text).blocks[0]


@pytest.mark.parametrize(
    ("english", "own", "fits"),
    [
        ("## Catching a swarm", "## Atrapar un enjambre", True),
        ("## Catching a swarm", "### Atrapar un enjambre", False),
        ("Call `shake` once, then wait for the evening.", "Llame una vez a `shake` y espere al anochecer.", True),
        ("Call `shake` once, then wait for the evening.", "La miel de acacia es la más clara de todas.", False),
        ("```python\na(1)\nb(2)\n```", "```python\na(1)  # uno\nb(2)\n```", True),
        ("```python\n#@tab jax\na(1)\nb(2)\n```", "```python\n#@tab paddle\na(1)\nb(2)\n```", False),
        ("$$x^2 + y^2$$", "$$x^2+y^2.$$", True),
        ("$$x^2 + y^2$$", "$$x^3 + y^2$$", False),
        ("Is it ready now?", "¿Está lista ahora?", True),
        ("Short.", "Una frase mucho más larga que no puede ser su traducción en ningún libro del mundo.", False),
    ],
)
def test_how_a_block_fits(english: str, own: str, fits: bool) -> None:
    """A block of the translation is held against an English one that it may be a translation of."""
    assert (fit(_block(english), _block(own), 1.0, Lexicon()).weight > 0) == fits


@pytest.mark.parametrize(("kept", "is_version"), [(6, False), (8, True)])
def test_programs_with_most_lines_in_common_are_versions_of_each_other(kept: int, is_version: bool) -> None:
    """Of ten lines eight that both have, of all lines that either has two thirds, are enough; six are not."""
    here = "".join(f"line_{n} = {n}\n" for n in range(10))
    there = "".join(f"line_{n} = {n}\n" for n in range(kept)) + "other = 1\n" * (kept < 8)
    one, other = (parse_markdown(f"```python\n{text}```\n").blocks[0] for text in (here, there))
    assert (fit(one, other, 1.0, Lexicon()).weight > 0) == is_version


@pytest.mark.parametrize(
    ("english", "own", "is_other"),
    [
        ("Call `mv` or `A@x`.", "调用`mv`即`torch.mv(A, x)`。", True),
        ("See :numref:`fig_new` for `mv`.", "`mv`见 :numref:`fig_old`。", True),
        ("Call `mv` or `A@x`.", "调用`mv`。", False),
        ("Call `mv`.", "调用`mv`即`torch.mv(A, x)`。", False),
        ("Call `np.dot(A, x)` in `print('Now')`.", "在`print('Ya')`里调用`np.dot(A,x)`。", False),
        ("Run `say Hello` once.", "运行一次`say 你好`。", False),
        ("Read `docs/en/a.md`.", "读`docs/zh/a.md`。", False),
    ],
)
def test_a_text_of_another_version_has_code_of_its_own_and_lacks_some(english: str, own: str, is_other: bool) -> None:
    """What one of them has besides may be added or left out; blanks, texts and folders are the translation's."""
    assert is_of_another_version(english, own) == is_other
