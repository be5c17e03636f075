"""The manual page `amts.1`: commands, settings with their options, variables and keys, exit codes and files.

Made from the tables of commands and settings as the reference pages are; the wheel holds it, so that `man amts` works
where it is installed. The tests compare, and write it with AMTS_UPDATE_DOCS=1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from amts_action import __version__
from amts_action.commands.parser import COMMANDS, ROOMS
from amts_action.settings import FIELDS, Field, Group, variable_name

__all__ = ["manual"]

_EXITS = {
    "0": "done",
    "1": "done in part, or something is to be mended or looked at",
    "2": "bad usage or bad input",
    "3": "an outside service failed",
    "4": "a limit stopped the run before anything was sent",
}
_VARIABLES = {
    "AMTS_TOKEN": "signs in to the server of the translation, and of the English unless there is another",
    "AMTS_SOURCE_TOKEN": "signs in to the server of the English",
    "AMTS_CACHE_DIR": "a folder in which clones of addresses are kept",
    "NO_COLOR, FORCE_COLOR": "no colours anywhere, or everywhere",
}
_FILES = {
    "amts.toml": "the settings, at the top of the translation, as its default branch has it",
    ".amts/state/": "which English each page stands for, and what is owed",
    ".github/workflows/amts.yml": "the workflow that amts init writes",
}


def manual() -> str:
    """The page, in the macros of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.\\" Made by docs/manual.py from the tables of commands and settings.'
    yield f'.TH AMTS 1 "" "amts {_roff(__version__)}" "AMTS"'
    yield ".SH NAME"
    yield "amts \\- keep the translations of a book in step with its English source"
    yield ".SH SYNOPSIS"
    yield ".B amts\n.I COMMAND\n[OPTION ...]"
    yield ".SH DESCRIPTION"
    yield _roff("When the English of a book changes, the change arrives in the translation, and nothing else moves.")
    yield _roff("Begin with amts init in the folder of the translation; amts doctor says what is not in place.")
    yield _roff("amts COMMAND --help has the options that people use first, --help-all has all of them.")
    yield ".SH COMMANDS"
    for room, heading in ROOMS.items():
        yield f".SS {_roff(heading)}"
        yield from _terms({name: text for name, (place, text) in COMMANDS.items() if place == room})
    yield ".SH SETTINGS"
    yield _roff("Each is an option, a variable of the environment, and a key of amts.toml; not every command has all.")
    for group in Group:
        yield f".SS {_roff(group.value)}"
        yield from _terms({_name(f): _about(f) for f in FIELDS if f.group is group})
    for title, terms in (("EXIT STATUS", _EXITS), ("ENVIRONMENT", _VARIABLES), ("FILES", _FILES)):
        yield f".SH {title}"
        yield from _terms(terms)


def _terms(terms: dict[str, str]) -> Iterator[str]:
    for term, text in terms.items():
        yield f".TP\n.B {_roff(term)}\n{_roff(text)}"


def _name(field: Field) -> str:
    flags = (f"--{field.name.replace('_', '-')}", *field.flags)
    return f"{', '.join(flags)} {field.metavar}".rstrip()


def _about(field: Field) -> str:
    shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    default = "" if field.default in ("", ()) else f" ({shown})"
    return f"{field.help}{default}. {variable_name(field.name)}, {field.name}"


def _roff(text: str) -> str:
    """Text as roff has it: hyphens are minus signs that can be copied, and no line begins with a macro."""
    escaped = re.sub(r"\s+", " ", text).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
