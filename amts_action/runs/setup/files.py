"""The two files that `amts init` writes: the settings and the workflow. Pure functions from what was found to text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from amts_action import __version__
from amts_action.errors import InputError
from amts_action.runs.setup.discover import Discovered
from amts_action.runs.setup.layout import Layout

__all__ = ["PIN", "WORKFLOW", "amts_toml", "https_of", "read_pin", "workflow"]

WORKFLOW: Final = ".github/workflows/amts.yml"
PIN: Final = f"example/amts-action@0123456789abcdef0123456789abcdef01234567 # v{__version__}"
"""What the workflow uses: `example/amts-action` stands for the repository of the action, and what follows it for the
commit of a release, as everywhere in the documentation."""
_PIN: Final = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}( # v[\w.-]+)?")
_SCP: Final = re.compile(r"[\w.-]+@(?P<host>[\w.-]+):(?P<path>\S+)", re.ASCII)


def https_of(address: str) -> str:
    """The address that a workflow can read without a key: https for what is usually fetched with ssh."""
    found = _SCP.fullmatch(address) if "://" not in address else None
    if found:
        address = f"https://{found['host']}/{found['path']}"
    elif address.startswith("ssh://"):
        parts = urlsplit(address)
        address = f"https://{parts.hostname}{parts.path}"
    return address.rstrip("/").removesuffix(".git")


def read_pin(text: str) -> str:
    """What `uses:` of the workflow is to say.

    Raises:
        InputError: it is no action at a commit.
    """
    if not _PIN.fullmatch(text):
        mend = "write OWNER/NAME@COMMIT with all 40 letters of the commit, as the release notes have it"
        raise InputError(f"{text[:80]!r} names no action at a commit", where="--action", mend=mend)
    return text


def amts_toml(found: Discovered, source: str) -> str:
    """The settings, with nothing in them that is the default.

    Args:
        source: what to say about the English book; empty when it is in the same repository.
    """
    lines = ["# How AMTS keeps this translation in step with its English; read from the default branch."]
    if source:
        lines.append(f"source = {_quoted(source)}")
    if found.source_lang != "en":
        lines.append(f"source_lang = {_quoted(found.source_lang)}")
    if found.is_new:
        lines.append("fill_missing = true # nothing was translated yet; without it only what changes comes")
    if len(found.layouts) == 1:
        lines += [f"target_lang = {_quoted(found.layouts[0].target_lang)}", *_where(found.layouts[0])]
    else:
        for layout in found.layouts:
            lines += ["", f"[{layout.target_lang}]", *_where(layout)]
    return "\n".join(lines) + "\n"


def _where(layout: Layout) -> list[str]:
    pairs = (
        ("source_path", layout.source_path),
        ("target_path", layout.target_path),
        ("target_suffix", layout.target_suffix),
    )
    return [f"{name} = {_quoted(value)}" for name, value in pairs if value]


def _quoted(text: str) -> str:
    """A basic string of TOML, which has JSON's escapes (https://toml.io/en/v1.0.0#string)."""
    return json.dumps(text, ensure_ascii=False)


def workflow(found: Discovered, pin: str, branch: str) -> str:
    """The workflow; what it does stands in amts.toml, so that it is said in one place.

    Args:
        branch: the default branch, on which English pages change when both books are in one repository.
    """
    languages = [layout.target_lang for layout in found.layouts]
    is_one, lang = len(languages) == 1, languages[0]
    shown = lang if is_one else "${{ matrix.lang }}"
    concurrency = ["concurrency:", f"  group: amts-{shown}", "  cancel-in-progress: false"]
    matrix = ["strategy:", "  fail-fast: false", "  matrix:", f"    lang: [{', '.join(languages)}]"]
    step = [f"- uses: {pin}", *([] if is_one else ["  with:", f"    target-lang: {shown}"])]
    job = [
        "name: Bring the translation up to date" if is_one else f"name: Update {shown}",
        "runs-on: ubuntu-24.04",
        "permissions:",
        "  contents: write # commits to its own branch",
        "  pull-requests: write # opens the pull request and keeps it good",
        *([] if is_one else [*matrix, *concurrency]),
        "steps:",
        *(f"  {line}" for line in step),
    ]
    lines = [
        "name: Follow the English book",
        "on:",
        *(f"  {line}" for line in _events(found, branch)),
        "  workflow_dispatch:",
        "",
        "permissions: {}",
        "",
        *([*concurrency, ""] if is_one else []),
        "jobs:",
        "  sync:",
        *(f"    {line}" for line in job),
    ]
    return "\n".join(lines) + "\n"


def _events(found: Discovered, branch: str) -> Sequence[str]:
    """When it runs: by the clock for a book elsewhere, when pages change for one in the same repository."""
    if found.source:
        return ["schedule:", '  - cron: "17 3 * * 1-5"']
    folder = found.layouts[0].source_path
    globs = [f"{folder}/**"] if folder else ["**.md", "**.ipynb", "**.bib"]
    return ["push:", f"  branches: [{json.dumps(branch)}]", f"  paths: [{', '.join(map(json.dumps, globs))}]"]
