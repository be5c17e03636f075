"""What an evaluation has made is made once, wherever it goes on, and a folder from elsewhere is not believed."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bookkit import Books, amts, make_books

from amts_action.errors import InputError
from amts_action.evaluation.kept import KeptTexts, keep, kept
from amts_action.evaluation.model import System
from amts_action.evaluation.run import ScoredSystem

ARTICLES = ("--paths", "chapter/alpha.md", "chapter/beta.md", "--samples", "0")
FALTERING = """
import json, sys
from pathlib import Path
log, most = Path(LOG), int(Path(MOST).read_text())
for line in sys.stdin:
    asked = log.read_text().splitlines() if log.exists() else []
    if len(asked) >= most:
        sys.exit(1)
    request = json.loads(line)
    log.write_text("".join(f"{one}\\n" for one in [*asked, json.dumps(request["text"])]))
    print(json.dumps({"id": request["id"], "text": "译" + request["text"]}), flush=True)
"""
"""A translator that dies when it has been asked for so many texts."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """The book of these tests; none of them changes it."""
    return make_books(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def evaluate(shared: Books, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Evaluates the engine `command` into the folder `out`; exit code and messages."""

    def call(*words: str) -> tuple[int, str]:
        places = ["--source", str(shared.source.path), "--target", str(shared.target.path)]
        done = amts(
            "evaluate", *places, *ARTICLES, "--engine", "command", "--output-dir", str(tmp_path / "out"), *words
        )
        return done.code, done.err

    return call


def test_an_evaluation_goes_on_on_another_machine(evaluate: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """A system of which replies are missing is no result; another machine that has nothing but the output folder asks
    for what is missing and for nothing else, and what was kept for that goes when the evaluation is written.
    """
    log, most = tmp_path / "asked.txt", tmp_path / "most.txt"
    # In its words, since what a command names is part of what its answers depend on.
    program = FALTERING.replace("LOG", repr(str(log))).replace("MOST", repr(str(most)))
    engine = ("--engine-command", shlex.join([sys.executable, "-c", f"exec({program!r})"]))
    most.write_text("4")
    code, said = evaluate(*engine, "--cache-dir", str(tmp_path / "here"))
    assert code == 1 and "run again to ask for them" in said
    first = log.read_text().splitlines()
    assert len(first) >= 4 and not list((tmp_path / "out").rglob("made.json"))
    assert (tmp_path / "out" / "replies.sqlite").exists()
    most.write_text("1000")
    code, said = evaluate(*engine, "--cache-dir", str(tmp_path / "there"))
    assert code == 0, said
    asked = log.read_text().splitlines()
    assert len(asked) > len(first) and len(asked) == len(set(asked)), "a text was asked for twice"
    assert not (tmp_path / "out" / "replies.sqlite").exists()
    code, said = evaluate(*engine, "--cache-dir", str(tmp_path / "third"))
    assert code == 0 and "made by an earlier run" in said
    assert log.read_text().splitlines() == asked


def _changed(record: dict[str, object], **more: object) -> str:
    return json.dumps({**record, **more})


BROKEN: dict[str, Callable[[dict[str, object]], str]] = {
    "cut off": lambda record: json.dumps(record)[:40],
    "a list": lambda record: "[]",
    "too deep": lambda record: "[" * 100_000,
    "no texts": lambda record: _changed(record, texts=None),
    "numbers": lambda record: _changed(record, texts={"chapter/alpha.md": 1, "chapter/beta.md": 2}),
    "fewer than none": lambda record: _changed(record, characters=-1),
    "a word": lambda record: _changed(record, characters="many"),
    "no version": lambda record: _changed(record, version="2"),
    "another page": lambda record: _changed(record, texts={"../../../secret.md": "0" * 64}),
    "other texts": lambda record: _changed(record, texts=dict.fromkeys(("chapter/alpha.md", "chapter/beta.md"), "0")),
}


TEXTS = {"chapter/alpha.md": "# 译\n", "chapter/beta.md": "译\n"}


def _read(folder: Path, mark: str = "m") -> KeptTexts | None:
    return kept(folder, "command", "forward", mark, list(TEXTS))


def test_what_is_kept_is_not_believed_unchecked(tmp_path: Path) -> None:
    """A broken record, a changed page or a link out of the folder is one line that says how to mend it; a record of
    another evaluation or version counts for nothing.
    """
    keep(tmp_path, ScoredSystem(System("command", "engine", False), "forward", TEXTS, 7), "m")
    assert _read(tmp_path) == (TEXTS, 7)
    assert _read(tmp_path, "another") is None
    place = tmp_path / "systems" / "command" / "forward"
    record = (place / "made.json").read_text(encoding="utf-8")
    (place / "made.json").write_text(_changed(json.loads(record), version=1), encoding="utf-8")
    assert _read(tmp_path) is None
    for name, broken in BROKEN.items():
        (place / "made.json").write_text(broken(json.loads(record)), encoding="utf-8")
        with pytest.raises(InputError) as told:
            _read(tmp_path)
        assert f"remove {place}" in str(told.value) and "\n" not in str(told.value), name
    (place / "made.json").write_text(record, encoding="utf-8")
    page = place / "chapter" / "beta.md"
    for data in (b"changed", b"\xff"):
        page.write_bytes(data)
        with pytest.raises(InputError, match="remove"):
            _read(tmp_path)
    page.unlink()
    with pytest.raises(InputError, match="no such file; remove"):
        _read(tmp_path)
    outside = tmp_path.parent / f"{tmp_path.name}.md"
    outside.write_text(TEXTS["chapter/beta.md"], encoding="utf-8")
    page.symlink_to(outside)
    with pytest.raises(InputError, match="leads out of the output folder"):
        _read(tmp_path)


def test_a_broken_record_is_one_line(evaluate: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """For whoever carries the folder from one machine to another."""
    engine = ("--engine-command", shlex.join([sys.executable, "-c", "pass"]))
    place = tmp_path / "out" / "systems" / "command" / "forward"
    place.mkdir(parents=True)
    (place / "made.json").write_text("{", encoding="utf-8")
    code, said = evaluate(*engine)
    assert code == 2 and said.count("\n") == 1 and f"remove {place}" in said
