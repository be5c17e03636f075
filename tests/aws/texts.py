"""TranslateText, TranslateDocument and the terminologies.

https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html and
https://docs.aws.amazon.com/translate/latest/dg/creating-custom-terminology.html
"""

from __future__ import annotations

import csv
import io
from typing import Any

from aws.state import ACCOUNT, FORMAL, LANGUAGES, Refusal, State, check_languages
from aws.translate import Outcome, Way, document, fragment, plain

MAX_TEXT = 10_000
MAX_DOCUMENT = 100_000
MAX_TERM = 200


def way_of(state: State, request: dict[str, Any], target: str, examples: dict[str, str] | None = None) -> Way:
    """What a request is translated with, into one language."""
    terms: dict[str, str] = {}
    names = request.get("TerminologyNames", [])
    if len(names) > 1:
        raise Refusal("InvalidParameterValueException", "Only one terminology is allowed.")
    for name in names:
        if name not in state.terminologies:
            raise Refusal("ResourceNotFoundException", f"Terminology {name} not found")
        terms = state.terminologies[name]["terms"].get(target, {})
    return Way(target, terms, examples or {}, examples is not None, state.manners)


def translate_text(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html"""
    size = len(request["Text"].encode())
    if size > MAX_TEXT:
        what = f"Input text size limit exceeded. Max length of request text allowed is {MAX_TEXT} bytes while in this "
        raise Refusal("TextSizeLimitExceededException", f"{what}request the text size is {size} bytes")
    source, target = request["SourceLanguageCode"], request["TargetLanguageCode"]
    check_languages(source, [target])
    done = fragment(request["Text"], way_of(state, request, target))
    return {"TranslatedText": done.text, **_about(request, done, target)}


def translate_document(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateDocument.html"""
    given = request["Document"]
    if len(given["Content"]) > MAX_DOCUMENT:
        raise Refusal("LimitExceededException", "The document is larger than 100 KB.")
    source, target = request["SourceLanguageCode"], request["TargetLanguageCode"]
    check_languages(source, [target])
    if "en" not in (source, target):
        raise Refusal("UnsupportedLanguagePairException", "One of the languages must be English.")
    if request.get("Settings", {}).get("Formality") and target not in FORMAL:
        raise Refusal("InvalidRequestException", f"Formality is not supported for {target}.")
    done = _document(given["Content"], given["ContentType"], way_of(state, request, target))
    return {"TranslatedDocument": {"Content": done.text.encode()}, **_about(request, done, target)}


def _document(content: bytes, kind: str, way: Way) -> Outcome:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("InvalidRequestException", "The document is not UTF-8.") from None
    if kind == "text/html":
        return document(text, way)
    if kind == "text/plain":
        return plain(text, way)
    raise Refusal("InvalidRequestException", f"Unsupported content type {kind}.")


def _about(request: dict[str, Any], done: Outcome, target: str) -> dict[str, Any]:
    out: dict[str, Any] = {"SourceLanguageCode": request["SourceLanguageCode"], "TargetLanguageCode": target}
    if out["SourceLanguageCode"] == "auto":
        out["SourceLanguageCode"] = "en"
    if done.terms:
        terms = [{"SourceText": a, "TargetText": b} for a, b in done.terms.items()]
        out["AppliedTerminologies"] = [{"Name": request["TerminologyNames"][0], "Terms": terms}]
    if settings := request.get("Settings"):
        applied = {k: v for k, v in settings.items() if k != "Formality" or target in FORMAL}
        out["AppliedSettings"] = applied
    return out


def import_terminology(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_ImportTerminology.html"""
    name, data = request["Name"], request["TerminologyData"]
    if data["Format"] == "TMX":
        raise Refusal("InvalidParameterValueException", "This server reads CSV and TSV only.")
    rows, source, targets = _rows(data["File"], "," if data["Format"] == "CSV" else "\t")
    terms: dict[str, dict[str, str]] = {code: {} for code in targets}
    count = skipped = 0
    for row in rows:
        if len(row) != len(targets) + 1:
            raise Refusal("InvalidParameterValueException", "The file has rows of different lengths.")
        if any(len(text.encode()) > MAX_TERM for text in row) or not row[0].strip():
            skipped += 1
            continue
        count += 1
        for code, text in zip(targets, row[1:], strict=True):
            if text:
                terms[code][row[0]] = text
    old = state.terminologies.get(name)
    now = state.clock.now()
    properties = {
        "Name": name,
        "Description": request.get("Description"),
        "Arn": f"arn:aws:translate:{state.region}:{ACCOUNT}:terminology/{name}/LATEST",
        "SourceLanguageCode": source,
        "TargetLanguageCodes": targets,
        "EncryptionKey": request.get("EncryptionKey"),
        "SizeBytes": len(data["File"]),
        "TermCount": count,
        "SkippedTermCount": skipped,
        "CreatedAt": old["properties"]["CreatedAt"] if old else now,
        "LastUpdatedAt": now,
        "Directionality": data.get("Directionality", "UNI"),
        "Format": data["Format"],
    }
    state.terminologies[name] = {"properties": properties, "terms": terms, "file": data["File"]}
    return {"TerminologyProperties": properties}


def _rows(data: bytes, delimiter: str) -> tuple[list[list[str]], str, list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8")), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal("InvalidParameterValueException", f"The file cannot be read: {error}") from None
    codes = rows[0] if rows else []
    if len(codes) < 2 or len(codes) > 11 or len(set(codes)) < len(codes) or set(codes) - LANGUAGES:
        raise Refusal("InvalidParameterValueException", "The first row must hold language codes, at most 10 targets.")
    return rows[1:], codes[0], codes[1:]


def get_terminology(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_GetTerminology.html"""
    found = _found(state, request["Name"])
    location = {"RepositoryType": "S3", "Location": state.put_file("terminology", found["file"])}
    return {"TerminologyProperties": found["properties"], "TerminologyDataLocation": location}


def _found(state: State, name: str) -> Any:
    if name not in state.terminologies:
        raise Refusal("ResourceNotFoundException", f"Terminology {name} not found")
    return state.terminologies[name]


def list_terminologies(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_ListTerminologies.html"""
    found = [state.terminologies[name]["properties"] for name in sorted(state.terminologies)]
    return page("TerminologyPropertiesList", found, request)


def page(name: str, found: list[Any], request: dict[str, Any]) -> dict[str, Any]:
    """One page of a list, with the token of the next one."""
    start, size = int(request.get("NextToken", "0")), request.get("MaxResults", 100)
    more = {"NextToken": str(start + size)} if start + size < len(found) else {}
    return {name: found[start : start + size], **more}


def delete_terminology(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_DeleteTerminology.html"""
    _found(state, request["Name"])
    del state.terminologies[request["Name"]]
    return {}
