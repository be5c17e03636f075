"""Three versions of a block that is no prose (a program, a directive's opening, front matter) made into one.

The block is taken apart (fence line, options, body), each part is merged by its own rules, and the result is written
in the margins of the translation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from amts_action.merging.english.small_changes import SmallChange, cosmetic_key
from amts_action.merging.flags import Flag, flag
from amts_action.merging.key_values.csv_cells import csv_language, merge_csv
from amts_action.merging.key_values.forms import as_lines, as_yaml
from amts_action.merging.key_values.language_keys import DIRECTIVE, FRONT_MATTER
from amts_action.merging.key_values.line_spans import read_lines
from amts_action.merging.key_values.options_merge import language_in, merge_options
from amts_action.merging.key_values.placing import Form
from amts_action.merging.key_values.toml_spans import read_toml
from amts_action.merging.key_values.tree import Mapping, Scalar
from amts_action.merging.key_values.yaml_spans import read_yaml
from amts_action.merging.pieces import Piece, has_language
from amts_action.merging.programs.code_merge import merge_code
from amts_action.merging.programs.fences import Fenced, taken_apart
from amts_action.merging.programs.readers import NewWords, Standby
from amts_action.merging.programs.validity import looks_like_python
from amts_action.merging.programs.wording import Program, Wording
from amts_action.merging.rewriting.span_merge import patch_text

__all__ = [
    "MergedBlock",
    "fresh_block",
    "fresh_front_matter",
    "front_matter_of",
    "merge_block",
    "merge_front_matter",
    "options_of",
    "program_of",
]


@dataclass(frozen=True, slots=True)
class MergedBlock:
    """The new block as pieces that concatenate to it as it stands in the file, and what a person must look at."""

    pieces: tuple[Piece, ...]
    remarks: tuple[Flag, ...] = ()
    small: tuple[SmallChange, ...] = ()
    """What changed in the English of what stays, without giving a translator anything to do."""

    @property
    def text(self) -> str | None:
        """The new block where no engine has to see to it; None where one has."""
        return None if any(p.is_language for p in self.pieces) else "".join(p.text for p in self.pieces)


def merge_block(
    base: str,
    head: str,
    target: str,
    *,
    is_titled: bool = False,
    has_body: bool = True,
    language: str = "",
    wording: Wording | None = None,
    keys: Collection[str] = (),
    langs: tuple[str, str] = ("", ""),
) -> MergedBlock:
    """The change from `base` to `head` made in `target`, three versions of a block with its fence.

    Args:
        is_titled: whether the argument of the directive is language.
        has_body: False for the opening lines of a directive whose body is blocks of their own.
        language: of a program without a fence, and of one whose fence names none.
        wording: how people have worded the texts of the page's programs.
        keys: names of options that hold language, besides those of the table.
        langs: the languages of source and target.
    """
    was, now, own = taken_apart(base), taken_apart(head), taken_apart(target)
    is_table = {x.directive for x in (was, now, own)} == {_TABLE}
    opening, remarks = _opening(was, now, own, is_titled or is_table)
    options, more = _options(was, now, own, keys, langs)
    remarks += more
    body = [Piece(own.body, False)]
    is_empty = own.is_empty
    small: tuple[SmallChange, ...] = ()
    table = merge_csv(was.body, now.body, own.body, _delimiter(now)) if is_table and has_body else None
    if table is not None:
        body, remarks = table[0], [*remarks, *table[1]]
    elif has_body:
        name = body_language(now, language)
        if not name and not now.directive and all(looks_like_python(x.body) for x in (was, now, own)):
            name = "python"
        opaque = bool(now.directive) and not name
        merged = merge_code(was.body, now.body, own.body, name, wording=wording, prefer_target=opaque, is_sent=True)
        body, remarks = _body(merged.text, merged.words), [*remarks, *merged.remarks]
        small = merged.small
        is_same = merged.text == now.body and was.is_empty == own.is_empty
        is_empty = now.is_empty if is_same else own.is_empty and not merged.text
    option_mark = own.option_mark if own.options else now.option_mark
    like = replace(own, mark=own.mark if was.mark == now.mark else now.mark, is_empty=is_empty, option_mark=option_mark)
    return MergedBlock(_assembled(like, opening, options, body), tuple(dict.fromkeys(remarks)), small)


_TABLE = "csv-table"
_DELIMITERS = {"tab": "\t", "space": " "}


def _delimiter(fenced: Fenced) -> str:
    """What stands between the cells of a row of a table."""
    tree, *_ = _read_options(fenced)
    entry = tree.get("delim") if tree is not None else None
    says = entry.value.says if entry is not None and isinstance(entry.value, Scalar) else ""
    return _DELIMITERS.get(says, says[:1] or ",")


_BODIES = {"mermaid": "mermaid", "graphviz": "dot", "raw": "html", "code-cell": "python", "ipython": "python"}
"""Languages of the bodies of directives that do not name one."""


def body_language(fenced: Fenced, language: str = "") -> str:
    """The language of what a block holds; `language` is that of a program that does not name its own."""
    if fenced.directive and not _is_program(fenced.directive):
        return _BODIES.get(fenced.directive, "")
    return fenced.language or language or _BODIES.get(fenced.directive, "")


def program_of(base: str, target: str, language: str = "") -> Program:
    """A program and its translation, from the blocks that hold them."""
    was, own = taken_apart(base), taken_apart(target)
    name = body_language(was, language)
    if not name and not was.directive and looks_like_python(was.body) and looks_like_python(own.body):
        name = "python"
    return Program(was.body, own.body, name)


def _is_program(directive: str) -> bool:
    from amts_action.documents.blocks.directives import CODE

    return directive in CODE or re.fullmatch(r"[a-z]+", directive) is None or directive in ("python", "r", "julia")


def fresh_block(
    head: str, *, is_titled: bool = False, wording: Wording | None = None, language: str = "",
    keys: Collection[str] = (),
) -> MergedBlock:  # fmt: skip
    """A block that is new: captions and the like are language, a program comes with people's words where it can."""
    now = taken_apart(head)
    opening = _fresh_opening(now, is_titled or now.directive == _TABLE)
    tree, _, _ = _read_options(now)
    options: list[Piece] = [Piece("\n".join(now.options) + "\n", False)] if now.options else []
    if tree is not None and now.options:
        options = _fenced_options(now, language_in(tree, DIRECTIVE, keys))
    table = csv_language(now.body, _delimiter(now)) if now.directive == _TABLE else None
    body = table or [Piece(now.body, False)]
    if wording is not None and (not now.directive or _is_program(now.directive)):
        merged = merge_code("", now.body, "", body_language(now, language), wording=wording, is_sent=True)
        body = _body(merged.text, merged.words)
    return MergedBlock(_assembled(now, opening, options, body))


def _body(text: str, words: Sequence[NewWords]) -> list[Piece]:
    """A program as pieces: its code is copied, and stands whatever becomes of its words."""
    out = []
    at = 0
    for new in words:
        out.append(Piece(text[at : new.start], False))
        english = text[new.start : new.end]
        if not new.is_sent:
            out.append(Piece(english, False, new.form, sought=new.text))
            at = new.end
            continue
        standby = new.standby or Standby(english, flag("text-new", " ".join(english.split())[:80]))
        out.append(Piece(new.text, True, new.form, standby=standby))
        at = new.end
    return [*out, Piece(text[at:], False)]


# ---- the fence line


def _info(fenced: Fenced) -> tuple[str, str, str]:
    """Blanks and `{name}` of a directive, its argument, and blanks behind it."""
    m = re.fullmatch(r"([ \t]*\{[^}\n]*\}[ \t]*)(.*?)([ \t]*)", fenced.info)
    return (m.group(1), m.group(2), m.group(3)) if m else (fenced.info, "", "")


def _opening(was: Fenced, now: Fenced, own: Fenced, is_titled: bool) -> tuple[list[Piece], list[Flag]]:
    """The new fence line without its marks."""
    if was.info == now.info or own.info == now.info:
        return [Piece(own.info, False)], []
    if not now.directive and not own.directive:
        merged = merge_code(was.info, now.info, own.info, "python", is_sent=True)
        return _body(merged.text, merged.words), list(merged.remarks)
    (_, old, _), (name, new, _), (own_name, mine, tail) = _info(was), _info(now), _info(own)
    name = own_name if _info(was)[0].strip() == name.strip() else name
    if old == new or mine == new:
        return [Piece(name + mine + tail, False)], []
    if is_titled and has_language(new):
        if mine != old and cosmetic_key(old) == cosmetic_key(new):
            return [Piece(name + mine + tail, False)], []
        if mine != old and (patched := patch_text(old, new, mine)) is not None:
            return [Piece(name + patched.text + tail, False)], list(patched.flags)
        return [Piece(name, False), Piece(new, True, Form("line"))], []
    if mine == old:
        return [Piece(name + new, False)], []
    return [Piece(name + mine + tail, False)], [flag("argument-changed", now.info.strip())]


def _fresh_opening(now: Fenced, is_titled: bool) -> list[Piece]:
    name, argument, tail = _info(now)
    if is_titled and has_language(argument):
        return [Piece(name, False), Piece(argument, True, Form("line")), Piece(tail, False)]
    return [Piece(now.info, False)]


# ---- options


def _read_options(fenced: Fenced) -> tuple[Mapping | None, str, str]:
    """The options as a tree, and the lines around them (`---` or nothing)."""
    if not fenced.options:
        return Mapping(()), "", ""
    if fenced.option_mark:
        return read_yaml("".join(line + "\n" for line in fenced.options)), "", ""
    if fenced.options[0].strip() == "---":
        inner = "".join(line + "\n" for line in fenced.options[1:-1])
        return read_yaml(inner), fenced.options[0], fenced.options[-1]
    return read_lines("".join(line + "\n" for line in fenced.options)), "", ""


def options_of(block: str) -> Mapping | None:
    """The options of a block with a fence; None when they cannot be read."""
    return _read_options(taken_apart(block))[0]


def front_matter_of(text: str) -> Mapping | None:
    """A page's front matter with its fences as a tree; None when it cannot be read."""
    return _front(text)[1]


def _options(
    was: Fenced, now: Fenced, own: Fenced, keys: Collection[str], langs: tuple[str, str]
) -> tuple[list[Piece], list[Flag]]:
    """The new options with their newlines, and what is to be said."""
    mine = [Piece("\n".join(own.options) + "\n", False)] if own.options else []
    if was.options == now.options or now.options == own.options:
        return mine, []
    forms = [_is_yaml(x) for x in (was, now, own)]
    here = {form for form in forms if form is not None}
    # A form that the English changed is the head's; one that only the translation has is its own.
    is_yaml = forms[2] if forms[0] == forms[1] and forms[2] is not None else forms[1]
    old, new, ours = (_in_form(x, is_yaml, len(here) > 1) for x in (was, now, own))
    if old is None or new is None or ours is None:
        if was.options == own.options and new is not None:
            return _fenced_options(now, language_in(new, DIRECTIVE, keys)), []
        return mine, [flag("option-changed", " ".join(now.options)[:80])]
    delimiter = _delimiter(now) if now.directive == _TABLE else ""
    merged = merge_options(old, new, ours, DIRECTIVE, keys, langs, delimiter)
    return _fenced_options(own if forms[2] == is_yaml else now, merged.pieces), merged.remarks


def _is_yaml(fenced: Fenced) -> bool | None:
    """Whether the options are YAML, and no `:key: value` lines; None when there are none."""
    return bool(fenced.option_mark) or fenced.options[0].strip() == "---" if fenced.options else None


def _in_form(fenced: Fenced, is_yaml: bool | None, is_changed: bool) -> Mapping | None:
    """The options as a tree in one form, whatever they are in."""
    tree, *_ = _read_options(fenced)
    if tree is None or not is_changed or _is_yaml(fenced) in (None, is_yaml):
        return tree
    return as_yaml(tree) if is_yaml else as_lines(tree)


def _fenced_options(like: Fenced, pieces: list[Piece]) -> list[Piece]:
    """The options with their `---` lines, and a newline at the end; nothing when no option is left."""
    if not "".join(p.text for p in pieces).strip():
        return []
    out = list(pieces)
    if out[-1].is_language or not out[-1].text.endswith("\n"):
        out.append(Piece("\n", False))
    if like.options and like.options[0].strip() == "---":
        return [Piece(like.options[0] + "\n", False), *out, Piece(like.options[-1] + "\n", False)]
    return out


# ---- the whole


_MARK = re.compile("\ue000(\\d+)\ue001")


def _assembled(like: Fenced, opening: list[Piece], options: list[Piece], body: list[Piece]) -> tuple[Piece, ...]:
    """The block in the margins of `like`, its language in place."""
    slots: list[tuple[Piece, str]] = []
    """With what its further lines start with."""

    def marked(pieces: list[Piece], margin: str) -> str:
        out = ""
        for piece in pieces:
            if piece.is_language or piece.sought:
                out += f"\ue000{len(slots)}\ue001"
                slots.append((piece, margin))
            else:
                out += piece.text
        return out

    parts = opening, options, body
    if any("\ue000" in p.text for part in parts for p in part):
        return (
            Piece(
                like.written(*("".join(p.standby.text if p.standby else p.text for p in part) for part in parts)), False
            ),
        )
    margins = like.rest_margin, like.rest_margin + like.option_mark, like.rest_margin
    text = like.written(*map(marked, parts, margins))
    out: list[Piece] = []
    for n, part in enumerate(_MARK.split(text)):
        if n % 2:
            piece, margin = slots[int(part)]
            form = piece.form
            if form is not None and (form.indent or (isinstance(form, Form) and form.style == "csv")):
                piece = replace(piece, form=replace(form, indent=margin + form.indent))
            if piece.sought:
                piece = replace(piece, text=piece.text.replace("\n", "\n" + margin))
            if piece.standby is not None:
                standing = piece.standby.text.replace("\n", "\n" + margin)
                piece = replace(piece, standby=replace(piece.standby, text=standing))
            out.append(piece)
        elif part:
            out.append(Piece(part, False))
    return tuple(out)


# ---- front matter

_FRONT = re.compile(r"(\ufeff?(---|\+\+\+)[ \t]*\n)(.*?)((?:^)(?:---|\+\+\+|\.\.\.)[ \t]*)\Z", re.S | re.M)


def _front(text: str) -> tuple[str, Mapping | None, str]:
    m = _FRONT.match(text)
    if m is None:
        return "", None, ""
    return m.group(1), read_toml(m.group(3)) if m.group(2) == "+++" else read_yaml(m.group(3)), m.group(4)


def merge_front_matter(
    base: str, head: str, target: str, keys: Collection[str] = (), langs: tuple[str, str] = ("", "")
) -> MergedBlock:
    """The change from `base` to `head` made in `target`, three versions of a page's front matter with its fences."""
    (_, old, _), (opening, new, _), (own_opening, ours, closing) = _front(base), _front(head), _front(target)
    if target == base and new is not None:
        return fresh_front_matter(head, base, keys)
    if old is None or new is None or ours is None or opening.strip("\ufeff \t\n") != own_opening.strip("\ufeff \t\n"):
        merged = merge_code(base, head, target, "", prefer_target=True)
        return MergedBlock((Piece(merged.text, False),), merged.remarks)
    found = merge_options(old, new, ours, FRONT_MATTER, keys, langs)
    pieces = [Piece(own_opening, False), *found.pieces]
    if pieces[-1].is_language or not pieces[-1].text.endswith("\n"):
        pieces.append(Piece("\n", False))
    return MergedBlock((*pieces, Piece(closing, False)), tuple(dict.fromkeys(found.remarks)))


def fresh_front_matter(head: str, base: str = "", keys: Collection[str] = ()) -> MergedBlock:
    """Front matter that is new, or that people have left in English: what readers read is language.

    With `base` only what changed since then is language.
    """
    opening, new, closing = _front(head)
    _, old, _ = _front(base)
    if new is None:
        return MergedBlock((Piece(head, False),))
    if old is not None:
        found = merge_options(old, new, old, FRONT_MATTER, keys)
        pieces = found.pieces
    else:
        pieces = language_in(new, FRONT_MATTER, keys)
    return MergedBlock((Piece(opening, False), *pieces, Piece(closing, False)))
