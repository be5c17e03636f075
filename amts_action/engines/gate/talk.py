"""What engines say for themselves, before, after or in place of a translation: a table of how such talk begins."""

from __future__ import annotations

import re

__all__ = ["APOLOGISES", "APOLOGY", "OPENS", "PREAMBLE", "SHOWN"]

_OPENERS = (
    "sure|certainly|of course|okay|the (?:following|translation|translated text)",
    "translation|translated|output|answer",
    "好的。|好的|当然|翻译如下|翻译结果|译文|译文如下|翻译",
    "承知しました。|了解しました。|はい。|はい|翻訳|訳文|了解|承知",
    "물론|번역",
    "claro|por supuesto|(?:la )?traducción|bien sûr|traduction",
    "natürlich|gerne|übersetzung|tradução|claro que|elbette|çeviri|tabii",
    "конечно|перевод|bản dịch|certo|traduzione",
)
"""Words that begin such talk."""
_SHOWS = (
    "here(?:'s| is| are)|below is|以下是|下面是|这是|以下は|以下が|다음은|aquí (?:está|tiene|tienes)|a continuación",
    "voici|hier ist|aqui está|işte|вот|dưới đây|đây là|ecco",
)
"""Words that show something: books begin sentences so, too, but not to show a translation."""
SHOWN = "translat|version|翻译|译|中文|訳|번역|tradu|überset|перев|dịch|çevir"
"""Words for a translation."""
PREAMBLE = re.compile(
    rf"^\W{{0,3}}(?:(?:{'|'.join(_OPENERS)})|(?:{'|'.join(_SHOWS)})(?=[^:\n!。.]{{0,60}}(?:{SHOWN})))"
    "[^:\n!。.]{0,60}[:!]",
    re.I,
)
"""At the start, up to a colon or an exclamation mark."""
OPENS = re.compile(rf"^\W{{0,3}}(?:{'|'.join((*_OPENERS, *_SHOWS))})(?!\w)", re.I)
"""How an original begins whose translation may rightly begin so, unless it then speaks of a translation."""
APOLOGISES = re.compile(r"\b(?:sorry|apolog|regret|hope|let me know|feel free)", re.I)
"""What an English original has whose translation may rightly hold an apology."""

_PHRASES = (
    r"as an ai\b|language model, i|i(?:'m| am) (?:sorry|unable|not able)|i apologi[sz]e",
    "i (?:cannot|can't|can not) (?:translate|assist|help|fulfil)|let me know if|hope this helps",
    r"translator'?s? note|\(note:|\(注:|\(译注|訳注|译者注|nota del traductor",
    "作为(?:一个|一名)?(?:ai|人工智能|语言模型)|我(?:无法|不能)(?:翻译|提供|协助)|(?:很)?抱歉,|对不起,",
    "希望(?:这|对你|对您)|请告诉我|如果您(?:需要|有)",
    "申し訳(?:ありません|ございません)|翻訳できません|ご不明な点|죄송(?:합니다|하지만)",
    "lo siento|no puedo (?:traducir|ayudar)|no dude en|désolé|je ne peux pas|es tut mir leid|desculpe",
    "üzgünüm|извините|к сожалению, я|xin lỗi|mi dispiace",
)
APOLOGY = re.compile("|".join(_PHRASES), re.I)
"""Anywhere. Both are looked for in text with compatible characters folded (NFKC)."""
