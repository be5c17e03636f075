"""Books in other languages than the settings say are refused, and only when that is plain."""

from __future__ import annotations

import pytest

from amts_action.errors import InputError
from amts_action.runs.planning.languages import LEAST_LETTERS, check_languages, language_fault

PROSE = {
    "en": "The engine reads the page and the table of the book, and it is not written until we have seen that "
    "each of the blocks can be found in the text from which it was made, as we said in the chapter before.",
    "de": "Das Programm liest die Seite und die Tabelle des Buches, und es wird nicht geschrieben, bis wir sehen, "
    "dass jeder der Blöcke in dem Text zu finden ist, von dem er kommt, wie wir es auch im Kapitel davor sagten.",
    "fr": "Le programme lit la page et le tableau du livre, et il n'est pas écrit avant que nous ayons vu que "
    "chacun des blocs est dans le texte dont il vient, comme nous le disions pour les pages qui sont avant.",
    "es": "El programa lee la página y la tabla del libro, y no se escribe hasta que hayamos visto que cada uno de "
    "los bloques está en el texto del que viene, como se dijo en las páginas que están antes de esta.",
    "ja": "このプログラムは本のページと表を読み、それぞれのブロックが元の文章の中に見つかるまで何も書きません。",
    "zh": "这个程序读取书中的页面和表格，在每个文本块都能在原来的文章里找到之前，它不会写入任何内容。",
    "ko": "이 프로그램은 책의 페이지와 표를 읽고, 각 블록이 원래 글에서 발견될 때까지 아무것도 쓰지 않습니다.",
    "ru": "Программа читает страницу и таблицу книги и ничего не пишет, пока каждый блок не найден в исходном тексте.",
    "ar": "يقرأ البرنامج صفحة الكتاب والجدول ولا يكتب شيئا حتى يجد كل جزء في النص الذي أخذ منه كما قلنا من قبل.",
    "el": "Το πρόγραμμα διαβάζει τη σελίδα και τον πίνακα του βιβλίου και δεν γράφει τίποτα μέχρι να το βρει.",
}


@pytest.mark.parametrize("lang", PROSE)
def test_a_book_in_its_language_is_fine(lang: str) -> None:
    assert language_fault([PROSE[lang]], lang) == ""


@pytest.mark.parametrize("said", PROSE)
@pytest.mark.parametrize("lang", PROSE)
def test_another_language_is_told(lang: str, said: str) -> None:
    """Each of them for each other one."""
    assert bool(language_fault([PROSE[lang]], said)) == (lang != said)


@pytest.mark.parametrize("lang", [lang for lang in PROSE if lang != "en"])
def test_a_young_translation_is_english_still(lang: str) -> None:
    assert language_fault([PROSE["en"]] * 9, lang, may_be="en") == ""
    check_languages([PROSE["en"]], [PROSE["en"]], source_lang="en", target_lang=lang)


@pytest.mark.parametrize("lang", [lang for lang in PROSE if lang != "en"])
def test_swapped_books_are_refused(lang: str) -> None:
    with pytest.raises(InputError, match="seem to be swapped"):
        check_languages([PROSE[lang]], [PROSE["en"]], source_lang="en", target_lang=lang)


@pytest.mark.parametrize(("count", "is_told"), [(LEAST_LETTERS // 3, False), (LEAST_LETTERS, True)])
def test_a_heading_alone_tells_nothing(count: int, is_told: bool) -> None:
    """A few kanji are Japanese as well; a sentence of them is not."""
    assert bool(language_fault(["汉" * count], "ja")) is is_told


def test_programs_formulas_and_addresses_are_no_prose() -> None:
    code = "```python\n" + "for item in the_list: print(the_item, and_so_on)\n" * 30 + "```\n"
    assert language_fault([code + PROSE["zh"][:30], "$$the = and$$ `the of and` https://the.and.of/that"], "zh") == ""


def test_the_books_own_configuration_counts() -> None:
    pages = [PROSE["en"]], [PROSE["zh"]]
    check_languages(*pages, source_lang="en", target_lang="zh-TW", said="zh")
    with pytest.raises(InputError, match=r"ja is asked for, and config\.ini says that the translation is zh"):
        check_languages(*pages, source_lang="en", target_lang="ja", said="zh")


def test_the_other_way_of_writing_is_no_other_language() -> None:
    """Serbian and Kazakh have two scripts."""
    assert language_fault([PROSE["de"]], "sr") == ""
