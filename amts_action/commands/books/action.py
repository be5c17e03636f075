"""`amts action`: the entrypoint of the container. What it is told is in GitHub's variables."""

from __future__ import annotations

import argparse
import os
import sys

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The command has no options: a workflow has inputs."""


def run(options: argparse.Namespace) -> int:
    """One step of a workflow; 0 unless it failed."""
    from amts_action.actions.run import crash_teller, run_action

    sys.excepthook = crash_teller(dict(os.environ), sys.stdout)
    return run_action(os.environ, sys.stdout)
