"""The parts of the reference pages that the program itself knows: its commands, options and settings.

Each part stands in its page between two comments; `renewed` gives the page with the parts as they are now. The tests
compare, and with AMTS_UPDATE_DOCS=1 write: `AMTS_UPDATE_DOCS=1 python -m pytest tests/test_docs.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from amts_action.actions.inputs import INPUTS, OUTPUTS
from amts_action.cli import COMMANDS, build_parser
from amts_action.settings import FIELDS, Field, variable_name

__all__ = ["PARTS", "action_yml", "commands", "inputs", "renewed", "settings"]

MARKS = ("<!-- generated: start -->\n\n", "\n\n<!-- generated: end -->"), ("# generated: start\n", "\n# generated: end")
"""What stands between the two of a pair, of which a page has one and a YAML file the other, is ours."""


def renewed(page: str, part: str) -> str:
    """`page` with `part` between its two comments.

    Raises:
        ValueError: the page does not have them.
    """
    for start, end in MARKS:
        before, found, rest = page.partition(start)
        _, closed, after = rest.partition(end)
        if found and closed:
            return f"{before}{start}{part.strip()}{end}{after}"
    raise ValueError("the page lacks the comments between which the generated part stands")


def commands() -> str:
    """Every command with its usage, arguments and options."""
    return "\n\n".join(part for name in COMMANDS for part in _command(_parser_of(name), f"amts {name}", 2))


def settings() -> str:
    """The table of settings."""
    flags = {action.dest: action.option_strings[0] for name in COMMANDS for action in _options(_parser_of(name))}
    head = "| setting | option | environment | kind | default | who may set it | |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(_setting(entry, flags.get(entry.name, "")) for entry in FIELDS)])


def action_yml() -> str:
    """The whole of action.yml but its head and its `runs`."""
    lines = ["inputs:"]
    for entry in INPUTS:
        lines += [f"  {entry.name}:", f"    description: {_quoted(_sentence(entry.help))}", "    required: false"]
        lines += [f"    default: {_quoted(entry.default)}"] if entry.default else []
    lines += ["outputs:"]
    for name, text in OUTPUTS.items():
        lines += [f"  {name}:", f"    description: {_quoted(_sentence(text))}"]
    return "\n".join(lines)


def inputs() -> str:
    """The tables of the action's inputs and outputs."""
    defaults = {entry.name.replace("_", "-"): _default(entry.default) for entry in FIELDS}
    rows = ["| input | default | |", "|---|---|---|"]
    for entry in INPUTS:
        default = f"`{entry.default}`" if entry.default else defaults.get(entry.name, "none")
        rows.append(f"| `{entry.name}` | {_cell(default)} | {_cell(_prose(entry.help))} |")
    outputs = [f"| `{name}` | {_cell(_prose(text))} |" for name, text in OUTPUTS.items()]
    return "\n".join([*rows, "", "| output | |", "|---|---|", *outputs])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _quoted(text: str) -> str:
    """A YAML scalar in single quotes, which have no escapes but for themselves."""
    return "'" + text.replace("'", "''") + "'"


PARTS = {"../action.yml": action_yml, "action.md": inputs, "command-line.md": commands, "settings.md": settings}
"""Page and what gives its generated part."""


def _parser_of(name: str) -> argparse.ArgumentParser:
    return _children(build_parser(name))[name]


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands below a parser; none for most."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _summaries(parser: argparse.ArgumentParser) -> dict[str, str]:
    """What the parser says in one line about each of the commands below it."""
    lists = [a._choices_actions for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return {entry.dest: entry.help or "" for entries in lists for entry in entries}


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What the parser takes, apart from help and commands."""
    kinds = (argparse._HelpAction, argparse._SubParsersAction)
    return [a for a in parser._actions if not isinstance(a, kinds) and a.help != argparse.SUPPRESS]


def _options(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The options of a parser and of the commands below it."""
    yield from (action for action in _arguments(parser) if action.option_strings)
    for child in _children(parser).values():
        yield from _options(child)


def _command(parser: argparse.ArgumentParser, name: str, level: int, summary: str = "") -> Iterator[str]:
    """Heading, sentence, usage and table of a command, then those of the commands below it."""
    yield f"{'#' * level} `{name}`"
    said = parser.description or (summary and f"{summary[0].upper()}{summary[1:].rstrip('.')}.")
    if said:
        yield _prose(said)
    found, children, summaries = _arguments(parser), _children(parser), _summaries(parser)
    words = [_usage(action) for action in found if action.required or not action.option_strings]
    words += ["[OPTION ...]"] if any(a.option_strings and not a.required for a in found) else []
    words += ["COMMAND ..."] if children else []
    yield "```\n" + " ".join([name, *words]) + "\n```"
    if found:
        rows = [f"| {_signature(action)} | {_cell(_prose(_help(action)))} |" for action in found]
        yield "\n".join(["| argument or option | |", "|---|---|", *rows])
    for child, inner in children.items():
        yield from _command(inner, f"{name} {child}", level + 1, summaries.get(child, ""))


def _usage(action: argparse.Action) -> str:
    """What must be written for a required argument."""
    value = _value(action)
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else value
    return f"{action.option_strings[0]} {value}".rstrip()


def _signature(action: argparse.Action) -> str:
    value = _value(action)
    names = action.option_strings or [value]
    shown = [f"`{name} {value}`" if action.option_strings and value else f"`{name}`" for name in names]
    return _cell(", ".join(shown))


def _value(action: argparse.Action) -> str:
    """What stands for the value of an argument; empty for a switch."""
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    shown = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar or action.dest.upper()
    return f"{shown} ..." if action.nargs in ("+", "*") else shown


def _help(action: argparse.Action) -> str:
    """The help text with its `%(default)s` filled in, as argparse does."""
    text = (action.help or "") % {**vars(action), "prog": "amts"}
    return f"{text} (required)" if action.required and action.option_strings else text


def _setting(entry: Field, flag: str) -> str:
    option = f"`{flag}`" if flag else ""
    cells = [f"`{entry.name}`", option, f"`{variable_name(entry.name)}`", _KINDS[entry.kind], _default(entry.default)]
    cells += [entry.trust.value]
    return "| " + " | ".join(map(_cell, [*cells, _prose(entry.help)])) + " |"


_KINDS = {"str": "text", "bool": "true or false", "int": "number", "decimal": "number", "list": "list of texts"}


def _default(value: object) -> str:
    if value in ("", ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    """Text in a table: no line break and no bar that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _prose(text: str) -> str:
    """A help text as markdown: `NAME<suffix>.md` is no tag."""
    return text.replace("<", "&lt;")
