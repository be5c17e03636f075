"""Parallel data resources with their life cycle; the file is read from S3 when the import is done, not before.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data-input-files.html and
https://docs.aws.amazon.com/translate/latest/APIReference/API_CreateParallelData.html. One creation or update at a time;
during an update the status stays ACTIVE and the latest attempt's status moves. Written from the documentation, not from
the program's own check of such files.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

from botocore.exceptions import ClientError

from aws.state import ACCOUNT, ACT_REGIONS, LANGUAGES, Refusal, State
from aws.texts import page

MAX_SEGMENT = 1000
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Unreadable(Exception):
    """The file as a whole cannot be imported."""


@dataclass
class Imported:
    """What became of a file's records."""

    source: str = ""
    targets: list[str] = field(default_factory=list)
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    """Language → source → translation."""
    skipped: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Which record, and why."""
    size: int = 0

    @property
    def count(self) -> int:
        """Sources that have a translation."""
        return len({source for texts in self.records.values() for source in texts})

    def add(self, source: str, targets: dict[str, str]) -> None:
        """A record: skipped when its source, or all of its translations, are empty or too long."""
        good = {lang: text for lang, text in targets.items() if _fits(text)}
        if not _fits(source) or not good:
            self.skipped += 1
            return
        for lang, text in good.items():
            self.records.setdefault(lang, {})[" ".join(source.split())] = text


def _fits(text: str) -> bool:
    return bool(text.strip()) and len(text.encode()) <= MAX_SEGMENT


def read(data: bytes, form: str) -> Imported:
    """The records of a file.

    Raises:
        Unreadable: no record can be told.
    """
    out = Imported(size=len(data))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8.") from None
    for _ in _tmx(text, out) if form == "TMX" else _delimited(text, "," if form == "CSV" else "\t", out):
        pass
    if out.source not in LANGUAGES or not out.targets or set(out.targets) - LANGUAGES:
        raise Unreadable("The file names a language that is not supported.")
    if not out.count:
        raise Unreadable("The file holds no valid record.")
    return out


def _delimited(text: str, delimiter: str, out: Imported) -> Iterator[None]:
    lines = text.split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    for number, line in enumerate(lines, 1):
        yield
        try:
            rows = list(csv.reader([line.removesuffix("\r")], delimiter=delimiter, strict=True))
            row = rows[0] if rows else []
        except csv.Error as error:
            out.failed.append((f"Number {number} line", str(error)))
            continue
        if number == 1:
            out.source, *out.targets = row or [""]
        elif len(row) != len(out.targets) + 1:
            out.failed.append((f"Number {number} line", "The number of fields is not that of the header."))
        elif any(field.startswith(("+", "-", "=", "@")) for field in row):
            out.failed.append((f"Number {number} line", "A field starts with a character that is not allowed."))
        else:
            out.add(row[0], dict(zip(out.targets, row[1:], strict=True)))


def _tmx(text: str, out: Imported) -> Iterator[None]:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Unreadable(f"The file is not XML: {error}") from None
    header = root.find("header")
    out.source = header.get("srclang", "") if header is not None else ""
    dates: dict[str, str] = {}
    for number, unit in enumerate(root.iter("tu"), 1):
        yield
        texts = {}
        for variant in unit.findall("tuv"):
            segment = variant.find("seg")
            if segment is not None:
                texts[variant.get(XML_LANG, "")] = "".join(segment.itertext())
        if out.source not in texts or len(texts) < 2:
            out.failed.append((f"Number {number} TU element", "The source or the target language is missing."))
            continue
        source = texts.pop(out.source)
        out.targets += [lang for lang in texts if lang not in out.targets]
        if unit.get("changedate", "") >= dates.get(source, ""):
            dates[source] = unit.get("changedate", "")
            out.add(source, texts)


def settle(state: State) -> None:
    """Finishes what is due."""
    for name, item in list(state.parallel_data.items()):
        pending = item["pending"]
        if pending is None or pending["ready"] > state.clock.now():
            continue
        item["pending"] = None
        if pending["kind"] == "delete":
            del state.parallel_data[name]
        else:
            _finish(state, item, pending)


def _finish(state: State, item: dict[str, Any], pending: dict[str, Any]) -> None:
    """The import is done: the new data take the place of the old, or the attempt failed."""
    properties, config = item["properties"], pending["config"]
    is_update = pending["kind"] == "update"
    try:
        done = read(_fetched(state, config["S3Uri"]), config["Format"])
    except Unreadable as error:
        properties["Message"] = str(error)
        properties["LatestUpdateAttemptStatus" if is_update else "Status"] = "FAILED"
        return
    properties.update(
        SourceLanguageCode=done.source,
        TargetLanguageCodes=done.targets,
        ParallelDataConfig=config,
        ImportedDataSize=done.size,
        ImportedRecordCount=done.count,
        FailedRecordCount=len(done.failed),
        SkippedRecordCount=done.skipped,
        LastUpdatedAt=state.clock.now(),
        Status="ACTIVE",
    )
    properties.pop("Message", None)
    if is_update:
        properties["LatestUpdateAttemptStatus"] = "ACTIVE"
    item["records"], item["file"], item["errors"] = done.records, config, None
    if done.failed:
        messages = [{"content": where, "message": why} for where, why in done.failed]
        summary = {"record_error_count": len(messages)}
        item["errors"] = json.dumps({"summary": summary, "messages": messages}).encode()


def _fetched(state: State, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        return bytes(state.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        raise Unreadable(f"The file cannot be read: {error.response['Error']['Code']}") from None


def _free(state: State, name: str) -> None:
    """Refuses when another creation or update is going on in the account."""
    for other, item in state.parallel_data.items():
        if item["pending"] is not None:
            state.clock.poll()
            code = "ConcurrentModificationException" if other == name else "LimitExceededException"
            raise Refusal(code, "Another create or update operation is in progress.")


def _config(state: State, request: dict[str, Any]) -> dict[str, Any]:
    config = dict(request["ParallelDataConfig"])
    if "S3Uri" not in config or "Format" not in config:
        raise Refusal("InvalidParameterValueException", "S3Uri and Format are needed.")
    if state.region not in ACT_REGIONS:
        raise Refusal("InvalidRequestException", "Parallel data is not supported in this region.")
    return config


def create(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_CreateParallelData.html"""
    return state.once("CreateParallelData", request, lambda: _create(state, request))


def _create(state: State, request: dict[str, Any]) -> dict[str, Any]:
    settle(state)
    name, config = request["Name"], _config(state, request)
    if name in state.parallel_data:
        raise Refusal("ConflictException", f"Parallel data {name} exists already.")
    _free(state, name)
    now = state.clock.now()
    state.parallel_data[name] = {
        "properties": {
            "Name": name,
            "Arn": f"arn:aws:translate:{state.region}:{ACCOUNT}:parallel-data/{name}",
            "Description": request.get("Description"),
            "EncryptionKey": request.get("EncryptionKey"),
            "ParallelDataConfig": config,
            "Status": "CREATING",
            "CreatedAt": now,
            "LastUpdatedAt": now,
        },
        "pending": _pending(state, "create", config),
        "records": {},
        "file": config,
        "errors": None,
    }
    return {"Name": name, "Status": "CREATING"}


def _pending(state: State, kind: str, config: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"kind": kind, "config": config, "ready": state.clock.now() + timedelta(seconds=state.create_seconds)}


def update(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_UpdateParallelData.html"""
    return state.once("UpdateParallelData", request, lambda: _update(state, request))


def _update(state: State, request: dict[str, Any]) -> dict[str, Any]:
    settle(state)
    config = _config(state, request)
    item = _found(state, request["Name"])
    _free(state, request["Name"])
    properties = item["properties"]
    if properties["Status"] not in ("ACTIVE", "FAILED"):
        raise Refusal("ConflictException", f"The parallel data is {properties['Status']}.")
    properties.update(LatestUpdateAttemptStatus="UPDATING", LatestUpdateAttemptAt=state.clock.now())
    if "Description" in request:
        properties["Description"] = request["Description"]
    item["pending"] = _pending(state, "update", config)
    answer = {name: properties[name] for name in ("Name", "Status", "LatestUpdateAttemptStatus")}
    return {**answer, "LatestUpdateAttemptAt": properties["LatestUpdateAttemptAt"]}


def _found(state: State, name: str) -> dict[str, Any]:
    if name not in state.parallel_data:
        raise Refusal("ResourceNotFoundException", f"Parallel data {name} not found")
    found: dict[str, Any] = state.parallel_data[name]
    return found


def get(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_GetParallelData.html"""
    settle(state)
    item = _found(state, request["Name"])
    answer: dict[str, Any] = {"ParallelDataProperties": dict(item["properties"])}
    if item["records"]:
        location = state.put_file("data", json.dumps(item["records"]).encode())
        answer["DataLocation"] = {"RepositoryType": "S3", "Location": location}
    if item["errors"]:
        place = "LatestUpdateAttemptAuxiliaryDataLocation" if "LatestUpdateAttemptAt" in item["properties"] else ""
        location = state.put_file("errors.json", item["errors"])
        answer[place or "AuxiliaryDataLocation"] = {"RepositoryType": "S3", "Location": location}
    if item["pending"] is not None:
        state.clock.poll()
    return answer


def list_all(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_ListParallelData.html"""
    settle(state)
    found = [state.parallel_data[name]["properties"] for name in sorted(state.parallel_data)]
    return page("ParallelDataPropertiesList", found, request)


def delete(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_DeleteParallelData.html"""
    settle(state)
    item = _found(state, request["Name"])
    if item["pending"] is not None:
        raise Refusal("ConcurrentModificationException", "The parallel data is being changed.")
    item["properties"]["Status"] = "DELETING"
    item["pending"] = _pending(state, "delete")
    return {"Name": request["Name"], "Status": "DELETING"}


def examples(state: State, name: str, source: str, targets: list[str]) -> dict[str, dict[str, str]]:
    """The records that a job uses, by language.

    Raises:
        Refusal: not there, not active, or not for these languages.
    """
    settle(state)
    item = _found(state, name)
    properties = item["properties"]
    if properties["Status"] != "ACTIVE":
        raise Refusal("InvalidRequestException", f"Parallel data {name} is {properties['Status']}, not ACTIVE.")
    if properties["SourceLanguageCode"] != source or set(targets) - set(properties["TargetLanguageCodes"]):
        raise Refusal("InvalidRequestException", f"Parallel data {name} does not cover the languages of the job.")
    return {lang: dict(item["records"].get(lang, {})) for lang in targets}
