"""What holds for every engine: people's text first, limits for retries, kept replies, and a word when nothing came."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from amts_action.engines.command import CommandEngine, _identity
from amts_action.engines.foreign import wrapped
from amts_action.engines.model import EngineSettings, Pair, Segment, Translation, Usage
from amts_action.engines.service import pool
from amts_action.engines.service.acceptance import EngineRequest, Reply
from amts_action.engines.service.machine import Arrived, MachineEngine
from amts_action.engines.service.pool import pooled
from amts_action.errors import EngineError, LimitError
from amts_action.pace import watched


@dataclass
class Script:
    """A backend that answers by a function, and remembers what it was asked."""

    answer: Callable[[EngineRequest], Reply]
    repeats: bool = False
    name: str = "script"
    limit: int | None = None
    asked: list[str] = field(default_factory=list)

    def check(self, source_lang: str, target_lang: str) -> None:
        """Takes all."""

    def depends_on(self, request: EngineRequest, source_lang: str, target_lang: str) -> Sequence[object]:
        return ()

    def estimate(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Usage:
        return Usage(calls=len(requests), cost=Decimal(sum(r.characters for r in requests)) / 100)

    def send(self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str) -> Iterator[Arrived]:
        for n, request in enumerate(requests):
            self.asked.append(request.text)
            yield Arrived(n, self.answer(request), self.estimate([request], source_lang, target_lang))


def ask(engine: MachineEngine, *texts: str) -> list[Translation]:
    segments = [Segment(str(n), text) for n, text in enumerate(texts)]
    return list(engine.translate(segments, source_lang="en", target_lang="zh"))


def good(request: EngineRequest) -> Reply:
    return Reply(f"好{request.text}")


def lossy(request: EngineRequest) -> Reply:
    return Reply("好")


def test_people_are_asked_first() -> None:
    """What people have translated reaches no engine, not even with another formula in it; what is only alike does."""
    script = Script(good)
    pairs = (Pair("Use `f` now.", "现在用`f`。"), Pair("Plain words here.", "这里是普通的话。"))
    engine = MachineEngine(script, EngineSettings(pairs=lambda: pairs, memory_first=True))
    done = ask(engine, "Use `f` now.", "Use `g` now.", "Plain words there.")
    assert [(t.text, t.origin) for t in done[:2]] == [("现在用`f`。", "memory"), ("现在用`g`。", "memory")]
    assert script.asked == ["Plain words there."] and done[2].origin == "machine"


def test_a_limit_holds_for_retries() -> None:
    """Of what is asked again as much is sent as the limit leaves, and the rest says why it was not."""
    script = Script(lossy)
    # The first round is 10 and 10 characters; with 36 there is room for one of the two retries.
    texts = "Words of `f`.", "Sorts of `g`."
    engine = MachineEngine(script, EngineSettings(max_characters=36))
    done = ask(engine, *texts)
    assert len(script.asked) == 3 and sum(t.characters for t in done) == engine.usage.characters == 30
    assert done[1].flags == ("no reply: --max-characters is reached",)
    done = ask(MachineEngine(Script(lossy), EngineSettings(max_characters=40)), *texts)
    assert [t.flags for t in done] == [("rejected: span lost",)] * 2
    with pytest.raises(LimitError):
        ask(MachineEngine(script, EngineSettings(max_characters=19)), *texts)
    assert len(script.asked) == 3
    with pytest.raises(LimitError, match="max-cost"):
        ask(MachineEngine(Script(good), EngineSettings(max_cost=Decimal("0.19"))), *texts)


def test_what_failed_is_not_paid_for_again(tmp_path: Path) -> None:
    """A reply that no check lets through is kept like any: the next run reads it again, and sends nothing."""
    settings = EngineSettings(cache_path=tmp_path / "replies.sqlite")
    first, second = Script(lossy), Script(lossy)
    flags = [ask(MachineEngine(script, settings), "Use `f`.")[0].flags for script in (first, second)]
    assert len(first.asked) == 2 and second.asked == [] and flags == [("rejected: span lost",)] * 2


@pytest.mark.parametrize("reason", ["refused: not today", "no reply: no answer from the service"])
def test_nothing_at_all_is_an_error(reason: str) -> None:
    """When every question is refused or stays without an answer, the run ends with the reason; one answer is enough."""
    with pytest.raises(EngineError, match=f"script: nothing was translated: {reason}"):
        ask(MachineEngine(Script(lambda request: Reply(None, reason)), EngineSettings()), "One.", "Two.")
    alone = MachineEngine(Script(lambda request: Reply(None, "refused: this text")), EngineSettings())
    assert ask(alone, "One.")[0].flags == ("refused: this text",)
    assert ask(alone, "One of `f`, in every form.")[0].flags == ("refused: this text",)
    some = Script(lambda request: good(request) if "One" in request.text else Reply(None, reason))
    assert [t.text is None for t in ask(MachineEngine(some, EngineSettings()), "One.", "Two.")] == [False, True]


def test_a_program_that_refuses_everything_is_an_error(tmp_path: Path) -> None:
    """Also when it does so politely, text by text; one text that it takes is enough."""
    program = tmp_path / "program.py"
    program.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    good = {'text': '好'} if asked['text'] in sys.argv[1:] else {'error': 'no credit'}\n"
        "    print(json.dumps({'id': asked['id'], **good}))\n"
    )
    command = f"{sys.executable} {program}"
    with pytest.raises(EngineError, match="command: nothing was translated: refused: no credit"):
        ask(CommandEngine.from_settings(EngineSettings(command=command)), "One.", "Two.")
    done = ask(CommandEngine.from_settings(EngineSettings(command=f"{command} Two.")), "One.", "Two.")
    assert [(t.text, t.flags) for t in done] == [(None, ("refused: no credit",)), ("好", ())]


@pytest.mark.parametrize(
    ("answer", "text", "flag"),
    [
        ('{"id": "1", "text": "好", "error": null}', "好", ""),
        ('{"id": "1", "text": "好", "error": ""}', "好", ""),
        ('{"id": "1", "text": "好", "error": false}', "好", ""),
        ('{"id": "1", "text": "好", "error": "quota"}', None, "refused: quota"),
        ('{"id": "1", "error": ""}', None, "refused: no reason given"),
        ('{"id": "1", "error": {"code": 7}}', None, "refused: {'code': 7}"),
        ('\ufeff{"id": 1, "text": "好"}\r', "好", ""),
        ('{"id": "1", "text": "好"}\n{"id": "1", "text": "坏"}', "好", ""),
        ('{"id": "7", "text": "坏"}\nloading\n{"id": "1", "text": "好"}', "好", ""),
        ('{"id": "1", "text": null}', None, "rejected: reply without text"),
    ],
)
def test_answers_of_programs(answer: str, text: str | None, flag: str, tmp_path: Path) -> None:
    """What is meant is understood, and the first answer counts."""
    again = answer.replace('"1"', '"2"')  # what is refused is asked for once more
    (tmp_path / "answer").write_text(f"{answer}\n{again}\n", encoding="utf-8", newline="")
    engine = CommandEngine.from_settings(EngineSettings(command=f"cat {tmp_path / 'answer'}"))
    (done,) = ask(engine, "One.")
    assert done.text == text and flag in " ".join(done.flags)


def test_the_gate_asks_once_more_and_then_refuses_or_flags() -> None:
    """A changed number is asked for once more, in the form in which the engine may answer otherwise."""
    replies = iter(("用 6 个苹果。", "用 5 个苹果。"))
    settings = EngineSettings(gate="refuse")
    script = Script(lambda request: Reply(next(replies)), repeats=True)
    engine = MachineEngine(script, settings)
    assert [(t.text, t.flags) for t in ask(engine, "Use 5 apples.")] == [("用 5 个苹果。", ())]
    assert len(script.asked) == 2 and engine.counts["doubted: number"] == 1

    def bad(request: EngineRequest) -> Reply:
        return Reply("用 6 个苹果。")

    (refused,) = ask(MachineEngine(Script(bad, repeats=True), settings), "Use 5 apples.")
    assert (refused.text, refused.flags) == (None, ("rejected: 5 became 6",))
    (flagged,) = ask(MachineEngine(Script(bad), replace(settings, gate="flag")), "Use 5 apples.")
    assert (flagged.text, flagged.flags) == ("用 6 个苹果。", ("doubtful: 5 became 6",))
    (through,) = ask(MachineEngine(Script(bad), replace(settings, gate="off")), "Use 5 apples.")
    assert (through.text, through.flags) == ("用 6 个苹果。", ())


def test_a_backend_of_another_package_needs_no_more_than_send() -> None:
    """Limits, retries and checks come with it."""

    class Theirs:
        def send(
            self, requests: Sequence[EngineRequest], source_lang: str, target_lang: str
        ) -> Iterator[tuple[int, Reply]]:
            for n, request in enumerate(requests):
                yield n, Reply(request.text if request.is_html is False else "lost")

    engine = wrapped("theirs", "amts-theirs", Theirs(), EngineSettings(max_characters=1000))
    done = engine.translate([Segment("1", "Use `f` now.")], source_lang="en", target_lang="zh")
    assert [t.text for t in done] == ["Use `f` now."] and isinstance(engine, MachineEngine)
    assert engine.counts["retried"] == 1


def test_a_whole_engine_of_another_package_obeys_limits() -> None:
    """One that translates segments is asked for markdown, then for numbers, and never for more than is allowed."""

    asked: list[str] = []

    class Theirs:
        def translate(self, segments: Sequence[Segment], **languages: str) -> list[Translation]:
            asked.extend(s.text for s in segments)
            return [Translation(s.id, s.text.replace("`f`", "")) for s in segments]

    inner = Theirs()
    engine = wrapped("theirs", "amts-theirs", inner, EngineSettings())
    (done,) = engine.translate([Segment("1", "Use `f` now.")], source_lang="en", target_lang="zh")
    assert done.text == "Use `f` now." and asked == ["Use `f` now.", "Use ⟦0⟧ now."]
    with pytest.raises(LimitError):
        wrapped("theirs", "amts-theirs", inner, EngineSettings(max_characters=3)).translate(
            [Segment("1", "Use `f` now.")], source_lang="en", target_lang="zh"
        )


def test_what_a_program_has_answered_is_kept_when_the_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first reply stands in the file before the second comes, and the program is ended with the run."""
    program = tmp_path / "program.py"
    program.write_text(
        "import json, os, pathlib, signal, sys\n"
        "for line in sys.stdin:\n"
        "    asked = json.loads(line)\n"
        "    with open(os.environ['LOG'], 'a') as log:\n"
        "        print(asked['text'], os.getpid(), file=log)\n"
        "    print(json.dumps({'id': asked['id'], 'text': '好' + asked['text']}), flush=True)\n"
        "    if 'STAYS' in os.environ:\n"
        "        signal.pause()\n"
    )
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    settings = EngineSettings(command=f"{sys.executable} {program}", cache_path=tmp_path / "replies.sqlite")

    def stop(what: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, watched(stop):
        patched.setenv("STAYS", "1")
        with pytest.raises(KeyboardInterrupt):
            ask(CommandEngine.from_settings(settings), "One.", "Two.")
    (first,) = (tmp_path / "log").read_text().splitlines()
    assert not Path(f"/proc/{first.split()[-1]}").exists()
    done = ask(CommandEngine.from_settings(settings), "One.", "Two.")
    assert [t.text for t in done] == ["好One.", "好Two."]
    assert [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()] == ["One.", "Two."]


def test_calls_under_way_come_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted run makes no more calls, and keeps what those under way give."""
    waiting, struck = threading.Event(), threading.Event()
    monkeypatch.setattr(pool, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(pool, "go_on", waiting.set)

    def interrupt(number: int, frame: object) -> None:
        struck.set()
        raise KeyboardInterrupt

    def call(job: int) -> int:
        if job < 2:
            assert waiting.wait(10)
            os.kill(os.getpid(), signal.SIGTERM) if job == 0 else None
            assert struck.wait(10)
        return job

    before = signal.signal(signal.SIGTERM, interrupt)
    got: dict[int, object] = {}
    try:
        with pytest.raises(KeyboardInterrupt):
            for n, result in pool.pooled(call, [0, 1, 2, 3], workers=2, is_hopeless=bool):
                got[n] = result
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (got[0], got[1]) == (0, 1) and all(isinstance(got[n], pool.Stopped) for n in (2, 3))


def test_a_changed_program_is_another_engine(tmp_path: Path) -> None:
    """Kept replies belong to what the command's files hold, wherever they lie and wherever it writes."""
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("print(1)")
    two.write_text("print(1)")
    assert _identity(str(one)) == _identity(str(two)) != _identity("print(1)")
    two.write_text("print(2)")
    assert _identity(str(one)) != _identity(str(two))
    assert _identity(str(tmp_path / "log")) == _identity(str(tmp_path / "other")) == ""
    assert _identity("--fast") == "--fast"
    engine = CommandEngine.from_settings(EngineSettings(command=f"cat {one}"))
    assert isinstance(engine, MachineEngine)


def test_calls_at_once_do_every_job_once_and_hide_no_fault() -> None:
    """Each job is done by one thread, and what is no fault of a service reaches whoever asked."""
    done = dict(pooled(lambda job: job * 2, range(500), workers=4, is_hopeless=lambda error: True))
    assert done == {n: 2 * n for n in range(500)}
    with pytest.raises(ZeroDivisionError):
        list(pooled(lambda job: 1 // job, [1, 2, 0, 3], workers=2, is_hopeless=lambda error: True))

    def ends(job: int) -> int:
        raise SystemExit(job)

    with pytest.raises(SystemExit):
        list(pooled(ends, [1, 2], workers=2, is_hopeless=lambda error: True))
