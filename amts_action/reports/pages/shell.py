"""A page of HTML put together from its parts, with a policy that allows its own script and style and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

__all__ = ["filled"]


def filled(name: str, **parts: str) -> str:
    """The page `name` of the assets with its script, its style, their policy, and `parts`, which are HTML already.

    Args:
        name: `NAME.html`, `NAME.js` and `NAME.css` are its files; `{{PART}}` stands for a part.
    """
    script, style, shell = (_asset(f"{name}.{kind}") for kind in ("js", "css", "html"))
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'"
    parts = {**parts, "POLICY": policy, "STYLE": style, "SCRIPT": script}
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda m: parts[m[1]], shell)


def _asset(name: str) -> str:
    return files("amts_action.reports.pages").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """A source of a content security policy: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
