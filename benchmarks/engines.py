"""Engines that call a service: the time and the calls of 1,000 texts, against a server of its own process.

`tests/aws` has the server, which stands for Amazon Translate and answers after 50 ms. The run with faults has 10 %
throttling, 2 % errors and one cut connection; adaptive retries make it slow by intention.

On a machine with other work to do, all of it takes longer: so the same calls are also made by threads that do nothing
else, right before, which is what the machine and the client of Amazon can do at that time. Our own time is that of the
processor, as in a command, the least of nine runs over new texts, of which the replies are Chinese; with `--pairs`
(what `amts pairs` wrote for en and zh) also with a gate that has learnt from these.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _repos import leave, table

from amts_action.engines.aws.clients import client
from amts_action.engines.model import EngineSettings, Pair, Segment, Usage
from amts_action.engines.registry import create_engine
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.pool import pooled
from amts_action.markup.wire import encode
from amts_action.processes import collect_seldom

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from aws.faults import CUT, INTERNAL, THROTTLED_400, Fault
from aws.server import TranslateServer

SECONDS = 0.05


def serve(faults: bool, ready: Any, told: Any) -> None:
    """The server, until something arrives in `told`; then the texts that it has translated go back."""
    with TranslateServer() as server:
        if faults:
            server.faults.rate(0.10, THROTTLED_400)
            server.faults.rate(0.02, INTERNAL)
            server.faults.add(CUT, after=100)
        else:
            server.faults.rate(1.0, Fault(seconds=SECONDS))
        ready.put(server.environ())
        told.get()
        ready.put([c.request["Text"] for c in server.state.calls if c.took_effect])


def run(segments: list[Segment], *, faults: bool) -> Run:
    """All segments through the engine, in a new folder of replies."""
    ready, told = multiprocessing.Queue(), multiprocessing.Queue()  # type: ignore[var-annotated]
    process = multiprocessing.Process(target=serve, args=(faults, ready, told), daemon=True)
    process.start()
    os.environ.update(ready.get())
    with tempfile.TemporaryDirectory(prefix="amts-bench-") as folder:
        engine = create_engine("amazon-translate", EngineSettings(cache_path=Path(folder) / "replies.sqlite"))
        bare = 0.0 if faults else bare_calls(segments)
        start = time.perf_counter()
        done = engine.translate(segments, source_lang="en", target_lang="zh")
        seconds = time.perf_counter() - start
    told.put("stop")
    paid = ready.get()
    process.join()
    return Run(seconds, bare, [t.text for t in done], paid)


def bare_calls(segments: list[Segment]) -> float:
    """Seconds of the same calls by threads that do nothing else; making a client is in it, as it is in ours."""
    start = time.perf_counter()
    service = client("translate", connections=EngineSettings().concurrency)
    with ThreadPoolExecutor(EngineSettings().concurrency) as pool:
        languages = {"SourceLanguageCode": "en", "TargetLanguageCode": "zh"}
        list(pool.map(lambda s: service.translate_text(Text=f"{encode(s.text).html} Bare.", **languages), segments))
    return time.perf_counter() - start


def own_milliseconds(count: int, pairs: Path | None = None) -> float:
    """Processor time of the whole way of a text but for the service, replies kept: the least of nine runs.

    Args:
        pairs: what the gate learns from, before; none without.
    """
    collect_seldom()
    known: list[Pair] = []
    if pairs is not None:
        with pairs.open(encoding="utf-8", newline="") as file:
            known = [Pair(*row[:2]) for row in list(csv.reader(file))[1:]]
    found = []
    for again in range(9):
        with tempfile.TemporaryDirectory(prefix="amts-bench-") as folder:
            path = Path(folder) / "replies.sqlite"
            settings = EngineSettings(cache_path=path, gate="flag" if known else "off", pairs=lambda: known)
            engine = MachineEngine(Stock(), settings)
            engine.translate(texts(1, "first"), source_lang="en", target_lang="zh")
            some = texts(count, f"{again}.")
            start = time.process_time()
            done = engine.translate(some, source_lang="en", target_lang="zh")
            found.append(1000 * (time.process_time() - start) / count)
            assert all(t.text and not t.flags for t in done), next(t for t in done if not t.text or t.flags)
    return min(found)


STOCK = (
    ("The value of ", ""),
    (" is <span", " 的值是 <span"),
    (", and ", "，而"),
    (">that<", ">那<"),
    (" is number ", "是第 "),
    (". See the next part, too.", " 个数。另见下一部分。"),
)
"""What the service says for the parts of `texts`."""


@dataclass(frozen=True)
class Stock:
    """A service that knows one sentence, by as many threads as another one."""

    name: str = "stock"
    limit: int | None = None

    def check(self, source_lang: str, target_lang: str) -> None:
        """It has all languages."""

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        """Nothing."""
        return ()

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        """Characters."""
        return Usage(billed_characters=sum(len(r.text) for r in requests), calls=len(requests))

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        """The texts."""
        workers = EngineSettings().concurrency
        for number, text in pooled(_said, requests, workers=workers, is_hopeless=lambda error: True):
            assert isinstance(text, str)
            yield Arrived(number, Reply(text), self.estimate([requests[number]], source_lang, target_lang))


def _said(request: EngineRequest) -> str:
    text = request.text
    for english, chinese in STOCK:
        text = text.replace(english, chinese)
    return text


def texts(count: int, mark: str = "") -> list[Segment]:
    """Different texts with marks of several kinds."""
    return [
        Segment(str(n), f"The value of `f{mark}{n}` is $x_{{{n}}}$, and *that* is number {n}. See the next part, too.")
        for n in range(count)
    ]


@dataclass(frozen=True)
class Run:
    """What one run took and gave."""

    seconds: float
    bare: float
    """Seconds of the same calls without the program."""
    made: list[str | None]
    paid: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=1000, help="texts of the calm run (1000)")
    parser.add_argument("--faulty", type=int, default=100, help="texts of the run with faults (100)")
    parser.add_argument("--pairs", type=Path, help="pairs of people that a gate learns from")
    options = parser.parse_args()
    segments = texts(options.texts)
    own = own_milliseconds(options.texts)
    judged = own_milliseconds(options.texts, options.pairs) if options.pairs else None
    calm = run(segments, faults=False)
    concurrency = EngineSettings().concurrency
    ideal = options.texts * SECONDS / concurrency
    troubled = run(segments[: options.faulty], faults=True)
    leave(
        table(
            "engines",
            [
                ("texts", len(segments), ""),
                ("own milliseconds a text", round(own, 3), "<= 0.5"),
                *([("the same with the gate", round(judged, 3), "<= 0.5")] if judged else []),
                ("seconds of a calm run", round(calm.seconds, 2), ""),
                ("seconds of the same calls by nothing but threads", round(calm.bare, 2), ""),
                ("times as long as these", round(calm.seconds / calm.bare, 3), "<= 1.2"),
                ("times 50 ms a text over the calls at once", round(calm.seconds / ideal, 3), "<= 1.2"),
                ("not translated in the calm run", sum(text is None for text in calm.made), "= 0"),
                ("texts of the run with faults", options.faulty, ""),
                ("seconds of it", round(troubled.seconds, 1), ""),
                (
                    "other output than the calm run",
                    sum(a != b for a, b in zip(calm.made, troubled.made, strict=False)),
                    "= 0",
                ),
                ("texts paid for twice", sum(count - 1 for count in Counter(troubled.paid).values()), "= 0"),
            ],
        )
    )


if __name__ == "__main__":
    main()
