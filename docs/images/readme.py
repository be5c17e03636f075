"""The pictures of the README: the example book's pull request, as a reader of GitHub sees it, and its badge.

    python docs/images/readme.py docs/images

Runs AMTS over the example book in a folder that is removed, makes a page of the description with markdown-it and a
style of our own that looks like GitHub's, and takes the picture with Chromium (AMTS_CHROMIUM names another one).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
WIDTH, HEIGHT = 980, 1120
"""Pixels: what GitHub gives a description on a wide screen, and as much of it as shows the table, the list, a card."""
OPENED = "chapter&#95;baseline/errors.md"
"""The page whose cards the picture shows unfolded."""
STYLE = """
:root { color-scheme: light }
body { margin: 0; padding: 20px 24px; font: 14px/1.5 "Noto Sans", "Noto Sans CJK SC", sans-serif; color: #1f2328 }
h1 { font-size: 26px; font-weight: 400; margin: 0 0 8px } h1 span { color: #59636e }
.state { display: inline-block; background: #1f883d; color: #fff; border-radius: 2em; padding: 3px 12px;
  font-weight: 600; margin-right: 8px }
.head { color: #59636e; padding-bottom: 14px; border-bottom: 1px solid #d1d9e0; margin-bottom: 16px }
.box { border: 1px solid #d1d9e0; border-radius: 6px; padding: 6px 16px }
h3 { font-size: 17px; margin: 18px 0 10px }
code { background: #eff1f3; border-radius: 6px; padding: .15em .4em; font: 85% "Noto Sans Mono", monospace }
.head code { background: #ddf4ff; color: #0969da }
table { border-collapse: collapse; margin: 8px 0 14px } td, th { border: 1px solid #d1d9e0; padding: 4px 10px;
  text-align: left; vertical-align: top } tr:nth-child(2n) { background: #f6f8fa }
ul { padding-left: 1.4em; margin: 6px 0 } li.task { list-style: none; margin-left: -1.3em }
summary { cursor: pointer; margin: 4px 0 } ins { background: #dafbe1; text-decoration: underline }
del { background: #ffebe9 }
pre { background: #f6f8fa; padding: 8px; margin: 4px 0 } pre code { background: none; padding: 0 }
"""


def description(folder: Path) -> tuple[str, str]:
    """Title and description of the example book's pull request; `badge.svg` of the time before lies in the folder."""

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode != code:
            raise SystemExit(done.stderr)
        return done.stdout

    run(sys.executable, str(ROOT / "example" / "build.py"), ".")
    amts, books = (sys.executable, "-m", "amts_action.cli"), ("--source", "book-en", "--target", "book-zh")
    engine = f"{sys.executable} {ROOT / 'example' / 'pseudo_engine.py'}"
    run(*amts, "status", *books, "--badge", "badge.svg", code=1)
    run(*amts, "sync", *books, "--engine-command", engine, "--report-dir", "out", code=1)
    title = run("git", "-C", "book-zh", "log", "-1", "--format=%s", "amts/zh").strip()
    return title, (folder / "out" / "pull-request.md").read_text(encoding="utf-8")


def page(title: str, text: str) -> str:
    """The description as a page."""
    made = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    made = made.replace("<li>[ ] ", '<li class="task"><input type="checkbox"> ')
    made = made.replace(f"<details><summary><code>{OPENED}", f"<details open><summary><code>{OPENED}")
    head = f'<h1>{title} <span>#12</span></h1><div class="head"><span class="state">Open</span>'
    head += "<b>amts</b> wants to merge 1 commit into <code>main</code> from <code>amts/zh</code></div>"
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{head}<div class="box">{made}</div>'


def main(goal: Path) -> None:
    """Writes both pictures into the folder `goal`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown = folder / "page.html"
        shown.write_text(page(*description(folder)), encoding="utf-8")
        shutil.copy(folder / "badge.svg", goal / "badge.svg")
        picture = f"--screenshot={(goal / 'pull-request.png').resolve()}"
        words = [f"--user-data-dir={folder / 'profile'}", f"--window-size={WIDTH},{HEIGHT}", picture]
        chromium = os.environ.get("AMTS_CHROMIUM", "chromium")
        subprocess.run([chromium, *FLAGS, *words, shown.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
