"""Engines that call a service: the time and the calls of 1,000 texts, against a server of its own process.

`tests/aws` has the server, which stands for Amazon Translate and answers after 50 ms. The run with faults has 10 %
throttling, 2 % errors and one cut connection; adaptive retries make it slow by intention.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from _repos import leave, table

from amts_action.engines.model import EngineSettings, Segment
from amts_action.engines.registry import create_engine
from amts_action.engines.service.acceptance import Reply, translate_with

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


def run(segments: list[Segment], *, faults: bool) -> tuple[float, list[str | None], list[str]]:
    """Seconds, the translations, and the texts that the service has translated."""
    ready, told = multiprocessing.Queue(), multiprocessing.Queue()  # type: ignore[var-annotated]
    process = multiprocessing.Process(target=serve, args=(faults, ready, told), daemon=True)
    process.start()
    os.environ.update(ready.get())
    with tempfile.TemporaryDirectory(prefix="amts-bench-") as folder:
        engine = create_engine("amazon-translate", EngineSettings(cache_path=Path(folder) / "replies.sqlite"))
        start = time.perf_counter()
        done = engine.translate(segments, source_lang="en", target_lang="zh")
        seconds = time.perf_counter() - start
    told.put("stop")
    paid = ready.get()
    process.join()
    return seconds, [t.text for t in done], paid


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=1000, help="texts of the calm run (1000)")
    parser.add_argument("--faulty", type=int, default=100, help="texts of the run with faults (100)")
    options = parser.parse_args()
    segments = [
        Segment(str(n), f"The value of `f{n}` is $x_{{{n}}}$, and *that* is number {n}. See the next part, too.")
        for n in range(options.texts)
    ]
    start = time.process_time()
    translate_with(lambda requests: [Reply(r.text) for r in requests], segments, source_lang="en", target_lang="zh")
    own = 1000 * (time.process_time() - start) / len(segments)
    seconds, calm, _ = run(segments, faults=False)
    concurrency = EngineSettings().concurrency
    ideal = options.texts * SECONDS / concurrency
    slow, troubled, paid = run(segments[: options.faulty], faults=True)
    leave(
        table(
            "engines",
            [
                ("texts", len(segments), ""),
                ("own milliseconds a text", round(own, 3), "<= 1"),
                ("seconds of a calm run", round(seconds, 2), ""),
                ("times 50 ms a text over the calls at once", round(seconds / ideal, 3), "<= 1.2"),
                ("not translated in the calm run", sum(text is None for text in calm), "= 0"),
                ("texts of the run with faults", options.faulty, ""),
                ("seconds of it", round(slow, 1), ""),
                ("other output than the calm run", sum(a != b for a, b in zip(calm, troubled, strict=False)), "= 0"),
                ("texts paid for twice", sum(count - 1 for count in Counter(paid).values()), "= 0"),
            ],
        )
    )


if __name__ == "__main__":
    main()
