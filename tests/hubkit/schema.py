"""Requests and responses, held against GitHub's own OpenAPI description.

`description.json` is the part of it that is needed (see `cut.py`). What the description gets wrong is in `_QUIRKS`
and nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from hubkit.cut import DESCRIPTION

__all__ = ["request_problems", "response_problems", "templates"]

_QUIRKS = (
    # The documented short form of adding labels is a bare list (so PyGithub sends it); the description has only the
    # object. https://docs.github.com/rest/issues/labels#add-labels-to-an-issue
    ("request", "/issues/{issue_number}/labels", r"^body: \[.*\] is not valid under any of the given schemas"),
    # A label without a description has null there; lists of pull requests are described without it.
    ("response", "/pulls", r"^body(\.\d+)?\.labels\.\d+\.description: None"),
    ("response", "/requested_reviewers", r"^body\.labels\.\d+\.description: None"),
    # Any error fits both of the alternatives, of which exactly one should fit.
    ("response", "/contents/{path}", r"^body: \{'message'.* is valid under each of .*rule-violation-error"),
    # A comment whose line has left the diff has null for its place.
    ("response", "/comments", r"^body(\.\d+)?\.(line|position): None"),
    ("response", "/pulls/comments/{comment_id}", r"^body\.(line|position): None"),
)
"""(direction, end of the path, pattern of the complaint): complaints that are known to be the description's fault."""

_BASIC = "#/components/schemas/basic-error"
_ALWAYS = frozenset({401, 403, 404, 429, 500, 502, 503})
"""Statuses that any operation may answer, whether the description lists them or not, with a basic error."""


@cache
def _description() -> dict[str, Any]:
    found: dict[str, Any] = _mended(json.loads(DESCRIPTION.read_bytes()))
    return found


def _mended(node: Any) -> Any:
    """Lets null through where the description says `nullable` beside alternatives or a list of values.

    The letter of OpenAPI 3.0.3 gives `nullable` a meaning beside `type` only, and wants null in the list; GitHub means
    it everywhere (the author of a commit whose address nobody has registered, the reason of an open issue's state).
    """
    if isinstance(node, list):
        return [_mended(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A `discriminator` only hints at one of the alternatives; that of a folder's contents is no object's property.
    node = {key: _mended(value) for key, value in node.items() if key != "discriminator"}
    if node.get("nullable") is True and ("type" not in node or None not in node.get("enum", [None])):
        rest = {key: value for key, value in node.items() if key != "nullable"}
        return {"anyOf": [rest, {"type": "object", "nullable": True, "enum": [None]}]}
    return node


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource("urn:github", Resource(contents=_description(), specification=DRAFT4))


def templates() -> dict[str, dict[str, Any]]:
    """The operations: path as the description writes it, then method in lower case."""
    paths: dict[str, dict[str, Any]] = _description()["paths"]
    return paths


def request_problems(template: str, method: str, query: Mapping[str, str], body: Any) -> list[str]:
    """What the description says against a request; `body` is None when there is none."""
    operation = templates()[template][method.lower()]
    problems = []
    known = {one["name"]: one for one in map(_resolved, operation.get("parameters", ())) if one["in"] == "query"}
    for name, value in query.items():
        if name not in known:
            problems.append(f"query: unknown parameter {name!r}")
            continue
        problems += _complaints(known[name]["schema"], _typed(value, known[name]["schema"]), f"query.{name}")
    if body is not None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            problems.append("body: none is expected")
        else:
            problems += _complaints(
                f"{_pointer(template, method)}/requestBody/content/application~1json/schema", body, "body"
            )
            problems += _unknown(content["schema"], body)
    elif operation.get("requestBody", {}).get("required"):
        problems.append("body: one is required")
    return [text for text in problems if not _is_quirk("request", template, text)]


def response_problems(template: str, method: str, status: int, body: Any) -> list[str]:
    """What the description says against a response; `body` is None when it is empty."""
    answers = templates()[template][method.lower()]["responses"]
    answer = _resolved(answers[str(status)]) if str(status) in answers else None
    if answer is None:
        if status not in _ALWAYS:
            return [f"status {status} is not described"]
        return _complaints(_BASIC, body, "body")
    content = answer.get("content", {})
    if not content:
        return [] if body is None or status >= 300 else ["body: none is expected"]
    schema = next((value["schema"] for key, value in content.items() if key.startswith("application/json")), None)
    problems = [] if schema is None else _complaints(schema, body, "body")
    return [text for text in problems if not _is_quirk("response", template, text)]


def _is_quirk(direction: str, template: str, text: str) -> bool:
    return any(d == direction and template.endswith(p) and re.search(r, text, re.S) for d, p, r in _QUIRKS)


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = _description()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found  # type: ignore[no-any-return]


def _pointer(template: str, method: str) -> str:
    part = quote(template.replace("~", "~0").replace("/", "~1"), safe="~")
    return f"#/paths/{part}/{method.lower()}"


@cache
def _validator(pointer: str) -> OAS30Validator:
    return OAS30Validator({"$ref": "urn:github" + pointer}, registry=_registry(), format_checker=oas30_format_checker)


def _complaints(schema: Any, value: Any, where: str) -> list[str]:
    if isinstance(schema, dict):
        text = json.dumps(schema, sort_keys=True).replace('"#/components/', '"urn:github#/components/')
        validator = _inline(text)
    else:
        validator = _validator(schema)
    return [f"{where}{_place(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]


@cache
def _inline(schema: str) -> OAS30Validator:
    return OAS30Validator(json.loads(schema), registry=_registry(), format_checker=oas30_format_checker)


def _place(path: Any) -> str:
    return "".join(f".{part}" for part in path)


def _unknown(schema: dict[str, Any], body: Any) -> list[str]:
    """Keys of the body that the description does not name: most likely misspelt, and ignored by GitHub."""
    schema = _resolved(schema)
    if not isinstance(body, dict) or "properties" not in schema:
        return []
    return [f"body: unknown key {key!r}" for key in body if key not in schema["properties"]]


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """The value that a query parameter's text stands for."""
    if schema.get("type") == "integer":
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    if schema.get("type") == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text
