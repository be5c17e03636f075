"""`amts sync` with batch jobs: pending runs, killed runs, and that nothing is paid twice or left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from aws.cloud import Cloud
from aws.state import ROLE
from booksync import GIT, Shop
from publishkit import ALPHA_EDIT, desk
from signalkit import ended_by_signals

from amts_action.cli import main


@pytest.fixture
def shop(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A small book in a folder of its own, which is the working folder."""
    return here(Shop.small(cloud, tmp_path / "shop"), monkeypatch)


def here(made: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The book, for commands of this process."""
    made.quicken()
    monkeypatch.setenv("XDG_CACHE_HOME", str(made.folder / "cache"))
    monkeypatch.chdir(made.folder)
    for name, value in {**made.cloud.environ(), **GIT}.items():
        monkeypatch.setenv(name, value)
    return made


def result(shop: Shop) -> dict[str, object]:
    """result.json of the last run."""
    found: dict[str, object] = json.loads((shop.folder / "out" / "result.json").read_text())
    return found


@pytest.mark.whole
def test_one_command_does_all(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One run builds parallel data from people's text, creates the resource, translates with it and commits."""
    shop = here(Shop.build(cloud, tmp_path / "shop"), monkeypatch)
    assert main(shop.arguments()) == 1, "the example book leaves something for a translator"
    (name,) = shop.cloud.state.parallel_data
    assert name.startswith("amts-book-zh-en-zh-")
    assert shop.cloud.state.parallel_data[name]["properties"]["ImportedRecordCount"] > 100
    assert "⟦zh·act⟧" in shop.text("chapter_baseline/data.md")
    assert "198 records" in capfd.readouterr().err
    assert shop.cloud.objects() == []
    jobs = len(shop.cloud.state.jobs)
    assert main(shop.arguments()) in (0, 1)
    assert len(shop.cloud.state.jobs) == jobs == 1


def test_a_pending_run_writes_nothing_and_is_collected(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """A run that does not wait says `pending` everywhere and commits nothing; a later one has the result for free."""
    shop.cloud.state.create_seconds = 0
    shop.cloud.state.job_script.append({"seconds": 3600})
    assert main(shop.arguments("--wait", "0")) == 1
    said = capfd.readouterr().err
    assert "pending: it goes on" in said
    assert result(shop)["status"] == "pending"
    assert result(shop)["characters_sent"] == 0
    assert shop.tree() == ""
    body = (shop.folder / "out" / "pull-request.md").read_text(encoding="utf-8")
    assert "pending" in body
    shop.cloud.state.clock.advance(3600)
    assert main(shop.arguments()) == 0
    assert result(shop)["status"] == "done"
    assert "⟦zh·act⟧We bake" in shop.text("bread.md")
    assert len(shop.cloud.state.jobs) == 1
    assert shop.cloud.objects() == []


def test_single_documents_leave_nothing(shop: Shop, tmp_path: Path) -> None:
    """`amts translate` and `amts merge` use batch jobs as well, and clean up."""
    engine = ["--engine", "amazon-translate-batch", "--target-lang", "zh"]
    assert main(["translate", "book-en/bread.md", "-o", "new.md", *engine]) == 0
    assert (shop.folder / "new.md").read_text(encoding="utf-8").startswith("# ⟦zh⟧Bread")
    old = ["book-zh/bread_origin.md", "book-en/bread.md", "book-zh/bread.md"]
    assert main(["merge", *old, "-o", "merged.md", *engine]) == 0
    assert "⟦zh⟧We bake bread" in (shop.folder / "merged.md").read_text(encoding="utf-8")
    assert shop.cloud.objects() == []


POINTS = {
    "after the job was started, before anybody knows": ("StartTextTranslationJob", "after"),
    "while results are read": ("/output/", "before"),
    "after the commit, while cleaning up": ("?delete", "after"),
}


def test_a_run_for_several_languages_that_is_ended_leaves_its_job(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """While both wait for the job a signal comes: the command ends at once, and the next one collects what is paid."""
    japanese()
    state = shop.cloud.state
    state.job_script.append({"seconds": 3600})
    polls = iter([lambda: None, lambda: os.kill(os.getpid(), signal.SIGTERM)])
    with monkeypatch.context() as patched, ended_by_signals():
        patched.setattr(state.clock, "poll", lambda: next(polls, lambda: None)())
        assert main(in_languages("zh,ja")) == 130
    assert "nothing half-done was written" in capfd.readouterr().err
    state.clock.advance(4000)
    assert main(in_languages("ja,zh")) == 0
    assert state.count("StartTextTranslationJob") == 1 and shop.cloud.objects() == []


@pytest.mark.whole
def test_a_killed_run_costs_nothing(cloud: Cloud, tmp_path: Path) -> None:
    """Killed with SIGKILL and run again: the same output, one job, nothing left in S3."""
    small, log = Shop.small(cloud, tmp_path / "small"), tmp_path / "requests"
    first = small.copy(tmp_path / "first")
    calm = first.run(count=log)
    assert calm.code == 0, calm.said
    assert "⟦zh·act⟧We bake bread before dawn, as `oven.start()` says." in first.text("bread.md")
    for point, (named, when) in POINTS.items():
        at = next(n for n, line in enumerate(log.read_text().splitlines(), 1) if named in line)
        again = small.copy(tmp_path / "again")
        assert again.run(at=at, when=when).code == -9, point
        assert again.run().code == 0, point
        assert again.tree() == calm.tree, point
        assert len(cloud.state.jobs) == 1, point
        assert cloud.objects() == [], point
    subprocess.run(["git", "-C", "book-zh", "fsck", "--no-dangling"], cwd=again.folder, check=True, capture_output=True)


def test_a_service_that_fails_leaves_everything(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """A failed job ends the run with exit code 3 and one line; the books are as they were."""
    shop.cloud.state.job_script.append({"status": "FAILED", "message": "No access to the output bucket"})
    assert main(shop.arguments()) == 3
    last = capfd.readouterr().err.splitlines()[-1]
    assert last.endswith("the job failed: No access to the output bucket")
    assert shop.tree() == ""
    assert shop.cloud.objects() == []


def test_engine_needs_its_settings(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a folder in S3 the run ends before anything is asked of anybody."""
    monkeypatch.delenv("AMTS_S3_URI")
    assert main(shop.arguments()) == 2
    assert "--s3-uri: not given" in capfd.readouterr().err
    assert shop.cloud.state.calls == []


def test_publishing_waits_for_the_job(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pending run opens no pull request; the one that collects opens it, and only then S3 is cleaned up."""
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cloud.state.create_seconds = 0
    cloud.state.job_script.append({"seconds": 3600})
    aws = {"engine": "amazon-translate-batch", "s3_uri": "s3://books/amts/", "role_arn": ROLE}
    with desk(tmp_path / "desk") as at:
        at.books.upstream(alpha=ALPHA_EDIT)
        made = at.sync(**aws, wait_minutes=0)
        assert (made.operation, made.run.status) == ("none", "pending")
        assert at.zh.open_pulls == []
        assert [name for name in cloud.objects() if name.endswith("manifest.json")]
        cloud.state.clock.advance(3600)
        made = at.sync(**aws)
        assert made.operation == "created"
        assert "⟦zh" in at.text("chapter/alpha.md")
        assert len(cloud.state.jobs) == 1
        assert cloud.objects() == []


def japanese() -> None:
    """A second translation beside the first."""
    subprocess.run(["cp", "-r", "book-zh", "book-ja"], check=True)
    page = Path("book-ja/bread.md")
    page.write_text(
        "# パン\n\n夜明けにパンを焼きます。\n\nオーブンは熱いです。\n\n人々は早く来て最初のパンを待ちます。\n"
    )
    subprocess.run(["git", "commit", "-qam", "Japanese"], cwd="book-ja", check=True)


def in_languages(langs: str, *more: str) -> list[str]:
    """The command line of a run for some of them."""
    books = ["--source", "book-en", "--target", "book-{target_lang}", "--source-lang", "en", "--target-lang", langs]
    books = [word.replace("{target_lang}", langs) if "," not in langs else word for word in books]
    engine = ["--engine", "amazon-translate-batch", "--parallel-data", "none", "--json", "out/result.json"]
    return ["sync", *books, *engine, *more]


def test_several_languages_share_a_job_and_have_a_branch_each(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """`--target-lang zh,ja`: what both want is sent once in one job; each translation gets its own commit."""
    japanese()
    assert main(in_languages("zh,ja")) == 0
    assert shop.cloud.state.count("StartTextTranslationJob") == 1
    for lang in ("zh", "ja"):
        found = subprocess.run(
            ["git", "show", f"amts/{lang}:bread.md"], cwd=f"book-{lang}", check=True, capture_output=True, text=True
        )
        assert f"⟦{lang}⟧We bake bread before dawn" in found.stdout
        assert json.loads((shop.folder / "out" / f"result.{lang}.json").read_text())["status"] == "done"
    said = capfd.readouterr().err
    assert "1 texts in one job for zh, ja" in said and "amts: ja: done: commit" in said
    assert shop.cloud.objects() == []


def test_a_shared_job_that_is_pending_is_found_by_each_language_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later runs for one language, on other machines, collect their part and account for it; nothing is sent again."""
    japanese()
    shop.cloud.state.job_script.append({"seconds": 3600})
    assert main(in_languages("zh,ja", "--wait", "0")) == 1
    assert json.loads((shop.folder / "out" / "result.ja.json").read_text())["status"] == "pending"
    assert main(in_languages("ja,zh", "--wait", "0")) == main(in_languages("ja", "--wait", "0")) == 1
    shop.cloud.state.clock.advance(4000)
    for lang in ("ja", "zh"):
        monkeypatch.setenv("AMTS_CACHE_DIR", f"machine-{lang}")
        assert main(in_languages(lang)) == 0
        assert result(shop)["characters_sent"] and result(shop)["engine"]["cost"]  # type: ignore[index]
    assert shop.cloud.state.count("StartTextTranslationJob") == 1
    assert shop.cloud.objects() == []


def test_what_is_wrong_with_one_language_is_told_before_anything_is_done(shop: Shop) -> None:
    """A slip in the list costs nothing."""
    books = ["--source", "book-en", "--target", "book-{target_lang}", "--source-lang", "en", "--target-lang", "zh,ko"]
    assert main(["sync", *books, "--engine", "amazon-translate-batch"]) == 2
    assert shop.cloud.state.calls == [] and shop.tree() == ""
