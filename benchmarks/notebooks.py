"""Real changes of notebooks, with ids as they are, hidden, and given anew as nbstripout does (0, 1, 2 … in each file).

Every version of a translation with that English of its day or before that has most programs in common with it, brought
to the next English version and to the newest. With `--ahead` the version before that one is said to be the base:
the translators have gone on by hand. The judge goes by the true ids and by blank lines, not by the program:

- `replaced`, `deleted`: a block of people that is not in the output though the English block at its place in the cell
  of the same id stands in the head, word for word (`replaced` when a machine's text of that English is there instead);
- `doubled`: a machine's text of English that the translation has under the same id, or a program twice that neither
  head nor translation has twice;
- `wrong kind`: a block of people in a cell of a kind that neither its old cell nor the English cell of the same id has;
- `unstable`: a second run that changes or sends something; `invalid`: nbformat objects, and did not before.
"""

from __future__ import annotations

import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from _pseudo import merge, sent
from _repos import Data, arguments, blobs, leave, lineages, open_data, table, tree
from cells import likeness


@dataclass(frozen=True)
class Texts:
    """The notebooks of a replay."""

    base: bytes
    head: bytes
    own: bytes
    true: bytes
    """The English that the translation stands with."""


MODES = ("as they are", "hidden", "counted")


@dataclass
class Found:
    """What went wrong, and how much was done."""

    replays: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def replays(data: Data, languages: Sequence[str], *, ahead: bool) -> Iterator[tuple[str, str, Texts]]:
    """Name, language and texts."""
    repo = data.repo("tf-docs")
    lines = {line[-1].path: line for line in lineages(repo)}
    for path in sorted(tree(repo)):
        lang = path.split("/")[1]
        source = lines.get(path.replace(f"site/{lang}/", "site/en-snapshot/"))
        if lang not in languages or not path.endswith(".ipynb") or not source:
            continue
        texts = blobs(repo, [v.oid for v in (*source, *lines[path])])
        for own in lines[path]:
            then = [v for v in source if v.seconds <= own.seconds]
            if not then:
                continue
            true = max(reversed(then), key=lambda v: likeness(texts[v.oid], texts[own.oid]))
            at = source.index(true)
            older = [v for v in source[:at] if v.oid != true.oid]
            if ahead and not older:
                continue
            base = older[-1] if ahead else true
            later = [v.oid for v in source[at if ahead else at + 1 :] if v.oid != base.oid]
            for head in dict.fromkeys([*later[:1], *later[-1:]]):
                name = f"{path}@{own.commit[:8]} from {base.commit[:8]} to {head[:8]}"
                yield name, lang, Texts(texts[base.oid], texts[head], texts[own.oid], texts[true.oid])


def cells_of(raw: bytes | str) -> list[dict[str, Any]]:
    """The cells, their sources joined."""
    found = json.loads(raw)["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found]


def id_of(cell: dict[str, Any]) -> str:
    """The id of a cell, its own or the one in its metadata."""
    return str(cell.get("id") or cell["metadata"].get("id") or "")


def with_ids(raw: bytes, mode: str) -> str:
    """The notebook with the ids of a mode."""
    content = json.loads(raw)
    for n, cell in enumerate(content["cells"]):
        if mode != "as they are":
            cell["metadata"].pop("id", None)
            cell.pop("id", None)
        if mode == "counted":
            cell["id"] = str(n)
    if mode == "counted":
        content["nbformat_minor"] = 5
    return json.dumps(content, ensure_ascii=False, indent=1)


def flat(text: str) -> str:
    """Without white space and the marks of list items, which are the form that the English has."""
    return "".join(re.sub(r"^[ \t]*[-*+] ", "", text, flags=re.M).split())


def paragraphs(source: str) -> list[str]:
    """What stands between blank lines; a fence in a text is one."""
    found = re.split(r"\n[ \t]*\n", source.strip()) if "```" not in source else [source.strip()]
    return [text for text in found if text.strip()]


@dataclass(frozen=True)
class People:
    """A block of people, and the English that it translates."""

    text: str
    english: str
    kinds: frozenset[str]


def people(base: list[dict[str, Any]], head: list[dict[str, Any]], own: list[dict[str, Any]]) -> Iterator[People]:
    """Blocks of the translation in cells that have as many as the cell of the same id in the base."""
    counts = Counter(id_of(c) for c in base), Counter(id_of(c) for c in own)
    english = {id_of(c): c for c in base if counts[0][id_of(c)] == 1}
    kinds = {id_of(c): c["cell_type"] for c in head}
    for cell in own:
        name = id_of(cell)
        old = english.get(name) if name and counts[1][name] == 1 else None
        if old is None or old["cell_type"] != "markdown" or cell["cell_type"] != "markdown":
            continue
        left, right = paragraphs(old["source"]), paragraphs(cell["source"])
        if len(left) == len(right):
            allowed = frozenset({"markdown", kinds.get(name, "markdown")})
            yield from (People(b, a, allowed) for a, b in zip(left, right, strict=True) if flat(a) != flat(b))


def program(source: str) -> str:
    """A program without comments and blanks."""
    return flat(re.sub(r"#.*", "", source))


def judge(texts: Texts, out: str) -> tuple[Counter[str], list[str]]:
    """The faults of one replay, with what they are about."""
    before, new, target, written = map(cells_of, (texts.true, texts.head, texts.own, out))
    there = {kind: flat("\n".join(c["source"] for c in written if c["cell_type"] == kind)) for kind in _KINDS}
    everything = "".join(there.values())
    standing = flat("\n".join(c["source"] for c in new if c["cell_type"] == "markdown"))
    machine = flat("".join(re.findall(r"⟦[^⟧]*⟧", "\n".join(c["source"] for c in written))))
    faults: Counter[str] = Counter()
    notes = []
    known = Counter(id_of(c) for c in target)
    for block in people(before, new, target):
        text, english = flat(block.text), flat(block.english)
        if len(english) < 12 or english not in standing:
            continue
        if text not in everything:
            what = "replaced" if english[:40] in machine else "deleted"
            faults[what] += 1
            notes.append(f"{what}: {block.text[:80]!r} for {block.english[:80]!r}")
        elif not any(text in there[kind] for kind in block.kinds):
            faults["wrong kind"] += 1
            notes.append(f"wrong kind: {block.text[:80]!r}")
        elif f"⟦{english}⟧" in machine and standing.count(english) == 1:
            faults["doubled"] += 1
            notes.append(f"doubled: {block.english[:80]!r}")
    old = {id_of(c) for c in before}
    for cell in new:
        if id_of(cell) in old or known[id_of(cell)] != 1 or cell["cell_type"] != "markdown":
            continue
        for text in paragraphs(cell["source"]):
            if len(flat(text)) > 20 and f"⟦{flat(text)}⟧" in machine:
                faults["doubled"] += 1
                notes.append(f"doubled: {text[:80]!r} (cell {id_of(cell)} is there)")
    most = Counter(program(c["source"]) for c in new if c["cell_type"] == "code") | Counter(
        program(c["source"]) for c in target if c["cell_type"] == "code"
    )
    now = Counter(program(c["source"]) for c in written if c["cell_type"] == "code")
    for source, count in (now - most).items():
        if most[source] and len(source) > 10:
            faults["doubled"] += count
            notes.append(f"doubled: {source[:80]!r}")
    return faults, notes


_KINDS = ("markdown", "code", "raw")


def invalid(text: str) -> bool:
    """Whether nbformat objects to the notebook."""
    import nbformat

    content = json.loads(text)
    found = nbformat.validator.iter_validate(content, version=4, version_minor=content["nbformat_minor"])
    return next(iter(found), None) is not None


def replay(name: str, lang: str, texts: Texts, mode: str, found: Found) -> None:
    """One replay in one mode."""
    base, head, own = (with_ids(text, mode) for text in (texts.base, texts.head, texts.own))
    found.replays += 1
    try:
        result, _ = merge(base, head, own, name="page.ipynb", lang=lang)
        again, _ = merge(head, head, result.text, name="page.ipynb", lang=lang)
    except Exception:  # noqa: BLE001 - whatever it is, it is what is measured
        found.faults["crashed"] += 1
        found.notes.append(f"{name} ({mode}): crashed\n{traceback.format_exc(limit=-4)}")
        return
    faults, notes = judge(texts, result.text)
    faults["unstable"] += again.text != result.text or sent(again) > 0
    faults["crashed"] += result.status == "failed"
    faults["invalid"] += invalid(result.text) and not invalid(own)
    found.faults += faults
    if +faults:
        found.notes.append("\n    ".join([f"{name} ({mode}): {dict(+faults)}", *notes]))


def main() -> None:
    options = arguments(
        __doc__ or "",
        ("--languages", {"nargs": "+", "default": ["zh-cn", "ja", "es-419"]}),
        ("--modes", {"nargs": "+", "default": list(MODES), "choices": MODES}),
        ("--ahead", {"action": "store_true", "help": "say that the translation was made from an older English"}),
        ("--step", {"type": int, "default": 1, "help": "only every so manieth replay"}),
    )
    start = time.perf_counter()
    found = {mode: Found() for mode in options.modes}
    data = open_data(options.folder)
    for n, (name, lang, texts) in enumerate(replays(data, options.languages, ahead=options.ahead)):
        if n % options.step == 0:
            for mode in options.modes:
                replay(name, lang, texts, mode, found[mode])
    good = True
    for mode, got in found.items():
        print(*got.notes, sep="\n") if options.verbose and got.notes else None
        rows: list[tuple[str, object, str]] = [("replays", got.replays, "")]
        names = ("replaced", "deleted", "doubled", "wrong kind", "unstable", "invalid", "crashed")
        rows += [(name, got.faults[name], "= 0") for name in names]
        good = table(f"notebooks: tf-docs, ids {mode}", rows) and good
    print(f"  {time.perf_counter() - start:.0f} seconds")
    leave(good)


if __name__ == "__main__":
    main()
