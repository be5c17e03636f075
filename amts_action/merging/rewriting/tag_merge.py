"""Lines of tags in three versions, attribute by attribute: never a line of each language.

What people have put into an attribute stays while its English stands; one that readers read stays also when its English
changed, and is said, for it is language. Where the tags themselves are others, the translation's stay and are said.
"""

from __future__ import annotations

from collections.abc import Sequence

from amts_action.documents.attributes import LANGUAGE, Tag, tags_of
from amts_action.merging.flags import Flag, flag

__all__ = ["merge_tags"]


def merge_tags(base: str, head: str, own: str) -> tuple[str, tuple[Flag, ...]]:
    """The translation's tags with what the English changed in its own."""
    if own in (base, head):
        return head, ()
    if base == head:
        return own, ()
    tags = [tags_of(text) for text in (base, head, own)]
    bare = {_bare(text, found) for text, found in zip((base, head, own), tags, strict=True)}
    if not _is_alike(*tags) or len(bare) > 1:
        return own, (flag("markup-kept", " ".join(head.split())[:80]),)
    edits: list[tuple[int, int, str]] = []
    flags: list[Flag] = []
    for old, new, mine in zip(*tags, strict=True):
        edits += _merged_tag(old, new, mine, head, flags)
    out, at = [], 0
    for start, end, text in sorted(edits):
        out += [own[at:start], text]
        at = end
    return "".join([*out, own[at:]]), tuple(flags)


def _is_alike(base: Sequence[Tag], head: Sequence[Tag], own: Sequence[Tag]) -> bool:
    return [t.name for t in base] == [t.name for t in head] == [t.name for t in own]


def _bare(text: str, tags: Sequence[Tag]) -> str:
    """A text without its tags and blanks."""
    for tag in reversed(tags):
        text = text[: tag.start] + "<>" + text[tag.end :]
    return "".join(text.split())


def _merged_tag(base: Tag, head: Tag, own: Tag, text: str, flags: list[Flag]) -> list[tuple[int, int, str]]:
    """The edits that bring one tag of the translation up to date."""
    old, new, mine = ({v.key: v for v in tag.values} for tag in (base, head, own))
    edits = []
    for key, value in mine.items():
        before, after = old.get(key), new.get(key)
        if before is None or after is None or before.text == after.text or value.text == after.text:
            continue
        if value.text == before.text:
            edits.append((value.start, value.end, after.text))
            if key.lower() in LANGUAGE:
                flags.append(flag("title-english", after.text))
        else:
            flags.append(flag("attributes-kept", f"{key}: {after.text}"))
    added = [v for key, v in new.items() if key not in old and key not in mine]
    if added:
        at = own.values[-1].outer.end if own.values else own.start + 1 + len(own.name)
        edits.append((at, at, "".join(f" {v.outer.of(text)}" for v in added)))
        flags += [flag("title-english", v.text) for v in added if v.key.lower() in LANGUAGE]
    for key in [key for key in old if key not in new and key in mine]:
        if mine[key].text == old[key].text:
            edits.append((mine[key].outer.start - 1, mine[key].outer.end, ""))
        else:
            flags.append(flag("attributes-kept", f"{key} gone"))
    return edits
