"""Books in other languages than the settings say are refused, and only when that is plain."""

from __future__ import annotations

import pytest

from amts_action.books.languages import check_texts
from amts_action.documents.tongues import contradiction
from amts_action.errors import InputError

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


@pytest.mark.parametrize("said", PROSE)
@pytest.mark.parametrize("lang", PROSE)
def test_another_language_is_told(lang: str, said: str) -> None:
    """Each of them for each other one, and none for itself."""
    assert bool(contradiction(PROSE[lang], said)) == (lang != said)


@pytest.mark.parametrize("lang", [lang for lang in PROSE if lang != "en"])
def test_a_young_translation_is_english_still(lang: str) -> None:
    """Pages that nobody has translated yet speak for nothing, nor against those that are."""
    check_texts([PROSE["en"]], [PROSE["en"]], source_lang="en", target_lang=lang)
    pages = [PROSE["en"]] * 9 + [PROSE[lang]]
    check_texts(pages, pages, source_lang="en", target_lang=lang)


@pytest.mark.parametrize("lang", [lang for lang in PROSE if lang != "en"])
def test_swapped_books_are_refused(lang: str) -> None:
    """The English book is looked at first, for a translation may be English still."""
    with pytest.raises(InputError, match="are the two books swapped"):
        check_texts([PROSE[lang]], [PROSE["en"]], source_lang="en", target_lang=lang)


@pytest.mark.parametrize("lang", [lang for lang in PROSE if lang not in ("en", "de")])
def test_a_translation_in_another_language_is_refused(lang: str) -> None:
    """Also a young one, of which most pages are English."""
    pages = [PROSE["en"] * 3] * 9 + [PROSE[lang] * 3]
    with pytest.raises(InputError, match="the translation is not in the language de"):
        check_texts([PROSE["en"]], pages, source_lang="en", target_lang="de")


def test_pages_of_a_line_tell_together() -> None:
    """Sentences of ten words are too short to tell languages of one script apart; four of them are not."""
    words = PROSE["fr"].split()
    lines = [" ".join(words[i : i + 10]) for i in range(0, len(words), 10)]
    assert not any(contradiction(line, "de") for line in lines)
    with pytest.raises(InputError, match="the translation is not in the language de"):
        check_texts([PROSE["en"]], lines, source_lang="en", target_lang="de")


def test_the_books_own_configuration_counts() -> None:
    """What config.ini says is believed before any letters are counted."""
    pages = [PROSE["en"]], [PROSE["zh"]]
    check_texts(*pages, source_lang="en", target_lang="zh-TW", said="zh")
    with pytest.raises(InputError, match=r"ja is asked for, and config\.ini says that the translation is zh"):
        check_texts(*pages, source_lang="en", target_lang="ja", said="zh")
