"""The command `amts`: parses, calls, prints. Everything it does is a library call (DESIGN §8).

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 done in part, 2 bad usage or input, 3 an outside service
failed, 4 a limit stopped it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from amts_action.commands.messages import say
from amts_action.commands.parser import COMMANDS, build_parser, command_module
from amts_action.errors import AmtsError
from amts_action.processes import collect_seldom, end_helpers
from amts_action.tokens import guard

__all__ = ["COMMANDS", "build_parser", "command_module", "entry", "main"]

STOPPED = (130, 143)
"""Exit codes of a run that was interrupted and of one that was ended: 128 and the number of the signal, as shells have
it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `amts` with `argv` (default: the process's own arguments) and returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    chosen = next((w for w in words if w in COMMANDS), None)
    if chosen and words[0].startswith("--") and words[0] not in ("--help", "--version"):
        say(f"options stand behind the command: amts {chosen} {words[0]}", is_error=True)
        return 2
    try:
        options = build_parser(chosen).parse_args(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        from amts_action.commands.progress import shown_progress

        with shown_progress():
            return int(command_module(options.command).run(options))
    except AmtsError as error:
        say(str(error), is_error=True)
        return error.exit_code
    except BrokenPipeError:
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"{where}{error.strerror or error}; check the path, its rights and the space left", is_error=True)
        return 2
    except KeyboardInterrupt as stop:
        is_ended = isinstance(stop, _Stopped)
        say(f"{'stopped from outside' if is_ended else 'interrupted'}; nothing half-done was written, run it again")
        return STOPPED[is_ended]
    finally:
        end_helpers()


class _Stopped(KeyboardInterrupt):
    """Somebody ended the process, as a workflow does that is cancelled."""


def _stopped(number: int, frame: object) -> NoReturn:
    raise _Stopped


def entry() -> NoReturn:
    """The console script."""
    collect_seldom()
    guard()
    signal.signal(signal.SIGTERM, _stopped)
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    if code in STOPPED and threading.active_count() > 1:
        os._exit(code)  # else Python would wait for calls that nobody waits for any more
    raise SystemExit(code)


if __name__ == "__main__":
    entry()
