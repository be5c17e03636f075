"""What engines say for themselves, before, after or in place of a translation: a table of how such talk begins."""

from __future__ import annotations

import re

__all__ = ["APOLOGY", "PREAMBLE"]

_OPENERS = (
    "sure|certainly|of course|okay|here(?:'s| is| are)|below is|the (?:following|translation|translated text)",
    "translation|translated|output|answer",
    "好的。|好的|当然|以下是|下面是|这是|翻译如下|翻译结果|译文|译文如下|翻译",
    "承知しました。|了解しました。|はい。|はい|以下は|以下が|翻訳|訳文|了解|承知",
    "물론|다음은|번역",
    "claro|por supuesto|aquí (?:está|tiene|tienes)|a continuación|(?:la )?traducción|voici|bien sûr|traduction",
    "natürlich|hier ist|gerne|übersetzung|aqui está|tradução|claro que|işte|elbette|çeviri|tabii",
    "вот|конечно|перевод|dưới đây|bản dịch|đây là|ecco|certo|traduzione",
)
PREAMBLE = re.compile(rf"^\W{{0,3}}(?:{'|'.join(_OPENERS)})[^:\n!。.]{{0,60}}[:!]", re.I)
"""At the start, up to a colon or an exclamation mark."""

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
