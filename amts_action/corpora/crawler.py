"""Fetches web pages politely: the program that `corpora.fetching` starts, since the crawler's loop runs once a process.

Scrapy does the work: robots.txt is obeyed, one request at a time with a pause that grows when a server is slow or asks
for it, pages of other kinds or above a size are left out. Only sites that were named are asked: a redirect or a map of
a server may name any machine that can be reached from here, and leads nowhere else. What Scrapy does not do is done
here: a site whose robots.txt cannot be had is not asked at all (RFC 9309, 2.3.1.4), `Crawl-delay` and `Retry-After`
are waited for, and a page that says it is another one is taken once.
https://docs.scrapy.org/en/latest/topics/settings.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urldefrag, urlsplit

__all__ = ["crawl", "main", "place_of", "retry_after", "site_of"]

KINDS = ("text/html", "application/xhtml+xml")
"""Of documents that are taken."""
ELSEWHERE = "of a site that was not named"
MOST_MAPS = 1_000
"""Sitemaps that are read at most: they name each other, and a server may make up ever more. Our own limit."""
MOST_WAIT = 300.0
"""Seconds that a server's `Retry-After` is waited for at most. Our own limit."""
NOTHING = b"User-agent: *\nDisallow: /\n"
"""What the robots.txt of a site says that nobody can read."""
MOST_BYTES = 120
"""Of a name, where file systems take 255 with its ending."""


def crawl(request: dict[str, Any]) -> None:
    """Fetches what a request names and writes one JSON object a line: `url` with `path`, `error` or the address that
    has the `same` page, or `site` with the `pause` that it asks for.
    """
    from importlib import import_module
    from pathlib import Path

    scrapy: Any = import_module("scrapy")
    CrawlerProcess: Any = import_module("scrapy.crawler").CrawlerProcess
    signals: Any = import_module("scrapy.signals")
    sitemaps: Any = import_module("scrapy.utils.sitemap")
    gz: Any = import_module("scrapy.utils.gz")
    IgnoreRequest: Any = import_module("scrapy.exceptions").IgnoreRequest
    TextResponse: Any = import_module("scrapy.http").TextResponse
    Protego: Any = import_module("protego").Protego
    named = {site_of(address) for address in [*request["pages"], *request["sitemaps"]]}
    folder, most, size = Path(request["folder"]), int(request["most"]), int(request["size"])
    delay = float(request["delay"])
    places: dict[str, str] = {}  # each place, and the address whose page lies there
    pages: dict[tuple[str, str], str] = {}  # each page by address and title of its own, and where it was had from
    pauses: dict[str, float] = {}  # what a host asks for between two requests
    silent: dict[str, str] = {}  # hosts whose robots.txt cannot be had, and why

    def told(**line: object) -> None:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    class Manners:
        """Stands before all others, so that not even robots.txt of another site is asked for."""

        def process_request(self, request: Any, spider: Any = None) -> None:
            if site_of(request.url) not in named:
                where = f"leads to {request.url}, which is" if "redirect_urls" in request.meta else "is"
                raise IgnoreRequest(f"{where} {ELSEWHERE}")

        def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:
            if not request.meta.get("dont_obey_robotstxt"):
                return response
            host = _host(request)
            if response.status >= 500:
                silent[host] = f"answered {response.status}"
                return response.replace(status=200, body=NOTHING)
            if response.status < 300 and isinstance(response, TextResponse):
                asked = Protego.parse(response.text).crawl_delay(str(request.headers.get("User-Agent", b""), "latin-1"))
                if asked and asked > MOST_WAIT:
                    silent[host] = f"asks for {asked:g} s between two requests"
                    return response.replace(status=200, body=NOTHING)
                if asked and host not in pauses:
                    pauses[host] = float(asked)
                    told(site=host, pause=float(asked))
            return response

        def process_exception(self, request: Any, exception: Exception, spider: Any = None) -> Any:
            if not request.meta.get("dont_obey_robotstxt"):
                return None
            silent[_host(request)] = (
                str(exception) if isinstance(exception, IgnoreRequest) else type(exception).__name__
            )
            return TextResponse(request.url, body=NOTHING)

    class SitePause:
        """Stands behind the one that tries again, and sees every answer as it comes."""

        def __init__(self, crawler: Any) -> None:
            self.crawler = crawler

        @classmethod
        def from_crawler(cls, crawler: Any) -> Any:
            return cls(crawler)

        def process_response(self, request: Any, response: Any, spider: Any = None) -> Any:
            slot = self.crawler.engine.downloader.slots.get(request.meta.get("download_slot"))
            if slot is not None:
                latency = request.meta.get("download_latency") or 0.0
                slow = retry_after(response.headers.get("Retry-After", b"")) if response.status in (429, 503) else 0.0
                slot.delay = max(delay, pauses.get(_host(request), 0.0), latency if delay else 0.0, slow)
            return response

    class PageSpider(scrapy.Spider):  # type: ignore[misc]
        name = "amts"

        def __init__(self) -> None:
            super().__init__()
            self.maps: set[str] = set()

        async def start(self) -> Any:
            self.crawler.signals.connect(self.broken, signal=signals.spider_error)
            for address in request["pages"]:
                if (asked := self.asked(address)) is not None:
                    yield asked
            for address in request["sitemaps"]:
                if (asked := self.map_of(address)) is not None:
                    yield asked

        def map_of(self, address: str) -> Any:
            """A map, once, while there is room for its pages."""
            if address in self.maps or len(places) >= most:
                return None
            if site_of(address) not in named or place_of(address) is None:
                told(url=address, error=f"is {ELSEWHERE}")
                return None
            if len(self.maps) >= MOST_MAPS:
                told(url=address, error=f"more than {MOST_MAPS} sitemaps")
                return None
            self.maps.add(address)
            return scrapy.Request(address, self.sitemap, errback=self.failed)

        def asked(self, address: str) -> Any:
            if site_of(address) not in named:
                told(url=address, error=f"is {ELSEWHERE}")
                return None
            place, whole = place_of(address), urldefrag(address).url
            first = places.get(place or "")
            if first is not None and first != whole:
                told(url=address, error=f"its place is that of {first}")
            if place is None or first is not None or len(places) >= most:
                return None
            places[place] = whole
            if (folder / place).is_file():
                told(url=address, path=place)
                return None
            # Each is asked for once as it is; the filter would pass over redirects to one that was in silence.
            about = {"errback": self.failed, "cb_kwargs": {"place": place}, "dont_filter": True}
            return scrapy.Request(address, self.page, **about)

        def sitemap(self, response: Any) -> Iterator[Any]:
            if response.url.endswith("/robots.txt"):
                for address in sitemaps.sitemap_urls_from_robots(response.text, base_url=response.url):
                    yield self.map_of(address)
                return
            is_packed = gz.gzip_magic_number(response)
            found = sitemaps.Sitemap(gz.gunzip(response.body, max_size=size) if is_packed else response.body)
            if found.type not in ("sitemapindex", "urlset"):
                told(url=response.url, error="no sitemap")
            for entry in found:
                address = str(entry.get("loc", ""))
                yield self.map_of(address) if found.type == "sitemapindex" else self.asked(address)

        def page(self, response: Any, place: str) -> None:
            kind = response.headers.get("Content-Type", b"").decode("latin-1").partition(";")[0].strip().lower()
            if kind not in KINDS:
                told(url=response.url, error=f"not a page but {kind or 'of no kind'}")
                return
            address = _asked(response.request)
            first = pages.setdefault(self.own(response), address)
            if first != address:
                told(url=address, same=first)
                return
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(_readable(response))
            told(url=response.url, path=place)

        def own(self, response: Any) -> tuple[str, str]:
            """The address and the title that a page says it has. One of another site is not believed; the title, since
            there are sites on which every page says that it is the first one.
            """
            said = response.xpath("//link[@rel='canonical']/@href").get(default="").strip()
            address = urldefrag(response.urljoin(said)).url if said else response.url
            title = response.xpath("//title/text()").get(default="").strip()
            return (address if site_of(address) == site_of(response.url) else str(response.url)), title

        def failed(self, failure: Any) -> None:
            status = getattr(getattr(failure.value, "response", None), "status", None)
            said = str(failure.value) if failure.check(IgnoreRequest) else failure.type.__name__
            if failure.check(IgnoreRequest) and (why := silent.get(_host(failure.request))):
                said = f"its site's robots.txt cannot be had ({why}), so nothing there is asked for"
            told(url=_asked(failure.request), error=f"answered {status}" if status else said)

        def broken(self, failure: Any, response: Any) -> None:
            told(url=response.url, error=f"cannot be read or kept ({failure.type.__name__})")

    process = CrawlerProcess(
        {
            "DOWNLOADER_MIDDLEWARES": {Manners: 1, SitePause: 560},
            "ROBOTSTXT_OBEY": True,
            "USER_AGENT": request["agent"],
            "CONCURRENT_REQUESTS": 1,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": delay,
            "RANDOMIZE_DOWNLOAD_DELAY": False,
            "DOWNLOAD_MAXSIZE": size,
            # What a server names as a sitemap may not be a file of this machine.
            "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
            "DOWNLOAD_TIMEOUT": 60,
            "RETRY_TIMES": 2,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_ENABLED": False,
        }
    )
    process.crawl(PageSpider)
    process.start()


def _host(request: Any) -> str:
    """The host and port that was asked first."""
    return urlsplit(_asked(request)).netloc


def _asked(request: Any) -> str:
    """The address that was asked first, wherever it led."""
    return str(request.meta.get("redirect_urls", [request.url])[0])


def _readable(response: Any) -> bytes:
    """A page as UTF-8, if it is in another encoding: which one, only the server may have said."""
    body: bytes = response.body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return str(response.text).encode("utf-8", "replace")
    return body


def retry_after(value: bytes) -> float:
    """Seconds that a server asks to be left alone for (RFC 9110, 10.2.3), as a number or as a date."""
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MOST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(seconds, 0.0), MOST_WAIT)


def site_of(address: str) -> tuple[str, int | None]:
    """Host and port of an address; with `www.` and without, and over both protocols, it is one site."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", None
    return (parts.hostname or "").removeprefix("www."), None if port in (80, 443) else port


def place_of(address: str) -> str | None:
    """Where a page goes below the folder: its host and its path, which never leave it; None for no page's address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not (parts.hostname or "").strip("."):
        return None
    names = [name for name in parts.path.split("/") if name not in ("", ".", "..")]
    if not names or parts.path.endswith("/"):
        names.append("index.html")
    if parts.query:
        names[-1] += f"@{parts.query}"
    safe = [_short("".join(c if c.isalnum() or c in "-_.@=&%" else "_" for c in name)) for name in names]
    if not safe[-1].endswith((".html", ".htm", ".xhtml")):
        safe[-1] += ".html"
    return "/".join([parts.hostname or "", *safe])


def _short(name: str) -> str:
    """A name that a file may have; what is cut still tells it from others."""
    data = name.encode("utf-8", "replace")
    if len(data) <= MOST_BYTES:
        return name
    return f"{data[:MOST_BYTES].decode(errors='ignore')}-{blake2b(data, digest_size=6).hexdigest()}"


def main() -> None:
    """The request is one JSON object on standard input."""
    crawl(json.load(sys.stdin))


if __name__ == "__main__":
    main()
