"""A command engine that knows a few sentences by heart: the ones that change in the example book.

It reads and writes the JSON lines of AMTS' command engine (one request a line on standard input, one answer a line on
standard output) and answers from `phrasebook.json`, where a person's translation stands beside each sentence. It never
guesses: what is not in the book, or does not fit the protected spans of the request, is answered with an error, so that
AMTS flags the block.

Both columns of the phrase book are written as in the books, in markdown. A request holds HTML, where a formula arrives
as `<span translate="no" id="x0">$k$</span>` and emphasis as `<em id="x1">…</em>`. So English is looked up by its
letters and digits only, and every protected span goes where its own content stands in the translation; this does not
depend on what AMTS protects, and the word order of Chinese comes by itself.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Unknown", "answer", "key", "load_phrases", "main", "translate"]

PHRASES = Path(__file__).resolve().parent / "phrasebook.json"

SPAN = re.compile(r"<span\b[^>]*\btranslate=[\"']?no\b[^>]*>(.*?)</span>", re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
LINK_TARGET = re.compile(r"\]\([^()\s]*\)")
PAIRS = (
    ("mark", re.compile(r"\[\*\*(.+?)\*\*\]")),
    ("strong", re.compile(r"\*\*(.+?)\*\*")),
    ("em", re.compile(r"\*(.+?)\*")),
    ("small", re.compile(r"!\[(.+?)\]\([^()\s]*\)")),
    ("a", re.compile(r"\[(.+?)\]\([^()\s]*\)")),
)
"""Element names and how the phrase book writes them: d2lbook's slide mark, strong, emphasis, image text, link."""

FIRST_SLOT = 0xF0000
"""Finished HTML is kept out of the way as one private-use character (Unicode plane 15) each."""


class Unknown(ValueError):
    """The phrase book has no translation that fits the request."""


def key(english: str) -> str:
    """What must agree for two pieces of English to be the same: letters and digits, without tags and link targets."""
    plain = html.unescape(TAG.sub("", LINK_TARGET.sub("]", english)))
    return "".join(character for character in plain.casefold() if character.isalnum())


def load_phrases(path: Path = PHRASES) -> dict[str, str]:
    """The translations by the `key` of their English: every run of sentences that stand together in one block."""
    phrases: dict[str, str] = {}
    for block in json.loads(path.read_text(encoding="utf-8")):
        pairs = block["sentences"]
        for start in range(len(pairs)):
            for end in range(start + 1, len(pairs) + 1):
                english = "".join(key(pair[0]) for pair in pairs[start:end])
                phrases[english] = "".join(pair[1] for pair in pairs[start:end]).strip()
    return phrases


def translate(fragment: str, phrases: Mapping[str, str]) -> str:
    """The translation of an HTML fragment, as an HTML fragment with the same protected spans and tags.

    Raises:
        Unknown: the text is not in the phrase book, or its translation has no place for one of the spans.
    """
    text = phrases.get(key(fragment))
    if text is None:
        raise Unknown("not in the phrase book")
    slots: list[str] = []
    text = _place_spans(text, fragment, slots)
    text = _place_tags(text, SPAN.sub("", fragment), slots)
    escaped = html.escape(text, quote=False)
    for number, finished in enumerate(slots):
        escaped = escaped.replace(chr(FIRST_SLOT + number), finished)
    return escaped


def answer(line: str, phrases: Mapping[str, str]) -> dict[str, Any]:
    """The reply to one line of requests; errors are replies, too."""
    try:
        request = json.loads(line)
        identity, text, language = request["id"], request["text"], request["target_lang"]
    except (ValueError, KeyError, TypeError) as error:
        return {"id": "", "error": f"not a request: {error}"}
    if language.partition("-")[0] != "zh":
        return {"id": identity, "error": f"no phrases in {language}"}
    try:
        return {"id": identity, "text": translate(text, phrases)}
    except Unknown as error:
        return {"id": identity, "error": str(error)}


def main() -> int:
    """Answer standard input until it ends."""
    phrases = load_phrases()
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        reply = answer(line.decode("utf-8", "replace"), phrases)
        sys.stdout.buffer.write(json.dumps(reply, ensure_ascii=False).encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _place_spans(text: str, fragment: str, slots: list[str]) -> str:
    """Put a slot where the content of each protected span stands; the longest first, `$k$` may be part of another."""
    found = sorted(SPAN.finditer(fragment), key=lambda match: -len(match[1]))
    for match in found:
        content = " ".join(html.unescape(match[1]).split())
        if content not in text:
            raise Unknown(f"the translation has no place for {content!r}")
        text = text.replace(content, _slot(match[0], slots), 1)
    return text


def _place_tags(text: str, fragment: str, slots: list[str]) -> str:
    """Turn the marks for emphasis and links into the tags of the request, in their order."""
    for name, pattern in PAIRS:
        for opening in re.findall(rf"<{name}\b[^>]*>", fragment):
            match = pattern.search(text)
            if match is None:
                raise Unknown(f"the translation has no <{name}>")
            inside = _slot(opening, slots) + match[1] + _slot(f"</{name}>", slots)
            text = text[: match.start()] + inside + text[match.end() :]
    return text


def _slot(finished: str, slots: list[str]) -> str:
    slots.append(finished)
    return chr(FIRST_SLOT + len(slots) - 1)


if __name__ == "__main__":
    sys.exit(main())
