"""What engines are given in an evaluation, and how the systems of the study are named."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from bookkit import Books, amts, make_books

from amts_action.books.opening import open_books
from amts_action.engines.model import EngineSettings
from amts_action.engines.registry import ENGINES
from amts_action.errors import InputError
from amts_action.evaluation.experiment import split_name, systems_of
from amts_action.evaluation.learning import TAKES, held_out, learning, prepared
from amts_action.evaluation.run import ArticleSet, gather
from amts_action.runs.memory.book_data import write_corpus

REPEATED = "The first paragraph talks about bread and its price $p$."
GLOSSARY = "en,zh\nbread,面包\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """A book of which one page says what another says."""
    made = make_books(tmp_path_factory.mktemp("learning"))
    english = f"# Gamma\n\n{REPEATED}\n\nGamma is about oil and other things to eat.\n"
    made.source.commit({"chapter/gamma.md": english})
    chinese = "# 伽马\n\n第一段谈面包和它的价格$p$。\n\n伽马讲油和其他食物。\n"
    made.target.commit({"chapter/gamma.md": chinese, "terms.csv": GLOSSARY})
    return made


@pytest.fixture(scope="module")
def corpus(shared: Books) -> ArticleSet:
    """One article of it."""
    where = {"source": str(shared.source.path), "target": str(shared.target.path), "glossary": "terms.csv"}
    return gather(open_books({**where, "target_lang": "zh"}, environ={}), ["chapter/alpha.md"])


def test_every_engine_of_ours_says_what_it_takes() -> None:
    """Of engines of other packages nobody knows, so they may be given everything."""
    assert set(TAKES) == set(ENGINES)


def test_an_engine_that_learns_nothing_is_one_system() -> None:
    """Three equal columns would say that pairs do not help."""
    assert systems_of(["local", "memory+block", "deepl"]) == ["local", "memory+block", "deepl"]
    assert systems_of(["openai", "openai"]) == ["openai+none", "openai+block", "openai+sentence"]
    assert split_name("local+none") == ("local", "none")
    assert split_name("somebody's+sentence") == ("somebody's", "sentence")
    for name in ("local+block", "deepl+sentence", "openai+words"):
        with pytest.raises(InputError):
            split_name(name)


def test_what_says_the_same_on_another_page_is_not_learnt(corpus: ArticleSet, tmp_path: Path) -> None:
    """Neither as an example nor in parallel data, both ways; and without it the pairs are those of paragraphs, of
    sentences, or none.
    """
    held = held_out(corpus)
    shown = {}
    for data in ("none", "block", "sentence"):
        told = learning(EngineSettings(), corpus, "forward", data, held)
        back = learning(EngineSettings(), corpus, "reverse", data, held)
        shown[data] = [(pair.source, pair.target) for pair in told.pairs()]
        assert [(pair.target, pair.source) for pair in back.pairs()] == shown[data]
    assert shown["none"] == [] and shown["block"] and shown["sentence"]
    texts = [text for pairs in shown.values() for pair in pairs for text in pair]
    assert not any("bread and its price" in text or "面包和它的价格" in text for text in texts)
    assert any("oil and other things" in text for text in texts)
    assert held.count == 1
    leaking = learning(EngineSettings(), corpus, "forward", "block", None)
    assert sum(pair.source == REPEATED for pair in leaking.pairs()) == 1
    assert corpus.books is not None
    write = partial(write_corpus, corpus.books, without=["chapter/alpha.md"])
    write(tmp_path / "all.tmx")
    write(tmp_path / "held.tmx", held=held)
    texts = [(tmp_path / f"{name}.tmx").read_text(encoding="utf-8") for name in ("all", "held")]
    assert ["bread and its price" in text for text in texts] == [True, False]


def test_the_glossary_goes_along_and_is_turned_round(corpus: ArticleSet) -> None:
    """As in a synchronisation; instructions are about one direction."""
    told = learning(EngineSettings(), corpus, "forward", "", held_out(corpus))
    back = learning(EngineSettings(), corpus, "reverse", "", held_out(corpus))
    assert list(told.terms()) == [("bread", "面包")] and list(back.terms()) == [("面包", "bread")]
    assert back.instructions() == ""


def test_what_works_in_a_thread_has_its_pairs_before() -> None:
    """Gathering them starts processes."""
    calls: list[int] = []

    def pairs() -> list[object]:
        calls.append(1)
        return []

    told = replace(EngineSettings(), pairs=pairs)
    ready = prepared(told, "openai")
    assert calls == [1] and list(ready.pairs()) == [] and calls == [1]
    prepared(told, "deepl")
    assert calls == [1]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--paths", "chapter/alpha.md", "chapter/alfa.md"), 2, "chapter/alfa.md: no translated document matches"),
        (("--paths", "chapter/*", "*.md"), 0, "there in one language only and are not scored"),
        (("--keyword", "bread"), 2, "only plain folders"),
        (("--engine", "local+block"), 2, "local learns from no pairs"),
    ],
)
def test_what_is_not_evaluated_is_said(shared: Books, words: tuple[str, ...], code: int, message: str) -> None:
    """A slip in a list of articles must not make it shorter in silence."""
    shared.source.commit({"chapter/new.md": "# New\n\nNobody has translated this.\n"})
    places = ["--source", str(shared.source.path), "--target", str(shared.target.path), "--samples", "0"]
    done = amts("evaluate", *places, "--engine", "memory", *words)
    assert done.code == code, done.err
    assert message in done.err


def test_a_repository_without_a_work_tree_is_a_book(shared: Books, tmp_path: Path) -> None:
    """It is no plain folder, though there is no `.git` in it."""
    bare = []
    for repo in (shared.source, shared.target):
        bare.append(tmp_path / repo.path.name)
        repo.git("clone", "-q", "--bare", str(repo.path), str(bare[-1]))
    places = ["--source", str(bare[0]), "--target", str(bare[1]), "--target-lang", "zh", "--samples", "0"]
    done = amts("evaluate", *places, "--engine", "memory", "--paths", "chapter/beta.md")
    assert done.code == 0, done.err
    assert "kept out" in done.err
