"""Whether a program is one: what was valid before must be valid after."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from amts_action.merging.programs.languages import PLAIN, PYTHON, inner_language
from amts_action.merging.programs.units import Unit, read

__all__ = ["is_valid", "looks_like_python", "unlike"]


def is_valid(text: str, language: str) -> bool:
    """Whether a program without its fence, options and indentation is valid, as far as can be told here.

    Python, YAML, TOML and JSON are parsed; bash is asked where there is one; of other languages the brackets must
    close, remarks and texts aside. What is no program is always valid.
    """
    magic, language = inner_language(text, language)
    body = text[len(magic) :]
    if language in PYTHON:
        return _is_python(body)
    if language in ("json", "geojson"):
        return _parses(json.loads, body)
    if language in ("yaml", "yml"):
        return _is_yaml(body)
    if language == "toml":
        import tomllib

        return _parses(tomllib.loads, body)
    if language in PLAIN:
        return True
    if language in ("bash", "sh", "shell") and not _is_shell(body):
        return False
    return _closes(body, language)


def unlike(meant: Sequence[Unit], read_again: Sequence[Unit]) -> bool:
    """Whether a program that was put together reads as something else: a remark that got into a text, say."""
    return _gist(meant) != _gist(read_again)


def _gist(units: Sequence[Unit]) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for unit in units:
        for token in unit.tokens:
            raw = "".join(token.raw.split())
            if out and out[-1][0] == token.kind:
                out[-1] = (token.kind, out[-1][1] + raw)
            else:
                out.append((token.kind, raw))
    return out


def _parses(read_by: object, text: str) -> bool:
    try:
        read_by(text)  # type: ignore[operator]
    except (ValueError, RecursionError):
        return False
    return True


_SHELL = re.compile(r"^([ \t]*)(?:[%!?]|#@tab).*$", re.M)
_ASSIGNED = re.compile(r"^([ \t]*[\w, ]+=[ \t]*)[%!].*$", re.M)
_ASKED = re.compile(r"^([ \t]*)[\w.]+\?{1,2}[ \t]*$", re.M)


def _is_python(text: str) -> bool:
    """Whether a program, its magics and shell lines aside, is valid Python."""
    import ast
    import warnings

    plain = _ASKED.sub(r"\1pass", _ASSIGNED.sub(r"\1None", _SHELL.sub(r"\1pass", text)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def looks_like_python(text: str) -> bool:
    """Whether a program of which nobody says the language is Python: it parses, and words alone would not."""
    return re.search(r"[=(]", text) is not None and _is_python(text)


def _is_yaml(text: str) -> bool:
    """Whether YAML loads and no mapping has a key twice."""
    import yaml

    from amts_action.merging.key_values.yaml_spans import has_double_keys

    try:
        list(yaml.compose_all(text, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader))
        return not has_double_keys(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False


def _is_shell(text: str) -> bool:
    """Whether bash reads the text without complaint; True where there is no bash."""
    from shutil import which
    from subprocess import DEVNULL, TimeoutExpired, run

    program = which("bash")
    if program is None:
        return True
    try:
        done = run([program, "--norc", "-n"], input=text.encode("utf-8", "replace"), stdout=DEVNULL, stderr=DEVNULL,
                   timeout=5, check=False, env={})  # fmt: skip
    except (OSError, TimeoutExpired):
        return True
    return done.returncode == 0


def _closes(text: str, language: str) -> bool:
    """Whether brackets outside of remarks and texts close in order."""
    stack: list[str] = []
    for unit in read(text, language):
        for token in unit.tokens:
            if token.kind == "comment" and token.raw.startswith("/*") and not token.raw.endswith("*/"):
                return False
            if token.kind != "code":
                continue
            if token.raw == "*/":
                return False
            for c in token.raw:
                if c in "([{":
                    stack.append(c)
                elif c in ")]}" and (not stack or "([{".index(stack.pop()) != ")]}".index(c)):
                    return False
    return not stack
