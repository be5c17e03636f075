"""How much the tests try: enough to see a fault on one's own machine, four times as much where `AMTS_THOROUGH` is set.

`.ci/run` sets it. What a property says, and the order of the examples, are the same in both: those of a short run are
the first of a long one. With `AMTS_THOROUGH=0` every property is tried with a single example, for runs that look for
something else (`benchmarks/mutants.py`).
"""

from __future__ import annotations

import os

from hypothesis import settings

__all__ = ["THOROUGH", "examples"]

_ASKED = os.environ.get("AMTS_THOROUGH", "")
THOROUGH = _ASKED not in ("", "0")
_SHARE = 1 if THOROUGH else 1_000 if _ASKED else 4
"""One of so many examples is tried: with all of them, properties take a third of the time of the whole suite."""


def examples(count: int) -> settings:
    """The settings of a property that is tried with `count` examples in a thorough run."""
    return settings(max_examples=max(1, count // _SHARE))
