"""A page of HTML put together from its parts, with a policy that allows its own script and style and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files

__all__ = ["filled"]


def filled(
    name: str, *, scripts: Sequence[str] = (), styles: Sequence[str] = (), connect: str = "", **parts: str
) -> str:
    """The page `NAME.html` of the assets below the head that all pages have, with its script, its style, their policy,
    and `parts`, which are HTML already.

    Args:
        name: `{{PART}}` in its file stands for a part.
        scripts: names of its `.js` files, which become one function; `NAME.js` as it is when there are none.
        styles: names of its `.css` files; `NAME.css` when there are none.
        connect: the one origin that its script may send requests to.
    """
    script = _asset(f"{name}.js") if not scripts else _joined([_asset(f"{one}.js") for one in scripts])
    style = "".join(_asset(f"{one}.css") for one in styles or (name,))
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'"
    policy += f"; connect-src {connect}" if connect else ""
    parts = {**parts, "POLICY": policy, "STYLE": style, "SCRIPT": script}
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda m: parts[m[1]], _asset("head.html") + _asset(f"{name}.html"))


def _joined(scripts: Sequence[str]) -> str:
    """The files as one function, so that they share their names with each other and with nobody else."""
    return '"use strict";\n(() => {\n' + "\n".join(scripts) + "})();\n"


def _asset(name: str) -> str:
    return files("amts_action.reports.pages").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """A source of a content security policy: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
