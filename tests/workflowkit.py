"""The workflows in the documentation: `workflowkit.py FOLDER` writes each to a file there, for linters.

Needs nothing but Python.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["documented"]

ROOT = Path(__file__).resolve().parents[1]


def documented() -> dict[str, str]:
    """Text of every whole workflow in the README and the pages, by a name for its file."""
    found = {}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        blocks = re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
        for number, text in enumerate(block for block in blocks if re.search(r"^jobs:", block, re.M)):
            found[f"{page.stem}-{number + 1}.yml"] = text
    return found


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documented().items():
        (folder / name).write_text(text, encoding="utf-8")
