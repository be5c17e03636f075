"""An engine in the process itself: it gives every segment back inside ⟦ ⟧, so that machine text can be seen."""

from __future__ import annotations

from collections.abc import Sequence

from amts_action.api import plan
from amts_action.engines.model import Segment, Translation
from amts_action.markup.wire import Decoded, decode, encode
from amts_action.merging.any_document import AnyPlan, ask, carry_out
from amts_action.merging.document import Result
from amts_action.merging.options import MergeOptions


def translate(segments: Sequence[Segment], *, mark: str = "") -> dict[str, Translation]:
    """Translations by id, through the same wire form that an outside engine gets.

    Args:
        mark: put after ⟦, to tell the runs of a chain apart.
    """
    out: dict[str, Translation] = {}
    seen: set[tuple[str, str]] = set()
    for segment in segments:
        wire = encode(segment.text, kind=segment.context.get("kind", ""))
        if not wire.has_letters:
            out[segment.id] = Translation(segment.id, segment.text)
            continue
        key = (wire.html, wire.kind)
        sent = 0 if key in seen else wire.characters
        seen.add(key)
        got = decode(wire, f"⟦{mark}{wire.html}⟧", target_lang="zh")
        if isinstance(got, Decoded):
            flags = tuple(f"repaired: {repair}" for repair in got.repairs)
            out[segment.id] = Translation(segment.id, got.text, flags, "machine", sent)
        else:
            out[segment.id] = Translation(segment.id, None, (f"rejected: {got.reason}",), "", sent)
    return out


def merge(base: str, head: str, target: str, *, name: str, lang: str, mark: str = "") -> tuple[Result, AnyPlan]:
    """What `amts merge` does, with the engine above."""
    decided = plan(base, head, target, MergeOptions(target_lang=lang), name=name)
    given = translate(ask(decided, prefix="0", context={"path": name}), mark=mark)
    return carry_out(decided, given, prefix="0"), decided


def sent(result: Result) -> int:
    """Characters that went to the engine."""
    return sum(entry.characters_sent for entry in result.entries)
