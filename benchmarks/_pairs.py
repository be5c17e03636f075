"""Which English each translation was made from, read from what lies beside it, and what became of that English."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from _repos import TF_LANGUAGES, Data, Version, blobs, git, lineages, tree


@dataclass(frozen=True)
class Pair:
    """A translated page, the English it stands for, and every later version of that English."""

    book: str
    path: str
    lang: str
    base: str
    target: str
    later: tuple[str, ...]
    """Later texts of the page upstream, oldest first."""
    commits: tuple[str, ...]
    """The commits that they are of."""

    @property
    def head(self) -> str:
        """The newest English."""
        return self.later[-1] if self.later else self.base


class Pairs:
    """The pairs of the three books at the newest commit of the translations."""

    def __init__(self, data: Data) -> None:
        self.data = data

    @cached_property
    def d2l(self) -> list[Pair]:
        """Pages with an `_origin` file, the English text that the page was translated from."""
        english, chinese = self.data.repo("d2l-en"), self.data.repo("d2l-zh")
        files, lines, out = tree(chinese), lineages(english), []
        for path, oid in sorted(files.items()):
            page = path.replace("_origin.md", ".md")
            if not path.endswith("_origin.md") or page not in files:
                continue
            later = _after(lines, page, oid) or self._nearest(lines, page, oid)
            out.append(_pair("d2l", page, "zh", oid, files[page], later, chinese, english, chinese))
        return out

    def _nearest(self, lines: list[list[Version]], page: str, oid: str) -> list[Version]:
        """What followed the version that has most lines in common with an `_origin` file that somebody edited."""
        english = self.data.repo("d2l-en")
        own = Counter(git(self.data.repo("d2l-zh"), "cat-file", "blob", oid).splitlines())
        best, later = 0, list[Version]()
        for line in lines:
            texts = blobs(english, {v.oid for v in line}) if any(v.path == page for v in line) else {}
            for i, version in enumerate(line if texts else ()):
                common = sum((own & Counter(texts[version.oid].splitlines())).values())
                if common >= best:
                    best, later = common, line[i + 1 :]
        return later

    @cached_property
    def quantecon(self) -> list[Pair]:
        """Lectures whose record names a commit that the English repository has."""
        english, chinese = self.data.repo("qe-en"), self.data.repo("qe-zh")
        files, lines, out = tree(chinese), lineages(english), []
        for path, oid in sorted(files.items()):
            if not path.startswith(".translate/state/"):
                continue
            page = "lectures/" + path.removeprefix(".translate/state/").removesuffix(".yml")
            sha = source_sha(git(chinese, "cat-file", "blob", oid).decode())
            then = tree(english, sha) if has(self.data, "qe-en", sha) else {}
            if page in then and page in files:
                later = _after(lines, page, then[page])
                out.append(_pair("qe", page, "zh-cn", then[page], files[page], later, english, english, chinese))
        return out

    @cached_property
    def tensorflow(self) -> list[Pair]:
        """Notebooks: nobody recorded their English, so it is the text of the day when the translation last changed."""
        return self._tensorflow(is_old=False)

    @cached_property
    def tensorflow_old(self) -> list[Pair]:
        """Each notebook's translation as it stood in the middle of its history, with all the English that followed."""
        return self._tensorflow(is_old=True)

    def _tensorflow(self, *, is_old: bool) -> list[Pair]:
        repo = self.data.repo("tf-docs")
        out = []
        by_path = {line[-1].path: line for line in lineages(repo)}
        for path in sorted(tree(repo)):
            lang = path.split("/")[1]
            if lang not in TF_LANGUAGES or not path.endswith(".ipynb"):
                continue
            source = by_path.get(path.replace(f"site/{lang}/", "site/en-snapshot/"))
            versions = by_path[path]
            own = versions[len(versions) // 2 if is_old and len(versions) > 1 else -1]
            if not source or (is_old and own == versions[-1]):
                continue
            known = [v for v in source if v.seconds <= own.seconds] or source[:1]
            later = source[source.index(known[-1]) + 1 :]
            out.append(_pair("tf", path, lang, known[-1].oid, own.oid, later, repo, repo, repo))
        return out

    @property
    def all(self) -> list[Pair]:
        """All of them."""
        return [*self.d2l, *self.tensorflow, *self.tensorflow_old, *self.quantecon]


def source_sha(record: str) -> str:
    """The commit that another tool's record names."""
    found = re.search(r"^source-sha:\s*\"?([0-9a-f]{40})", record, re.M)
    return found.group(1) if found else ""


def has(data: Data, name: str, commit: str) -> bool:
    """Whether a repository has a commit."""
    try:
        return git(data.repo(name), "cat-file", "-t", commit).strip() == b"commit"
    except RuntimeError:
        return False


def _after(lines: list[list[Version]], page: str, oid: str) -> list[Version]:
    """The versions that follow the newest one with that text, of the page that has or had that name."""
    best: list[Version] = []
    for line in lines:
        at = [i for i, v in enumerate(line) if v.oid == oid and v.path == page]
        if at and len(line) - at[-1] - 1 > len(best):
            best = line[at[-1] + 1 :]
    return best


def _pair(
    book: str,
    path: str,
    lang: str,
    base: str,
    target: str,
    later: list[Version],
    base_repo: Path,
    later_repo: Path,
    target_repo: Path,
) -> Pair:
    texts = {**blobs(base_repo, [base]), **blobs(target_repo, [target])}
    news = blobs(later_repo, [v.oid for v in later])
    changed: list[Version] = []
    before = base
    for version in later:
        if version.oid != before:
            changed.append(version)
        before = version.oid
    heads = tuple(news[v.oid].decode() for v in changed)
    commits = tuple(v.commit for v in changed)
    return Pair(book, path, lang, texts[base].decode(), texts[target].decode(), heads, commits)
