"""Requests and answers checked against botocore's model of Amazon Translate: JSON values in, Python values out.

botocore itself checks required members, names, types and minimum only; here also maximum, pattern and enum count.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from functools import cache
from typing import Any

import regex
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape


class Invalid(Exception):
    """A value that the model does not allow; the text says where and why."""


@cache
def service() -> ServiceModel:
    """The newest model of Amazon Translate that botocore ships."""
    return ServiceModel(Loader().load_service_model("translate", "service-2"), "translate")


def parsed(shape: Shape | None, value: Any, path: str = "") -> Any:
    """The Python value of a JSON value: blobs as bytes, timestamps as datetimes.

    Raises:
        Invalid: the model does not allow it.
    """
    if shape is None:
        if value not in (None, {}):
            raise Invalid("no members are expected")
        return {}
    return _PARSERS.get(shape.type_name, _scalar)(shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(f"{path or 'request'}: a structure is expected")
    for name in value:
        if name not in shape.members:
            raise Invalid(f"{path}.{name}: unknown member")
    given = {name: item for name, item in value.items() if item is not None}
    for name in shape.required_members:
        if name not in given:
            raise Invalid(f"Value null at '{path}.{name}' failed to satisfy constraint: Member must not be null")
    return {name: parsed(shape.members[name], item, f"{path}.{name}") for name, item in given.items()}


def _list(shape: Any, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid(f"{path}: a list is expected")
    _within(shape, len(value), path)
    return [parsed(shape.member, item, f"{path}.{n}") for n, item in enumerate(value, 1)]


def _string(shape: Any, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{path}: a string is expected")
    _within(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not regex.fullmatch(pattern, value, regex.DOTALL):
        raise Invalid(f"Value at '{path}' failed to satisfy constraint: Member must satisfy regular expression pattern")
    if shape.enum and value not in shape.enum:
        raise Invalid(
            f"Value at '{path}' failed to satisfy constraint: Member must satisfy enum value set {shape.enum}"
        )
    return value


def _blob(shape: Any, value: Any, path: str) -> bytes:
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Invalid(f"{path}: base64 is expected") from None
    _within(shape, len(data), path)
    return data


def _timestamp(shape: Any, value: Any, path: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"{path}: a number of seconds since 1970 is expected")
    return datetime.fromtimestamp(value, UTC)


def _scalar(shape: Any, value: Any, path: str) -> Any:
    kinds = {"integer": int, "long": int, "boolean": bool, "float": (int, float), "double": (int, float)}
    kind = kinds[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Invalid(f"{path}: a value of type {shape.type_name} is expected")
    if shape.type_name in ("integer", "long"):
        _within(shape, value, path)
    return value


def _within(shape: Any, size: int, path: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        raise Invalid(f"Value at '{path}' failed to satisfy constraint: Member must have length greater than {least}")
    if most is not None and size > most:
        raise Invalid(f"Value at '{path}' failed to satisfy constraint: Member must have length less than {most}")


_PARSERS = {"structure": _structure, "list": _list, "string": _string, "blob": _blob, "timestamp": _timestamp}


def dumped(value: Any) -> Any:
    """The JSON value of a Python value."""
    if isinstance(value, dict):
        return {name: dumped(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [dumped(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if isinstance(value, datetime) else value
