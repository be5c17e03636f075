"""What a pull request costs its reader: decisions, sentences to read, and about how many minutes that is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from amts_action.merging.document import Entry
from amts_action.reports.cards import has_card, is_written
from amts_action.reports.model import DocumentReport, RunReport, verdict

__all__ = ["Effort", "effort", "new_words"]

SECONDS_A_DECISION: Final = 60
SECONDS_A_SENTENCE: Final = 12
"""Our own estimates, not measured: a sentence is read in two languages (some 20 words each at 240 words a minute,
Brysbaert 2019, "How many words do we read per minute?"), a decision is a look at the page and a thought."""

_DECISIONS: Final = frozenset({"conflict", "missing", "english", "old", "flagged"})
_SENTENCE: Final = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_EAST_ASIAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
CHARACTERS_A_WORD: Final = 2
"""Characters of Chinese or Japanese that count as a word, as translators' offices reckon (between 1.5 and 2.5)."""


class Effort(NamedTuple):
    """What there is to do."""

    decisions: int
    sentences: int

    @property
    def minutes(self) -> int:
        """About how long it takes, at least one minute when there is anything."""
        seconds = self.decisions * SECONDS_A_DECISION + self.sentences * SECONDS_A_SENTENCE
        return -(-seconds // 60)


def effort(run: RunReport) -> Effort:
    """What the whole run asks of its reader."""
    decisions = len(run.collisions) + sum(line.needs_person for line in run.companions)
    sentences = 0
    for document in run.documents:
        if not is_written(document):
            decisions += 1
            continue
        decisions += document.status == "deleted"
        decisions += sum(item.is_broken for item in document.leaving)
        states = [(verdict(entry), entry) for entry in document.entries if has_card(entry)]
        decisions += sum(state in _DECISIONS for state, _ in states)
        sentences += sum(_new_sentences(entry) for state, entry in states if state == "read")
    return Effort(decisions, sentences)


def _new_sentences(entry: Entry) -> int:
    """Sentences of a block's new text that its old one does not have; at least one."""
    old = set(_sentences(entry.target_text))
    return max(1, sum(sentence not in old for sentence in _sentences(entry.output_text)))


def _sentences(text: str) -> list[str]:
    return [found for part in _SENTENCE.findall(text) if (found := part.strip())]


def new_words(document: DocumentReport, states: Iterable[str]) -> int:
    """Words of a document's new text, in the blocks of those states, that stand in no old sentence."""
    wanted, total = set(states), 0
    for entry in document.entries:
        if has_card(entry) and verdict(entry) in wanted:
            old = set(_sentences(entry.target_text))
            fresh = " ".join(sentence for sentence in _sentences(entry.output_text) if sentence not in old)
            east = len(_EAST_ASIAN.findall(fresh))
            others = [w for w in _EAST_ASIAN.sub(" ", fresh).split() if any(map(str.isalnum, w))]
            total += -(-east // CHARACTERS_A_WORD) + len(others)
    return total
