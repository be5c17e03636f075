"""What a run tells its engine, what that would cost, and what it came to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from amts_action.documents.files import is_notebook
from amts_action.engines.model import Engine, EngineSettings, Pair, Segment, Translation, Usage
from amts_action.errors import AmtsError, InputError
from amts_action.settings import Settings

if TYPE_CHECKING:
    from amts_action.books.books import Books

__all__ = [
    "Spent",
    "characters_of",
    "engine_settings",
    "estimate",
    "estimates",
    "gate_of",
    "glossary_of",
    "instructions_file",
    "of_book",
    "spent",
]


def engine_settings(
    settings: Settings, *, pairs: Callable[[], Iterable[Pair]], report: Callable[[str], None] | None = None
) -> EngineSettings:
    """The settings of the engine of a run; `pairs` gives what people have translated in the book.

    Raises:
        InputError: a price or an engine's option is not of the form NAME=VALUE.
    """
    from amts_action.engines.service.prices import read_prices

    made = EngineSettings(
        command=settings.engine_command,
        timeout_seconds=settings.timeout_seconds,
        pairs=pairs,
        memory_path=Path(settings.memory) if settings.memory else None,
        cache_path=_cache_folder(settings) / "replies.sqlite",
        max_characters=settings.max_characters,
        max_cost=settings.max_cost or None,
        concurrency=settings.concurrency,
        region=settings.region,
        terminology=settings.terminology,
        formality=settings.formality,
        parallel_data=settings.parallel_data,
        s3_uri=settings.s3_uri,
        role_arn=settings.role_arn,
        kms_key=settings.kms_key,
        wait_minutes=settings.wait_minutes,
        model=settings.model,
        base_url=settings.base_url,
        api_key_variable=settings.api_key_variable,
        prices=read_prices(settings.prices),
        gate=gate_of(settings),
        memory_first=True,
        model_dir=Path(settings.model_dir) if settings.model_dir else None,
        offline=settings.offline,
        options=_options(settings.engine_options),
    )
    return made if report is None else replace(made, report=report)


def of_book(settings: EngineSettings, books: Books) -> EngineSettings:
    """The settings with what the translated book itself can tell: its pages, its glossary and its parallel data."""
    from amts_action.runs.memory.book_data import book_name, shelf_name, write_corpus

    return replace(
        settings,
        pages=lambda: _pages(books),
        terms=lambda: glossary_of(books),
        instructions=lambda: _instructions(books),
        book=book_name(books),
        shelf=shelf_name(books),
        corpus=lambda path: write_corpus(books, path),
    )


def gate_of(settings: Settings) -> Literal["off", "flag", "refuse"]:
    """The setting `gate`, which was checked when it was read."""
    return "off" if settings.gate == "off" else "flag" if settings.gate == "flag" else "refuse"


def _cache_folder(settings: Settings) -> Path:
    """https://specifications.freedesktop.org/basedir-spec/latest/: what can be made again is below XDG_CACHE_HOME."""
    if settings.cache_dir:
        return Path(settings.cache_dir)
    user = os.environ.get("XDG_CACHE_HOME")
    return (Path(user) if user else Path.home() / ".cache") / "amts"


def _options(lines: Iterable[str]) -> dict[str, str]:
    out = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{line[:60]!r} is not NAME=VALUE", where="--engine-options", mend="write it so")
        out[name.strip()] = value.strip()
    return out


def _pages(books: Books) -> Iterator[str]:
    """The pages of the present translation as markdown; what cannot be read is passed over."""
    from amts_action.documents.notebooks.notebook import parse_notebook

    for document in books.documents():
        path = document.pair.target_path
        if path is None or document.pair.source_path is None:
            continue
        try:
            text = books.target.text(path)
            if is_notebook(path):
                text = "\n\n".join(c.source for c in parse_notebook(text, where=path).cells if c.kind == "markdown")
        except AmtsError:
            continue
        yield text


def glossary_of(books: Books) -> list[tuple[str, str]]:
    """The glossary that the settings name.

    Raises:
        InputError: there is no such file in the target, or it is no glossary.
    """
    from amts_action.training.terminology import read_glossary

    settings = books.settings
    if not settings.glossary:
        return []
    if settings.glossary not in books.target.tree:
        raise InputError(
            "the target has no such file", where=f"--glossary {settings.glossary}", mend="correct the path"
        )
    data = books.target.read(settings.glossary)
    languages = {"source_lang": settings.source_lang, "target_lang": settings.target_lang}
    return [(term.source, term.target) for term in read_glossary(data, where=settings.glossary, **languages)]


def instructions_file(settings: Settings) -> str:
    """The path of the file with the instructions for language models; empty when there is none."""
    return settings.instructions.replace("{target_lang}", settings.target_lang)


def _instructions(books: Books) -> str:
    """What the file says that the settings name.

    Raises:
        InputError: there is no such file in the target, or it is no text.
    """
    path = instructions_file(books.settings)
    if not path:
        return ""
    if path not in books.target.tree:
        raise InputError("the target has no such file", where=f"--instructions {path}", mend="correct the path")
    return books.target.text(path).strip()


def estimate(
    engine: Engine, settings: EngineSettings, segments: Sequence[Segment], *, source_lang: str, target_lang: str
) -> Usage:
    """What translating the segments would use, as far as it is known before; sends nothing.

    Raises:
        InputError: the engine cannot be asked for this.
    """
    own: Callable[..., Usage] | None = getattr(engine, "estimate", None)
    if own is not None:
        return own(segments, source_lang=source_lang, target_lang=target_lang)
    if engine.name == "memory":
        return Usage()
    return _plain_usage(engine, settings, characters_of(segments))


def characters_of(segments: Iterable[Segment]) -> int:
    """Characters of the segments' texts that an engine would be given; of equal ones only the first counts."""
    from amts_action.markup.wire import encode

    texts = {(" ".join(s.text.split()), s.context.get("kind", "")) for s in segments}
    wires = (encode(text, kind=kind) for text, kind in texts)
    return sum(wire.characters for wire in wires if wire.has_letters)


def _plain_usage(engine: Engine, settings: EngineSettings, characters: int) -> Usage:
    """The use of an engine that says nothing about it: characters at the price that the user gives."""
    from amts_action.engines.service.prices import cost_of

    return Usage(characters, characters, cost=cost_of({engine.name: characters}, settings.prices))


def estimates(
    chosen: str, settings: EngineSettings, segments: Sequence[Segment], *, source_lang: str, target_lang: str
) -> tuple[dict[str, Usage], str]:
    """What each engine would use that can be used as things are, and why the chosen one cannot; empty when it can."""
    from amts_action.engines.registry import ENGINES, create_engine

    out, why = {}, ""
    # So that nobody is asked for the sake of the others, and no address meant for another engine.
    plain = replace(settings, terminology="", cache_path=None, base_url="")
    for name in dict.fromkeys((chosen, *ENGINES)):
        told = settings if name == chosen else plain
        try:
            engine = create_engine(name, told)
            out[name] = estimate(engine, told, segments, source_lang=source_lang, target_lang=target_lang)
        except AmtsError as error:
            why = str(error) if name == chosen else why
    return out, why


@dataclass(frozen=True, slots=True)
class Spent:
    """What an engine did in a run."""

    name: str = ""
    usage: Usage = field(default_factory=Usage)
    ledger: Mapping[str, int] = field(default_factory=dict)
    """How many texts were sent, accepted, repaired, rejected, by kind."""

    def as_json(self) -> dict[str, Any]:
        """For plan.json and result.json; costs in US dollars, `null` when a price is not known."""
        names = ("characters", "billed_characters", "calls", "input_tokens", "output_tokens", "cached_tokens")
        return {
            "name": self.name,
            **{name: getattr(self.usage, name) for name in names},
            "cost": None if self.usage.cost is None else round(float(self.usage.cost), 6),
            "ledger": {name: count for name, count in sorted(self.ledger.items()) if count},
        }


def spent(engine: Engine, settings: EngineSettings, given: Iterable[Translation]) -> Spent:
    """What an engine has used and done, after its last call."""
    usage = getattr(engine, "usage", None)
    if not isinstance(usage, Usage):
        characters = sum(t.characters for t in given)
        usage = Usage() if engine.name == "memory" else _plain_usage(engine, settings, characters)
    return Spent(engine.name, usage, dict(getattr(engine, "counts", {})))
