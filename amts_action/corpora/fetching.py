"""From addresses to a folder of pages: what `amts corpus fetch` does, by way of a crawler in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from amts_action import __version__
from amts_action.corpora.crawler import place_of
from amts_action.errors import InputError, ServiceError
from amts_action.tokens import without

__all__ = ["Fetched", "addresses_in", "fetch"]

AGENT = f"amts/{__version__} (a corpus of translations; one request at a time)"


@dataclass(slots=True)
class Fetched:
    """What became of the addresses."""

    pages: list[str] = field(default_factory=list)
    """Paths below the folder."""
    problems: list[str] = field(default_factory=list)
    """What could not be had, and why."""
    same: list[str] = field(default_factory=list)
    """Addresses of pages that are there from another one."""


def addresses_in(given: Iterable[str]) -> tuple[list[str], list[str]]:
    """Addresses of pages and of sitemaps; what is no address is a file with one a line.

    Raises:
        InputError: there is no such file, or none in it.
    """
    pages: list[str] = []
    maps: list[str] = []
    for word in given:
        lines = [word]
        if "://" not in word:
            path = Path(word)
            if not path.is_file():
                mend = "give addresses of pages or of a sitemap, or a file with one a line"
                raise InputError("this is no address, and no such file", where=word, mend=mend)
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
            lines = [line for line in lines if line and not line.startswith("#")]
        for line in lines:
            if place_of(line) is None:
                raise InputError(f"{line[:80]!r} is no address of a page", where=word, mend="write https://…")
            is_map = urlsplit(line).path.endswith((".xml", ".xml.gz", "/robots.txt"))
            (maps if is_map else pages).append(line)
    if not pages and not maps:
        raise InputError("no address is given", mend="give addresses of pages or of a sitemap")
    return pages, maps


def fetch(
    given: Iterable[str],
    folder: Path,
    *,
    delay: float,
    most: int,
    size: int,
    agent: str = AGENT,
    tell: Callable[[str], None] = lambda _: None,
) -> Fetched:
    """Fetches pages into a folder; what lies there already is not fetched again.

    Args:
        delay: seconds between two requests; more when a server is slow.
        most: pages at most.
        size: bytes of a page at most.

    Raises:
        InputError: an address is none, or the crawler is not installed.
        ServiceError: the crawler failed.
    """
    pages, maps = addresses_in(given)
    if find_spec("scrapy") is None:
        raise InputError("the crawler is not installed", mend='run `pip install "amts-action[crawl]"`')
    request = {
        "pages": pages,
        "sitemaps": maps,
        "folder": str(folder),
        "delay": delay,
        "most": most,
        "size": size,
        "agent": agent,
    }
    done = Fetched()
    # One host after the other: all requests of one process wait for each other.
    command = [sys.executable, "-m", "amts_action.corpora.crawler"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=without(os.environ), **pipes) as process:  # type: ignore[call-overload]
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        for line in process.stdout:
            found = json.loads(line)
            if "pause" in found:
                tell(f"{found['site']} asks for {found['pause']:g} s between two requests")
            elif "same" in found:
                done.same.append(f"{found['url']}: the page of {found['same']}")
            elif "path" in found:
                done.pages.append(found["path"])
                if len(done.pages) % 100 == 0:
                    tell(f"{len(done.pages)} pages")
            else:
                done.problems.append(f"{found['url']}: {found['error']}")
    if process.returncode != 0:
        raise ServiceError("the crawler failed", where="corpus fetch", mend="run again; what is there is kept")
    return done
