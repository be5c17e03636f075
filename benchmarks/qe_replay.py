"""Every commit of qe-zh that moves a `source-sha` from A to B, replayed: base A, head B, target before that commit.

Judged with regular expressions, without the measured program's parser. Everything of the head is looked for in the
output; what is not there must be named in the plan (a row with a flag, `conflict` or `owed` whose span in the head, or
whose counterpart in the base, holds it).
  failed        the run crashed, or nothing was written
  ledger        a category whose `in` is not its `out`
  directive     an opening line of a directive     role     a role and what it holds
  label         `(name)=`, `:label:`, `:name:`     option   an option line of a directive
  code          a code cell: each line of the head's must be there, or the translation's own form of that line
  localised     a line of code that the translation has otherwise than the base, lost although the base's line stands
  front_matter  a line of the translation's front matter lost whose key the English left alone
"""

from __future__ import annotations

import collections
import difflib
import re
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from _pairs import has, source_sha
from _pseudo import merge, sent
from _repos import Data, arguments, git, leave, open_data, table

from amts_action.merging.document import Entry, Result

FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,}|:{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=mark)[ \t]*$", re.M | re.S)
DIRECTIVE = re.compile(r"^[ \t]*(?:`{3,}|~{3,}|:{3,})[ \t]*(\{[\w:+-]+\})", re.M)
ROLE = re.compile(r"\{[\w:+-]+\}`[^`]+`")
LABEL = re.compile(r"^[ \t]*\([\w:.-]+\)=|^[ \t]*:(?:label|name):.*$", re.M)
OPTION = re.compile(r"^[ \t]*:[\w-]+:.*$", re.M)
KINDS = ("failed", "ledger", "directive", "role", "label", "option", "code", "localised", "front_matter", "unstable")


@dataclass(frozen=True)
class Move:
    """A real synchronisation."""

    page: str
    commit: str
    base: str
    head: str
    target: str


def moves(data: Data) -> Iterator[Move | None]:
    """All moves, oldest first; None for one whose commits the English repository does not have."""
    chinese, english = data.repo("qe-zh"), data.repo("qe-en")
    for commit in git(chinese, "log", "--reverse", "--format=%H", "--", ".translate/state").decode().split():
        parents = git(chinese, "rev-list", "--parents", "-n1", commit).decode().split()[1:]
        if len(parents) != 1:
            continue
        for name in git(chinese, "diff", "--name-only", parents[0], commit, "--", ".translate/state").decode().split():
            page = "lectures/" + name.removeprefix(".translate/state/").removesuffix(".yml")
            try:
                old, new = (source_sha(git(chinese, "show", f"{c}:{name}").decode()) for c in (parents[0], commit))
                target = git(chinese, "show", f"{parents[0]}:{page}").decode()
            except RuntimeError:
                continue  # a first record: nothing moved
            if not old or not new or old == new:
                continue
            if not (has(data, "qe-en", old) and has(data, "qe-en", new)):
                yield None
                continue
            texts = [git(english, "show", f"{sha}:{page}").decode() for sha in (old, new)]
            yield Move(page, commit, texts[0], texts[1], target)


def squeezed(text: str) -> str:
    """The text without white space."""
    return re.sub(r"\s+", "", text)


def named(result: Result) -> str:
    """All text that the plan names as not, or not surely, delivered."""
    rows: list[Entry] = [e for e in result.entries if e.flags or e.action in ("conflict", "owed")]
    return squeezed("\n".join(e.head_text + "\n" + e.base_text for e in rows))


def without_fences(text: str) -> str:
    """The text without code."""
    return FENCE.sub(lambda m: "" if "code" in m["info"] else m.group(), text)


def missing(pattern: re.Pattern[str], move: Move, out: str, excuses: str) -> list[str]:
    """What the head has, and neither the output nor the plan; a thing that the target never had is no loss."""
    found = {
        name: collections.Counter(squeezed(m) for m in pattern.findall(without_fences(text)))
        for name, text in (("base", move.base), ("head", move.head), ("target", move.target), ("out", out))
    }
    never = found["base"] - found["target"]  # translated away, or never there
    return [thing for thing in (found["head"] - found["out"] - never).elements() if thing not in excuses]


def programs(text: str) -> list[str]:
    """The bodies of code fences and code cells."""
    plain = [m for m in FENCE.finditer(text) if "{" not in m["info"] or "code" in m["info"]]
    return [m["body"] for m in plain]


def lines(text: str) -> list[str]:
    """Lines of all programs, in order, without blank ones."""
    return [line.rstrip() for body in programs(text) for line in body.split("\n") if line.strip()]


def changed_lines(base: list[str], target: list[str]) -> dict[int, list[str]]:
    """Base line → the translation's own lines that stand for it, where the translation has it otherwise."""
    own: dict[int, list[str]] = {}
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, base, target, autojunk=False).get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                own[i] = [target[j]]
        elif tag == "replace":
            for i in range(i1, i2):
                own[i] = target[j1:j2]
    return own


def lost_code(move: Move, out: str, excuses: str) -> list[str]:
    """Lines of the head's programs that are not in the output, nor there in the translation's form."""
    base, head, target, written = (lines(t) for t in (move.base, move.head, move.target, out))
    own = changed_lines(base, target)
    dropped = collections.Counter(base) - collections.Counter(target)
    forms: dict[str, list[str]] = {}
    for i, local in own.items():
        forms.setdefault(base[i], []).extend(local)
    there = set(written)
    out_lines = []
    for line in (collections.Counter(head) - collections.Counter(written)).elements():
        localised = any(form in there for form in forms.get(line, ())) or localised_of(line, written)
        if not localised and not dropped[line] and squeezed(line) not in excuses:
            out_lines.append(line)
    return out_lines


def localised_of(line: str, written: list[str]) -> bool:
    """Whether a line stands with other texts or remarks only."""
    bare = _bare(line)
    return not bare or any(bare == _bare(other) for other in written)


def _bare(line: str) -> str:
    """A line of code without remarks and texts."""
    plain = re.sub(r"""[rfb]{0,2}("[^"]*"|'[^']*')""", "''", line)
    return squeezed(re.sub(r"#.*", "", plain))


def lost_localised(move: Move, out: str, excuses: str) -> list[str]:
    """The translation's own lines of code that are gone although the English line they belong to stands."""
    base, head, target, written = (lines(t) for t in (move.base, move.head, move.target, out))
    here, now = collections.Counter(base), collections.Counter(head)
    stands = {line for line in now if now[line] >= here[line]}  # one that stands less often may be the one that went
    there = collections.Counter(written)
    gone = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, base, target, autojunk=False).get_opcodes():
        if tag not in ("replace", "insert"):
            continue
        around = base[i1:i2] or base[max(0, i1 - 1) : i1 + 1]
        if all(line in stands for line in around):
            gone += [line for line in target[j1:j2] if not there[line] and squeezed(line) not in excuses]
    return gone


def front_matter(text: str) -> list[str]:
    """Lines between the two `---` at the top."""
    m = re.match(r"---\n(.*?)^---[ \t]*$", text, re.M | re.S)
    return m.group(1).splitlines() if m else []


def lost_front_matter(move: Move, out: str) -> list[str]:
    """Lines of the translation's front matter that are gone, and were not removed or changed in the English."""
    removed = collections.Counter(front_matter(move.base)) - collections.Counter(front_matter(move.head))
    gone = collections.Counter(front_matter(move.target)) - collections.Counter(front_matter(out)) - removed
    return list(gone.elements())


def judge(move: Move, result: Result, plan_excuses: str) -> dict[str, list[str]]:
    """Faults by kind."""
    ledger = [f"{name} {row}" for name, row in result.ledger.items() if row["in"] != row["out"]]
    return {
        "failed": [result.status] if result.status == "failed" else [],
        "ledger": ledger,
        "directive": missing(DIRECTIVE, move, result.text, plan_excuses),
        "role": missing(ROLE, move, result.text, plan_excuses),
        "label": missing(LABEL, move, result.text, plan_excuses),
        "option": missing(OPTION, move, result.text, plan_excuses),
        "code": lost_code(move, result.text, plan_excuses),
        "localised": lost_localised(move, result.text, plan_excuses),
        "front_matter": lost_front_matter(move, result.text),
    }


def main() -> None:
    options = arguments(__doc__ or "")
    counts: collections.Counter[str] = collections.Counter()
    statuses: collections.Counter[str] = collections.Counter()
    done = skipped = characters = 0
    start = time.perf_counter()
    for move in moves(open_data(options.folder)):
        if move is None:
            skipped += 1
            continue
        done += 1
        where = f"{move.page}@{move.commit[:8]}"
        try:
            result, _ = merge(move.base, move.head, move.target, name=move.page, lang="zh-cn")
            again, _ = merge(move.head, move.head, result.text, name=move.page, lang="zh-cn")
        except Exception:  # noqa: BLE001 - whatever it is, it is what is measured
            counts["failed"] += 1
            print(f"{where}: crashed\n{traceback.format_exc(limit=-3)}")
            continue
        statuses[result.status] += 1
        characters += sent(result)
        faults = judge(move, result, named(result))
        faults["unstable"] = ["a second run changed the output"] if again.text != result.text else []
        for kind, found in faults.items():
            counts[kind] += len(found)
            if options.verbose:
                for fault in found:
                    print(f"{where}: {kind}: {fault[:160]}")
    rows: list[tuple[str, object, str]] = [
        ("moves replayed", done, ">= 10"),
        ("moves from or to a commit that qe-en does not have", skipped, ""),
        ("exit code 0", statuses["done"], ""),
        ("exit code 1", statuses["partial"], ""),
        ("characters sent", characters, ""),
        *((kind, counts[kind], "= 0") for kind in KINDS),
        ("seconds", round(time.perf_counter() - start, 1), ""),
    ]
    leave(table("real synchronisations of qe-zh", rows))


if __name__ == "__main__":
    main()
