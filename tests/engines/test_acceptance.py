"""Acceptance: what services do to texts, what is asked again and in which form, and what is written in the end."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from casekit import documents
from hypothesis import given
from misbehave import HONEST, WAYS, by_way

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import protected
from amts_action.engines.model import Segment, Translation
from amts_action.engines.service.acceptance import EngineRequest, Reply, Send, first_requests, translate_with
from amts_action.markup.numbered import from_numbers, to_numbers
from amts_action.markup.script_spacing import Habits, learn
from amts_action.markup.wire import Decoded, decode, encode

EXAMPLE = Path(__file__).parents[2] / "example"


def prose(text: str) -> list[Segment]:
    """A segment for each block of language in a text."""
    blocks = (b for b in parse_markdown(text).blocks if b.is_prose)
    return [Segment(str(n), b.text, {"kind": b.kind}) for n, b in enumerate(blocks)]


def example_segments() -> list[Segment]:
    """The language of the example book."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(EXAMPLE.rglob("*.md"))]
    found = [s for text in texts for s in prose(text)]
    assert len(found) > 100
    return [Segment(str(n), s.text, s.context) for n, s in enumerate(found)]


def ask(send: Send, *texts: str, counts: Counter[str] | None = None, **options: object) -> list[Translation]:
    """The translations of texts."""
    segments = [Segment(str(n), text) for n, text in enumerate(texts)]
    languages = {"source_lang": "en", "target_lang": "zh"}
    return translate_with(send, segments, **languages, counts=counts, **options)  # type: ignore[arg-type]


class Script:
    """A service that gives prepared replies, one round after the other, and remembers what it was sent."""

    def __init__(self, *rounds: Sequence[str | None]) -> None:
        self.rounds = list(rounds)
        self.sent: list[list[str]] = []
        self.forms: list[list[bool]] = []

    def __call__(self, requests: Sequence[EngineRequest]) -> list[Reply]:
        self.sent.append([r.text for r in requests])
        self.forms.append([r.is_html for r in requests])
        return [Reply(text, "" if text is not None else "no reply: x") for text in self.rounds.pop(0)]


def is_whole(segment: Segment, translation: Translation) -> bool:
    """Whether the protected spans of a translation are those of its segment, backslashes apart."""
    assert translation.text is not None
    want, got = protected(segment.text), protected(translation.text)
    return not want - got and all(kind == "escape" for kind, _ in got - want)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_is_written_has_lost_a_span(way: str) -> None:
    """Whatever a service does, a text that is accepted holds every span of its source exactly once."""
    segments = example_segments()
    counts: Counter[str] = Counter()
    done = translate_with(by_way(WAYS[way]), segments, source_lang="en", target_lang="zh", counts=counts)
    for segment, translation in zip(segments, done, strict=True):
        assert translation.text is not None or translation.flags
        assert translation.text is None or is_whole(segment, translation)
    if way in ("honest", "space", "unquote"):
        assert all(t.text is not None for t in done)
    assert counts["accepted"] + sum(not encode(s.text).has_letters for s in segments) <= len(segments)
    if way in ("empty", "placeholder"):
        assert counts["rejected"] and counts["retried"]


@given(text=documents())
def test_both_forms_give_every_block_back(text: str) -> None:
    """Protecting and restoring a block gives it back, on one line, in either form."""
    for segment in prose(text):
        wire = encode(segment.text, kind=segment.context["kind"])
        if not wire.has_letters or any(unicodedata.category(c) in ("Cc", "Cs") for c in wire.text):
            continue  # control characters in a reply are always refused
        done = decode(wire, wire.html)
        assert isinstance(done, Decoded) and done.text == wire.text
        numbers = to_numbers(wire)
        if numbers is not None:
            back = from_numbers(wire, numbers)
            assert isinstance(back, str)
            again = decode(wire, back)
            assert isinstance(again, Decoded) and again.text == wire.text


def test_numbers_are_understood_as_engines_write_them() -> None:
    """Blanks and full-width digits in a number are no fault; an unknown or lost number is."""
    wire = encode("Use `f` in *all* of `g`.")
    assert to_numbers(wire) == "Use ⟦0⟧ in ⟦1⟧all⟦/1⟧ of ⟦2⟧."

    def read(reply: str) -> object:
        back = from_numbers(wire, reply)
        return decode(wire, back, target_lang="zh") if isinstance(back, str) else back.reason

    assert read("在⟦ 2 ⟧的⟦１⟧全部⟦／1⟧中用⟦0⟧。") == Decoded("在`g`的*全部*中用`f`。")
    assert read("在⟦7⟧中") == "unknown number"
    assert getattr(read("在⟦1⟧全部⟦/1⟧中用⟦0⟧。"), "reason", "") == "span lost"
    assert to_numbers(encode("no marks")) is None
    assert to_numbers(encode("`a` ⟦ ⟪ ⦃ takes all")) is None
    assert to_numbers(encode("`a` has ⟦3⟧")) == "⟪0⟫ has ⟦3⟧"


def test_a_refused_reply_is_asked_for_with_numbers_and_then_by_sentences() -> None:
    """The three forms follow each other, only for what is still missing, and the ledger tells."""
    counts: Counter[str] = Counter()
    script = Script(
        ["不行", "好的。"],
        ["也不行"],
        ['用<span translate="no" id="x0">`f`</span>。', '再用<span translate="no" id="x0">`g`</span>。'],
    )
    done = ask(script, "Use `f`. Then use `g`.", "Fine.", counts=counts)
    assert [t.text for t in done] == ["用`f`。再用`g`。", "好的。"]
    assert script.forms == [[True, True], [False], [True, True]]
    assert script.sent[1] == ["Use ⟦0⟧. Then use ⟦1⟧."]
    assert [t.characters for t in done] == [len("Use . Then use .") * 2 + len("Use .Then use ."), 5]
    assert counts == {
        "sent": 5,
        "accepted": 2,
        "rejected": 2,
        "retried": 2,
        "rejected: span lost": 2,
    }


def test_what_stays_bad_is_flagged_with_its_last_reason() -> None:
    """After the last form there is no translation, and the flag says why."""
    done = ask(Script(["不行"], ["⟦9⟧"], ["x", None]), "Use `f`. Then use `g`.")
    assert [(t.text, t.flags) for t in done] == [(None, ("no reply: x",))]
    done = ask(Script(["不行"], ["⟦9⟧"]), "Use `f`.")
    assert [(t.text, t.flags) for t in done] == [(None, ("rejected: unknown number",))]


def test_long_blocks_are_cut_between_sentences() -> None:
    """No request is longer than the service takes, and the parts come back as one text."""
    text = " ".join(f"Sentence number {n} is about `f{n}` and more." for n in range(60))
    script: list[str] = []

    def send(requests: Sequence[EngineRequest]) -> list[Reply]:
        script.extend(r.text for r in requests)
        return [Reply(HONEST(r.text, None)) for r in requests]  # type: ignore[arg-type]

    (done,) = ask(send, text, limit=1000)
    assert len(script) > 4 and max(len(t.encode()) for t in script) <= 1000
    assert done.text is not None and protected(done.text) == protected(text)
    assert done.text.count("译") == len(script)
    assert len(first_requests([Segment("1", text)], source_lang="en", target_lang="zh", limit=1000)) == len(script)


def test_a_sentence_that_is_too_long_is_not_sent() -> None:
    """What cannot be cut is flagged without a call."""
    (done,) = ask(Script([]), "word " * 300, limit=1000)
    assert (done.text, done.flags, done.characters) == (None, ("rejected: too long for the service",), 0)


def test_equal_texts_are_sent_once_and_texts_without_letters_never() -> None:
    """Characters are counted once for the same text, and `42` comes back as it is."""
    script = Script(["一"])
    done = ask(script, "One.", "One.", "42", " One. ")
    assert [(t.text, t.characters, t.origin) for t in done] == [
        ("一", 4, "machine"),
        ("一", 0, "machine"),
        ("42", 0, ""),
        ("一", 0, "machine"),
    ]
    assert script.sent == [["One."]]


TIGHT = "我们用`f`计算$x$，它在Python里。\n\n" * 30
WIDE = "我们用 `f` 计算 $x$，它在 Python 里。\n\n" * 30


def test_blanks_follow_the_books_habit() -> None:
    """A book that puts blanks between Han characters and spans gets them, one that does not loses them."""
    wanted = "先用`f`，再看Keras的$y$值"
    wide = "先用 `f`，再看 Keras 的 $y$ 值"
    assert learn([TIGHT]).applied(wide) == (wanted, ("blanks as in the book",))
    assert learn([WIDE]).applied(wanted) == (wide, ("blanks as in the book",))
    assert learn([TIGHT]).applied(wanted) == (wanted, ())
    assert learn([TIGHT, WIDE]).applied(wide) == (wide, ()), "a book of two minds has no habit"
    assert learn(["We use `f` and $x$ in Python, too.\n\n" * 30]) == Habits()


def test_stops_become_full_width_only_after_han_characters_and_outside_of_spans() -> None:
    """Punctuation is that of the book; numbers, code, links and Latin words keep theirs."""
    habits = learn([TIGHT])
    text = "好, 用`a, b`: 值是1,000和3.5. See it, too. 再见[这里, 吧](http://x.y/好,z)."
    assert habits.applied(text)[0] == "好，用`a, b`: 值是1,000和3.5. See it, too. 再见[这里，吧](http://x.y/好,z)."
    assert habits.applied("完了.")[0] == "完了。"
    assert habits.applied("完了. ")[0] == "完了。 "


@given(text=documents())
def test_habits_never_touch_a_span(text: str) -> None:
    """Whatever the text, applying a habit keeps its spans, and a second time changes nothing."""
    for habits in (learn([TIGHT]), learn([WIDE])):
        for segment in prose(text.replace("e", "好").replace("o ", "么")):
            once, _ = habits.applied(segment.text)
            assert protected(once) == protected(segment.text)
            assert habits.applied(once)[0] == once


def test_repairs_are_counted_and_flagged() -> None:
    """What was put right is in the flags of the block and in the ledger."""
    counts: Counter[str] = Counter()
    reply = '用 <span translate="no" id="x0">`f`</span> 吧'
    (done,) = ask(Script([reply]), "Use `f` now", counts=counts, habits=lambda: learn([TIGHT]))
    assert (done.text, done.flags) == ("用`f`吧", ("repaired: blanks as in the book",))
    assert counts["repaired: blanks as in the book"] == 1
