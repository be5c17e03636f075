"""Runs with batch jobs that die with SIGKILL, and the run after each: the same output, one job, nothing left in S3.

    python benchmarks/batch_kill.py [--points N]

The example book against the local servers of `tests/aws`. The points are spread over all requests of a calm run to AWS,
before one is sent and after its answer came in turn; 0 takes every request, both before and after it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from _repos import leave, table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from aws.cloud import Cloud
from booksync import Shop


def points_of(requests: int, wanted: int) -> list[tuple[int, str]]:
    """Which request, and whether before or after it."""
    everything = [(n, when) for n in range(1, requests + 1) for when in ("before", "after")]
    if not wanted or wanted >= len(everything):
        return everything
    step = (len(everything) - 1) / (wanted - 1) if wanted > 1 else 0
    return [everything[round(step * k)] for k in range(wanted)]


def faults_of(shop: Shop, at: int, when: str, tree: str) -> list[str]:
    """What is wrong after a run that was killed there and the one after it."""
    killed, again = shop.run(at=at, when=when), shop.run()
    out = [] if killed.code == -9 else [f"the first run was not killed but ended with {killed.code}"]
    if again.code not in (0, 1):
        out.append(f"the second run ended with {again.code}: {again.said.splitlines()[-1]}")
    if again.tree != tree:
        out.append("another output")
    if len(shop.cloud.state.jobs) != 1:
        out.append(f"{len(shop.cloud.state.jobs)} jobs")
    if shop.cloud.objects():
        out.append(f"left in S3: {', '.join(shop.cloud.objects()[:3])}")
    check = subprocess.run(["git", "-C", str(shop.folder / "book-zh"), "fsck", "--no-dangling"], capture_output=True)
    return [*out, "the repository is damaged"] if check.returncode else out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=10, metavar="N", help="how many points; 0: all of them (10)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, Cloud() as cloud:
        folder = Path(scratch)
        built = Shop.build(cloud, folder / "built")
        log = folder / "requests"
        calm = built.copy(folder / "calm").run(count=log)
        requests = log.read_text(encoding="utf-8").splitlines()
        points = points_of(len(requests), options.points)
        faults = 0
        for at, when in points:
            found = faults_of(built.copy(folder / "killed"), at, when, calm.tree)
            faults += bool(found)
            print(
                f"{when:6} request {at:2} ({requests[at - 1].split('?')[0][-40:]}): {'; '.join(found) or 'ok'}",
                flush=True,
            )
    rows: list[tuple[str, object, str]] = [
        ("requests to AWS in a calm run", len(requests), ""),
        ("points", len(points), f">= {options.points}"),
        ("points with a fault", faults, "= 0"),
    ]
    leave(table("killed and run again", rows))


if __name__ == "__main__":
    main()
