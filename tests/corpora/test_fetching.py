"""`amts corpus fetch`: pages of a server on this machine, politely."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amts_action.cli import main
from amts_action.corpora.crawler import place_of, retry_after, site_of
from amts_action.corpora.fetching import addresses_in, fetch
from amts_action.errors import InputError

PAGE = "<html><body><p>Hello.</p></body></html>"


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, *about: object) -> None:
        """Says nothing."""


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """The address of a small site, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(_Silent):
        def do_GET(self) -> None:
            asked.append(self.path)
            away = f"http://localhost:{self.headers['Host'].rpartition(':')[2]}"
            base = f"http://{self.headers['Host']}"
            texts: dict[str, tuple[str, str | bytes]] = {
                "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /private\n"),
                "/sitemap.xml": ("application/xml", _map(f"{base}/{p}" for p in ("a", "b/", "private/c", "a"))),
                "/index.xml": ("application/xml", _index([f"{base}/map.xml.gz", f"{base}/no.xml", asked[0][1:]])),
                "/map.xml.gz": (
                    "application/gzip",
                    gzip.compress(_map([f"{base}/b/", f"{base}/b/index.html"]).encode()),
                ),
                "/away.xml": ("application/xml", _map([f"{away}/a", f"{base}/moved", f"{base}/elsewhere"])),
                "/moved": (f"{base}/a", ""),
                "/elsewhere": (f"{away}/a", ""),
                "/no.xml": ("text/html", "This is no map."),
                "/a": ("text/html", PAGE),
                "/b/": ("text/html; charset=utf-8", PAGE),
                "/private/c": ("text/html", PAGE),
                "/large": ("text/html", PAGE + "x" * 20_000),
                "/picture": ("image/png", "png"),
            }
            kind, text = texts.get(self.path, ("text/html", "nothing"))
            is_moved = kind.startswith("http:")
            self.send_response(302 if is_moved else 200 if self.path in texts else 404)
            self.send_header("Location" if is_moved else "Content-Type", kind)
            data = text if isinstance(text, bytes) else text.encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with _serving(Handler) as address:
        yield address, asked


Answers = dict[str, list[tuple[int, dict[str, str], bytes]]]
"""What a server answers to each path, one after the other, the last one for ever; to an empty list it hangs up."""


@contextmanager
def answering(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(_Silent):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = answers.get(self.path, [(404, {}, b"")])
            if not found:
                self.close_connection = True
                return
            status, headers, body = found.pop(0) if len(found) > 1 else found[0]
            self.send_response(status)
            for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with _serving(Handler) as address:
        yield address, asked


def _index(addresses: Iterable[str]) -> str:
    rows = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'
    )


def _map(addresses: Iterable[str]) -> str:
    rows = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def test_pages_of_a_sitemap_and_a_list(site: tuple[str, list[str]], tmp_path: Path) -> None:
    """What robots.txt forbids, what is too large, missing or no page is named; a second run asks for nothing again."""
    pytest.importorskip("scrapy", reason="the extra `crawl` is not installed")
    address, asked = site
    (tmp_path / "list.txt").write_text(f"# more\n{address}/large\n{address}/picture\n{address}/gone\n")
    words = ["corpus", "fetch", f"{address}/sitemap.xml", str(tmp_path / "list.txt"), "-o", str(tmp_path / "out")]
    words += ["--delay", "0", "--size", "10000", "--json", str(tmp_path / "r.json")]
    assert main(words) == 1
    found = json.loads((tmp_path / "r.json").read_text())
    assert found["pages"] == ["127.0.0.1/a.html", "127.0.0.1/b/index.html"]
    assert (tmp_path / "out" / "127.0.0.1" / "a.html").read_text() == PAGE
    problems = "\n".join(found["problems"])
    for path in ("/private/c", "/large", "/picture: not a page but image/png", "/gone: answered 404"):
        assert path in problems
    assert "/private/c" not in asked
    before = len(asked)
    assert main([*words[:2], f"{address}/a", "-o", str(tmp_path / "out")]) == 0
    assert "/a" not in asked[before:]


def test_what_maps_name_is_taken_or_told(site: tuple[str, list[str]], tmp_path: Path) -> None:
    """A packed map is read; a file of this machine is none; no page takes the place of another, and nothing is lost
    in silence.
    """
    pytest.importorskip("scrapy", reason="the extra `crawl` is not installed")
    address, asked = site
    (tmp_path / "own.xml").write_text(_map([f"{address}/a"]))
    asked.append(f"/{(tmp_path / 'own.xml').as_uri()}")  # what the index of maps names
    found = fetch([f"{address}/index.xml"], tmp_path / "out", delay=0, most=9, size=10_000)
    assert found.pages == ["127.0.0.1/b/index.html"] and "/a" not in asked
    problems = "\n".join(sorted(found.problems))
    assert "own.xml: is of a site that was not named" in problems and "/no.xml: cannot be read" in problems
    assert f"/b/index.html: its place is that of {address}/b/" in problems


def test_only_sites_that_were_named_are_asked(site: tuple[str, list[str]], tmp_path: Path) -> None:
    """A redirect within a site is followed; one to another site, and what a map names there, is told and never asked
    for, its robots.txt neither: it may be any machine that can be reached from here.
    """
    pytest.importorskip("scrapy", reason="the extra `crawl` is not installed")
    address, asked = site
    found = fetch([f"{address}/away.xml"], tmp_path / "out", delay=0, most=9, size=10_000)
    assert found.pages == ["127.0.0.1/moved.html"]
    problems = sorted(problem.partition(": ")[::2] for problem in found.problems)
    away = address.replace("127.0.0.1", "localhost")
    assert problems == [
        (f"{address}/elsewhere", f"leads to {away}/a, which is of a site that was not named"),
        (f"{away}/a", "is of a site that was not named"),
    ]
    assert (asked.count("/robots.txt"), asked.count("/a")) == (1, 1)


def _titled(title: str, canonical: str = "") -> bytes:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<html><head><title>{title}</title>{link}</head><body><p>Hello.</p></body></html>".encode()


def test_manners(tmp_path: Path) -> None:
    """A site whose robots.txt cannot be had is not asked for anything; a pause that one asks for is kept; who says
    *later* is asked again; a page under two addresses is taken once, unless only its canonical address is wrong; a page
    is UTF-8 whatever only its server says; maps that name each other end.
    """
    pytest.importorskip("scrapy", reason="the extra `crawl` is not installed")
    russian = "<html><body><p>Привет, мир.</p></body></html>"
    page: list[tuple[int, dict[str, str], bytes]] = [(200, {}, _titled("x"))]
    busy: Answers = {"/robots.txt": [(503, {}, b"")], "/a": page}
    dead: Answers = {"/robots.txt": [], "/b": page}
    good: Answers = {
        "/robots.txt": [(200, {"Content-Type": "text/plain"}, b"User-agent: *\nCrawl-delay: 0.01\n")],
        "/ru": [(200, {"Content-Type": "text/html; charset=windows-1251"}, russian.encode("cp1251"))],
        "/later": [(429, {"Retry-After": "0"}, b""), (200, {}, _titled("Later"))],
        "/one?print=1": [(200, {}, _titled("One", "/one"))],
        "/one": [(200, {}, _titled("One", "/one"))],
        "/two": [(200, {}, _titled("Two", "/one"))],
        "/old": [(302, {"Location": "/two"}, b"")],
    }
    with answering(busy) as (full, at_full), answering(dead) as (gone, at_gone), answering(good) as (fine, at_fine):
        good["/map.xml"] = [(200, {}, _index([f"{fine}/map.xml", f"{fine}/b.xml?n=1"]).encode())]
        good["/b.xml?n=1"] = [(200, {}, _map([f"{fine}/two", f"{fine}/old"]).encode())]
        paths = ("/ru", "/later", "/one?print=1", "/one", "/map.xml")
        lines: list[str] = []
        asked = [f"{full}/a", f"{gone}/b", *(f"{fine}{path}" for path in paths)]
        found = fetch(asked, tmp_path, delay=0, most=9, size=10_000, tell=lines.append)
    assert set(at_full) == set(at_gone) == {"/robots.txt"}
    problems = "\n".join(found.problems)
    assert f"{full}/a: its site's robots.txt cannot be had (answered 503), so nothing there" in problems
    assert f"{gone}/b: its site's robots.txt cannot be had (" in problems and len(found.problems) == 2
    assert lines == [f"{fine.removeprefix('http://')} asks for 0.01 s between two requests"]
    names = {path.removeprefix("127.0.0.1/").removesuffix(".html") for path in found.pages}
    # Which of two addresses comes first is the crawler's matter.
    assert {"later", "ru"} < names and len(names & {"one", "one@print=1"}) == len(names & {"two", "old"}) == 1
    assert len(names) == 4 and len(found.same) == 2
    assert (tmp_path / "127.0.0.1" / "ru.html").read_text(encoding="utf-8") == russian
    assert at_fine.count("/map.xml") == 1 and at_fine.count("/later") == 2


def test_a_site_that_asks_for_ages_and_a_map_with_a_bad_address(tmp_path: Path) -> None:
    """Nobody waits a day between two pages, and nobody asks sooner than a site wants: it is left. An address that is
    none costs no other map.
    """
    pytest.importorskip("scrapy", reason="the extra `crawl` is not installed")
    slow: Answers = {
        "/robots.txt": [(200, {"Content-Type": "text/plain"}, b"User-agent: *\nCrawl-delay: 86400\n")],
        "/a": [(200, {}, _titled("A"))],
    }
    good: Answers = {"/c": [(200, {}, _titled("C"))]}
    with answering(slow) as (late, at_late), answering(good) as (fine, _):
        good["/map.xml"] = [(200, {}, _index(["/one.xml", "http://[", f"{fine}/b.xml"]).encode())]
        good["/b.xml"] = [(200, {}, _map([f"{fine}/c"]).encode())]
        found = fetch([f"{late}/a", f"{fine}/map.xml"], tmp_path, delay=0, most=9, size=10_000)
    assert at_late == ["/robots.txt"] and found.pages == ["127.0.0.1/c.html"]
    problems = "\n".join(found.problems)
    assert "asks for 86400 s between two requests" in problems and "/one.xml: is of a site" in problems


def test_how_long_to_wait() -> None:
    """By a number or a date, not for ever, and not at all where nothing sensible is said."""
    waits = [retry_after(v) for v in (b"7", b" 120 ", b"9" * 40, b"Wed, 21 Oct 2015 07:28:00 GMT", b"soon", b"-3", b"")]
    assert waits == [7.0, 120.0, 300.0, 0.0, 0.0, 0.0, 0.0]
    assert retry_after(b"Fri, 31 Dec 2999 23:59:59 GMT") == 300.0


def test_maps_are_told_by_their_path() -> None:
    """What comes after it is for the server."""
    assert addresses_in(["https://x.org/sitemap.xml?page=2", "https://x.org/a?b=c.xml"]) == (
        ["https://x.org/a?b=c.xml"],
        ["https://x.org/sitemap.xml?page=2"],
    )


def test_what_is_one_site() -> None:
    """With www. and without, and over both protocols; another port or host is another."""
    assert site_of("https://www.example.org/a") == site_of("http://Example.org:80") == ("example.org", None)
    assert len({site_of(f"http://{host}") for host in ("x.org", "a.x.org", "x.org:8080", "127.0.0.1")}) == 4
    assert site_of("http://[x") == ("", None)


def test_long_names_are_cut_and_stay_apart() -> None:
    """By bytes, as file systems count; both sides of a book in another script have such names."""
    places = [place_of(f"https://x.org/{'中' * 119}{last}") or "" for last in "ab"]
    assert places[0] != places[1] and all(len(place.rpartition("/")[2].encode()) < 160 for place in places)


def test_places_stay_in_the_folder() -> None:
    """Whatever an address is like."""
    assert place_of("https://x.org/a/../../b?c=/d") == "x.org/a/b@c=_d.html"
    assert place_of("https://x.org") == "x.org/index.html"
    assert place_of("file:///etc/passwd") is place_of("http://[") is place_of("https://../x") is None


def test_what_is_no_address_is_one_line(tmp_path: Path) -> None:
    """A file with a slip, or no such file."""
    (tmp_path / "list.txt").write_text("example.org/a\n")
    for word in (str(tmp_path / "list.txt"), "nowhere.txt"):
        with pytest.raises(InputError, match="address"):
            addresses_in([word])
