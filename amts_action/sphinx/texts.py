"""What a note says, by language. `{day}` is a day as 2024-01-31."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TEXTS", "NoteTexts", "texts_for"]


class NoteTexts(NamedTuple):
    """The sentences of one language."""

    page: str
    since: str
    """The same, when the day of the change is known."""
    section: str
    link: str


TEXTS = {
    "en": NoteTexts(
        "The English original of this page has changed since it was translated.",
        "The English original of this page has changed since {day}; the translation does not follow yet.",
        "The English original of this section has changed since it was translated.",
        "What has changed",
    ),
    "zh": NoteTexts(
        "本页的英文原文在翻译之后有改动。",
        "本页的英文原文自 {day} 起有改动，译文尚未跟进。",
        "本节的英文原文在翻译之后有改动。",
        "查看改动",
    ),
    "zh-tw": NoteTexts(
        "本頁的英文原文在翻譯之後有更動。",
        "本頁的英文原文自 {day} 起有更動，譯文尚未跟進。",
        "本節的英文原文在翻譯之後有更動。",
        "查看更動",
    ),
    "ja": NoteTexts(
        "このページの英語の原文は、翻訳後に変更されています。",
        "このページの英語の原文は {day} 以降に変更されており、翻訳にはまだ反映されていません。",
        "この節の英語の原文は、翻訳後に変更されています。",
        "変更点を見る",
    ),
    "ko": NoteTexts(
        "이 페이지의 영어 원문이 번역 이후 변경되었습니다.",
        "이 페이지의 영어 원문이 {day}부터 변경되었으며, 번역에는 아직 반영되지 않았습니다.",
        "이 절의 영어 원문이 번역 이후 변경되었습니다.",
        "변경 내용 보기",
    ),
    "pt": NoteTexts(
        "O original em inglês desta página mudou depois da tradução.",
        "O original em inglês desta página mudou desde {day}; a tradução ainda não acompanha a mudança.",
        "O original em inglês desta seção mudou depois da tradução.",
        "O que mudou",
    ),
    "es": NoteTexts(
        "El original en inglés de esta página ha cambiado después de la traducción.",
        "El original en inglés de esta página ha cambiado desde el {day}; la traducción aún no recoge el cambio.",
        "El original en inglés de esta sección ha cambiado después de la traducción.",
        "Qué ha cambiado",
    ),
    "tr": NoteTexts(
        "Bu sayfanın İngilizce aslı, çeviriden sonra değişti.",
        "Bu sayfanın İngilizce aslı {day} tarihinden beri değişti; çeviri henüz güncellenmedi.",
        "Bu bölümün İngilizce aslı, çeviriden sonra değişti.",
        "Neler değişti",
    ),
    "vi": NoteTexts(
        "Bản gốc tiếng Anh của trang này đã thay đổi sau khi được dịch.",
        "Bản gốc tiếng Anh của trang này đã thay đổi từ ngày {day}; bản dịch chưa được cập nhật.",
        "Bản gốc tiếng Anh của mục này đã thay đổi sau khi được dịch.",
        "Xem thay đổi",
    ),
    "fr": NoteTexts(
        "L'original anglais de cette page a changé depuis sa traduction.",
        "L'original anglais de cette page a changé depuis le {day} ; la traduction ne suit pas encore.",
        "L'original anglais de cette section a changé depuis sa traduction.",
        "Voir les changements",
    ),
    "de": NoteTexts(
        "Das englische Original dieser Seite hat sich seit der Übersetzung geändert.",
        "Das englische Original dieser Seite hat sich seit dem {day} geändert; die Übersetzung folgt noch nicht.",
        "Das englische Original dieses Abschnitts hat sich seit der Übersetzung geändert.",
        "Was sich geändert hat",
    ),
}


def texts_for(lang: str) -> NoteTexts:
    """The sentences of a language (BCP 47 or as Sphinx writes it, `zh_CN`), of its main language, else English."""
    name = lang.lower().replace("_", "-")
    name = "zh-tw" if name.startswith(("zh-hant", "zh-hk")) else name
    return TEXTS.get(name) or TEXTS.get(name.split("-")[0]) or TEXTS["en"]
