"""The wire form on 20,000 blocks of the books: protect → restore, and what services of every kind make of them.

Counted are, for each way in which a service treats texts,
  accepted     texts that have a translation in the end
  damaged      of those, translations that lack, double or change a protected span of their source; spans are looked up
               with the program's own scanner and with a cruder expression of this script
"""

from __future__ import annotations

import collections
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from _repos import BOOKS, all_blobs, arguments, blobs, leave, open_data, table

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import protected, tokens
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.engines.model import Segment
from amts_action.engines.service.acceptance import translate_with
from amts_action.engines.service.forms import FORMS, Form
from amts_action.errors import AmtsError
from amts_action.markup.numbered import from_numbers, to_numbers
from amts_action.markup.wire import Decoded, decode, encode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from misbehave import WAYS, by_way  # the same ways that the tests use

CRUDE = re.compile(
    r"\\.|\{\w+\}`[^`]*`|:\w+:`[^`]*`|(?:(?<!`)|(?<=\\`))(`+)(?!`).+?(?<!`)\1(?!`)|\$\$?[^$]+\$\$?", re.S
)
KINDS: dict[str, tuple[Form, ...]] = {"": FORMS, ", no marks": ("numbers", "sentences", "pieces")}
"""What services know: HTML, or no markup at all."""
TITLED = re.compile(r"(\{\w+\}`)[^`<]*(<[^`]*>`)")
"""A role with a title, which is language: only its target is protected."""


def texts(folder: Path, most: int) -> Iterator[tuple[str, str]]:
    """Distinct texts of blocks of language, with their kinds."""
    data = open_data(folder)
    seen = set()
    for name in BOOKS:
        repo = data.repo(name)
        paths = all_blobs(repo, (".md", ".ipynb"))
        own = 0
        for oid, raw in blobs(repo, paths).items():
            for block in _blocks(raw.decode(errors="replace"), paths[oid]):
                key = block.text, block.kind
                if own < most and key not in seen and any(c.isalpha() for c in block.text):
                    seen.add(key)
                    own += 1
                    yield key
            if own >= most:
                break


def _blocks(text: str, path: str):  # type: ignore[no-untyped-def]
    try:
        cells = [c.source for c in parse_notebook(text, where=path).cells if c.kind == "markdown"]
    except AmtsError:
        cells = [text] if path.endswith(".md") else []
    for source in cells:
        yield from (block for block in parse_markdown(source).blocks if block.is_prose)


def is_clear(text: str) -> bool:
    """Whether both scanners see the same code and formulas in a text; where dollar signs are missing, they do not.

    A dollar sign or backtick without its partner goes with the next one to the cruder of them, escaped or not.
    """
    if any(c in token.raw for token in tokens(text) if token.type == "text" for c in "$`"):
        return False
    ours = collections.Counter(re.sub(r"\s+", "", t.raw) for t in tokens(text) if t.kind in ("code", "math"))
    theirs = crude(text)
    return all(theirs[span] == count for span, count in ours.items()) and sum(
        n for span, n in theirs.items() if span[0] in "`$"
    ) == sum(ours.values())


def crude(text: str) -> collections.Counter[str]:
    """Spans as this script sees them; escapes and blanks do not count."""
    found = (re.sub(r"\s+", "", TITLED.sub(r"\1\2", m[0])) for m in CRUDE.finditer(text))
    return collections.Counter(span for span in found if span[0] != "\\")


def damaged(source: str, result: str) -> bool:
    """Whether a translation lacks, doubles or changes a span of its source."""
    want, got = protected(source), protected(result)
    more = {kind for kind, _ in got - want}
    if want - got or more - {"escape"}:
        return True
    plain = encode(source).text
    return is_clear(plain) and crude(plain) != crude(result)


def main() -> None:
    options = arguments(__doc__ or "", ("--most", {"type": int, "default": 20_000, "help": "texts (20000)"}))
    start = time.process_time()
    found = list(texts(options.folder, -(-options.most // len(BOOKS)) + 2_000))[: options.most]
    segments = [Segment(str(n), text, {"kind": kind}) for n, (text, kind) in enumerate(found)]
    print(f"  {len(segments)} texts read in {time.process_time() - start:.0f} s")
    not_restored = numbered = 0
    start = time.process_time()
    for segment in segments:
        wire = encode(segment.text, kind=segment.context["kind"])
        forms = [wire.html] if wire.has_letters else []
        if wire.has_letters and (numbers := to_numbers(wire)) is not None:
            back = from_numbers(wire, numbers)
            forms.append(back if isinstance(back, str) else "")
            numbered += 1
        for form in forms:
            done = decode(wire, form)
            if (
                not isinstance(done, Decoded)
                or done.text != wire.text
                or protected(done.text) != protected(segment.text)
            ):
                not_restored += 1
                print("not restored:", repr(segment.text[:200]), done) if options.verbose else None
    seconds = time.process_time() - start
    print(f"  not restored {not_restored}, {1000 * seconds / len(segments):.3f} ms a text", flush=True)
    rows: list[tuple[str, object, str]] = [
        ("texts", len(segments), f">= {options.most}"),
        ("of them with marks", numbered, ""),
        ("not restored by protect → restore, in either form", not_restored, "= 0"),
        ("milliseconds for both forms of a text", round(1000 * seconds / len(segments), 3), "<= 1"),
    ]
    for name, names, way in [(f"{w}{label}", names, way) for label, names in KINDS.items() for w, way in WAYS.items()]:
        counts: collections.Counter[str] = collections.Counter()
        start = time.process_time()
        done_all = translate_with(by_way(way), segments, source_lang="en", target_lang="zh", counts=counts, names=names)
        seconds = time.process_time() - start
        accepted = bad = 0
        for segment, translation in zip(segments, done_all, strict=True):
            accepted += translation.text is not None
            if translation.text is not None and damaged(segment.text, translation.text):
                bad += 1
                print(
                    f"{name}:", repr(segment.text[:200]), "→", repr(translation.text[:200])
                ) if options.verbose else None
            elif translation.text is None and options.verbose and name == "honest":
                print("refused:", translation.flags, repr(segment.text[:300]))
        share = accepted / len(segments)
        print(f"  {name:<22} accepted {share:.5f}  damaged {bad}  {seconds:.0f} s", flush=True)
        rows.append((f"{name}: damaged", bad, "= 0"))
        rows.append((f"{name}: accepted", round(share, 5), ">= 0.999" if name == "honest" else ""))
        if name == "honest":
            own = 1000 * seconds / len(segments)
            rows.append(("honest: own milliseconds a text", round(own, 3), "<= 1"))
    leave(table("wire form", rows))


if __name__ == "__main__":
    main()
