"""Localised texts and remarks of programs: kept while their English stands, named otherwise; valid programs stay valid.

Every page of d2l-zh and qe-zh is merged with later versions of its English (`--every N` takes each Nth, and always the
newest). Judged with `tokenize` and `ast`, without the measured program's lexer.
  lost      a text or remark in the translation's language whose English stands as often as before, and that is gone
  silent    one that is gone, or whose English is gone, and that no flag, deletion or conflict in the report names
  broken    Python programs that do not parse, though all of head and target do
  doubled   an option that stands twice in one fence
"""

from __future__ import annotations

import ast
import collections
import difflib
import io
import re
import textwrap
import tokenize
import traceback
import warnings
from collections.abc import Iterator

from _pairs import Pair, Pairs
from _pseudo import merge
from _repos import arguments, leave, open_data, table

from amts_action.merging.document import Result

FENCE = re.compile(
    r"^(?P<in>[ \t]*)(?P<mark>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^[ \t]*(?P=mark)`*[ \t]*$", re.M | re.S
)
CHINESE = re.compile(r"[\u3400-\u9fff]")


def programs(text: str) -> list[str]:
    """Python programs without options, magics and indentation."""
    out = []
    for m in FENCE.finditer(text):
        if not re.search(r"python|code-cell", m["info"]):
            continue
        body = re.sub(r"\A---\n.*?\n---\n", "", textwrap.dedent(m["body"]), flags=re.S)
        body = re.sub(r"\A(?:[ \t]*:[\w-]+:[^\n]*\n)+", "", body)
        out.append(re.sub(r"^([ \t]*)(?:[%!?]|#@tab).*$", r"\1pass", body, flags=re.M))
    return out


def parses(program: str) -> bool:
    """Whether it is Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(program)
    except (SyntaxError, ValueError):
        return False
    return True


def tokens(program: str) -> list[tuple[str, str]]:
    """(`text`, `remark` or the code itself, what it says) of every token; empty when it cannot be read."""
    out = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(program).readline):
            if token.type == tokenize.STRING:
                out.append(("text", re.sub(r"\A\w*(?:\"{3}|'{3}|\"|')|(?:\"{3}|'{3}|\"|')\Z", "", token.string)))
            elif token.type == tokenize.COMMENT:
                out.append(("remark", token.string.lstrip("# ").replace("`", "")))
            elif token.string.strip():
                out.append((token.string, token.string))
    except (tokenize.TokenError, SyntaxError):
        return []
    return out


def wording(base: str, target: str) -> Iterator[tuple[str, str]]:
    """English and Chinese of the texts and remarks that one place in one program of both pages holds."""
    left, right = programs(base), programs(target)
    keys = [[" ".join(k for k, _ in tokens(p) if k != "remark") for p in side] for side in (left, right)]
    for tag, i1, i2, j1, _ in difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if tag != "equal":
            continue
        for i, j in zip(range(i1, i2), range(j1, j1 + i2 - i1), strict=True):
            here, there = tokens(left[i]), tokens(right[j])
            if [k for k, _ in here] == [k for k, _ in there]:
                for (kind, a), (_, b) in zip(here, there, strict=True):
                    if kind in ("text", "remark") and a != b and CHINESE.search(b) and len(a) > 1:
                        yield a, b


def says(text: str) -> collections.Counter[str]:
    """How often each text and remark stands in the programs of a page."""
    return collections.Counter(v for p in programs(text) for k, v in tokens(p) if k in ("text", "remark"))


def changed_only(pair: Pair, head: str) -> set[str]:
    """The texts of programs of the base that the head does not have as they were."""
    kept = collections.Counter(programs(head))
    return {v for p in programs(pair.base) if not kept[p] for _, v in tokens(p)}


def doubled(text: str) -> int:
    """Fences with an option that stands twice."""
    count = 0
    for m in FENCE.finditer(text):
        head = re.match(r"(?:[ \t]*:[\w-]+:[^\n]*\n)*", m["body"])
        keys = re.findall(r"^[ \t]*:([\w-]+):", head.group() if head else "", re.M)
        count += len(keys) != len(set(keys))
    return count


def judge(pair: Pair, head: str, result: Result, counts: collections.Counter[str]) -> list[str]:
    """Faults of one merge; `counts` gets the figures."""
    out = result.text
    before, now, was, after = says(pair.base), says(head), says(pair.target), says(out)
    flags = " ".join(f.text for e in result.entries for f in e.flags)
    small = "\0".join(e.target_text for e in result.entries if e.small)
    flagged = [e for e in result.entries if e.flags or e.action in ("delete", "conflict", "owed")]
    touched = changed_only(pair, head)
    faults = []
    for english, own in collections.Counter(wording(pair.base, pair.target)):
        if english not in touched:
            continue
        stands = now[english] >= before[english]
        kept = after[own] >= was[own]
        counts["localised texts of changed programs"] += 1
        counts["their English stands"] += stands
        if stands and not kept:
            counts["lost"] += 1
            faults.append(f"lost: {english[:50]!r} {own[:40]!r}")
        # What stays although its English changed in what means nothing is told with the change.
        named = (kept and own in small) or own[:40] in flags or any(own in e.target_text for e in flagged)
        if not (kept and stands) and not named:
            counts["silent"] += 1
            faults.append(f"silent: {english[:50]!r} {own[:40]!r} kept {kept}")
    texts = [programs(t) for t in (head, pair.target)]
    if all(parses(p) for side in texts for p in side):
        counts["pages whose programs all parse"] += 1
        broken = [p for p in programs(out) if not parses(p)]
        counts["broken"] += len(broken)
        faults += [f"broken: {p[:200]!r}" for p in broken]
    twice = doubled(out) if not doubled(head) and not doubled(pair.target) else 0
    counts["doubled"] += twice
    return faults + ["doubled option"] * twice


def main() -> None:
    options = arguments(__doc__ or "", ("--every", {"type": int, "default": 8, "help": "each Nth later version (8)"}))
    pairs = Pairs(open_data(options.folder))
    counts: collections.Counter[str] = collections.Counter()
    for pair in [*pairs.quantecon, *pairs.d2l]:
        versions = dict.fromkeys([*pair.later[:: options.every], *pair.later[-1:]])
        for n, head in enumerate(versions):
            counts["merges"] += 1
            try:
                result, _ = merge(pair.base, head, pair.target, name=pair.path, lang=pair.lang)
            except Exception:  # noqa: BLE001 - whatever it is, it is what is measured
                counts["crashed"] += 1
                print(f"{pair.path} {n}: crashed\n{traceback.format_exc(limit=-4)}")
                continue
            faults = judge(pair, head, result, counts)
            if options.verbose:
                for fault in faults:
                    print(f"{pair.path} {n}: {fault}")
    demands = {"crashed": "= 0", "lost": "= 0", "silent": "= 0", "broken": "= 0", "doubled": "= 0"}
    names = ("merges", "localised texts of changed programs", "their English stands", "pages whose programs all parse")
    rows = [(name, counts[name], demands.get(name, "")) for name in (*names, *demands)]
    leave(table("localised programs", rows))


if __name__ == "__main__":
    main()
