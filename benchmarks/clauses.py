"""How often a sentence that joins two is divided, and how often at the wrong comma.

Real neighbours of d2l-zh, aligned one to one, surely, in one paragraph: their translations are joined by a comma in
place of the full stop, as translators do, and the end is looked for (`rewriting.clauses`). Two rows for each share: of
how many pairs the end is that certain, and of these, how many are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from _repos import arguments, blobs, leave, open_data, table, tree

from amts_action.alignment.lexicon import learn_lexicon
from amts_action.alignment.sentences import align_sentences, confident_pairs, sentence_units
from amts_action.alignment.versions import fit
from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.sentences import clauses
from amts_action.merging.rewriting.clauses import divide
from amts_action.merging.rewriting.joined import CERTAIN

SURE = 0.97
"""Least confidence of the pairs: the truth must be right."""


def joined(source: str, target: str) -> Iterator[tuple[float, bool]]:
    """How certain the end in each joined pair of a page is, and whether it is right."""
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
        text = f"{texts[0].text[:-1]}，{texts[1].text}"
        spans = clauses(text, "zh")
        block, blocks = own.blocks[texts[0].block_index], [base.blocks[s.block_index] for s in english]
        sides = [replace(b, text=s.text) for b, s in zip(blocks, english, strict=True)]

        def weigh(k: int, a: int, b: int) -> float:
            piece = replace(block, text=text[spans[a].start : spans[b - 1].end])  # noqa: B023
            return fit(sides[k], piece, ratio, lexicon).weight  # noqa: B023

        for end in divide(2, len(spans), weigh):
            yield end.share, spans[end.clauses - 1].end == len(texts[0].text)


def main() -> None:
    """Prints the table."""
    repo = open_data(arguments(__doc__ or "").folder).repo("d2l-zh")
    files = {path: oid for path, oid in tree(repo).items() if path.endswith(".md")}
    texts = blobs(repo, files.values())
    pages = {path: texts[oid].decode() for path, oid in files.items()}
    found = [
        row
        for path, text in sorted(pages.items())
        if path.endswith("_origin.md") and path.replace("_origin", "") in pages
        for row in joined(text, pages[path.replace("_origin", "")])
    ]
    rows: list[tuple[str, object, str]] = [("pairs", len(found), "")]
    for share in (0.5, 0.7, 0.8, 0.9, CERTAIN, 0.99):
        sure = [is_right for certain, is_right in found if certain >= share]
        wrong = round(sure.count(False) / max(1, len(sure)), 4)
        rows.append((f"share {share}: divided, of all", round(len(sure) / len(found), 3), ""))
        rows.append((f"share {share}: wrong, of these", wrong, "<= 0.005" if share >= CERTAIN else ""))
    leave(table("sentences divided", rows))


if __name__ == "__main__":
    main()
