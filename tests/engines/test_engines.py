"""The engines: a command that misbehaves in every way, people's translations found again, engines by name."""

from __future__ import annotations

import fcntl
import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from amts_action.documents.inline import protected
from amts_action.engines.command import CommandEngine
from amts_action.engines.memory import MemoryEngine
from amts_action.engines.model import Engine, EngineSettings, Pair, Segment, Translation
from amts_action.engines.registry import ENGINES, create_engine
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import EngineError, InputError

SCRIPTS = Path(__file__).parents[1] / "stand_ins"
TEXTS = ("Use `f` or $x$.", "Plain words.", "**Bold** words", "See `g`, too")


def command_engine(command: str, timeout_seconds: float = 60.0) -> MachineEngine:
    """The engine `command` for a command line."""
    return CommandEngine.from_settings(EngineSettings(command=command, timeout_seconds=timeout_seconds))


class Bench:
    """Runs the stand-in engine and knows what it was sent."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def engine(self, mode: str, timeout_seconds: float = 30.0) -> MachineEngine:
        return command_engine(shlex.join([sys.executable, str(SCRIPTS / "stand_in.py"), mode]), timeout_seconds)

    def run(self, mode: str, texts: Iterable[str] = TEXTS, timeout_seconds: float = 30.0) -> list[Translation]:
        return translated(self.engine(mode, timeout_seconds), texts)

    @property
    def sent(self) -> list[dict[str, object]]:
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def translated(engine: Engine, texts: Iterable[str]) -> list[Translation]:
    segments = [Segment(f"s{i}", text) for i, text in enumerate(texts)]
    out = engine.translate(segments, source_lang="en", target_lang="zh")
    assert [t.id for t in out] == [s.id for s in segments]
    return out


def is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("STAND_IN_LOG", str(tmp_path / "log"))
    return Bench(tmp_path / "log")


HONEST = [("T:Use `f` or $x$.", ()), ("T:Plain words.", ()), ("T:**Bold** words", ()), ("T:See `g`, too", ())]
SPACES = ("repaired: blanks collapsed", "repaired: blanks beside marks removed")


def lost(reason: str) -> list[tuple[str | None, tuple[str, ...]]]:
    """What comes of the texts when those with a span are refused."""
    return [(None, (reason,)), HONEST[1], HONEST[2], (None, (reason,))]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("honest", HONEST),
        ("shuffle", HONEST),
        ("garbage", HONEST),
        ("wrong-ids", HONEST),
        ("huge", HONEST),
        ("noisy", HONEST),
        ("numeric-id", HONEST),
        ("drop", HONEST),  # it keeps numbers, in which form it is asked again
        ("double", HONEST),
        ("inside", HONEST),
        ("raw", [(None, ("rejected: unknown tag",))] * 4),
        ("bare", [(text + " 1 < 2", ()) for text, _ in HONEST]),
        ("empty", [(None, ("rejected: empty reply",))] * 4),
        ("no-text", [(None, ("rejected: reply without text",))] * 4),
        ("reorder", [("T:Use $x$ or `f`.", ()), *HONEST[1:]]),
        ("space", [(HONEST[0][0], SPACES), HONEST[1], HONEST[2], (HONEST[3][0], SPACES)]),
        ("truncated", [*HONEST[:3], (None, ("no reply",))]),
        ("crash", HONEST),
    ],
)
def test_every_way_to_misbehave(bench: Bench, mode: str, expected: list[tuple[str | None, tuple[str, ...]]]) -> None:
    """What came well is delivered, everything else is flagged; the order is that of the segments."""
    assert [(t.text, t.flags) for t in bench.run(mode)] == expected


def test_every_second_one_refused_or_missing(bench: Bench) -> None:
    """What failed is sent once more, alone: of four, two; of these two, one fails again."""
    assert bench.run("error")[3].flags == ("refused: quota [31m exceeded",)
    assert [t.text is None for t in bench.run("error")] == [False, False, False, True]
    assert bench.run("silent")[3].flags == ("no reply",)


def test_crash_twice_flags_the_rest(bench: Bench) -> None:
    """A process that dies after two replies gives two each time."""
    out = bench.run("crash", [f"word {'x' * n}" for n in range(6)])
    assert [t.text is not None for t in out] == [True] * 4 + [False] * 2
    assert out[5].flags == ("no reply: the engine ended with status 9",)


def test_bytes_that_are_not_utf8_are_ignored(bench: Bench) -> None:
    """The bad line is counted and a later good reply to the same request is used."""
    engine = bench.engine("not-utf8")
    assert [t.text for t in translated(engine, TEXTS)] == [text for text, _ in HONEST]
    assert engine.counts["ignored"] == 4


def test_ignored_lines_are_counted(bench: Bench) -> None:
    engine = bench.engine("wrong-ids")
    translated(engine, TEXTS)
    assert engine.counts["ignored"] == 8  # an unknown id and a second answer for each


def test_retry_sends_only_what_failed(bench: Bench) -> None:
    """Ids are never used twice, and the characters of a retry count."""
    out = bench.run("drop")
    assert [request["id"] for request in bench.sent] == sorted({str(r["id"]) for r in bench.sent}, key=int)
    assert len(bench.sent) == 4 + 2
    assert [t.characters for t in out] == [2 * len("Use  or ."), len("Plain words."), len("Bold words"), 2 * 9]


def test_nothing_to_translate_is_never_sent(bench: Bench) -> None:
    """Segments without a letter come back as they are."""
    out = bench.run("die", ["`code`", "$x$ = 5", "", "**`a`**\n"])
    assert [(t.text, t.flags, t.characters) for t in out] == [
        (text, (), 0) for text in ("`code`", "$x$ = 5", "", "**`a`**\n")
    ]
    assert bench.sent == []


def test_identical_segments_are_sent_once(bench: Bench) -> None:
    out = bench.run("honest", ["Exercises", "Some\ntext", "Exercises", "Some text"])
    assert [t.text for t in out] == ["T:Exercises", "T:Some text", "T:Exercises", "T:Some text"]
    assert [t.characters for t in out] == [9, 9, 0, 0]
    assert len(bench.sent) == 2


def test_what_is_sent(bench: Bench) -> None:
    """A request has the documented fields."""
    segment = Segment("a", "Näme `f`", {"kind": "heading", "old_target": "旧"})
    bench.engine("honest").translate([segment], source_lang="en", target_lang="zh")
    assert bench.sent == [
        {
            "id": "1",
            "text": 'Näme <span translate="no" id="x0">`f`</span>',
            "source_lang": "en",
            "target_lang": "zh",
            "context": {"kind": "heading", "old_target": "旧"},
        }
    ]


def test_death_without_a_reply_is_an_error(bench: Bench) -> None:
    """The last line of its error output is told, without control characters."""
    with pytest.raises(EngineError, match=r"ended with status 7 and gave nothing usable: \[31mno model found$") as e:
        bench.run("die")
    assert e.value.exit_code == 3


def test_hanging_without_a_reply_is_an_error(bench: Bench) -> None:
    """It is killed with its children: the lock that a child of it holds is soon free."""
    with pytest.raises(EngineError, match=r"was silent for 1\.2 seconds"):
        bench.run("hang", timeout_seconds=1.2)
    with bench.log.open() as log:
        while not is_free(log):
            pass  # the test's own limit ends it


def test_hanging_after_a_reply_keeps_the_reply(bench: Bench) -> None:
    out = bench.run("wait-after-one", ["one", "two", "three"], timeout_seconds=1.5)
    assert [t.text for t in out] == ["T:one", "T:two", None]
    assert out[2].flags == ("no reply: the engine was stopped by the time-out",)


@pytest.mark.parametrize("command", ["no-such-program-here", "", "'unbalanced", "{dir}", "{dir}/plain.txt"])
def test_a_command_that_cannot_run(tmp_path: Path, command: str) -> None:
    """One line that names the option."""
    (tmp_path / "plain.txt").write_text("not a program")
    with pytest.raises(InputError, match=r"^--engine-command: ") as e:
        translated(command_engine(command.format(dir=tmp_path)), ["word"])
    assert e.value.exit_code == 2


def test_a_command_that_reads_nothing() -> None:
    """A closed pipe is no crash of ours; the process ended well, but gave nothing at all."""
    with pytest.raises(EngineError, match="nothing was translated: no reply"):
        translated(command_engine("true"), [f"word {i} " + "x" * 500 for i in range(400)])


def test_long_lines(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long reply is read whole; what is longer than any reply may be is dropped and counted."""
    text = "many words " * 30_000
    assert bench.run("honest", [text])[0].text == "T:" + text.strip()
    monkeypatch.setattr("amts_action.engines.process.MAX_LINE_BYTES", 10_000)
    engine = bench.engine("huge")
    assert [t.text for t in translated(engine, TEXTS)] == [text for text, _ in HONEST]
    assert engine.counts["ignored"] == 4


@pytest.mark.whole
def test_ten_thousand_segments_do_not_deadlock() -> None:
    """An engine that answers before it reads on blocks unless we read while we write."""
    engine = command_engine(shlex.join([sys.executable, str(SCRIPTS / "echo_lines.py")]))
    texts = [f"Sentence {i} with some words to fill the pipes, more than they hold" for i in range(10_000)]
    out = translated(engine, texts)
    assert all(t.text == text for t, text in zip(out, texts, strict=True))
    assert engine.counts["sent"] == 10_000


def memory(*pairs: tuple[str, str]) -> MemoryEngine:
    return MemoryEngine(lambda: [Pair(source, target) for source, target in pairs])


@pytest.mark.parametrize(
    ("source", "target", "text", "expected", "flags"),
    [
        ("Use `f`\nnow.", "现在用`f`。", "Use `f` now.", "现在用`f`。", ()),
        ("a\nb c", "甲\n乙", "a b c", "甲乙", ()),
        ("Use `f` and $x$.", "用$x$和`f`。", "Use `g` and $y$.", "用$y$和`g`。", ("memory, spans replaced",)),
        ("From 3 to 5.", "从3到5。", "From 5 to 3.", "从5到3。", ("memory, spans replaced",)),
        ("See [docs](a.md).", "见[文档](a.md)。", "See [docs](b.md).", "见[文档](b.md)。", ("memory, spans replaced",)),
        ("`f` then `f`.", "先`f`再`f`。", "`g` then `g`.", "先`g`再`g`。", ("memory, spans replaced",)),
        ("`f` then `f`.", "先`f`再`f`。", "`g` then `h`.", None, ("untranslated",)),
        ("Use `f` now.", "现在用`f`。", "Use `f` now!", "现在用`f`。", ("memory 90 %",)),
        ("Please use `f` here.", "请用`f`。", "Please use `g` here!", "请用`g`。", ("memory 94 %",)),
        ("Use `f` now.", "现在用它。", "Use `f` now.", None, ("untranslated",)),
        ("Use `f` now.", "现在用`f`。", "Something else entirely", None, ("untranslated",)),
        ("Use 3 of `f`.", "用三个`f`。", "Use 4 of `f`.", None, ("untranslated",)),
        ("Use 3 of `f`.", "用3个`f`。", "Use 4 of `f`!", "用4个`f`。", ("memory 90 %",)),
        ("Use 3 or 3.5 of `f`.", "用3个`f`。", "Use 4 or 5 of `f`!", None, ("untranslated",)),
    ],
)
def test_memory(source: str, target: str, text: str, expected: str | None, flags: tuple[str, ...]) -> None:
    """People's text comes back only with exactly the protected spans of the segment."""
    (out,) = translated(memory((source, target)), [text])
    assert (out.text, out.flags, out.characters) == (expected, flags, 0)
    assert out.origin == ("memory" if expected is not None else "")
    if out.text is not None:
        assert protected(out.text) == protected(text)


def test_memory_ranking() -> None:
    """Exact before abstracted before fuzzy; of equals the first."""
    pairs = [("Use $a$ now", "甲$a$"), ("Use $b$ now", "乙$b$"), ("Use $b$ now", "丙$b$"), ("Use $c$ now!", "丁$c$")]
    engine = memory(*pairs)
    out = translated(engine, ["Use $b$ now", "Use $c$ now", "Use $c$ now?"])
    assert [t.text for t in out] == ["乙$b$", "甲$c$", "甲$c$"]


def test_memory_reads_the_pairs_once_and_only_if_needed() -> None:
    calls = []

    def pairs() -> list[Pair]:
        calls.append(1)
        return [Pair("word", "词")]

    engine = MemoryEngine(pairs)
    translated(engine, ["`code`", "5"])
    assert calls == []
    assert [t.text for t in translated(engine, ["word", "word"])] == ["词", "词"]
    translated(engine, ["word"])
    assert calls == [1]


_ALL = EngineSettings(
    command="cat",
    s3_uri="s3://books/amts/",
    role_arn="arn:aws:iam::123456789012:role/translate",
    model="some-model",
    base_url="http://127.0.0.1:9/v1",
    options={"project": "books"},
)


def test_engines_by_name() -> None:
    """Every name of the table makes an engine that knows its name."""
    for name in ENGINES:
        assert create_engine(name, replace(_ALL, options={"project": "books"} if name == "google" else {})).name == name


def test_unknown_engine() -> None:
    with pytest.raises(InputError, match=r"no engine 'babel'; choose one of: .*command, .*memory"):
        create_engine("babel")


def test_settings_are_checked_at_once() -> None:
    with pytest.raises(InputError, match="--engine-command"):
        create_engine("command")
    with pytest.raises(InputError, match="time-out"):
        create_engine("command", EngineSettings(command="cat", timeout_seconds=0))
    assert list(EngineSettings().pairs()) == []
