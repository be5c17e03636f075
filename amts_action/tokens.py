"""Tokens of git servers, kept out of the reach of the programs that this process starts.

A program of the same user reads the environment that its parent was started with (`/proc/PPID/environ`), whatever the
parent has done to its variables since, and its memory too. So the bytes themselves are overwritten, the process is
marked as one whose files in `/proc` only the system's owner may open (prctl(2), `PR_SET_DUMPABLE`; proc(5)), and no
program but git is started with the variables.

What this cannot keep: git gets a token in its environment while it speaks to a server, and a program that an engine
left running could look at it then. An engine that nobody trusts belongs into a step without a token.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from typing import Final

__all__ = ["VARIABLES", "guard", "without"]

VARIABLES: Final = frozenset(
    {
        "AMTS_TOKEN",
        "AMTS_SOURCE_TOKEN",
        "INPUT_GITHUB-TOKEN",
        "INPUT_SOURCE-TOKEN",
        "INPUT_GITHUB_TOKEN",
        "INPUT_SOURCE_TOKEN",
    }
)
"""The variables in which this program is given tokens of git servers."""
_PR_SET_DUMPABLE: Final = 4
"""linux/prctl.h"""


def without(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without the tokens."""
    return {name: value for name, value in environ.items() if name not in VARIABLES}


def guard() -> None:
    """To be called once, when the process begins: what `os.environ` knows of tokens is then nowhere else."""
    names = [name for name in VARIABLES if name in os.environ]
    if not names or sys.platform == "win32":
        return
    library = ctypes.CDLL(None)
    if sys.platform == "linux":
        library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    library.getenv.restype = ctypes.c_void_p
    library.getenv.argtypes = [ctypes.c_char_p]
    for name in names:
        # `getenv` still points to where the system put the value.
        place = library.getenv(name.encode())
        if place:
            ctypes.memset(place, ord("*"), len(ctypes.string_at(place)))
