"""Words that deny, by language: a translation that denies nothing where its source does says the opposite."""

from __future__ import annotations

import re
from functools import lru_cache

from amts_action.documents.language_codes import primary

__all__ = ["KNOWN", "denials"]

_LATIN = {
    "en": r"not|never|no|none|neither|nor|without|cannot|nothing|nobody|nowhere|\w+n['’]t",
    "es": r"no|nunca|ni|sin|ning[uú]n\w*|nada|nadie|tampoco|jamás|evit\w+|impid\w+|imped\w+",
    "fr": r"ne|n|pas|jamais|sans|aucune?s?|ni|rien|personne|nulle?",
    "de": r"nicht|kein\w*|nie|niemals|ohne|weder|noch|nichts|niemand|nirgend\w*|un\w{5,}\w*",
    "pt": r"não|nunca|sem|nem|nenhum\w*|nada|ninguém|jamais",
    "it": r"non|mai|senza|né|nessun\w*|niente|nulla",
    "nl": r"niet|geen|nooit|zonder|noch|niets|niemand",
    "ru": r"не|нет|ни|без|никогда|нельзя|ничего|никто|не\w{3,}",
    "uk": r"не|немає|ні|без|ніколи|нічого|ніхто",
    "tr": r"değil\w*|yok\w*|ne|asla|hiç\w*|\w+m[aeıiuü](?:z|yor|d[ıiuü]|m[ıiuü]ş|y|k|n|s|l)\w*|\w+s[ıiuü]z\w*|olma\w+",
    "vi": r"không|chưa|chẳng|đừng|chớ|phi|vô",
    "pl": r"nie|nigdy|bez|ani|żad\w+|nic|nikt",
}
_LATIN_IN = {code: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for code, words in _LATIN.items()}
_ENGLISH_NOT = re.compile(r"\bnot (?:only|just|merely|to mention)\b|\bno (?:doubt|longer than|matter|sooner)\b|"
                          r"\bwhether or not\b|\bno\. ?\d|\bwhy not\b|\bif not\b|\bor not\b|\bnot limited to\b|"
                          r"\bwithout loss of generality\b|\bnot chang\w+|\bnot un\w+|"
                          r"\b(\w+) (?:and|or) not \1\b", re.I)  # fmt: skip
"""Denials that many languages say without one."""
_WIDE = {
    "zh": (
        r"[不没沒无無未非勿莫否免别別]|缺乏|缺少|难以|難以|毫|拒绝|避免|防止|除了|除非|之外|以外",
        (
            r"不同|不断|不斷|不仅|不僅|不但|不过|不過|不妨|不错|不久|不少|不等式|不变|不管|不论|非常|非线性|非線性|无论|"
            r"無論|无数|无穷|无限|无向|无监督|未来|未來|未知|是否|能否|可否|与否|别人|别的|级别|类别|区别|识别|"
            r"分别|特别|个别|性别|差别|鉴别|判别|別の|没关系|免费|难免|不可避免|毫秒|毫米|毫升|差不多|只不过|无关紧要"
        ),
    ),
    "ja": (
        r"ない|なく|なけれ|なかっ|なし|ません|ませ|ず(?=[、。にと]|\b)|ずに|ぬ|不[^同等]|無|非[^常]|未|べからず|しない|避け|回避|防[ぐぎいが止]|欠",
        r"なければなりません|なくてはなりません|なければならない|かもしれません|に違いない|だけで(?:は)?なく|非線形|未来|無限",
    ),
    "ko": (
        r"않|없|못|아니|안 |안되|말(?:고|아|라)|불[가필]|비[활선]|무[시관]|미[정지]|제외",
        r"뿐만 아니라|지 않을까|못지않",
    ),
}
_WIDE_IN = {code: (re.compile(cues), re.compile(others)) for code, (cues, others) in _WIDE.items()}

KNOWN = frozenset({*_LATIN, *_WIDE})
"""Languages whose denials are known here."""


@lru_cache(maxsize=20_000)
def denials(text: str, lang: str) -> tuple[str, ...]:
    """The words that deny, in a text without markup; words that only look like it are left out."""
    code = primary(lang)
    if code in _WIDE_IN:
        cues, others = _WIDE_IN[code]
        return tuple(cues.findall(others.sub(" ", text)))
    found = _LATIN_IN.get(code)
    if found is None:
        return ()
    return tuple(found.findall(_ENGLISH_NOT.sub(" ", text) if code == "en" else text))
