"""How far long work is: told on a terminal only, and never in the way of what is said."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from bookkit import make_books

from amts_action.cli import main
from amts_action.commands import progress
from amts_action.pace import counted, tell, watched


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Standard error is a terminal, and every state of a line is written at once."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setenv("NO_COLOR", "1")
    return Screen()


def left_on(screen: Screen) -> list[str]:
    """What can be read at the end: what was written over is gone."""
    return [line.rpartition("\r\x1b[K")[2] for line in screen.getvalue().split("\n")]


def run(screen: io.StringIO, *words: str) -> int:
    """Exit code."""
    with redirect_stdout(io.StringIO()), redirect_stderr(screen):
        return main(words)


def test_reading_planning_translating_and_adopting_are_told(tmp_path: Path, screen: Screen) -> None:
    """Each with its count, the engine's work too; of all that nothing is left on the screen but the messages."""
    books = make_books(tmp_path, recorded=())
    books.upstream(beta={"about rain": "about heavy rain", "about snow": "about deep snow"})
    places = ("--source", str(books.source.path), "--target", str(books.target.path))
    assert run(screen, "adopt", *places) == 0
    assert "\r\x1b[Kamts: adopting: 1 of 6, " in screen.getvalue()
    assert run(screen, "sync", *places, *books.engine(), "--report-dir", str(tmp_path / "out")) in (0, 1)
    for what in ("reading pages: 1 of ", "planning: 0 of ", "translating: "):
        assert f"\r\x1b[Kamts: {what}" in screen.getvalue()
    left = left_on(screen)
    assert left[-1] == "" and all(line.startswith("amts: ") for line in left[:-1])
    assert not any(" of 6" in line for line in left)


def test_elsewhere_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log has the messages only."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    books = make_books(tmp_path)
    log = io.StringIO()
    run(log, "plan", "--source", str(books.source.path), "--target", str(books.target.path))
    assert "\r" not in log.getvalue() and "\x1b" not in log.getvalue()


def test_an_error_finds_an_empty_line(screen: Screen) -> None:
    """The line goes away before anything else is written, whatever ends the work."""
    with pytest.raises(ZeroDivisionError), redirect_stderr(screen), progress.shown_progress():
        for n in counted("dividing", [1, 0], 2):
            1 // n
    assert left_on(screen) == [""]
    assert "dividing: 0 of 2" in screen.getvalue()


def test_only_who_watches_is_told() -> None:
    """Outside of it the work goes on in silence, and there may be no items at all."""
    seen: list[tuple[str, int, int]] = []
    tell("before", 1, 2)
    with watched(lambda *state: seen.append(state)):
        assert list(counted("work", iter("ab"), 2)) == ["a", "b"]
        assert list(counted("nothing", (), 0)) == []
    tell("after", 1, 2)
    assert seen == [("work", 0, 2), ("work", 1, 2), ("work", 2, 2), ("nothing", 0, 0)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ((0, 10, 5.0), "work: 0 of 10"),
        ((5, 10, 0.0), "work: 5 of 10"),
        ((5, 10, 2.5), "work: 5 of 10, 2 a second, 2 s left"),
        ((2, 1002, 20.0), "work: 2 of 1,002, one in 10 s, 166 min 40 s left"),
    ],
)
def test_rate_and_time_left(state: tuple[int, int, float], expected: str) -> None:
    """As soon as something is done."""
    assert progress.said("work", *state) == expected
