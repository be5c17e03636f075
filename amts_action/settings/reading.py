"""How a run's settings are put together.

Later wins: defaults < config.ini (d2lbook) < amts.toml < environment and action inputs < command line. An empty value
is an unset one, everywhere. Files are taken as bytes, because they are read from a commit and not from a folder. What
the files of a repository say that is not ours counts only as far as the table opens a setting to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from amts_action.errors import InputError
from amts_action.settings.languages import is_language
from amts_action.settings.near import near
from amts_action.settings.table import FIELDS, Settings, Trust
from amts_action.settings.values import KINDS, shown

__all__ = ["AMTS_TOML", "CONFIG_INI", "input_name", "load", "named_languages", "variable_name"]

CONFIG_INI: Final = "config.ini"
AMTS_TOML: Final = "amts.toml"
_BY_NAME: Final = {entry.name: entry for entry in FIELDS}
_LONGEST_DEFECT: Final = 200
"""Characters of a parser's own message that are shown; it may quote the file."""


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
    others: str = "",
    notes: list[str] | None = None,
) -> Settings:
    """The settings of a run.

    Args:
        config_ini: d2lbook's file at the target's root, if there is one.
        amts_toml: ours, at the same place.
        environ: usually `os.environ`; of one setting, an action input wins over an `AMTS_` variable.
        arguments: from the command line, by setting name; None is "not given".
        others: address of the repository that the two files are from, when it is not the caller's own.
        notes: gets a line for what config.ini says and is not taken.

    Raises:
        InputError: a value is not of its setting's kind, amts.toml has an unknown key, or one that it may not have.
            Names place and key.
    """
    given = {**_from_environment(environ or {}), **_from_arguments(arguments or {})}
    ini = _from_ini(config_ini)
    toml = _from_toml(amts_toml, str(given.get("target_lang") or ini.get("target_lang") or ""))
    if others:
        ini = _open_part(ini, given, others, notes)
        _check_trust(toml, given, Trust.ANYBODY, f"{others}: {AMTS_TOML}", "of another repository may not")
        _check_remote({**ini, **toml}, given, others)
    else:
        _check_trust(toml, given, Trust.OURS, AMTS_TOML, "may not")
    values = {**ini, **toml, **given}
    settings = Settings(**values)
    if settings.target_lang and "{target_lang}" in settings.branch:
        values["branch"] = settings.branch.replace("{target_lang}", settings.target_lang)
        return Settings(**values)
    return settings


_ORDER: Final = (Trust.ANYBODY, Trust.OURS, Trust.CALLER)


def _closed(values: Mapping[str, Any], given: Mapping[str, Any], most: Trust) -> list[str]:
    """The settings that a file may not say: neither is its value the default, nor does the caller say it anyway."""
    return [
        name
        for name, value in values.items()
        if _ORDER.index(_BY_NAME[name].trust) > _ORDER.index(most)
        and name not in given
        and value != _BY_NAME[name].default
    ]


def _check_trust(values: Mapping[str, Any], given: Mapping[str, Any], most: Trust, where: str, what: str) -> None:
    """Refuses what a settings file may not say.

    Raises:
        InputError: it says it; all such keys are named.
    """
    closed = _closed(values, given, most)
    if closed:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in closed)
        mend = f"give {options} (in a workflow the inputs of these names) yourself, or take the keys out"
        raise InputError(f"sets {', '.join(closed)}, which a settings file {what}", where=where, mend=mend)


def _check_remote(values: Mapping[str, Any], given: Mapping[str, Any], others: str) -> None:
    """Makes sure that another's file names no folder of this machine as the English book, to have it published.

    Raises:
        InputError: it does.
    """
    source = values.get("source", "")
    if "source" not in given and source and not re.match(r"(https?|ssh|git)://|[\w.-]+@[\w.-]+:", source):
        what = f"names {shown(source)} as the English book, which is not an address"
        raise InputError(what, where=others, mend="give --source yourself")


def _open_part(
    values: Mapping[str, Any], given: Mapping[str, Any], others: str, notes: list[str] | None
) -> dict[str, Any]:
    """What counts of another's config.ini; it is not written for us, so the rest is passed over."""
    closed = _closed(values, given, Trust.ANYBODY)
    if closed and notes is not None:
        notes.append(f"{others}: {CONFIG_INI}: {', '.join(closed)} is not taken from another repository")
    return {name: value for name, value in values.items() if name not in closed}


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


def _from_toml(data: bytes | None, target_lang: str) -> dict[str, Any]:
    """What our file says: its keys, and over them those of the table that has the name of the language (`[zh]`)."""
    if not data:
        return {}
    import tomllib

    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML ({error})", where=AMTS_TOML, mend="correct the file") from error
    tables = {key: value for key, value in content.items() if isinstance(value, dict) and is_language(key)}
    tables = {key: value for key, value in tables.items() if key not in _BY_NAME}
    content = {key: value for key, value in content.items() if key not in tables}
    lang = (target_lang or str(content.get("target_lang", ""))).replace("_", "-").lower()
    own = {key: value for key, value in tables.items() if key.replace("_", "-").lower() == lang}
    for table in (own or {key: value for key, value in tables.items() if key.lower() == lang.split("-")[0]}).values():
        content |= table
    unknown = [key for key in (*content, *(key for table in tables.values() for key in table)) if key not in _BY_NAME]
    if unknown:
        meant = near(unknown[0], _BY_NAME)
        raise InputError(f"unknown key {unknown[0]!r}{meant}", where=AMTS_TOML, mend=_mend(content, unknown[0], meant))
    return dict(_checked((name, value, f"{AMTS_TOML}: {name}") for name, value in content.items()))


def named_languages(amts_toml: bytes | None) -> list[str]:
    """The languages that a valid amts.toml has tables for."""
    import tomllib

    content = tomllib.loads((amts_toml or b"").decode("utf-8-sig"))
    return [key for key, value in content.items() if isinstance(value, dict) and is_language(key)]


def _from_ini(data: bytes | None) -> dict[str, Any]:
    """What d2lbook's configuration says about translation. Its other parts may be anything, but it must be an INI."""
    if not data:
        return {}
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True, comment_prefixes=("#", ";"))
    try:
        parser.read_string(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, Error) as error:
        what = " ".join(str(error).split())[:_LONGEST_DEFECT]
        raise InputError(f"not a valid INI file ({what})", where=CONFIG_INI, mend="correct it") from error
    found = []
    for entry in FIELDS:
        if entry.ini is not None:
            value = (parser.get(entry.ini.section, entry.ini.key, fallback="") or "").strip()
            where = f"{CONFIG_INI}: [{entry.ini.section}] {entry.ini.key}"
            found.append((entry.name, entry.ini.read(value), where))
    return dict(_checked(iter(found)))


def _mend(content: Mapping[str, Any], key: str, meant: str) -> str:
    """What to do about a key that is none."""
    inside = content.get(key)
    if isinstance(inside, dict) and any(name.replace("-", "_") in _BY_NAME for name in inside):
        return f"settings stand at the top of the file, without [{key}]"
    return "correct it" if meant else _valid()


def _valid() -> str:
    return "valid are " + ", ".join(sorted(_BY_NAME))


def _checked(given: Iterator[tuple[str, object, str]]) -> Iterator[tuple[str, Any]]:
    """Name and value of what is set, of the right kind. `given` has name, value and the place for messages."""
    for name, value, where in given:
        entry = _BY_NAME[name]
        if value is None or (isinstance(value, str) and not value.strip()) or value in ([], ()):
            continue
        found = KINDS[entry.kind](value, where)
        if entry.commas:
            found = tuple(part.strip() for text in found for part in text.split(",") if part.strip())
        yield name, entry.check(found, where) if entry.check else found
