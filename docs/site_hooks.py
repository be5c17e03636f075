"""What the site needs besides `docs/`: the README as its first page, and the files elsewhere that pages link to.

On GitHub a page links to `../CONTRIBUTING.md` and the README to `docs/engines.md`; the site has all of them in one
folder, so both parts are taken off. Called by mkdocs (`mkdocs.yml`, `hooks`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIRST = "README.md"
BESIDES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    "LICENSE",
    "SECURITY.md",
    "examples/**/*.*",
    "action.yml",
)
"""Patterns of the files that the site has too, at the same path."""
_UP = re.compile(r"(?<=\]\()\.\./")
_DOWN = re.compile(r"(?<=\]\()docs/")


def on_files(files: Any, config: Any) -> Any:
    """Adds the files that lie elsewhere in the repository."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "index.md", content=_read(FIRST)))
    for path in sorted(found for pattern in BESIDES for found in ROOT.glob(pattern) if found.is_file()):
        name = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, name, content=_read(name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page's links as the site has them."""
    return _DOWN.sub("", _UP.sub("", markdown))


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
