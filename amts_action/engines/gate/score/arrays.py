"""numpy, whose algebra stays in one thread: our matrices are so small that threads only wait for each other.

Measured with two processors: to learn a gate took 3.3 s of processor time, with one thread 0.9 s. The variable is there
only while numpy is loaded, since programs that a run starts may want many threads for theirs.
"""

from __future__ import annotations

import os

__all__ = ["np"]

_NAME = "OPENBLAS_NUM_THREADS"
_said = os.environ.get(_NAME)
os.environ.setdefault(_NAME, "1")

import numpy as np  # noqa: E402

if _said is None:
    del os.environ[_NAME]
