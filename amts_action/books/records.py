"""The records that say which English text a translation corresponds to, and what of it is still owed.

One small JSON file per document in the target repository, `.amts/state/<target path>.json` (DESIGN §7), so that two
pull requests never meet in one file. Reading is strict: a record that is not understood would make us translate
against the wrong base. Writing is deterministic. Records of another tool (`.translate/`) are read, never written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amts_action.documents.files import is_notebook
from amts_action.errors import InputError
from amts_action.merging.planning.unsettled import Owed

__all__ = [
    "STATE_FOLDER",
    "Owed",
    "Record",
    "declared_commit",
    "effective_base",
    "effective_cells",
    "effective_text",
    "read_foreign",
    "read_record",
    "read_records",
    "state_path",
    "write_record",
]

STATE_FOLDER = ".amts/state/"
FOREIGN_FOLDER = ".translate/"
VERSION = 1
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Record:
    """The base of one translated document: a file of a commit, with the blob id as proof."""

    source_repository: str
    path: str
    commit: str
    blob: str
    owed: tuple[Owed, ...] = ()


def state_path(target_path: str) -> str:
    """Where the record of a document is kept, both relative to the target's root."""
    return f"{STATE_FOLDER}{target_path}.json"


def write_record(record: Record) -> bytes:
    """The record as a file: the same record gives the same bytes.

    Raises:
        InputError: it could not be read back, for example because owed spans overlap.
    """
    owed = [_owed_content(item) for item in record.owed]
    content = {
        "version": VERSION,
        "source_repository": record.source_repository,
        "path": record.path,
        "commit": record.commit,
        "blob": record.blob,
        "owed": owed,
    }
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    # A lone surrogate (half of a broken notebook string, an odd file name) has no UTF-8 form, but a JSON escape.
    data = re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text).encode("utf-8")
    if read_record(data, record.path) != record:
        raise InputError("the record cannot be kept as it is", where=record.path, mend="this is a fault of AMTS")
    return data


def _owed_content(item: Owed) -> dict[str, Any]:
    """The JSON object of an owed place; what is not known of it is left out."""
    content: dict[str, Any] = {"span": list(item.span), "text": item.text, "reason": item.reason}
    if item.mark:
        content |= {"mark": item.mark, "conflict": item.is_conflict}
    return content


def read_record(data: bytes, where: str) -> Record:
    """The record in a file named `where`.

    Raises:
        InputError: not JSON, of another version, or with a wrong, missing or unknown part.
    """
    try:
        content = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _bad(where, f"not a valid JSON file ({_first_line(error)})") from error
    if not isinstance(content, dict):
        raise _bad(where, "not a JSON object")
    version = content.get("version")
    if isinstance(version, bool) or version != VERSION:
        raise _bad(where, f"version {version!r} of a state record is not known (known: {VERSION})")
    _check_keys(content, {"version", "source_repository", "path", "commit", "blob", "owed"}, where)
    for key in ("source_repository", "path", "commit", "blob"):
        if not isinstance(content[key], str):
            raise _bad(where, f"{key} is not a text")
    for key in ("commit", "blob"):
        if not _OID.fullmatch(content[key]):
            raise _bad(where, f"{key} is not an object id")
    if any(part in ("", ".", "..", ".git") for part in content["path"].split("/")):
        raise _bad(where, "path is not a path inside a repository")
    if not isinstance(content["owed"], list):
        raise _bad(where, "owed is not a list")
    owed = tuple(_read_owed(item, where) for item in content["owed"])
    record = Record(content["source_repository"], content["path"], content["commit"], content["blob"], owed)
    _check_order(owed, where)
    return record


def read_records(files: Mapping[str, bytes]) -> tuple[dict[str, Record], dict[str, InputError]]:
    """Records and the errors of those that are broken, both by target path.

    `files` maps paths to contents; what is not a record's path is passed over.
    """
    records: dict[str, Record] = {}
    errors: dict[str, InputError] = {}
    for path, data in sorted(files.items()):
        if path.startswith(STATE_FOLDER) and path.endswith(".json"):
            target = path.removeprefix(STATE_FOLDER).removesuffix(".json")
            try:
                records[target] = read_record(data, path)
            except InputError as error:
                errors[target] = error
    return records, errors


def _bad(where: str, what: str) -> InputError:
    return InputError(what, where=where, mend="delete the file and run `amts adopt`")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__


def _check_keys(content: Mapping[str, Any], keys: set[str], where: str) -> None:
    missing, unknown = sorted(keys - set(content)), sorted(set(content) - keys)
    if missing:
        raise _bad(where, f"{missing[0]} is missing")
    if unknown:
        raise _bad(where, f"unknown part {unknown[0][:40]!r}")


def _read_owed(item: Any, where: str) -> Owed:
    if not isinstance(item, dict):
        raise _bad(where, "an owed item is not an object")
    _check_keys({"mark": "", "conflict": False, **item}, {"span", "text", "reason", "mark", "conflict"}, where)
    span, text, reason = item["span"], item["text"], item["reason"]
    mark, is_conflict = item.get("mark", ""), item.get("conflict", False)
    if not isinstance(span, list) or len(span) not in (2, 3) or not all(type(number) is int for number in span):
        raise _bad(where, "an owed span is not two numbers (three in a notebook)")
    if not (text is None or isinstance(text, str)) or not isinstance(reason, str):
        raise _bad(where, "an owed text or reason is not a text")
    if not isinstance(mark, str) or not isinstance(is_conflict, bool):
        raise _bad(where, "the mark of an owed item is not a text, or its conflict neither true nor false")
    return Owed(tuple(span), text, reason, mark, is_conflict)


def _check_order(owed: Sequence[Owed], where: str) -> None:
    """Spans are of one kind, run forwards, come in order and do not overlap. Empty ones may share their place."""
    if len({len(item.span) for item in owed}) > 1:
        raise _bad(where, "owed spans of a notebook and of a text are mixed")
    before: tuple[int, ...] = ()
    for item in owed:
        *cell, start, end = item.span
        if min(item.span) < 0 or start > end:
            raise _bad(where, f"owed span {list(item.span)} runs backwards or starts before the text")
        if (*cell, start) < before:
            raise _bad(where, f"owed span {list(item.span)} is out of order or overlaps")
        before = (*cell, end)


def effective_base(base_text: str, owed: Iterable[Owed], where: str = "state record") -> str:
    """The English that the translation really corresponds to: the base with what is owed put back.

    Raises:
        InputError: a span is a notebook's, ends behind the text, or spans overlap.
    """
    spans = list(owed)
    _check_order(spans, where)
    pieces, at = [], 0
    for item in spans:
        if len(item.span) != 2 or item.span[1] > len(base_text):
            raise _bad(where, f"owed span {list(item.span)} is not in the text, which has {len(base_text)} characters")
        pieces += [base_text[at : item.span[0]], item.text or ""]
        at = item.span[1]
    return "".join([*pieces, base_text[at:]])


def effective_cells(cells: Sequence[str], owed: Iterable[Owed], where: str = "state record") -> list[str]:
    """The same for a notebook, given the sources of all its cells.

    Raises:
        InputError: a span is not a notebook's, is outside its cell, or spans overlap.
    """
    spans = list(owed)
    _check_order(spans, where)
    by_cell: dict[int, list[Owed]] = {}
    for item in spans:
        if len(item.span) != 3 or item.span[0] >= len(cells):
            raise _bad(where, f"owed span {list(item.span)} is not in the notebook, which has {len(cells)} cells")
        by_cell.setdefault(item.span[0], []).append(Owed(item.span[1:], item.text, item.reason))
    return [effective_base(cell, by_cell.get(at, ()), where) for at, cell in enumerate(cells)]


def effective_text(text: str, owed: Sequence[Owed], name: str) -> str:
    """The English that a translation corresponds to: a page or a notebook with what is owed put back.

    Raises:
        InputError: as the two above.
    """
    if not is_notebook(name):
        return effective_base(text, owed, name)
    from amts_action.documents.notebooks.notebook import parse_notebook
    from amts_action.documents.notebooks.notebook_edits import SetSource, apply

    notebook = parse_notebook(text, where=name)
    sources = effective_cells([c.source for c in notebook.cells], owed, name)
    return apply(notebook, [SetSource(i, source) for i, source in enumerate(sources)])


def read_foreign(files: Mapping[str, bytes]) -> dict[str, str]:
    """Source commits by target path, from the records `.translate/state/<document>.yml` of another tool.

    `source-sha` is the commit of the English repository that the translation follows; the documents are below
    `docs-folder` of `.translate/config.yml`. Records that cannot be read are passed over, and nobody says that the
    commits exist: they are hints for finding the base.
    """
    config = _yaml(files.get(f"{FOREIGN_FOLDER}config.yml", b""))
    folder = config.get("docs-folder", "").strip("/")
    prefix = f"{folder}/" if folder and folder != "." else ""
    found = {}
    for path, data in sorted(files.items()):
        if path.startswith(f"{FOREIGN_FOLDER}state/") and path.endswith(".yml"):
            commit = _yaml(data).get("source-sha", "").lower()
            if _OID.fullmatch(commit):
                found[prefix + path.removeprefix(f"{FOREIGN_FOLDER}state/").removesuffix(".yml")] = commit
    return found


_DECLARED = (
    ("l10n", "sourceCommit"),
    ("l10n", "source_commit"),
    ("translation", "source_commit"),
    ("translation", "source-commit"),
    ("translation", "sourceCommit"),
    ("default_lang_commit",),
    ("source-sha",),
    ("source_commit",),
    ("sourceCommit",),
)
"""Keys of front matter under which translators of other projects name the English commit: MDN, vLLM, and the books of
Hugo's docsy theme (OpenTelemetry, Helm), and the tool whose records are read in `read_foreign`."""
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*\r?$", re.S | re.M)
_LONGEST_HEADER = 20_000
"""Characters in which front matter ends, if there is any."""
_REVISION = re.compile(r"[0-9a-f]{7,64}")


def declared_commit(text: str) -> str:
    """The English commit that a page names in its front matter; empty when it names none."""
    found = _FRONT_MATTER.match(text[:_LONGEST_HEADER])
    if found is None or not any(word in found[1] for word in ("ommit", "source-sha")):
        return ""
    import yaml

    try:
        content = yaml.load(found[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return ""
    for keys in _DECLARED:
        value = content
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and _REVISION.fullmatch(value.strip().lower()):
            return value.strip().lower()
    return ""


def _yaml(data: bytes) -> dict[str, str]:
    """The texts at the top of a YAML mapping; nothing when it is none. No value is taken for a number: an id of
    digits only would lose its leading zeros."""
    import yaml

    try:
        content = yaml.load(data.decode("utf-8", "replace"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    pairs = content.items() if isinstance(content, dict) else ()
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}
