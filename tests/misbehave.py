"""What services do to texts: one honest way and a dozen bad ones, each a function of a text and a running number."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence

from amts_action.engines.service.acceptance import EngineRequest, Reply, Send

__all__ = ["HONEST", "WAYS", "by_way"]

SPAN = re.compile(r'<span translate="no" id="[^"]*">.*?</span>|[⟦⟪⦃]/?\d+[⟧⟫⦄]', re.S)
TAG = re.compile(r"<(/?)(\w+)([^<>]*)>")

Way = Callable[[str, random.Random], str]


def honest(text: str, rng: random.Random) -> str:
    """Marks stay, words are marked."""
    return f"译{text}"


def _drop(text: str, rng: random.Random) -> str:
    spans = SPAN.findall(text)
    return honest(text.replace(rng.choice(spans), "", 1) if spans else text, rng)


def _double(text: str, rng: random.Random) -> str:
    spans = SPAN.findall(text)
    one = rng.choice(spans) if spans else ""
    return honest(text.replace(one, f"{one} {one}", 1) if one else text, rng)


def _translate_span(text: str, rng: random.Random) -> str:
    return honest(re.sub(r">([^<>]+)</span>", ">译</span>", text, count=1), rng)


def _space(text: str, rng: random.Random) -> str:
    text = SPAN.sub(lambda m: f"  {m.group()} ", text)
    return honest(TAG.sub(lambda m: f"< {m.group(1)} {m.group(2)}{m.group(3)} >", text), rng)


def _unquote(text: str, rng: random.Random) -> str:
    return honest(text.replace('"', "").replace("&amp;", "&#38;"), rng)


def _reorder(text: str, rng: random.Random) -> str:
    spans = SPAN.findall(text)
    rng.shuffle(spans)
    left = iter(spans)
    return honest(SPAN.sub(lambda m: next(left), text), rng)


def _garble(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text)) if text else 0
    return f"译{text[:at]}{rng.choice('<>&*`$_[]|#x')}{text[at + 1 :]}"


def _placeholder(text: str, rng: random.Random) -> str:
    return honest(SPAN.sub("‹DNT_0›", text, count=1), rng)


def _markup(text: str, rng: random.Random) -> str:
    more = rng.choice(
        ["# a", "- b", "*", "`", "$x$", "](x)", "<script>", "{ref}`x`", "\n\n", "|", "```", "\x07", "&lt;b>"]
    )
    return f"{more}译{text}{more}"


def _swap(text: str, rng: random.Random) -> str:
    return honest(re.sub(r'id="x(\d+)"', lambda m: f'id="x{rng.randrange(4)}"', text), rng)


def _half(text: str, rng: random.Random) -> str:
    return honest(text[: len(text) // 2], rng)


def _empty(text: str, rng: random.Random) -> str:
    return ""


HONEST: Way = honest
WAYS: Mapping[str, Way] = {
    "honest": honest,
    "drop": _drop,
    "double": _double,
    "translate": _translate_span,
    "space": _space,
    "unquote": _unquote,
    "reorder": _reorder,
    "garble": _garble,
    "placeholder": _placeholder,
    "markup": _markup,
    "swap": _swap,
    "half": _half,
    "empty": _empty,
}


def by_way(way: Way, *, seed: int = 1) -> Send:
    """A service that treats texts in this way."""
    rng = random.Random(seed)

    def send(requests: Sequence[EngineRequest]) -> list[Reply]:
        return [Reply(way(request.text, rng)) for request in requests]

    return send
