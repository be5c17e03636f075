"""A program for the command engine's tests: `stand_in.py MODE` answers each request in one particular way.

The honest answer puts `T:` before the text and leaves its markup alone. Every request is also appended to the file
named by the environment variable `STAND_IN_LOG`, so that a test can see what was sent.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Request = dict[str, str]
FIRST = re.compile(r'<span translate="no" id="x\d+">.*?</span>', re.S)


def honest(text: str) -> str:
    return "T:" + text


def in_first(text: str, change: Callable[[str], str]) -> str:
    """The text with its first protected span changed."""
    return honest(FIRST.sub(lambda m: change(m.group()), text, count=1))


def reordered(text: str) -> str:
    found = FIRST.findall(text)
    return honest(FIRST.sub(lambda m: found.pop(), text))


TEXTS: dict[str, Callable[[str], str]] = {
    "honest": honest,
    "drop": lambda text: in_first(text, lambda span: ""),
    "double": lambda text: in_first(text, lambda span: span + span),
    "inside": lambda text: in_first(text, lambda span: span.replace("</span>", "!</span>")),
    "space": lambda text: honest(FIRST.sub(lambda m: f"  {m.group()} ", text)),
    "reorder": reordered,
    "raw": lambda text: honest(text) + " 1 < 2 <unk>",
    "bare": lambda text: honest(text) + " 1 < 2",
    "empty": lambda text: "",
}


def line(request: Request, **answer: object) -> str:
    return json.dumps({"id": request["id"], **answer}, ensure_ascii=False)


def answers(mode: str, requests: list[Request]) -> Iterator[str | bytes]:
    """The lines that the mode writes for all requests."""
    for n, request in enumerate(requests):
        good = line(request, text=TEXTS.get(mode, honest)(request["text"]))
        if mode == "error" and n % 2:
            good = line(request, error="quota\x1b[31m\nexceeded")
        if mode == "silent" and n % 2:
            continue
        if mode == "no-text":
            good = line(request, text=["a list"])
        if mode == "truncated" and n == len(requests) - 1:
            good = good[: len(good) // 2]
        if mode == "wrong-ids":
            yield line({"id": "no such id"}, text="T:stolen")
            yield good
            good = line(request, text="T:second answer")
        if mode == "garbage":
            yield from ("loading 42 %", "[1, 2]", "null", "{", "[" * 100_000, "")
        if mode == "huge":
            yield "x" * 3_000_000
        if mode == "not-utf8":
            yield b'{"id": "' + request["id"].encode() + b'", "text": "T:\xff\xfe"}'
        if mode == "numeric-id":
            good = json.dumps({"id": int(request["id"]), "text": honest(request["text"])})
        yield good


def main() -> int:
    mode = sys.argv[1]
    if mode == "hang":
        subprocess.run([sys.executable, __file__, "hang-child"], check=False)
    if mode == "hang-child":
        with Path(os.environ["STAND_IN_LOG"]).open("w") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            print("hanging", flush=True)
            time.sleep(600)
    if mode == "die":
        print("first line", file=sys.stderr)
        print("\x1b[31mno model\x00 found", file=sys.stderr)
        return 7
    if mode == "noisy":
        sys.stderr.write("progress\n" * 200_000)
    requests = [json.loads(text) for text in sys.stdin if text.strip()]
    with Path(os.environ["STAND_IN_LOG"]).open("a", encoding="utf-8") as log:
        log.writelines(json.dumps(request) + "\n" for request in requests)
    if mode == "wait-after-one":
        requests = requests[:1]
    lines = list(answers(mode, requests[:2] if mode == "crash" else requests))
    for text in reversed(lines) if mode == "shuffle" else lines:
        sys.stdout.buffer.write((text if isinstance(text, bytes) else text.encode()) + b"\n")
    sys.stdout.flush()
    if mode == "wait-after-one":
        time.sleep(600)
    return 9 if mode == "crash" else 0


if __name__ == "__main__":
    sys.exit(main())
