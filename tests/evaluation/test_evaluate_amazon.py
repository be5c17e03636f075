"""`amts evaluate` with Amazon Translate: plain, with paragraph pairs, with sentence pairs, without leakage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws.cloud import Cloud
from booksync import GIT, Shop

from amts_action.books.opening import open_books
from amts_action.cli import main
from amts_action.runs.memory.book_data import write_corpus

ARTICLE = "chapter_models/smoothing.md"


@pytest.fixture
def shop(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The example book in the working folder."""
    made = Shop.build(cloud, tmp_path / "shop")
    made.quicken()
    monkeypatch.setenv("XDG_CACHE_HOME", str(made.folder / "cache"))
    monkeypatch.chdir(made.folder)
    for name, value in {**cloud.environ(), **GIT}.items():
        monkeypatch.setenv(name, value)
    return made


def evaluate(*more: str) -> Any:
    """The result of an evaluation of one article."""
    books = ["--source", "book-en", "--target", "book-zh", "--target-lang", "zh", "--paths", ARTICLE]
    assert main(["evaluate", *books, "--samples", "0", "--json", "r.json", *more]) == 0
    return json.loads(Path("r.json").read_bytes())


@pytest.mark.whole
def test_three_systems_of_the_study(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """Plain, paragraph pairs and sentence pairs are three systems; each has a resource of its own, or none."""
    batch = "amazon-translate-batch"
    names = [f"{batch}+none", f"{batch}+block", f"{batch}+sentence"]
    found = evaluate(*(word for name in names for word in ("--engine", name)), "--output-dir", "out")
    assert [s["name"] for s in found["tables"][0]["systems"]] == names
    assert all(s["leakage"] is False for s in found["tables"][0]["systems"])
    data = [tuple(job["properties"].get("ParallelDataNames", ())) for job in shop.cloud.state.jobs.values()]
    assert data[0] == ()
    assert len({*data}) == 3
    assert set(shop.cloud.state.parallel_data) == {data[1][0], data[2][0]}
    assert all("-eval-" in name for name in shop.cloud.state.parallel_data)
    texts = [Path(f"out/systems/{name}/forward/{ARTICLE}").read_text(encoding="utf-8") for name in names]
    assert "zh·act" not in texts[0]
    assert "zh·act" in texts[1]
    assert "zh·act" in texts[2]
    assert shop.cloud.objects() == []


@pytest.mark.whole
def test_the_article_is_not_in_the_parallel_data(shop: Shop, tmp_path: Path) -> None:
    """What an engine learns from lacks the evaluated article, has it with leakage, and turns round for the reverse."""
    books = open_books({"source": "book-en", "target": "book-zh", "target_lang": "zh"}, environ={})
    whole, part, back = tmp_path / "whole.tmx", tmp_path / "part.tmx", tmp_path / "back.tmx"
    everything = write_corpus(books, whole)
    less = write_corpus(books, part, without=[ARTICLE])
    assert everything - less > 10
    own = "整个方法只是一个引用上方单元格的单元格"
    assert own in whole.read_text(encoding="utf-8")
    assert own not in part.read_text(encoding="utf-8")
    assert write_corpus(books, back, is_reversed=True) > 100
    assert 'srclang="zh"' in back.read_text(encoding="utf-8")
    assert write_corpus(books, tmp_path / "blocks.tmx", granularity="block") < everything


def test_unknown_parallel_data_is_refused(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """What stands after the plus is one of three words."""
    assert main(["evaluate", "--source", "book-en", "--target", "book-zh", "--engine", "memory+words"]) == 2
    assert "write one of none, block, sentence" in capfd.readouterr().err


@pytest.mark.whole
def test_the_study_is_one_command(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Three systems in both directions; a run that finds jobs going on ends as pending, a later one pays nothing
    twice, also on a machine without the replies, and what was kept until then goes when the evaluation is written.
    """
    shop.cloud.state.job_script += [{"seconds": 3600}] * 6
    books = ["--source", "book-en", "--target", "book-zh", "--target-lang", "zh", "--paths", ARTICLE]
    study = ["evaluate", *books, "--experiment", "article", "--samples", "10", "--json", "r.json"]
    assert main([*study, "--wait", "0"]) == 1
    assert "amazon-translate-batch+sentence: " in capfd.readouterr().err
    shop.cloud.state.clock.advance(4000)
    monkeypatch.setenv("XDG_CACHE_HOME", "other-machine")
    assert main([*study, "--output-dir", "out"]) == 0
    assert shop.cloud.state.count("StartTextTranslationJob") == 6 and shop.cloud.objects() == []
    found = json.loads(Path("r.json").read_bytes())
    assert [(t["direction"], len(t["systems"])) for t in found["tables"]] == [("forward", 3), ("reverse", 3)]
    assert main([*study, "--output-dir", "out"]) == 0
    assert shop.cloud.state.count("StartTextTranslationJob") == 6
    assert "made by an earlier run" in capfd.readouterr().err


@pytest.mark.whole
def test_what_a_pending_evaluation_has_is_collected_once_and_removed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One system is there and kept, another waits: on another machine nothing of the first is asked for again, and what
    its job left in S3 goes with the rest.
    """
    shop.cloud.state.job_script += [{}, {"seconds": 3600}]
    books = ["--source", "book-en", "--target", "book-zh", "--target-lang", "zh", "--paths", ARTICLE]
    batch = "amazon-translate-batch"
    study = ["evaluate", *books, "--engine", f"{batch}+none", "--direction", "both", "--samples", "0"]
    study += ["--output-dir", "out", "--wait", "0"]
    assert main(study) == 1
    (record,) = Path("out").rglob("made.json")
    assert shop.cloud.objects()
    shop.cloud.state.clock.advance(4000)
    monkeypatch.setenv("XDG_CACHE_HOME", "other-machine")
    before = record.read_bytes()
    assert main(study) == 0
    assert "made by an earlier run" in capfd.readouterr().err
    assert record.read_bytes() == before and len(list(Path("out").rglob("made.json"))) == 2
    assert shop.cloud.state.count("StartTextTranslationJob") == 2 and shop.cloud.objects() == []


def test_what_an_engine_is_given_by_name_is_not_said_to_be_kept_out(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    """A resource may hold the articles; nobody here can know."""
    assert main(["sync", *shop.arguments()[1:]]) in (0, 1)
    (name,) = shop.cloud.state.parallel_data
    found = evaluate("--engine", "amazon-translate-batch", "--parallel-data", name)
    assert found["tables"][0]["systems"][0]["leakage"] is None
    said = capfd.readouterr().err
    assert f"parallel data {name}: whether the evaluated articles are in there is not known" in said
    assert "kept out" not in said.splitlines()[-1]
