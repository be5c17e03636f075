"""The translation memory: what goes in comes out, look-up against an exhaustive search, builds from real books."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from gitkit import Repo, git_environment
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from amts_action.books.books import Books
from amts_action.books.opening import open_books
from amts_action.books.records import Record, state_path, write_record
from amts_action.commands.data import memory as command
from amts_action.engines.memory import MemoryEngine
from amts_action.engines.model import EngineSettings, Pair, Segment
from amts_action.engines.registry import create_engine
from amts_action.errors import InputError
from amts_action.git.repository import Author, Repository
from amts_action.markup.abstraction import abstract_key, parts_of
from amts_action.memory import lookup
from amts_action.memory.build import Pages, entries
from amts_action.memory.lookup import MemoryMatch, look_up
from amts_action.memory.pairs import DocumentPair, Provenance, search_words
from amts_action.memory.store import Memory
from amts_action.runs.memory.fill import fill_memory

WORDS = (
    "we use the gradient of a loss to train every layer in our network model data point 3 42 `f` $x$ 模型 数据".split()
)
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
ENTRIES = st.builds(
    DocumentPair,
    TEXTS,
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20),
    st.integers(0, 50),
    st.none() | st.integers(0, 9),
    TEXTS,
    TEXTS,
    st.sampled_from(("people", "machine")),
    st.booleans(),
    st.floats(0, 1),
)


def place(path: str = "a.md", target_lang: str = "zh", book: str = "book") -> Provenance:
    return Provenance(book, "en", target_lang, "source", path, "c" * 40, "b" * 40, "target", path, "t" * 40)


def filled(path: Path, documents: dict[str, list[DocumentPair]], target_lang: str = "zh") -> Memory:
    memory = Memory.open(path, create=True)
    with memory.writing():
        for name, found in documents.items():
            memory.replace(place(name, target_lang), "1", found)
    return memory


def plain(*pairs: tuple[str, str]) -> list[DocumentPair]:
    return [DocumentPair(source, target, n, 0) for n, (source, target) in enumerate(pairs)]


def found(memory: Memory, text: str, **options: object) -> list[MemoryMatch]:
    return look_up(memory, text, source_lang="en", target_lang="zh", **options)  # type: ignore[arg-type]


def kept(memory: Memory) -> list[tuple[object, ...]]:
    """Everything that a reader can get, without the numbers that depend on the order of changes."""
    return [(row.entry, row.context, row.provenance) for row in memory.rows()]


def index(memory: Memory) -> dict[str, list[tuple[object, ...]]]:
    """Word → the pairs that the index has for it."""
    out = {}
    for number, word, uses in memory.connection.execute("SELECT id, word, pairs FROM words"):
        rows = memory.with_ids(list(memory.pairs_with(number)))
        assert len(rows) == len(memory.pairs_with(number)) == uses > 0
        out[word] = sorted((r.provenance.target_path, r.entry.block, r.entry.source) for r in rows.values())
    assert memory.connection.execute("SELECT count(DISTINCT word) FROM postings").fetchone()[0] == len(out)
    return out


@given(st.lists(ENTRIES, max_size=8))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, given_entries: list[DocumentPair]) -> None:
    path = tmp_path_factory.mktemp("m") / "memory.sqlite"
    filled(path, {"a.md": given_entries}).close()
    with Memory.open(path) as memory:
        rows = list(memory.rows())
        assert [row.entry for row in rows] == [
            DocumentPair(e.source, e.target, e.block, e.sentence, "", "", e.origin, e.is_reviewed, e.confidence)
            for e in given_entries
        ]
        assert all(row.provenance == place() for row in rows)
        for entry in given_entries:
            same = found(memory, entry.source, before=entry.before, after=entry.after, limit=100, least=100)
            assert same[0].score == 101
            assert entry.target.split() in [match.row.entry.target.split() for match in same]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.lists(ENTRIES, max_size=4) | st.none()), max_size=7),
    st.integers(1, 3),
)
def test_changes_leave_the_same_as_a_fresh_memory(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, list[DocumentPair] | None]], segment: int
) -> None:
    """Documents replaced and removed in any order: pairs, index and counts are those of the last state alone."""
    folder = tmp_path_factory.mktemp("m")
    state: dict[str, list[DocumentPair]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("amts_action.memory.store.SEGMENT", segment)
        with Memory.open(folder / "changed.sqlite", create=True) as memory:
            for name, new in steps:
                with memory.writing():
                    if new is None:
                        memory.remove("book", [name])
                        state.pop(name, None)
                    else:
                        memory.replace(place(name), "1", new)
                        state[name] = new
            with filled(folder / "fresh.sqlite", state) as fresh:
                assert sorted(kept(memory), key=repr) == sorted(kept(fresh), key=repr)
                assert index(memory) == index(fresh)
                assert memory.size(1) == sum(map(len, state.values()))
                assert memory.fingerprints("book").keys() == state.keys()


@pytest.mark.parametrize("scanned", [2_000, 0], ids=["all pairs", "by the index"])
@given(st.lists(TEXTS, min_size=1, max_size=12, unique=True), TEXTS, st.integers(30, 99))
def test_look_up_is_exhaustive(
    tmp_path_factory: pytest.TempPathFactory, scanned: int, sources: list[str], text: str, least: int
) -> None:
    """Scores of the fuzzy matches are those of an exhaustive search; by the index, among pairs that share a word."""
    path = tmp_path_factory.mktemp("m") / "memory.sqlite"
    key = abstract_key(parts_of(text))
    best = {}
    for source in sources:
        other = abstract_key(parts_of(source))
        score = fuzz.ratio(key, other)
        if score >= least and (scanned or set(search_words(key)) & set(search_words(other))):
            best[source] = score
    with (
        pytest.MonkeyPatch.context() as patch,
        filled(path, {"a.md": plain(*((s, "译文") for s in sources))}) as memory,
    ):
        patch.setattr(lookup, "SCANNED", scanned)
        got = lookup.similar(memory, 1, key, least=least, limit=100)
        assert {memory.with_ids([n])[n].entry.source: score for n, score in got.items()} == pytest.approx(best)
        scores = [m.score for m in found(memory, text, least=least, limit=100)]
    assert scores == sorted(scores, reverse=True)


def test_a_large_memory_finds_the_likest_among_many_with_common_words(tmp_path: Path) -> None:
    """More pairs share a word than are compared: those that share most words are."""
    many = plain(*((f"common words and number {n} of filler{n % 7} here", "多") for n in range(3_000)))
    wanted = DocumentPair("common words and a rare gradient of filler3 here", "少", 9_999, 0)
    with filled(tmp_path / "m.sqlite", {"a.md": many, "b.md": [wanted]}) as memory:
        (first, *_) = found(memory, "common words and a rare gradients of filler3 here", limit=1)
    assert (first.score, first.text) == (98, "少")


def test_of_many_that_share_words_those_with_most_are_compared(tmp_path: Path) -> None:
    """The one that shares three words stands behind thousands that share two of the same."""
    many = plain(
        *((f"xx yy {'filler ' * 3}{n}", "多") for n in range(3_000)), *(("zz " * 9, "多") for _ in range(3_000))
    )
    with filled(tmp_path / "m.sqlite", {"a.md": many, "b.md": plain(("xx yy zz", "少"))}) as memory:
        assert [m.text for m in found(memory, "xx yy zz!", limit=1)] == ["少"]


@pytest.mark.parametrize(("text", "source"), [("ab cde", "ab c"), ("ab c", "ab cde")])
def test_the_least_score_is_within(tmp_path: Path, text: str, source: str) -> None:
    """4 of 6 characters, in the same order: 2 · 4 / 10."""
    with filled(tmp_path / "m.sqlite", {"a.md": plain((source, "译"))}) as memory:
        assert [m.score for m in found(memory, text, least=80)] == [80]
        assert found(memory, text, least=81) == []


def test_a_document_twice_in_one_change(tmp_path: Path) -> None:
    with filled(tmp_path / "m.sqlite", {}) as memory:
        with memory.writing():
            for text in ("First text.", "Second text."):
                memory.replace(place(), "1", plain((text, "译")))
        assert set(index(memory)) == {"second", "text"}


RANKED = [
    DocumentPair("We train it.", "我们训练。", 0, 0, "", "Then we stop."),
    DocumentPair("We train it.", "我们来训练。", 1, 0, "Before.", "After."),
    DocumentPair("We train `f` 3 times.", "训练`f`3次。", 2, 0),
    DocumentPair("We trained it all.", "我们全训练了。", 3, 0),
]


def test_ranking(tmp_path: Path) -> None:
    """The same neighbours, the same text, then likeness; each with the better one first."""
    with filled(tmp_path / "m.sqlite", {"a.md": RANKED}) as memory:
        out = found(memory, "We train it.", before="Before.", after="After.")
        assert [(m.score, m.text) for m in out] == [
            (101, "我们来训练。"),
            (100, "我们训练。"),
            (80, "我们全训练了。"),
        ]
        assert [m.score for m in found(memory, "We  train\nit.", limit=1)] == [100]
        out = found(memory, "We train `g` 5 times.")
        assert (out[0].score, out[0].text) == (99, "训练`g`5次。")
        assert found(memory, "Nothing of the kind is in there, by far.") == []
        assert look_up(memory, "We train it.", source_lang="en", target_lang="ja") == []


def test_a_match_whose_spans_do_not_fit_is_an_example_only(tmp_path: Path) -> None:
    with filled(tmp_path / "m.sqlite", {"a.md": plain(("Use `f` or $x$ now.", "现在用它。"))}) as memory:
        (match,) = found(memory, "Use `f` or $x$ now.")
    assert (match.score, match.text, match.row.entry.target) == (100, None, "现在用它。")


def test_people_come_before_a_machine(tmp_path: Path) -> None:
    machine = DocumentPair("We train it.", "机器", 0, 0, origin="machine")
    people = DocumentPair("We train it.", "人", 5, 0)
    with filled(tmp_path / "m.sqlite", {"a.md": [machine, people]}) as memory:
        assert [m.text for m in found(memory, "We train it.")] == ["人", "机器"]
        assert [m.text for m in found(memory, "We train it!")] == ["人", "机器"]


def test_of_equals_the_usable_one_comes_first(tmp_path: Path) -> None:
    with filled(tmp_path / "m.sqlite", {"a.md": plain(("Use `f`.", "用它。"), ("Use `f`.", "用`f`。"))}) as memory:
        assert [m.text for m in found(memory, "Use `f`.")] == ["用`f`。", None]


def test_readers_see_the_old_state_until_a_change_is_done(tmp_path: Path) -> None:
    """Also while a part of the change is on the disk."""
    path = tmp_path / "m.sqlite"
    with filled(path, {"a.md": plain(("Old text.", "旧"))}) as writer, Memory.open(path) as reader:
        writer.connection.execute("PRAGMA cache_size = 5")
        with writer.writing():
            writer.replace(place(), "2", plain(*(("New text.", f"新{n}" * 50) for n in range(2_000))))
            assert [m.text for m in found(reader, "Old text.", least=100)] == ["旧"]
        assert found(reader, "Old text.", least=100) == []
        assert len(found(reader, "New text.", least=100)) == 5


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    with filled(tmp_path / "m.sqlite", {"a.md": plain(("Old text.", "旧"))}) as memory:
        before, generation = index(memory), memory.generation
        with pytest.raises(RuntimeError), memory.writing():
            memory.replace(place(), "2", plain(("New words.", "新")))
            raise RuntimeError
        assert (index(memory), memory.generation) == (before, generation)
        with memory.writing():
            memory.replace(place("b.md"), "1", plain(("New words.", "新")))
        assert set(index(memory)) == {"old", "text", "new", "words"}


KILLED = """
import sys, time
from pathlib import Path
from amts_action.memory.pairs import DocumentPair, Provenance
from amts_action.memory.store import Memory
place = lambda n: Provenance("book", "en", "zh", "s", n, "", "", "t", n, "")
with Memory.open(Path(sys.argv[1])) as memory:
    memory.connection.execute("PRAGMA cache_size = 5")  # so that half of the change is on the disk already
    with memory.writing():
        memory.remove("book", ["a.md"])
        for n in range(20):
            new = [DocumentPair(f"new text {n} {k}", "x" * 500, k, 0) for k in range(50)]
            memory.replace(place(f"{n}.md"), "2", new)
        memory._flush()
        print("half", flush=True)
        sys.stdin.read()
"""


def test_a_killed_build_leaves_the_old_state(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    filled(path, {"a.md": plain(("Old text.", "旧"))}).close()
    line = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    with Memory.open(path) as memory:
        assert [row.entry.source for row in memory.rows()] == ["Old text."]
        assert set(index(memory)) == {"old", "text"}
        with memory.writing():
            memory.replace(place(), "2", plain(("New text.", "新")))
        assert memory.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")


def other_version(path: Path) -> None:
    filled(path, {}).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: None, "no such translation memory; make it with `amts memory build`"),
        (lambda path: path.write_bytes(b"# A page\n" * 200), "not a usable translation memory"),
        (other_database, "this is not a translation memory"),
        (other_version, r"version 99 \(known: 1\); delete it and run `amts memory build`"),
    ],
)
@pytest.mark.parametrize("create", [False, True])
def test_files_that_are_no_memory(tmp_path: Path, spoil: object, message: str, create: bool) -> None:
    path = tmp_path / "m.sqlite"
    spoil(path)  # type: ignore[operator]
    before = path.read_bytes() if path.exists() else None
    if create and before is None:
        return
    with pytest.raises(InputError, match=message):
        Memory.open(path, create=create)
    if message.startswith("this is not"):
        assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("The loss, the Loss-function", ("the", "loss", "function")),
        ("深度学习 GPU编程x", ("深度", "度学", "学习", "gpu", "编程", "x")),
        ("字 … \ue000", ("字",)),
    ],
)
def test_search_words(key: str, words: tuple[str, ...]) -> None:
    assert search_words(key) == words


ENGLISH = """# Training

We train the model. Then we stop.

Use `f` with $x$ in this case.

```python
f(x)
```

## Summary

The end is near.
"""
CHINESE = """# 训练

我们训练模型。然后我们停下。

在这种情况下，用`f`和$x$。

```python
f(x)
```

## 小结

结束临近了。
"""


def test_entries_say_where_they_are() -> None:
    found_entries, skipped = entries(Pages("a.md", ENGLISH, CHINESE, "en", "zh"))
    assert skipped == 0
    last = "Use `f` with $x$ in this case."
    whole = "We train the model. Then we stop.", "我们训练模型。然后我们停下。"
    assert [(e.block, e.sentence, e.source, e.target, e.before, e.after) for e in found_entries if e.block == 1] == [
        (1, None, *whole, "Training", last),
        (1, 0, "We train the model.", "我们训练模型。", "Training", "Then we stop."),
        (1, 1, "Then we stop.", "然后我们停下。", "We train the model.", last),
    ]
    blocks, _ = entries(Pages("a.md", ENGLISH, CHINESE, "en", "zh", "block"))
    only_sentences, _ = entries(Pages("a.md", ENGLISH, CHINESE, "en", "zh", "sentence"))
    assert [*blocks, *only_sentences] == found_entries
    assert {e.sentence is None for e in blocks} == {True}


def test_copies_are_left_out() -> None:
    """A sentence that nobody translated is no translation."""
    kept_entries, skipped = entries(Pages("a.md", ENGLISH, ENGLISH, "en", "zh"))
    assert (kept_entries, skipped) == ([], 11)


def write_book(tmp_path: Path) -> tuple[Repo, Repo]:
    """Three pages with their English beside them."""
    source, target = Repo(tmp_path / "en"), Repo(tmp_path / "zh")
    pages = {f"{name}.md": ENGLISH.replace("Training", f"Training {name}") for name in "abc"}
    source.commit(pages)
    for name, text in pages.items():
        english = name.replace(".md", "_origin.md")
        target.write({name: CHINESE.replace("训练", f"训练{name[0]}", 1), english: text})
    target.commit({})
    return source, target


def opened(source: Repo, target: Repo, **more: object) -> Books:
    arguments = {"source": str(source.path), "target": str(target.path), "target_lang": "zh", **more}
    return open_books(arguments, environ={})


def rebuilt(tmp_path: Path, books: Books) -> list[tuple[object, ...]]:
    path = tmp_path / "rebuilt.sqlite"
    path.unlink(missing_ok=True)
    fill_memory(books, path)
    with Memory.open(path) as memory:
        return [*kept(memory), index(memory)]


def test_incremental_builds_equal_a_full_one(tmp_path: Path) -> None:
    source, target = write_book(tmp_path)
    path = tmp_path / "m.sqlite"

    def build(**more: object) -> tuple[int, int, int]:
        books = opened(source, target, **more)
        done = fill_memory(books, path)
        with Memory.open(path) as memory:
            assert [*kept(memory), index(memory)] == rebuilt(tmp_path, books)
        assert done.problems == ()
        return done.documents, done.changed, done.removed

    assert build() == (3, 3, 0)
    assert build() == (3, 0, 0)
    target.commit({"b.md": CHINESE.replace("结束", "终点")})
    assert build() == (3, 1, 0)
    longer = ENGLISH + "\nOne more.\n"
    source.commit({"a.md": longer})
    assert build() == (3, 0, 0)  # the translation was made from the old English still
    target.commit({"a.md": CHINESE + "\n还有一个。\n", "a_origin.md": longer})
    assert build() == (3, 1, 0)
    target.commit({"c.md": None, "c_origin.md": None})
    assert build() == (2, 0, 1)
    assert build(exclude=["a.md"]) == (1, 0, 1)
    assert build() == (2, 1, 0)


def test_provenance_and_other_books_stay(tmp_path: Path) -> None:
    source, target = write_book(tmp_path)
    path = tmp_path / "m.sqlite"
    filled(path, {"a.md": plain(("Another book.", "另一本书。"))}, "ja").close()
    fill_memory(opened(source, target), path)
    with Memory.open(path) as memory:
        assert [(c.source_lang, c.target_lang, c.documents) for c in memory.status()] == [
            ("en", "ja", 1),
            ("en", "zh", 3),
        ]
        (match, *_) = found(
            memory, "Then we stop.", before="We train the model.", after="Use `f` with $x$ in this case."
        )
    assert (match.score, match.text) == (101, "然后我们停下。")
    origin = match.row.provenance
    assert (origin.source_repository, origin.source_path, origin.target_path) == ("en", "a.md", "a.md")
    assert origin.source_commit == source.commits[0]
    assert origin.source_blob == source.git("rev-parse", "HEAD:a.md")
    assert origin.target_blob == target.git("rev-parse", "HEAD:a.md")


def with_record(source: Repo, text: str) -> dict[str, str | bytes | None]:
    blob = source.git("rev-parse", "HEAD:a.md")
    record = write_record(Record("en", "a.md", source.commits[-1], blob))
    return {"a.md": text, state_path("a.md"): record}


def test_only_what_was_merged_enters_and_says_who_wrote_it(tmp_path: Path) -> None:
    source, target = write_book(tmp_path)
    longer = ENGLISH + "\nA person never saw this. They do now.\n"
    source.commit({"a.md": longer})
    text = CHINESE.replace("训练", "训练a", 1) + "\n没有人看过这句。他们现在看了。\n"
    edits = {name: v.encode() if isinstance(v, str) else v for name, v in with_record(source, text).items()}
    edits["a_origin.md"] = longer.encode()
    there = Repository.open(str(target.path))
    commit = there.commit("amts/zh", target.commits[-1], edits, "Sync zh", Author())
    path = tmp_path / "m.sqlite"

    def origins() -> dict[str, tuple[str, bool]]:
        fill_memory(opened(source, target), path)
        with Memory.open(path) as memory:
            rows = [row for row in memory.rows() if row.provenance.target_path == "a.md"]
        return {r.entry.target: (r.entry.origin, r.entry.is_reviewed) for r in rows if r.entry.sentence is not None}

    assert "没有人看过这句。" not in origins()
    target.git("merge", "--quiet", "--no-ff", "-m", "Merge", commit)
    assert origins()["没有人看过这句。"] == ("machine", True)
    assert origins()["我们训练模型。"] == ("people", True)
    target.commit({"a.md": text.replace("没有人看过", "现在有人看过")})
    assert origins()["现在有人看过这句。"] == ("people", True)
    assert origins()["他们现在看了。"] == ("machine", True)


def test_a_document_that_cannot_be_used_is_said_and_goes(tmp_path: Path) -> None:
    source, target = write_book(tmp_path)
    path = tmp_path / "m.sqlite"
    fill_memory(opened(source, target), path)
    target.commit({"b.md": b"\xff\xfe\n"})
    done = fill_memory(opened(source, target), path)
    assert (done.documents, done.changed, done.removed) == (2, 0, 1)
    assert done.problems == ("b.md: byte 0 is not UTF-8; save the file as UTF-8",)
    with Memory.open(path) as memory:
        assert {row.provenance.target_path for row in memory.rows()} == {"a.md", "c.md"}


def test_workers_make_no_difference(tmp_path: Path) -> None:
    source, target = write_book(tmp_path)
    results = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.sqlite"
        fill_memory(opened(source, target), path, workers=workers)
        with Memory.open(path) as memory:
            results.append(kept(memory))
    assert results[0] == results[1] != []


def cli(*words: str | Path, cwd: Path) -> tuple[int, str, str]:
    code = "import argparse,sys;from amts_action.commands.data import memory as m\n"
    code += "from amts_action.errors import AmtsError\n"
    code += "p=argparse.ArgumentParser();m.add_options(p);o=p.parse_args(sys.argv[1:])\n"
    code += "try: sys.exit(m.run(o))\nexcept AmtsError as e: print(e,file=sys.stderr);sys.exit(e.exit_code)"
    line = [sys.executable, "-c", code, *map(str, words)]
    root = str(Path(command.__file__).parents[3])
    env = {k: v for k, v in git_environment().items() if not k.startswith("AMTS_")} | {"PYTHONPATH": root}
    done = subprocess.run(line, cwd=cwd, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.whole
def test_the_command(tmp_path: Path) -> None:
    """Built in the default place, which git does not see; searched; JSON."""
    source, target = write_book(tmp_path)
    book = ("--source", source.path, "--target", ".", "--target-lang", "zh")
    code, _, said = cli("build", *book, "--json", "../out.json", cwd=target.path)
    assert (code, said.splitlines()[0]) == (0, "3 documents; 3 changed, 0 removed; 33 pairs made, 0 left out")
    assert json.loads((tmp_path / "out.json").read_text())["status"] == "done"
    assert target.git("status", "--porcelain") == ""
    code, out, _ = cli("search", "Use `g` with $y$ in this case.", "--json", "../found.json", cwd=target.path)
    assert (code, out.splitlines()[0]) == (0, " 99  在这种情况下，用`g`和$y$。")
    best = json.loads((tmp_path / "found.json").read_text())["matches"][0]
    assert (best["score"], best["origin"], best["provenance"]["target_path"]) == (99, "people", "a.md")
    code, out, _ = cli("status", cwd=target.path)
    assert "en to zh: 3 documents, 15 pairs of blocks, 18 pairs of sentences, 0 of them" in out
    assert cli("search", "Nothing like it at all, whatever one does.", cwd=target.path)[0] == 1
    code, _, said = cli("search", "x", "--target-lang", "ja", cwd=target.path)
    assert (code, len(said.splitlines())) == (2, 1)


def translated(engine: MemoryEngine | object, *texts: str, **context: str) -> list[tuple[str | None, tuple[str, ...]]]:
    segments = [Segment(str(n), text, context) for n, text in enumerate(texts)]
    out: Iterable[object] = engine.translate(segments, source_lang="en", target_lang="zh")  # type: ignore[union-attr]
    return [(t.text, t.flags) for t in out]  # type: ignore[attr-defined]


def test_the_engine_looks_into_the_memory_as_well(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    filled(path, {"a.md": RANKED}).close()
    pairs = [Pair("Own text.", "自己的。"), Pair("We train!", "训！")]
    engine = create_engine("memory", EngineSettings(pairs=lambda: pairs, memory_path=path))
    assert translated(engine, "Own text.", "We train `g` 5 times.", "We train it!", "Quite unknown here.") == [
        ("自己的。", ()),
        ("训练`g`5次。", ("memory, spans replaced",)),
        ("我们训练。", ("memory 91 %",)),
        (None, ("untranslated",)),
    ]
    assert translated(engine, "We train it.", before="Before.", after="After.") == [("我们来训练。", ())]
    with pytest.raises(InputError, match="no such translation memory"):
        translated(create_engine("memory", EngineSettings(memory_path=tmp_path / "none.sqlite")), "We train it.")


@pytest.mark.parametrize(
    "text", ["Bees :bee: fly.", "Press {kbd}`a` now.", "A mass \\(m\\) here.", "A [span]{.mark} here."]
)
def test_every_kind_of_span_has_a_place(text: str) -> None:
    """No span stops the memory, whatever its kind is."""
    from amts_action.markup.abstraction import abstract_key, parts_of

    assert abstract_key(parts_of(text))
