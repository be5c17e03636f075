"""Reading the measured repositories with plain git, without the program that is measured.

A folder given to a script holds bundles (`NAME.bundle`) or ready clones (`NAME`); bundles are cloned into a temporary
folder, and nothing is ever written to what was given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

BOOKS = ("d2l-en", "d2l-zh", "tf-docs", "qe-en", "qe-zh")
TF_LANGUAGES = ("zh-cn", "ja", "es-419")


def git(repo: Path, *args: str, data: bytes | None = None) -> bytes:
    """Output of one git command."""
    done = subprocess.run(["git", "-C", str(repo), *args], input=data, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {args[0]} in {repo}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


@dataclass(frozen=True)
class Data:
    """The five repositories."""

    folder: Path
    scratch: Path

    def repo(self, name: str) -> Path:
        """A clone to read; made when there is only a bundle."""
        ready = self.folder / name
        if ready.is_dir():
            return ready
        bundle, clone = self.folder / f"{name}.bundle", self.scratch / name
        if not bundle.is_file():
            raise SystemExit(f"{self.folder}: has neither {name} nor {name}.bundle")
        if not clone.is_dir():
            subprocess.run(["git", "clone", "-q", str(bundle), str(clone)], check=True)
        return clone


def arguments(about: str, *extra: tuple[str, dict[str, object]]) -> argparse.Namespace:
    """The command line that all scripts share: the folder with the data, `--verbose`, and what a script adds."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with the bundles or clones")
    parser.add_argument("--verbose", action="store_true", help="name every fault")
    for flag, options in extra:
        parser.add_argument(flag, **options)  # type: ignore[arg-type]
    return parser.parse_args()


def open_data(folder: Path) -> Data:
    """The data in `folder`; clones live as long as the process."""
    global _scratch
    _scratch = tempfile.TemporaryDirectory(prefix="amts-bench-")
    return Data(folder, Path(_scratch.name))


_scratch: tempfile.TemporaryDirectory[str] | None = None


def blobs(repo: Path, oids: Iterable[str]) -> dict[str, bytes]:
    """Contents by object id, with one process."""
    wanted = list(dict.fromkeys(oids))
    raw = git(repo, "cat-file", "--batch", data="".join(f"{o}\n" for o in wanted).encode())
    out, at = {}, 0
    for oid in wanted:
        end = raw.index(b"\n", at)
        size = int(raw[at:end].split()[2])
        out[oid] = raw[end + 1 : end + 1 + size]
        at = end + 2 + size
    return out


def all_blobs(repo: Path, suffixes: Sequence[str]) -> dict[str, str]:
    """Object id → a path, for every version in history of the files with these suffixes."""
    found = {}
    for line in git(repo, "rev-list", "--all", "--objects").decode().splitlines():
        oid, _, path = line.partition(" ")
        if path.endswith(tuple(suffixes)):
            found[oid] = path
    return found


def tree(repo: Path, rev: str = "HEAD") -> dict[str, str]:
    """Path → object id of a commit's files."""
    out = {}
    for line in git(repo, "ls-tree", "-r", "-z", rev).decode().split("\0"):
        if line:
            meta, path = line.split("\t", 1)
            out[path] = meta.split()[2]
    return out


@dataclass(frozen=True)
class Version:
    """A text that a page had after a commit."""

    commit: str
    seconds: int
    path: str
    oid: str


def lineages(repo: Path) -> list[list[Version]]:
    """For every page, the versions it had along first parents, oldest first, renames (as git finds them) followed."""
    log = git(
        repo, "log", "--reverse", "--first-parent", "-m", "-M50%", "-l2000", "--raw", "--no-abbrev", "--format=@%H %ct"
    ).decode()
    lines: list[list[Version]] = []
    present: dict[str, list[Version]] = {}
    commit, seconds = "", 0
    moves: list[tuple[str, str, str, str]] = []

    def settle() -> None:
        taken = {old: present.pop(old, None) for kind, old, _, _ in moves if kind in "RD"}
        for kind, old, new, oid in moves:
            if kind == "D":
                continue
            line = taken.get(old) if kind == "R" else present.get(new)
            if line is None:
                line = []
                lines.append(line)
            present[new] = line
            line.append(Version(commit, seconds, new, oid))
        moves.clear()

    for row in log.splitlines():
        if row.startswith("@"):
            settle()
            commit, seconds = row[1:].split()[0], int(row.split()[1])
        elif row.startswith(":"):
            meta, *names = row.split("\t")
            fields = meta.split()
            moves.append((fields[4][0], names[0], names[-1], fields[3]))
    settle()
    return lines


def table(title: str, rows: Sequence[tuple[str, object, str]]) -> bool:
    """Prints name, figure and demand; True when no demand is missed. A demand is `= 0`, `>= 0.95`, … or empty."""
    print(title)
    good = True
    for name, value, demand in rows:
        verdict = "" if not demand else "ok" if _meets(value, demand) else "MISSED"
        good = good and verdict != "MISSED"
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        print(f"  {name:<58} {shown:>12}  {demand:<8} {verdict}")
    return good


def _meets(value: object, demand: str) -> bool:
    sign, limit = demand.split()
    number = float(str(value))
    return {"=": number == float(limit), ">=": number >= float(limit), "<=": number <= float(limit)}[sign]


def leave(good: bool) -> None:
    """Ends the script: 0 when every figure was met, 1 when one was missed."""
    sys.exit(0 if good else 1)
