"""A real browser for the pages that AMTS makes; run by `.ci/browser`.

A page that shows a dialog, asks for anything, raises an error, breaks its own policy or gets an element that none of
our scripts makes fails its test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "reports")]
CHROMIUM = os.environ.get("AMTS_CHROMIUM") or shutil.which("chromium") or "chromium"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    """Opens a file, ready; at the end nothing may have happened that should not."""
    wrong: list[str] = []
    contexts = []

    def open_page(
        path: Path, *, kept: Mapping[str, Any] | None = None, at: str = "", lets: str = "", **options: Any
    ) -> Page:
        """A page, ready.

        Args:
            kept: what the browser has kept of earlier visits.
            at: what stands after the `#` of the address.
            lets: the start of addresses that it may ask, and be refused.
        """

        def is_own(url: str) -> bool:
            # What the page hands out is a blob of its own; what a test lets through is the test's.
            return url.partition("#")[0] == path.as_uri() or url.startswith(("blob:", lets or "blob:"))

        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda d: (wrong.append(f"dialog {d.message}"), d.dismiss()))
        page.on("pageerror", lambda e: wrong.append(f"error {e}"))
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") and not lets else None)
        page.on("popup", lambda p: wrong.append(f"window {p.url}"))
        page.on("request", lambda r: wrong.append(f"request {r.url}") if not is_own(r.url) else None)
        for name, value in (kept or {}).items():
            words = json.dumps([name, json.dumps(value)])
            context.add_init_script(f"localStorage.getItem({words}[0]) ?? localStorage.setItem(...{words});")
        page.goto(path.as_uri() + (f"#{at}" if at else ""))
        page.wait_for_selector("html[data-ready=true]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder for pictures that a person looks at."""
    folder = Path(os.environ.get("AMTS_SHOTS") or tempfile.mkdtemp(prefix="amts-shots-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return Path(os.environ["AMTS_AXE"]).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example book, brought up to date, its report in `out` and its dashboard.html."""
    folder = tmp_path_factory.mktemp("example")

    def run(*words: str, code: int = 0) -> None:
        done = subprocess.run([sys.executable, *words], cwd=folder, check=False, capture_output=True, text=True)
        assert done.returncode == code, done.stderr

    run(str(ROOT / "example" / "build.py"), ".")
    amts, books = ("-m", "amts_action.cli"), ("--source", "book-en", "--target", "book-zh")
    run(*amts, "adopt", *books)
    run(*amts, "status", *books, "--html", "dashboard.html", code=1)
    engine = f"{sys.executable} {ROOT / 'example' / 'pseudo_engine.py'}"
    run(*amts, "sync", *books, "--engine-command", engine, "--report-dir", "out", code=1)
    return folder
