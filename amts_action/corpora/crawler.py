"""Fetches web pages politely: the program that `corpora.fetching` starts, since the crawler's loop runs once a process.

Scrapy does the work: robots.txt is obeyed, one request at a time with a pause that grows when a server is slow, pages
of other kinds or above a size are left out. Only sites that were named are asked: a redirect or a map of a server may
name any machine that can be reached from here, and leads nowhere else. https://docs.scrapy.org/en/latest/topics/settings.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any
from urllib.parse import urldefrag, urlsplit

__all__ = ["crawl", "main", "place_of", "site_of"]

KINDS = ("text/html", "application/xhtml+xml")
"""Of documents that are taken."""
ELSEWHERE = "of a site that was not named"
MOST_BYTES = 120
"""Of a name, where file systems take 255 with its ending."""


def crawl(request: dict[str, Any]) -> None:
    """Fetches what a request names and writes one JSON object a line: `url` and `path`, or `url` and `error`."""
    from importlib import import_module
    from pathlib import Path

    scrapy: Any = import_module("scrapy")
    CrawlerProcess: Any = import_module("scrapy.crawler").CrawlerProcess
    signals: Any = import_module("scrapy.signals")
    sitemaps: Any = import_module("scrapy.utils.sitemap")
    gz: Any = import_module("scrapy.utils.gz")
    IgnoreRequest: Any = import_module("scrapy.exceptions").IgnoreRequest
    named = {site_of(address) for address in [*request["pages"], *request["sitemaps"]]}
    folder, most, size = Path(request["folder"]), int(request["most"]), int(request["size"])
    places: dict[str, str] = {}  # each place, and the address whose page lies there

    def told(**line: object) -> None:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    class OnlyNamed:
        """Stands before all others, so that not even robots.txt of another site is asked for."""

        def process_request(self, request: Any, spider: Any = None) -> None:
            if site_of(request.url) not in named:
                where = f"leads to {request.url}, which is" if "redirect_urls" in request.meta else "is"
                raise IgnoreRequest(f"{where} {ELSEWHERE}")

    class PageSpider(scrapy.Spider):  # type: ignore[misc]
        name = "amts"

        async def start(self) -> Any:
            self.crawler.signals.connect(self.broken, signal=signals.spider_error)
            for address in request["pages"]:
                if (asked := self.asked(address)) is not None:
                    yield asked
            for address in request["sitemaps"]:
                yield scrapy.Request(address, self.sitemap, errback=self.failed, dont_filter=True)

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
            return scrapy.Request(address, self.page, errback=self.failed, cb_kwargs={"place": place})

        def sitemap(self, response: Any) -> Iterator[Any]:
            if response.url.endswith("/robots.txt"):
                for address in sitemaps.sitemap_urls_from_robots(response.text, base_url=response.url):
                    yield scrapy.Request(address, self.sitemap, errback=self.failed)
                return
            is_packed = gz.gzip_magic_number(response)
            found = sitemaps.Sitemap(gz.gunzip(response.body, max_size=size) if is_packed else response.body)
            if found.type not in ("sitemapindex", "urlset"):
                told(url=response.url, error="no sitemap")
            for entry in found:
                address = str(entry.get("loc", ""))
                if found.type == "sitemapindex":
                    yield scrapy.Request(address, self.sitemap, errback=self.failed)
                elif (asked := self.asked(address)) is not None:
                    yield asked

        def page(self, response: Any, place: str) -> None:
            kind = response.headers.get("Content-Type", b"").decode("latin-1").partition(";")[0].strip().lower()
            if kind not in KINDS:
                told(url=response.url, error=f"not a page but {kind or 'of no kind'}")
                return
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(response.body)
            told(url=response.url, path=place)

        def failed(self, failure: Any) -> None:
            status = getattr(getattr(failure.value, "response", None), "status", None)
            said = str(failure.value) if failure.check(IgnoreRequest) else failure.type.__name__
            first = failure.request.meta.get("redirect_urls", [failure.request.url])[0]
            told(url=first, error=f"answered {status}" if status else said)

        def broken(self, failure: Any, response: Any) -> None:
            told(url=response.url, error=f"cannot be read or kept ({failure.type.__name__})")

    process = CrawlerProcess(
        {
            "DOWNLOADER_MIDDLEWARES": {OnlyNamed: 1},
            "ROBOTSTXT_OBEY": True,
            "USER_AGENT": request["agent"],
            "CONCURRENT_REQUESTS": 1,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "DOWNLOAD_DELAY": float(request["delay"]),
            "AUTOTHROTTLE_ENABLED": bool(request["delay"]),
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
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    names = [name for name in parts.path.split("/") if name not in ("", ".", "..")]
    if not names or parts.path.endswith("/"):
        names.append("index.html")
    if parts.query:
        names[-1] += f"@{parts.query}"
    safe = [_short("".join(c if c.isalnum() or c in "-_.@=&%" else "_" for c in name)) for name in names]
    if not safe[-1].endswith((".html", ".htm", ".xhtml")):
        safe[-1] += ".html"
    return "/".join([parts.hostname, *safe])


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
