"""Random splits of a real sync into requests, merged in random orders: no conflict, and the same tree every time.

    python benchmarks/split_orders.py FOLDER [--splits N] [--orders N] [--pages N]

The newest d2l-en is synced into d2l-zh with English in place of an engine, once, without a server. What the run would
write is given to groups as `publishing/split.py` does it, by pages, by folders and by random owners with random limits
of lines; each group becomes a branch. Then all branches are merged by git, in random orders (all orders of up to four
groups), by merge and by squash in turn.
"""

from __future__ import annotations

import random
import sys
from itertools import permutations
from pathlib import Path

from _repos import arguments, git, leave, open_data, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from amts_action.books.opening import open_books  # noqa: E402
from amts_action.git.commit import Author, tree_of, write_commit  # noqa: E402
from amts_action.git.drafts import differing, tree_with  # noqa: E402
from amts_action.publishing.groups import Page, assigned  # noqa: E402
from amts_action.publishing.split import file_groups  # noqa: E402
from amts_action.runs.run import Run, run_sync  # noqa: E402

ENGINE = f'{sys.executable} -c "import json,sys\nfor l in sys.stdin: print(l.strip(), flush=True)"'
ALL_ORDERS = 4
"""Groups of which every order is tried; of more, random ones."""


def merged(run: Run, branches: list[str], by_squash: bool) -> tuple[str, int]:
    """The tree after merging the commits one after the other onto the translation, and how many had a conflict."""
    target, tip, conflicts = run.books.target.repository, run.books.start.default, 0
    for branch in branches:
        code, out, _ = target.git.status("merge-tree", "--write-tree", tip, branch)
        conflicts += code != 0
        tree = out.decode().split("\n")[0]
        parents = (tip,) if by_squash else (tip, branch)
        tip = write_commit(target.git, tree, parents, "Merge", Author())
    return git(target.path, "rev-parse", f"{tip}^{{tree}}").decode().strip(), conflicts


def main() -> None:
    """Splits, merges, counts."""
    options = arguments(
        __doc__,
        ("--splits", {"type": int, "default": 30}),
        ("--orders", {"type": int, "default": 6}),
        ("--pages", {"type": int, "default": 0, "help": "only so many pages; 0: all"}),
    )
    data, chance = open_data(options.folder), random.Random(14)
    given: dict[str, object] = {
        "source": str(data.repo("d2l-en")), "target": str(data.repo("d2l-zh")), "engine": "memory", "target_lang": "zh",
    }  # fmt: skip
    books = open_books(given, environ={"AMTS_GATE": "off"})
    run = run_sync(books)
    target, start = books.target.repository, books.target.commit
    tree = tree_with(target, start, run.edits)
    changed = differing(target, start, tree)
    todo = [o.job for o in run.outcomes if o.job.fate in ("changed", "new", "renamed", "deleted")]
    trees: set[str] = set()
    conflicts = shared = orders = 0
    for _ in range(options.splits):
        mode = chance.choice(["page", "folder", "owner", "one"])
        lines = chance.choice([0, 50, 300, 2_000])
        pages = [Page(job.path, chance.randint(1, 400)) for job in todo]
        if mode == "owner":
            groups = {page.path: f"owner{chance.randrange(5)}" for page in pages}
        else:
            groups = assigned(pages, mode=mode, max_lines=lines, held={})
        files = file_groups(run, changed, groups, {}, books.settings, is_one=mode == "one" and not lines)
        parts: dict[str, dict[str, tuple[str, str | None]]] = {}
        for edit in changed:
            parts.setdefault(files[edit.path], {})[edit.path] = (edit.mode, edit.oid)
        shared += sum(map(len, parts.values())) != len(changed)
        branches = [
            write_commit(target.git, tree_of(target.git, start, edits), (start,), group, Author())
            for group, edits in parts.items()
        ]
        every = list(permutations(branches)) if len(branches) <= ALL_ORDERS else []
        for order in every or [chance.sample(branches, len(branches)) for _ in range(options.orders)]:
            found, broken = merged(run, list(order), by_squash=bool(orders % 2))
            conflicts += broken
            orders += 1
            trees.add(found)
    wanted = {tree}
    leave(
        table(
            "random splits of one sync, merged in random orders",
            [
                ("files that the sync changes", len(changed), ">= 1"),
                ("splits", options.splits, ""),
                ("orders", orders, ">= 1"),
                ("files in two requests", shared, "= 0"),
                ("conflicts", conflicts, "= 0"),
                ("final trees other than the whole run's", len(trees - wanted), "= 0"),
            ],
        )
    )


if __name__ == "__main__":
    main()
