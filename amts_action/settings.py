"""The one table of settings, and how a run's settings are put together.

`Settings` is the table: name, type, default and help of every setting are its fields, and the inputs of the action,
the options of the command line and the reference in the documentation come from it. Order, later wins:
defaults < config.ini (d2lbook) < amts.toml < environment and action inputs < command line. An empty value is an
unset one, everywhere. Files are taken as bytes, because they are read from a commit and not from a folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from amts_action.errors import InputError

__all__ = ["AMTS_TOML", "CONFIG_INI", "FIELDS", "Field", "Settings", "input_name", "load", "variable_name"]

CONFIG_INI: Final = "config.ini"
AMTS_TOML: Final = "amts.toml"


def _setting(default: Any, text: str) -> Any:
    """A field with its help text."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to do. Folders have no slash at the ends; languages are codes such as `zh` or `pt-BR`."""

    source: str = _setting("", "the English book: a folder or an address of a git repository")
    target: str = _setting("", "the translated book: a folder or an address of a git repository")
    source_path: str = _setting("", "the folder of the English book in its repository")
    target_path: str = _setting("", "the folder of the translated book in its repository")
    source_lang: str = _setting("en", "language code of the source")
    target_lang: str = _setting("", "language code of the translation")
    base: str = _setting("", "the source commit that the translation corresponds to, where no record says it")
    head: str = _setting("", "the source commit to bring the translation to; its default branch when empty")
    paths: tuple[str, ...] = _setting((), "only documents that match one of these patterns, one a line")
    exclude: tuple[str, ...] = _setting((), "no documents that match one of these patterns, one a line")
    engine: str = _setting("memory", "what translates: memory, command or the name of a service")
    engine_command: str = _setting("", "the program that the engine `command` starts")
    translator: str = _setting("", "the service that d2lbook's config.ini names; it never starts a service by itself")
    terminology: str = _setting("", "name of the terminology that the service shall use")
    branch: str = _setting("amts/{target_lang}", "the branch of the target that gets the result")
    target_branch: str = _setting("", "the branch that the translation lives on; the default one when empty")
    title: str = _setting("", "title of the pull request; one that says what changed when empty")
    labels: tuple[str, ...] = _setting((), "labels of a new pull request, with commas or one a line; made when missing")
    assignees: tuple[str, ...] = _setting((), "who a new pull request is assigned to")
    reviewers: tuple[str, ...] = _setting((), "who is asked to review a new pull request")
    team_reviewers: tuple[str, ...] = _setting((), "teams that are asked to review a new pull request, by their slugs")
    milestone: str = _setting("", "milestone of a new pull request, by its title or number")
    draft: bool = _setting(False, "open new pull requests as drafts")
    force: bool = _setting(
        False, "also propose what a closed pull request had proposed, and remove all pages when the source has none"
    )
    fill_missing: bool = _setting(False, "also insert blocks that the translation never had")
    companions: bool = _setting(True, "also bring images, tables of contents and bibliography entries of a page")
    companion_max_bytes: int = _setting(10_000_000, "largest companion file to copy, in bytes")
    bibliography: str = _setting("auto", "the target's BibTeX file; auto finds it, none leaves it alone")
    toc: str = _setting("auto", "the target's table of contents; auto finds it, none leaves it alone")
    max_characters: int = _setting(
        0, "stop before anything is sent when more characters than this would be; 0: no limit"
    )
    max_cost: Decimal = field(
        default=Decimal(0),
        metadata={"help": "stop before anything is sent when it would cost more US dollars than this; 0: no limit"},
    )
    prices: tuple[str, ...] = _setting(
        (), "NAME=DOLLARS for a million characters or tokens, in place of the known ones"
    )
    region: str = _setting("", "AWS region; that of the environment when empty")
    formality: str = _setting("", "formal or informal, for the languages in which Amazon Translate has it")
    parallel_data: str = _setting(
        "auto", "name of a parallel-data resource for batch jobs; auto makes it from the book"
    )
    s3_uri: str = _setting("", "the folder of a bucket for batch jobs: s3://BUCKET/FOLDER")
    role_arn: str = _setting("", "the role with which Amazon Translate reads and writes that folder")
    kms_key: str = _setting("", "the key that encrypts what is put there; that of the bucket when empty")
    wait_minutes: int = _setting(120, "how long a run waits for a batch job, in minutes; a later run collects it")
    model: str = _setting("", "the language model of the engines `openai` and `bedrock`")
    base_url: str = _setting("", "the address of an OpenAI-compatible service, up to /v1")
    api_key_variable: str = _setting("OPENAI_API_KEY", "the environment variable that holds the key of that service")
    memory: str = _setting("", "a translation memory that engines look into, made by `amts memory build`")
    glossary: str = _setting("", "the file with the book's terms, in the target")
    concurrency: int = _setting(8, "how many requests to a service are under way at once")
    cache_dir: str = _setting("", "the folder for replies that were paid for; that of the user when empty")
    engine_options: tuple[str, ...] = _setting((), "NAME=VALUE, for engines of other packages")
    timeout_seconds: int = _setting(600, "how long an engine may take to answer, in seconds")
    origin_suffix: str = _setting("_origin", "the English text of NAME.md is kept in NAME<suffix>.md where that exists")


class Field(NamedTuple):
    """One line of the table. `kind` is `str`, `bool`, `int`, `decimal` or `list` (of texts)."""

    name: str
    kind: str
    default: Any
    help: str


def _table() -> tuple[Field, ...]:
    kinds = {str: "str", bool: "bool", int: "int", Decimal: "decimal", tuple: "list"}
    return tuple(Field(f.name, kinds[type(f.default)], f.default, f.metadata["help"]) for f in fields(Settings))


FIELDS: Final = _table()
_BY_NAME: Final = {entry.name: entry for entry in FIELDS}
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_AT_LEAST: Final = {
    "companion_max_bytes": 0,
    "concurrency": 1,
    "max_characters": 0,
    "max_cost": 0,
    "timeout_seconds": 1,
    "wait_minutes": 0,
}


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    return f"AMTS_{name.upper()}"


def input_name(name: str) -> str:
    """The variable in which GitHub gives a container action its input: upper case, and hyphens stay.

    https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs
    """
    return f"INPUT_{name.upper().replace('_', '-')}"


def load(
    *,
    config_ini: bytes | None = None,
    amts_toml: bytes | None = None,
    environ: Mapping[str, str] | None = None,
    arguments: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of a run.

    Args:
        config_ini: d2lbook's file at the target's root, if there is one.
        amts_toml: ours, at the same place.
        environ: usually `os.environ`; of one setting, an action input wins over an `AMTS_` variable.
        arguments: from the command line, by setting name; None is "not given".

    Raises:
        InputError: a value is not of its setting's kind, or amts.toml has an unknown key. Names place and key.
    """
    layers: list[Mapping[str, Any]] = [
        _from_ini(config_ini),
        _from_toml(amts_toml),
        _from_environment(environ or {}),
        _from_arguments(arguments or {}),
    ]
    values: dict[str, Any] = {}
    for layer in layers:
        values.update(layer)
    settings = Settings(**values)
    if settings.target_lang and "{target_lang}" in settings.branch:
        values["branch"] = settings.branch.replace("{target_lang}", settings.target_lang)
        return Settings(**values)
    return settings


def _from_arguments(arguments: Mapping[str, object]) -> dict[str, Any]:
    unknown = sorted(set(arguments) - set(_BY_NAME))
    if unknown:
        raise InputError(f"unknown setting {unknown[0]}", where="command line", mend=_valid())
    return dict(_checked((name, value, f"--{name.replace('_', '-')}") for name, value in arguments.items()))


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = []
    for entry in FIELDS:
        for name in (input_name(entry.name), f"INPUT_{entry.name.upper()}", variable_name(entry.name)):
            if environ.get(name, "").strip():
                where = name if name.startswith("AMTS_") else f"input {entry.name.replace('_', '-')}"
                found.append((entry.name, environ[name], where))
                break
    return dict(_checked(iter(found)))


def _from_toml(data: bytes | None) -> dict[str, Any]:
    if not data:
        return {}
    import tomllib

    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML ({error})", where=AMTS_TOML, mend="correct the file") from error
    unknown = [key for key in content if key not in _BY_NAME]
    if unknown:
        raise InputError(f"unknown key {unknown[0]!r}", where=AMTS_TOML, mend=_valid())
    return dict(_checked((name, value, f"{AMTS_TOML}: {name}") for name, value in content.items()))


def _from_ini(data: bytes | None) -> dict[str, Any]:
    """What d2lbook's configuration says about translation. Its other parts may be anything, but it must be an INI."""
    if not data:
        return {}
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True, comment_prefixes=("#", ";"))
    try:
        parser.read_string(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, Error) as error:
        what = " ".join(str(error).split())[:200]
        raise InputError(f"not a valid INI file ({what})", where=CONFIG_INI, mend="correct it") from error
    found = []
    for name, section, key in _INI_KEYS:
        value = (parser.get(section, key, fallback="") or "").strip()
        if name == "source" and re.fullmatch(r"[\w.-]+/[\w.-]+", value):
            value = f"https://github.com/{value}"
        entry = value.split() if name == "exclude" else value
        found.append((name, entry, f"{CONFIG_INI}: [{section}] {key}"))
    return dict(_checked(iter(found)))


_INI_KEYS: Final = (
    ("source", "translation", "origin_repo"),
    ("source_lang", "translation", "origin_lang"),
    ("translator", "translation", "translator"),
    ("terminology", "translation", "terminology"),
    ("target_lang", "project", "lang"),
    ("exclude", "build", "exclusions"),
)


def _valid() -> str:
    return "valid are " + ", ".join(sorted(_BY_NAME))


def _checked(given: Iterator[tuple[str, object, str]]) -> Iterator[tuple[str, Any]]:
    """Name and value of what is set, of the right kind. `given` has name, value and the place for messages."""
    for name, value, where in given:
        entry = _BY_NAME[name]
        if value is None or (isinstance(value, str) and not value.strip()) or value in ([], ()):
            continue
        yield name, _valid_value(name, _KINDS[entry.kind](value, where), where)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or any(char in value for char in "\0\r\n"):
        raise InputError("this is not a text on one line", where=where, mend="give one")
    return value.strip()


def _flag(value: object, where: str) -> bool:
    if isinstance(value, str) and value.strip() in ("true", "false"):
        return value.strip() == "true"
    if not isinstance(value, bool):
        raise InputError(f"{_shown(value)} is neither true nor false", where=where, mend="write true or false")
    return value


def _number(value: object, where: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,15}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{_shown(value)} is not a whole number", where=where, mend="write digits only")
    return value


def _decimal(value: object, where: str) -> Decimal:
    try:
        number = Decimal(str(value).strip()) if isinstance(value, str | int | float) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise InputError(f"{_shown(value)} is not a number", where=where, mend="write one such as 2.50")
    return number


def _texts(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, dict):  # a table of amts.toml
        value = [f"{name}={entry}" for name, entry in value.items()]
    items = value.splitlines() if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise InputError(f"{_shown(value)} is not a list of texts", where=where, mend='write ["a", "b"]')
    return tuple(text for text in (_text(item, where) for item in items) if text)


_COMMAS: Final = frozenset({"labels", "assignees", "reviewers", "team_reviewers"})
"""Lists whose items may also be divided by commas, as other actions have it."""

_KINDS: Final = {"str": _text, "bool": _flag, "int": _number, "decimal": _decimal, "list": _texts}


def _shown(value: object) -> str:
    return repr(value)[:60]


def _valid_value(name: str, value: Any, where: str) -> Any:
    """The value in its normal form.

    Raises:
        InputError: it is outside what the setting allows.
    """
    if name in ("source_path", "target_path"):
        value = value.removeprefix("./").strip("/")
        if any(part in ("..", ".git", "") for part in value.split("/") if value) or "\\" in value:
            raise InputError(f"{_shown(value)} is not a folder inside the repository", where=where, mend="give one")
        return "" if value == "." else value
    if name in ("source_lang", "target_lang") and not _LANGUAGE.fullmatch(value):
        raise InputError(f"{_shown(value)} is not a language code", where=where, mend="write one such as zh or pt-BR")
    if name == "title" and len(value) > 256:
        raise InputError(f"{len(value)} characters, GitHub takes 256", where=where, mend="write a shorter one")
    if name in _COMMAS:
        return tuple(part.strip() for text in value for part in text.split(",") if part.strip())
    if name in ("base", "head", "branch", "target_branch", "source", "target") and value.startswith("-"):
        raise InputError(f"{_shown(value)} starts with a hyphen", where=where, mend="give a name or an address")
    if name in _AT_LEAST and value < _AT_LEAST[name]:
        raise InputError(f"{value} is below {_AT_LEAST[name]}", where=where, mend="give a larger number")
    return value
