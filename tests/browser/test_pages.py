"""The review page and the dashboard in real Chromium: speed, keys, accessibility, hostile text, print, directions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM, ROOT
from playwright.sync_api import Browser, Page
from test_page import HOSTILE, entry

from amts_action.reports.model import Companion, DocumentReport, RunReport
from amts_action.reports.pages.dashboard import Dashboard, Month, dashboard
from amts_action.reports.pages.page import page as made_page
from amts_action.reports.table import BlockCount, StatusRow

Opener = Callable[..., Page]
OUR_TAGS = frozenset(
    "html head meta title style body a header h1 p noscript form label select option input span kbd div nav ol li "
    "main script h2 h3 h4 article section ul details summary button del ins code pre mark math mrow mi mn mo mfrac "
    "msup msub msubsup msqrt mover munder munderover mtext mtable mtr mtd mspace mstyle mpadded mroot semantics "
    "svg rect g line text table thead tbody tfoot tr th td bdi meter dialog dl dt dd fieldset legend strong em h5 "
    "textarea".split()
)
ATTACKS = [
    HOSTILE,
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(2)>',
    "javascript:alert(3)",
    "<iframe srcdoc='<script>alert(4)</script>'>",
    "{{DATA}}{{SCRIPT}}</style><style>*{display:none}",
    "$\\href{javascript:alert(5)}{x}$ <!--",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
]


def board(**values: Any) -> str:
    """A dashboard."""
    row = StatusRow("a.md", "behind", 3, 2, since="2026-10-01", blocks=BlockCount(5, 2, 2, 1, 1))
    rows = (row, StatusRow("b.md", "up to date", 0, 0, blocks=BlockCount(9)), StatusRow("c.md", "missing"))
    months = tuple(Month(f"2026-{m:02}", m, 10 - m, 1, 2, 5) for m in range(1, 10))
    filled = {"source": "en", "target": "zh", "target_lang": "zh", "head": "a" * 40, "rows": rows, "months": months}
    return dashboard(Dashboard(today=date(2026, 11, 21), **{**filled, **values}))


def written(path: Path, text: str) -> Path:
    """A file."""
    path.write_text(text, encoding="utf-8")
    return path


def focused(page: Page) -> str:
    """What has the focus."""
    return str(page.evaluate("document.activeElement.tagName + ' ' + (document.activeElement.id || '')")).strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["report", "dashboard"])
def test_accessible(opened: Opener, example: Path, axe: str, shots: Path, scheme: Any, kind: str) -> None:
    """axe-core finds nothing at all, in light and in dark, narrow and wide, with a field or a dialog open."""
    path = example / ("out/report.html" if kind == "report" else "dashboard.html")
    page = opened(path, color_scheme=scheme, bypass_csp=True)
    page.evaluate(axe)
    steps = [("a", ""), ("e", "editor"), ("Escape", ""), ("?", "help"), ("Escape", ""), ("s", "export"), ("Escape", "")]
    for key, name in steps if kind == "report" else []:
        page.keyboard.press(key)
        if name:
            page.screenshot(path=shots / f"{kind}-{scheme}-{name}.png")
            assert faults(page) == [], name
    for width, name in ((390, "narrow"), (1300, "wide")):
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=shots / f"{kind}-{scheme}-{name}.png")
        if name == "wide":
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert faults(page) == [], name


def faults(page: Page) -> list[str]:
    """What axe-core finds."""
    found = page.evaluate("axe.run().then((r) => r.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


def test_hostile_text_is_inert(opened: Opener, tmp_path: Path, shots: Path) -> None:
    """Whatever stands in book, flags and names: no dialog, no request, no element of its own."""
    documents = []
    for attack in ATTACKS:
        texts = dict.fromkeys(("base_text", "head_text", "target_text", "output_text"), attack)
        at = (0, len(attack))
        entries = tuple(entry(action, kind, flags=(attack,), output=at, **texts) for action, kind in KINDS)
        about = {"subjects": (attack,), "warnings": (attack,), "parts": (attack,)}
        documents.append(DocumentReport(attack, attack, "partial", attack, entries, **about))
    terms = tuple((attack, attack) for attack in ATTACKS)
    run = RunReport(
        HOSTILE, tuple(documents), (Companion(HOSTILE, True),), *[HOSTILE] * 2, notes=tuple(ATTACKS), terms=terms,
        pull_url="javascript:alert(6)",
    )  # fmt: skip
    page = opened(written(tmp_path / "hostile.html", made_page(run)))
    page.select_option("#show", "all")
    for n in range(len(ATTACKS)):
        page.locator("nav button").nth(n + 1).click()
        assert page.locator("main article").count() == len(KINDS)
        for key in ("j", "m", "e"):
            page.keyboard.press(key)
        assert elements(page) <= OUR_TAGS
        page.keyboard.press("Control+Enter")
        assert elements(page) <= OUR_TAGS
    page.click("#open-export")
    assert elements(page) <= OUR_TAGS
    page.click("#close")
    names = set(page.evaluate("[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames())"))
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcdoc")]
    links = page.evaluate("[...document.querySelectorAll('[href]')].map((e) => e.getAttribute('href'))")
    assert all(link.startswith(("#", "https://")) for link in links)
    page.screenshot(path=shots / "report-hostile.png")
    rows = tuple(StatusRow(a, "behind", 1, 1, a, link=a, since="2026-01-01", blocks=BlockCount(1)) for a in ATTACKS[:3])
    names_too = {"source": HOSTILE, "target": HOSTILE, "target_lang": HOSTILE}
    page = opened(written(tmp_path / "board.html", board(rows=rows, **names_too)))
    assert elements(page) <= OUR_TAGS
    assert page.locator("#documents tbody tr").count() == 3


KINDS = [("revise", "paragraph"), ("code", "code"), ("translate", "math"), ("conflict", "html"), ("keep", "paragraph")]


def elements(page: Page) -> set[str]:
    """The names of all elements of the page."""
    return set(page.evaluate("[...new Set([...document.querySelectorAll('*')].map((e) => e.tagName.toLowerCase()))]"))


def test_the_policy_holds(browser: Browser, example: Path) -> None:
    """A script that gets into the page all the same does not run."""
    context = browser.new_context()
    page = context.new_page()
    page.goto((example / "dashboard.html").as_uri())
    assert "script-src" in page.evaluate(REFUSED)
    assert page.evaluate("window.bad") is None
    context.close()


REFUSED = """() => new Promise((done) => {
  document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
  const script = document.createElement("script"); script.textContent = "window.bad = 1"; document.body.append(script);
})"""


@pytest.mark.parametrize("lang", ["ar", "he"])
def test_right_to_left(opened: Opener, tmp_path: Path, shots: Path, lang: str) -> None:
    """Text of a right-to-left language runs so, English beside it does not."""
    text = {"ar": "الخبز الجديد يكلف $p$ دنانير.", "he": "הלחם החדש עולה $p$ שקלים."}[lang]
    block = entry(target_text=text, output_text=text.replace("$p$", "$q$"))
    run = RunReport(lang, (DocumentReport("a.md", "a.md", "done", entries=(block,)),), source="en", target=lang)
    page = opened(written(tmp_path / "rtl.html", made_page(run)))
    direction = "(e) => getComputedStyle(e).direction"
    sides = page.locator(".sides .text")
    assert [sides.nth(n).evaluate(direction) for n in range(sides.count())] == ["ltr", "ltr", "rtl", "rtl"]
    page.screenshot(path=shots / f"report-{lang}.png")


def test_print(opened: Opener, example: Path, shots: Path) -> None:
    """On paper there are the blocks, dark on white, and no tools."""
    page = opened(example / "out" / "report.html", color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.is_visible("#bar")
    assert not page.is_visible("article .tools")
    assert not page.is_visible("nav")
    assert page.is_visible("article")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('article h4')).backgroundColor") != "rgb(22, 27, 34)"
    page.pdf(path=shots / "report.pdf")
    page = opened(example / "dashboard.html", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('thead th')).backgroundColor") != "rgb(22, 27, 34)"
    page.pdf(path=shots / "dashboard.pdf")


def test_the_dashboard_sorts(opened: Opener, example: Path) -> None:
    """A click or a key on a column's head sorts by it, numbers from the largest, what is not known last."""
    page = opened(example / "dashboard.html")
    head = page.locator("#documents thead th").nth(3)
    head.locator("button").focus()
    numbers = "[...document.querySelectorAll('#documents tbody tr')].map((r) => r.cells[3].dataset.n)"
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    found = page.evaluate(numbers)
    known = [int(n) for n in found if n]
    assert known == sorted(known, reverse=True)
    assert found[len(known) :] == [""] * (len(found) - len(known))
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.evaluate(numbers)[: len(known)] == [str(n) for n in sorted(known)]
    page.locator("#documents thead th button").nth(0).click()
    names = page.locator("#documents tbody th").all_text_contents()
    assert names == sorted(names, key=lambda name: name.casefold())


def test_readable_without_its_script(browser: Browser, example: Path) -> None:
    """The dashboard is whole without JavaScript; the report says what to read instead."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((example / "dashboard.html").as_uri())
    assert page.locator("#documents tbody tr").count() >= 14
    page.goto((example / "out" / "report.html").as_uri())
    assert "report.md" in (page.text_content("noscript") or "")
    context.close()


def test_narrow(opened: Opener, example: Path, shots: Path) -> None:
    """On a telephone neither page scrolls sideways."""
    for name in ("out/report.html", "dashboard.html"):
        page = opened(example / name)
        page.set_viewport_size({"width": 390, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        page.screenshot(path=shots / f"narrow-{Path(name).stem}.png")
        assert wide <= 0, name


def test_pictures_for_the_documentation(shots: Path) -> None:
    """The script for the pictures in docs/images makes them, and they are small."""
    script = ROOT / "docs" / "images" / "pages.py"
    environ = {**os.environ, "AMTS_CHROMIUM": CHROMIUM}
    subprocess.run([sys.executable, str(script), str(shots)], check=True, env=environ)
    for name in ("review-page.png", "dashboard.png"):
        print(f"\n{name}: {(shots / name).stat().st_size:,} bytes", end="")
        assert 20_000 < (shots / name).stat().st_size < 200_000
