"""What speaks against a language: letters, and the commonest words."""

from __future__ import annotations

import pytest

from amts_action.documents.tongues import contradiction, letters

TEXTS = {
    "en": "A boat of `5` metres carries three people. An oar is made of spruce because it is light and strong.",
    "de": "Eine Beute ist ein Kasten mit beweglichen Rähmchen. Die meisten Imker haben zwei oder drei davon im Garten.",
    "fr": "Une colonie bien nourrie grandit vite dans les semaines avant le printemps. Ouvrez ensuite la ruche.",
    "es": "Las abejas traen néctar y agua de los campos. El nido de cría está caliente en el centro de la colmena.",
    "ru": "Лодка длиной `5` метров несёт троих человек, потому что она лёгкая.",
    "zh": "纸是用桑树的皮做成的，要先在水里煮很久。这些纸张在 `2` 面墙上晾干。",
    "ja": "紙は桑の木の皮から作られ、まず水で長く煮ます。壁の上で乾かします。",
    "ko": "종이는 뽕나무 껍질로 만들고 먼저 물에 오래 삶습니다. 벽에서 말립니다.",
    "ar": "يصنع الورق من لحاء شجرة التوت ثم يغلى في الماء طويلا",
}


@pytest.mark.parametrize("lang", TEXTS)
@pytest.mark.parametrize("asked", TEXTS)
def test_a_text_is_in_its_own_language_and_in_no_other(lang: str, asked: str) -> None:
    """Whatever pair of languages: the right one is believed, each other one contradicted."""
    assert bool(contradiction(TEXTS[lang], asked)) == (lang != asked)
    assert bool(contradiction(TEXTS[lang], f"{asked}-XX")) == (lang != asked)


def test_what_does_not_tell_says_nothing() -> None:
    """Short texts, languages that nothing is known of, neighbours."""
    assert not contradiction("纸", "ja")
    assert not contradiction("x" * 19, "ru")
    assert contradiction("x" * 20, "ru")
    assert not contradiction(TEXTS["en"], "xx")
    assert not contradiction("As abelhas trazem água e o mel.", "es")
    assert not contradiction("Výška je 5 metrů a je na severu, kde se staví domy a mosty pro lidi i zvířata.", "cs")


def test_programs_and_formulas_are_no_language() -> None:
    """A page with much code is in the language of its prose."""
    text = f"```python\nfor bee in hive:\n    print(bee)\n```\n\n{TEXTS['zh']}\n\n$$x = \\text{{weight}}$$\n"
    assert set(letters(text)) == {"Han"}
    assert not contradiction(text, "zh")
