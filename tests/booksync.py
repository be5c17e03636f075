"""The example book, translated by a whole `amts sync` against the small cloud, perhaps killed on its way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aws.cloud import Cloud

ROOT = Path(__file__).resolve().parents[1]
KILLED = Path(__file__).resolve().parent / "aws" / "killed.py"


EN = ("We bake bread at dawn.", "The oven is hot.", "People come early and wait for the first loaf.")
ZH = "# 面包\n\n我们在黎明烤面包。\n\n烤箱很热。\n\n人们早早地来，等着第一个面包。\n"
WHO = {f"GIT_{who}_{what}": "reader@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **WHO}


@dataclass(frozen=True)
class Done:
    """What a run left behind."""

    code: int
    said: str
    tree: str
    """Object id of the branch's tree; empty when there is no branch."""


@dataclass(frozen=True)
class Shop:
    """The two repositories of the example book and where runs of it happen."""

    cloud: Cloud
    folder: Path

    @classmethod
    def build(cls, cloud: Cloud, folder: Path) -> Shop:
        """The example book's repositories."""
        subprocess.run([sys.executable, ROOT / "example" / "build.py", folder], check=True, capture_output=True)
        return cls(cloud, folder)

    @classmethod
    def small(cls, cloud: Cloud, folder: Path) -> Shop:
        """A book of one page with one changed sentence: as quick as can be."""
        old = "# Bread\n\n" + "\n\n".join(EN) + "\n"
        new = old.replace("at dawn", "before dawn, as `oven.start()` says")
        pages = {"book-en": {"bread.md": new}, "book-zh": {"bread.md": ZH, "bread_origin.md": old}}
        for name, files in pages.items():
            (folder / name).mkdir(parents=True)
            for path, text in files.items():
                (folder / name / path).write_text(text, encoding="utf-8")
            for command in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "Begin"]):
                subprocess.run(["git", *command], cwd=folder / name, env=os.environ | GIT, check=True)
        return cls(cloud, folder)

    def copy(self, folder: Path) -> Shop:
        """The same repositories at another place, for a run that starts afresh; the cloud is emptied, too."""
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(self.folder, folder, symlinks=True)
        self.cloud.reset()
        self.quicken()
        return Shop(self.cloud, folder)

    def quicken(self) -> None:
        """Imports and jobs are over at the first look."""
        self.cloud.state.create_seconds, self.cloud.state.job_seconds = 0.0, 20.0

    def arguments(self, *more: str) -> list[str]:
        """The command line of a run."""
        books = ["--source", "book-en", "--target", "book-zh", "--source-lang", "en", "--target-lang", "zh"]
        engine = ["--engine", "amazon-translate-batch", "--report-dir", "out", "--json", "out/result.json"]
        return ["sync", *books, *engine, *more]

    def run(self, *more: str, at: int = 0, when: str = "before", count: Path | None = None) -> Done:
        """A run in a process of its own, which dies at the `at`-th request to AWS (0: does not)."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMTS_", "INPUT_"))}
        environ |= self.cloud.environ() | GIT | {"XDG_CACHE_HOME": tempfile.mkdtemp(dir=self.folder)}  # a new machine
        environ["AMTS_GATE"] = "off"  # the server answers in English
        environ |= {"REQUESTS_FILE": str(count)} if count else {}
        command = [sys.executable, str(KILLED), str(at), when, *self.arguments(*more)]
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stderr, self.tree())

    def tree(self) -> str:
        """The tree of the branch that gets the result."""
        command = ["git", "-C", str(self.folder / "book-zh"), "rev-parse", "--verify", "-q", "amts/zh^{tree}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def text(self, path: str) -> str:
        """A page on that branch."""
        command = ["git", "-C", str(self.folder / "book-zh"), "show", f"amts/zh:{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
