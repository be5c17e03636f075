"""Whole runs with an engine that costs money: what is said before, what is spent, what is kept."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from aws.faults import Fault
from aws.server import TranslateServer
from bookkit import BRANCH, Books, make_books
from modelkit import ChatServer

ENGINE = ("--engine", "amazon-translate")
NEW = "The new paragraph number {0} praises `f{0}`."


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TranslateServer]:
    """Amazon Translate on loopback, and an empty cache folder."""
    with TranslateServer() as running:
        for name, value in {**running.environ(), "AMTS_CACHE_DIR": str(tmp_path / "cache")}.items():
            monkeypatch.setenv(name, value)
        yield running
        assert running.problems == []


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A book with five new paragraphs upstream."""
    made = make_books(tmp_path)
    paragraphs = "\n\n".join(NEW.format(n) for n in range(5))
    made.upstream(alpha={"## Summary": f"{paragraphs}\n\n## Summary"})
    return made


def paid(server: TranslateServer) -> list[str]:
    """The texts that were translated."""
    return [c.request["Text"] for c in server.state.calls if c.operation == "TranslateText" and c.took_effect]


def test_a_plan_says_what_every_engine_would_cost(server: TranslateServer, books: Books) -> None:
    """Characters, calls and money stand in the plan, and nobody is asked for them."""
    done = books.run("plan", *ENGINE)
    assert "amazon-translate" in done.out and "USD" in done.out
    engine = done.result["engine"]
    assert (engine["calls"], engine["characters"]) == (5, done.result["characters_sent"])
    assert done.result["cost"] == engine["cost"] == pytest.approx(engine["billed_characters"] * 15e-6, abs=1e-6)
    assert server.state.calls == []


def test_a_run_counts_what_it_spent(server: TranslateServer, books: Books) -> None:
    """The result has cost, calls and the ledger, and they are those that the plan foretold."""
    plan = books.run("plan", *ENGINE).result
    done = books.run("sync", *ENGINE, engine=False)
    assert done.code == 0 and len(paid(server)) == 5
    assert {k: done.result["engine"][k] for k in ("calls", "characters", "cost")} == {
        k: plan["engine"][k] for k in ("calls", "characters", "cost")
    }
    assert done.result["engine"]["ledger"] == {"accepted": 5, "sent": 5}
    assert "⟦zh⟧The new paragraph number 0 praises `f0`." in books.show("chapter/alpha.md")


@pytest.mark.parametrize("limit", [("--max-cost", "0.0001"), ("--max-characters", "10")])
def test_limits_end_a_run_before_it_is_paid_for(server: TranslateServer, books: Books, limit: tuple[str, str]) -> None:
    """Exit code 4, one line, no call and no commit."""
    done = books.run("sync", *ENGINE, *limit, engine=False)
    assert done.code == 4 and limit[0] in done.err
    assert server.state.calls == [] and books.tip() == ""


@pytest.mark.parametrize(
    ("engine", "fault", "said"),
    [
        (ENGINE, Fault("AccessDeniedException", message="not authorized to perform: translate:X"), "is not allowed"),
        (ENGINE, Fault("UnrecognizedClientException"), "AWS does not accept the credentials"),
        (ENGINE, Fault("ValidationException", message="odd"), "ValidationException: odd"),
        (("--engine-command", "false"), None, "the engine ended with status 1"),
    ],
)
def test_what_needs_no_engine_is_delivered_without_one(
    server: TranslateServer, books: Books, engine: Sequence[str], fault: Fault | None, said: str
) -> None:
    """A job that failed or was forbidden: what follows the English by itself comes, the exit code is 3, a line says
    why."""
    books.upstream(alpha={"price $p$": "price $q$"})
    if fault is not None:
        server.faults.add(fault, times=99)
    done = books.run("sync", *engine, engine=False)
    assert done.code == 3 and done.result["status"] == "partial"
    assert [said in line for line in done.err.splitlines()].count(True) == 1
    assert "价格$q$" in books.target.show(BRANCH, "chapter/alpha.md")


PROGRAM = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    with open(sys.argv[1], "a") as log:
        print(asked["text"], file=log)
    answer = {"error": "no credit"} if sys.argv[2:] else {"text": "好"}
    print(json.dumps({"id": asked["id"], **answer}))
"""
OLD = "# Bread\n\nThe oven is hot.\n\nWe bake `loaves` of $n$ kinds at dawn.\n\nPeople wait.\n"
HEAD = OLD.replace("at dawn", "long before dawn").replace("People wait", "People wait and `talk` outside")


@pytest.mark.parametrize(
    "words",
    [
        ["translate", "en/a.md", "-o", "out.md"],
        ["merge", "old.md", "en/a.md", "zh/a.md", "-o", "out.md"],
        ["evaluate", "--source", "en", "--target", "zh", "--engine", "command", "--samples", "0"],
    ],
)
def test_limits_and_refusals_are_those_of_every_command(
    words: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the first round nothing is sent and the exit code is 4; retries of a program that loses spans stay below
    the limit; one that refuses every text is a service that failed."""
    from bookkit import amts

    monkeypatch.chdir(tmp_path)
    zh = "# 面包\n\n烤箱很热。\n\n我们在黎明烤$n$种`loaves`。\n\n人们等着。\n"
    for name, text in {"old.md": OLD, "en/a.md": HEAD, "zh/a.md": zh, "mt.py": PROGRAM}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    program = f"{sys.executable} mt.py"
    run = [*words, "--target-lang", "zh", "--engine-command"]
    barred = amts(*run, f"{program} barred.log", "--max-characters", "9")
    assert barred.code == 4 and "--max-characters" in barred.err and not Path("barred.log").exists()
    refused = amts(*run, f"{program} refused.log no")
    assert refused.code == 3 and "nothing was translated: refused: no credit" in refused.err
    need = int(re.search(r"(\d+) characters would", barred.err)[1])  # type: ignore[index]

    def sent(log: str, limit: int) -> int:
        assert amts(*run, f"{program} {log}", "--max-characters", str(limit)).code in (0, 1)
        texts = Path(log).read_text(encoding="utf-8").splitlines()
        return sum(len(re.sub(r"<span.*?</span>|⟦\d+⟧", "", text)) for text in texts)

    assert sent("held.log", need + 5) <= need + 5 < sent("free.log", 9_999)


def test_a_model_follows_the_file_of_its_language(books: Books, tmp_path: Path) -> None:
    """`[zh] instructions`: each question has what stands there, and the pull request names the file."""
    toml = 'target_lang = "zh"\n[zh]\ninstructions = "style.{target_lang}.md"\n[ja]\ninstructions = "style.ja.md"\n'
    books.target.commit({"amts.toml": toml, "style.zh.md": "Say 您.\n"}, "how it is translated")
    with ChatServer() as server:
        model = ("--engine", "openai", "--model", "m", "--base-url", f"{server.address}/v1")
        done = books.run("sync", *model, "--report-dir", str(tmp_path / "out"), engine=False)
        assert done.code == 0 and server.problems == []
        assert all("Say 您." in body["messages"][0]["content"] for body in server.bodies) and server.bodies
    assert (
        "The model was told what style.zh.md of the translation asks for."
        in (tmp_path / "out" / "pull-request.md").read_text()
    )


def test_a_limit_of_cost_needs_a_price(books: Books) -> None:
    """What a command costs is not known, so that a limit cannot be kept unless the user says it."""
    done = books.run("sync", *books.engine(), "--max-cost", "5", engine=False)
    assert done.code == 4 and "price of the engine command is not known" in done.err
    done = books.run("sync", *books.engine(), "--max-cost", "5", "--prices", "command=1", engine=False)
    assert done.code == 0 and done.result["cost"] > 0
    assert books.run("sync", "--engine", "memory", "--max-cost", "0.01", engine=False).code in (0, 1)


@pytest.mark.whole
def test_a_killed_run_is_not_paid_for_twice(server: TranslateServer, books: Books) -> None:
    """After SIGKILL in the middle, the next run buys only what is missing and delivers everything."""
    server.faults.add(Fault(seconds=30.0), operation="TranslateText", after=3, times=2)
    places = ["--source", str(books.source.path), "--target", str(books.target.path), "--concurrency", "1"]
    command = [sys.executable, "-m", "amts_action.cli", "sync", *places, *ENGINE]
    process = subprocess.Popen(command, env=os.environ.copy(), stderr=subprocess.DEVNULL)
    replies = Path(os.environ["AMTS_CACHE_DIR"]) / "replies.sqlite"

    def kept() -> int:
        with closing(sqlite3.connect(f"file:{replies}?mode=ro", uri=True)) as found:
            return int(found.execute("SELECT count(*) FROM replies").fetchone()[0])

    while len(server.faults.struck) < 1 or kept() < 3:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.faults.rules.clear()
    bought = paid(server)
    done = books.run("sync", *ENGINE, engine=False)
    assert done.code == 0 and len(bought) == 3
    assert done.result["engine"]["ledger"] == {"accepted": 5, "cached": 3, "sent": 2}
    rest = paid(server)[3:]
    assert len(set(bought + rest)) == 5 and not set(bought) & set(rest[-2:])
    assert "praises `f4`" in books.show("chapter/alpha.md")


def test_refusals_and_repairs_are_in_plan_and_report(server: TranslateServer, books: Books, tmp_path: Path) -> None:
    """What the engine did badly is in the ledger of the result and in the report, and the blocks are flagged."""
    server.state.manners = "drop"
    done = books.run("sync", *ENGINE, "--report-dir", str(tmp_path / "report"), engine=False)
    assert done.code in (0, 1)
    ledger = done.result["engine"]["ledger"]
    assert ledger["rejected: span lost"] == 5 and ledger["retried"] == 5
    assert "replies of the engine were refused: span lost 5" in (tmp_path / "report" / "report.md").read_text()


def test_merge_has_the_ledger_too(server: TranslateServer, tmp_path: Path) -> None:
    """plan.json of one document names the engine and what became of its texts."""
    from bookkit import amts

    for name, text in {"base.md": "A.\n", "head.md": "A.\n\nUse `f` now.\n", "target.md": "甲。\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("base.md", "head.md", "target.md")]
    out = ["-o", str(tmp_path / "out.md"), "--report", str(tmp_path / "plan.json"), "--target-lang", "zh"]
    assert amts("merge", *files, *out, *ENGINE).code == 0
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["engine"] == {"name": "amazon-translate", "ledger": {"accepted": 1, "sent": 1}}
    assert (tmp_path / "out.md").read_text(encoding="utf-8") == "甲。\n\n⟦zh⟧Use `f` now.\n"
