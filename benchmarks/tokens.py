"""No key is altered by an engine that writes everything it is given in capitals; no fragment dies.

A page of every token that programs read and readers do not, new to a translation: each must stand in the output as it
stands in the English. Then over the bundles: every page merged from its base to the newest English with the same
engine; a token of the English that stands in the output only in capitals was altered, and a link to a place of the page
that led somewhere in base and target must lead somewhere in the output.
"""

from __future__ import annotations

import collections
import time

from _pairs import Pairs
from _repos import arguments, leave, open_data, table

from amts_action.documents.blocks.markdown import parse_markdown
from amts_action.documents.inline import tokens
from amts_action.documents.notebooks.notebook import parse_notebook
from amts_action.documents.slugs import Anchors, likely_rules, links_in
from amts_action.engines.model import Segment, Translation
from amts_action.markup.wire import Decoded, decode, encode
from amts_action.merging.any_document import ask, carry_out, make
from amts_action.merging.document import Result
from amts_action.merging.options import MergeOptions

TOKENS = [
    *"[@frisch1967;@dacke2008] @fig-comb @tbl-cells \\citep{key} \\cite[3]{x} \\eqref{eq} \\ref{sec}".split(),
    *"\\(w_t\\) $x_i$ \\begin{cases}a\\end{cases} \\[w=1\\] {count} {user.name} %(place)s %s {{keeper}}".split(),
    *"{.lead} {#id} {:.cls} {width=40px} :bee: |version| [[Wax]] ++ctrl+c++ [^n1] `code` {ref}`sec-wax`".split(),
    *"{cite:p}`frisch` <!--todo--> :numref:`fig_a` :cite:`Lindauer.1955` https://bees.example.org/a_b &nbsp;".split(),
    *["<kbd>", "</kbd>"],
]
PAGE = (
    "# Page\n\nStart here.\n\n"
    + "".join(f"Word before {token} and word behind.\n\n" for token in TOKENS)
    + 'Look at {{< ref "wax.md" >}} and {% include "wax" %} now.\n\n'
    "## Warm hives {#warm-hives}\n\n## Cold hives {:#cold-hives}\n\n## Old hives {/*old-hives*/}\n\n"
    "> [!NOTE]\n> Wear a veil.\n\n- [ ] a task\n- [x] a done task\n\nTerm\n: Its meaning.\n\n"
    'Read [the book], [a page][the book], [club][] and [x](a.html "a title"){.c}.\n\n'
    "[the book]: https://bees.example.org/h\n[club]: https://bees.example.org/c\n\n"
    ":::tip{#tip-id}\nIn a tip.\n:::\n\n::: {.callout-note}\nIn a note.\n:::\n\n!!! warning\n    In a warning.\n\n"
    '<Card icon="bee" href="a.html">\nIn a card.\n</Card>\n'
)
KEPT = (
    "{#warm-hives}",
    "{:#cold-hives}",
    "{/*old-hives*/}",
    "> [!NOTE]\n> ",
    "- [ ] ",
    "- [x] ",
    "\n: ",
    '{{< ref "wax.md" >}}',
    '{% include "wax" %}',
    "][the book]",
    "][club]",
    "[the book]: https://bees.example.org/h",
    "(a.html ",
    "{.c}",
    ":::tip{#tip-id}",
    "::: {.callout-note}",
    "!!! warning",
    '<Card icon="bee" href="a.html">',
)


def shouted(segment: Segment, lang: str) -> Translation:
    """The reply of an engine that writes everything in capitals."""
    wire = encode(segment.text, kind=segment.context.get("kind", ""))
    reply = "".join(piece.raw.upper() if not piece.id else wire.mark(piece) for piece in wire.pieces)
    found = decode(wire, reply.replace("&NBSP;", "&nbsp;"), target_lang=lang)
    text = found.text if isinstance(found, Decoded) else None
    return Translation(segment.id, text, (), "machine", wire.characters)


def merged(base: str, head: str, target: str, name: str, lang: str) -> Result:
    """One page, merged with that engine."""
    plan = make(base, head, target, MergeOptions(target_lang=lang), name=name)
    return carry_out(plan, {s.id: shouted(s, lang) for s in ask(plan, prefix="0")}, prefix="0")


def altered_on_page() -> list[str]:
    """The tokens of the page that do not stand in its translation."""
    result = merged("# Page\n\nStart here.\n", PAGE, "# Seite\n\nLos.\n", "page.md", "de")
    return [token for token in (*TOKENS, *KEPT) if token not in result.text]


def prose_of(text: str, path: str) -> str:
    """A page as one text: itself, or the markdown cells of a notebook."""
    if not path.endswith(".ipynb"):
        return text
    return "\n\n".join(cell.source for cell in parse_notebook(text, where=path).cells if cell.kind == "markdown")


def keys_of(text: str) -> set[str]:
    """The protected spans of a page that have letters to be written in capitals."""
    found = set()
    for block in parse_markdown(text).blocks:
        if block.is_prose:
            found |= {t.raw for t in tokens(block.text) if t.type == "span" and t.kind != "escape"}
    return {raw for raw in found if raw.upper() != raw}


def dead(base: str, target: str, output: str) -> int:
    """Links of the output that lead nowhere and that led somewhere in the base or in the target."""
    before = [Anchors(parse_markdown(text)) for text in (base, target)]
    after = Anchors(parse_markdown(output))
    rules = likely_rules(*before)
    lost = {f for _, _, f in links_in(output) if not after.leads(f, rules)}
    return sum(any(side.leads(f, rules) for side in before) for f in lost)


def main() -> None:
    options = arguments(__doc__ or "")
    counts: collections.Counter[str] = collections.Counter()
    start = time.perf_counter()
    lost = altered_on_page()
    print("altered:", *lost) if options.verbose and lost else None
    pairs = Pairs(open_data(options.folder))
    for pair in pairs.all:
        result = merged(pair.base, pair.head, pair.target, pair.path, pair.lang)
        counts["pages"] += 1
        texts = (pair.base, pair.head, pair.target, result.text)
        base, head, target, output = (prose_of(text, pair.path) for text in texts)
        known = keys_of(target) | keys_of(base)
        new = {key for key in keys_of(head) - known if key not in output and key.upper() in output}
        print(pair.path, "altered:", *sorted(new)) if options.verbose and new else None
        counts["altered"] += len(new)
        counts["dead"] += dead(base, target, output)
        counts["links"] += len(links_in(output))
    rows: list[tuple[str, object, str]] = [
        ("tokens of the page", len(TOKENS) + len(KEPT), ">= 50"),
        ("of them altered", len(lost), "= 0"),
        ("pages of the books", counts["pages"], ">= 50"),
        ("keys altered in them", counts["altered"], "= 0"),
        ("links within a page", counts["links"], ""),
        ("of them dead that led somewhere", counts["dead"], "= 0"),
        ("seconds", round(time.perf_counter() - start, 1), ""),
    ]
    leave(table("tokens and fragments", rows))


if __name__ == "__main__":
    main()
