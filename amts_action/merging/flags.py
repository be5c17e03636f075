"""What a report has to say about a block: a code for scripts, a text for people, and how much it asks of them.

Codes are a contract (docs/plan-json.md); texts are free. Whatever decides looks at codes and levels, never at texts.
All flags stand in one table, so that none can be raised that the documentation does not explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = ["CODES", "Flag", "Level", "flag", "has_code", "read", "said_by_engine", "said_earlier", "texts"]

Level = Literal["done", "note", "warning"]
"""`done`: nothing needs to be written for the block; `note`: where a text came from or what was mended; `warning`:
a person has to look."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One remark about one block."""

    code: str
    text: str
    level: Level = "warning"

    def __str__(self) -> str:
        """The text."""
        return self.text


CODES: Final[dict[str, tuple[Level, str]]] = {
    "already-made": ("done", "already made in the translation"),
    "like-its-page": ("note", "the page has the new English already, and nothing tells otherwise here"),
    "with-neighbour": ("done", "written with its neighbour"),
    "uncertain": ("warning", "counterpart not certain"),
    "split": ("warning", "split in the translation"),
    "merged": ("warning", "merged with others in the translation"),
    "removed-merged": ("warning", "removed in English, merged with others in the translation"),
    "never-translated": ("warning", "never in the translation"),
    "section-missing": ("warning", "its section is not in the translation"),
    "declined": ("warning", "declined in a closed pull request"),
    "own-front-matter": ("warning", "the translation has its own"),
    "perhaps-there": ("warning", "may be in the translation already"),
    "between-versions": ("warning", "the translation has some of the new English and some of the old"),
    "not-apart": ("warning", "people's translation of a sentence that stays could not be told from its neighbours"),
    "own-mark": ("warning", "the translation had changed it"),
    "own-metadata": ("warning", "changed in English, and otherwise in the translation: {}"),
    "invalid-notebook": ("warning", "the notebook would not be valid any more: nothing was written"),
    "own-equation": ("warning", "the translation's equation differed from the old English one"),
    "line-replaced": ("warning", "localised line replaced: {}"),
    "line-kept": ("warning", "localised line kept: {}"),
    "lines-replaced": ("warning", "localised lines replaced: the two changes do not fit together"),
    "comment-changed": ("warning", "comment changed in English: {}"),
    "line-changed": ("warning", "line changed in English too: {}"),
    "text-changed": ("warning", "text changed in English: {}"),
    "text-new": ("warning", "new in English, not translated: {}"),
    "text-left": ("note", "localised text left with its English: {}"),
    "program-kept": ("warning", "not changed: the English change does not fit the localised program"),
    "option-changed": ("warning", "option changed in English: {}"),
    "option-removed": ("warning", "localised option removed in English: {}"),
    "option-new-too": ("warning", "option new in English, and otherwise in the translation: {}"),
    "argument-changed": ("warning", "argument changed in English: {}"),
    "cell-replaced": ("warning", "localised cell replaced: {}"),
    "link-kept": ("warning", "localised link kept; the English one is now {}"),
    "link-replaced": ("warning", "localised link replaced: {}"),
    "link-moved": ("warning", "localised link follows the English one: {}"),
    "dead-link": ("warning", "link leads nowhere: #{}"),
    "title-kept": ("warning", "title of a link changed in English: {}"),
    "title-removed": ("warning", "title of a link removed: {}"),
    "title-english": ("warning", "title in English: {}"),
    "attributes-kept": ("warning", "attributes changed in English: {}"),
    "markup-kept": ("warning", "markup changed in English: {}"),
    "left-english": ("warning", "left in English: not known to be text or a program"),
    "contents": ("warning", "{}"),
    "reused": ("note", "people's text from {}"),
    "untranslated": ("warning", "untranslated"),
    "no-answer": ("warning", "no answer"),
    "no-reply": ("warning", "no reply"),
    "refused": ("warning", "refused"),
    "rejected": ("warning", "rejected"),
    "doubtful": ("warning", "doubtful"),
    "repaired": ("note", "repaired"),
    "memory-spans": ("note", "memory, spans replaced"),
    "memory-similar": ("note", "memory {}"),
    "engine": ("warning", "{}"),
    "lost": ("warning", "lost: {}"),
    "not-in-english": ("warning", "not in the English: {}"),
    "reads-as": ("warning", "would read as {}"),
    "table-line-break": ("warning", "line break in a table row"),
    "structure": ("warning", "would change the structure of the document"),
    "left-open": ("warning", "would leave a directive or tab open"),
    "page-failed": ("warning", "a check of the whole document failed: nothing was written"),
    "earlier": ("warning", "{}"),
}
"""Code to level and text; `{}` is what the flag is about. `earlier` is what an older version had said, in its words."""


def flag(code: str, about: str = "") -> Flag:
    """The flag of a code in the table, about something when its text has a gap."""
    level, text = CODES[code]
    return Flag(code, text.format(about), level)


def has_code(flags: tuple[Flag, ...], *codes: str) -> bool:
    """Whether one of the flags has one of the codes."""
    return any(f.code in codes for f in flags)


def texts(flags: tuple[Flag, ...]) -> str:
    """All texts in one line."""
    return "; ".join(f.text for f in flags)


_ENGINE_CODES: Final = {
    "no reply": "no-reply",
    "refused": "refused",
    "rejected": "rejected",
    "doubtful": "doubtful",
    "repaired": "repaired",
}


def said_by_engine(remark: str) -> Flag:
    """A remark of an engine, which is `CODE` or `CODE: REASON` (docs/engines.md), as a flag; any other text warns."""
    if remark in ("untranslated", "no answer"):
        return flag(remark.replace(" ", "-"))
    if remark.startswith("memory"):
        code = "memory-spans" if remark == flag("memory-spans").text else "memory-similar"
        return Flag(code, remark, "note")
    code = _ENGINE_CODES.get(remark.partition(": ")[0], "engine")
    return Flag(code, remark, CODES[code][0])


_BY_TEXT: Final = {text: code for code, (_, text) in CODES.items()}


def said_earlier(text: str) -> Flag:
    """The flag whose text a record has kept; one of the code `earlier` when no flag has just this text."""
    return flag(_BY_TEXT.get(text, "earlier"), text)


def read(value: Any) -> Flag:
    """A flag that was stored as `[code, text]`; a text alone is from an older version.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, str):
        return said_earlier(value)
    code, text = value
    if not isinstance(code, str) or not isinstance(text, str):
        raise TypeError("not a flag")
    return Flag(code, text, CODES[code][0] if code in CODES else "warning")
