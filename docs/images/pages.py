"""The pictures of the two pages in the documentation: the review page at its first changed text, and the dashboard.

    python docs/images/pages.py docs/images

Made of the example book, as `readme.py` makes those of the README.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from readme import FLAGS, description

SHOWN = {
    "review-page.png": ("out/report.html", "#page=chapter_baseline%2Fdata.md"),
    "dashboard.png": ("dashboard.html", ""),
}
"""By picture, the page that it shows and where."""
WIDTH, HEIGHT = 1280, 900
"""Pixels of a window on a usual screen."""
MILLISECONDS = 5000
"""Of the page's own time until the picture is taken: it unpacks its data first."""


def main(goal: Path) -> None:
    """Writes the pictures into the folder `goal`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        description(folder)
        books = ("--source", "book-en", "--target", "book-zh")
        line = [sys.executable, "-m", "amts_action.cli", "status", *books, "--html", "dashboard.html"]
        subprocess.run([*line, "--review-page", "out/report.html"], cwd=folder, check=False, capture_output=True)
        for picture, (page, place) in SHOWN.items():
            words = [f"--user-data-dir={folder / 'profile'}", f"--window-size={WIDTH},{HEIGHT}"]
            words += [f"--virtual-time-budget={MILLISECONDS}", f"--screenshot={(goal / picture).resolve()}"]
            chromium = os.environ.get("AMTS_CHROMIUM", "chromium")
            address = (folder / page).as_uri() + place
            subprocess.run([chromium, *FLAGS, *words, address], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
