"""How often a sentence that joins two is divided, how often at the wrong comma, and how often where one is left out.

Real neighbours of d2l-zh, aligned one to one, surely, in one paragraph: their translations are joined by a comma in
place of the full stop, as translators do, and one of the two English ones is said to stay. Then the same with one of
the two translations, as when translators leave a sentence out: nothing is to be divided (`rewriting.joined`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from _repos import arguments, blobs, leave, open_data, table, tree

from amts_action.alignment.beads import Bead
from amts_action.alignment.lexicon import learn_lexicon
from amts_action.alignment.sentences import align_sentences, confident_pairs, sentence_units
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.model import Span
from amts_action.documents.sentences import sentences
from amts_action.merging.rewriting.joined import JoinedSentences, PlacedSentence

SURE = 0.97
"""Least confidence of the pairs: the truth must be right."""


def divided(source: str, target: str, *, verbose: bool) -> Iterator[tuple[bool, int]]:
    """Of each pair of a page, joined and with one left out: whether it is joined, and where it is divided; 0: nowhere,
    1: at the right place, -1: at a wrong one."""
    base, own = parse_markdown(source), parse_markdown(target)
    left, right = sentence_units(base, "en"), sentence_units(own, "zh")
    beads = align_sentences(left, right)
    pairs = list(confident_pairs(left, right, beads, least=0.8))
    lexicon = learn_lexicon(pairs)
    ratio = sum(len(b) for _, b in pairs) / max(1, sum(len(a) for a, _ in pairs))
    for one, other in pairwise(beads):
        if not all(len(b.source) == len(b.target) == 1 and b.confidence > SURE for b in (one, other)):
            continue
        english, texts = [left[b.source[0]] for b in (one, other)], [right[b.target[0]] for b in (one, other)]
        near = all(a.block_index == b.block_index for a, b in (english, texts))
        if not near or english[0].kind != "paragraph" or not texts[0].text.endswith("。"):
            continue
        blocks = [base.blocks[s.block_index] for s in english]
        sides = [PlacedSentence(k, s.span, s.text) for k, s in enumerate(english)]
        first = texts[0].text[:-1] + "，"
        for text, end in ((first + texts[1].text, len(first)), (texts[0].text, 0), (texts[1].text, 0)):
            block = parse_markdown(text).blocks[0]
            mine = [PlacedSentence(0, span, span.of(text)) for span in sentences(text, "zh")]
            joined = JoinedSentences(blocks, sides, [block], mine, "zh", ratio, lexicon)
            parts = joined.parts(Bead((0, 1), tuple(range(len(mine))), 1.0), {1})
            at = parts[0][1].span if parts else Span(0, 0)
            verdict = 0 if not parts else 1 if at.end == end else -1
            yield bool(end), verdict
            if verbose and verdict < 0:
                print(*(s.text for s in english), *(part.text for _, part in parts), sep="\n  ")


def main() -> None:
    """Prints the table."""
    given = arguments(__doc__ or "")
    repo = open_data(given.folder).repo("d2l-zh")
    files = {path: oid for path, oid in tree(repo).items() if path.endswith(".md")}
    texts = blobs(repo, files.values())
    pages = {path: texts[oid].decode() for path, oid in files.items()}
    found = [
        row
        for path, text in sorted(pages.items())
        if path.endswith("_origin.md") and path.replace("_origin", "") in pages
        for row in divided(text, pages[path.replace("_origin", "")], verbose=given.verbose)
    ]
    rows: list[tuple[str, object, str]] = []
    for name, is_joined in (("joined", True), ("one left out", False)):
        verdicts = [verdict for joined, verdict in found if joined == is_joined]
        rows.append((f"{name}: pairs", len(verdicts), ""))
        if is_joined:
            rows.append((f"{name}: divided", round(1 - verdicts.count(0) / len(verdicts), 3), ""))
        rows.append((f"{name}: divided wrongly", round(verdicts.count(-1) / len(verdicts), 4), "<= 0.005"))
    leave(table("sentences divided", rows))


if __name__ == "__main__":
    main()
