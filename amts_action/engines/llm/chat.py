"""Language models as engines: what all of them share. `openai.py` and `bedrock.py` know how to call one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from amts_action.engines.llm.examples import Examples
from amts_action.engines.llm.prompt import (
    VERSION,
    groups,
    instructions,
    item_of,
    question,
    read_answer,
    tokens_in,
)
from amts_action.engines.llm.refusals import is_about_length
from amts_action.engines.model import EngineSettings, Usage
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived
from amts_action.engines.service.pool import Stopped, pooled
from amts_action.engines.service.prices import cost_of
from amts_action.errors import AmtsError, InputError

__all__ = ["Answer", "Chat", "ChatModel", "no_model"]

MAX_ITEMS = 8
"""Texts in one question."""
MAX_SIZE = 12_000
"""Characters of one question, all that is told about its texts included."""
MAX_TEXT = 24_000
"""Bytes of one text: more than any model answers in one piece."""

FILTERED = "a filter stopped the answer"
CUT_OFF = "no reply: the answer was cut off"

Group = list[tuple[int, EngineRequest]]


class Answer(NamedTuple):
    """What a model said."""

    content: object
    """JSON as a text, or its value."""
    is_whole: bool
    """Whether the model came to its end; an answer that was cut off is never used."""
    refusal: str = ""
    """Why the model or a filter would not answer."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Of `input_tokens`, those that the service had seen before."""


class ChatModel(Protocol):
    """One way to call a language model."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    @property
    def identity(self) -> Sequence[str]:
        """What says which model answers, and how it is set up."""
        ...

    def ask(self, system: str, user: str, most_tokens: int) -> Answer:
        """One question; called from several threads.

        Args:
            system: instructions.
            user: data.
            most_tokens: a bound that no honest answer reaches.

        Raises:
            AmtsError: there was no answer.
        """
        ...

    def is_hopeless(self, error: AmtsError) -> bool:
        """Whether an error means that other questions would fail, too."""
        ...


@dataclass(slots=True)
class Chat:
    """The backend of engines that are language models."""

    model: ChatModel
    settings: EngineSettings
    limit: int | None = MAX_TEXT
    takes_instructions: bool = True
    """Whether it follows what the book's people ask for."""
    _examples: Examples | None = None
    _own: str | None = None
    """What they ask for, once it was read."""
    _items: dict[tuple[str, int], tuple[EngineRequest, dict[str, Any]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the engine."""
        return self.model.name

    def check(self, source_lang: str, target_lang: str) -> None:
        """Looks whether there is anything to translate between.

        Raises:
            InputError: both languages are the same.
        """
        if source_lang == target_lang:
            raise InputError(f"source and target are both {source_lang}", where="--target-lang", mend="give another")

    def _instructions(self, source_lang: str, target_lang: str) -> str:
        return instructions(source_lang, target_lang, self._asked_for())

    def _asked_for(self) -> str:
        if self._own is None:
            self._own = self.settings.instructions()
        return self._own

    def _item(self, request: EngineRequest, source_lang: str, target_lang: str) -> dict[str, Any]:
        key = request.text, id(request.segment)
        known = self._items.get(key)
        if known is not None:
            return known[1]
        if self._examples is None:
            self._examples = Examples(self.settings, source_lang, target_lang)
        item = item_of(request, self._examples)
        self._items[key] = request, item  # the request stays alive, so that its segment's id is not given away
        return item

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """The model, the instructions' version, and all that it is told about the text."""
        own = self._asked_for()
        return *self.model.identity, VERSION, self._item(request, source_lang, target_lang), *((own,) if own else ())

    def _groups(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> list[Group]:
        # Two texts with numbers for marks look alike when their words do: alone, their answers cannot be mistaken.
        items = (self._item(request, source_lang, target_lang) for request in requests)
        sizes = [len(question({"0": i})) if r.is_html else MAX_SIZE for r, i in zip(requests, items, strict=True)]
        return list(groups(list(enumerate(requests)), sizes, most=MAX_ITEMS, size=MAX_SIZE))

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Tokens and money, guessed from the number of characters; a model that thinks first uses more."""
        total = Usage()
        for group in self._groups(requests, source_lang, target_lang):
            asked = self._instructions(source_lang, target_lang) + self._question(group, source_lang, target_lang)
            out = sum(2 * tokens_in(request.text) + 20 for _, request in group)
            total += self._usage(Answer(None, True, "", tokens_in(asked), out))
        return total

    def _usage(self, answer: Answer) -> Usage:
        model, prices = self.settings.model, self.settings.prices
        units = {f"{model}:input": answer.input_tokens, f"{model}:output": answer.output_tokens}
        return Usage(
            calls=1,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cached_tokens=answer.cached_tokens,
            cost=cost_of(units, prices),
        )

    def _question(self, group: Group, source_lang: str, target_lang: str) -> str:
        return question({str(n): self._item(r, source_lang, target_lang) for n, r in group})

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The replies, question by question. An answer that was cut off is asked for again in halves.

        Raises:
            AmtsError: the service gave nothing at all.
        """
        system = self._instructions(source_lang, target_lang)
        todo = self._groups(requests, source_lang, target_lang)

        def ask(group: Group) -> Answer:
            most = sum(8 * tokens_in(request.text) + 200 for _, request in group)
            asked = self._question(group, source_lang, target_lang)
            return self.model.ask(system, asked, most)

        while todo:
            again: list[Group] = []
            workers = self.settings.concurrency
            for n, result in pooled(ask, todo, workers=workers, is_hopeless=self.model.is_hopeless):
                group = todo[n]
                if isinstance(result, AmtsError):
                    if _may_be_part(result) and len(group) > 1:
                        again += _halves(group)
                    else:
                        yield from _all(group, _failed(result), Usage())
                elif self._is_complete(group, result):
                    yield from self._read(group, result)
                elif (not result.is_whole or result.refusal) and len(group) > 1:
                    again += _halves(group)
                    yield Arrived(group[0][0], Reply(None, CUT_OFF), self._usage(result))
                elif not result.is_whole or result.refusal:
                    why = f"refused: {result.refusal}" if result.refusal else CUT_OFF
                    yield from _all(group, Reply(None, why, is_answer=not result.refusal), self._usage(result))
                else:
                    yield from self._read(group, result)
            todo = again

    def _is_complete(self, group: Group, answer: Answer) -> bool:
        """Whether an answer has every text, for whatever reason the model stopped.

        What a service has read itself of an answer that was cut off may end in the middle of a text.
        """
        if not answer.is_whole and isinstance(answer.content, Mapping):
            return False
        return len(read_answer(answer.content, [str(n) for n, _ in group])) == len(group)

    def _read(self, group: Group, answer: Answer) -> Iterator[Arrived]:
        texts = read_answer(answer.content, [str(n) for n, _ in group])
        usage = self._usage(answer)
        for n, _ in group:
            text = texts.get(str(n))
            reason = "" if text is not None else "no reply: the answer lacks it"
            yield Arrived(n, Reply(text, reason, is_answer=True), usage)
            usage = Usage()  # counted with the first


def _halves(group: Group) -> list[Group]:
    middle = len(group) // 2
    return [group[:middle], group[middle:]]


def _may_be_part(error: AmtsError) -> bool:
    """Whether the refusal of a question may not hold for half of it."""
    code = str(getattr(error, "code", ""))
    return code == "content_filter" or is_about_length(getattr(error, "status", 0), code)


def _all(group: Group, reply: Reply, usage: Usage) -> Iterator[Arrived]:
    for n, _ in group:
        yield Arrived(n, reply, usage)
        usage = Usage()


def _failed(error: AmtsError) -> Reply:
    if isinstance(error, Stopped):
        return Reply(None, f"no reply: {error.what}", was_sent=False, is_final=True)
    if _may_be_part(error):
        return Reply(None, f"refused: {error.what}")
    return Reply(None, f"no reply: {error.what}", is_final=True)


def no_model() -> InputError:
    """Nobody said which model."""
    return InputError("no model is given", where="--model", mend="give the model's name")
