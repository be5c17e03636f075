"""Services that take several texts in one call and bill characters: all that they share."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.http import Refused, is_hopeless
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.pool import Stopped, pooled
from amts_action.engines.service.prices import cost_of
from amts_action.errors import AmtsError, InputError

__all__ = ["FORMALITIES", "TextService", "coder", "codes"]

FORMALITIES = ("", "formal", "informal")
UNLIKED = (400, 413, 422)
"""States with which services refuse a call for what is in it: it is divided, for a single text may be at fault."""
TOO_MUCH = re.compile(r"exceed|limit|too (?:large|long|many)|less than|at most|answered 413", re.I)
"""How they say that it was its size; what is said of two single texts in the same words is said of all others."""
Ask = Callable[[Sequence[str], bool, str, str], list[str]]
"""Texts, whether they are HTML, and both codes, to translations in the same order."""


@dataclass(slots=True)
class TextService:
    """The backend of such a service."""

    name: str
    settings: EngineSettings
    ask: Ask
    pair: Callable[[str, str], tuple[str, str]]
    """The service's codes of two languages, or `InputError`."""
    most_texts: int
    """In one call."""
    most_bytes: int
    """Of the texts of one call, as JSON writes them; never fewer than the characters, which some services count."""
    limit: int | None = None
    told: Sequence[object] = field(default=())
    """What else changes a reply: address, glossary, formality."""

    def engine(self) -> MachineEngine:
        """The engine made of it."""
        if self.settings.concurrency < 1:
            raise InputError("no call at once is too few", where="--concurrency", mend="give a number above 0")
        return MachineEngine(self, self.settings)

    def check(self, source_lang: str, target_lang: str) -> None:
        """Whether it has the languages, before anything is sent."""
        self.pair(source_lang, target_lang)

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """Codes and settings."""
        return *self.pair(source_lang, target_lang), *self.told

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Every character of a request is counted, those of its marks, too: an upper bound of the bill."""
        billed = sum(len(request.text) for request in requests)
        calls = len(self._batches(requests))
        return Usage(billed_characters=billed, calls=calls, cost=cost_of({self.name: billed}, self.settings.prices))

    def _batches(self, requests: Sequence[EngineRequest]) -> list[list[int]]:
        out: list[list[int]] = []
        size = 0
        for n in sorted(range(len(requests)), key=lambda n: requests[n].is_html):
            own = len(json.dumps(requests[n].text, ensure_ascii=False).encode("utf-8", "replace"))
            fits = out and len(out[-1]) < self.most_texts and size + own <= self.most_bytes
            if fits and requests[out[-1][0]].is_html == requests[n].is_html:
                out[-1].append(n)
                size += own
            else:
                out.append([n])
                size = own
        return out

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, call by call.

        Raises:
            AmtsError: the service gave nothing at all.
        """
        codes = self.pair(source_lang, target_lang)
        batches = self._batches(requests)

        # 456 is DeepL's for an allowance that is used up.
        is_final = partial(is_hopeless, also=456)

        def once(batch: list[int]) -> list[str]:
            found = self.ask([requests[n].text for n in batch], requests[batch[0]].is_html, *codes)
            if len(found) != len(batch) or not all(isinstance(text, str) for text in found):
                raise Refused("the answer has another number of texts", status=200, where=self.name)
            return found

        def call(batch: list[int]) -> list[str | AmtsError]:
            alone: Counter[str] = Counter()  # what single texts were refused with
            good: list[str] = []
            ended: list[AmtsError] = []  # why no other part is asked for

            def divided(part: list[int]) -> list[str | AmtsError]:
                if ended:
                    return [ended[0]] * len(part)
                try:
                    found = once(part)
                except AmtsError as error:
                    if not isinstance(error, Refused) or error.status not in UNLIKED or is_final(error):
                        ended.append(error)  # what came before it is paid for, and kept
                        return [error] * len(part)
                    alone[error.what] += len(part) == 1
                    is_the_call = alone[error.what] > 1 and not good and not TOO_MUCH.search(error.what)
                    if len(part) == 1 or is_the_call:
                        return [error] * len(part)
                    middle = len(part) // 2
                    return divided(part[:middle]) + divided(part[middle:])
                good.extend(found)
                return list(found)

            done = divided(batch)
            if not good:
                raise next(one for one in (*ended, *done) if isinstance(one, AmtsError))
            return done

        for k, result in pooled(call, batches, workers=self.settings.concurrency, is_hopeless=is_final):
            used = self.estimate([requests[n] for n in batches[k]], source_lang, target_lang)
            for position, n in enumerate(batches[k]):
                one = result[position] if isinstance(result, list) else result
                reply = Reply(one) if isinstance(one, str) else _failed(one)
                yield Arrived(n, reply, used if isinstance(result, list) else Usage())
                used = Usage()  # counted with the first


def _failed(error: AmtsError) -> Reply:
    is_stopped = isinstance(error, Stopped)
    return Reply(None, f"no reply: {error.what}", was_sent=not is_stopped, is_final=True)


def coder(known: str, others: dict[str, str], *, service: str) -> Callable[[str, str], str]:
    """Makes what gives a service's code for a language (first), named by an option (second).

    Args:
        known: its codes, with blanks between.
        others: folded BCP 47 tags and the service's codes for them; the longest part of a tag wins.
    """
    table = {code.lower(): code for code in known.split()} | {tag.lower(): code for tag, code in others.items()}

    def one(lang: str, where: str) -> str:
        parts = lang.strip().lower().replace("_", "-").split("-")
        for end in range(len(parts), 0, -1):
            if (found := table.get("-".join(parts[:end]))) is not None:
                return found
        mend = "choose another engine" if len(parts[0]) < 4 else "give a code such as zh"
        raise InputError(f"{lang!r} is no language of {service}", where=where, mend=mend)

    return one


def codes(known: str, others: dict[str, str], *, service: str) -> Callable[[str, str], tuple[str, str]]:
    """Makes what gives a service's codes for two languages, which must not be the same to it."""
    one = coder(known, others, service=service)

    def pair(source_lang: str, target_lang: str) -> tuple[str, str]:
        found = one(source_lang, "--source-lang"), one(target_lang, "--target-lang")
        if found[0] == found[1]:
            what = f"{source_lang} and {target_lang} are the same language to {service} ({found[0]})"
            raise InputError(what, where="--target-lang", mend="choose another engine")
        return found

    return pair
