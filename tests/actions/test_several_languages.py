"""Several languages in one step: a run, a pull request and a report for each; what fails stops no other."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from actionkit import Step
from aws.cloud import Cloud
from bookkit import make_books
from booksync import GIT, Shop
from hubkit import serve
from signalkit import ended_by_signals

from amts_action.actions.context import Context
from amts_action.actions.events import Event
from amts_action.actions.inputs import Inputs
from amts_action.actions.outputs import Log
from amts_action.actions.places import Place
from amts_action.actions.run import _at_once
from amts_action.actions.several import combined, for_language
from amts_action.runs.several import exit_code_of

EN = "books/book-en"
INPUTS = {"target_repo": "books/book-{target_lang}", "target_lang": "zh, ja", "engine": "command"}


def test_each_language_has_its_own_pull_request(tmp_path: Path) -> None:
    """One step for `zh, ja`: two pull requests, two reports, the sums of both; a service that fails in one language
    stops no other, and the next run makes up for it."""
    books = make_books(tmp_path / "made")
    books.upstream(beta={"about rain": "about heavy rain"})
    with serve(tmp_path / "hub") as hub:
        hub.repository(EN, books.source.path)
        zh, ja = (hub.repository(f"books/book-{lang}", books.target.path) for lang in ("zh", "ja"))
        inputs = {**INPUTS, "engine_command": books.engine()[1], "force": "true"}
        sha = hub.repositories[EN].tip("main") or ""

        def step(name: str) -> Step:
            return Step(tmp_path / name, EN, hub.url, hub.api_url, hub.token(), "push", sha=sha)

        slip = step("slip").run(**{**inputs, "target_lang": "zh,ko"})
        assert slip.code != 0 and zh.pulls == []
        hub.fault(1, "401", times=None, match=lambda request: request.kind == "api" and "/book-ja" in request.path)
        first = step("first").run(**inputs)
        assert (first.code, first.outputs["status"]) == (1, "partial"), first.log
        assert (len(zh.open_pulls), len(ja.pulls)) == (1, 0)
        assert any(one.data.startswith("ja: ") for one in first.annotations("error"))
        assert "AMTS: zh: done" in first.summary and "AMTS: failed" in first.summary
        hub.faults.clear()
        second = step("second")
        done = second.run(**inputs)
        assert (done.code, done.outputs["status"]) == (0, "done"), done.log
        assert len(ja.open_pulls) == len(zh.pulls) == 1
        assert "/book-ja/pull/" in done.outputs["pull-request-urls"]
        pages = done.outputs["report-path"].splitlines()
        assert pages == ["amts-report/zh/report.md", "amts-report/ja/report.md"]
        assert all((second.workspace / page).is_file() for page in pages)


def test_a_step_that_is_cancelled_ends_soon(tmp_path: Path) -> None:
    """The engines of all languages are ended with it, nothing is proposed, and what was said until then is told."""
    books = make_books(tmp_path / "made")
    books.upstream(beta={"about rain": "about heavy rain"})
    program = tmp_path / "engine.py"
    program.write_text(
        "import os, pathlib, signal, sys\n"
        "pathlib.Path(sys.argv[1], str(os.getpid())).touch()\n"
        "both = sorted(os.listdir(sys.argv[1]))\n"
        "if len(both) == 2:\n"
        "    try:\n"
        "        pathlib.Path(sys.argv[1] + '.sent').mkdir()  # by one of them\n"
        "        os.kill(os.getppid(), signal.SIGTERM)\n"
        "    except FileExistsError:\n"
        "        pass\n"
        "signal.pause()\n"
    )
    (tmp_path / "running").mkdir()
    with serve(tmp_path / "hub") as hub, ended_by_signals():
        hub.repository(EN, books.source.path)
        both = [hub.repository(f"books/book-{lang}", books.target.path) for lang in ("zh", "ja")]
        command = f"{sys.executable} {program} {tmp_path / 'running'}"
        step = Step(tmp_path / "step", EN, hub.url, hub.api_url, hub.token(), "schedule")
        done = step.run(**{**INPUTS, "engine_command": command, "force": "true"})
        assert done.code == 143 and [book.pulls for book in both] == [[], []]
        assert "stopped from outside" in done.summary and "zh, ja: side by side" in done.log
    assert [one for one in (tmp_path / "running").iterdir() if Path(f"/proc/{one.name}").exists()] == []


def test_a_shallow_work_tree_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    """The place of one book is that of both translations; git would not deepen it twice at once."""
    (tmp_path / ".git").mkdir()

    def contexts() -> dict[str, Context]:
        event = Event("push", False, False, EN, "main", "", None)
        place = Place("https://example.org/books/book-en", "", tmp_path)
        return {lang: Context({}, Log(io.StringIO()), Inputs(), event, places={"source": place}) for lang in "ab"}

    assert _at_once(contexts()) == 2
    (tmp_path / ".git" / "shallow").touch()
    assert _at_once(contexts()) == 1


def test_texts_that_all_want_go_into_one_job(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an engine that takes several languages a text is sent once, after the rights in all books are known."""
    shop = Shop.small(cloud, tmp_path / "shop")
    shop.quicken()
    subprocess.run(["cp", "-r", "book-zh", "book-ja"], check=True, cwd=shop.folder)
    japanese = "# パン\n\n夜明けにパンを焼きます。\n\nオーブンは熱いです。\n\n人々は早く来て最初のパンを待ちます。\n"
    (shop.folder / "book-ja" / "bread.md").write_text(japanese, encoding="utf-8")
    subprocess.run(["git", "commit", "-qam", "Japanese"], cwd=shop.folder / "book-ja", check=True, env=GIT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    inputs = {**INPUTS, "engine": "amazon-translate-batch", "parallel_data": "none"}
    inputs |= {"s3_uri": cloud.environ()["AMTS_S3_URI"], "role_arn": cloud.environ()["AMTS_ROLE_ARN"]}
    with serve(tmp_path / "hub") as hub:
        hub.repository(EN, shop.folder / "book-en")
        both = [hub.repository(f"books/book-{lang}", shop.folder / f"book-{lang}") for lang in ("zh", "ja")]
        reader = hub.token(permissions={"contents": "read"})
        barred = Step(tmp_path / "barred", EN, hub.url, hub.api_url, reader, "schedule").run(**inputs)
        assert barred.code != 0, barred.log
        assert cloud.state.count("StartTextTranslationJob") == 0
        done = Step(tmp_path / "step", EN, hub.url, hub.api_url, hub.token(), "schedule").run(**inputs)
        assert (done.code, done.outputs["status"]) == (0, "done"), done.log
        assert [len(book.open_pulls) for book in both] == [1, 1]
    assert cloud.state.count("StartTextTranslationJob") == 1
    assert cloud.objects() == []


def outputs(**more: str) -> dict[str, str]:
    names = ("pull-request-number", "pull-request-url", "pull-request-urls", "branch", "report-path", "review-page")
    found = {**dict.fromkeys(names, ""), "files-changed": "1", "blocks-changed": "2", "characters-sent": "30"}
    return {
        **found,
        "cost": "0.25",
        "status": "done",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def test_outputs_of_all_languages_are_those_of_one_step() -> None:
    """Numbers are added; what is not known of one language is not known of all; lists have a line for each."""
    none = outputs(status="none", files_changed="0", branch="", cost="0.00")
    zh = outputs(branch="amts/zh", pull_request_number="4", pull_request_url="u4", pull_request_urls="u4\nu5")
    ja = outputs(branch="amts/ja", pull_request_number="7", pull_request_url="u7", pull_request_urls="u7")
    found = combined([none, zh, ja])
    assert (found["status"], found["files-changed"], found["characters-sent"]) == ("done", "2", "90")
    assert (found["cost"], combined([zh, outputs(cost="")])["cost"]) == ("0.50", "")
    assert (found["pull-request-number"], found["pull-request-urls"]) == ("4", "u4\nu5\nu7")
    assert found["branch"] == "amts/zh\namts/ja"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (("none", "none"), "none"),
        (("none", "done"), "done"),
        (("failed", "failed"), "failed"),
        (("done", "failed"), "partial"),
        (("done", "pending"), "pending"),
        (("partial", "pending"), "partial"),
    ],
)
def test_the_status_of_several(statuses: tuple[str, ...], status: str) -> None:
    """What all have; else what most needs to be looked at."""
    assert combined([outputs(status=one) for one in statuses])["status"] == status


def test_the_exit_code_of_several() -> None:
    """That of all; 1 when they ended in different ways."""
    assert [exit_code_of(codes) for codes in ([0, 0], [3, 3], [0, 3])] == [0, 3, 1]


def test_inputs_of_one_language() -> None:
    """The language stands in the inputs where books differ, in no other."""
    given = {
        "INPUT_TARGET-LANG": "zh,ja",
        "INPUT_TARGET_PATH": "books/{target_lang}",
        "INPUT_INSTRUCTIONS": "{target_lang}.txt",
        "HOME": "{target_lang}",
    }
    assert for_language(given, "ja") == {
        "INPUT_TARGET-LANG": "ja",
        "INPUT_TARGET_PATH": "books/ja",
        "INPUT_INSTRUCTIONS": "{target_lang}.txt",
        "HOME": "{target_lang}",
    }
