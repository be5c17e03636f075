"""Looks at a built site: every link and picture leads to a file of it, every fragment to an id, nothing is loaded.

    python docs/site_links.py SITE

mkdocs checks what stands in the pages; this checks what a reader gets, the theme's own links included.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}
"""What a browser fetches by itself; it has to come from the site."""
FLOOR = 500
"""So many links there are at least; fewer means that they are not found any more."""


class Page(HTMLParser):
    """The ids and the addresses of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.addresses: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps what is asked for."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.ids.add(value or "")
            elif name in ("href", "src") and value:
                self.addresses.append((tag, name, value))


def faults(site: Path) -> tuple[int, list[str]]:
    """How many links there are inside the site, and what is wrong with any."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    wrong, count = [], 0
    for path, page in pages.items():
        for tag, name, address in page.addresses:
            parts = urlsplit(address)
            where = f"{path.relative_to(site)}: {address}"
            if parts.scheme or parts.netloc:
                if (tag, name) in LOADED and parts.scheme != "data":
                    wrong.append(f"{where}: loaded from elsewhere")
                continue
            count += 1
            top = site if parts.path.startswith("/") else path.parent
            goal = (top / unquote(parts.path).lstrip("/")).resolve() if parts.path else path.resolve()
            goal = goal / "index.html" if goal.is_dir() else goal
            if not goal.is_file():
                wrong.append(f"{where}: no such file")
            elif parts.fragment and goal.suffix == ".html" and not _has(pages, site, goal, parts.fragment):
                wrong.append(f"{where}: no such place")
    return count, wrong


def _has(pages: dict[Path, Page], site: Path, goal: Path, fragment: str) -> bool:
    """Whether a page has the place; `__` starts what the theme's script makes."""
    page = pages[site / goal.relative_to(site.resolve())]
    return unquote(fragment) in page.ids or fragment.startswith("__")


def main(site: Path) -> int:
    """Prints what is wrong; the exit code."""
    count, wrong = faults(site)
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{site}: {count} links inside the site, {len(wrong)} faults")
    return int(bool(wrong) or count < FLOOR)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
