"""The list of mutations follows the code: each names one place of it (`benchmarks/mutants.py`)."""

import subprocess
import sys
from pathlib import Path

MUTANTS = Path(__file__).resolve().parent.parent / "benchmarks" / "mutants.py"


def test_each_mutation_can_be_put_in() -> None:
    done = subprocess.run([sys.executable, str(MUTANTS), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
