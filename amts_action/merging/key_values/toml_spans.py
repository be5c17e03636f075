"""TOML as a tree with places: tables as mappings of their own, values by the standard library's parser."""

from __future__ import annotations

import re
import tomllib

from amts_action.merging.key_values.tree import KeyEntry, Mapping, Scalar, written

__all__ = ["read_toml"]

_TABLE = re.compile(r"[ \t]*(\[\[?[^\]\n]+\]\]?)[ \t]*(?:#[^\n]*)?\n?")
_KEY = re.compile(r"[ \t]*((?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"))*)[ \t]*=[ \t]*")


def read_toml(text: str) -> Mapping | None:
    """The tree of a TOML text; None when it is none."""
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    lines = text.splitlines(keepends=True)
    tables: list[tuple[str, str, str, list[KeyEntry]]] = [("", "", "", [])]
    before = ""
    n = 0
    while n < len(lines):
        line = lines[n]
        if (m := _KEY.match(line)) is not None:
            count, value = _value(lines, n, m.end())
            if value is None:
                return None
            whole = "".join(lines[n : n + count])
            after = whole[m.end() + len(value.raw) :]
            tables[-1][3].append(KeyEntry(m.group(1), before, line[: m.end()], value, after))
            before, n = "", n + count
            continue
        if (m := _TABLE.fullmatch(line)) is not None:
            name = m.group(1)
            same = sum(t[0].split("#")[0] == name for t in tables)
            tables.append((f"{name}#{same}" if same else name, before, line, []))
            before = ""
        else:
            before += line
        n += 1
    entries = list(tables[0][3])
    entries += [KeyEntry(name, above, opening, Mapping(tuple(inner)), "") for name, above, opening, inner in tables[1:]]
    found = Mapping(tuple(entries), before)
    return found if written(found) == text else None


def _value(lines: list[str], n: int, column: int) -> tuple[int, Scalar | None]:
    """How many lines the value takes that starts at `column` of line `n`, and the value."""
    for count in range(1, len(lines) - n + 1):
        whole = "".join(lines[n : n + count])[column:]
        try:
            value = tomllib.loads(f"x = {whole}")["x"]
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        raw = _without_remark(whole, value)
        if isinstance(value, str):
            style = "basic" if raw.startswith('"') else "quoted"
            return count, Scalar(raw, value, style)
        return count, Scalar(raw, raw, "opaque")
    return 0, None


def _without_remark(whole: str, value: object) -> str:
    """The value without what stands behind it."""
    for m in [*re.finditer(r"[ \t]*(?:#|\n?\Z)", whole)]:
        raw = whole[: m.start()].rstrip()
        try:
            if raw and tomllib.loads(f"x = {raw}")["x"] == value:
                return raw
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    return whole.rstrip()
